"""Hazards and clocks that go by the level of another domain, against formulae; and what may not go by one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy import stats

import models.contract as m
import simulate.engine.check.twin as twin
from models.hazards import Hazard
from parameters.arrays import Floats
from simulate.engine.check import ledger
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.lower.tables import lower
from simulate.engine.renewal.qualification import obstacles
from tests.oracle.agreement import follows
from tests.oracle.small import USUAL, Run, simulate
from tests.oracle.test_twin import mutated

PEOPLE, AT, BACK, RATIO = 20_000, 0.6, 1.0, 2.5
ALIVE = m.Domain("life", ("alive", "dead"), absorbing=("dead",))


def with_mood(
    law: Hazard, worse: Hazard | None = None, ratio: float = RATIO, kind: str = "hazard", clock: Any = "sojourn"
) -> m.Pathway:
    """Alive until death, which goes by a mood: well at first, then low from AT to BACK or, with `worse`, for good."""
    end = m.Event("death", m.When(), law, {"life": "dead"}, clock=clock, by=(m.ByLevel("mood", {"low": ratio}, kind),))  # type: ignore[arg-type]
    low = m.Event("worse", m.When(mood="well"), worse or m.FixedTime(AT), {"mood": "low"})
    well = m.Event("better", m.When(mood="low"), m.FixedTime(BACK - AT), {"mood": "over"})
    moods = m.Domain("mood", ("well", "low", "over"))
    return m.Pathway("mood", (ALIVE, moods), (end, low, *(() if worse else (well,))), {"life": "alive", "mood": "well"})


def used(h: Callable[[Floats], Floats], ratio: float, t: Floats) -> Floats:
    """The cumulative hazard of death by `t`: that of `h`, times the ratio from AT to BACK."""
    low = h(np.clip(t, AT, BACK)) - h(np.full_like(t, AT))
    return np.asarray(h(t) + (ratio - 1) * low)


LAWS: dict[str, tuple[Hazard, Any, str]] = {
    "exponential": (m.Exponential(0.9), stats.expon(scale=1 / 0.9), "sojourn"),
    "weibull": (m.Weibull(1.6, 1.1), stats.weibull_min(1.6, scale=1.1), "sojourn"),
    "weibull since entry": (m.Weibull(0.7, 1.1), stats.weibull_min(0.7, scale=1.1), "start"),
    "gamma": (m.Gamma(2.5, 0.5), stats.gamma(2.5, scale=0.5), "sojourn"),
    "log-normal": (m.LogNormal(0.9, 0.7), stats.lognorm(0.7, scale=0.9), "start"),
    "log-logistic": (m.LogLogistic(1.7, 0.9), stats.fisk(1.7, scale=0.9), "sojourn"),
    "gompertz": (m.Gompertz(0.5, 0.8), stats.gompertz(0.5 / 0.8, scale=1 / 0.8), "sojourn"),
    "normal": (m.Normal(1.2, 0.5), stats.truncnorm(-1.2 / 0.5, np.inf, 1.2, 0.5), "sojourn"),
    "pieces": (m.PiecewiseConstant((0.0,), (0.9,)), stats.expon(scale=1 / 0.9), "start"),
    "spline": (m.Spline((-2.0, 2.0), (-0.2, 1.6)), stats.weibull_min(1.6, scale=np.exp(0.2 / 1.6)), "sojourn"),
}


@pytest.mark.parametrize("ratio", [RATIO, 0.0])
@pytest.mark.parametrize("name", LAWS)
def test_the_hazard_is_that_of_the_level_at_each_moment(name: str, ratio: float) -> None:
    """H(t) is the law's own, so many times that while the mood is low; at 0 nobody dies then, and nothing is lost."""
    law, told, clock = LAWS[name]
    run = simulate(with_mood(law, ratio=ratio, clock=clock), PEOPLE, 4.0, histories=True)
    expected = lambda t: np.exp(-used(lambda x: -told.logsf(x), ratio, t))  # noqa: E731
    times = run.times("death")
    assert follows(times, expected, people=PEOPLE, until=4.0, catches=0.045)
    assert not follows(times, lambda t: told.sf(t) ** ratio, people=PEOPLE)  # as though it had held from entry


@pytest.mark.parametrize("name", [name for name, (*_, clock) in LAWS.items() if clock == "sojourn"])
def test_the_clock_is_that_of_the_level_at_each_moment(name: str) -> None:
    """S(t) at the time that has gone by on a clock that is so many times slower while the mood is low."""
    law, told, _ = LAWS[name]
    times = simulate(with_mood(law, kind="time"), PEOPLE, 4.0, histories=True).times("death")
    survival = lambda t: np.asarray(told.sf(used(lambda x: x, 1 / RATIO, t)))  # noqa: E731
    assert follows(times, survival, people=PEOPLE, until=4.0, catches=0.045)


