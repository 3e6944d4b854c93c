"""Strengths-based work: how many bed-days it must save to pay for itself."""

from __future__ import annotations

from models.shared.ledger import threshold_problem

PROBLEM = threshold_problem(
    id="strengths_model",
    label="Strengths-based work",
    service="strengths-based work",
    offered="Strengths-based work beyond usual care",
    delivery="c_strengths",
    bed_days="bed_days_averted_strengths",
    claims=("C1-U5",),
    challenge=1,
    notes=(
        "Benefits in hospitalisation, work and study are claimed by a review without a size; work and study"
        " are not counted.",
    ),
)
