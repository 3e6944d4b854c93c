"""The report's validation: targets of the setting beside the run's own interval, in the page and in Word."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import numpy as np
import pytest

from models.contract import PublishedTrial, Setting, TrialFigure
from parameters.published import published_figures
from parameters.units import from_engine
from simulate import load, run
from simulate.analyse.credibility import validate
from simulate.analyse.credibility.targets import independence
from simulate.present.report import report
from simulate.present.report.parts.blocks import Grid, Line, Section
from simulate.present.report.parts.material import material
from simulate.present.report.sections import evidence
from simulate.result.result import Result
from tests.unit.test_document import made_of, read, rows
from tests.unit.test_report import NASTY, Page

PROBLEM, TARGET = "personal_health_budgets", "cost_difference_york"  # an account: nobody is simulated


@pytest.fixture(scope="module")
def account() -> Result:
    return run(load(PROBLEM), draws=64, seed=1, variants=False)


def with_setting(result: Result, **changes: Any) -> Result:
    """The same run under a setting that shows something else."""
    setting: Setting = replace(result.case.setting, **changes)
    problem = replace(result.case.problem, settings=(setting,))
    return replace(result, asked=result.asked.of(replace(result.case, problem=problem, setting=setting)))


def with_target(result: Result, **changes: Any) -> Result:
    shown = tuple(replace(x, **changes) if x.id == TARGET else x for x in result.case.setting.shown)
    return with_setting(result, shown=shown)


def told(result: Result) -> Section:
    found = evidence.validation(material(result, result.summary(), {}))
    assert found is not None
    return found


def table(result: Result) -> list[list[str]]:
    (found,) = (b for b in told(result).blocks if isinstance(b, Grid) and b.name == "targets-table")
    return [[str(cell) for cell in row] for row in found.rows]


def lines(result: Result) -> list[str]:
    return [b.text for b in told(result).blocks if isinstance(b, Line)]


def test_a_target_has_the_interval_of_the_runs_own_draws(account: Result) -> None:
    """By a second way: quantiles of the draws' differences, brought to the printed year's prices."""
    psa = account.psa()
    apart = (psa[f"cost_{PROBLEM}"] - psa["cost_usual_care"]).to_numpy()
    then = from_engine(apart, "GBP", "2007/08", account.case.money)
    (row,) = [r for r in account.summary()["shown"] if r["id"] == TARGET]
    assert row["intervals"][PROBLEM] == pytest.approx(list(np.quantile(then, [0.025, 0.975])), rel=1e-12)
    assert row["simulated"][PROBLEM] == pytest.approx(then.mean(), rel=1e-9)
    low, high = (f"{'-' * (x < 0)}£{abs(x):,.0f}" for x in row["intervals"][PROBLEM])
    ((outcome, shares, was, ours, verdict),) = table(account)
    assert outcome.endswith("£ of 2007/08 (assumed), difference\nIndividual Budgets Evaluation Network 2008")
    (item,) = (x for x in account.case.setting.shown if x.id == TARGET)
    assert shares == f"{independence(account.case, item, PROBLEM)}\nwatched" == "other trial\nwatched"
    assert was == "-£1,044\nno interval" and ours.endswith(f"\n{low} to {high}") and verdict == "outside"


def test_what_is_outside_says_why_and_what_is_inside_does_not(account: Result) -> None:
    assert any(x.startswith("Outside, Difference in the cost of social care") for x in lines(account))
    assert "0 of 1 lie within the 95% interval of this run's own draws." in lines(account)
    within = with_target(account, published={PROBLEM: -100.0}, intervals={PROBLEM: (-300.0, 100.0)})
    (row,) = table(within)
    assert row[2] == "-£100\n-£300 to £100" and row[-1] == "inside"
    assert not [x for x in lines(within) if x.startswith("Outside")]
    assert [
        x for x in lines(within) if x.startswith("Where `validate` misses it, Difference in the cost of social care")
    ]
    silent = with_target(account, published={PROBLEM: -100.0}, miss="")
    assert not [x for x in lines(silent) if "Difference in the cost of social care" in x]
    assert [
        x
        for x in lines(with_target(account, miss=""))
        if x.endswith("social care, individual budgets: No reason is given.")
    ]


@pytest.mark.parametrize(("more_than", "verdict"), [(-1044.0, "inside"), (5000.0, "outside")])
def test_more_than_a_figure_is_inside_where_ours_reaches_above_it(
    account: Result, more_than: float, verdict: str
) -> None:
    (row,) = table(with_target(account, bound="above", published={PROBLEM: more_than}))
    assert row[2].startswith("over ") and row[-1] == verdict


def test_that_only_validate_counts_the_trials_own_sampling_is_said(account: Result) -> None:
    (text,) = (x for x in lines(account) if "recovery-cea validate" in x)
    assert f"counted only by `recovery-cea validate {PROBLEM} --setting england`" in text
    assert "people of each draw" not in text  # nobody is simulated


def test_a_target_stands_in_one_table(account: Result) -> None:
    grids = [b for b in told(account).blocks if isinstance(b, Grid)]
    label = "Difference in the cost of social care"
    assert [sum(label in str(row[0]) for row in b.rows) for b in grids] == [1, 0]
    assert any("Gain in quality of life" in str(row[0]) for row in grids[1].rows)


def test_one_draw_has_no_interval_and_judges_nothing() -> None:
    found = run(load(PROBLEM), fixed=True, variants=False)
    (row,) = table(found)
    assert row[3].endswith("\nno interval") and row[-1] == "not told"
    assert "This run has no interval to hold them against." in lines(found)


def test_a_run_that_counts_other_costs_is_not_compared() -> None:
    case = load(PROBLEM)
    other = next(p.name for p in case.problem.perspectives if p.name != case.setting.perspective)
    (row,) = table(run(case, draws=64, perspective=other, variants=False))
    assert row[3:] == ["not compared", "not told"]


def test_settings_without_targets_say_where_there_are_some(account: Result) -> None:
    none = [x for x in account.case.setting.shown if x.id != TARGET]
    bare = with_setting(account, shown=tuple(none), name="elsewhere")
    assert "This setting shows no target of validation. Settings of the same problem that do: england." in lines(bare)
    quick = lines(run(load("welfare_advice"), draws=64, variants=False))
    assert any("the problem has no target of validation" in x for x in quick)


@pytest.fixture
def trial(account: Result, monkeypatch: pytest.MonkeyPatch) -> Result:
    """The same as a trial that published an effect and a probability."""
    known, kinds = dict(published_figures()), ("effect", "probability")
    first = replace(known[TARGET], contrast="value", price_year="", unit="count", seen_under=(), label="Sighted")
    for kind in kinds:
        known[f"made_up_{kind}"] = replace(first, id=f"made_up_{kind}", values={PROBLEM: 0.5})
    known["seen"] = replace(first, id="seen", seen_under=("england",))
    for module in (validate, evidence):
        monkeypatch.setattr(module, "published_figures", lambda: known)
    figures = [TrialFigure(k.title(), k, 0.5, "york_2008", id=f"made_up_{k}", role="watched") for k in kinds]  # type: ignore[arg-type]
    seen = TrialFigure("Sighted", "effect", 0.5, "york_2008", id="seen", role="watched")
    return with_setting(account, trial=PublishedTrial({"usual_care": 10, PROBLEM: 10}, (*figures, seen)))


def test_a_trials_effect_is_held_against_the_difference_and_its_probability_against_nothing(trial: Result) -> None:
    _, effect, probability = table(trial)
    (found,) = trial.summary()["incremental"]
    assert effect[0].startswith("Effect") and effect[3].split("\n")[0] == f"{found['effect']['mean']:.3g}"
    assert effect[-1] == "outside" and probability[3:] == ["of a trial's own chance:\nby `validate` alone", "not told"]
    assert "No target here, since the setting was made with it in sight: Sighted." in lines(trial)
    assert "0 of 2 lie within the 95% interval of this run's own draws; of 1 more this run has none." in lines(trial)


def test_labels_notes_and_reasons_from_files_can_do_nothing(account: Result) -> None:
    text = report.page(with_target(account, label=NASTY, note=NASTY, miss=NASTY))
    page = Page(text)
    assert {t for t, _ in page.tags if t in ("img", "b", "script")} <= {"script"} and page.open == []
    assert "onerror=alert(1)>" not in text and not set("\x1b\u202e") & set(text)
    assert unescape(text).count("<img src=x onerror=alert(1)>") >= 3


def test_the_page_is_the_same_bytes_again(account: Result) -> None:
    assert report.page(account) == report.page(account)
    assert re.search(r'<section id="validation".*?id="targets-table"', report.page(account), re.DOTALL)


def test_it_stands_in_word_too(account: Result) -> None:
    pytest.importorskip("docx")
    content = made_of(account)
    found = read(content)
    assert "Validation" in [p.text for p in found.paragraphs if p.style.name == "Heading 1"]
    (targets,) = (t for t in map(rows, found.tables) if t[0][0] == "Outcome and source")
    assert targets[1][-1] == "outside" and made_of(account) == content


def test_what_a_script_declares_as_a_target_is_no_fault(account: Result) -> None:
    """A result with a role and no record of the register is shown as others are."""
    own = with_setting(account, shown=tuple(replace(x, id="") for x in account.case.setting.shown))
    (grid,) = (b for b in told(own).blocks if isinstance(b, Grid))
    assert len(grid.rows) == 2 and grid.name == ""
