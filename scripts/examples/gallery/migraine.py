"""Sumatriptan or caffeine and ergotamine for a migraine: a decision tree over the day of an attack.

Nothing takes time: an attack passes through chance nodes to its end, which is worth so much of the day. Effects are
days in full health, as the tree was printed; divided by 365 they are QALYs. Money is in Canadian dollars.
"""

import models as m

SOURCE = (
    "Evans KW et al. PharmacoEconomics 1997;12:565-577, as in Briggs A, Claxton K, Sculpher M. Decision Modelling for"
    " Health Economic Evaluation. OUP 2006, box 2.3; figures as the R package rdecision prints them, DT01-Sumatriptan"
)
PUBLISHED = {"caffeine": {"cost": "4.71", "effect": "0.2013"}, "sumatriptan": {"cost": "22.06", "effect": "0.4169"}}

TREE: dict[str, dict[str, tuple[m.Quantity, str, float]]] = {  # what may come of what, where it leads, its worth
    "dosed": {"relief": ("p_relief", "relieved", 0.0), "none": (m.Complement("p_relief"), "unrelieved", 0.0)},
    "relieved": {"lasting": ("p_lasting", "over", 1.0), "recurring": (m.Complement("p_lasting"), "over", 0.9)},
    "unrelieved": {"endured": (0.92, "over", -0.3), "emergency": (0.08, "emergency", 0.0)},
    "emergency": {"home": (0.998, "over", 0.1), "hospital": (0.002, "over", -0.3)},
}
PRICES: dict[str, str | float] = {"dosed": "c_dose", "relieved.recurring": "c_dose"}
PRICES |= {"unrelieved.emergency": 63.16, "emergency.hospital": 1093.0}
ENDS = {x: tuple(m.Branch(b, p, {"at": to}) for b, (p, to, _) in ways.items()) for x, ways in TREE.items()}
WORTH = {f"{x}.{b}": worth for x, ways in TREE.items() for b, (_, _, worth) in ways.items() if worth}
PROBLEM = m.DecisionProblem(
    id="migraine",
    label="A migraine",
    pathway=m.Pathway(
        "attack",
        (m.Domain("at", (*TREE, "over"), "Attack", ("over",)),),
        tuple(m.Event(x, m.When(at=x), m.AtOnce(), branches=ends) for x, ends in ENDS.items()),
        {"at": "dosed"},
        cycle=m.Cycle(1.0),
    ),
    strategies=(
        m.Strategy("caffeine", "Caffeine and ergotamine"),
        m.Strategy("sumatriptan", "Sumatriptan", given={"p_relief": 0.558, "p_lasting": 0.594, "c_dose": 16.1}),
    ),
    settings=(m.Setting("base", "An attack", horizon=1.0, effect="days"),),
    costs=tuple(m.CostItem(x.replace(".", "_"), x, "nhs", m.EventCount(x), price) for x, price in PRICES.items()),
    utilities=tuple(m.Utility(m.When(), worth, "event", x) for x, worth in WORTH.items()),
    effects=(m.EffectMeasure("days", "Days in full health", "day"),),
    thresholds={"days": (0.0, 55.0, 137.0)},  # of 0, 20,000 and 50,000 a QALY
    money=m.Money("CAD", "1997"),
)
