"""What was not seen as a result tells it: rows of the summary, and what a mean or a difference may lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.contract import Strategy, parameter_names
from parameters.ground.brief import Brief
from simulate.engine.lower.quantities import make_lookup
from simulate.evaluate.rare.search import Judged, Unseen

BUT_UNSEEN = ", but for what was not seen"  # behind a verdict or place that this could turn


def unseen_rows(run: Judged) -> list[dict[str, Any]]:
    """The summary's list, what could be worth most first."""
    people = run.people * run.statistics.draws
    return [
        {
            "what": u.what,
            "name": u.name,
            "strategy": u.strategy,
            "seen": u.seen,
            "people": people,
            "limit": u.limit,
            "cost_at_most": u.limit * u.cost,
            "effect_at_most": u.limit * u.effect,
            "counted": u.counted,
            "expected": u.expected,
            "people_needed": u.people_needed(),
        }
        for u in sorted(run.unseen, key=lambda u: (not u.lacking, -u.limit * u.cost, -u.limit * u.effect))
    ]


@dataclass(frozen=True, repr=False)
class Lacking(Brief):
    """What a result may lack because nobody met it."""

    found: tuple[Unseen, ...]
    alike: frozenset[str]  # strategies whose effects are the comparator's, whatever was seen

    @classmethod
    def of(cls, run: Judged) -> Lacking:
        """That of a result; nothing that costs and effects hold by expectation."""
        effects = {s.id: _effects(run, s) for s in run.problem.strategies}
        alike = frozenset(s for s, found in effects.items() if found == effects[run.statistics.strategies[0]])
        return cls(tuple(u for u in run.unseen if u.lacking), alike)

    def cost(self, strategies: Sequence[str]) -> float:
        """Standard error of a mean cost of these strategies, or of their difference, money a person."""
        return float(np.sqrt(sum(u.error(u.cost) ** 2 for u in self._under(strategies))))

    def effect(self, strategies: Sequence[str]) -> float:
        """The same of an effect, in its unit."""
        return float(np.sqrt(sum(u.error(u.effect) ** 2 for u in self._under(strategies))))

    def that_turn(self, strategies: Sequence[str], cost: float, effect: float) -> list[str]:
        """Names of what could make a difference of this mean `cost` or `effect` one of the other sign, or none."""
        mine = self._under(strategies)
        turned = sum(u.limit * u.cost for u in mine) > abs(cost), sum(u.limit * u.effect for u in mine) > abs(effect)
        return list(dict.fromkeys(u.name for u in mine if (turned[0] and u.cost) or (turned[1] and u.effect)))

    def _under(self, strategies: Sequence[str]) -> list[Unseen]:
        same = len(strategies) > 1 and set(strategies) <= self.alike  # the same people meet the same under both
        return [u for u in self.found if u.strategy in strategies and not (same and u.what != "component")]


def _effects(run: Judged, strategy: Strategy) -> list[tuple[object, ...]]:
    """All that a strategy changes, without what changes nothing in any draw."""
    lookup = make_lookup(run.draws.engine, run.statistics.draws)
    known = set(run.draws.names)
    given = strategy.simulated(run.problem.pathway).given
    return [*given.items()] + [
        (c.uptake, c.fidelity, c.start, c.end, e)
        for c in strategy.under(strategy.components)
        for e in c.effects
        if not (set(parameter_names(e)) <= known and (lookup(e.parameter) == 1.0).all())
    ]
