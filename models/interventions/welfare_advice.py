"""Specialist welfare advice: how many bed-days it must save to pay for itself."""

from __future__ import annotations

from models.contract import Setting
from models.shared.ledger import threshold_problem

PROBLEM = threshold_problem(
    id="welfare_advice",
    label="Specialist welfare advice",
    service="welfare advice",
    offered="Specialist welfare advice",
    delivery="c_welfare_advice",
    bed_days="bed_days_averted_advice",
    price="c_bed_day_advice",
    claims=("C10-U3",),
    challenge=10,
    settings=(
        Setting(
            name="england",
            label="Today's price of a bed-day",
            horizon="horizon_1_year",
            perspective="nhs_pss",
            effect="bed_days",
            given={"c_bed_day_advice": "c_bed_day"},
            notes=("No study measured admissions: the bed-days averted are assumed, centred on none.",),
            leading=("bed_days_averted_advice",),
        ),
        Setting(
            name="sheffield_2013",
            label="The case study's own prices: £260 a client against £330 a day in hospital",
            horizon="horizon_1_year",
            perspective="nhs_pss",
            effect="bed_days",
            given={"c_bed_day_advice": "c_bed_day_sheffield"},
            notes=("Both of 2012/13; the threshold, 0.79 bed-days, is arithmetic on them.",),
            leading=("bed_days_averted_advice",),
        ),
    ),
)
