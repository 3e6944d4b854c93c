"""What has happened changes what will: history effects against birth chains and quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import expm

from models.contract import Branch, Domain, Event, Exponential, Group, History, Pathway, Weibull, When
from parameters.arrays import Floats
from tests.oracle.agreement import follows, mean_agrees, shares_agree
from tests.oracle.small import recurrent, simulate


def birth_chain(rates: list[float], horizon: float) -> Floats:
    """Distribution of the number of events when the rate is rates[n] after n of them (the last for ever, lumped)."""
    n = len(rates)
    generator = np.zeros((n, n))
    for i in range(n - 1):
        generator[i, i], generator[i, i + 1] = -rates[i], rates[i]
    return np.asarray(expm(generator * horizon)[0])


@pytest.mark.parametrize(("ratio", "cap"), [(2.2, 1), (0.4, 1), (1.5, 3), (0.5, 2)])
def test_an_event_that_changes_its_own_later_rate(ratio: float, cap: int) -> None:
    """A pure birth chain of rates r, r q, … r q^cap; for cap 1 a mean of (1 - q)(1 - exp(-r T)) + q r T."""
    rate, horizon, people = 0.8, 2.0, 100_000
    pathway = recurrent(Exponential(rate), history=(History("scar", "visit", ("visit",), ratio, cap),))
    counts = simulate(pathway, people, horizon).count("visit")
    chain = birth_chain([rate * ratio ** min(n, cap) for n in range(80)], horizon)
    mean = (chain * np.arange(80)).sum()
    if cap == 1:
        assert mean == pytest.approx((1 - ratio) * -np.expm1(-rate * horizon) + ratio * rate * horizon, rel=1e-9)
    assert mean_agrees(counts, mean, family=2, catches=0.026)
    uncapped = birth_chain([rate * ratio**n for n in range(12)], horizon)
    top = sum(min(chain[n:].sum(), uncapped[n:].sum()) > 3e-4 for n in range(1, 9))
    seen = np.bincount(np.minimum(counts, top).astype(int), minlength=top + 1)
    assert shares_agree(seen, np.append(chain[:top], chain[top:].sum()), family=2, catches=0.032)
    assert not mean_agrees(counts, rate * horizon)  # negative controls: no history, no cap
    assert not shares_agree(seen, np.append(uncapped[:top], uncapped[top:].sum()))


@pytest.mark.parametrize("clock", ["sojourn", "start"])
def test_an_event_that_changes_the_hazard_of_another_under_way(clock: str) -> None:
    """A first visit at rate a multiplies a Weibull hazard by q from then on: the mean over its time, by quadrature."""
    people, a, q, law = 60_000, 0.9, 3.0, stats.weibull_min(1.7, scale=1.4)
    pathway = Pathway(
        "scarred",
        (Domain("life", ("alive", "dead"), absorbing=("dead",)),),
        (
            Event("visit", When(), Exponential(a)),
            Event("end", When(), Weibull(1.7, 1.4), {"life": "dead"}, clock=clock),  # type: ignore[arg-type]
        ),
        {"life": "alive"},
        history=(History("scar", "visit", ("end",), q, 1),),
    )
    times = simulate(pathway, people, 3.0, histories=True).times("end")
    s = np.linspace(0.0, 3.0, 601)

    def survival(t: Floats) -> Floats:
        at = np.minimum(s[None, :], t[:, None])
        left = a * np.exp(-a * at) * law.sf(at) ** (1 - q) * law.sf(t)[:, None] ** q
        return np.asarray(np.exp(-a * t) * law.sf(t) + np.trapezoid(left, at, axis=1))

    assert follows(times, survival, people=people, until=3.0, catches=0.02)
    assert not follows(times, law.sf, people=people, until=3.0)
    assert not follows(times, lambda t: law.sf(t) ** q, people=people, until=3.0)


def test_history_by_a_branch_or_a_group_outlives_the_state() -> None:
    """Of two outcomes at equal odds only `bad` doubles a later rate, also while its event is not at risk."""
    people, rate = 100_000, 1.1
    pathway = Pathway(
        "later",
        (Domain("place", ("first", "second")),),
        (
            Event("leave", When(place="first"), Exponential(4.0), branches=(
                Branch("bad", 1.0, {"place": "second"}), Branch("good", 1.0, {"place": "second"}))),
            Event("visit", When(place="second"), Exponential(rate)),
        ),
        {"place": "first"},
        groups=(Group("harm", ("leave.bad",)),),
        history=(History("scar", "harm", ("visit",), 2.0, 5),),
    )  # fmt: skip
    run = simulate(pathway, people, 3.0)
    bad, visits, years = run.count("leave.bad") > 0, run.count("visit"), run.time(place="second")
    assert mean_agrees((visits - 2 * rate * years)[bad] + 2 * rate, 2 * rate, family=2, catches=0.044)
    assert mean_agrees((visits - rate * years)[~bad] + rate, rate, family=2, catches=0.062)
    assert not mean_agrees((visits - rate * years)[bad] + rate, rate)
