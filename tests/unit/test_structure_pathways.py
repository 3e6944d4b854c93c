"""Structural alternatives that are another natural history: the same bits as its own run, closed forms, refusals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import lognorm

import models as m
from models.contract import Alternative, Structure
from models.shared.crisis_plan import STRUCTURES as PLANS
from models.shared.ledger import PERSPECTIVES
from simulate import load, run
from simulate.analyse.credibility.alternatives import Combination, drawn_alike, structures_of
from simulate.analyse.credibility.structure import structure

WAITING = m.Pathway(
    "waiting",
    (m.Domain("place", ("waits", "treated", "over"), absorbing=("over",)),),
    (
        m.Event("treatment", m.When(place="waits"), m.Exponential("r_treatment"), {"place": "treated"}),
        m.Event("end", m.When(place="treated"), m.Exponential("r_end"), {"place": "over"}),
    ),
    {"place": "waits"},
)
STAYS = {
    "r_treatment": {"unit": "per_year", "distribution": {"gamma": {"mean": 2.0, "se": 0.2}}},
    "r_end": {"unit": "per_year", "distribution": {"gamma": {"mean": 4.0, "se": 0.4}}},
    "r_relapse": {"unit": "per_year", "distribution": {"gamma": {"mean": 1.0, "se": 0.1}}},
    "hr": {"unit": "ratio", "distribution": {"lognormal": {"mean": 2.0, "low": 1.5, "high": 2.6667}}},
    "c_day": {"unit": "GBP_per_day", "price_year": "2023/24", "distribution": {"fixed": {"value": 10.0}}},
}


# Treatment of which there is no end, and one that is followed by another wait: events that the other has not.
NEVER_ENDS = Alternative("other", "otherwise", 0.5, without=("end",))
RELAPSE = m.Event("relapse", m.When(place="treated"), m.Exponential("r_relapse"), {"place": "waits"})
RELAPSES = Alternative("other", "otherwise", 0.5, events=(RELAPSE,))


def waiting(*alternatives: Alternative, **more: Any) -> m.DecisionProblem:
    """Who is treated sooner waits less; a day of treatment costs £10."""
    sooner = m.Component("sooner", "Sooner", (m.Effect("treatment", "hazard", "hr"),))
    told: dict[str, Any] = {
        "costs": (m.CostItem("days", "Days", "nhs", m.StateTime(m.When(place="treated")), "c_day"),),
        "structures": (Structure("course", "How it goes", "Made up.", alternatives),) if alternatives else (),
        **more,
    }
    return m.DecisionProblem(
        id="made_up",
        label="Made up",
        pathway=WAITING,
        strategies=(m.Strategy("later", "Later"), m.Strategy("sooner", "Sooner", (sooner,))),
        settings=(m.Setting("first", "First", horizon=1.0, perspective="nhs_pss", effect="treated_pp"),),
        effects=(m.EffectMeasure("treated_pp", "Treated", "percentage point", achieved="treatment"),),
        perspectives=PERSPECTIVES,
        thresholds={"treated_pp": (0.0, 50.0)},
        discount_costs=0.0,
        discount_effects=0.0,
        **told,
    )


AS_IT_IS = Alternative("as_it_is", "as it is", 0.5)
FLOW: Mapping[str, Any] = {"draws": 64, "people": 50, "seed": 3, "threshold": 50.0}


def read_by(pathway: m.Pathway) -> dict[str, Any]:
    """The records that the problem reads with this natural history."""
    return {n: r for n, r in STAYS.items() if n in ("hr", "c_day", *m.parameter_names(pathway))}


@pytest.mark.parametrize("other", [NEVER_ENDS, RELAPSES])
def test_another_natural_history_is_the_run_of_that_pathway_to_the_bit(other: Alternative) -> None:
    """With the same draws of every parameter, whichever structure reads it, and the same people."""
    problem, reshaped = waiting(AS_IT_IS, other), other.reshaped(WAITING)
    found = structure(load(problem, inline={**read_by(WAITING), **read_by(reshaped)}), **FLOW)
    plain = run(load(waiting(), inline=read_by(WAITING)), **FLOW)
    assert np.array_equal(found.results[0].cost, plain.cost) and np.array_equal(found.results[0].effect, plain.effect)
    one, both = (r.draws for r in found.results)
    assert one.names == both.names and np.array_equal(one.values, both.values)
    case = load(replace(waiting(), pathway=reshaped), inline=read_by(reshaped))
    every = replace(case, parameters=found.asked.case.parameters, drawn=one.names)
    assert np.array_equal(found.results[1].cost, run(every, **FLOW).cost)
    assert not np.array_equal(found.results[0].cost, found.results[1].cost)
    mixed = np.asarray(found.average.psa_table["structure_course_other"])
    costs = np.where(mixed[:, None] == 1, found.results[1].cost, found.results[0].cost)
    assert np.allclose(found.average.cost, costs, rtol=1e-12) and 0.4 < float(np.mean(mixed)) < 0.6
    assert found.rows[-1]["cost_mean"] == pytest.approx(np.mean([r["cost_mean"] for r in found.rows[:2]]), rel=1e-12)
    assert found.summary()["weights"][1]["changes"] == ["another natural history"]


def test_time_in_treatment_without_an_end_is_as_worked_out_by_hand() -> None:
    """Over a year, with the rate r to it and e to its end: r / (e - r) x ((1 - exp(-r)) / r - (1 - exp(-e)) / e).

    Without an end 1 - (1 - exp(-r)) / r.
    """
    problem = waiting(AS_IT_IS, NEVER_ENDS)
    found = structure(load(problem, inline=read_by(WAITING)), draws=1, people=20_000, threshold=50.0)
    for k, r in enumerate((2.0, 4.0)):
        year, e = (1 - math.exp(-r)) / r, 4.0
        ending = year - math.exp(-r) if r == e else r / (e - r) * (year - (1 - math.exp(-e)) / e)
        for result, years in zip(found.results, (ending, 1 - year), strict=True):
            assert result.cost[0, k] == pytest.approx(3652.5 * years, rel=0.02)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"events": (replace(RELAPSE, becomes={"place": "nowhere"}),)}, "nowhere"),
        ({"without": ("treatment",)}, "treatment"),
        ({"events": (replace(RELAPSE, hazard=m.Exponential("no")),)}, "no parameter record for no"),
    ],
)
def test_a_natural_history_that_cannot_be_run_is_refused(change: Any, told: str) -> None:
    with pytest.raises(m.ModelError, match=told):
        problem = waiting(AS_IT_IS, Alternative("other", "otherwise", 0.5, **change))
        structure(load(problem, inline=read_by(WAITING)), **FLOW)


def test_what_no_natural_history_has_cannot_be_left_out() -> None:
    problem = waiting(AS_IT_IS, Alternative("other", "otherwise", 0.5, without=("edn",)))
    with pytest.raises(m.ModelError, match=r"Alternative other.without: 'edn'.*end"):
        load(problem, inline=read_by(WAITING))


def test_a_value_at_no_effect_is_the_structure_without_it() -> None:
    """People alike, and no hindrance by a lost job: by a value of 0 or 1 or by a pathway without, to the bit."""
    case = load("individual_placement_and_support", changes={"d_job_search": 0.01})
    without = {a.name: a for a in case.problem.structures[0].alternatives if a.reshapes}
    assert set(without) == {"readiness", "reentry"}
    for name, value in (("readiness", {"hr_job_reentry": 1.0}), ("reentry", {"v_job_readiness": 0.0})):
        setting = replace(case.setting, targets=(), given={**case.setting.given, **SOLVED})
        plain = replace(case, problem=replace(case.problem, settings=(setting,)), setting=setting)
        other, _ = Combination((without[name],), 1.0).split(plain)
        other = drawn_alike([plain, other])[1]
        by_value = replace(plain, parameters=plain.parameters.with_fixed(value))
        one, two = (run(c, draws=8, people=50) for c in (by_value, other))
        assert np.array_equal(one.cost, two.cost) and np.array_equal(one.effect, two.effect)
        assert not np.array_equal(one.effect, run(plain, draws=8, people=50).effect)


SOLVED = {"r_job_entry": 0.4, "hr_job_entry_ips": 2.0}


(ONE_STAY,) = (a for s in PLANS for a in s.alternatives if a.name == "one_stay")


def test_one_stay_is_timed_from_admission() -> None:
    """A detention neither lengthens a stay nor begins it anew: its mean is that of the log-normal law alone.

    Of all informal on arrival, detained at the rate c and then timed anew by the same law, the mean is
    (1 + c x mean) times the integral of its survival x exp(-c t).
    """
    median, sigma, rate = 20 / 365.25, 0.2, 20.0
    given = {"r_admission": 2.0, "odds_detained_at_admission": 1e-6, "r_conversion": rate, "los_median": median}
    given |= {"sigma_los": sigma, "ratio_stay_detained": 1.0, "hr_admission_jcp": 1.0, "or_detention_jcp": 1.0}
    setting = m.Setting(
        "plain", "Plain", horizon=3.0, perspective="service", effect="detention_pp", given={**given, "tr_stay_jcp": 1.0}
    )
    whole = replace(load("joint_crisis_plan").problem, settings=(setting,), structures=(), correlations={})
    by_law = median * math.exp(sigma**2 / 2)
    t = np.linspace(0, 10 * median, 20_001)
    left = lognorm.sf(t, sigma, scale=median) * np.exp(-rate * t)
    anew = (1 + rate * by_law) * float(np.trapezoid(left, t))
    for pathway, mean in ((whole.pathway, anew), (ONE_STAY.reshaped(whole.pathway), by_law)):
        told = run(load(replace(whole, pathway=pathway)), draws=1, fixed=True, people=4000).statistics
        inside = told.state_indices(lambda state: state.get("care") in ("informal", "detained"))
        ended = [k for k, n in enumerate(told.outcomes) if n.startswith("discharge")]
        stay = told.time[0, 0, :, 0][:, inside].sum() / told.count[0, 0, :, 0][:, ended].sum()
        assert stay == pytest.approx(mean, rel=0.03)
    assert anew > 1.2 * by_law


def test_what_a_setting_solves_for_is_still_read() -> None:
    """The pilot's ratio of stays is solved for, and one stay has none: the structure is not told there, and why."""
    case = load("joint_crisis_plan", "henderson_2004")
    with pytest.raises(m.ModelError, match="solves for ratio_stay_detained, which nothing reads under it") as caught:
        structures_of(case, ["stays"])
    assert "stays" in str(caught.value)
    dutch = load("joint_crisis_plan", "netherlands_2014")  # a pathway of its own is reshaped too
    (structure,) = structures_of(dutch, ["stays"])
    told = structure.alternatives[1].reshaped(dutch.problem.pathway)
    assert "discharge_detained" not in [e.name for e in told.events]
    assert "court_order" in [g.name for g in told.groups]


def test_expected_values_are_told_of_alternatives_that_have_them_and_refused_of_the_others(command: Any) -> None:
    """A stay whose clock runs on through a detention has none, which is said of each alternative it is in."""
    done = command("structure", "joint_crisis_plan", "--exact", "--draws", 8)
    assert done.code == 2 and done.err.count("one_stay: exact: expected values are not to be had") == 2
    assert "discharge_informal: its clock runs on when conversion happens" in done.err
    done = command("structure", "joint_crisis_plan", "--exact", "--people", 10)
    assert done.code == 2 and "with --exact nobody is simulated" in done.err
    problem = waiting(AS_IT_IS, NEVER_ENDS)
    case = load(problem, inline=read_by(WAITING))
    exact, sampled = structure(case, draws=1, exact=True), structure(case, draws=1, people=20_000)
    for one, other in zip(exact.results, sampled.results, strict=True):
        assert np.allclose(one.cost, other.cost, rtol=0.02)
    year = (1 - math.exp(-2.0)) / 2.0
    assert exact.results[1].cost[0, 0] == pytest.approx(3652.5 * (1 - year), rel=1e-3)
