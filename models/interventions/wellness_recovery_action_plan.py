"""Wellness Recovery Action Plan: how many bed-days it must save to pay for itself."""

from __future__ import annotations

from models.shared.ledger import threshold_problem

PROBLEM = threshold_problem(
    id="wellness_recovery_action_plan",
    label="Wellness Recovery Action Plan",
    service="a course in wellness recovery action planning",
    offered="A course in making a Wellness Recovery Action Plan",
    delivery="c_wrap",
    bed_days="bed_days_averted_wrap",
    claims=("C5-1", "C5-U1", "C5-U2"),
    challenge=5,
    notes=("Two American trials found less use of services, without a size that could be read here.",),
)
