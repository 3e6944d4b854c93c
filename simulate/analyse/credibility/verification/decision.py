"""Checks of the decision: curves, frontier and value of information beside what the draws themselves say."""

from __future__ import annotations

from functools import cached_property
from itertools import combinations
from typing import NamedTuple

import numpy as np

from parameters.arrays import Floats
from parameters.units import number_of
from simulate.analyse.credibility.verification.ground.bench import WHOLE, Bench, off
from simulate.analyse.credibility.verification.ground.verdicts import Check, Verdict, held, not_applicable
from simulate.evaluate.decision import acceptability, frontier
from simulate.evaluate.information.partial import value_of_learning

GRID = (0.0, 10.0, 100.0, 1_000.0, 10_000.0, 30_000.0, 100_000.0)  # money a unit of effect
LEARNT = 6  # parameters
LEARNT_IN = 64  # draws
ONE = "one strategy, and nothing to choose"


def _thresholds(bench: Bench) -> Floats:
    told = bench.base.thresholds
    return np.unique([*GRID, *told[:: max(1, len(told) // 10)]])


def _worth(bench: Bench, threshold: float) -> Floats:
    """Net benefit by hand, money, [draws, strategies]."""
    gained = bench.base.effect * threshold
    return np.asarray(gained - bench.base.cost)


def ceac_sums(bench: Bench) -> Verdict:
    """At every threshold some strategy is best, for sure."""
    at = _thresholds(bench)
    shares = acceptability.ceac(bench.base.cost, bench.base.effect, at)
    told = [bench.base.ceac_table.columns[f"probability_{s}"] for s in bench.base.strategies]
    faults = [f"they come to {shares.sum(axis=1).min():.6g} and more"] if off(shares.sum(axis=1), 1.0) > WHOLE else []
    whole = np.sum(told, axis=0)
    faults += ["the curve that is told does not"] if np.isfinite(whole).all() and off(whole, 1.0) > WHOLE else []
    return held(faults, f"{number_of(len(at), 'threshold')}")


def ceac_at_nothing(bench: Bench) -> Verdict:
    """Where effects are worth nothing the cheapest is best."""
    cost = np.asarray(bench.base.cost)
    cheapest = np.abs(cost - cost.min(axis=1, keepdims=True)) <= WHOLE * np.abs(cost).max(axis=1, keepdims=True)
    by_hand = (cheapest / cheapest.sum(axis=1, keepdims=True)).mean(axis=0)
    told = acceptability.ceac(cost, bench.base.effect, [0.0])[0]
    faults = (
        [f"told {told.round(4).tolist()}, by hand {by_hand.round(4).tolist()}"] if off(told, by_hand) > WHOLE else []
    )
    return held(faults, f"{number_of(len(cost), 'draw')}")


def ceaf_is_best(bench: Bench) -> Verdict:
    """The frontier is that of the strategy with the greatest mean net benefit."""
    faults, at = [], _thresholds(bench)
    told = acceptability.ceaf(bench.base.cost, bench.base.effect, at)
    for threshold, best in zip(at, told.optimal, strict=True):
        means = _worth(bench, float(threshold)).mean(axis=0)
        if means.max() - means[best] > WHOLE * np.abs(_worth(bench, float(threshold))).max():
            faults.append(f"at {threshold:g}: {bench.base.strategies[best]}, and another is worth more on average")
    return held(faults, f"{number_of(len(at), 'threshold')}")


def net_benefit_is_linear(bench: Bench) -> Verdict:
    """Net benefit rises evenly with willingness to pay."""
    a, b, c = (acceptability.net_benefit(bench.base.cost, bench.base.effect, x) for x in (0.0, 5_000.0, 10_000.0))
    wrong, size = off((a + c) / 2, b, np.abs(a) + np.abs(c)), off(a, -bench.base.cost)
    faults = [f"half-way it is off by {wrong:.2g}"] if wrong > WHOLE else []
    faults += [f"at 0 it is not minus the cost, by {size:.2g}"] if size > WHOLE else []
    return held(faults, "at 0, 5,000 and 10,000")


class _Plane(NamedTuple):
    """Mean cost and effect of each strategy."""

    cost: Floats
    effect: Floats

    def beaten(self, k: int) -> bool:
        """Whether another costs no more and does no less, and is not the same."""
        same = (self.cost == self.cost[k]) & (self.effect == self.effect[k])
        return bool(((self.cost <= self.cost[k]) & (self.effect >= self.effect[k]) & ~same).any())


def _plane(bench: Bench) -> _Plane:
    return _Plane(bench.base.cost.mean(axis=0), bench.base.effect.mean(axis=0))


def icer_by_hand(bench: Bench) -> Verdict:
    """A ratio is the difference in cost over that in effect, along the frontier."""
    if len(bench.base.strategies) < 2:
        return not_applicable(ONE)
    table = frontier.incremental_columns(bench.base.cost, bench.base.effect, bench.base.strategies)
    rows, plane, before, faults, told = list(table.rows()), _plane(bench), -1, [], 0
    for row in rows:
        k = bench.base.strategies.index(row["strategy"])
        if row["status"] == "on frontier":
            ratio = (plane.cost[k] - plane.cost[before]) / (plane.effect[k] - plane.effect[before])
            told += 1
            if off(float(row["icer"]), float(ratio)) > 1e-6:
                faults.append(f"{row['strategy']}: told {row['icer']:.6g}, by hand {ratio:.6g}")
        before = k if row["status"] in ("reference", "on frontier") else before
    return held(faults, f"{number_of(told, 'ratio')}; the others are dominated") if rows else not_applicable(ONE)


def dominance_by_hand(bench: Bench) -> Verdict:
    """What costs no more and does no less dominates; what stays is best at some threshold."""
    plane, names, faults = _plane(bench), bench.base.strategies, []
    places = frontier.status(plane.cost, plane.effect)
    best = _best_somewhere(plane)
    for k, place in enumerate(places):
        close = _nearly_equal(plane, k)
        if plane.beaten(k) and not close and place not in ("dominated",):
            faults.append(f"{names[k]} is called {place}, and another costs no more and does no less")
        if place == "dominated" and not plane.beaten(k) and not close:
            faults.append(f"{names[k]} is called dominated, and none costs no more and does no less")
        if k in best and place not in ("reference", "on frontier", "equal") and not close:
            faults.append(f"{names[k]} is called {place}, and is best at some threshold")
        if k not in best and place in ("reference", "on frontier") and not close:
            faults.append(f"{names[k]} is called {place}, and is best at no threshold")
    return held(faults, ", ".join(f"{n} {p}" for n, p in zip(names, places, strict=True)))


def _best_somewhere(plane: _Plane) -> set[int]:
    """Strategies best at some threshold: near 0, where any two are worth the same, between these, or beyond."""
    ratios = [
        float(dc / de)
        for i, j in combinations(range(len(plane.cost)), 2)
        if (de := plane.effect[i] - plane.effect[j]) != 0 and (dc := plane.cost[i] - plane.cost[j]) / de > 0
    ]
    at = np.array([*sorted(ratios), 2 * max(ratios, default=1.0)])
    found: set[int] = set()
    for threshold in (at[0] / 2, *at, *(at[1:] + at[:-1]) / 2):
        worth = _net(threshold, plane)
        size = np.abs(threshold * plane.effect) + np.abs(plane.cost)
        found |= set(np.flatnonzero(worth.max() - worth <= WHOLE * size.max()).tolist())
    return found


def _net(threshold: float, plane: _Plane) -> Floats:
    gained = threshold * plane.effect
    return np.asarray(gained - plane.cost)


def _nearly_equal(plane: _Plane, k: int) -> bool:
    """Whether another is the same but for rounding."""
    near = [np.abs(x - x[k]) <= WHOLE * np.abs(x).max() for x in plane]
    return bool((near[0] & near[1]).sum() > 1)


def evpi_by_hand(bench: Bench) -> Verdict:
    """To know everything is worth the mean of the best less the best of the means, and never less than nothing."""
    at, faults = _thresholds(bench), []
    told = acceptability.evpi(bench.base.cost, bench.base.effect, at)
    losses = acceptability.expected_loss(bench.base.cost, bench.base.effect, at)
    for k, threshold in enumerate(at):
        worth = _worth(bench, float(threshold))
        by_hand = worth.max(axis=1).mean() - worth.mean(axis=0).max()
        if told[k] < 0 or off(float(told[k]), float(by_hand), np.abs(worth).max()) > WHOLE:
            faults.append(f"at {threshold:g}: told {told[k]:.6g}, by hand {by_hand:.6g}")
        if off(float(losses[k].min()), float(told[k]), np.abs(worth).max()) > WHOLE:
            faults.append(f"at {threshold:g}: the least expected loss is {losses[k].min():.6g}")
    return held(faults, f"{number_of(len(at), 'threshold')}")


def nothing_to_learn(bench: Bench) -> Verdict:
    """Where nothing is uncertain nothing is worth learning."""
    fixed = bench.run(fixed=True)
    told = acceptability.evpi(fixed.cost, fixed.effect, _thresholds(bench))
    return held([f"up to {told.max():.6g}"] if told.any() else [], "at the point estimates")


class _Learning:
    """Net benefit in enough draws for something to be learnt, and the parameters drawn."""

    def __init__(self, bench: Bench) -> None:
        self.result = bench.run(draws=LEARNT_IN)
        self.at = float(bench.base.thresholds[len(bench.base.thresholds) // 2]) or 1_000.0

    @cached_property
    def worth(self) -> Floats:
        """Net benefit, money, [draws, strategies]."""
        return acceptability.net_benefit(self.result.cost, self.result.effect, self.at)

    @property
    def evpi(self) -> float:
        """Of everything."""
        return float(acceptability.evpi(self.result.cost, self.result.effect, [self.at])[0])


def evppi_within_evpi(bench: Bench) -> Verdict:
    """To know one thing is worth no less than nothing, and no more than to know everything."""
    found = _Learning(bench)
    varying = [n for n in found.result.drawn.names if np.ptp(found.result.drawn.column(n)) > 0]
    if not varying:
        return not_applicable("no parameter is uncertain")
    faults = []
    for name in varying[:LEARNT]:
        value = value_of_learning(found.worth, found.result.drawn.column(name)[:, None], refitted=False)[0]
        if not 0 <= value <= found.evpi * (1 + WHOLE) + WHOLE:
            faults.append(f"{name}: {value:.6g} of {found.evpi:.6g}")
    return held(
        faults, f"{number_of(len(varying[:LEARNT]), 'parameter')} at {found.at:g} a unit, EVPI {found.evpi:.4g}"
    )


def money_has_no_unit(bench: Bench) -> Verdict:
    """In another currency the same strategy is best."""
    at, rate = _thresholds(bench), 2.0
    a = acceptability.ceac(bench.base.cost, bench.base.effect, at)
    b = acceptability.ceac(rate * bench.base.cost, bench.base.effect, rate * at)
    return held(["acceptability moves"] if not np.array_equal(a, b) else [], "prices and thresholds doubled")


def decision_as_told(bench: Bench) -> Verdict:
    """What a result tells is what its own draws come to."""
    base, faults = bench.base, []
    told = base.ceac_table.columns
    at = np.asarray(told["threshold"], dtype=np.float64)
    shares = acceptability.ceac(base.cost, base.effect, at)
    for k, name in enumerate(base.strategies):
        mine = np.asarray(told[f"probability_{name}"], dtype=np.float64)
        if np.isfinite(mine).all() and off(mine, shares[:, k]) > WHOLE:
            faults.append(f"probability of {name}")
    value = np.asarray(base.evpi_table.columns["value"], dtype=np.float64)
    if np.isfinite(value).all() and off(value, acceptability.evpi(base.cost, base.effect, at)) > WHOLE:
        faults.append("EVPI")
    means = base.nmb(float(at[-1])).iloc[:, 1:]
    by_hand = _worth(bench, float(at[-1])).mean(axis=0)
    if not any(off(np.asarray(means[c], dtype=np.float64), by_hand, np.abs(base.cost).max()) < 1e-6 for c in means):
        faults.append("mean net benefit")
    return held([f"{f} is told otherwise" for f in faults], "curves, EVPI and net benefit")


CHECKS = (
    Check("ceac_sums", "Probabilities of being best add up to 1", ceac_sums),
    Check("ceac_at_nothing", "At a threshold of 0 the cheapest is best", ceac_at_nothing),
    Check("ceaf_is_best", "The frontier has the greatest mean net benefit", ceaf_is_best),
    Check("net_benefit_is_linear", "Net benefit is linear in willingness to pay", net_benefit_is_linear),
    Check("icer_by_hand", "Ratios along the frontier, by hand", icer_by_hand),
    Check("dominance_by_hand", "Dominance, by hand", dominance_by_hand),
    Check("evpi_by_hand", "EVPI, by hand, and never below 0", evpi_by_hand),
    Check("nothing_to_learn", "EVPI is 0 where nothing is uncertain", nothing_to_learn),
    Check("evppi_within_evpi", "EVPPI lies between 0 and EVPI", evppi_within_evpi),
    Check("money_has_no_unit", "Another currency changes no choice", money_has_no_unit),
    Check("decision_as_told", "What is told of the decision follows from its draws", decision_as_told),
)
