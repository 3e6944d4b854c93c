"""Sumatriptan or caffeine and ergotamine for a migraine: a decision tree over the day of an attack.

Nothing takes time but the day itself, which is spent at a leaf: relieved with or without another dose, or unrelieved, at
home, after an emergency department, or in hospital. Effects are utilities of that day.
"""

import models as m

SOURCE = (
    "Evans KW et al. PharmacoEconomics 1997;12:565-577, as in Briggs A, Claxton K, Sculpher M. Decision Modelling for"
    " Health Economic Evaluation. OUP 2006, box 2.3, and the package rdecision, DT01-Sumatriptan, which prints these"
)
PUBLISHED = {"caffeine": {"cost": "4.71", "effect": "0.2013"}, "sumatriptan": {"cost": "22.06", "effect": "0.4169"}}

WORTH = {"relieved": 1.0, "relieved_again": 0.9, "endured": -0.3, "discharged": 0.1, "admitted": -0.3}
NODES = {
    "dose": {"relief": ("p_relief", "relief"), "no_relief": (m.Complement("p_relief"), "no_relief")},
    "relief": {"lasts": ("p_lasts", "relieved"), "recurs": (m.Complement("p_lasts"), "relieved_again")},
    "no_relief": {"emergency": (0.08, "emergency"), "endures": (0.92, "endured")},
    "emergency": {"hospital": (0.002, "admitted"), "home": (0.998, "discharged")},
}
EVENTS = tuple(
    m.Event(
        f"at_{node}",
        m.When(step=node),
        m.AtOnce(),
        branches=tuple(m.Branch(b, p, {"step": to}) for b, (p, to) in ends.items()),
    )
    for node, ends in NODES.items()
)
PRICES = {
    "at_dose": "c_dose",
    "at_relief.recurs": "c_dose",
    "at_no_relief.emergency": 63.16,
    "at_emergency.hospital": 1093.0,
}
PROBLEM = m.DecisionProblem(
    id="migraine",
    label="Migraine",
    pathway=m.Pathway("attack", (m.Domain("step", (*NODES, *WORTH)),), EVENTS, {"step": "dose"}),
    strategies=(
        m.Strategy("caffeine", "Caffeine and ergotamine"),
        m.Strategy("sumatriptan", "Sumatriptan", given={"p_relief": 0.558, "p_lasts": 0.594, "c_dose": 16.1}),
    ),
    settings=(m.Setting("base", "A year, as one day", horizon=1.0),),
)
