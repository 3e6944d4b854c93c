"""Relapse, and three ways to prevent it: a model to begin with. Change it until it is yours.

    recovery-cea check my_model.py           is everything in order? Every mistake at once
    recovery-cea describe my_model.py        the model in English, with every number
    recovery-cea run my_model.py             simulate; results go to runs/my_model
    recovery-cea voi runs/my_model           what it would be worth to know more
    recovery-cea guide models                all that can be declared

Names in quotes where a number could stand are records of my_model.toml. Lines that begin with # + show what else can be
said: take the # + away to use one (here, and in my_model.toml).
"""

import models as m

# --- what can happen --------------------------------------------------------------------------------

HEALTH = m.Domain("health", ("stable", "relapse", "dead"), "Health", absorbing=("dead",))
STABLE, RELAPSE = m.When(health="stable"), m.When(health="relapse")

EVENTS = (
    # An exponential time: the same rate at any time. Others: Weibull, Gompertz, LogNormal, LifeTable, FixedTime, ...
    m.Event("relapses", STABLE, m.Exponential("r_relapse"), {"health": "relapse"}),
    m.Event("recovers", RELAPSE, m.LogNormal("t_relapse", 0.8), {"health": "stable"}),
    m.Event("dies", STABLE, m.Exponential("r_death"), {"health": "dead"}),
    m.Event("dies_in_relapse", RELAPSE, m.Exponential("r_death_relapse"), {"health": "dead"}),
    # An event that ends in one of several ways, in proportion to their weights.
    # + m.Event("crisis", STABLE, m.Exponential("r_crisis"), branches=(
    # +     m.Branch("to_relapse", "p_lapse", {"health": "relapse"}),
    # +     m.Branch("averted", m.Complement("p_lapse"), {}),
    # + )),
    # An event that changes nothing can be counted and paid for.
    # + m.Event("visits", RELAPSE, m.Exponential("r_visits")),
)

PATHWAY = m.Pathway(
    "relapse",
    (HEALTH,),
    EVENTS,
    {"health": "stable"},
    groups=(m.Group("deaths", ("dies", "dies_in_relapse")),),
    label="People who have had a relapse before",
    # Each relapse makes the next one likelier.
    # + history=(m.History("sensitised", "relapses", ("relapses",), 1.1, cap=5),),
    # Some people relapse more often than others, for reasons that nobody sees.
    # + frailties=(m.Frailty("proneness", 0.5, ("relapses",), "Proneness to relapse"),),
)

# --- what is compared, the comparator first ------------------------------------------------------------

MEDICINE = m.Component(
    "medicine",
    "Medicine",
    (m.Effect("relapses", "hazard", "hr_medicine"),),
    # Not everybody takes it, and it stops after three years.
    # + uptake="p_uptake", end=3.0,
)
SUPPORT = m.Component(
    "support",
    "Family support",
    (
        m.Effect("relapses", "hazard", "hr_support"),
        # A ratio of times: relapses that are shorter.
        # + m.Effect("recovers", "time", "tr_support"),
    ),
)
STRATEGIES = (
    m.Strategy("usual", "Usual care"),
    m.Strategy("medicine", "Medicine", (MEDICINE,)),
    m.Strategy("both", "Medicine and family support", (MEDICINE, SUPPORT)),
    # Any number may be another under a strategy.
    # + m.Strategy("generic", "Medicine at half the price", (MEDICINE,), given={"c_medicine": 300.0}),
)

# --- what it costs and what it is worth ----------------------------------------------------------------

COSTS = (
    m.CostItem("relapse", "Care in relapse", "nhs", m.StateTime(RELAPSE), "c_relapse"),
    m.CostItem("medicine", "Medicine", "nhs", m.ComponentTime("medicine"), "c_medicine"),
    m.CostItem("support", "Family support, once", "nhs", m.Delivery("support"), "c_support"),
    # + m.CostItem("visits", "Emergency visits", "nhs", m.EventCount("visits"), "c_visit"),
)
UTILITIES = (m.Utility(STABLE, "u_stable"), m.Utility(RELAPSE, "u_relapse"))

# --- the question ----------------------------------------------------------------------------------------

PROBLEM = m.DecisionProblem(
    id="my_model",
    label="Preventing relapse",
    question="Does a medicine, alone or with family support, prevent relapse at a price worth paying?",
    pathway=PATHWAY,
    strategies=STRATEGIES,
    settings=(
        m.Setting("base", "Stable at entry, ten years", horizon=10.0),
        # Another setting: recovery-cea run my_model.py --setting short
        # + m.Setting("short", "Stable at entry, two years", horizon=2.0),
    ),
    costs=COSTS,
    utilities=UTILITIES,
    discount_costs=0.035,
    discount_effects=0.035,
    thresholds={"qaly": (20_000, 30_000)},  # pounds a QALY; of other money, say here money=m.Money("USD", "2024")
    # + correlations={("hr_medicine", "hr_support"): 0.3},
)
