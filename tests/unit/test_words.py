"""Figures and lists in words."""

from __future__ import annotations

import math

import pytest

from parameters.money.currencies import CURRENCIES
from simulate.present.english.numbers import (
    about,
    amount,
    clean,
    in_unit,
    listed,
    number,
    percent,
    plural,
    sentence,
    to_error,
    unit_name,
)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0"),
        (0.2, "0.2"),
        (1.0, "1"),
        (0.000462, "0.000462"),
        (1234567, "1,234,567"),
        (-12.345, "-12.3"),
        (0.9996, "1"),
        (99.96, "100"),
        (33_719_275_408_305_258_496.0, "3.37e+19"),
        (1.234e-18, "1.23e-18"),
        (-2e-10, "-2e-10"),
        (1e-9, "0.000000001"),
        (999_999_999_999.0, "999,999,999,999"),
        (math.nan, "unknown"),
        (math.inf, "unknown"),
    ],
)
def test_number(value: float, told: str) -> None:
    assert number(value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "£0"),
        (1095, "£1,095"),
        (-1095.4, "-£1,095"),
        (10.42, "£10.42"),
        (13.5, "£13.50"),
        (99.999, "£100"),
        (-0.001, "-£0.001"),
        (33_719_275_408_305_258_496.0, "£3.37e+19"),
        (-1.2e-13, "-£1.2e-13"),
        (math.nan, "unknown"),
    ],
)
def test_pounds(value: float, told: str) -> None:
    assert amount(value, "£") == told


def test_money_as_a_result_has_no_pence_from_ten_pounds_upwards() -> None:
    assert [about(v, "£") for v in (58.95, -58.95, 9.99, 0.0, 12345.6)] == ["£59", "-£59", "£9.99", "£0", "£12,346"]


@pytest.mark.parametrize(
    ("value", "error", "told"),
    [
        (4.8551, 0.027, "4.855"),
        (4.8551, 1.2, "4.9"),
        (4.8551, None, "4.855"),
        (4.8551, 0.0, "4.855"),
        (-0.0004, 0.1, "0.00"),
        (0.0, None, "0"),
        (1234.56, 0.0001, "1,235"),
        (1.5e-18, 1e-19, "1.5e-18"),
        (1.5e-18, None, "1.5e-18"),
    ],
)
def test_a_mean_has_the_decimals_that_its_error_bears_out(value: float, error: float | None, told: str) -> None:
    assert to_error(value, error) == told


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (0.2, "probability", "20%"),
        (0.035, "per_year_effective", "3.5% a year"),
        (0.4, "per_year", "0.4 per person-year"),
        (520, "GBP_per_day", "£520 a day"),
        (18, "months", "18 months"),
        (1, "months", "1 month"),
        (0.75, "ratio", "0.75"),
        (16, "hours_per_week", "16 hours a week"),
    ],
)
def test_figures_carry_their_units(value: float, unit: str, told: str) -> None:
    assert in_unit(value, unit) == told


def test_every_unit_of_the_parameter_files_has_words() -> None:
    from parameters.units import UNITS

    for unit in UNITS:
        assert "_" not in unit_name(unit) and "_" not in in_unit(0.5, unit)
    money = {c + ending for c in CURRENCIES for ending in ("", "_difference")}
    dimensionless = {"probability", "ratio", "odds", "count", "number", "utility", *money}
    assert all(in_unit(0.5, u).split()[1:] for u in UNITS if u not in dimensionless)


def test_lists() -> None:
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b"], "or") == "a or b"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a, b", "c", "d"]) == "a, b; c; and d"
    assert listed(["£500", "£750", "£1,000"]) == "£500, £750 and £1,000"


def test_text_is_one_printable_line() -> None:
    assert clean("a\x1b[31m\n\tb\u202e  c\x07") == "a [31m b c"
    assert clean("[bold]x[/bold]") == "[bold]x[/bold]"


def test_sentences_and_plurals() -> None:
    assert sentence("ends well.") == "Ends well."
    assert sentence("begins ") == "Begins."
    assert [plural("QALY", 1), plural("QALY", 2), plural("points", 2)] == ["QALY", "QALYs", "points"]
    assert percent(0.4375, 4) == "43.75%"


def test_a_tiny_share_is_told_as_such() -> None:
    assert (percent(1.6e-42), percent(0.0), percent(2e-6)) == ("less than 0.0001%", "0%", "0.0002%")
