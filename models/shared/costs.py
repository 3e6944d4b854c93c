"""Cost items of the shared pathway: what each stay, contact and process uses, and who pays."""

from __future__ import annotations

from models.contract import CostItem, EventCount, StateTime, When
from models.shared.service_user import AT_HOME, INPATIENT

SERVICE_USER_COSTS = (
    CostItem("bed_days", "Inpatient bed-days", "nhs", StateTime(INPATIENT), "c_bed_day"),
    CostItem(
        "crisis_team",
        "Crisis-team contacts during home treatment",
        "nhs",
        StateTime(When(care="crisis")),
        "c_crisis_contact",
        ("crisis_contacts_per_week",),
    ),
    CostItem("community_team", "Community mental-health care", "nhs", StateTime(AT_HOME), "c_community_day"),
    CostItem("social_care", "Council-funded social care", "social_care", StateTime(AT_HOME), "c_social_care_year"),
    CostItem(
        "detention_doctors",
        "Two doctors at the Mental Health Act assessment",
        "nhs",
        EventCount("detention"),
        "c_consultant_hour",
        ("h_mha_doctors",),
    ),
    CostItem(
        "detention_amhp",
        "Approved mental-health professional at the assessment",
        "social_care",
        EventCount("detention"),
        "c_amhp_hour",
        ("h_amhp",),
    ),
    CostItem(
        "tribunal_legal_aid",
        "Legal aid for tribunal hearings",
        "criminal_justice",
        EventCount("detention"),
        "c_tribunal_legal_aid",
        ("p_tribunal_per_detention",),
    ),
    CostItem(
        "tribunal_panel",
        "Tribunal panel",
        "criminal_justice",
        EventCount("detention"),
        "c_tribunal_panel",
        ("p_tribunal_per_detention",),
    ),
    CostItem(
        "tribunal_reports",
        "Hospital's reports for tribunals",
        "nhs",
        EventCount("detention"),
        "c_tribunal_reports",
        ("p_tribunal_per_detention",),
    ),
    CostItem("police", "Police contacts", "criminal_justice", EventCount("police_contact"), "c_police_contact"),
    CostItem(
        "production",
        "Value of paid work done (a gain)",
        "productivity",
        StateTime(When(work="employed", care=("community", "crisis"))),
        "c_wage_hour",
        ("hours_per_week_worked", "oncost_ratio"),
        sign=-1,
    ),
)
