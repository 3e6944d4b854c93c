"""What a notebook shows of a result, a case, or any other finding: the decision, in a table or two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from simulate.analyse.comparison.moved import Moved
from simulate.analyse.comparison.verdict import Comparison
from simulate.analyse.credibility.calibration import Calibrated
from simulate.analyse.credibility.structure import Structures
from simulate.analyse.credibility.validate import Validation
from simulate.analyse.credibility.verification.verification import Verification
from simulate.analyse.credibility.virtual_trials import VirtualTrials
from simulate.analyse.impact import Impact
from simulate.analyse.sweep.by_subgroup import Subgroups
from simulate.analyse.sweep.decision_switch import Switching
from simulate.analyse.sweep.global_sensitivity import Sobol
from simulate.analyse.sweep.one_and_two_way import OneWay, TwoWay
from simulate.analyse.sweep.scenario_file import Scenarios
from simulate.ask.case import Case
from simulate.ask.changes import changed_parameters
from simulate.present.english.changes import changed_note
from simulate.present.english.finished import context as table_context
from simulate.present.english.finished import money
from simulate.present.english.numbers import about, amount, number, percent, sentence, to_error, worded
from simulate.present.english.sweeps import price_of_effect, words_of
from simulate.present.figures.labels import context, effect_axis, label_of, money_of, viewpoint
from simulate.present.notebook import pages_of_credibility
from simulate.present.notebook.markup import frame, line, table
from simulate.result.finished.psa_table import PsaTable
from simulate.result.judgement import default_threshold
from simulate.result.per_person import follows_people
from simulate.result.priorities.equity import Equity
from simulate.result.result import Result
from simulate.result.summary import described, incremental_rows
from simulate.result.voi import Learning
from simulate.running.tracing import Trace

NOT_TOLD = "–"


# --- a run ----------------------------------------------------------------------------------------


def result_page(result: Result) -> str:
    """Costs and effects of every strategy and their differences, with Monte Carlo errors, and what they are worth."""
    effect = effect_axis(result.case.problem.effect(result.options.effect), result.case.each)
    head = ["Strategy", f"Cost, {money_of(result)} per {result.case.each}", effect.partition(",")[0]]
    increments = {row["strategy"]: row for row in incremental_rows(result)}
    at = default_threshold(result)
    return "".join(
        [
            line(context(result), strong=True),
            line(viewpoint(result)),
            table(
                [*head, "Difference in cost", "Difference in effect", "ICER", "Verdict"],
                [_strategy_row(result, s, increments.get(s)) for s in result.strategies],
                f"Means, 95% intervals over draws{_with_errors(result)}; effect: {effect}",
            ),
            table(
                ["Strategy", "Net benefit", "More than the first", "Probability of being best"],
                _worth_rows(result, at),
                f"At {price_of_effect(result, at)}",
            ),
            *_withheld(result),
        ]
    )


def _with_errors(result: Result) -> str:
    return ", and Monte Carlo standard errors (MCSE)" if follows_people(result) else "; nobody is simulated"


def _strategy_row(result: Result, strategy: str, row: Mapping[str, Any] | None) -> list[str]:
    i = result.strategies.index(strategy)
    own = [
        _told(result, described(result, values[:, i], lacking((strategy,))))
        for values, lacking in (
            (result.values.cost, result.lacking.cost),
            (result.values.effect, result.lacking.effect),
        )
    ]
    name = label_of(result, strategy)
    if row is None:
        return [name, *own, "", "", "", "comparator"]
    icer = NOT_TOLD if row["icer"] is None else about(row["icer"], result.case.money.sign)
    return [name, *own, _told(result, row["cost"]), _told(result, row["effect"]), icer, row["verdict"]]


def _worth_rows(result: Result, at: float) -> list[list[str]]:
    chances = result.ceac([at]).iloc[0]
    rows = []
    for i, found in enumerate(result.nmb(at).to_dict("records")):
        s = str(found["strategy"])
        own, more = ({"mean": found[n]} | {k: found[f"{n}_{k}"] for k in PARTS} for n in ("nmb", "incremental"))
        shares = [chances[f"{kind}_{s}"] for kind in ("corrected", "probability")]
        share = next((x for x in shares if np.isfinite(x)), np.nan)
        chance = percent(float(share), 2) if len(result.cost) > 1 and np.isfinite(share) else NOT_TOLD
        rows.append([label_of(result, s), _told(result, own), _told(result, more) if i else "", chance])
    return rows


PARTS = ("low", "high", "mcse")


def _told(result: Result, found: Mapping[str, Any]) -> str:
    """A mean with its interval and, of people, its error, to as many digits as the error bears out."""
    error = found["mcse"]
    mean, low, high = (to_error(float(found[part]), error) for part in ("mean", "low", "high"))
    reach = f" ({low} to {high})" if low != high else ""
    noise = "" if error is None or not follows_people(result) else f", MCSE {number(float(error), 2)}"
    return f"{mean}{reach}{noise}"


def _withheld(result: Result) -> list[str]:
    found = result.withheld
    told = dict.fromkeys(why for why in (found.icer, found.probability, found.evpi) if why)
    return [line(f"Not told: {sentence(why)}") for why in told]


# --- a case ---------------------------------------------------------------------------------------


def case_page(case: Case) -> str:
    """What is asked: strategies compared, whose costs, which effect, and what was changed."""
    problem, setting = case.problem, case.setting
    rows = [[worded(s.label, s.id), s.id] for s in problem.strategies]
    perspective, effect = problem.perspective(setting.perspective), problem.effect(setting.effect)
    names = case.names()
    note = changed_note(changed_parameters(case))
    return "".join(
        [
            line(f"{worded(problem.label, problem.id)}. {worded(setting.label, setting.name)}.", strong=True),
            *([line(problem.question)] if problem.question else []),
            table(["Strategy", "Id"], rows),
            line(
                f"Costs: {worded(perspective.label, perspective.name)}, {case.money.name}, per {case.each}."
                f" Effect: {worded(effect.label, effect.name)}. {len(names)} parameters, {len(case.uncertain())}"
                f" of them uncertain; {len(setting.variants)} variants. Evidence: {problem.evidence}."
            ),
            *([line(note)] if note else []),
        ]
    )


# --- the others -----------------------------------------------------------------------------------


def finished_page(found: PsaTable) -> str:
    """The ranking at the table's threshold."""
    unit = "" if found.of_benefit else f" per {found.terms.effect}"
    read, noise = table_context(found)
    return line(read, strong=True) + frame(found.ranking(), f"At {money(found, found.threshold)}{unit}") + line(noise)


