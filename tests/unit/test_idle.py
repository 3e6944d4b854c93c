"""What moves nothing is named, with what holds it still: a sweep does not say that a price does not matter."""

from __future__ import annotations

import re
from typing import Any

import pytest

from simulate import load, run, sweep
from simulate.analyse.sweep.idle import nulls
from simulate.present.english.numbers import unit_name
from simulate.present.english.sweeps import price_of_effect, switching_sentence
from simulate.present.faces.sweep import face

NO_EFFECT = {"rr_containment_safewards": 1.0, "rr_violence_safewards": 1.0}


def text_of(found: Any) -> str:
    return re.sub(r"\s+", " ", " ".join(face(found).lines()))


@pytest.fixture(scope="module")
def ward() -> Any:
    """Safewards with both ratios set to 1, where no price but the programme's own can move anything."""
    return load("safewards", changes=NO_EFFECT)


def test_a_price_that_a_ratio_of_one_holds_still_is_named_with_it(ward: Any) -> None:
    found = sweep.one_way(ward, ["c_violent_incident", "c_safewards_ward", "u_inpatient"], people=400)
    held = {i.name: i.held_by for i in found.idle}
    assert held == {"c_violent_incident": "rr_violence_safewards", "u_inpatient": None}
    text = text_of(found)
    assert "(c_violent_incident) and " in text and "Do not move it at all: " in text
    assert "(rr_violence_safewards) stands at exactly 1, no effect" in text and "recovery-cea run safewards" in text
    assert "more do not move" not in text
    row = next(r for r in found.summary()["idle"] if r["parameter"] == "c_violent_incident")
    assert (row["held_by"], row["at"]) == ("rr_violence_safewards", 1.0) and row["away"] != 1.0


def test_a_flat_threshold_says_why(ward: Any) -> None:
    found = sweep.threshold_value(ward, "c_violent_incident", people=400)
    assert [i.held_by for i in found.idle] == ["rr_violence_safewards"]
    text = text_of(found)
    assert "Does not move it at all" in text and "stands at exactly 1" in text and "GBP" not in text
    drawing = face(found).figures
    assert drawing is not None


def test_a_difference_of_nothing_holds_a_price_too() -> None:
    """Open dialogue's difference in bed-days is 0 at the point estimate, so that the price of one moves nothing."""
    found = sweep.one_way(load("open_dialogue"), ["c_bed_day"], people=2)
    (still,) = found.idle
    assert still.name == "c_bed_day" and still.held_by is not None and still.at == 0.0


def test_what_moves_is_not_called_idle() -> None:
    found = sweep.one_way(load("safewards"), ["c_violent_incident", "c_safewards_ward"], people=400)
    assert found.idle == () and "not move" not in text_of(found)


def test_ratios_at_one_and_differences_at_nothing_are_found(ward: Any) -> None:
    assert [(n, at) for n, at, _ in nulls(ward)] == [(n, 1.0) for n in NO_EFFECT]
    assert not {n for n, *_ in nulls(load("safewards"))} & set(NO_EFFECT)


def test_sentences_have_labels_and_units_for_ids() -> None:
    found = sweep.threshold_value(load("recovery_college"), "c_recovery_college", people=50)
    said = switching_sentence(found)
    assert "£" in said and "_per_" not in said and "recovery_college is" not in said
    assert "£0 per student" in price_of_effect(found.result, found.threshold)
    assert unit_name("GBP") == "£" and unit_name("GBP_per_day") == "£ per day"


def test_a_price_of_an_averted_event_says_so() -> None:
    result = run(load("safewards"), draws=4, people=5, variants=False)
    assert price_of_effect(result, 500.0) == "£500 per restraint averted (Restraints averted)"
