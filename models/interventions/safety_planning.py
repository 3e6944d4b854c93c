"""Safety planning: how many bed-days it must save to pay for itself."""

from __future__ import annotations

from models.shared.ledger import threshold_problem

PROBLEM = threshold_problem(
    id="safety_planning",
    label="Safety planning together",
    service="planning safety together",
    offered="A safety plan made together with the person",
    delivery="c_safety_plan",
    bed_days="bed_days_averted_safety_planning",
    claims=("C6-W1",),
    challenge=6,
    notes=("Plans made together at every stage have not been investigated; harm to people and staff is not counted.",),
)
