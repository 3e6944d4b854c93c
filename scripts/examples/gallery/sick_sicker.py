"""Sick and sicker: a treatment that makes the sick better and helps the sicker nothing.

A microsimulation of a teaching model in yearly cycles, here as the cohort it samples from. Every moment from entry to
the horizon counts a year, so that 31 are counted in 30.
"""

from math import log
from typing import Any

import models as m

SOURCE = "Krijkamp EM et al. Medical Decision Making 2018;38:400-422, appendices A and C"
PUBLISHED = {"none": {"cost": "75976", "effect": "15.839"}, "drug": {"cost": "141623", "effect": "16.400"}}

RATE = -log(1 - 0.005)  # of death when healthy
CARE = {"healthy": 2000.0, "sick": 4000.0, "sicker": 15000.0}  # a year
ROWS: dict[str, Any] = {
    "healthy": {"sick": 0.15, "dead": m.Exponential(RATE)},
    "sick": {"healthy": 0.5, "sicker": 0.105, "dead": m.Exponential(3 * RATE)},
    "sicker": {"dead": m.Exponential(10 * RATE)},
}
NUMBERS = {"u_sick": {"unit": "utility", "distribution": {"fixed": {"value": 0.75}}}}
UTILITIES: dict[str, m.Quantity] = {"healthy": 1.0, "sick": "u_sick", "sicker": 0.5}
DRUG = m.Component("drug", "Drug")
PROBLEM = m.DecisionProblem(
    id="sick_sicker",
    label="Sick and sicker",
    pathway=m.markov("sick_sicker", ROWS, m.Cycle(1.0, counted="both")),
    strategies=(m.Strategy("none", "No treatment"), m.Strategy("drug", "Treatment", (DRUG,), {"u_sick": 0.95})),
    settings=(m.Setting("base", "Everybody healthy at entry", horizon=30.0),),
    costs=(
        *(m.CostItem(f"care_{s}", "Care", "nhs", m.StateTime(m.When(state=s)), price) for s, price in CARE.items()),
        m.CostItem("drug", "Drug", "nhs", m.StateTime(m.When(state=("sick", "sicker")), "drug"), 12000.0),
    ),
    utilities=tuple(m.Utility(m.When(state=s), u) for s, u in UTILITIES.items()),
    money=m.Money("USD", "2015"),  # of a year that is not told
    discount_costs=0.03,
    discount_effects=0.03,
)
