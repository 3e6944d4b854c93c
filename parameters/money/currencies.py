"""The currencies that there are words for: their codes, and the signs that amounts are told with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

USUAL = "GBP"  # of a model that says nothing else


@dataclass(frozen=True)
class Currency:
    """A currency: the sign before an amount, its name in the plural and for one, and what a step on an axis is of it.

    `step` is a round number of the size that a thousand pounds have.
    """

    sign: str
    name: str
    one: str
    step: float = 1_000.0


CURRENCIES: Mapping[str, Currency] = {
    "GBP": Currency("£", "pounds", "pound"),
    "USD": Currency("US$", "US dollars", "US dollar"),
    "EUR": Currency("€", "euros", "euro"),
    "CAD": Currency("Can$", "Canadian dollars", "Canadian dollar"),
    "AUD": Currency("A$", "Australian dollars", "Australian dollar"),
    "CHF": Currency("CHF", "Swiss francs", "Swiss franc"),
    "JPY": Currency("¥", "Japanese yen", "Japanese yen", 100_000.0),
}
USUAL_SIGN = CURRENCIES[USUAL].sign


def signed(sign: str, text: str) -> str:
    """Digits behind a currency's sign, which is a word where it ends in a letter."""
    return f"{sign}{' ' if sign[-1:].isalnum() else ''}{text}"


def sign_of(word: str) -> str:
    """The sign of a currency that is given by its code; any other word as it stands."""
    known = CURRENCIES.get(word.upper())
    return known.sign if known else word


def sign_in(summary: Mapping[str, Any]) -> str:
    """What the money of a summary is told with; of one that does not say, pounds."""
    return sign_of(str(summary.get("currency", USUAL)))


# What stands for a sign where there are only plain letters.
SPELLED_OUT: Mapping[str, str] = {x.sign: f"{code} " for code, x in CURRENCIES.items() if not x.sign.isascii()}
SIGNS = "".join(dict.fromkeys(x.sign[-1] for x in CURRENCIES.values() if not x.sign.isalnum()))  # single characters
