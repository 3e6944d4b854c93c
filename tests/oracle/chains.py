"""Pathways in cycles that checks are made of: one domain, transitions as printed, two strategies."""

from __future__ import annotations

from typing import Any

import models as m

STATES = ("a", "b", "c", "dead")
LIVING = STATES[:3]


def money(value: float, unit: str = "GBP_per_year") -> dict[str, Any]:
    return {"unit": unit, "price_year": "2023/24", "distribution": {"fixed": {"value": value}}}


def ratio(value: float) -> dict[str, Any]:
    return {"unit": "ratio", "distribution": {"fixed": {"value": value}}}


def chain_of(
    rows: dict[str, dict[str, m.Quantity]], cycle: m.Cycle, *, clock: m.Clock = "sojourn", **more: Any
) -> m.Pathway:
    """A pathway of one domain, its transitions as printed: from, to, probability in a cycle."""
    events = tuple(
        m.Event(
            f"{here}_{there}",
            m.When(s=here),
            p if isinstance(p, m.PerCycle) else m.PerCycle(p),
            {"s": there},
            clock=clock,
        )
        for here, row in rows.items()
        for there, p in row.items()
    )
    return m.Pathway("chain", (m.Domain("s", STATES, "State", ("dead",)),), events, {"s": "a"}, cycle=cycle, **more)


def problem_of(
    pathway: m.Pathway, horizon: float, *components: m.Component, costs: tuple[m.CostItem, ...] = (), **more: Any
) -> m.DecisionProblem:
    """Usual care beside a strategy of the components; a year in each living state is worth 1."""
    return m.DecisionProblem(
        id="chain",
        label="A chain",
        pathway=pathway,
        strategies=(m.Strategy("usual", "Usual care"), m.Strategy("new", "New", components)),
        settings=(m.Setting("base", "Everybody", horizon=horizon),),
        costs=costs,
        utilities=tuple(m.Utility(m.When(s=s), 1.0) for s in LIVING),
        **more,
    )
