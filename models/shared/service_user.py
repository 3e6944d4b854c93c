"""The shared pathway of adults using secondary mental-health services for psychosis or bipolar disorder.

Home treatment (``crisis``), informal and detained inpatient stays, conversion from informal to
detained, restraint, police contact, paid work and death. Interventions act on these events.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.contract import (
    Branch,
    Complement,
    DaysIn,
    Domain,
    Effect,
    Event,
    Exponential,
    Frailty,
    Gompertz,
    Group,
    LogNormal,
    Mixture,
    Pathway,
    Perspective,
    Product,
    Quantity,
    Quotient,
    Sum,
    Utility,
    Weibull,
    When,
)

INPATIENT = When(care=("informal", "detained"))
ADMISSIONS = ("admission_from_community", "admission_from_crisis")
DETAINED = When(care="detained")
VOLUNTARY = When(care="informal")
BED_DAYS = (DaysIn("bed_days", "Bed-days", INPATIENT),)
AT_HOME = When(care=("community", "crisis"))


def on_stays(ratio: Quantity) -> tuple[Effect, Effect]:
    """Effects that stretch every stay in hospital, informal or detained, by `ratio`."""
    return Effect("discharge_informal", "time", ratio), Effect("discharge_detained", "time", ratio)


_ADMITTED = (
    Branch("informal", 1.0, {"care": "informal"}),
    Branch("detained", "odds_detained_at_admission", {"care": "detained"}),
)

SERVICE_USER = Pathway(
    name="service_user",
    label="Adults with psychosis or bipolar disorder under a community mental-health team",
    domains=(
        Domain("life", ("alive", "dead"), "Life", absorbing=("dead",)),
        Domain(
            "care",
            ("community", "crisis", "informal", "detained"),
            "Care setting",
            labels=("in the community", "home treatment", "informal inpatient", "detained inpatient"),
        ),
        Domain("work", ("out_of_work", "employed"), "Paid work"),
    ),
    start={
        "life": "alive",
        "care": "community",
        "work": Mixture({"employed": "p_employed_at_start"}, otherwise="out_of_work"),
    },
    events=(
        Event(
            "crisis",
            When(care="community"),
            Exponential("r_crisis"),
            {"care": "crisis"},
            label="start of home treatment by a crisis team",
        ),
        Event(
            "crisis_resolved",
            When(care="crisis"),
            Weibull(1.0, "d_crisis"),
            {"care": "community"},
            label="end of home treatment without admission",
        ),
        Event(
            "admission_from_community",
            When(care="community"),
            Exponential("r_admission"),
            branches=_ADMITTED,
            label="admission straight from the community",
        ),
        Event(
            "admission_from_crisis",
            When(care="crisis"),
            Exponential(Product("r_admission", "hr_admission_in_crisis")),
            branches=_ADMITTED,
            label="admission out of home treatment",
        ),
        Event(
            "conversion",
            When(care="informal"),
            Exponential("r_conversion"),
            {"care": "detained"},
            label="detention of an informal inpatient",
        ),
        Event(
            "discharge_informal",
            VOLUNTARY,
            LogNormal("los_median", "sigma_los"),
            {"care": "community"},
            label="discharge of an informal inpatient",
        ),
        Event(
            "discharge_detained",
            DETAINED,
            LogNormal(Product("los_median", "ratio_stay_detained"), "sigma_los"),
            {"care": "community"},
            label="discharge of a detained inpatient; a detained stay is timed from its detention",
        ),
        Event("restraint", INPATIENT, Exponential("r_restraint"), label="physical restraint on the ward"),
        Event("police_contact", AT_HOME, Exponential("r_police_contact"), label="contact with the police"),
        Event(
            "job_entry",
            When(work="out_of_work", care="community"),
            Exponential("r_job_entry"),
            {"work": "employed"},
            label="start of a paid job",
        ),
        Event(
            "job_loss",
            When(work="employed"),
            Weibull("shape_tenure", "scale_tenure"),
            {"work": "out_of_work"},
            label="end of a paid job",
        ),
        Event("death", When(), Gompertz("r_death_at_40", "g_death"), {"life": "dead"}, clock="start", label="death"),
    ),
    groups=(
        Group("admission", ADMISSIONS, "admission, informal or detained"),
        Group(
            "detention",
            ("admission_from_community.detained", "admission_from_crisis.detained", "conversion"),
            "detention under the Mental Health Act",
        ),
        Group("admission_or_detention", ("admission", "detention"), "admission or detention"),
        Group("discharge", ("discharge_informal", "discharge_detained"), "discharge from hospital"),
    ),
    frailties=(
        Frailty(
            "relapse_proneness",
            "v_frailty",
            ("crisis", "admission_from_community", "admission_from_crisis"),
            "a few people have most crises and admissions",
        ),
        Frailty("restraint_proneness", "v_restraint", ("restraint",), "a few inpatients have most restraints"),
    ),
)


# In the place of both discharges: one stay, whatever the legal status.
ONE_DISCHARGE = Event(
    "discharge_informal",
    INPATIENT,
    LogNormal("los_median", "sigma_los"),
    {"care": "community"},
    label="discharge of an inpatient, informal or detained; a stay is timed from admission",
)

UTILITIES = (
    Utility(INPATIENT, "u_inpatient"),
    Utility(When(care="crisis"), "u_crisis"),
    Utility(When(care="community"), "u_stable"),
    Utility(When(work="employed", care="community"), "u_work_gain", role="gain"),
)

PERSPECTIVES = (
    Perspective("nhs_pss", "NHS and personal social services", ("nhs", "social_care")),
    Perspective("service", "Health, social care and criminal justice", ("nhs", "social_care", "criminal_justice")),
    Perspective(
        "societal",
        "Society: services, other public bodies and lost production",
        ("nhs", "social_care", "criminal_justice", "housing", "public_other", "employer", "productivity"),
    ),
)

# Benefits and taxes move between public purses and people: a cost to the exchequer, and none to society.
PUBLIC_SECTOR = Perspective(
    "public_sector",
    "The public sector, welfare benefits and taxes included",
    ("nhs", "social_care", "criminal_justice", "housing", "public_other"),
    ("resource", "transfer"),
)

# The mean stay over that of informal inpatients: the share detained stays `ratio_stay_detained` times as long.
_MEAN_OVER_INFORMAL = Sum(
    Complement("p_detained_of_admitted_england"), Product("p_detained_of_admitted_england", "ratio_stay_detained")
)
# Stays as counted nationally, whatever their ratio: informal ones are shorter, and their detention so much faster.
STAYS: Mapping[str, Quantity] = {
    "odds_detained_at_admission": "odds_detained_at_admission_england",
    "r_conversion": Product("r_conversion_england", _MEAN_OVER_INFORMAL),
    "los_median": Quotient("los_median_england", _MEAN_OVER_INFORMAL),
}
# The English baseline, for problems whose own evidence says nothing of admissions: parameters/england.toml.
ENGLAND: Mapping[str, Quantity] = {"r_admission": "r_admission_england", **STAYS}

PARAMETER_FILES = ("pathway.toml", "unit_costs.toml", "utilities.toml", "economics.toml")