def test_fixed_times_are_put_off_while_a_level_slows_them() -> None:
    """At 0.8 on a clock that goes 0.2 in the 0.5 years from 0.6 on would be at 1.1; it is back at its pace from 1.0."""
    times = simulate(with_mood(m.FixedTime(0.8), kind="time"), 10, 4.0, histories=True).times("death")
    assert times == pytest.approx(np.full(10, BACK + 0.8 - AT - (BACK - AT) / RATIO), abs=1e-12)


def test_a_level_entered_at_an_exponential_time() -> None:
    """Rate r, then r k after q: S(t) = (1 - w) exp(-(q + r) t) + w exp(-r k t), where w = q / (q + r - r k)."""
    r, q = 0.5, 1.5
    w = q / (q + r - r * RATIO)
    run = simulate(with_mood(m.Exponential(r), m.Exponential(q)), PEOPLE, 5.0, histories=True)
    expected = lambda t: (1 - w) * np.exp(-(q + r) * t) + w * np.exp(-r * RATIO * t)  # noqa: E731
    assert follows(run.times("death"), expected, people=PEOPLE, until=5.0, catches=0.045)
    assert not follows(run.times("death"), lambda t: np.exp(-r * t), people=PEOPLE)


def test_frailty_and_a_strategys_effect_multiply_on_top() -> None:
    """Gamma frailty of variance v: S(t) = (1 + v H(t)) ^ (-1 / v); half the hazard from 0.8 on."""
    v, r, from_then = 0.8, 0.9, 0.8
    pathway = replace(with_mood(m.Exponential(r)), frailties=(m.Frailty("weakness", v, ("death",)),))
    effect = m.Effect("death", "hazard", 0.5, start=from_then)
    plan = m.Strategy("plan", "Plan", (m.Component("plan", "Plan", (effect,)),))
    run = simulate(pathway, PEOPLE, 4.0, (USUAL, plan), histories=True)

    def survival(t: Floats, late: float) -> Floats:
        h = r * used(lambda x: np.minimum(x, from_then) + late * np.maximum(x - from_then, 0.0), RATIO, t)
        return np.asarray((1 + v * h) ** (-1 / v))

    for s, late in enumerate((1.0, 0.5)):
        assert follows(run.events("death", s)[:, 3], partial(survival, late=late), people=PEOPLE, until=4.0)


def test_a_ratio_of_1_takes_the_very_path_of_none() -> None:
    with_one, pathway = with_mood(m.Weibull(1.6, 1.1), ratio=1.0), with_mood(m.Weibull(1.6, 1.1))
    without = replace(pathway, events=(replace(pathway.events[0], by=()), *pathway.events[1:]))
    rows = [_rows(simulate(p, 2_000, 4.0, seed=3, histories=True)) for p in (with_one, without, pathway)]
    assert np.array_equal(rows[0], rows[1]) and not np.array_equal(rows[0], rows[2])


def _rows(run: Run) -> Floats:
    return run.rows


def _rich() -> m.Pathway:
    """Two ratios on an event that fires again and again and changes them itself, history and lengthening at once."""
    pathway = with_mood(m.Weibull(1.6, 1.1))
    by = (m.ByLevel("mood", {"low": 3.0, "over": 0.4}), m.ByLevel("mood", {"low": 1.7}, "time"))
    fall = m.Event("fall", m.When(), m.Gamma(1.5, 0.3), {"mood": "low"}, by=by)
    brought = m.Lengthening("death", forward=0.1)
    worse = replace(pathway.events[1], lengthens=(brought,), by=())
    history = m.History("scar", "worse", ("death", "fall"), 1.3, 2)
    return replace(pathway, events=(pathway.events[0], worse, pathway.events[2], fall), history=(history,))


def _compared() -> list[str]:
    discount = np.array([0.035]), np.array([0.015])
    lookup = make_lookup(lambda name: pytest.fail(name), 1)
    return twin.compare(_rich(), (USUAL,), lookup, 1, horizon=3.0, discount=discount, people=100, seed=2)


PLANTED = {
    "the new ratio used for the time before": (
        "if running and changes:\n                channel.settle(now)",
        "if running and changes:\n                self._hold_level(channel, new)\n                channel.settle(now)",
    ),
    "what was used up forgotten": ("if running and changes:\n                channel.settle(now)", "if False:\n"
                                   "                channel.settle(now)"),
    "a time ratio upside down": ("return hazard, 1.0 / self._product", "return hazard, 1.0 * self._product"),
}  # fmt: skip


