"""Fully incremental analysis among mutually exclusive strategies: dominance, ICERs and verdicts in words.

Increments are always new minus comparator; effects are signed so that greater is better. What is equal is so by the
one rule of ``equality``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from parameters.arrays import Bools, Floats
from simulate.evaluate.decision.acceptability import checked, refuse_repeated
from simulate.evaluate.decision.equality import RELATIVE, settled, settled_means
from simulate.evaluate.decision.table import Table

if TYPE_CHECKING:
    import pandas as pd

Status = Literal["reference", "on frontier", "dominated", "extendedly dominated", "equal"]
Verdict = Literal["dominates", "dominated", "saves money, loses health", "costs more, gains health", "no difference"]


class Switch(NamedTuple):
    """Where the strategy with the greatest expected net benefit changes."""

    threshold: float  # money per unit of effect, exact; below it `before` is best, above it `after`
    before: str
    after: str


@dataclass(frozen=True, eq=False)
class Comparison:
    """One strategy against a comparator, new minus comparator."""

    strategy: str
    versus: str
    cost: Floats  # [draw], money per person
    effect: Floats  # [draw], units of effect per person
    mean_cost: float  # exactly 0 where the means are equal
    mean_effect: float
    icer: float | None  # ratio of means, money per unit of effect; None unless cost buys effect or effect is sold
    verdict: Verdict
    p_cost_saving: float  # share of draws with a negative incremental cost


def incremental_table(cost: npt.ArrayLike, effect: npt.ArrayLike, names: Sequence[str]) -> pd.DataFrame:
    """The fully incremental analysis on mean costs (money) and effects per person, in order of cost.

    `cost`, `effect`: [draws, strategies]. The cheapest strategy is the reference (of equally cheap
    ones the most effective). Increments are against the previous strategy on the frontier; the ICER
    is given on the frontier only. Of two strategies with the same cost and effect the first named
    stays, and the other is ``equal`` to it where it stays on the frontier.
    `p_cost_saving` is against the reference. ``ValueError`` for malformed arrays or names.
    """
    return incremental_columns(cost, effect, names).frame()


def incremental_columns(cost: npt.ArrayLike, effect: npt.ArrayLike, names: Sequence[str]) -> Table:
    """The same as a table without pandas."""
    c, e = checked(cost, effect)
    labels = _labels(names, c.shape[1])
    mean_cost, mean_effect = settled_means(c), settled_means(e)
    statuses = status(mean_cost, mean_effect)
    rows: list[dict[str, object]] = []
    previous = reference = statuses.index("reference")
    for s in _by_cost(mean_cost, mean_effect):
        d_cost, d_effect = mean_cost[s] - mean_cost[previous], mean_effect[s] - mean_effect[previous]
        first, counts = s == reference, statuses[s] == "on frontier"
        rows.append(
            {
                "strategy": labels[s],
                "cost": mean_cost[s],
                "effect": mean_effect[s],
                "incremental_cost": np.nan if first else d_cost,
                "incremental_effect": np.nan if first else d_effect,
                "icer": d_cost / d_effect if counts else np.nan,
                "status": statuses[s],
                "p_cost_saving": np.nan if first else _share_saving(c[:, s] - c[:, reference]),
            }
        )
        previous = s if counts else previous
    return Table({name: _column([row[name] for row in rows]) for name in rows[0]})


def _column(values: list[Any]) -> Any:
    return values if isinstance(values[0], str) else np.array(values, dtype=np.float64)


def switch_points(cost: npt.ArrayLike, effect: npt.ArrayLike, names: Sequence[str]) -> list[Switch]:
    """Every threshold from 0 upwards at which the best strategy changes, exactly: the ICERs along the frontier.

    `cost`, `effect`: [draws, strategies]. Empty where one strategy is best at every threshold.
    """
    c, e = checked(cost, effect)
    labels, means = _labels(names, c.shape[1]), (settled_means(c), settled_means(e))
    places = status(*means)
    stay = [s for s in _by_cost(*means) if places[s] in ("reference", "on frontier")]
    ratios = [float(np.diff(means[0][[a, b]])[0] / np.diff(means[1][[a, b]])[0]) for a, b in pairwise(stay)]
    return [Switch(r, labels[a], labels[b]) for r, (a, b) in zip(ratios, pairwise(stay), strict=True)]


def status(mean_cost: npt.ArrayLike, mean_effect: npt.ArrayLike) -> list[Status]:
    """Each strategy's place in the fully incremental analysis, in the order given.

    Points on the line between two others stay on the frontier; of equal points the first does, the others are
    ``equal``.
    """
    c, e = settled(mean_cost), settled(mean_effect)
    frontier: list[int] = []
    found: list[Status] = ["dominated"] * len(c)
    for s in _by_cost(c, e):
        if frontier and e[s] <= e[frontier[-1]]:
            continue
        while len(frontier) > 1 and _above_line(c, e, frontier[-2], frontier[-1], s):
            found[frontier.pop()] = "extendedly dominated"
        frontier.append(s)
    for s in frontier:
        found[s] = "on frontier"
    found[frontier[0]] = "reference"
    return [_beside(found, (c == c[s]) & (e == e[s]), s) for s in range(len(c))]


def _beside(found: Sequence[Status], same: Bools, s: int) -> Status:
    """The place of one strategy among those with the `same` cost and effect: not dominated by its equals."""
    places = {found[t] for t in np.flatnonzero(same).tolist()}
    if found[s] != "dominated" or places == {"dominated"}:
        return found[s]
    return "extendedly dominated" if "extendedly dominated" in places else "equal"


def verdict(d_cost: float, d_effect: float) -> Verdict:
    """What an incremental cost and effect (new minus comparator, greater effect better) mean, in words."""
    if d_cost == 0 and d_effect == 0:
        return "no difference"
    if d_cost <= 0 and d_effect >= 0:
        return "dominates"
    if d_cost >= 0 and d_effect <= 0:
        return "dominated"
    return "saves money, loses health" if d_cost < 0 else "costs more, gains health"


def versus(cost: npt.ArrayLike, effect: npt.ArrayLike, names: Sequence[str], reference: int = 0) -> list[Comparison]:
    """Every other strategy against the one at position `reference`, in the order given."""
    c, e = checked(cost, effect)
    labels = _labels(names, c.shape[1])
    if not 0 <= reference < len(labels):
        raise ValueError(f"reference: {reference}; must be a position from 0 to {len(labels) - 1}")
    others = [s for s in range(len(labels)) if s != reference]
    return [_compare(c, e, labels, s, reference) for s in others]


def _compare(c: Floats, e: Floats, labels: list[str], s: int, reference: int) -> Comparison:
    d_cost, d_effect = c[:, s] - c[:, reference], e[:, s] - e[:, reference]
    mean_cost, mean_effect = _mean(c, d_cost, s, reference), _mean(e, d_effect, s, reference)
    words = verdict(mean_cost, mean_effect)
    trade = words in ("costs more, gains health", "saves money, loses health")
    icer = mean_cost / mean_effect if trade else None
    return Comparison(
        labels[s], labels[reference], d_cost, d_effect, mean_cost, mean_effect, icer, words, _share_saving(d_cost)
    )


def _mean(values: Floats, increment: Floats, s: int, reference: int) -> float:
    """Mean increment; exactly 0 where the two means differ by rounding only."""
    new, old = settled_means(values[:, [s, reference]])
    return 0.0 if new == old else float(increment.mean())


def _share_saving(d_cost: Floats) -> float:
    return float((d_cost < 0).mean())


def _labels(names: Sequence[str], strategies: int) -> list[str]:
    labels = list(names)
    refuse_repeated(labels, "names")
    if len(labels) != strategies:
        raise ValueError(f"names: {len(labels)} given for {strategies} strategies")
    return labels


def _by_cost(c: Floats, e: Floats) -> list[int]:
    """Cheapest first; among equals the more effective, then the first given."""
    return sorted(range(len(c)), key=lambda s: (c[s], -e[s], s))


def _above_line(c: Floats, e: Floats, low: int, middle: int, high: int) -> bool:
    """Whether mixing `low` and `high` gives the effect of `middle` for strictly less (no division: ties stay ties)."""
    left = (c[middle] - c[low]) * (e[high] - e[middle])
    right = (c[high] - c[middle]) * (e[middle] - e[low])
    return bool(left - right > RELATIVE * (abs(left) + abs(right)))
