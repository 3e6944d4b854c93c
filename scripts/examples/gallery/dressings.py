"""A dressing with chlorhexidine for catheters: a decision tree with three harms in a row, with its parameters' spread.

Bloodstream infection, infection of the site and dermatitis come or do not, one after the other; the dressing multiplies
the probability of each. Costs to an NHS hospital and the distributions of `dressings.toml`, as published. There is no
effect but the harms.
"""

import models as m

SOURCE = (
    "Jenks M et al. Applied Health Economics and Health Policy 2016;14:135-149, tables 4 and 5, as the R package"
    " rdecision 1.2.0 of 2024 has it (vignette DT02-Tegaderm of July 2020)"
)
PUBLISHED = {
    "standard": {"cost": "151.29", "count infected": "0.015"},
    "chlorhexidine": {"cost": "77.75", "count infected": "0.006"},
}

HARMS = {"infection": "site", "site": "dermatitis", "dermatitis": "over"}  # each, and where people go on
WAYS = {
    x: (m.Branch("yes", f"p_{x}", {"at": to}), m.Branch("no", m.Complement(f"p_{x}"), {"at": to}))
    for x, to in HARMS.items()
}
EFFECTS = tuple(m.Effect(x, "risk", f"rr_{x}", "yes") for x in HARMS)
KINDS = {"standard": m.Component("standard", "Standard dressings")}
KINDS |= {"chlorhexidine": m.Component("chlorhexidine", "Dressings with chlorhexidine", EFFECTS)}
PROBLEM = m.DecisionProblem(
    id="dressings",
    label="Dressings for catheters",
    pathway=m.Pathway(
        "catheter",
        (m.Domain("at", (*HARMS, "over"), "Catheter", ("over",)),),
        tuple(m.Event(x, m.When(at=x), m.AtOnce(), branches=ways) for x, ways in WAYS.items()),
        {"at": "infection"},
        (m.Group("infected", ("infection.yes",)),),
        cycle=m.Cycle(1.0),
    ),
    strategies=tuple(m.Strategy(x, kind.label, (kind,)) for x, kind in KINDS.items()),
    settings=(m.Setting("base", "A stay in intensive care", horizon=1.0, effect="infections"),),
    costs=(
        *(m.CostItem(x, kind.label, "nhs", m.Delivery(x), f"c_{x}", ("n_dressings",)) for x, kind in KINDS.items()),
        *(m.CostItem(x, x, "nhs", m.EventCount(f"{x}.yes"), f"c_{x}") for x in HARMS),
    ),
    effects=(
        m.EffectMeasure(
            "infections", "Bloodstream infections averted", "infection", averted="infected", beyond_cost="some die"
        ),
    ),
    money=m.Money("GBP", "2014/15"),  # of a year that was not read
)