def test_kernel_and_reference_agree() -> None:
    assert _compared() == []


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_wrong_order_is_caught(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "Reference", mutated(*PLANTED[bug], monkeypatch).Reference)
    for name in ("Totals", "Happening", "state_name"):
        monkeypatch.setattr(twin, name, getattr(sys.modules[ledger.__name__], name))
    assert _compared() != []


def test_expected_values_refuse_it_by_name() -> None:
    lookup = make_lookup(lambda name: pytest.fail(name), 1)
    rates = np.array([0.0]), np.array([0.0])
    pathway = with_mood(m.Exponential(1.0), m.Exponential(1.0))
    lowered = lower(pathway, (USUAL,), lookup, 1, horizon=1.0, discount=rates)
    assert obstacles(lowered) == ["death: its hazard or clock goes by the level of another domain"]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown domain": ({"by": (m.ByLevel("mod", {"low": 2.0}),)}, "by: 'mod' is unknown; allowed: life, mood"),
    "an unknown level": ({"by": (m.ByLevel("mood", {"lo": 2.0}),)}, "by[mood]: 'lo' is unknown; allowed: well, low"),
    "the level it happens at": (
        {"when": m.When(mood="low"), "by": (m.ByLevel("mood", {"low": 2.0}),)},
        "by[mood]: it happens where mood is low alone; put the ratio in its hazard",
    ),
    "a level it does not happen at": (
        {"when": m.When(mood=("well", "low")), "by": (m.ByLevel("mood", {"over": 2.0}),)},
        "by[mood][over]: it does not happen there; allowed: well, low",
    ),
    "where nobody is left": (
        {"by": (m.ByLevel("life", {"dead": 2.0}),)},
        "by[life]: it happens where life is alive alone",
    ),
    "the same twice": ({"by": 2 * (m.ByLevel("mood", {"low": 2.0}),)}, "by: mood (hazard) given more than once"),
    "a hazard of a fixed time": ({"hazard": m.FixedTime(1.0)}, "by[mood].ratio: hazard; a fixed time has none"),
    "a chance node": ({"hazard": m.AtOnce(), "when": m.When(mood=("low", "over"))}, "by[mood]: it comes at once"),
    "a probability": ({"hazard": m.PerCycle(0.1)}, "by[mood]: it has a probability a cycle"),
    "time on another clock": (
        {"clock": "start", "by": (m.ByLevel("mood", {"low": 2.0}, "time"),)},
        "by[mood].ratio: time on the clock start; allowed: hazard, or the clock sojourn",
    ),
    "no tuple": ({"by": m.ByLevel("mood", {"low": 2.0})}, "Event death.by: must be a tuple of ByLevel"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_may_not_go_by_a_level(what: str) -> None:
    change, words = REFUSED[what]
    pathway = with_mood(m.Exponential(1.0))
    with pytest.raises(m.ModelError) as told:
        replace(pathway, events=(replace(pathway.events[0], **change), *pathway.events[1:]))
    assert words in str(told.value)


@pytest.mark.parametrize(("domain", "ratios", "kind"), [("mood", {}, "hazard"), ("mood", {"low": 1.0}, "odds")])
def test_a_ratio_of_nothing_or_of_no_such_kind_is_refused(domain: str, ratios: dict[str, float], kind: Any) -> None:
    with pytest.raises(m.ModelError, match="ByLevel mood"):
        m.ByLevel(domain, ratios, kind)


@pytest.mark.parametrize(("kind", "ratio", "need"), [("hazard", -0.5, "not negative"), ("time", 0.0, "positive")])
def test_ratios_out_of_range_are_refused(kind: str, ratio: float, need: str) -> None:
    with pytest.raises(
        m.ModelError, match=rf"Event death.by\[mood\]\[low\]: {ratio} in draw 0; must be finite and {need}"
    ):
        simulate(with_mood(m.Exponential(1.0), ratio=ratio, kind=kind), 10, 1.0)


def test_a_cohort_in_cycles_refuses_it() -> None:
    pathway = with_mood(m.Exponential(1.0), m.Exponential(1.0))
    cycles = replace(pathway, cycle=m.Cycle(1.0))
    with pytest.raises(m.ModelError, match=r"Event death\.by: a cohort in cycles has an event for each level"):
        m.DecisionProblem("x", "X", cycles, (USUAL,), (m.Setting("base", "Base", 1.0),))
