"""What a run prints: assumed numbers first, every figure with unit and error, text never read as markup."""

from __future__ import annotations

import copy
import io
import re
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from models.contract import (
    CalibrationTarget,
    Component,
    CostItem,
    DaysIn,
    DecisionProblem,
    Delivery,
    Domain,
    Effect,
    EffectMeasure,
    Event,
    Ever,
    Exponential,
    Group,
    MeanTime,
    Pathway,
    Perspective,
    PublishedResult,
    Setting,
    Strategy,
    Utility,
    Variant,
    When,
)
from parameters import Parameter, ParameterSet, Source
from parameters.distributions import Distribution
from simulate.ask.case import Case
from simulate.present.terminal.summary import summary_lines
from simulate.running.running import run

MARKUP = "[bold]x[/bold]"


def record(name: str, unit: str, mean: float, se: float, status: str, label: str, year: str | None = None) -> Parameter:
    drawn = Distribution("lognormal", {"mean": mean, "se": se})
    return Parameter(name, label, unit, drawn, "smith_1999", status, year)  # type: ignore[arg-type]


RECORDS = ParameterSet(
    {
        p.name: p
        for p in (
            record("r_relapse", "per_year", 0.5, 0.05, "published", "Relapse"),
            record("hr", "ratio", 0.8, 0.1, "assumed", f"Effect {MARKUP} \x1b[31mof classes"),
            record("hr_wide", "ratio", 0.8, 0.3, "assumed", "Effect, wide"),
            record("c_class", "GBP", 250, 30, "assumed", "Cost of a class", "2023/24"),
            record("c_relapse", "GBP", 1500, 200, "published", "Cost of a relapse", "2023/24"),
            record("u", "utility", 0.6, 0.02, "published", "Utility"),
            record("p_relapse", "probability", 0.4, 0.02, "published", "Relapsed by a year"),
        )
    },
    {"smith_1999": Source("smith_1999", "Smith, A.", 1999, "T", "J", "Survey", "All.")},
)
CLASS = Component("class", "A class", (Effect("relapse", "hazard", "hr"),))
PROBLEM = DecisionProblem(
    id="toy",
    label=f"Classes {MARKUP}",
    question="",
    pathway=Pathway(
        "p",
        (Domain("health", ("well", "ill")),),
        (
            Event("relapse", When(health="well"), Exponential("r_relapse"), {"health": "ill"}, label="relapse [sic]"),
            Event("recovery", When(health="ill"), Exponential(4.0), {"health": "well"}),
        ),
        {"health": "well"},
        groups=(Group("any_relapse", ("relapse",), f"any relapse {MARKUP}"),),
    ),
    strategies=(Strategy("usual", "Usual"), Strategy("classes", f"Classes {MARKUP}", (CLASS,))),
    settings=(
        Setting(
            "base",
            f"Base {MARKUP}",
            1.0,
            (),
            "nhs",
            "relapse_pp",
            shown=(
                PublishedResult(
                    f"Time ill {MARKUP}", MeanTime(When(health="ill")), {"usual": 31}, "days", "smith_1999", "see it"
                ),
                PublishedResult("Cost", "cost", {"usual": 1234.5, "classes": 999}, "GBP", "smith_1999"),
            ),
            variants=(Variant("wide", f"Wide {MARKUP}", {"hr": "hr_wide"}),),
        ),
    ),
    costs=(CostItem("classes", "Classes", "nhs", Delivery("class"), "c_class"),),
    utilities=(Utility(When(), "u"),),
    effects=(
        EffectMeasure("relapse_pp", f"Relapses averted {MARKUP}", "percentage point", ever="any_relapse"),
        EffectMeasure("qaly", "Quality-adjusted life-years", "QALY"),
    ),
    perspectives=(Perspective("nhs", f"Health service {MARKUP}", ("nhs",)),),
    parameter_files=(),
    discount_costs=0.035,
    discount_effects=0.035,
    thresholds={
        "relapse_pp": tuple(10.0 * k for k in range(101)),
        "qaly": tuple(1000.0 * k for k in range(51)),
    },
    days=(DaysIn("bed_days", "Bed-days", When(health="ill")),),
)
CASE = Case(PROBLEM, PROBLEM.settings[0], RECORDS)


