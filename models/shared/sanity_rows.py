"""A row of a clinician's table: one figure to ask of a model, and the records of what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.contract import Statistic
from parameters.units import FigureUnit

AT_RISK = "known_bed_days_at_risk"  # the record of days that a service could avert at most


@dataclass(frozen=True)
class Amount:
    """What a new strategy of an account costs, saves or brings a person beyond the comparator's."""

    what: Literal["cost", "saving", "effect"]
    over: str | None = None  # the price in parameters/known.toml that it is told in: stays, relapses, days
    a_year: bool = True  # or over the whole account


@dataclass(frozen=True)
class SanityFigure:
    """One figure to ask of a model: a statistic of its simulated people, money, or a parameter's value."""

    label: str
    statistic: Statistic | Amount | str
    unit: FigureUnit
    known: tuple[str, ...] = ()  # records in parameters/known.toml: the first that is of no source of the model's

    @property
    def records(self) -> set[str]:
        """The records in parameters/known.toml that it reads."""
        over = self.statistic.over if isinstance(self.statistic, Amount) else None
        return {*self.known, *([over] if over else [])}
