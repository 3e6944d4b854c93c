"""Cancer, stable until it progresses: standard care or one of two new drugs, by age and sex.

Weibull hazards, each counted from the day its state began, as those from which the package hesim draws its example
data. It prints no totals of them; costs and utilities are made up here. What is exact is integrated numerically.
"""

from math import gamma

import models as m

SOURCE = "hesim (R package), data-raw/onc3.R: the hazards of its data set onc3"
EXACT = {
    "care": {"cost": "70989", "effect": "6.3117"},
    "drug_1": {"cost": "147728", "effect": "6.5992"},
    "drug_2": {"cost": "169209", "effect": "6.7881"},
}

TIMES = {  # shape, mean (years) in men of 60; hazard ratios of a woman, a year of age, drug 1, drug 2
    "stable_worse": (2.0, 6.25, 1.4, 1.03, 0.7, 0.6),
    "stable_dead": (2.5, 10.0, 1.2, 1.02, 0.85, 0.75),
    "worse_dead": (3.5, 8.0, 1.3, 1.02, 1.0, 1.0),
}
COMES = {way: m.WeibullPH(k, (mean / gamma(1 + 1 / k)) ** -k) for way, (k, mean, *_) in TIMES.items()}
ROWS = {
    "stable": {"worse": COMES["stable_worse"], "dead": COMES["stable_dead"]},
    "worse": {"dead": COMES["worse_dead"]},
}
DRUGS = [
    m.Component(name, name, tuple(m.Effect(way, "hazard", told[k]) for way, told in TIMES.items()))
    for k, name in ((4, "drug_1"), (5, "drug_2"))
]
PROBLEM = m.DecisionProblem(
    id="oncology",
    label="Cancer, two new drugs",
    pathway=m.markov(
        "oncology",
        ROWS,
        characteristics=(
            m.Characteristic("sex", m.Mixture({"woman": 0.5}, "man")),
            m.Characteristic("age", m.Numeric("normal", 60.0, 5.5)),
        ),
        covariates=(
            *(m.Covariate("sex", way, "hazard", told[2], level="woman") for way, told in TIMES.items()),
            *(m.Covariate("age", way, "hazard", told[3], centre=60.0) for way, told in TIMES.items()),
        ),
    ),
    strategies=(m.Strategy("care", "Standard care"), *(m.Strategy(d.name, d.label, (d,)) for d in DRUGS)),
    settings=(m.Setting("base", "Everybody stable at entry", horizon=30.0),),
    costs=(
        m.CostItem("stable", "Care while stable", "nhs", m.StateTime(m.When(state="stable")), 4000.0),
        m.CostItem("worse", "Care once worse", "nhs", m.StateTime(m.When(state="worse")), 12000.0),
        m.CostItem("drug_1", "Drug 1", "nhs", m.StateTime(m.When(state="stable"), "drug_1"), 15000.0),
        m.CostItem("drug_2", "Drug 2", "nhs", m.StateTime(m.When(state="stable"), "drug_2"), 18000.0),
    ),
    utilities=(m.Utility(m.When(state="stable"), 0.8), m.Utility(m.When(state="worse"), 0.6)),
    money=m.Money("USD", "2024"),  # made up, as the prices are
)