@pytest.fixture(scope="module")
def summary() -> dict[str, Any]:
    """A real summary, so that the two never drift apart."""
    return run(CASE, draws=64, people=24, variants=True).summary()


@pytest.fixture(scope="module")
def fixed() -> dict[str, Any]:
    return run(CASE, people=24, fixed=True).summary()


def printed(summary: dict[str, Any], problem: DecisionProblem = PROBLEM, width: int = 110, **more: Any) -> str:
    console = Console(file=io.StringIO(), width=width, markup=False, highlight=False, emoji=False, **more)
    return "\n".join(summary_lines(summary, problem, RECORDS, console=console)) + "\n"


def flat(text: str) -> str:
    return " ".join(text.split())


def changed(summary: dict[str, Any], **new: Any) -> dict[str, Any]:
    return {**copy.deepcopy(summary), **new}


def test_assumed_parameters_come_first_in_the_order_of_their_influence(summary: dict[str, Any]) -> None:
    text = printed(summary)
    assert summary["assumed"] == ["c_class", "hr"]
    places = [text.index(words) for words in ("ASSUMED", "(c_class)", "(hr)", "\nStrategies\n", "\nDifferences")]
    assert places == sorted(places)
    assert "Cost of a class (c_class): £250 at 2023/24 prices, 95% interval £196 to £314" in flat(text)


def test_a_parameter_that_the_user_has_set_says_so(summary: dict[str, Any]) -> None:
    records = RECORDS.with_fixed({"hr": 0.9})
    lines = summary_lines(summary, PROBLEM, records, console=Console(file=io.StringIO(), width=110))
    assert "of classes (hr): 0.9 (Set by the user for this run.)" in flat("\n".join(lines))


def test_no_assumed_parameter_is_said_too(summary: dict[str, Any]) -> None:
    assert "No parameter is assumed" in printed(changed(summary, assumed=[]))


def test_what_was_run_is_told(summary: dict[str, Any]) -> None:
    text = flat(printed(summary))
    assert f"Classes {MARKUP} (toy) Setting: Base {MARKUP} (base). Evidence: not graded." in text
    assert f"Costs: Health service {MARKUP} (nhs), 2023/24 prices, per person." in text
    assert "64 parameter draws of 24 people each, the same under every strategy; seed 1" in text


def test_every_mean_has_its_monte_carlo_error(summary: dict[str, Any]) -> None:
    text = printed(summary)
    described = 2 * (2 + 1 + 2)  # cost and effect of two strategies, of the increment, and of it beside its variant
    thresholds, shares = 5, 2 * 3
    assert len(re.findall(r"MCSE £?[\d.]+", text)) == described + thresholds + shares


def test_markup_and_control_characters_are_data(summary: dict[str, Any]) -> None:
    noise = {**summary["noise"], "warnings": [f"careful {MARKUP}"]}
    text = printed(changed(summary, noise=noise))
    seen = flat(text)
    for words in ("Classes", "Base", "Effect", "any relapse", "Relapses averted", "Health service", "Wide", "Time ill"):
        assert f"{words} {MARKUP}" in seen, words
    assert f"Warning: Careful {MARKUP}." in seen
    assert "\x1b" not in text


def test_a_terminal_gets_colour_and_a_file_does_not(summary: dict[str, Any]) -> None:
    assert "\x1b[1m" in printed(summary, force_terminal=True, color_system="standard")
    assert "\x1b" not in printed(summary)


def test_plain_output_has_the_width_of_standard_output(summary: dict[str, Any]) -> None:
    text = "\n".join(summary_lines(summary, PROBLEM, RECORDS))
    assert text.startswith(f"Classes {MARKUP} (toy)") and not text.endswith("\n")
    assert not re.search(r" $", text, re.MULTILINE) and "\x1b" not in text
    assert max(map(len, text.split("\n"))) <= 110


