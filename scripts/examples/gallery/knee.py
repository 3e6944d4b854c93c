"""Knee replacement, conventional or with a computer's help: nine states, ten years of months.

The paper tells no rule of counting. Its figures are found where nothing is discounted in the first year and every
moment from entry on counts, so that weights of moments say both. Those with the computer's help are off by what the
paper rounds in its 34% fewer serious complications; what is exact takes that as printed.
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
        **{"cost": "7791", "effect": "5.526", "count enters_serious": "0.8732", "ever enters_dead": "0.3710"},
        **{"count enters_complex": "0.0513", "count enters_simple": "0.0255"},
    },
    "computer": {
        **{"cost": "7206", "effect": "5.541", "count enters_serious": "0.5806", "ever enters_dead": "0.3706"},
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
PRICES = {"operated": 5197.0, "enters_complex": 7326.0, "enters_simple": 6234.0, "enters_other": 2844.0}
NUMBERS = {"rr": {"unit": "ratio", "distribution": {"fixed": {"value": 1.0}}}} | {
    f"c_{event}": {"unit": "GBP", "price_year": "2003/04", "distribution": {"fixed": {"value": price}}}
    for event, price in PRICES.items()
}
HELPED = {"rr": 0.66} | {f"c_{e}": PRICES[e] + 235.0 for e in ("operated", "enters_complex", "enters_simple")}
WEIGHTS = tuple(1.035 ** -max(month / 12 - 1, 0.0) for month in range(121))
PROBLEM = m.DecisionProblem(
    id="knee",
    label="Knee replacement with a computer's help",
    pathway=m.markov(
        "knee",
        ROWS,
        m.Cycle(1 / 12, counted=WEIGHTS, events="counted"),
        groups=(m.Group("operated", tuple(f"operation_{there}" for there in ROWS["operation"])),),
    ),
    strategies=(m.Strategy("conventional", "Conventional"), m.Strategy("computer", "Computer's help", given=HELPED)),
    settings=(m.Setting("base", "Everybody operated on", horizon=10.0),),
    costs=tuple(m.CostItem(event, event, "nhs", m.EventCount(event), f"c_{event}") for event in PRICES),
    utilities=tuple(m.Utility(m.When(state=state), worth) for state, worth in WORTH.items()),
    money=m.Money("GBP", "2003/04"),
    discount_costs=0.0,
    discount_effects=0.0,
)
