"""Willingness to pay that a run is asked for: where it is told, kept and refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.contract import ModelError
from simulate import load, read_result, run
from simulate.ask.options import complete
from simulate.evaluate.uncertainty.precision import reach_of, weighted_mean
from simulate.present.english.glossary import Glossary
from simulate.present.faces.run import face
from simulate.present.folder.output import write
from simulate.present.terminal.decision import _chosen
from simulate.present.terminal.summary import summary_lines
from simulate.present.terminal.view import View
from simulate.result.judgement import batch_net_benefits, default_threshold, error_of, why_default
from simulate.result.result import Result


@pytest.fixture(scope="module")
def asked() -> Result:
    return run(load("safewards"), draws=8, people=20, threshold=777.0, thresholds=(0, 100, 900, 1000))


def test_it_is_one_of_the_grid_and_the_one_of_single_decisions(asked: Result) -> None:
    assert asked.thresholds.tolist() == [0, 100, 777, 900, 1000]
    assert default_threshold(asked) == 777 and why_default(asked) == "as asked"
    summary = asked.summary()
    assert summary["wtp"] == 777
    assert [row["threshold"] for row in summary["ceac"]] == [0, 100, 777, 900, 1000]
    assert "£777 " in "\n".join(summary_lines(summary, asked.case.problem, asked.case.parameters))


def test_without_it_all_is_as_the_setting_has_it() -> None:
    plain = run(load("safewards"), draws=8, people=20)
    declared = plain.case.problem.thresholds[plain.options.effect]
    assert plain.thresholds.tolist() == list(declared)
    assert "wtp" not in plain.summary() and not {"wtp", "wtp_grid"} & set(face(plain, "none").manifest)


def test_the_one_that_was_asked_for_is_always_shown(asked: Result) -> None:
    grid = [float(t) for t in range(0, 1001, 10)]
    words = Glossary(asked.case.problem, asked.case.setting, asked.case.parameters)
    shown = _chosen(View({**asked.summary(), "wtp": 130.0}, words, 80), grid)
    assert [grid[k] for k in shown] == [0, 130, 250, 500, 750, 1000]


def test_a_tie_is_a_difference_within_its_monte_carlo_error() -> None:
    found = set()
    for seed in (1, 2, 3):
        result = run(load("safewards"), draws=8, people=20 * seed**3, seed=seed, thresholds=(0, 1000, 100_000))
        summary = result.summary()
        reach = reach_of(summary["noise"]["degrees"])
        for row in summary["ceac"]:
            batches = batch_net_benefits(result, row["threshold"])[:, 0]
            mean = float(weighted_mean(batches, result.values.people).mean())
            found.add(bool(row["tied"]))
            assert bool(row["tied"]) == (abs(mean) <= reach * error_of(result, row["threshold"]))
            assert row["optimal"] not in row["tied"]
    assert found == {True, False}


def test_a_folder_keeps_it(asked: Result, tmp_path: Path) -> None:
    write(face(asked, "none"), tmp_path / "run")
    again = read_result(tmp_path / "run")
    assert again.thresholds.tolist() == asked.thresholds.tolist()
    assert default_threshold(again) == 777


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"threshold": -1.0}, "threshold: -1.0; -1 is out of range"),
        ({"threshold": float("nan")}, "threshold: nan"),
        ({"threshold": True}, "threshold: True; must be a number"),
        ({"thresholds": (0, 500, 500)}, r"thresholds: \[0, 500, 500\]; must rise"),
        ({"thresholds": (0, float("inf"))}, "thresholds: inf"),
    ],
)
def test_what_nobody_can_pay_is_refused(options: dict[str, object], told: str) -> None:
    with pytest.raises(ModelError, match=told):
        complete(load("safewards"), **options)  # type: ignore[arg-type]