@pytest.mark.parametrize("width", [80, 110, 200])
def test_figures_are_never_broken(summary: dict[str, Any], width: int) -> None:
    text = printed(summary, width=width)
    assert max(map(len, text.split("\n"))) <= width
    increment = summary["incremental"][0]
    low, high = (f"£{increment['cost'][k]:,.0f}" for k in ("low", "high"))
    assert f"{low} to {high}" in text
    for row in summary["ceac"][::25]:
        assert f"£{row['threshold']:,.0f} " in text


def test_a_narrow_terminal_still_prints(summary: dict[str, Any]) -> None:
    assert "Decision" in printed(summary, width=30)


def test_the_decision_shows_naive_and_corrected(summary: dict[str, Any]) -> None:
    text = flat(printed(summary))
    row = summary["ceac"][50]
    assert re.search(r"£500 .*?%.*?naive \d+\.?\d*%.*? naive \d+\.?\d*%", text)
    assert f"naive {100 * row['probability']['classes']:.3g}%" in text
    assert f"£{row['threshold']:,.0f} Classes" in text and "MCSE £" in text.split("EVPI, £")[1]


def test_published_results_stand_beside_ours(summary: dict[str, Any]) -> None:
    text = printed(summary)
    assert re.search(r"Time ill \[bold\]x\[/bold\], days +Smith 1999 +31 +not printed", text)
    assert re.search(r"Cost, £ +Smith 1999 +£1,234 +£999", text)
    assert "See it." in text


def test_draws_that_are_no_power_of_two_are_remarked_upon(summary: dict[str, Any]) -> None:
    assert "powers of two are best" not in printed(summary)
    assert "1,000 is no power of two, and powers of two are best: 512 or 1,024." in printed(
        changed(summary, draws=1000)
    )


def test_one_draw_prints_without_intervals_or_probabilities(fixed: dict[str, Any]) -> None:
    text = printed(fixed)
    assert "One draw: there is no parameter uncertainty" in text
    assert "naive" not in text and "Probability" not in text and "95% interval, MCSE" not in text
    assert not re.search(r"\bnan\b|\bNone\b", text)
    assert re.search(r"Best, by willingness to pay per percentage point averted: .* at £0", flat(text))
    assert "1 parameter draw of 24 people, the same" in text


def test_what_is_not_known_is_said_so(fixed: dict[str, Any], summary: dict[str, Any]) -> None:
    blank = copy.deepcopy(summary)
    blank["strategies"][0]["cost"]["mcse"] = None
    for row in blank["ceac"]:
        row["corrected"] = dict.fromkeys(row["corrected"])
    for row in blank["evpi"]:
        row["corrected"] = row["mcse"] = None
    text = printed(blank)
    assert "MCSE not known" in text and not re.search(r"\bnan\b|\bNone\b", text)


@pytest.mark.parametrize(
    ("cost", "effect", "icer", "verdict", "words"),
    [
        (
            -312.4,
            4.2,
            None,
            "dominates",
            "dominates Usual: on average it costs £312 less per person and averts 4.2 percent",
        ),
        (
            312.4,
            -1.0,
            None,
            "dominated",
            "is dominated by Usual: on average it costs £312 more per person and adds 1 perc",
        ),
        (0.0, -1.0, None, "dominated", "it costs the same and adds 1 percentage point (relapses"),
        (50.0, 0.0, None, "dominated", "it costs £50 more per person and has the same effect."),
        (
            -90.0,
            -2.0,
            45.0,
            "saves money, adds relapses",
            "adds 2 percentage points",
        ),
        (
            -90.0,
            -2.0,
            45.0,
            "saves money, adds relapses",
            ": £45 saved for each percentage point added, £4,500 saved for each person more to have it.",
        ),
        (
            90.0,
            2.0,
            45.0,
            "costs more, averts relapses",
            ": £45 for each percentage point averted, £4,500 a person spared it.",
        ),
        (0.0, 0.0, None, "no difference", "makes no difference to cost or effect against Usual."),
    ],
)
def test_verdicts(
    summary: dict[str, Any], cost: float, effect: float, icer: float | None, verdict: str, words: str
) -> None:
    other = copy.deepcopy(summary)
    row = other["incremental"][0]
    row["cost"]["mean"], row["effect"]["mean"], row["icer"], row["verdict"] = cost, effect, icer, verdict
    row["told"] = {"cost": True, "effect": True}
    text = flat(printed(other))
    assert words in text, text[text.find("Usual") :]
    assert not re.search(r"health,|(gains|loses|gained|given up)\b", text)


