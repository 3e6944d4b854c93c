"""A finished table of draws in words: names come from files and are data."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from parameters.money.currencies import signed
from parameters.units import in_plural, number_of
from simulate.present.english.numbers import clean, number

if TYPE_CHECKING:
    from simulate.result.finished.psa_table import PsaTable

NOISE_LEFT_IN = "Noise between simulated people, if any, is not known and left in."


def context(table: PsaTable) -> tuple[str, str]:
    """What was read, and what it cannot tell."""
    files = ", ".join(Path(file).name for file in table.files)
    size = number_of(len(table), "draw")
    return (f"{clean(files)}: {size}." if files else f"{size}."), NOISE_LEFT_IN


def payment(table: PsaTable) -> str:
    """The unit of a threshold."""
    return clean(f"{table.terms.currency} per {table.terms.effect}")


def units(table: PsaTable) -> str:
    """The unit of effect, as it stands after any number but 1."""
    return in_plural(clean(table.terms.effect))


def money(table: PsaTable, value: float) -> str:
    """An amount in the table's currency: the sign before it, a word with a space between."""
    if not math.isfinite(value):
        return "unknown"  # of no currency
    sign, size = table.terms.currency, abs(value)
    if 0 < size < 0.005 or not size < 1e12:
        text = number(size)
    else:
        text = f"{size:,.0f}" if size >= 99.995 or size == round(size) else f"{size:,.2f}"
    return f"{'-' if value < 0 else ''}{signed(sign, text)}"
