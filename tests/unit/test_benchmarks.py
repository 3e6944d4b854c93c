"""The benchmarks run, measure what they say, and the figures on record meet what was asked for."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PROMISED = {
    "histories",
    "seconds",
    "histories_per_second",
    "threads",
    "events_per_history",
    "mean_qaly",
    "mean_cost",
    "peak_memory_mb",
}


Loader = Callable[[str], Any]


@pytest.fixture
def program(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loader]:
    """``program("compare")``: a program of ``benchmarks``, not run."""
    monkeypatch.syspath_prepend(str(checkout / "benchmarks"))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if name in {"illness_death", "compare", "record", "precision"}:
            del sys.modules[name]


def test_w1_prints_what_it_promises(program: Loader, capsys: pytest.CaptureFixture[str]) -> None:
    w1 = program("illness_death")
    w1.main(["--draws", "20", "--people", "50", "--threads", "2", "--fixed", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert set(found) == PROMISED
    assert (found["histories"], found["threads"], len(found["mean_cost"])) == (2000, 2, 2)
    assert found["histories_per_second"] == pytest.approx(2000 / found["seconds"])


def test_constant_hazards_agree_with_the_matrix_exponential(program: Loader) -> None:
    """QALYs and costs of both strategies within four standard errors of the closed form, 200,000 people."""
    from scipy.linalg import expm

    w1 = program("illness_death")
    found = w1.measure(draws=200, people=1000, exponential=True)
    for s, (ill, dies_well, recovers, dies_ill) in enumerate(w1.HAZARDS):
        q = np.array([[-(ill + dies_well), ill], [recovers, -(recovers + dies_ill)]]) - w1.DISCOUNT * np.eye(2)
        years = np.linalg.solve(q.T, expm(q.T * w1.HORIZON) @ [1.0, 0.0] - [1.0, 0.0])
        qaly = years @ list(w1.UTILITY.values())
        cost = years @ list(w1.MEDICAL.values()) + w1.DRUG[s] * years.sum()
        sd_qaly, sd_cost = ((3.4, 29_900), (3.7, 61_500))[s]  # of one person, simulated
        assert found["mean_qaly"][s] == pytest.approx(qaly, abs=4 * sd_qaly / 200_000**0.5)
        assert found["mean_cost"][s] == pytest.approx(cost, abs=4 * sd_cost / 200_000**0.5)


def test_the_c_program_is_the_same_model(program: Loader, tmp_path: Path) -> None:
    compare = program("compare")
    if compare.compiler() is None:
        pytest.skip("needs a C compiler, which is not there")
    assert compare.check_means(compare.build(tmp_path), draws=100, people=1000) < 1e-9


def test_factor_is_a_ratio_of_variances(program: Loader) -> None:
    """Two normals of correlation 0.96: independent 2, common 2(1 - 0.96); 20,000 draws, within four errors."""
    precision = program("precision")
    rng = np.random.default_rng(5)
    usual = rng.standard_normal(20_000)
    cost = np.stack([usual, 0.96 * usual + np.sqrt(1 - 0.96**2) * rng.standard_normal(20_000)], axis=1)
    found = precision.factor(cost)
    assert found["factor"] == pytest.approx(25.0, abs=4 * found["factor_se"])
    assert found["factor_se"] == pytest.approx(25 * (4 / 20_000) ** 0.5, rel=0.5)


def test_no_effect_is_no_difference(program: Loader) -> None:
    precision = program("precision")
    result = precision.simulated(precision.given(), 4, 50)
    assert result.cost[:, 1] - result.cost[:, 0] == pytest.approx(
        [587.0] * 4, abs=1e-9
    )  # the plan's price, and what goes with it
    assert (result.statistics.time[:, 0] == result.statistics.time[:, 1]).all()


def test_the_figures_on_record_meet_what_was_asked(checkout: Path) -> None:
    found = json.loads((checkout / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    speed, precision, decision = found["speed"], found["precision"], found["decision"]
    assert speed["weibull"]["ratio_to_c"] >= 0.6
    assert speed["two_threads"]["speed_up"] >= 1.6
    assert speed["peak_memory_mb"] < 300
    assert decision["curves_seconds"] < 0.3 and decision["evppi_seconds"] < 4 and decision["learning_seconds"] < 3
    assert precision["zero_effect_arm_identical"] is True
    assert next(iter(precision["cases"].values()))["factor"] >= 8