def test_qalys_are_judged_at_the_thresholds_in_use(summary: dict[str, Any]) -> None:
    qaly = run(CASE, draws=16, people=8, effect="qaly").summary()
    text = printed(qaly)
    assert [t for t in ("£0", "£20,000", "£25,000", "£30,000", "£35,000", "£50,000") if f"\n{t} " in text] == [
        "£0",
        "£20,000",
        "£25,000",
        "£30,000",
        "£35,000",
    ]
    assert "per QALY" in text and "QALYs" in text and "minus the percentage" not in text


def test_many_strategies() -> None:
    more = tuple(Strategy(f"s{k}", f"Strategy number {k}", (replace(CLASS, name=f"c{k}"),)) for k in range(4))
    problem = replace(PROBLEM, strategies=(*PROBLEM.strategies, *more))
    result = run(replace(CASE, problem=problem), draws=16, people=8, variants=True).summary()
    text = flat(printed(result, problem))
    assert "Differences: Each strategy against Usual" in text
    assert "Strategy number 3, against Usual" in text or "Strategy number 3 dominates" in text


def test_calibration_shows_target_and_achieved(summary: dict[str, Any]) -> None:
    targets = (
        CalibrationTarget(
            "r_relapse", "usual", Ever("any_relapse"), "p_relapse", unit="per_year", label="hazard of relapse"
        ),
        CalibrationTarget("hr", "classes", MeanTime(When(health="ill")), "hr_wide", scale="risk_ratio"),
        CalibrationTarget("u", "usual", MeanTime(When(health="ill")), "hr_wide", unit="days"),
    )
    other = Event("other", When(health="ill"), Exponential("u"))
    pathway = replace(PROBLEM.pathway, events=(*PROBLEM.pathway.events, other))
    problem = replace(PROBLEM, pathway=pathway, settings=(replace(PROBLEM.settings[0], targets=targets, shown=()),))
    rows = [
        _calibrated("r_relapse", "per_year", 0.61, 0.4, 0.401),
        _calibrated("hr", "ratio", 0.7, 0.8, 0.8),
        _calibrated("u", "days", 3.0, 0.1, 0.1, error=None),
        _calibrated("stranger", "ratio", 3.0, 0.1, 0.1),
    ]
    text = flat(printed(changed(summary, calibrated=rows), problem))
    assert "Hazard of relapse (r_relapse): 0.61 per person-year. The share of people with at least one any rel" in text
    assert "Usual (Smith 1999): target 40%, achieved 40.1%, map error 0.02." in text
    assert f"per person, Classes {MARKUP} to Usual (assumed): target 0.8, achieved 0.8, map error 0.02." in text
    assert "(u): 3 days. " in text and "target 36.5 days, achieved 36.5 days." in text
    assert "stranger (stranger): 3." in flat(text).replace("Stranger", "stranger")


def _calibrated(
    name: str, unit: str, value: float, target: float, achieved: float, error: float | None = 0.02
) -> dict[str, Any]:
    figures = {"value": value, "target": target, "achieved": achieved, "map_error": error}
    return {"parameter": name, "label": "", "unit": unit, "published": "p_relapse", **figures}


def test_a_run_says_what_is_to_be_known_of_its_setting(summary: dict[str, Any]) -> None:
    told = replace(PROBLEM, settings=(replace(PROBLEM.settings[0], notes=("no cost was read [bold]x[/bold]",)),))
    text = flat(printed(summary, told))
    assert "What to know of this setting 1. No cost was read [bold]x[/bold]." in text
    assert "What to know" not in flat(printed(summary))
