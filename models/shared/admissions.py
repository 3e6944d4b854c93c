"""What usual care is solved for in the English trials of joint crisis plans: admissions, detentions and stays."""

from __future__ import annotations

from models.contract import CalibrationTarget, CountRatio, Ever, EverRatio, MeanTime
from models.shared.service_user import INPATIENT

USUAL = "usual_care"

SHARE_DETAINED = CalibrationTarget(
    "odds_detained_at_admission",
    USUAL,
    EverRatio("detention", "admission"),
    "p_detained_given_admission",
    start=0.9,
    unit="odds",
    label="odds of detention at the start of an admission",
)
CONVERSIONS = CalibrationTarget(
    "r_conversion",
    USUAL,
    CountRatio("conversion", "detention"),
    "p_detention_after_admission",
    start=2.5,
    unit="per_year",
    label="hazard of detention during an informal stay",
)

MEAN_STAY = CalibrationTarget(
    "los_median",
    USUAL,
    MeanTime(INPATIENT, per="admission"),
    "los_mean_admission",
    start=20.0,
    unit="days",
    label="median length of stay",
)

CRIMSON_BASELINE = (
    CalibrationTarget(
        "r_admission",
        USUAL,
        Ever("detention"),
        "p_detention_control_crimson",
        start=0.25,
        unit="per_year",
        label="hazard of admission from the community",
    ),
    SHARE_DETAINED,
    CONVERSIONS,
    MEAN_STAY,
)
