"""What two folders of results estimate, number by number, and the Monte Carlo error of each difference.

Every number that is worked out from draws is worked out again without each group of them (see ``jackknife``). Where
both runs drew alike, a group is left out of both at once: what they share then cancels, and the error is that of the
difference alone. Independent runs have the errors of both, their degrees of freedom by Welch and Satterthwaite
(Welch, Biometrika 1947;34:28-35).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from parameters.arrays import Bools, Floats, Ints
from parameters.money.currencies import sign_in, signed
from simulate.analyse.comparison.folders import Opened
from simulate.engine.statistics import UNDISCOUNTED
from simulate.evaluate.decision.acceptability import evpi_and_ceac
from simulate.evaluate.decision.equality import apart
from simulate.evaluate.uncertainty.jackknife import error_of, groups_of, left_out

MAIN = ("cost", "effect", "difference in cost", "difference in effect")
NO_RATIO = 1e-9  # of an effect, below which it is none to divide by


class Name(NamedTuple):
    """What a number is of."""

    group: str
    strategy: str
    what: str = ""  # a threshold, an event, a state


@dataclass(frozen=True)
class Estimate:
    """One number of two folders, and the standard error of its difference."""

    name: Name
    values: tuple[float, float]
    error: float  # NaN: none can be told
    degrees: float
    slack: float = 0.0  # what a grid of time may move it by


def pairs(a: Opened, b: Opened) -> bool:
    """Whether the draws of both go together: as many, by the same method, seed and number of scrambles."""
    one, other = (x.kept.manifest for x in (a, b))
    alike = all(one[name] == other[name] for name in ("draws", "seed", "method", "fixed"))
    return alike and one["sampling"]["replicates"] == other["sampling"]["replicates"]


def same_people(a: Opened, b: Opened) -> bool:
    """Whether both simulated the same people, by what they were made from."""
    one, other = (x.kept.manifest for x in (a, b))
    return not one["exact"] and all(one[n] == other[n] for n in ("people", "seed", "rng", "cohort", "exact"))


def estimates(a: Opened, b: Opened) -> list[Estimate]:
    """Every number that both folders tell."""
    shared = [s for s in a.statistics.strategies if s in b.statistics.strategies]
    levels = _thresholds(a, b)
    found = (
        []
        if a.draws == 1 or b.draws == 1
        else _compared(_of_draws(a, shared, levels), _of_draws(b, shared, levels), pairs(a, b))
    )
    found += _compared(_of_histories(a, shared), _of_histories(b, shared), pairs(a, b), _grid_error(a, b))
    told = {(e.name.group, e.name.strategy) for e in found if e.name.group in MAIN}
    return found + [e for e in _of_summaries(a, b) if (e.name.group, e.name.strategy) not in told]


# --- from draws, or from batches of people ------------------------------------------------------


class Several(NamedTuple):
    """Numbers by name, and the same without each group of draws."""

    names: Sequence[Name]
    whole: Floats  # [number]
    without: Floats  # [group, number]


def _compared(a: Several, b: Several, paired: bool, slack: float = 0.0) -> list[Estimate]:
    """Those that both have; groups that cannot be paired, since there are more in one, are taken as independent."""
    there = {name: j for j, name in enumerate(b.names)}
    rows = [i for i, name in enumerate(a.names) if name in there]
    columns = [there[a.names[i]] for i in rows]
    groups = len(a.without), len(b.without)
    if paired and groups[0] == groups[1]:
        error = error_of(a.without[:, rows] - b.without[:, columns])
        degrees = np.full(len(rows), groups[0] - 1.0)
    else:
        one, other = error_of(a.without[:, rows]), error_of(b.without[:, columns])
        error, degrees = np.hypot(one, other), _welch(one, other, groups[0] - 1, groups[1] - 1)
    values = zip(a.whole[rows], b.whole[columns], strict=True)
    return [
        Estimate(a.names[i], (float(x), float(y)), float(e), float(d), slack)
        for i, (x, y), e, d in zip(rows, values, error, degrees, strict=True)
        if math.isfinite(x) and math.isfinite(y)
    ]


def _welch(a: Floats | float, b: Floats | float, degrees_a: float, degrees_b: float) -> Floats:
    """Degrees of freedom of a difference of independent means with these standard errors."""
    x, y = np.square(a), np.square(b)
    below = x**2 / max(degrees_a, 1) + y**2 / max(degrees_b, 1)
    return np.where(below > 0, (x + y) ** 2 / np.where(below > 0, below, 1.0), min(degrees_a, degrees_b))


def _several(names: Sequence[Name], statistic: Any, group: Ints) -> Several:
    whole = statistic(np.ones(len(group), dtype=bool))
    return Several(names, whole, left_out(statistic, group))


def _of_draws(found: Opened, strategies: Sequence[str], thresholds: Floats) -> Several:
    """Costs, effects and the decision from the columns of ``psa.csv``, as the draws are."""
    cost, effect = (np.stack([found.kept.psa[f"{k}_{s}"] for s in strategies], axis=1) for k in ("cost", "effect"))
    more_cost, more_effect = apart(cost[:, 1:], cost[:, :1]), apart(effect[:, 1:], effect[:, :1])
    others, at = strategies[1:], [signed(sign_in(found.kept.summary), f"{t:g}") for t in thresholds]
    names = [Name("cost", s) for s in strategies] + [Name("effect", s) for s in strategies]
    names += [Name("difference in cost", s) for s in others] + [Name("difference in effect", s) for s in others]
    names += [Name("ICER", s) for s in others]
    names += [Name("EVPI", "", t) for t in at] + [Name("probability of being best", s, t) for t in at for s in others]

    def statistic(kept: Bools) -> Floats:
        """Every named number from those draws that are kept, [name]."""
        of_cost, of_effect = more_cost[kept].mean(axis=0), more_effect[kept].mean(axis=0)
        size = np.abs(effect[kept]).mean()
        told = np.abs(of_effect) > NO_RATIO * size
        ratio = np.where(told, of_cost / np.where(told, of_effect, 1.0), np.nan)
        means = [cost[kept].mean(axis=0), effect[kept].mean(axis=0), of_cost, of_effect, ratio]
        if not len(thresholds):
            return np.concatenate(means)
        value, share = evpi_and_ceac(cost[kept], effect[kept], thresholds)
        return np.concatenate([*means, value, share[:, 1:].ravel()])

    return _several(names, statistic, _groups(found))


def _of_histories(found: Opened, strategies: Sequence[str]) -> Several:
    """Events, shares of people and years in states, a person, from the statistics; a single draw by its batches."""
    x = found.statistics
    which = [x.strategy_index(s) for s in strategies]
    sums = [x.count[:, which][:, :, :, UNDISCOUNTED], x.ever[:, which], x.time[:, which][:, :, :, UNDISCOUNTED]]
    named = ("events", x.outcomes), ("ever", x.trackers), ("years", [_words(s) for s in x.states])
    names = [Name(group, s, n) for group, inside in named for s in strategies for n in inside]
    single = x.draws == 1
    flat = [v[0].swapaxes(0, 1) if single else v.sum(axis=2) for v in sums]  # [draw or batch, strategy, number]
    total = np.concatenate([v.reshape(len(v), -1) for v in flat], axis=1)
    people = x.people if single else np.full(x.draws, x.people.sum())

    def statistic(kept: Bools) -> Floats:
        return np.asarray(total[kept].sum(axis=0) / people[kept].sum())

    return _several(names, statistic, np.arange(len(people)) if single else _groups(found))


def _words(state: Mapping[str, str]) -> str:
    return ", ".join(state.values())


def _groups(found: Opened) -> Ints:
    replicates = int(found.kept.manifest["sampling"]["replicates"])
    return np.asarray(groups_of(found.draws, np.arange(found.draws) % replicates if replicates < found.draws else None))


def _thresholds(a: Opened, b: Opened) -> Floats:
    """Those that both tell a probability at."""
    one, other = (
        {float(row["threshold"]) for row in x.kept.summary["ceac"] if None not in row["probability"].values()}
        for x in (a, b)
    )
    return np.array(sorted(one & other))


def _grid_error(a: Opened, b: Opened) -> float:
    return sum(x.statistics.grid_error or 0.0 for x in (a, b))


# --- from summaries -----------------------------------------------------------------------------


def _of_summaries(a: Opened, b: Opened) -> Iterator[Estimate]:
    """Numbers that only the summary tells, with the errors told there, those of independent runs."""
    ours, theirs = (dict(_told(x.kept.summary)) for x in (a, b))
    degrees = [_degrees(x) for x in (a, b)]
    for name in ours:
        if name not in theirs:
            continue
        (x, x_error), (y, y_error) = ours[name], theirs[name]
        yield Estimate(name, (x, y), math.hypot(x_error, y_error), float(_welch(x_error, y_error, *degrees)))


def _degrees(found: Opened) -> int:
    return (len(found.statistics.people) if found.draws == 1 else int(_groups(found).max()) + 1) - 1


def _told(summary: Mapping[str, Any]) -> Iterator[tuple[Name, tuple[float, float]]]:
    """Means with their errors, and corrected EVPI."""
    for row in summary["strategies"]:
        for kind in ("cost", "effect"):
            yield from _mean(Name(kind, row["id"]), row[kind])
    yield from _increments("", summary["incremental"])
    for beside in summary["beside"]:
        yield from _increments(f", variant {beside['name']}", beside["incremental"])
    for group in summary["subgroups"]:
        yield from _increments(f", {group['characteristic']} {group['level']}", group["incremental"])
    sign = sign_in(summary)
    for row in summary["evpi"]:
        if row["corrected"] is not None:
            error = math.nan if row["mcse"] is None else float(row["mcse"])
            yield (
                Name("EVPI, corrected", "", signed(sign, f"{float(row['threshold']):g}")),
                (float(row["corrected"]), error),
            )


def _increments(where: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Name, tuple[float, float]]]:
    for row in rows:
        for kind in ("cost", "effect"):
            yield from _mean(Name(f"difference in {kind}{where}", row["strategy"]), row[kind])


def _mean(name: Name, described: Mapping[str, Any]) -> Iterator[tuple[Name, tuple[float, float]]]:
    if described["mean"] is not None:
        error = math.nan if described["mcse"] is None else float(described["mcse"])
        yield name, (float(described["mean"]), error)


__all__ = ["MAIN", "Estimate", "Name", "estimates", "pairs", "same_people"]