def sweep_page(found: Any) -> str:
    """The first rows of its table, and how they are judged."""
    if isinstance(found, OneWay):
        shown = found.tornado().drop(columns=["outcome"])
        return _judged(found) + frame(shown, "Incremental net benefit, widest swing first")
    told = found.table()
    if isinstance(found, Scenarios | Subgroups):
        first = "label" if isinstance(found, Scenarios) else "level"
        kept = [first, "strategy", *(f"{n}_{part}" for n in ("cost", "effect", "nmb") for part in ("mean", "mcse"))]
        kept += ["verdict"]
        return line(context(found.result), strong=True) + frame(told[kept], "Increments, new minus comparator")
    return _judged(found) + frame(told)


def _judged(found: Any) -> str:
    w = words_of(found.result)
    against = f"{w.strategy(found.strategy)} against {w.strategy(found.result.strategies[0])}"
    where = f"incremental net benefit at {price_of_effect(found.result, found.threshold)}"
    return line(context(found.result), strong=True) + line(f"{against}: {where}.")


def impact_page(found: Impact) -> str:
    """Budgets by calendar year and payer."""
    return line(context(found.result), strong=True) + frame(found.budget, "Budget impact, new minus comparator")


def equity_page(found: Equity) -> str:
    """Groups, and what a strategy is worth by aversion to inequality."""
    at = amount(found.threshold, found.result.case.money.sign)
    weighted = frame(found.weighted, f"Equity-weighted net health benefit; {at} displaces a QALY")
    return line(context(found.result), strong=True) + frame(found.groups) + weighted


def learning_page(found: Learning) -> str:
    """What parameters are worth, and the trial."""
    at, each = price_of_effect(found.result, found.benefit.threshold), found.result.case.each
    told = [line(context(found.result), strong=True), frame(found.parameters, f"Worth of knowing, per {each}, at {at}")]
    return "".join(told if found.samples is None else [*told, frame(found.samples, f"Worth of a trial, per {each}")])


def calibrated_page(found: Calibrated) -> str:
    """What was learnt of each parameter, and caveats."""
    kept = ["parameter", "unit", "prior_median", "prior_low", "prior_high", "median", "low", "high"]
    told = frame(found.parameters()[kept], "Prior and posterior: medians and 95% intervals")
    return line(context(found), strong=True) + told + "".join(line(f"Caveat: {text}.") for text in found.caveats())


def trials_page(found: VirtualTrials) -> str:
    """Each published figure among the virtual ones."""
    return line(context(found), strong=True) + frame(found.table())


def trace_page(found: Trace) -> str:
    """The first steps."""
    return line(context(found), strong=True) + frame(found.table())


PAGES: Mapping[type, Callable[[Any], str]] = {
    Result: result_page,
    Case: case_page,
    PsaTable: finished_page,
    **dict.fromkeys((OneWay, TwoWay, Switching, Scenarios, Subgroups, Sobol), sweep_page),
    Impact: impact_page,
    Equity: equity_page,
    Learning: learning_page,
    Calibrated: calibrated_page,
    VirtualTrials: trials_page,
    Validation: pages_of_credibility.validation_page,
    Verification: pages_of_credibility.verification_page,
    Structures: pages_of_credibility.structures_page,
    Comparison: pages_of_credibility.comparison_page,
    Moved: pages_of_credibility.moved_page,
    Trace: trace_page,
}
