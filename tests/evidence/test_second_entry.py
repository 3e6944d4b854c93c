"""Published figures typed twice are equal; every record has a source, a unit, a status and, if assumed, a reason."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from models.catalogue import problem_ids
from parameters import PARAMETERS_DIR, Parameter, load
from parameters.units import UNITS

HERE = Path(__file__).resolve().parent
ENTERED: dict[str, dict[str, Any]] = tomllib.loads((HERE / "second_entry.toml").read_text(encoding="utf-8"))
NOT_RECORDS = ("sources.toml", "price_index.toml", "claims.toml", "targets.toml")
# Entered a second time elsewhere: by tests/unit/test_evidence_records.py, and for the peers' trials by their own tests.
ELSEWHERE = (
    "pathway.toml",
    "unit_costs.toml",
    "utilities.toml",
    "economics.toml",
    "known.toml",
    "joint_crisis_plan.toml",
    "peer_supported_self_management.toml",
    "peer_support_workers.toml",
)
# Arithmetic on several figures, none of which is the record's own: the note shows it, and each is worked out below.
WORKED_OUT = {
    "los_median_england",
    "odds_detained_at_admission_england",
    "r_conversion_england",
    "c_recovery_college",
    "p_staff_injury_per_restraint",
    "c_restraint_time",
    "c_seclusion_time",
    "r_restraint_city_128",
    "r_seclusion_city_128",
    "rr_hours_putkonen",
    "d_share_housed_high_need",
    "c_homeless_year_moderate_need",
    "c_homeless_year_high_need",
    "c_emergency_visit",
    "u_homeless_loss",
}
# Point of a mixed or rounded kind: how near the second entry has to be.
ROUNDED = {
    "rr_ever_worked_eqolise": 1e-3,
    "rr_ever_worked_japan": 1e-3,
    "rr_violence_vrc": 1e-3,
    "c_hf_year_high_need": 1e-3,
    "p_hospital_before": 1e-3,
    "p_fall_in_hospital": 1e-3,
}


def _records() -> dict[str, Parameter]:
    files = [*PARAMETERS_DIR.glob("*.toml"), *PARAMETERS_DIR.glob("interventions/*.toml")]
    found: dict[str, Parameter] = {}
    for file in files:
        if file.name not in NOT_RECORDS:
            found |= dict(load([file]))
    return found


RECORDS = _records()
EXTRACTED = {
    n for n, r in RECORDS.items() if r.status in ("published", "derived") and Path(r.file).name not in ELSEWHERE
}


def test_every_published_figure_was_typed_twice() -> None:
    assert EXTRACTED - set(ENTERED) == WORKED_OUT
    assert set(ENTERED) <= EXTRACTED


@pytest.mark.parametrize("name", sorted(ENTERED))
def test_both_entries_agree(name: str) -> None:
    entry = ENTERED[name]
    value = entry["value"] if "value" in entry else entry["top"] / entry["bottom"]
    distribution = RECORDS[name].distribution
    near = ROUNDED.get(name, 1e-4)
    assert distribution.point == pytest.approx(value, rel=near)
    if "interval" in entry:
        assert distribution.interval95() == pytest.approx(entry["interval"], rel=0.02)
    if RECORDS[name].interval is not None:
        assert RECORDS[name].interval == tuple(entry["interval"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("los_median_england", 39 * 2.718281828 ** (-(0.813**2) / 2)),
        ("odds_detained_at_admission_england", 0.40 * 0.751 / (1 - 0.40 * 0.751)),
        ("p_staff_injury_per_restraint", 32 / 1000),
        ("c_restraint_time", (14084 / 42 + 14084 / 60) / 2),
        ("c_seclusion_time", 5007 / (1.5 * 19 * 365.25 / 1000)),
        ("r_restraint_city_128", 42 / (19 * 365.25)),
        ("r_seclusion_city_128", 10 / (19 * 365.25)),
        ("rr_hours_putkonen", ((56 / 110) / (150 / 133) + 0.3 + 0.9) / 3),
        ("d_share_housed_high_need", 6311 / 41.73 / 365.25),
        ("c_homeless_year_moderate_need", (14496 - 56.08 * 140.34) / (140.34 / 365.25)),
        ("c_homeless_year_high_need", (6311 / 0.31 - 6311) / (6311 / 41.73 / 365.25)),
        ("u_homeless_loss", -0.09),
    ],
)
def test_what_was_worked_out(name: str, value: float) -> None:
    assert RECORDS[name].distribution.point == pytest.approx(value, rel=0.02)


def test_every_record_is_accounted_for() -> None:
    sources = tomllib.loads((PARAMETERS_DIR / "sources.toml").read_text(encoding="utf-8"))
    for name, record in RECORDS.items():
        assert record.source in sources, name
        assert record.unit in UNITS, name
        if record.status == "assumed" and not name.startswith(("known_", "horizon")):
            assert len(record.note or "") > 20, name
        if record.status == "derived":
            assert any(c.isdigit() for c in record.note or ""), name


def test_each_intervention_is_one_file_of_each_kind() -> None:
    files = {p.stem for p in (PARAMETERS_DIR / "interventions").glob("*.toml")}
    assert files == set(problem_ids())
