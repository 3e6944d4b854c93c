"""Sumatriptan or caffeine and ergotamine for a migraine: a decision tree over the day of an attack.

Nothing takes time: an attack passes through chance nodes to its end, which is worth so much of the day. Effects are
utilities of that day, as the tree was printed; divided by 365 they are QALYs. Money is in Canadian dollars.
"""

import models as m

SOURCE = (
    "Evans KW et al. PharmacoEconomics 1997;12:565-577, as in Briggs A, Claxton K, Sculpher M. Decision Modelling for"
    " Health Economic Evaluation. OUP 2006, box 2.3; figures as the R package rdecision prints them, DT01-Sumatriptan"
)
PUBLISHED = {"caffeine": {"cost": "4.71", "effect": "0.2013"}, "sumatriptan": {"cost": "22.06", "effect": "0.4169"}}

TREE: dict[
    str, dict[str, tuple[m.Quantity, str]]
] = {  # from each node: what may come, its probability, and where that leads
    "dosed": {"relief": ("p_relief", "relieved"), "none": (m.Complement("p_relief"), "unrelieved")},
    "relieved": {"lasting": ("p_lasting", "over"), "recurring": (m.Complement("p_lasting"), "over")},
    "unrelieved": {"endured": (0.92, "over"), "emergency": (0.08, "emergency")},
    "emergency": {"home": (0.998, "over"), "hospital": (0.002, "over")},
}
WORTH = {"relieved.lasting": 1.0, "relieved.recurring": 0.9, "unrelieved.endured": -0.3}
WORTH |= {"emergency.home": 0.1, "emergency.hospital": -0.3}
PRICES: dict[str, str | float] = {
    "dosed": "c_dose",
    "relieved.recurring": "c_dose",
    "unrelieved.emergency": 63.16,
    "emergency.hospital": 1093.0,
}
ENDS = {x: tuple(m.Branch(b, p, {"at": to}) for b, (p, to) in ways.items()) for x, ways in TREE.items()}
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
    settings=(m.Setting("base", "An attack", horizon=1.0),),
    costs=tuple(m.CostItem(x.replace(".", "_"), x, "nhs", m.EventCount(x), price) for x, price in PRICES.items()),
    utilities=tuple(m.Utility(m.When(), worth, "event", x) for x, worth in WORTH.items()),
)
NUMBERS = {
    "p_relief": {"unit": "probability", "value": 0.379},
    "p_lasting": {"unit": "probability", "value": 0.703},
    "c_dose": {"unit": "GBP", "price_year": "2023/24", "distribution": {"fixed": {"value": 1.32}}},
}
