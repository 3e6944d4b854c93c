"""Statistics of a run: saved and read back, and refused when shapes and names disagree."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from simulate.engine.statistics import Statistics, load

DRAWS, BATCHES, GRID = 3, 4, 5


@pytest.fixture
def statistics() -> Statistics:
    generator = np.random.default_rng(8)
    each = (DRAWS, 2, BATCHES)
    return Statistics(
        strategies=("usual_care", "plan"),
        states=({"care": "community", "life": "alive"}, {"care": "inpatient", "life": "alive"}, {"life": "dead"}),
        outcomes=("admission.informal", "admission.detained", "death"),
        trackers=("admission", "death"),
        people=np.array([3, 3, 2, 2]),
        horizon=1.5,
        time=generator.random((*each, 3, 3)),
        count=generator.random((*each, 3, 3)),
        ever=generator.random((*each, 2)),
        first=generator.random((*each, 2)),
        occupancy=generator.integers(0, 9, (DRAWS, 2, GRID, 3)),  # type: ignore[arg-type]  # as the engine counts
        grid=np.linspace(0, 1.5, GRID),
    )


def test_what_was_saved_is_read_back(statistics: Statistics, tmp_path: Path) -> None:
    statistics.save(tmp_path / "statistics.npz")
    again = load(tmp_path / "statistics.npz")
    for f in fields(Statistics):
        assert np.array_equal(getattr(again, f.name), getattr(statistics, f.name)), f.name
    assert again.time.dtype == np.float64
    assert again.occupancy.dtype == np.int64
    assert [p.name for p in tmp_path.iterdir()] == ["statistics.npz"]


def test_the_same_statistics_give_the_same_bytes(statistics: Statistics, tmp_path: Path) -> None:
    statistics.save(tmp_path / "a.npz")
    statistics.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_another_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("not an archive")
    np.savez(tmp_path / "other.npz", time=np.ones(3))
    np.save(tmp_path / "plain.npy", np.ones(3))
    for name in ("text.npz", "other.npz", "plain.npy"):
        with pytest.raises(ValueError, match=rf"{name}: not a statistics file"):
            load(tmp_path / name)


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="not a statistics file"):
        load(tmp_path / "objects.npy")


def test_axes_are_found_by_name(statistics: Statistics) -> None:
    assert list(statistics.state_indices(lambda state: state.get("life") == "alive")) == [0, 1]
    assert list(statistics.outcome_indices(["death", "admission.informal"])) == [2, 0]
    assert statistics.tracker_index("death") == 1
    assert statistics.strategy_index("plan") == 1
    with pytest.raises(ValueError, match="'restraint' was not collected by this run; collected: admission, death"):
        statistics.tracker_index("restraint")


def test_means_per_person_weight_people_equally(statistics: Statistics) -> None:
    assert np.allclose(statistics.per_person(statistics.ever), statistics.ever.sum(axis=2) / 10)
