"""Closed vocabularies are tables, one for each layer that reads them, and no table lacks a word or has one too many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest

from models.bases import BASES, Basis
from models.hazards import Hazard, WeibullPH
from models.measures import MEASURED_AS, Statistic
from models.published import CalibrationTarget
from parameters.units import FIGURE_SCALES, FigureUnit, from_engine
from simulate.ask.unit_check import EXPECTED
from simulate.engine.check.reference import CODES
from simulate.engine.laws import families
from simulate.engine.lower.hazards import LOWERINGS
from simulate.evaluate.bases import AMOUNTS
from simulate.evaluate.measures import MEASURES
from simulate.evaluate.persons import OF_A_PERSON
from simulate.present.english.economics import BASIS_WORDS
from simulate.present.english.glossary import ODDS, STATISTICS
from simulate.present.english.natural_history import FAMILIES
from simulate.present.english.numbers import FIGURE_UNITS
from simulate.solve.targets import SCALES, SHARE, ScaleRule

ROOT = Path(__file__).resolve().parent.parent.parent

Word = type | str

TABLES: Mapping[str, tuple[Mapping[Any, Any], Any]] = {
    "hazards, lowered": (LOWERINGS, Hazard),
    "hazards, in words": (FAMILIES, Hazard),
    "bases, declared": (BASES, Basis),
    "bases, counted": (AMOUNTS, Basis),
    "bases, of a person": (OF_A_PERSON, Basis),
    "bases, in words": (BASIS_WORDS, Basis),
    "statistics, declared": (MEASURED_AS, Statistic),
    "statistics, measured": (MEASURES, Statistic),
    "statistics, in words": (STATISTICS, Statistic),
    "units of figures, converted": (FIGURE_SCALES, FigureUnit),
    "units of figures, in words": (FIGURE_UNITS, FigureUnit),
}


def name_of(word: Word) -> str:
    return word if isinstance(word, str) else word.__name__


def gaps(table: Mapping[Any, Any], vocabulary: Any) -> list[str]:
    """What a table lacks of a vocabulary, or has beyond it."""
    return sorted(name_of(word) for word in set(table) ^ set(get_args(vocabulary)))


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_complete(name: str) -> None:
    assert gaps(*TABLES[name]) == []


@pytest.mark.parametrize("name", TABLES)
def test_a_word_taken_out_or_put_in_is_seen(name: str) -> None:
    table, vocabulary = TABLES[name]
    for word in table:
        assert gaps({w: x for w, x in table.items() if w is not word}, vocabulary) == [name_of(word)]
    assert gaps({**table, Path: None}, vocabulary) == ["Path"]


def test_the_reference_packs_the_hazards_that_the_kernel_packs() -> None:
    packed = {h.__name__: (x.kind, x.family) for h, x in LOWERINGS.items() if x.kind is not None}
    assert packed == CODES
    assert {x.kind for x in LOWERINGS.values()} - {None} == set(families.KINDS) - {"prentice"}  # by its own location


def test_a_hazard_is_lowered_as_numbers_or_as_rows() -> None:
    assert all((x.kind is None) != (x.rows is None) for x in LOWERINGS.values())


def test_every_quantity_of_a_hazard_has_a_dimension() -> None:
    quantities = {(h, f.name) for h in get_args(Hazard) for f in fields(h) if "Quantity" in str(f.type)}
    assert quantities - set(EXPECTED) == {(WeibullPH, "rate")}  # a power of time that its shape decides


def test_odds_have_words_of_their_own_for_shares_alone() -> None:
    assert all(MEASURED_AS[statistic] == "share" for statistic in ODDS)


def test_a_unit_of_no_figure_is_refused() -> None:
    with pytest.raises(ValueError, match="unit 'fortnights' is unknown; allowed: share, count"):
        from_engine(np.ones(1), "fortnights")


def test_every_scale_of_a_target_has_its_rule() -> None:
    assert set(SCALES) == set(get_args(get_type_hints(CalibrationTarget)["scale"]))


@pytest.mark.parametrize("rule", [*SCALES.values(), SHARE])
def test_a_published_figure_comes_back_from_the_scale_it_is_solved_on(rule: ScaleRule) -> None:
    figures = np.array([0.2, 0.5, 0.9])
    assert rule.back(rule.published(figures)) == pytest.approx(figures)
    if rule.relative:
        assert rule.published(np.array([rule.null]))[0] == 0.0


def test_the_days_of_a_year_stand_in_one_place() -> None:
    files = [f for room in ("parameters", "models", "simulate") for f in (ROOT / room).rglob("*.py")]
    assert [f.name for f in files for _ in range(f.read_text(encoding="utf-8").count("365.25"))] == ["units.py"]
