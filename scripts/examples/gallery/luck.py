"""Sick, sicker, dead, as a discrete event simulation: to get sicker may bring death forward.

Times of death are normal, with mean 12 and standard deviation 3. For some of those who get sicker it is from then on
8 and 2, given that they have lived so far: the published code calls this an adjustment of luck. Here it is an event
with another law on the same clock, that of time since entry.
"""

import models as m

SOURCE = "jsanchezalv/WARDEN on GitHub, example_ssd_stream; printed of 1,000 people: 45,748 and 5.57, 54,126 and 5.88"
EXACT = {"none": {"cost": "45998.4", "effect": "5.59236"}, "drug": {"cost": "54632.3", "effect": "5.91843"}}

ALIVE = ("sick", "sicker", "unlucky")
DRUG = m.Component("drug", "Drug", (m.Effect("gets_sicker", "hazard", 0.8),))
UNLUCKY = m.Branch("unlucky", "p_unlucky", {"state": "unlucky"})
WORSE = (m.Branch("sicker", m.Complement("p_unlucky"), {"state": "sicker"}), UNLUCKY)
PROBLEM = m.DecisionProblem(
    id="luck",
    label="Sick and sicker, with luck",
    pathway=m.Pathway(
        "luck",
        (m.Domain("state", (*ALIVE, "dead"), "State", ("dead",)),),
        (
            m.Event("gets_sicker", m.When(state="sick"), m.Exponential(0.2), branches=WORSE),
            m.Event("dies", m.When(state=ALIVE[:2]), m.Normal(12.0, 3.0), {"state": "dead"}, clock="start"),
            m.Event("dies_unlucky", m.When(state="unlucky"), m.Normal(8.0, 2.0), {"state": "dead"}, clock="start"),
        ),
        {"state": "sick"},
    ),
    strategies=(m.Strategy("none", "No drug"), m.Strategy("drug", "Drug", (DRUG,), given={"p_unlucky": 0.3})),
    settings=(m.Setting("base", "For life", horizon=50.0),),
    costs=(
        m.CostItem("drug", "Drug", "nhs", m.ComponentTime("drug"), 1000.0),
        m.CostItem("sick", "Sick", "nhs", m.StateTime(m.When(state="sick")), 3000.0),
        m.CostItem("sicker", "Sicker", "nhs", m.StateTime(m.When(state=ALIVE[1:])), 7000.0),
    ),
    utilities=(m.Utility(m.When(state="sick"), 0.8), m.Utility(m.When(state=ALIVE[1:]), 0.5)),
    money=m.Money("USD", "2026"),  # neither is told
)
