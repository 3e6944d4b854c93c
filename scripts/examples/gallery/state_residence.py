"""Sick and sicker by time sick: treatments A (a better life), B (fewer get worse) and both.

The second model of a tutorial in yearly cycles. The risk to get worse is a Weibull of the time since falling sick, for
which the tutorial has 75 tunnel states; all else is as in the first (``time_dependent.py``).
"""

import csv
from pathlib import Path
from typing import Any

import models as m

SOURCE = (
    "Alarid-Escudero F et al. Medical Decision Making 2023;43:21-41, the state-residence-dependent model of the"
    " supplement, whose totals are not printed; death rates of the USA in 2015 as there"
)
EXACT = {
    "care": {"cost": "103112", "effect": "20.005"},
    "a": {"cost": "198058", "effect": "20.882"},
    "b": {"cost": "186262", "effect": "21.104"},
    "ab": {"cost": "274408", "effect": "22.098"},
}

with open(Path(__file__).with_name("us_2015.csv"), encoding="utf-8") as file:
    RATES = [float(row["rate"]) for row in csv.DictReader(file)][25:100]  # of death, by age
DIES = {k: m.PiecewiseConstant(tuple(range(75)), tuple(k * rate for rate in RATES)) for k in (1, 3, 10)}  # since 25
ROWS: dict[str, Any] = {
    "healthy": {"sick": m.Exponential(0.15), "dead": DIES[1]},
    "sick": {"healthy": m.Exponential(0.5), "sicker": m.WeibullPH(1.1, 0.08**1.1), "dead": DIES[3]},
    "sicker": {"dead": DIES[10]},
}
CYCLE = m.Cycle(1.0, counted=(1 / 3, *(2 / 3, 4 / 3) * 37, 1 / 3), events="counted")
CARE = {"healthy": 2000.0, "sick": 4000.0, "sicker": 15000.0}  # a year
UTILITIES: dict[str, m.Quantity] = {"healthy": 1.0, "sick": "u_sick", "sicker": 0.5}
NUMBERS = {"u_sick": {"unit": "utility", "distribution": {"fixed": {"value": 0.75}}}}
A, BETTER = m.Component("a", "Treatment A"), {"u_sick": 0.95}
B = m.Component("b", "Treatment B", (m.Effect("sick_sicker", "hazard", 0.6),))
PROBLEM = m.DecisionProblem(
    id="state_residence",
    label="Sick and sicker by time sick",
    pathway=m.markov("state_residence", ROWS, CYCLE, first=("dead",), clocks={"dead": "start"}),
    strategies=(
        m.Strategy("care", "Standard of care"),
        m.Strategy("a", "Treatment A", (A,), BETTER),
        m.Strategy("b", "Treatment B", (B,)),
        m.Strategy("ab", "Both", (A, B), BETTER),
    ),
    settings=(m.Setting("base", "Healthy people of 25, to 100", horizon=75.0),),
    costs=(
        *(m.CostItem(f"care_{s}", "Care", "nhs", m.StateTime(m.When(state=s)), price) for s, price in CARE.items()),
        m.CostItem("a", "Treatment A", "nhs", m.StateTime(m.When(state=("sick", "sicker")), "a"), 12000.0),
        m.CostItem("b", "Treatment B", "nhs", m.StateTime(m.When(state=("sick", "sicker")), "b"), 13000.0),
        m.CostItem("falling_ill", "Falling ill", "nhs", m.EventCount("healthy_sick"), 1000.0),
        m.CostItem("dying", "Dying", "nhs", m.EventCount("enters_dead"), 2000.0),
    ),
    utilities=(
        *(m.Utility(m.When(state=s), u) for s, u in UTILITIES.items()),
        m.Utility(m.When(), -0.01, "event", "healthy_sick"),
    ),
    money=m.Money("USD", "2015"),  # of a year that is not told
    discount_costs=0.03,
    discount_effects=0.03,
)
