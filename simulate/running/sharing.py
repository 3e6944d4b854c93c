"""What a run takes over from another: the strategies whose simulation reads the very same numbers.

People are the same under every strategy, and what happens to them under one depends on no other. So a strategy of
which a variant or a scenario changes nothing has the bits that it had, and is not simulated again.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.contract import Strategy, parameter_names
from models.quantities import names_in
from parameters import Draws
from simulate.ask.asked import Asked
from simulate.ask.options import Options
from simulate.result.result import Result
from simulate.running.lowering import collected


def unchanged(asked: Asked, draws: Draws, other: Result) -> list[str]:
    """Ids of the strategies whose statistics for `draws`, which hold every engine parameter, are those of `other`."""
    if not _alike(asked, other.asked) or len(draws.values) != len(other.draws.values):
        return []
    mine, theirs = asked.delivered.problem, other.asked.delivered.problem
    before = {s.id: s for s in theirs.strategies}
    pathway = mine.pathway
    alike = [s for s in mine.strategies if s.simulated(pathway) == before[s.id].simulated(pathway)]
    return [s.id for s in alike if _same(_read(asked, s), draws, other.draws)]


def _alike(asked: Asked, other: Asked) -> bool:
    """Whether the people are the same, the events that may happen to them, and what is collected of both."""
    a, b = asked.delivered, other.delivered
    told = [[(s.id, [c.name for c in s.components]) for s in x.problem.strategies] for x in (a, b)]
    return (
        _simulated(asked.options) == _simulated(other.options)
        and collected(asked) == collected(other)
        and told[0] == told[1]
        and a.problem.pathway == b.problem.pathway
        and a.setting.horizon == b.setting.horizon
        and (a.problem.discount_costs, a.problem.discount_effects, a.problem.discounting)
        == (b.problem.discount_costs, b.problem.discount_effects, b.problem.discounting)
    )


def _simulated(options: Options) -> tuple[Options, str | None]:
    """Options on which a simulation depends, once parameters are drawn; the others at one value. Files by content."""
    valued = replace(options, fixed=False, method="sobol", perspective="", effect="", cohort=None)
    people = None if options.cohort is None else options.cohort.sha256
    return replace(valued, predictive=False, implementation=1.0), people


def _read(asked: Asked, strategy: Strategy) -> list[str]:
    """Every parameter that the simulation of a strategy reads."""
    problem, horizon = asked.delivered.problem, asked.case.setting.horizon
    common = (horizon, problem.discount_costs, problem.discount_effects)
    simulated = problem.pathway, strategy.simulated(problem.pathway)
    return list(dict.fromkeys([*parameter_names(simulated), *names_in(common)]))


def _same(names: list[str], some: Draws, others: Draws) -> bool:
    """Whether these parameters are the same to the last bit in every draw."""
    return all(np.array_equal(some.engine(n), others.engine(n)) for n in names)
