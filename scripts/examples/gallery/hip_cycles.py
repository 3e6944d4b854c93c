"""Hip replacement as the textbook has it: yearly cycles, for women of 60, a standard or a new prosthesis.

The risk of revision is a Weibull of the time since the operation; years count at their ends.
"""

from math import exp
from typing import Any

import models as m

SOURCE = (
    "Briggs A, Claxton K, Sculpher M. Decision Modelling for Health Economic Evaluation. OUP 2006, example 3.5 and its"
    " workbook, as told in the tests of the R package heemod"
)
PUBLISHED = {
    "standard": {"cost": "512.434658", "effect": "14.6531896"},
    "np1": {"cost": "610.311818", "effect": "14.69770986"},
}

DYING = (0.0067, 0.0193, 0.0535, 0.1548)  # a year, to 64, 74, 84 and after


def dies(more: float = 0.0) -> m.PerCycle:
    now, *later = (p + more for p in DYING)
    return m.PerCycle(now, tuple(later), (4, 14, 24))


ROWS: dict[str, Any] = {  # None is what the others leave
    "primary": {"well": None, "dead": 0.02},
    "well": {"revision": m.WeibullPH(exp(0.3740968), exp(-5.490935 - 0.0367022 * 60)), "dead": dies()},
    "revision": {"again": None, "dead": dies(0.02)},
    "again": {"revision": 0.04, "dead": dies()},
}
STANDARD = m.Component("standard", "Standard prosthesis")
NEW = m.Component("np1", "New prosthesis", (m.Effect("well_revision", "hazard", exp(-1.344474)),))
PROBLEM = m.DecisionProblem(
    id="hip_cycles",
    label="Hip replacement",
    pathway=m.markov("hip", ROWS, m.Cycle(1.0, counted="end"), clocks={"revision": "start", "dead": "start"}),
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
)
