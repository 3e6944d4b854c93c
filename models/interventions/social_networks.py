"""Developing social networks: how many bed-days it must save to pay for itself."""

from __future__ import annotations

from models.shared.ledger import threshold_problem

PROBLEM = threshold_problem(
    id="social_networks",
    label="Developing social networks",
    service="developing people's social networks",
    offered="Mapping of a person's network and help to widen it",
    delivery="c_networks",
    bed_days="bed_days_averted_networks",
    claims=("C10-W4",),
    challenge=10,
    notes=(
        "No effect of developing networks was found: neither friendship nor wellbeing is counted, and"
        " bed-days are assumed.",
    ),
)
