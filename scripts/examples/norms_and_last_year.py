"""Utilities that fall with age as the population's do, prices by sex, and what the last year of life costs.

    python3 scripts/start.py python scripts/examples/norms_and_last_year.py

Health without the illness is the norm of the United Kingdom by age and sex, the regression of Ara and Brazier, Value in
Health 2010;13(5):509-518, doi 10.1111/j.1524-4733.2010.00700.x:

    EQ-5D = 0.9508566 + 0.0212126 male - 0.0002587 age - 0.0000332 age^2

An illness leaves a share of it. All other numbers are made up, so that they stand here as assumptions.
"""

from typing import Any

import models as m
from simulate import load, run

HEALTH = m.Domain("health", ("well", "ill", "dead"), "Health", absorbing=("dead",))
ALIVE, DEAD = m.When(health=("well", "ill")), m.When(health="dead")
NORM = m.Profile(
    (
        m.Term("norm_constant"),
        m.Term("norm_male", levels={"sex": "male"}),
        m.Term("norm_age", powers={"age": 1}),
        m.Term("norm_age_squared", powers={"age": 2}),
    )
)
BY_SEX = m.Profile.by_level("sex", {"male": 1.0, "female": "rr_women"})
BY_AGE = m.Profile.by_age({0: 1.0, 65: "rr_over_65", 80: "rr_over_80"})
DRUG = m.Component("drug", "New drug", (m.Effect("falls_ill", "hazard", "hr_drug"),))
PROBLEM = m.DecisionProblem(
    id="norms_and_last_year",
    label="Illness among people who grow older",
    pathway=m.Pathway(
        "growing_older",
        (HEALTH,),
        (
            m.Event("falls_ill", m.When(health="well"), m.Exponential("r_ill"), {"health": "ill"}),
            m.Event("dies", ALIVE, m.LifeTable("life_table_uk", "male_qx"), {"health": "dead"}, clock="age"),
            m.Event("dies_of_it", m.When(health="ill"), m.Exponential("r_death"), {"health": "dead"}),
        ),
        {"health": "well"},
        characteristics=(
            m.Characteristic("age", m.Numeric("uniform", 50.0, 70.0)),
            m.Characteristic("sex", m.Mixture({"male": 0.5}, "female")),
        ),
    ),
    strategies=(m.Strategy("usual", "Usual care"), m.Strategy("new", "New drug", (DRUG,))),
    settings=(m.Setting("base", "Fifty to seventy at entry, thirty years", horizon=30.0),),
    costs=(
        m.CostItem("care", "Care of the ill", "nhs", m.StateTime(m.When(health="ill")), "c_care", by=(BY_SEX, BY_AGE)),
        m.CostItem("last_year", "Last year of life", "nhs", m.StateTime(ALIVE), "c_last", before=m.Before(DEAD, 1.0)),
        m.CostItem("drug", "New drug", "nhs", m.ComponentTime("drug"), "c_drug"),
    ),
    utilities=(
        m.Utility(m.When(health="well"), 1.0, by=(NORM,)),
        m.Utility(m.When(health="ill"), "share_left", by=(NORM,)),
        m.Utility(m.When(), "u_last_months", "gain", before=m.Before(DEAD, 0.5)),
    ),
)


def record(label: str, unit: str, kind: str, **arguments: float) -> dict[str, Any]:
    priced = {"price_year": "2023/24"} if unit.startswith("GBP") else {}
    return {"label": label, "unit": unit, "distribution": {kind: arguments}, **priced}


INLINE = {
    "norm_constant": record("Norm, constant", "utility", "fixed", value=0.9508566),
    "norm_male": record("Norm, men", "utility", "fixed", value=0.0212126),
    "norm_age": record("Norm, a year of age", "utility", "fixed", value=-0.0002587),
    "norm_age_squared": record("Norm, a squared year of age", "utility", "fixed", value=-0.0000332),
    "share_left": record("What the illness leaves of the norm", "ratio", "beta", mean=0.7, se=0.05),
    "u_last_months": record("Utility lost in the last half year", "utility", "normal", mean=-0.15, se=0.03),
    "rr_women": record("Care of women to that of men", "ratio", "gamma", mean=1.1, se=0.1),
    "rr_over_65": record("Care from 65, to before", "ratio", "gamma", mean=1.3, se=0.1),
    "rr_over_80": record("Care from 80, to before 65", "ratio", "gamma", mean=1.6, se=0.2),
    "r_ill": record("Falling ill", "per_year", "gamma", mean=0.05, se=0.005),
    "r_death": record("Death of the illness", "per_year", "gamma", mean=0.04, se=0.005),
    "hr_drug": record("New drug, hazard ratio", "ratio", "lognormal", mu=-0.357, sigma=0.08),
    "c_care": record("Care of an ill man", "GBP_per_year", "gamma", mean=3000.0, se=300.0),
    "c_last": record("Last year of life", "GBP_per_year", "gamma", mean=12000.0, se=1500.0),
    "c_drug": record("New drug", "GBP_per_year", "fixed", value=600.0),
}

if __name__ == "__main__":
    result = run(load(PROBLEM, inline=INLINE), draws=128, people=200, seed=1)
    print(result.incremental().to_string(index=False))
