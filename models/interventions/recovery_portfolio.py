"""The recovery interventions together: for each eligible population one frontier over packages that exclude each other.

Every setting is a population with its own start on one common pathway, and compares the packages it is eligible for.
Effects and baselines are those of the single problems, solved for again on the common pathway. Independent programmes
are never on one frontier: the command ``league`` ranks them under a budget.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from models.contract import (
    CalibrationTarget,
    Component,
    DecisionProblem,
    EffectMeasure,
    Pathway,
    Perspective,
    Quantity,
    Setting,
    Strategy,
    Utility,
    combine,
)
from models.interventions import (
    housing_first,
    individual_placement_and_support,
    joint_crisis_plan,
    no_force_first,
    peer_supported_self_management,
    safewards,
    six_core_strategies,
    violence_reduction_collaborative,
)
from models.shared import ward
from models.shared.crisis_plan import READINGS
from models.shared.service_user import (
    BED_DAYS,
    ENGLAND,
    PARAMETER_FILES,
    PERSPECTIVES,
    PUBLIC_SECTOR,
    SERVICE_USER,
    UTILITIES,
)

USUAL = "usual_care"

_PARTS = (
    joint_crisis_plan.PROBLEM,
    peer_supported_self_management.PROBLEM,
    individual_placement_and_support.PROBLEM,
    housing_first.PROBLEM,
    safewards.PROBLEM,
    no_force_first.PROBLEM,
    six_core_strategies.PROBLEM,
    violence_reduction_collaborative.PROBLEM,
)


def _new(kind: str) -> tuple[object, ...]:
    """What the single problems' pathways add to the shared one, each once."""
    known = {x.name for x in getattr(SERVICE_USER, kind)}
    found = {x.name: x for p in _PARTS for x in getattr(p.pathway, kind) if x.name not in known}
    return tuple(found.values())


COMMON = SERVICE_USER.extended(
    "recovery_services",
    label="Adults with psychosis or bipolar disorder under a community mental-health team",
    start={"housing": "housed"},
    **{kind: _new(kind) for kind in ("domains", "events", "groups", "frailties", "history")},
)


def _from(start: Mapping[str, object], label: str, name: str) -> Pathway:
    return COMMON.extended(name, label=label, start=start)


def _components(problem: DecisionProblem, strategy: str) -> tuple[Component, ...]:
    return next(s for s in problem.strategies if s.id == strategy).components


def _moved(targets: tuple[CalibrationTarget, ...], usual: str) -> tuple[CalibrationTarget, ...]:
    """Targets of a single problem, its comparator being ours."""
    return tuple(replace(t, strategy=USUAL) if t.strategy == usual else t for t in targets)


def _setting_of(problem: DecisionProblem, name: str) -> Setting:
    return problem.setting(name)


_USUAL = Strategy(USUAL, "Usual care")
_PLAN = Strategy("joint_crisis_plan", "Joint crisis plan", _components(_PARTS[0], "joint_crisis_plan"))
_PEER = Strategy(
    "peer_supported_self_management",
    "Peer-supported self-management",
    _components(_PARTS[1], "peer_supported_self_management"),
)
_IPS = Strategy(
    "individual_placement_and_support",
    "Individual placement and support",
    _components(_PARTS[2], "individual_placement_and_support"),
)
# Who wants work looks for it under every package, and hardly a job starts at first.
_SEEKING = tuple(
    replace(s, components=(*s.components, individual_placement_and_support.SEARCH)) for s in (_USUAL, _PLAN)
)
_HOUSING = Strategy("housing_first", "Housing First", _components(_PARTS[3], "housing_first"))

