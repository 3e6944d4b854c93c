"""What nobody measured is held, and not answered: no probability, no EVPI, and no guess put in its place."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import models as m
from models.catalogue import problem, problem_ids
from models.contract import parameter_names
from models.quantities import names_in
from parameters import InputError
from simulate import load, run
from simulate.ask.answerable import withheld
from simulate.ask.case import Case
from simulate.ask.options import complete
from simulate.present.faces.run import face
from simulate.present.folder.output import write
from simulate.present.terminal.summary import summary_lines
from simulate.result.voi import learn
from tests.unit.accounts import AVERTED, DAYS, account, every_case, numbers


def test_what_nobody_measured_is_held_and_not_answered(tmp_path: Path) -> None:
    problem = account(replace(DAYS, already_priced="in the cost"), breakevens=(m.Breakeven("days_averted", "days"),))
    case = load(problem, inline=numbers(measured=False))
    result = run(case, draws=64, people=10)
    assert np.ptp(result.drawn.column("days_averted")) == 0.0 and np.ptp(result.drawn.column("c_day")) > 0.0
    summary = write(face(result), tmp_path / "out")
    (row,) = summary["incremental"]
    assert row["p_cost_saving"] is None and row["verdict"].startswith("not answerable: nobody measured")
    assert row["p_same_sign"] == {"cost": None, "effect": None}
    for told in summary["ceac"]:
        assert told["optimal"] is None and set(told["probability"].values()) == {None} == set(
            told["corrected"].values()
        )
    assert {row["value"] for row in summary["evpi"]} == {None}
    assert summary["breakeven"][0]["probability"] is None and summary["breakeven"][0]["value"] == pytest.approx(0.0)
    assert summary["assumed"][0] == "days_averted"
    assert not {p.stem for p in (tmp_path / "out" / "figures").glob("*.png")} & {"ceac", "evpi", "plane"}
    said = "\n".join(summary_lines(summary, case.problem, case.parameters))
    assert "Not answerable: nobody measured days_averted." in said and "Probability that Course" not in said
    json.dumps(summary, allow_nan=False)
    with pytest.raises(m.ModelError, match="not answerable: nobody measured"):
        learn(result)
    known = load(problem, inline=numbers(measured=False), changes={"days_averted": 2.0})  # the user's own number
    assert run(known, draws=64, people=10).summary()["incremental"][0]["p_cost_saving"] == 1.0


def test_a_strategy_that_does_not_rest_on_it_keeps_its_probability() -> None:
    other = m.Component("book", "A book")
    problem = account(replace(DAYS, already_priced="in the cost"))
    problem = replace(
        problem,
        strategies=(*problem.strategies, m.Strategy("book", "Book", (other,))),
        costs=(AVERTED, m.CostItem("book", "Book", "nhs", m.ComponentTime("book"), "c_day")),
    )
    result = run(load(problem, inline=numbers(measured=False)), draws=64, people=10)
    rows = result.summary()["incremental"]
    assert [row["p_cost_saving"] for row in rows] == [None, 0.0] and rows[0]["icer"] is None
    saving = dict(zip(result.incremental()["strategy"], result.incremental()["p_cost_saving"], strict=True))
    assert np.isnan(saving["course"]) and saving["book"] == 0.0


def test_an_assumed_error_has_no_worth_of_research() -> None:
    problem = account(replace(DAYS, already_priced="in the cost"))
    judged = numbers(error_assumed=True, note="No error was printed.")
    priced = {**judged, "c_day": {**numbers()["c_day"], "source": "pssru_2024", "status": "derived"}}
    for records, kept in ((judged, True), (numbers(), False), (priced, False)):
        case = load(problem, inline=records)
        found = withheld(case, complete(case))
        assert found.evpi.startswith("no error was read of days_averted") == kept and not found.probability


def test_every_record_that_says_its_error_is_a_judgement_is_marked() -> None:
    """Prices, rates and utilities as much as effects: without an error printed, the interval is ours."""
    said = re.compile(
        r"(pread|error) (\d+% )?by judgement|\d+% by judgement|o standard error|error was not read"
        r"|o (error|interval|spread) (is|was) (read|printed)|spread( \([^)]*\))? is (our|a) judgement"
        r"|assumed for the spread"
    )
    silent = set()
    for case in every_case():
        for record in (case.parameters[n] for n in case.parameters):
            marked = record.error_assumed or record.measured is False or record.status == "assumed"
            if not marked and said.search(record.note or "") and np.ptp(record.distribution.interval95()) > 0:
                silent.add(record.name)
    assert silent == set()


def test_every_assumed_effect_of_the_catalogue_says_who_measured_it() -> None:
    """What is assumed and uncertain, and decides the difference, was measured by nobody, somebody or some places."""
    silent = set()
    for case in every_case():
        for name in effect_names(case):
            record = case.parameters[name]
            low, high = record.distribution.interval95()
            said = record.measured is False or record.anchor is not None or record.kind == "between_sites"
            if record.status == "assumed" and high > low and not said:
                silent.add(name)
    assert silent == set()


def test_no_setting_makes_a_measured_figure_of_what_nobody_measured() -> None:
    """What one setting holds unmeasured, another may take from a measurement with its error, and from nothing else."""
    for name in problem_ids():
        found, records = problem(name), load(name).parameters
        guessed = {n for n, r in records.items() if r.measured is False}
        keys = guessed | {k for s in found.settings for k, q in s.given.items() if guessed & {*names_in(q)}}
        for setting in found.settings:
            case = Case(found.under(setting), setting, records)
            if not withheld(case, complete(case)).probability:
                given = {k: [records[n] for n in names_in(q)] for k, q in setting.given.items() if k in keys}
                assert all(np.ptp(r.distribution.interval95()) > 0 for rs in given.values() for r in rs), (
                    name,
                    setting,
                )
                assert all(given.values()), (name, setting.name)


def test_a_number_in_place_of_what_nobody_measured_is_refused() -> None:
    known = {"unit": "days_difference", "distribution": {"normal": {"mean": 1.0, "se": 0.5}}}
    held = {**known, "distribution": {"fixed": {"value": 1.0}}}
    guess = {**held, "source": "assumption", "status": "assumed", "measured": False, "note": "None has measured it."}
    base = account(replace(DAYS, already_priced="in the cost"))
    refused = r"days_averted\.measured: false, and setting set puts a number in its place"
    for put, more, allowed in (
        (0.0, {}, False),
        ("one_day", {"one_day": held}, False),
        ("one_day", {"one_day": guess}, True),
        ("measured", {"measured": known}, True),
    ):
        numbered = {**numbers(measured=False), **more}
        setting = replace(base.settings[0], name="set", given={"days_averted": put})
        if allowed:
            load(replace(base, settings=(*base.settings, setting)), "set", inline=numbered)
            continue
        with pytest.raises(InputError, match=refused):
            load(replace(base, settings=(*base.settings, setting)), "set", inline=numbered)
        claimed = replace(setting, claimed="it was put in as claimed")
        case = load(replace(base, settings=(*base.settings, claimed)), "set", inline=numbered)
        assert withheld(case, complete(case)).probability == claimed.claimed
    variant = replace(base.settings[0], name="set", variants=(m.Variant("one", "One", {"days_averted": "one_day"}),))
    with pytest.raises(InputError, match=refused):
        load(replace(base, settings=(variant,)), inline={**numbers(measured=False), "one_day": held})


def effect_names(case: Case) -> list[str]:
    """Parameters by which strategies change what happens, what is saved, and the effect; prices left out."""
    p, s = case.problem, case.setting
    components = [c for x in p.strategies for c in x.components]
    names = [*parameter_names(tuple(e for c in components for e in c.effects)), *parameter_names(p.effects)]
    names += [n for c in components for n in names_in(c.fidelity)]
    for item in p.costs:
        if item.sign < 0 and getattr(item.basis, "component", None):
            names += [n for n in parameter_names((item,)) if not n.startswith("c_")]
    names += [n for t in s.targets if t.unknown in names for n in parameter_names(t)]
    names += [n for key in set(names) & set(s.given) for n in names_in(s.given[key])]
    differences = [
        n for n in parameter_names(p.costs) if n in case.parameters and "difference" in case.parameters[n].unit
    ]
    return [n for n in dict.fromkeys([*names, *differences]) if n in case.names()]
