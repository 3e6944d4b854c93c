"""Open Dialogue: how many bed-days it must save to pay for itself."""

from __future__ import annotations

from models.shared.ledger import threshold_problem

PROBLEM = threshold_problem(
    id="open_dialogue",
    label="Open Dialogue",
    service="Open Dialogue",
    offered="Open Dialogue, a network meeting at every crisis",
    delivery="c_open_dialogue",
    bed_days="bed_days_averted_open_dialogue",
    claims=("C1-W1",),
    challenge=1,
    notes=("Claims rest on one small uncontrolled service; no controlled estimate was read.",),
)