# Nobody loses a home, visits an emergency department or is on a studied ward where the population is not about that.
_QUIET: Mapping[str, Quantity] = {
    "r_home_lost": 0.0,
    "r_housed": 0.0,
    "r_emergency_visit": 0.0,
    "r_seclusion": 0.0,
    "r_violent_incident": 0.0,
    "v_job_readiness": 0.0,
    "hr_job_reentry": 1.0,
    "c_homeless_year": 0.0,
    "c_sleeping_rough_year": 0.0,
    "c_rent_year": 0.0,
}
_PLAN_TARGETS = tuple(
    t for t in joint_crisis_plan.BASE.targets if t.unknown in ("hr_admission_jcp", "or_detention_jcp")
)
_PLAN_GIVEN: Mapping[str, Quantity] = {"tr_stay_jcp": 1.0}
_CRISIS = _setting_of(_PARTS[1], "base")
_WORK = _setting_of(_PARTS[2], "swan_england")
_HOMES = _setting_of(_PARTS[3], "england")
_WARD_START = ward.WARD.start

_LEFT_OUT = (
    "vocational",
    "claimed_services",
    "stable_implementation_delivery",
    "costs_as_in_trial",
)  # of strategies that are no package here

_ASSUMED_TOGETHER = (
    "Packages multiply the effects of their parts: no trial has combined them, and their effects are taken to be"
    " independent of each other."
)

