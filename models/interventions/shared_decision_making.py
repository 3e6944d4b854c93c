"""Shared decision-making: how many bed-days it must save to pay for itself."""

from __future__ import annotations

from models.shared.ledger import threshold_problem

PROBLEM = threshold_problem(
    id="shared_decision_making",
    label="Shared decision-making",
    service="shared decision-making",
    offered="Shared decision-making, with the staff time it takes",
    delivery="c_shared_decision_making",
    bed_days="bed_days_averted_shared_decisions",
    claims=("C1-U1",),
    challenge=1,
    notes=("More staff contact at first; the evidence on later use of services is mixed and short.",),
)
