"""Who pays for what and when, and whose costs a perspective counts: entered a second time, by hand.

The NHS and personal social services are those of the reference case (nice_2022, section 4.2). Left out of a
perspective, or paid by another, a cost moves the answer, and every page would be as well-formed as before.
"""

from __future__ import annotations

import pytest

from models.bases import component_of
from models.catalogue import problem, problem_ids
from simulate.ask.case import load
from simulate.ask.reads import follow_up

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
# Paid after the end of a follow-up, and so not at all: what a trial of that length would not have counted either.
NEVER_DUE = {
    ("joint_crisis_plan", "base_after_one_year", "plan_review"),
    ("recovery_portfolio", "leaving_crisis_care", "plan_review"),
}
LATER = {"plan_review": 1.0}  # years after entry; everything else that is delivered is so at once
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


@pytest.mark.parametrize("name", problem_ids())
def test_nothing_is_paid_at_or_after_the_end_of_a_follow_up(name: str) -> None:
    """What is delivered later starts later: those alive and followed then have it, discounted."""
    for setting in problem(name).settings:
        here, case = problem(name).under(setting), load(name, setting.name)
        starts = {c.name: c.start for s in here.strategies for c in s.components}
        for item in here.costs:
            if (component := component_of(item.basis)) in starts:
                assert starts[component] == LATER.get(item.name, 0.0), (setting.name, item.name)
                due = float(starts[component]) < follow_up(case.setting, case.parameters)  # type: ignore[arg-type]
                assert due != ((name, setting.name, item.name) in NEVER_DUE), (setting.name, item.name)


@pytest.mark.parametrize("name", problem_ids())
def test_what_says_that_it_is_later_is_so(name: str) -> None:
    """By the labels of items and of the records of their prices."""
    records = load(name).parameters
    for item in problem(name).costs:
        record = records.get(str(item.unit_cost))
        told = f"{item.label} {'' if record is None else record.label}".lower()
        assert ("after a year" in told) == (item.name in LATER), item.name
