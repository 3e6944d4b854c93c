"""Closed vocabularies are tables, one for each layer that reads them, and no table lacks a word or has one too many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest

from models import contract
from models.bases import BASES, Basis
from models.economics import Kind, Payer
from models.hazards import Counted, Hazard, Moment, Spline, WeibullPH
from models.measures import MEASURED_AS, Statistic
from models.pathway import Numeric
from models.published import CalibrationTarget
from models.quantities import COMPOSITES
from parameters.units import FIGURE_SCALES, FigureUnit, from_engine
from simulate.ask.unit_check import EXPECTED, MEASURED, WORDS
from simulate.engine.check import laws as of_reference
from simulate.engine.cohort.chain import WEIGHTS
from simulate.engine.laws import families, splines
from simulate.engine.lower import people
from simulate.engine.lower.hazards import LOWERINGS
from simulate.evaluate.bases import AMOUNTS
from simulate.evaluate.impact.budget import COLUMN_ENDS
from simulate.evaluate.measures import MEASURES
from simulate.evaluate.persons import OF_A_PERSON
from simulate.present.english.economics import BASIS_WORDS
from simulate.present.english.glossary import ODDS, STATISTICS
from simulate.present.english.laws import FAMILIES, SPLINE_OF
from simulate.present.english.natural_history import COUNTED, MOMENTS, NUMERIC
from simulate.present.english.numbers import FIGURE_UNITS
from simulate.present.english.payers import AFTER_PAYER, IN_SENTENCE, PAYERS
from simulate.solve.targets import IN_MONTHS, SCALES, SHARE, ScaleRule

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("parameters", "models", "simulate", "scripts", "benchmarks")

DISTRIBUTION = get_type_hints(Numeric)["distribution"]

Word = type | str

TABLES: Mapping[str, tuple[Mapping[Any, Any], Any]] = {
    "hazards, lowered": (LOWERINGS, Hazard),
    "hazards, of the reference": ({**of_reference.CODES, **of_reference.IN_PIECES}, Hazard),
    "hazards, in words": (FAMILIES, Hazard),
    "distributions of people, lowered": (people.QUANTILES, DISTRIBUTION),
    "distributions of people, of the reference": (of_reference.QUANTILES, DISTRIBUTION),
    "distributions of people, in words": (NUMERIC, DISTRIBUTION),
    "scales of splines, coded": (splines.SCALES, get_type_hints(Spline)["scale"]),
    "scales of splines, in words": (SPLINE_OF, get_type_hints(Spline)["scale"]),
    "moments of cycles, counted": (WEIGHTS, Counted),
    "moments of cycles, in words": (COUNTED, Counted),
    "moments of events in cycles, in words": (MOMENTS, Moment),
    "bases, declared": (BASES, Basis),
    "bases, counted": (AMOUNTS, Basis),
    "bases, of a person": (OF_A_PERSON, Basis),
    "bases, in words": (BASIS_WORDS, Basis),
    "statistics, declared": (MEASURED_AS, Statistic),
    "statistics, measured": (MEASURES, Statistic),
    "statistics, in words": (STATISTICS, Statistic),
    "units of figures, converted": (FIGURE_SCALES, FigureUnit),
    "units of figures, in words": (FIGURE_UNITS, FigureUnit),
    "payers, in words": (PAYERS, Payer),
    "payers, in a sentence": (IN_SENTENCE, Payer),
    "kinds of cost, in a column's name": (COLUMN_ENDS, Kind),
    "kinds of cost, in words": (AFTER_PAYER, Kind),
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
    packed = {h: (x.kind, x.family) for h, x in LOWERINGS.items() if x.kind is not None}
    assert packed == of_reference.CODES
    assert not set(of_reference.CODES) & set(of_reference.IN_PIECES)
    assert {x.kind for x in LOWERINGS.values()} - {None} == set(families.KINDS) - {"prentice"}  # by its own location


def test_a_hazard_is_lowered_as_numbers_or_as_rows() -> None:
    assert all((x.kind is None) != (x.rows is None) for x in LOWERINGS.values())


UNIT_FREE = {  # quantities whose place decides no dimension, and why
    (WeibullPH, "rate"): "a power of time that its shape decides",
    (Numeric, "first"): "a characteristic may be in anything",
    (Numeric, "second"): "a characteristic may be in anything",
    (contract.Covariate, "centre"): "in what its characteristic is in",
    (contract.CalibrationTarget, "published"): "in what its statistic and scale are in: ``unit_check.MEASURED``",
    (contract.CostItem, "unit_cost"): "one product with the quantities, by the item's basis",
    (contract.CostItem, "quantities"): "one product with the price, by the item's basis",
    (contract.EffectItem, "value"): "an effect may be in anything",
    (contract.EffectItem, "quantities"): "an effect may be in anything",
    (contract.Setting, "given"): "what it stands for is looked at where that stands",
    (contract.Strategy, "given"): "likewise",
    (contract.DecisionProblem, "discount_costs"): "an effective rate, of no dimension",
    (contract.DecisionProblem, "discount_effects"): "an effective rate, of no dimension",
}


def without_dimension(expected: Mapping[tuple[type, str], Any]) -> set[tuple[type, str]]:
    """Quantities that a problem may hold and of which a table of dimensions says nothing."""
    words = {x for x in vars(contract).values() if isinstance(x, type) and is_dataclass(x)} - {*COMPOSITES}
    return {(w, f.name) for w in words for f in fields(w) if "Quantity" in str(f.type)} - set(expected)


def test_every_quantity_of_a_problem_has_a_dimension_or_a_reason_for_none() -> None:
    assert without_dimension(EXPECTED) == set(UNIT_FREE)
    for place in EXPECTED:
        assert without_dimension({p: x for p, x in EXPECTED.items() if p != place}) == {place, *UNIT_FREE}


def test_every_measured_statistic_has_a_dimension() -> None:
    assert set(MEASURED) == set(MEASURED_AS.values())


def test_every_dimension_that_is_expected_has_words() -> None:
    assert set(EXPECTED.values()) <= set(WORDS)


def test_odds_have_words_of_their_own_for_shares_alone() -> None:
    assert all(MEASURED_AS[statistic] == "share" for statistic in ODDS)


def test_a_unit_of_no_figure_is_refused() -> None:
    with pytest.raises(ValueError, match="unit 'fortnights' is unknown; allowed: share, count"):
        from_engine(np.ones(1), "fortnights")


def test_every_scale_of_a_target_has_its_rule() -> None:
    assert set(SCALES) == set(get_args(get_type_hints(CalibrationTarget)["scale"]))


@pytest.mark.parametrize("rule", [*SCALES.values(), SHARE, IN_MONTHS])
def test_a_published_figure_comes_back_from_the_scale_it_is_solved_on(rule: ScaleRule) -> None:
    figures = np.array([0.2, 0.5, 0.9])
    assert rule.back(rule.published(figures)) == pytest.approx(figures)
    if rule.relative:
        assert rule.published(np.array([rule.null]))[0] == 0.0


def test_the_days_of_a_year_stand_in_one_place() -> None:
    files = [f for room in ROOMS for f in (ROOT / room).rglob("*.py")]
    assert [f.name for f in files for _ in range(f.read_text(encoding="utf-8").count("365.25"))] == ["units.py"]
