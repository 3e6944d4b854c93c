"""Events that bring another forward, or make its clock run faster, against formulae."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from models.contract import (
    Component,
    Domain,
    Effect,
    Empirical,
    Event,
    Exponential,
    FixedTime,
    Gamma,
    Lengthening,
    ModelError,
    Pathway,
    PiecewiseConstant,
    Spline,
    Strategy,
    Weibull,
    When,
)
from models.hazards import Hazard
from parameters.arrays import Floats
from tests.oracle.agreement import follows, mean_agrees
from tests.oracle.small import simulate

PEOPLE, AT = 40_000, 0.6


def with_harm(death: Hazard, harm: Hazard, *lengthens: Lengthening, other: float = 0.0) -> Pathway:
    """Alive until death or, with a rate above 0, until leaving; a harm changes when death comes."""
    leaves = (Event("leaves", When(), Exponential(other), {"life": "away"}),) if other else ()
    return Pathway(
        "harm",
        (Domain("life", ("alive", "dead", "away"), absorbing=("dead", "away")),),
        (
            Event("death", When(), death, {"life": "dead"}),
            Event("harm", When(), harm, lengthens=lengthens),
            *leaves,
        ),
        {"life": "alive"},
    )


LAWS: dict[str, tuple[Hazard, Any]] = {
    "exponential": (Exponential(0.9), stats.expon(scale=1 / 0.9)),
    "weibull": (Weibull(1.6, 1.1), stats.weibull_min(1.6, scale=1.1)),
    "gamma": (Gamma(2.5, 0.5), stats.gamma(2.5, scale=0.5)),
    "pieces": (PiecewiseConstant((0.0,), (0.9,)), stats.expon(scale=1 / 0.9)),
    "spline": (Spline((-2.0, 2.0), (-0.2, 1.6)), stats.weibull_min(1.6, scale=np.exp(0.2 / 1.6))),
}


@pytest.mark.parametrize("name", LAWS)
def test_what_is_brought_forward_comes_so_much_earlier_at_most_at_once(name: str) -> None:
    """S(t) until the harm at 0.6 years, S(t + 0.25) from it on: whoever had less to wait dies that moment."""
    law, told = LAWS[name]
    pathway = with_harm(law, FixedTime(AT), Lengthening("death", forward=0.25))
    run = simulate(pathway, PEOPLE, 50.0, histories=True)
    rows = run.events("death")
    times = rows[:, 3]
    at_once = np.abs(times - AT) < 1e-9
    assert mean_agrees(at_once.astype(float), told.cdf(AT + 0.25) - told.cdf(AT), catches=0.12)
    assert follows(times[~at_once], lambda t: _moved(told, t, 0.25), catches=0.03)
    assert len(rows) == PEOPLE


def _moved(told: Any, t: Floats, d: float) -> Floats:
    """Survival of those who do not die at the harm itself."""
    gone = told.cdf(AT + d) - told.cdf(AT)
    left = np.where(t < AT, told.sf(t) - gone, told.sf(t + d))
    return np.asarray(left / (1 - gone))


def test_person_by_person_it_is_the_plain_time_less_what_it_is_brought_forward_by() -> None:
    """Twice by 0.1 and 0.2 years; a strategy's time ratio stretches the waiting, and not what is taken off it."""
    for parts, ratio in (((), 1.0), ((Component("c", "C", (Effect("death", "time", 1.5),)),), 1.5)):
        strategy = Strategy("s", "", parts)
        law, harm = Weibull(1.4, 2.0), FixedTime(AT)
        both = (Lengthening("death", forward=0.1), Lengthening("death", forward=0.2))
        found, plain = (
            r[np.argsort(r[:, 1]), 3]
            for r in (
                simulate(with_harm(law, harm, *x), 3000, 60.0, (strategy,), histories=True, seed=3).events("death")
                for x in (both, ())
            )
        )
        wanted = np.where(plain <= AT, plain, np.maximum(plain - 0.3, AT))
        assert found == pytest.approx(wanted, abs=1e-9)
        assert 200 < (wanted == AT).sum() < 1000 or ratio != 1.0


def test_a_faster_clock_shortens_the_rest_of_the_wait_and_competing_events_follow() -> None:
    """S(0.6 + 3 (t - 0.6)) after the harm; of those who may leave at 0.5 a year the share that dies is its integral."""
    law, told = LAWS["weibull"]

    def survival(t: Floats) -> Floats:
        return np.asarray(told.sf(np.where(t < AT, t, AT + 3 * (t - AT))))

    pathway = with_harm(law, FixedTime(AT), Lengthening("death", faster=3.0))
    assert follows(simulate(pathway, PEOPLE, 50.0, histories=True).times("death"), survival, catches=0.03)
    t = np.linspace(0, 12, 240_001)
    for lengthening, later in (
        (Lengthening("death", faster=3.0), survival),
        (Lengthening("death", forward=0.25), None),
    ):
        left = survival(t) if later else np.where(t < AT, told.sf(t), told.sf(t + 0.25))
        share = float(np.sum(-np.diff(left) * np.exp(-0.5 * (t[1:] + t[:-1]) / 2)))
        run = simulate(with_harm(law, FixedTime(AT), lengthening, other=0.5), PEOPLE, 50.0)
        assert mean_agrees(run.count("death"), share, catches=0.05)
        assert (run.count("death") + run.count("leaves") == 1).all()


def test_harms_again_and_again_kill_by_a_share_each_time() -> None:
    """Of a constant hazard h every harm at rate r kills 1 - exp(-h d): together an exponential time."""
    h, r, d = 0.4, 2.0, 0.3
    pathway = with_harm(Exponential(h), Exponential(r), Lengthening("death", forward=d))
    rate = h + r * (1 - np.exp(-h * d))
    assert follows(
        simulate(pathway, PEOPLE, 80.0, histories=True).times("death"), stats.expon(scale=1 / rate).sf, catches=0.03
    )


def test_fixed_and_observed_times_are_brought_forward_past_a_pause() -> None:
    for law, ends in ((FixedTime(1.0), 0.75), (FixedTime(0.7), AT), (Empirical((1.0,)), 0.75), (Empirical((0.8,)), AT)):
        pathway = with_harm(law, FixedTime(AT), Lengthening("death", forward=0.25))
        assert simulate(pathway, 5, 9.0, histories=True).times("death") == pytest.approx([ends] * 5, abs=1e-9)
    paused = Lengthening("death", pause=0.5), Lengthening("death", forward=0.7)  # the pause of 0.5, and 0.2 more
    times = simulate(with_harm(FixedTime(1.0), FixedTime(AT), *paused), 5, 9.0, histories=True).times("death")
    assert times == pytest.approx([0.8] * 5, abs=1e-9)
    within = Lengthening("death", pause=0.5), Lengthening("death", forward=0.2)
    times = simulate(with_harm(FixedTime(1.0), FixedTime(AT), *within), 5, 9.0, histories=True).times("death")
    assert times == pytest.approx([1.3] * 5, abs=1e-9)


def test_just_one_change_is_said_and_no_factor_below_1() -> None:
    for wrong in ({}, {"pause": 0.1, "forward": 0.1}, {"slower": 2.0, "faster": 2.0}):
        with pytest.raises(ModelError, match="Lengthening of death: give one of pause, forward"):
            Lengthening("death", **wrong)
    with pytest.raises(ModelError, match=r"faster: 0.5 in some draw; a factor of 1 or more speeds up the clock"):
        simulate(with_harm(Weibull(1.0, 1.0), FixedTime(AT), Lengthening("death", faster=0.5)), 1, 1.0)
