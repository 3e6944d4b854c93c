"""A ward model of your own: stays, restraint that lengthens them, and a programme that fades; numbers in a TOML file.

    python3 scripts/start.py python scripts/examples/ward_restraint.py

People enter on the ward. Each restraint pauses the clock of discharge, and makes further ones likelier. Some people
are restrained far more often than others (frailty), those detained more than the informal (covariate). The programme
reaches some, is delivered in part (fidelity), begins after it is set up, and wears off. Days cost more early in a stay.
"""

from pathlib import Path

import models as m
from parameters.units import WEEKS_PER_YEAR
from simulate import load, run, trace

ON_WARD, AT_HOME = m.When(place="ward"), m.When(place="home")
WEEK = 1 / WEEKS_PER_YEAR  # in years, the unit of a band's bounds

PATHWAY = m.Pathway(
    name="ward",
    label="Adults admitted to an acute mental-health ward",
    domains=(m.Domain("place", ("ward", "home"), "Place"),),
    start={"place": "ward"},
    events=(
        m.Event("discharge", ON_WARD, m.LogNormal("los_median", "sigma_los"), {"place": "home"}),
        m.Event("readmission", AT_HOME, m.Exponential("r_readmission"), {"place": "ward"}),
        m.Event(
            "restraint",
            ON_WARD,
            m.Exponential("r_restraint"),
            lengthens=(m.Lengthening("discharge", pause="d_pause"),),
            label="physical restraint",
        ),
    ),
    characteristics=(m.Characteristic("legal", m.Mixture({"detained": "p_detained"}, "informal"), "Legal status"),),
    covariates=(m.Covariate("legal", "restraint", "hazard", "hr_restraint_detained", level="detained"),),
    frailties=(m.Frailty("proneness", "v_restraint", ("restraint",), "a few people have most restraints"),),
    history=(m.History("restrained_before", "restraint", ("restraint",), "hr_restrained_before", cap=2),),
)

PROGRAMME = m.Component(
    "programme",
    "Ward programme to reduce restraint",
    (m.Effect("restraint", "hazard", "rr_programme", waning=m.Waning("exponential", "d_half_life")),),
    uptake="p_reached",
    fidelity="fidelity",
    start="d_set_up",
)

PROBLEM = m.DecisionProblem(
    id="ward_restraint",
    label="A programme to reduce restraint",
    question="Should acute wards run a programme to reduce restraint?",
    kind="ward",
    pathway=PATHWAY,
    strategies=(m.Strategy("usual", "Usual care"), m.Strategy("programme", "Programme", (PROGRAMME,))),
    settings=(m.Setting("base", "One year from admission", horizon="horizon", effect="restraint_pp"),),
    costs=(
        m.CostItem("first_week", "Bed-days, first week", "nhs", m.StayBand(ON_WARD, 0.0, WEEK), "c_day_first_week"),
        m.CostItem(
            "later", "Bed-days, second to eighth week", "nhs", m.StayBand(ON_WARD, WEEK, 8 * WEEK), "c_day_later"
        ),
        m.CostItem("long_stay", "Bed-days after that", "nhs", m.StayBand(ON_WARD, 8 * WEEK), "c_day_long_stay"),
        m.CostItem("injury", "Injuries", "nhs", m.EventCount("restraint"), "c_injury", ("p_injury",)),
        m.CostItem("programme", "The programme", "nhs", m.Delivery("programme"), "c_programme"),
    ),
    utilities=(m.Utility(ON_WARD, "u_ward"), m.Utility(AT_HOME, "u_home")),
    effects=(
        m.EffectMeasure("qaly", "Quality-adjusted life-years", "QALY"),
        m.EffectMeasure("restraint_pp", "People restrained, averted", "percentage point", ever="restraint"),
    ),
    days=(m.DaysIn("bed_days", "Bed-days", ON_WARD),),
    parameter_files=(str(Path(__file__).with_suffix(".toml")),),
)

if __name__ == "__main__":
    case = load(PROBLEM)
    result = run(case, draws=256, people=500, seed=1, subgroup="legal")
    print(result.incremental().to_string(index=False))
    print(result.subgroups()[["level", "strategy", "cost_mean", "effect_mean", "verdict"]].to_string(index=False))
    print(trace(case, person=45).to_string(index=False))