PROBLEM = DecisionProblem(
    id="recovery_portfolio",
    label="A portfolio of recovery interventions",
    question=(
        "For each group of service users, which package of recovery interventions is worth its cost?"
        " The briefing does not name it: it names its parts."
    ),
    pathway=COMMON,
    strategies=(_USUAL, _PLAN),
    settings=(
        Setting(
            name="leaving_crisis_care",
            label="People leaving a crisis team, one year",
            horizon="horizon_12_months",
            perspective="nhs_pss",
            effect="qaly",
            pathway=_from({}, "People who have just left the care of a crisis team", "leaving_crisis_care"),
            strategies=(_USUAL, _PLAN, _PEER, combine("plan_and_peer", "Plan and peer support", _PLAN, _PEER)),
            targets=(*_moved(_CRISIS.targets, peer_supported_self_management.USUAL), *_PLAN_TARGETS),
            given={**_QUIET, **_PLAN_GIVEN},
            scales=(),  # their lives are not lived on a ward
            variants=READINGS,
            notes=(
                _ASSUMED_TOGETHER,
                "The plan's effect is that of people admitted before, carried over. Its review after a year falls"
                " outside the follow-up and is not counted.",
            ),
            leading=("ratio_acute_days_core", "rr_admission_jcp"),
        ),
        Setting(
            name="wants_work",
            label="People out of work who want to work, admitted in the last two years, two years",
            horizon="horizon_2_years_ips",
            perspective="nhs_pss",
            effect="qaly",
            pathway=_from({"work": "out_of_work"}, "People out of work who want to work", "wants_work"),
            strategies=(*_SEEKING, _IPS, combine("plan_and_ips", "Plan, and placement and support", _PLAN, _IPS)),
            targets=(*_moved(_WORK.targets, individual_placement_and_support.USUAL), *_PLAN_TARGETS),
            given={
                **{k: v for k, v in _QUIET.items() if k not in ("v_job_readiness", "hr_job_reentry")},
                **ENGLAND,
                **_PLAN_GIVEN,
                "saving_claimed_ips": 0.0,
                "scale_tenure": "scale_tenure_ips",
            },
            scales=(),  # their lives are not lived on a ward
            variants=READINGS,
            notes=(
                _ASSUMED_TOGETHER,
                "Usual vocational services cost nothing here, in any package.",
                "The plan's ratio on detention, of 18 months, is met at two years.",
            ),
            leading=("rr_admission_jcp", "hr_admission_ips"),
        ),
        Setting(
            name="homeless",
            label="Homeless people with mental illness, two years, assumed English costs",
            horizon="horizon_24_months_hf",
            perspective="public_sector",
            effect="qaly",
            pathway=_from(
                {"housing": "homeless", "work": "out_of_work"}, "Homeless adults with mental illness", "homeless"
            ),
            strategies=(_USUAL, _HOUSING),
            targets=_moved(_HOMES.targets, housing_first.USUAL),
            given={
                **{
                    k: v
                    for k, v in _QUIET.items()
                    if k not in ("r_home_lost", "r_housed", "r_emergency_visit", "c_homeless_year", "c_rent_year")
                },
                **_HOMES.given,
            },
            scales=(),  # their lives are not lived on a ward
            variants=(housing_first.DEATHS,),
            notes=(
                "What Housing First costs in England, and a rent, are assumed: see housing_first, setting england.",
                *_HOMES.notes[-2:],
            ),
            leading=("c_hf_year_england", "c_homeless_year_council", "c_rent_year"),
        ),
        Setting(
            name="acute_wards",
            label="People admitted to an acute ward today, one year: ward programmes as alternatives",
            horizon="horizon_ward_year",
            perspective="provider",
            effect="restraints",
            pathway=_from({"care": _WARD_START["care"]}, "Adults admitted to an acute ward today", "admitted_today"),
            strategies=(
                _USUAL,
                Strategy("safewards", "Safewards", _components(safewards.PROBLEM, "safewards")),
                Strategy("no_force_first", "No Force First", _components(no_force_first.PROBLEM, "no_force_first")),
                Strategy(
                    "six_core_strategies",
                    "Six core strategies, as sites implement them",
                    _components(six_core_strategies.PROBLEM, "six_core_strategies"),
                ),
                Strategy(
                    "violence_reduction_collaborative",
                    "Violence reduction collaborative",
                    _components(violence_reduction_collaborative.PROBLEM, "violence_reduction_collaborative"),
                ),
            ),
            given={
                **{k: v for k, v in _QUIET.items() if k not in ("r_seclusion", "r_violent_incident")},
                **ENGLAND,
                "irr_assaults_nff": "irr_assaults_nff_trust_wide",
                "hr_restraint_6cs": "hr_restraint_6cs_england",
                "hr_seclusion_6cs": "hr_seclusion_6cs_england",
            },
            notes=(
                "Alternatives for the same wards: they share components and staff, and are never multiplied together.",
                ward.FLAG,
                "QALYs see none of it; restraints are what they are compared by.",
            ),
            leading=("c_violent_incident", "share_real_change_vrc"),
        ),
    ),
    costs=tuple({c.name: c for p in _PARTS for c in p.costs if c.name not in _LEFT_OUT}.values()),
    utilities=(*UTILITIES, Utility(housing_first.HOMELESS, housing_first.LOSS, role="gain")),
    effects=(
        EffectMeasure("qaly", "Quality-adjusted life-years", "QALY"),
        EffectMeasure("detention_pp", "Detentions averted", "percentage point", ever="detention"),
        ward.RESTRAINTS,
        next(e for e in individual_placement_and_support.PROBLEM.effects if e.name == "days_in_work"),
        next(e for e in housing_first.PROBLEM.effects if e.name == "days_housed"),
    ),
    perspectives=(
        *PERSPECTIVES,
        Perspective("provider", "The trust", ("nhs",)),
        PUBLIC_SECTOR,
    ),
    parameter_files=tuple(
        dict.fromkeys(
            (*PARAMETER_FILES, *(f for p in _PARTS for f in p.parameter_files), "interventions/recovery_portfolio.toml")
        )
    ),
    discount_costs="r_discount_costs",
    discount_effects="r_discount_effects",
    thresholds={
        "qaly": tuple(1000.0 * k for k in range(51)),
        "detention_pp": tuple(10.0 * k for k in range(101)),
        "restraints": tuple(100.0 * k for k in range(51)),
        "days_in_work": tuple(2.0 * k for k in range(101)),
        "days_housed": tuple(1.0 * k for k in range(121)),
    },
    days=BED_DAYS,
    scales=ward.SCALES,
    kind="portfolio",
    challenge=6,
    claims=(),
    evidence="weak",
    correlations=safewards.PROBLEM.correlations,
)
