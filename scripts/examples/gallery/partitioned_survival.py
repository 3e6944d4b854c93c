"""Partitioned survival: two Weibull curves, progression-free and overall, and a drug that lowers both hazards.

The curves are the two that maximum likelihood fits to the published data. A curve is a process of its own: what is
progressed is the area between the two, so that a person of ours may be dead and not yet progressed. The published
report counts 721 months in 60 years, the first of them in full: half of it less is what an integral comes to, but for
$5 where the curves cross. The drug (a hazard ratio of 0.75 at $500 a month) is made up.
"""

import models as m

SOURCE = "DARTH-git/Partitioned-Survival-Analysis on GitHub, Partitioned_Report"
PUBLISHED = {"observed": {"cost": "22375.44", "effect": "4.733222"}}
EXACT = {"observed": {"cost": "22170.7", "effect": "4.69866"}, "drug": {"cost": "59903.7", "effect": "5.83963"}}

FREE, ALIVE = m.When(progression="free"), m.When(life="alive")
DRUG = m.Component("drug", "Drug", (m.Effect("progresses", "hazard", 0.75), m.Effect("dies", "hazard", 0.75)))
PROBLEM = m.DecisionProblem(
    id="partitioned_survival",
    label="Partitioned survival",
    pathway=m.Pathway(
        "curves",
        (m.Domain("progression", ("free", "over")), m.Domain("life", ("alive", "dead"))),
        (
            m.Event("progresses", FREE, m.Weibull(0.7626145, 3.7909358), {"progression": "over"}, clock="start"),
            m.Event("dies", ALIVE, m.Weibull(1.2435916, 9.2921307), {"life": "dead"}, clock="start"),
        ),
        {"progression": "free", "life": "alive"},
    ),
    strategies=(m.Strategy("observed", "As observed"), m.Strategy("drug", "With the drug", (DRUG,))),
    settings=(m.Setting("base", "60 years", horizon=60.0),),
    costs=(
        m.CostItem("progressed", "Progressed, were it all of life", "nhs", m.StateTime(ALIVE), 1200.0),
        m.CostItem("stable", "Stable, more than progressed", "nhs", m.StateTime(FREE), 3600.0),
        m.CostItem("drug", "Drug", "nhs", m.StateTime(FREE, "drug"), 6000.0),
    ),
    utilities=(m.Utility(ALIVE, 0.5), m.Utility(m.When(life="dead"), 0.0), m.Utility(FREE, 0.3, "gain")),
    money=m.Money("USD", "2019"),  # of the report; not told
    discount_costs=0.03,
    discount_effects=0.03,
)
