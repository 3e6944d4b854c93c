"""The slow, obvious value of learning a group of parameters: two levels of Monte Carlo, the oracle of ``evppi``.

Outer: draws of the group. Inner: for each, draws of every other parameter and fresh people. The mean net
benefit of the inner draws is noisy, and the greatest of noisy means is too great; halving the inner draws
shows by how much, and that is taken off twice over (the antithetic estimator of Giles & Goda 2019,
doi 10.1007/s11222-018-9835-1), which leaves an error of second order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from numbers import Integral

import numpy as np
import numpy.typing as npt

from models.contract import ModelError, check_one_of
from parameters import Draws, Parameter
from parameters.arrays import Floats
from parameters.ground.brief import Brief
from parameters.joint import Sample
from simulate.ask.asked import ask
from simulate.ask.case import AnyCase, Case, as_case
from simulate.engine.progress import StageProgress, silent
from simulate.evaluate.decision.acceptability import net_benefit
from simulate.evaluate.decision.equality import best_on_average
from simulate.evaluate.valuation import value
from simulate.running.running import drawn_for, simulate_draws
from simulate.running.solving import solved_for

AT_ONCE = 4096  # draws in a simulation


@dataclass(frozen=True, repr=False)
class NestedEvppi(Brief):
    """Two-level estimate of an EVPPI, money per person."""

    evppi: float  # corrected for the bias of few inner draws
    se: float  # of it, from the spread over outer draws
    uncorrected: float  # as the textbook has it: too great
    outer: int
    inner: int


def evppi_nested(
    case: AnyCase,
    group: Sequence[str],
    threshold: float,
    *,
    outer: int = 2048,
    inner: int = 64,
    people: int = 100,
    seed: int = 1,
    threads: int | None = None,
    perspective: str | None = None,
    effect: str | None = None,
    progress: StageProgress | None = None,
) -> NestedEvppi:
    """EVPPI of the parameters in `group` at `threshold` (money per unit of effect), by simulating outer x inner draws.

    Independent draws of both; `people` a draw, the same under every strategy. The calibration map is
    that of ``run``. ``ModelError`` for unknown names, fewer than 2 outer or inner draws, an odd
    `inner`, or a group that is drawn together with a parameter outside it.
    """
    case = as_case(case)
    _refuse_sizes(outer, inner)
    names = _checked_group(case, group)
    asked = ask(case, draws=inner, people=people, seed=seed, method="random", perspective=perspective, effect=effect)
    asked.to_be_judged()
    options = asked.options
    tell = progress or silent
    calibration = solved_for(case, fixed=False, threads=threads, progress=tell)
    known = drawn_for(asked.but(draws=outer))
    rows: list[Floats] = []
    for number, part in enumerate(_parts(outer, inner)):
        tell("simulating", part[0] * inner, outer * inner)
        chosen = asked.but(draws=len(part) * inner, seed=_seed(seed, number))
        draws = calibration.apply(_joined(drawn_for(chosen), known, names, part))
        found = simulate_draws(chosen, draws, threads=threads)
        values = value(case.problem, draws, found, options.perspective, options.effect)
        benefit = net_benefit(values.mean_cost(), values.mean_effect(), threshold)
        rows.append(benefit.reshape(len(part), inner, -1))
    return estimate(np.concatenate(rows))


def estimate(benefit: Floats) -> NestedEvppi:
    """EVPPI from net benefit [outer, inner, strategies]; the second halves are of other inner draws than the first."""
    outer, inner = benefit.shape[:2]
    halves = benefit.reshape(outer, 2, inner // 2, -1).mean(axis=2)
    whole = halves.mean(axis=1)
    first = best_on_average(whole)
    gains = whole.max(axis=1) - whole[:, first]
    excess = halves.max(axis=2).mean(axis=1) - whole.max(axis=1)  # halves exceed the whole by as much as it the truth
    corrected = gains - excess
    return NestedEvppi(
        float(corrected.mean()),
        float(corrected.std(ddof=1) / np.sqrt(outer)),
        float(gains.mean()),
        outer,
        inner,
    )


def _refuse_sizes(outer: int, inner: int) -> None:
    if not all(isinstance(n, Integral) for n in (outer, inner)) or outer < 2 or inner < 2 or inner % 2:
        raise ModelError(f"outer {outer}, inner {inner}: need at least 2 of each, and an even number of inner draws")


def _checked_group(case: Case, group: Sequence[str]) -> list[str]:
    """The group without repetition, each name sampled and none tied to one that stays unknown."""
    names = list(dict.fromkeys(group))
    if not names:
        raise ModelError("group: empty; allowed: names of parameters")
    for name in names:
        check_one_of(name, case.names(), "group")
    tied = [pair for pair in case.problem.correlations if len(set(pair) & set(names)) == 1]
    family = {n: _drawn_with(case.parameters[n]) for n in case.names()}
    shares = {family[n] for n in names} - {None}
    tied += [(str(f), n) for n, f in family.items() if f in shares and n not in names]
    if tied:
        told = ", ".join(" with ".join(map(str, pair)) for pair in tied)
        raise ModelError(f"group: drawn together with a parameter outside it ({told}); allowed: all of them or none")
    return names


def _drawn_with(record: Parameter) -> str | None:
    """What the parameters that are drawn together with it have in common; None where it is drawn by itself."""
    drawn = record.distribution
    return drawn.together if isinstance(drawn, Sample) else record.belongs_to


def _parts(outer: int, inner: int) -> Iterator[npt.NDArray[np.intp]]:
    """Positions of outer draws, as many at a time as make one simulation."""
    size = max(1, AT_ONCE // inner)
    return (np.arange(start, min(start + size, outer)) for start in range(0, outer, size))


def _joined(rest: Draws, known: Draws, names: Sequence[str], part: npt.NDArray[np.intp]) -> Draws:
    """`rest` [part x inner draws] with the group's values of one outer draw in each run of inner draws."""
    values = rest.values.copy()
    repeats = len(values) // len(part)
    for name in names:
        k = rest.names.index(name)
        values[:, k] = np.repeat(known.values[part, k], repeats)
    return replace(rest, values=values)


def _seed(seed: int, number: int) -> int:
    """A seed of its own for each simulation: other inner draws, other people."""
    return int(np.random.SeedSequence([seed, number, 2]).generate_state(1, np.uint64)[0])


__all__ = ["NestedEvppi", "estimate", "evppi_nested"]
