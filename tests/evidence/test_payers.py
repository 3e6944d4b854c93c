"""Who pays for what, and whose costs a perspective counts: entered a second time, by hand.

The NHS and personal social services are those of the reference case (nice_2022, section 4.2). Left out of a
perspective, or paid by another, a cost moves the answer, and every page would be as well-formed as before.
"""

from __future__ import annotations

import pytest

from models.catalogue import problem, problem_ids

CARE = {"nhs", "social_care"}
SERVICES = CARE | {"criminal_justice"}
PUBLIC = SERVICES | {"housing", "public_other"}
SEEN = {
    "nhs_pss": CARE,
    "service": SERVICES,
    "public_sector": PUBLIC,
    "societal": PUBLIC | {"employer", "productivity"},  # all but people's own pockets
    "employer": {"employer"},
    "provider": {"nhs"},
    "ward_staff_time": {"nhs"},
    "accommodation": {"social_care"},
    "trial_canada": {"housing"},
}
KINDS = {
    "ward_staff_time": [{"opportunity"}],
    "public_sector": [{"resource"}, {"resource", "transfer"}],
}  # one of these

# What the NHS does not pay, by who does.
PAID_BY = {
    "social_care": {
        "social_care",
        "detention_amhp",
        "vocational",
        "scheme",
        "placements",
        "placements_unused",
        "residential_care",
        "supported_housing",
        "floating_outreach",
        "after_residential_care",
        "after_supported_housing",
        "after_floating_outreach",
    },
    "criminal_justice": {"police", "tribunal_legal_aid", "tribunal_panel"},
    "housing": {"homeless", "sleeping_rough", "claimed_services"},
    "public_other": {"advice", "benefits", "rent"},
    "productivity": {"production"},
}
BY_PROBLEM = {  # of one name in several problems, paid by another in each
    ("workplace_wellbeing", "programme"): "employer",
    ("workplace_wellbeing", "return"): "employer",
    ("debt_advice", "return"): "productivity",
    ("housing_first", "programme"): "housing",
    ("recovery_portfolio", "programme"): "housing",
}
GAINS = {
    "production",
    "benefits",
    "return",
    "bed_days_averted",
    "claimed_saving",
    "costs_as_in_trial",
    "hospital_averted",
    "placements_unused",
    "services_averted",
    "sickness_averted",
    "staff_hours",
}
OPPORTUNITIES, TRANSFERS = {"restraint_time", "seclusion_time"}, {"benefits"}


@pytest.mark.parametrize("name", problem_ids())
def test_a_perspective_counts_the_payers_it_says(name: str) -> None:
    found = {p.name: (set(p.payers), set(p.kinds)) for p in problem(name).perspectives}
    assert {p: payers for p, (payers, _) in found.items()} == {p: SEEN[p] for p in found}
    assert all(kinds in KINDS.get(p, [{"resource"}]) for p, (_, kinds) in found.items())


@pytest.mark.parametrize("name", problem_ids())
def test_a_cost_is_paid_by_whom_it_falls_on_and_a_gain_is_taken_off(name: str) -> None:
    named = {item: payer for payer, items in PAID_BY.items() for item in items}
    wrong = []
    for item in problem(name).costs:
        payer = BY_PROBLEM.get((name, item.name)) or named.get(item.name, "nhs")
        kind = "opportunity" if item.name in OPPORTUNITIES else "transfer" if item.name in TRANSFERS else "resource"
        told = (payer, kind, -1 if item.name in GAINS else 1)
        if (item.payer, item.kind, item.sign) != told:
            wrong.append((item.name, item.payer, item.kind, item.sign, told))
    assert not wrong
