"""A run's summary as a terminal tells it: words for its ids, and the cells that several sections share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from models.contract import EffectMeasure
from parameters.money.currencies import CURRENCIES
from parameters.units import FIGURE_SCALES
from simulate.present.english.glossary import Glossary
from simulate.present.english.numbers import AT_LEAST, about, amount, clean, number, percent, plural, to_error, worded
from simulate.present.terminal.layout import make_table

Row = Mapping[str, Any]

NONE = "not known"


@dataclass(frozen=True)
class View:
    """A summary with the words for its ids."""

    summary: Row
    words: Glossary
    width: int  # columns

    @property
    def measure(self) -> EffectMeasure:
        return self.words.problem.effect(self.summary["effect"])

    @property
    def measured(self) -> str:
        """What the effect is called."""
        return worded(self.measure.label, self.measure.name)

    @property
    def unit(self) -> str:
        """The effect's unit, in the singular."""
        return clean(self.measure.unit)

    @property
    def per(self) -> str:
        """The unit that a ratio or a willingness to pay is for, such as a restraint averted."""
        return clean(self.measure.per)

    @property
    def each(self) -> str:
        """Whom or what costs and effects are told for."""
        return self.words.each

    @property
    def sign(self) -> str:
        """What stands before an amount of the model's money."""
        return self.words.sign

    @property
    def several(self) -> bool:
        """Whether parameter uncertainty was sampled at all."""
        return int(self.summary["draws"]) > 1

    def is_narrow(self, strategy: str) -> bool:
        """Whether the intervals of a strategy leave out what nobody measured."""
        return self.several and strategy in self.summary["withheld"]["narrow"]

    @property
    def simulates(self) -> bool:
        """Whether people are followed at all, with noise between them; in accounts and expected values nobody is."""
        return self.summary["exact"] is None and bool(self.words.problem.under(self.words.setting).pathway.events)

    @property
    def is_count(self) -> bool:
        """Whether the effect counts who is reached, which needs no measurement."""
        return self.measure.counted == "reached"

    @property
    def strategies(self) -> tuple[str, ...]:
        return tuple(row["id"] for row in self.summary["strategies"])


def money(found: Row, sign: str, several: bool, narrow: bool = False, *, noisy: bool = True) -> str:
    """A described cost: mean, interval (`narrow` where it leaves some out) and error, one a line.

    Where nothing is `noisy`, since nobody is simulated, no Monte Carlo error.
    """
    lines = [about(found["mean"], sign)]
    if several:
        lines.append(f"{_at_least(found, narrow)}{about(found['low'], sign)} to {about(found['high'], sign)}")
    return "\n".join([*lines, *_error(found, lambda e: amount(e, sign, 2), noisy)])


def gain(found: Row, several: bool, narrow: bool = False, *, noisy: bool = True) -> str:
    """A described effect, as ``money``."""
    error = found.get("numerical_error", found["mcse"])
    interval = [f"{_at_least(found, narrow)}{number(found['low'])} to {number(found['high'])}"] if several else []
    mean = to_error(found["mean"], error) if noisy or "numerical_error" in found else number(found["mean"])
    return "\n".join([mean, *interval, *_error(found, lambda e: number(e, 2), noisy)])


def _error(found: Row, tell: Any, noisy: bool) -> list[str]:
    """Monte Carlo error where there is any; of expected values, which have none, their numerical error."""
    if "numerical_error" in found:
        return [f"within {tell(found['numerical_error'])}"]
    return [f"MCSE {or_none(found['mcse'], tell)}"] if noisy else []


def _at_least(found: Row, narrow: bool) -> str:
    """Before an interval that leaves something out; nothing before that of what is nothing by definition."""
    return AT_LEAST * (narrow and (found["low"], found["high"]) != (0.0, 0.0))


def or_none(value: float | None, tell: Any) -> str:
    """A value as `tell` puts it; `NONE` where there is none."""
    return NONE if value is None else str(tell(value))


def share_words(value: float | None, digits: int = 3) -> str:
    """A share in per cent; `NONE` where there is none."""
    return NONE if value is None else percent(value, digits)


def increments(v: View, rows: Sequence[tuple[str, Row]], first: str) -> Table:
    """A row for each labelled increment, the labels in a column called `first` where that is given."""
    columns = [
        *([first] if first else []),
        "Verdict",
        f"Difference in cost, {v.sign} per {v.each}",
        f"Difference in effect, {plural(v.unit, 2)}",
        f"ICER, {v.sign} per {v.per}",
        *(["Probability that it saves money"] if v.several else []),
    ]
    cells = [[*([label] if first else []), *_increment(v, row)] for label, row in rows]
    return make_table(v.width, columns, cells, left=2 if first else 1)


def _increment(v: View, row: Row) -> list[str]:
    icer = "none" if row["icer"] is None else about(row["icer"], v.sign)
    aside = "\nof what was seen" if row["unseen"] else ""
    saving = [or_none(row["p_cost_saving"], percent) + aside] if v.several else []
    narrow = v.is_narrow(row["strategy"])
    cost = money(row["cost"], v.sign, v.several, narrow, noisy=v.simulates)
    effect = gain(row["effect"], v.several, narrow and not v.is_count, noisy=v.simulates)
    return [str(row["verdict"]), cost, effect, icer, *saving]


def shown_figure(row: Row, value: float) -> str:
    """A figure in the unit of a published result."""
    if row["unit"] == "share":
        return percent(value)
    currency = FIGURE_SCALES[row["unit"]].currency
    return about(value, CURRENCIES[currency].sign) if currency else number(value)
