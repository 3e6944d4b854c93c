"""Chance between simulated people, in words."""

from __future__ import annotations

from collections.abc import Mapping

from simulate.evaluate.uncertainty.told import MATERIAL
from simulate.present.english.numbers import listed, percent


def people_words(shares: Mapping[str, float | None]) -> str:
    """Which differences, by what they are in, owe a material share of their spread to simulated people; empty: none."""
    told = {name: share for name, share in shares.items() if share is not None and share > MATERIAL}
    if not told:
        return ""
    of = ["the variance of the difference", *["that"] * len(told)]
    parts = [f"{percent(told[name], 2)} of {what} in {name}" for name, what in zip(told, of, strict=False)]
    are, whose = ("is", "its interval") if len(told) == 1 else ("are", "their intervals")
    return f"{listed(parts)} {are} chance between simulated people; more people narrow {whose}."
