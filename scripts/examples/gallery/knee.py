"""Knee replacement, conventional or with a computer's help: nine states, ten years of months.

What is exact is computed as the package rdecision does. Neither it nor we find the paper's costs and QALYs, whose rule
of discounting is not told. Its cumulative events are found; with the computer's help they are off in the last digits,
for the paper rounds its reduction of serious complications to 34%.
"""

from typing import Any

import models as m

SOURCE = (
    "Dong H, Buxton M. International Journal of Technology Assessment in Health Care 2006;22:344-350, tables 2 to 4;"
    " the vignette SM02-TKR of the R package rdecision"
)
PUBLISHED = {
    "conventional": {
        **{"cost": "7791", "effect": "5.526", "count enters_serious": "0.8732", "ever enters_dead": "0.3710"},
        **{"count enters_complex": "0.0513", "count enters_simple": "0.0255"},
    },
    "computer": {
        **{"cost": "7209", "effect": "5.541", "count enters_serious": "0.5814", "ever enters_dead": "0.3706"},
        **{"count enters_complex": "0.0356", "count enters_simple": "0.0189"},
    },
}
EXACT = {
    "conventional": {
        **{"cost": "7694", "effect": "5.309", "count enters_serious": "0.8732", "ever enters_dead": "0.3710"},
        **{"count enters_complex": "0.0513", "count enters_simple": "0.0255"},
    },
    "computer": {
        **{"cost": "7134", "effect": "5.323", "count enters_serious": "0.5806", "ever enters_dead": "0.3706"},
        **{"count enters_complex": "0.0355", "count enters_simple": "0.0189"},
    },
}

DIES, AGAIN = 0.00341 + 0.00046, 0.00341 + 0.00151  # dead in a month, of anything and of the operation
LATER = m.Product(0.00921, "rr")  # to a serious complication
ROWS: dict[str, Any] = {  # a month; None is what the others leave
    "operation": {"serious": m.Product(0.01495, "rr"), "minor": 0.04285, "well": None},
    "serious": {"minor": 0.01385, "complex": 0.02469, "simple": 0.00523, "other": None, "dead": DIES},
    "minor": {"serious": LATER, "minor": 0.02505, "well": None, "simple": 0.0025, "other": 0.01701, "dead": DIES},
    "well": {"serious": LATER, "minor": 0.01385, "dead": DIES},
    "complex": {"serious": m.Product(0.02545, "rr"), "revised": None, "dead": AGAIN},
    "simple": {"serious": m.Product(0.0159, "rr"), "minor": 0.00816, "other": 0.01701, "revised": None, "dead": AGAIN},
    "other": {"serious": LATER, "minor": 0.01385, "well": None, "simple": 0.0025, "dead": DIES},
    "revised": {"complex": 0.02003, "simple": 0.01038, "dead": AGAIN},
}
WORTH = dict(zip(ROWS, (0.72, 0.35, 0.66, 0.78, 0.51, 0.66, 0.72, 0.68), strict=True))
PRICES = {"operation": 5197.0, "complex": 7326.0, "simple": 6234.0, "other": 2844.0}
NUMBERS = {"rr": {"unit": "ratio", "distribution": {"fixed": {"value": 1.0}}}} | {
    f"c_{what}": {"unit": "GBP", "price_year": "2023/24", "distribution": {"fixed": {"value": price}}}  # as of then
    for what, price in PRICES.items()
}
HELPED = {"rr": 0.66} | {f"c_{what}": PRICES[what] + 235.0 for what in ("operation", "complex", "simple")}
PROBLEM = m.DecisionProblem(
    id="knee",
    label="Knee replacement with a computer's help",
    pathway=m.markov(
        "knee", ROWS, 1 / 12, groups=(m.Group("operated", tuple(f"operation_{there}" for there in ROWS["operation"])),)
    ),
    strategies=(m.Strategy("conventional", "Conventional"), m.Strategy("computer", "Computer's help", given=HELPED)),
    settings=(m.Setting("base", "Everybody operated on", horizon=10.0),),
    costs=tuple(
        m.CostItem(
            what, what, "nhs", m.EventCount("operated" if what == "operation" else f"enters_{what}"), f"c_{what}"
        )
        for what in PRICES
    ),
    utilities=tuple(m.Utility(m.When(state=state), worth) for state, worth in WORTH.items()),
)
