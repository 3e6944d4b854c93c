"""Who pays, and from when a service pays for itself, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from models.economics import Kind, Payer
from simulate.evaluate.impact.budget import TOTAL, payer_name
from simulate.present.english.numbers import duration

if TYPE_CHECKING:
    from simulate.analyse.impact import Impact

PAYERS: Mapping[Payer, str] = {
    "nhs": "NHS",
    "social_care": "Social care",
    "criminal_justice": "Criminal justice",
    "housing": "Housing",
    "public_other": "Other public bodies",
    "employer": "Employers",
    "person": "Person and family",
    "productivity": "Production",
}

IN_SENTENCE: Mapping[Payer, str] = {
    "nhs": "the NHS",
    "social_care": "social care",
    "criminal_justice": "criminal justice",
    "housing": "housing",
    "public_other": "other public bodies",
    "employer": "employers",
    "person": "the person and family",
    "productivity": "production in paid work",
}

AFTER_PAYER: Mapping[Kind, str | None] = {
    "resource": "",
    "transfer": ", transfers",
    "opportunity": None,
}  # None: no money
COLUMNS: Mapping[str, str] = {
    payer_name((payer, kind)): who + after
    for payer, who in PAYERS.items()
    for kind, after in AFTER_PAYER.items()
    if after is not None
}


def payer_words(payer: str) -> str:
    """A payer's name, or its transfers, in words."""
    return "All payers counted" if payer == TOTAL else COLUMNS[payer]


def payback_words(found: Impact) -> str:
    """The month of payback and its probability, in a sentence."""
    if found.payback is None:
        return f"No payback: the evidence gives no time to {', '.join(found.undated)}, booked here on entry."
    p, limit = found.payback, duration(found.years)
    when = f"not within the {limit} followed" if p.month is None else f"from month {p.month:g} on, on average"
    if p.probability is None:
        return f"Pays for itself {when}; how probable that is nobody has measured."
    chance = f"probability that it has within {p.within:g} months, and stays so: {p.probability:.0%}"
    return f"Pays for itself {when}; {chance}."
