"""Kinds of wrong conclusions that declarations close: over the whole catalogue, and at the load of a problem."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import models as m
from models.catalogue import problem, problem_ids
from models.economics import is_priced_by
from models.shared.crisis_plan import READING, READINGS
from parameters import InputError
from simulate import load, run
from simulate.analyse.impact import Population, impact
from simulate.analyse.sweep.comparison_rows import comparisons
from simulate.analyse.sweep.one_and_two_way import one_way
from simulate.ask.answerable import withheld
from simulate.ask.misuse import ratios_among
from simulate.ask.options import complete
from simulate.present.faces.impact import face as impact_face
from simulate.present.faces.league import face as league_face
from simulate.present.faces.run import face
from simulate.present.folder.output import write
from simulate.present.terminal.summary import summary_lines
from simulate.result.priorities.league import league
from simulate.result.voi import benefit, learn
from tests.unit.accounts import AVERTED, DAYS, PLACE, account, every_case, numbers

pytestmark = pytest.mark.usefixtures("solved_once")

# --- what is in the cost already, or counts who is reached ----------------------------------------


def test_what_a_cost_prices_says_so_or_says_what_it_is_worth_beyond() -> None:
    with pytest.raises(m.ModelError, match="already_priced, or what it is worth beyond_cost"):
        account(DAYS)
    account(replace(DAYS, already_priced="in the cost"))
    account(replace(DAYS, beyond_cost="a home"))
    account(DAYS, costs=(replace(AVERTED, quantities=()),))  # another quantity: nothing is counted twice


@pytest.mark.parametrize(
    "when, priced",
    [
        (m.When(place="ward"), True),  # the very time
        (m.When(place="home"), True),  # all other time
        (m.When(), False),
    ],
)
def test_time_is_priced_where_it_or_all_other_time_is(when: m.When, priced: bool) -> None:
    ward = m.CostItem("ward", "Ward", "nhs", m.StateTime(m.When(place="ward")), 1.0)
    measure = m.EffectMeasure("days", "Days", "day", days=when, already_priced="in the cost")
    assert is_priced_by(measure, (ward,), PLACE) == priced
    assert not is_priced_by(measure, (replace(ward, basis=m.StateTime(ward.basis.when, "course")),), PLACE)  # type: ignore[union-attr]


def test_who_is_reached_is_declared() -> None:
    counted = m.EffectMeasure(
        "reached", "People", "person", items=(m.EffectItem(m.Delivery("course"), 1.0),), counts="people reached"
    )
    with pytest.raises(m.ModelError, match="counts: missing"):
        replace(counted, counts="")
    for basis, worth in ((m.ComponentTime("course"), 1.0), (m.ComponentTime("course"), 365.25)):  # years, days of it
        with pytest.raises(m.ModelError, match="counts: missing"):
            m.EffectMeasure("reached", "People", "person", items=(m.EffectItem(basis, worth),))
    with pytest.raises(m.ModelError, match="counts: missing"):  # whatever else it counts
        replace(DAYS, direction="reached")
    with pytest.raises(m.ModelError, match="count more than people reached"):
        replace(DAYS, counts="people reached")
    with pytest.raises(m.ModelError, match="only 0 is allowed"):
        account(counted, thresholds={"reached": (0.0, 20.0)})


def test_what_is_priced_may_be_valued_where_that_cost_is_not_counted() -> None:
    seen = (m.Perspective("nhs", "NHS", ("nhs",)), m.Perspective("council", "Council", ("social_care",)))
    days = replace(DAYS, already_priced="in the cost")
    both = account(days, perspectives=seen, thresholds={"days": (0.0, 20.0)}, perspective="nhs")
    assert both.only_at_0("days", "nhs") == "in the cost" and both.only_at_0("days", "council") == ""


def test_no_threshold_no_ratio_no_curve(tmp_path: Path) -> None:
    case = load(account(replace(DAYS, already_priced="in the cost")), inline=numbers())
    result = run(case, draws=64, people=10)
    summary = write(face(result), tmp_path / "out")
    assert [row["threshold"] for row in summary["ceac"]] == [0.0] == [row["threshold"] for row in summary["evpi"]]
    assert summary["incremental"][0]["icer"] is None and summary["incremental"][0]["verdict"] == "saves money"
    assert summary["withheld"]["threshold"] == "in the cost" == summary["withheld"]["icer"]
    drawn = {p.stem for p in (tmp_path / "out" / "figures").glob("*.png")}
    assert "plane" in drawn and not drawn & {"ceac", "evpi"}
    assert result.incremental()["icer"].isna().all()
    assert "Only at £0: in the cost." in "\n".join(summary_lines(summary, case.problem, case.parameters))
    for asked in (lambda: result.ceac([20.0]), lambda: benefit(result, 20.0), lambda: learn(result, threshold=20.0)):
        with pytest.raises(m.ModelError, match="only £0 is allowed: in the cost"):
            asked()
    assert benefit(result).threshold == 0.0


# --- what places differ by -------------------------------------------------------------------------


def test_what_places_differ_by_is_drawn_for_one_place_alone() -> None:
    plain = account(replace(DAYS, beyond_cost="a test"))
    one = m.Variant("one_place", "one place", {"days_averted": "days_averted"})
    setting = replace(plain.settings[0], variants=(one,))
    case = load(replace(plain, settings=(setting,)), inline=numbers(kind="between_sites"))
    mean, place = (run(case, draws=64, people=10, predictive=p, variants=True) for p in (False, True))
    assert np.ptp(mean.drawn.column("days_averted")) == 0.0 < np.ptp(place.drawn.column("days_averted"))
    assert (mean.drawn.column("c_day") == place.drawn.column("c_day")).all()
    beside = mean.variants["one_place"]
    assert (beside.cost == place.cost).all()
    assert place.summary()["withheld"]["evpi"] and not mean.summary()["withheld"]["evpi"]
    assert place.evpi()["value"].isna().all() and place.summary()["incremental"][0]["p_cost_saving"] is not None
    with pytest.raises(m.ModelError, match="what places differ by"):
        learn(place)
    with pytest.raises(m.ModelError, match="predictive: no parameter of this setting"):
        run(load(plain, inline=numbers()), draws=64, people=10, predictive=True)


# --- one quantity drawn twice, and ratios of other people ------------------------------------------


def test_two_strategies_that_cost_the_same_share_the_record() -> None:
    book = m.Component("book", "A book")
    days = replace(DAYS, already_priced="in the cost")
    priced = m.CostItem("book", "Book", "nhs", m.ComponentTime("book"), "c_book")
    both = (*account(days).strategies, m.Strategy("book", "Book", (book,)))
    problem = replace(account(days), strategies=both, costs=(AVERTED, priced))
    same = {**numbers(), "c_book": {**numbers()["c_day"], "label": "In other words"}}
    with pytest.raises(InputError, match="c_book: is the same row as c_day, drawn apart from it for another component"):
        load(problem, inline=same)
    load(replace(problem, correlations={("c_day", "c_book"): 0.0}), inline=same)  # said to be independent
    load(problem, inline={**same, "c_book": {**same["c_book"], "price_year": "2022/23"}})
    shared = m.CostItem("book", "Book", "nhs", m.ComponentTime("book"), "c_day")
    load(replace(problem, costs=(AVERTED, shared)), inline=numbers())


CARE = m.Pathway(
    "care",
    (m.Domain("care", ("home", "informal", "detained")),),
    (
        m.Event(
            "admission",
            m.When(care="home"),
            m.Exponential(1.0),
            branches=(m.Branch("informal", 1.0, {"care": "informal"}), m.Branch("detained", 1.0, {"care": "detained"})),
        ),
    ),
    {"care": "home"},
    groups=(m.Group("detention", ("admission.detained",)),),
)


@pytest.mark.parametrize(
    ("statistic", "said", "wrong"),
    [
        (None, "all", True),  # put on a branch: of those admitted
        (None, "admission", False),
        (m.Ever("detention"), "all", False),
        (m.Ever("detention"), "admission", True),
        (m.EverRatio("detention", "admission"), "all", True),
        (m.EverRatio("detention", "admission"), "admission", False),
        (m.CountRatio("detention", "admission"), "detention", True),
        (m.MeanTime(m.When(care="detained"), per_ever="detention"), "all", True),
    ],
)
def test_a_ratio_stands_only_for_those_it_is_of(statistic: m.Statistic | None, said: str, wrong: bool) -> None:
    plan = m.Component("plan", "A plan", (m.Effect("admission", "odds", "or_plan", branch="detained"),))
    of = [] if statistic is None else [statistic]
    targets = tuple(m.CalibrationTarget("or_plan", "plan", s, "published", "odds_ratio") for s in of)
    problem = m.DecisionProblem(
        id="plan",
        label="A plan",
        pathway=CARE,
        strategies=(m.Strategy("usual", "Usual"), m.Strategy("plan", "Plan", (plan,))),
        settings=(m.Setting("base", "Base", horizon=1.0, effect="pp", targets=targets),),
        effects=(m.EffectMeasure("pp", "Detentions averted", "percentage point", ever="detention"),),
    )
    name = "published" if targets else "or_plan"
    record = {"unit": "ratio", "distribution": {"fixed": {"value": 0.5}}, "among": said}
    if wrong:
        with pytest.raises(InputError, match=f"{name}.among: is among .*solve for it there"):
            load(problem, inline={name: record})
    else:
        load(problem, inline={name: record})
    with pytest.raises(InputError, match=f"{name}.among"):
        load(problem, inline={name: {**record, "among": "detained"}})  # no event and no group


def test_every_ratio_of_the_catalogue_says_of_whom_it_is() -> None:
    silent = set()
    for case in every_case():
        for name, _ in ratios_among(case.problem, case.setting):
            record = case.parameters[name]
            is_read = record.unit == "ratio" and record.status != "calibrated" and record.distribution.kind != "fixed"
            if is_read and record.among is None:
                silent.add(name)
    assert silent == set()


def test_no_face_tells_how_probable_a_guess_is() -> None:
    result = run(load("welfare_advice"), draws=64, people=10)
    assert {row["p_cost_saving"] for row in comparisons(result, 0.0)} == {None}
    assert {row["p_cost_effective"] for row in comparisons(result, 0.0)} == {None}
    table = league([result], 1000.0, {"welfare_advice": 10.0})
    assert table.summary()["programmes"][0]["p_cost_effective"] is None
    assert "probability not known" in "\n".join(league_face(table).lines())
    found = impact(result, Population(per_year=10.0, uptake=(1.0,)))
    told = found.summary()
    assert {row["p_net_saving"] for row in told["returns"]} == {None}
    assert told["payback"] is None or told["payback"]["probability"] is None
    assert "nobody has measured" in "\n".join(impact_face(found).lines())


def test_a_willingness_to_pay_is_refused_before_anything_runs() -> None:
    case = load("welfare_advice")
    for asked in (lambda: one_way(case, threshold=20.0), lambda: run(case, until_mcse="1@20", draws=128, people=10)):
        with pytest.raises(m.ModelError, match="only £0 is allowed: a bed-day averted is in the cost already"):
            asked()


def test_no_threshold_problem_is_answered() -> None:
    """What a problem asks how large it must be, nobody measured."""
    for case in every_case():
        if case.problem.kind == "threshold":
            assert withheld(case, complete(case)).probability, case.problem.id


def test_a_claim_put_in_has_no_probability() -> None:
    """What goes in without an error comes out with certainty, which is nobody's finding."""
    legacy = [c for c in every_case() if any("legacy scenario" in note for note in c.setting.notes)]
    assert len(legacy) >= 4
    for case in legacy:
        found = withheld(case, complete(case))
        assert found.probability and found.evpi, (case.problem.id, case.setting.name)
        assert case.problem.strategies[0].id not in found.strategies and found.strategies


