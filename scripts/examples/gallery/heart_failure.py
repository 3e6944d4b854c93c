"""Heart failure: admissions that come again and weaken, in people of whom some are more prone to them than others.

Recurrent events with a gamma frailty and a history, death by a Gompertz law on the clock of age, a ward with a death
rate of its own, utilities lost at once. Numbers are made up; each piece of the structure is common in published models.
"""

import models as m

SOURCE = "Made up, to hold what published models of heart failure have; solved by ODEs over a quadrature of the frailty"
EXACT = {"usual": {"cost": "10803.2", "effect": "4.27763"}, "drug": {"cost": "15232.9", "effect": "4.56574"}}

HOME, WARD, ALIVE = m.When(place="home"), m.When(place="ward"), m.When(place=("home", "ward"))
DRUG = m.Component("drug", "Drug", (m.Effect("admission", "hazard", 0.7), m.Effect("dies", "hazard", 0.85)))
PROBLEM = m.DecisionProblem(
    id="heart_failure",
    label="Heart failure",
    pathway=m.Pathway(
        "heart_failure",
        (m.Domain("place", ("home", "ward", "dead"), "Place", ("dead",)),),
        (
            m.Event("admission", HOME, m.Exponential(0.35), {"place": "ward"}),
            m.Event("discharge", WARD, m.Exponential(40.0), {"place": "home"}),
            m.Event("dies", ALIVE, m.Gompertz(3e-5, 0.1), {"place": "dead"}, clock="age"),
            m.Event("dies_on_ward", WARD, m.Exponential(2.0), {"place": "dead"}),
        ),
        {"place": "home"},
        characteristics=(m.Characteristic("age", m.Numeric("normal", 70.0, 0.0)),),
        frailties=(m.Frailty("proneness", 1.0, ("admission",)),),
        history=(m.History("weaker", "admission", ("admission", "dies"), 1.15, cap=4),),
    ),
    strategies=(m.Strategy("usual", "Usual care"), m.Strategy("drug", "With the drug", (DRUG,))),
    settings=(m.Setting("base", "Aged 70, for ten years", horizon=10.0),),
    costs=(
        m.CostItem("drug", "Drug", "nhs", m.ComponentTime("drug"), 1100.0),
        m.CostItem("ward", "Ward", "nhs", m.StateTime(WARD), 146_100.0),  # £400 a day
        m.CostItem("admission", "Ambulance and emergency department", "nhs", m.EventCount("admission"), 900.0),
    ),
    utilities=(
        m.Utility(ALIVE, 0.7),
        m.Utility(WARD, -0.2, "gain"),
        m.Utility(m.When(), -0.01, "event", "admission"),
    ),
    money=m.Money("GBP", "2023/24"),  # made up, as the prices are
)
