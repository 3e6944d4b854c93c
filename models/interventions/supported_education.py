"""Supported education: how many bed-days it must save to pay for itself."""

from __future__ import annotations

from models.shared.ledger import threshold_problem

PROBLEM = threshold_problem(
    id="supported_education",
    label="Supported education",
    service="supported education",
    offered="A place with an education specialist for a year",
    delivery="c_supported_education",
    bed_days="bed_days_averted_supported_education",
    claims=("C10-U5",),
    challenge=10,
    notes=(
        "What education earns later was not found and is not counted: the threshold is what health services"
        " alone would need.",
    ),
)