def test_notes_name_variants_that_their_setting_has() -> None:
    for case in every_case():
        for note in case.setting.notes:
            for named in re.findall(r"\bvariants? ([a-z]+_[a-z_0-9]+|hostels)\b", note):
                case.setting.variant(named)


def test_a_ratio_of_people_is_solved_for_and_never_put_on_a_hazard() -> None:
    plan = m.Component("plan", "A plan", (m.Effect("admission", "hazard", "hr_plan"),))
    problem = m.DecisionProblem(
        id="plan",
        label="A plan",
        pathway=CARE,
        strategies=(m.Strategy("usual", "Usual"), m.Strategy("plan", "Plan", (plan,))),
        settings=(m.Setting("base", "Base", horizon=1.0, effect="pp"),),
        effects=(m.EffectMeasure("pp", "Detentions averted", "percentage point", ever="detention"),),
    )
    ratio = {"unit": "ratio", "distribution": {"fixed": {"value": 0.5}}}
    load(problem, inline={"hr_plan": ratio})
    given = replace(problem.settings[0], given={"hr_plan": "rr_published"})
    by = m.Event("x", m.When(), m.Exponential(1.0), by=(m.ByLevel("care", {"detained": "hr_plan"}),))
    by_level = replace(problem, pathway=replace(CARE, events=(*CARE.events, by)), strategies=problem.strategies[:1])
    for case, name in (
        (problem, "hr_plan"),
        (replace(problem, settings=(given,)), "rr_published"),
        (by_level, "hr_plan"),
    ):
        with pytest.raises(InputError, match=f"{name}.among: .* stands for a ratio of hazards"):
            load(case, inline={name: {**ratio, "among": "all"}})
    target = m.CalibrationTarget("hr_plan", "plan", m.Ever("admission"), "rr_published", "risk_ratio")
    solved = replace(problem.settings[0], targets=(target,))
    load(replace(problem, settings=(solved,)), inline={"rr_published": {**ratio, "among": "all"}})


def test_the_same_states_in_other_words_are_priced_too() -> None:
    ward = m.CostItem("ward", "Ward", "nhs", m.StateTime(m.When(care=("informal", "detained"))), 1.0)
    days = m.EffectMeasure("days", "Days", "day", days=m.When(care=("detained", "informal")))
    assert is_priced_by(days, (ward,), CARE)
    part = m.EffectMeasure("days", "Days", "day", days=m.When(care="detained"))
    assert not is_priced_by(part, (ward,), CARE)  # what is priced is more than this
    both = (replace(ward, basis=m.StayBand(m.When(care="informal"), 0.0)), replace(ward, basis=m.StateTime(part.days)))  # type: ignore[arg-type]
    assert is_priced_by(m.EffectMeasure("home", "Home", "day", days=m.When(care="home")), both, CARE)


def test_who_draws_a_reading_tells_the_readings_side_by_side() -> None:
    """A sign that is decided by which of two readings is drawn is no matter of chance."""
    for problem_id in problem_ids():
        for setting in problem(problem_id).settings:
            if READING in load(problem_id, setting.name).names() and not setting.costs:  # no trial's own cost
                assert all(r in setting.variants for r in READINGS), (problem_id, setting.name)
