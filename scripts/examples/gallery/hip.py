"""Hip replacement: a standard or a new prosthesis, for women of 60.

The textbook's model with its yearly cycles gone: people in continuous time, whose hazards of revision and death run on
the clock since the operation. What is exact is the solution of its equations.
"""

from math import exp, log
from typing import Any

import models as m

SOURCE = (
    "Briggs A, Claxton K, Sculpher M. Decision Modelling for Health Economic Evaluation. OUP 2006, exercise 3.5, as in"
    " the vignette markov-inhomogeneous-indiv of the R package hesim (its totals are of its own draws)"
)
EXACT = {"standard": {"cost": "512.834", "effect": "15.4162"}, "np1": {"cost": "610.405", "effect": "15.4641"}}

DYING = (0.0067, 0.0193, 0.0535, 0.1548)  # a year, from 60, 65, 75 and 85 on
OPERATED = -log(1 - 0.02)  # dying of an operation, a year


def dies(more: float = 0.0) -> m.PiecewiseConstant:
    return m.PiecewiseConstant((0.0, 5.0, 15.0, 25.0), tuple(rate + more for rate in DYING))


ROWS: dict[str, Any] = {
    "primary": {"well": m.Exponential(2.0), "dead": m.Exponential(OPERATED)},
    "well": {"revision": m.WeibullPH(exp(0.3740968), exp(-5.490935 - 0.0367022 * 60)), "dead": dies()},
    "revision": {"again": m.FixedTime(1.0), "dead": dies(OPERATED)},
    "again": {"revision": m.Exponential(-log(1 - 0.04)), "dead": dies()},
}
STANDARD = m.Component("standard", "Standard prosthesis")
NEW = m.Component("np1", "New prosthesis", (m.Effect("well_revision", "hazard", exp(-1.344474)),))
PROBLEM = m.DecisionProblem(
    id="hip",
    label="Hip replacement",
    pathway=m.markov("hip", ROWS, clocks={"revision": "start", "dead": "start"}),
    strategies=(
        m.Strategy("standard", "Standard prosthesis", (STANDARD,)),
        m.Strategy("np1", "New prosthesis", (NEW,)),
    ),
    settings=(m.Setting("base", "Women of 60", horizon=60.0),),
    costs=(
        m.CostItem("standard", "Standard prosthesis", "nhs", m.Delivery("standard"), 394.0),
        m.CostItem("np1", "New prosthesis", "nhs", m.Delivery("np1"), 579.0),
        m.CostItem("revision", "Revision", "nhs", m.StateTime(m.When(state="revision")), 5294.0),
    ),
    utilities=tuple(
        m.Utility(m.When(state=s), u) for s, u in (("primary", 0.0), ("well", 0.85), ("revision", 0.3), ("again", 0.75))
    ),
    money=m.Money("GBP", "2006", m.PriceLevels((("2006", 1.0),), "one year")),  # of the book; not told
    discount_costs=0.06,
    discount_effects=0.015,
    discounting="continuous",
)
