"""Supported self-management: how many bed-days it must save to pay for itself."""

from __future__ import annotations

from models.shared.ledger import threshold_problem

PROBLEM = threshold_problem(
    id="self_management",
    label="Supported self-management",
    service="support for self-management",
    offered="Supported self-management",
    delivery="c_self_management",
    bed_days="bed_days_averted_self_management",
    claims=("C1-3", "C1-4", "C1-U4", "C1-U6"),
    challenge=1,
    notes=("A review of 37 trials found shorter admissions and mixed readmission; no pooled size was read.",),
)
