"""A claim's figure and unit in words."""

from __future__ import annotations

from parameters.money.currencies import USUAL_SIGN, signed
from simulate.present.english.numbers import number, percent


def figure(value: float, unit: str) -> str:
    """A claim's figure with its symbol."""
    if unit == "%":
        return percent(value)
    if unit.startswith(USUAL_SIGN):
        told = f"{abs(value):,.0f}" if abs(value) >= 10 else f"{value:,.2f}"
        return f"{'-' if value <= -10 else ''}{signed(USUAL_SIGN, told)}"
    return number(value)


def words(unit: str) -> str:
    """What follows the figure."""
    return "" if unit == "%" else unit.removeprefix(USUAL_SIGN).strip()
