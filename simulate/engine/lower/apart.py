"""Strategies that give the simulation numbers of their own: each such pathway is lowered and simulated by itself.

People, their random numbers and the names of all that is counted are the same, so that what is found of each strategy
can be put beside what is found of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.contract import Pathway, Strategy


@dataclass(frozen=True)
class Family:
    """Strategies under which a pathway has the same numbers."""

    pathway: Pathway
    strategies: tuple[Strategy, ...]  # all of them in their order, those of other families without their effects
    mine: tuple[str, ...]  # ids


def families(pathway: Pathway, strategies: Sequence[Strategy]) -> list[Family]:
    """The strategies by what they make of the pathway's numbers; one family of all where they give none."""
    if not any(s.given for s in strategies):
        return [Family(pathway, tuple(strategies), tuple(s.id for s in strategies))]
    own = [s.under(pathway) for s in strategies]
    distinct = [p for i, p in enumerate(own) if p not in own[:i]]
    return [
        Family(
            p,
            tuple(_of(s, effects=q == p) for s, q in zip(strategies, own, strict=True)),
            tuple(s.id for s, q in zip(strategies, own, strict=True) if q == p),
        )
        for p in distinct
    ]


def _of(strategy: Strategy, *, effects: bool) -> Strategy:
    """A strategy whose components have its own numbers."""
    components = strategy.under(strategy.components)
    if not effects:
        components = tuple(replace(c, effects=()) for c in components)
    return Strategy(strategy.id, strategy.label, components)
