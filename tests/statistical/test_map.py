"""The fitted map of engine ratios against exact solutions: its error as told, and draws beyond it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from parameters import Draws
from parameters.arrays import Floats
from simulate import load
from simulate.ask.asked import ask
from simulate.ask.case import Case
from simulate.running.running import drawn_for
from simulate.running.solving import solved_for
from simulate.solve import again, surface
from simulate.solve.again import recalibrated
from simulate.solve.calibration import Calibration
from simulate.solve.given import with_given
from simulate.solve.search import Search, _correction
from simulate.solve.simulator import make_simulator
from simulate.solve.surface import _remembered, _with_far
from simulate.solve.targets import TOLERANCE

PROBLEMS = ["peer_support_workers", "individual_placement_and_support", "joint_crisis_plan", "housing_first"]
MANY = 2048  # fresh draws, independent of each other and of the design


@cache
def mapped(name: str) -> tuple[Case, Calibration, Draws]:
    """A case, its map, and fresh draws."""
    case = load(name)
    return case, solved_for(case, fixed=False), drawn_for(ask(case, draws=MANY, people=10, seed=7, method="random"))


def some(draws: Draws, rows: Floats) -> Draws:
    return replace(draws, values=draws.values[rows], replicate=draws.replicate[rows])


@pytest.mark.slow
@pytest.mark.parametrize("name", PROBLEMS)
def test_the_error_told_is_the_error_made(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root mean square of ln(map / exact) on 32 fresh draws, over what is told: between a half and two.

    What is exact is found on people of its own, twice: the noise of either is no error of the map, and their product
    has none on average.
    """
    case, calibration, drawn = mapped(name)
    rows = some(drawn, np.sort(np.random.default_rng(1).choice(MANY, 32, replace=False)))
    ours, exact = calibration.apply(rows), []
    for seed in (11, 12):
        monkeypatch.setattr(again, "make_simulator", lambda *x, seed=seed: replace(make_simulator(*x), seed=seed))
        exact.append(recalibrated(case.problem, case.setting, case.parameters, calibration, rows))
    for j, target in enumerate(calibration.targets):
        one, other = (np.log(ours.column(target.unknown) / e.column(target.unknown)) for e in exact)
        assert 0.5 < np.sqrt(max((one * other).mean(), 0.0)) / calibration.error[j] < 2.0, target.unknown


@pytest.mark.slow
@pytest.mark.parametrize("name", ["individual_placement_and_support", "joint_crisis_plan"])
def test_draws_beyond_the_map_are_solved_exactly(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of such draws come out to ten times the tolerance of the centre; by straight line they do not."""
    seen: dict[str, Floats] = {}

    def spied(simulator, targets, alone, x0, centre, values, x, solved):  # type: ignore[no-untyped-def]
        out, done = _with_far(simulator, targets, alone, x0, centre, values, x, solved)
        far = np.flatnonzero(~solved & done)
        if len(x) == MANY:
            search = Search(simulator, targets, alone, x0, centre, {n: v[far] for n, v in values.items()})
            seen["line"], seen["exact"] = search.off(x[far], 40_000), search.off(out[far], 40_000)
            seen["left"] = np.flatnonzero(~done).astype(float)
        return out, done

    monkeypatch.setattr(surface, "_with_far", spied)
    case, calibration, drawn = mapped(name)
    assert calibration.mapped is not None
    calibration.mapped({n: with_given(case.setting, drawn).engine(n) for n in calibration.names})
    assert len(seen["exact"]) >= 1 and len(seen["left"]) <= 8
    assert np.abs(seen["exact"]).max() < 10 * TOLERANCE < np.abs(seen["line"]).max()


def test_what_was_solved_is_not_solved_again() -> None:
    calls: list[int] = []

    def solve(values: dict[str, Floats]) -> tuple[Floats, Floats]:
        calls.append(len(values["a"]))
        return np.zeros((len(values["a"]), 1)), np.ones(len(values["a"]), dtype=bool)

    found = _remembered(solve)  # type: ignore[arg-type]
    for rows in (3, 3, 4, 4, 3):
        x, _ = found({"a": np.arange(float(rows))})
        x += 1.0  # what is handed out is the caller's
        assert (found({"a": np.arange(float(rows))})[0] == 0.0).all()
    assert calls == [3, 4, 3]


def test_of_too_many_draws_beyond_the_map_the_furthest_are_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Floats] = []

    class Found:
        def __init__(self, *given: object) -> None:
            pass

        def solved_from(self, start: Floats, steps: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
            asked.append(start)
            return start + 100.0, np.ones(len(start), dtype=bool)

    monkeypatch.setattr(surface, "Search", Found)
    x, solved = np.arange(200.0)[:, None], np.zeros(200, dtype=bool)
    solved[199] = True
    nothing: Any = None
    out, done = _with_far(nothing, (), solved[:1], np.zeros(1), {}, {}, x, solved)
    assert asked[0][:, 0].tolist() == list(range(183, 199))
    assert (out[183:199] == x[183:199] + 100.0).all() and (out[:183] == x[:183]).all() and out[199] == 199.0
    assert done.sum() == 17


def test_corrected_slopes_give_what_a_step_brought() -> None:
    rng = np.random.default_rng(3)
    slopes, step, change = rng.normal(size=(4, 3, 3)), rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    step[1], change[2, 0] = 0.0, np.nan  # no step yet; a figure that is none
    found = slopes + _correction(slopes, step, change)
    assert (found[1] == slopes[1]).all() and (found[2] == slopes[2]).all()
    for cell in (0, 3):
        assert found[cell] @ step[cell] == pytest.approx(change[cell])


def test_targets_that_share_a_figure_are_moved_apart() -> None:
    """Else the map cannot tell their slopes: what follows from other figures is stirred and no other."""
    generator = np.random.default_rng(1)
    free = generator.standard_normal((64, 2))
    goals = np.column_stack([free[:, 0], free[:, 0], np.full(64, 0.3), free[:, 1], 1.0 - 2.0 * free[:, 0] + free[:, 1]])
    moved = surface._stirred(goals).any(axis=0)
    assert moved.tolist() == [False, True, True, False, True]
