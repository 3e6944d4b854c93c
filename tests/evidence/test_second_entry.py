"""Published figures typed twice are equal; every record has a source, a unit, a status and, if assumed, a reason.

Whatever ``parameters`` has as published or derived, in a file or in the interventions' folder, is typed a second time
in ``second/`` here, in a file of the same stem: from the evidence, never from the first. An entry is one of

- `value`, as printed, or `top` and `bottom` of what was printed; `interval` where one was, `near` where it is rounded;
- `formula`, arithmetic on printed figures with exp, log and sqrt;
- `worked_out`, in words, where a figure is nobody's print but a judgement on several.

Published results, ``second/published.toml`` and ``second/targets.toml``, are entered by strategy, with the price year
where one was printed; `only` says that the evidence has the number from no more than that, no print of it having been
read. Targets also have their `place` in the evidence, whoever was analysed, and a `bound` where more than so much was
printed.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.catalogue import problem_ids
from parameters import PARAMETERS_DIR, Parameter, load
from parameters.published import PUBLISHED, TARGETS, load_published, published_figures, targets
from parameters.units import UNITS

SECOND = Path(__file__).resolve().parent / "second"
NOT_RECORDS = ("sources.toml", "price_index.toml", "claims.toml", PUBLISHED.name, TARGETS.name)
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
FUNCTIONS = {name: getattr(math, name) for name in ("exp", "log", "sqrt")}


def _records() -> dict[str, Parameter]:
    files = [*PARAMETERS_DIR.glob("*.toml"), *PARAMETERS_DIR.glob("interventions/*.toml")]
    found: dict[str, Parameter] = {}
    for file in files:
        if file.name not in NOT_RECORDS:
            found |= dict(load([file]))
    return found


def _second(stem: str) -> dict[str, dict[str, Any]]:
    """The second entries of a file of records; none where it has none to be entered."""
    path = SECOND / f"{stem}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _number(entry: Any) -> float:
    """What a second entry says."""
    if not isinstance(entry, dict):
        return float(entry)
    if "formula" in entry:
        return float(eval(entry["formula"], {"__builtins__": {}}, FUNCTIONS))  # noqa: S307 - our own arithmetic
    return float(entry["value"] if "value" in entry else entry["top"] / entry["bottom"])


RECORDS = _records()
EXTRACTED = {
    n: Path(r.file).stem
    for n, r in RECORDS.items()
    if r.status in ("published", "derived") and Path(r.file).name not in ELSEWHERE
}
ENTERED = {n: (stem, e) for stem in sorted(set(EXTRACTED.values())) for n, e in _second(stem).items()}
CHECKED = sorted(n for n, (_, entry) in ENTERED.items() if "worked_out" not in entry)
RESULTS, RESULTS_ENTERED = (
    published_figures(),
    {n: e for path in (PUBLISHED, TARGETS) for n, e in _second(path.stem).items()},
)


def test_every_published_figure_was_typed_twice_in_the_file_of_the_same_name() -> None:
    assert {n: stem for n, (stem, _) in ENTERED.items()} == EXTRACTED
    assert {p.stem for p in SECOND.glob("*.toml")} == {*EXTRACTED.values(), PUBLISHED.stem, TARGETS.stem}


@pytest.mark.parametrize("name", CHECKED)
def test_both_entries_agree(name: str) -> None:
    entry = ENTERED[name][1]
    distribution = RECORDS[name].distribution
    near = entry.get("near", 0.02 if "formula" in entry else 1e-4)
    assert distribution.point == pytest.approx(_number(entry), rel=near)
    if "interval" in entry:
        assert distribution.interval95() == pytest.approx(entry["interval"], rel=0.02)
    if RECORDS[name].interval is not None:
        assert RECORDS[name].interval == tuple(entry["interval"])


@pytest.mark.parametrize("name", sorted(n for n in ENTERED if RECORDS[n].price_year))
def test_a_price_year_is_the_one_stated_or_says_that_none_was(name: str) -> None:
    assert year_is_honest(RECORDS[name], ENTERED[name][1])


def year_is_honest(record: Parameter, entry: Mapping[str, Any]) -> bool:
    """A second entry has the year where a source states one; where none does, the record says that it is assumed."""
    return record.price_year_assumed != (entry.get("price_year") == record.price_year)


def test_a_silent_price_year_and_one_that_was_stated_and_is_called_assumed_are_seen() -> None:
    silent = replace(RECORDS["c_budget_floating_outreach"], price_year_assumed=False)
    assert not year_is_honest(silent, ENTERED[silent.name][1])
    stated = replace(RECORDS["c_welfare_advice"], price_year_assumed=True)
    assert not year_is_honest(stated, ENTERED[stated.name][1])
    assert not year_is_honest(RECORDS["c_welfare_advice"], {"price_year": "2011/12"})


# What the evidence calls a judgement, or has from memory alone, or what is arithmetic on a figure that is assumed.
JUDGED = (
    "u_homeless_loss",
    "u_work_gain",
    "c_emergency_visit",
    "p_readmission_enrich",
    "c_ips_year",
    "c_restraint_time",
    "c_seclusion_time",
    "c_restraint_time_city_128",
    "c_seclusion_time_city_128",
)


@pytest.mark.parametrize("name", JUDGED)
def test_a_judgement_is_called_one(name: str) -> None:
    assert (RECORDS[name].status, RECORDS[name].source) == ("assumed", "assumption")


def test_what_is_recalled_is_never_called_published() -> None:
    points = {n for n, r in RECORDS.items() if r.status == "published"}
    assert {n for n in points if re.search("recall|remember", RECORDS[n].note or "", flags=re.I)} == SPREAD_OR_OTHER


# Published points whose note recalls something else, and what.
SPREAD_OR_OTHER = {
    "c_wage_hour",  # the median of all employees, which is not used
}


def test_what_was_read_in_the_briefing_alone_says_so() -> None:
    silent = [n for n in ONLY_IN_THE_BRIEFING if "read in the briefing" not in (RECORDS[n].note or "").lower()]
    assert silent == []


ONLY_IN_THE_BRIEFING = (
    "saving_claimed_hf_bretherton",
    "saving_south_west_london",
    "fall_in_costs_6_months",
    "c_ips_year_briefing",
    "saving_claimed_ips_briefing",
    "p_130_weeks_usual_hoffmann",
    "return_per_pound_briefing",
    "c_violent_incident_east_london",
    "share_sickness_of_violence",
    "c_restraint_time_city_128",
    "c_seclusion_time_city_128",
)


@pytest.mark.parametrize("path", [PUBLISHED, TARGETS])
def test_every_published_result_was_typed_twice_in_the_file_of_the_same_name(path: Path) -> None:
    assert set(_second(path.stem)) == set(load_published(path))


@pytest.mark.parametrize("name", sorted(RESULTS_ENTERED))
def test_both_entries_of_a_published_result_agree(name: str) -> None:
    entry, record = RESULTS_ENTERED[name], RESULTS[name]
    near = entry.get("near", 1e-9)
    assert record.values == pytest.approx({s: _number(v) for s, v in entry["values"].items()}, rel=near)
    assert record.intervals == {s: tuple(v) for s, v in entry.get("intervals", {}).items()}
    assert (record.status == "not_printed") == (not entry["values"])
    assert record.price_year == entry.get("price_year", record.price_year)
    assert record.bound == entry.get("bound", "")
    analysed = {"people": record.people, "counts": record.counts, "sd": record.sd}
    assert analysed == {key: entry.get(key, {}) for key in analysed}


def test_a_target_has_its_place_in_the_evidence() -> None:
    assert [n for n in targets() if len(RESULTS_ENTERED[n].get("place", "")) < 3] == []


def test_what_is_recalled_is_watched_and_says_so() -> None:
    words = re.compile(r"recall|memory", re.IGNORECASE)
    recalled = {n for n, t in targets().items() if words.search(f"{t.note} {t.working}")}
    assert recalled == {n for n, t in targets().items() if t.status == "recalled"} and recalled
    assert {targets()[n].role for n in recalled} == {"watched"}


def test_a_published_result_says_where_no_price_year_was_stated() -> None:
    silent = {n for n, r in RESULTS.items() if r.price_year and "price_year" not in RESULTS_ENTERED[n]}
    assert len(silent) > 5 and [n for n in silent if "the price year is not stated" not in RESULTS[n].note] == []
    assert {n for n, r in RESULTS.items() if r.price_year_assumed} == silent


def test_a_target_that_the_briefing_alone_has_says_so() -> None:
    only = {n for n in targets() if RESULTS_ENTERED[n].get("only") == "the briefing"}
    assert only == {"p_saving_society_crimson", "gap_crimson"}
    assert [n for n in only if "read in the briefing" not in targets()[n].note] == []


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


# Centred at 1 and no guess at an effect: what sites differ by, and what the joint crisis plan's variants tell apart.
NO_NULL = ("site_variation_6cs", "v_frailty")


def test_an_assumed_absence_of_effect_has_mean_one() -> None:
    """A log-normal of median 1 has a mean above it, and costs that rise with it would rise by its spread alone."""
    steps = (np.arange(20_000) + 0.5) / 20_000
    for name, record in RECORDS.items():
        at_one = record.status == "assumed" and record.unit == "ratio" and record.distribution.point == 1.0
        if at_one and name not in NO_NULL:
            assert record.distribution.ppf(steps).mean() == pytest.approx(1.0, abs=1e-3), name
