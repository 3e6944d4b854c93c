"""Peer workers in place of professionals in the same role: what their hours save, and what would use it up."""

from __future__ import annotations

from models.contract import CostItem, Delivery, Setting
from models.shared.ledger import threshold_problem

PROBLEM = threshold_problem(
    id="peer_workers_in_place_of_staff",
    label="Peer workers in place of other staff",
    service="employing peer workers in place of other staff",
    offered="A peer worker in the role",
    delivery="c_peer_worker_hour",
    bed_days="bed_days_averted_peers_in_place",
    hours=("h_role_year", "ratio_peer_hours"),
    costs=(
        CostItem(
            "staff_hours",
            "Hours of the professional whom the peer stands in for",
            "nhs",
            Delivery("peer_workers_in_place_of_staff"),
            "c_band_6_hour",
            ("h_role_year",),
            sign=-1,
        ),
    ),
    claims=("C8-1",),
    challenge=8,
    settings=(
        Setting(
            name="england",
            label="One year, hours of the role assumed",
            horizon="horizon_1_year",
            perspective="nhs_pss",
            effect="bed_days",
            notes=(
                "Eleven trials found equivalent outcomes: bed-days are centred on none. A threshold below none is what"
                " peers may add to hospital use before what their hours save is used up.",
                "A later American synthesis has an effect size on hospital use of 0.022 (standard error 0.174).",
            ),
            leading=("bed_days_averted_peers_in_place", "ratio_peer_hours"),
        ),
    ),
)
