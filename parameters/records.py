"""A parameter with its unit, distribution and source; and the set of them that a run draws on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, TypeVar, overload

import numpy as np

from parameters.distributions import Distribution
from parameters.ground.brief import Brief
from parameters.joint import DirichletShare, Drawable
from parameters.mistakes import Problem
from parameters.money.model_money import Money, usual
from parameters.money.prices import SHIPPED
from parameters.units import UNITS, to_engine

T = TypeVar("T")

SEVERAL = "several"  # countries that a source does not name
STATUSES = ("published", "derived", "assumed", "calibrated")

# What a distribution is the spread of: the error of an estimate, or how places differ, which no study can take away.
Spread = Literal["error", "between_sites"]
Status = Literal["published", "derived", "assumed", "calibrated"]


@dataclass(frozen=True, repr=False)
class Source(Brief):
    """An entry of the bibliography."""

    id: str
    authors: str
    year: int
    title: str
    journal: str
    design: str
    supports: str
    doi: str | None = None
    n: int | None = None
    url: str | None = None
    trial: str | None = None  # whose people it is of, where several sources report one trial: the id of one of them
    pools: tuple[str, ...] = ()  # ids of the trials that it puts together
    countries: tuple[str, ...] = ()  # whose people it is of; `SEVERAL` where it does not say which
    calibrated_to: tuple[
        str, ...
    ] = ()  # of a posterior: its own draws, and what it was found from, each with its value

    @property
    def of_trial(self) -> str:
        """The trial it reports: its own id, where it does not name another source's."""
        return self.trial or self.id

    def cite(self) -> str:
        """The full reference on one line."""
        doi = f" doi:{self.doi}" if self.doi else ""
        return f"{self.authors} ({self.year}). {self.title}. {self.journal}.{doi}"

    def short(self) -> str:
        """First author and year."""
        first = self.authors.split(",")[0].split(" and ")[0]
        return f"{first} {self.year}"


@dataclass(frozen=True, repr=False)
class Parameter(Brief):
    """One record: a number with its unit, its uncertainty and where it came from."""

    name: str
    label: str
    unit: str
    distribution: Drawable
    source: str  # id of a ``Source``
    status: Status
    price_year: str | None = None
    price_year_assumed: bool = False  # the source states none
    interval: tuple[float, float] | None = None  # as published
    error_assumed: bool = False  # the source prints the figure and no error
    note: str | None = None
    kind: Spread = "error"
    measured: bool | None = None  # False: nobody measured it, so that how probable its values are is nobody's to say
    anchor: str | None = None  # of an assumed effect: the id of the source that measured something of it
    among: str | None = None  # of a ratio: the people it is of, "all", or those with at least one event or group
    file: str = ""
    line: int = 0
    cell: str = ""  # of a workbook, in words: sheet and cell
    belongs_to: str | None = None  # the record a Dirichlet share was written in
    is_set: bool = False  # to a value, by the user of one run

    @property
    def place(self) -> tuple[str, int]:
        """Where it is written, as mistakes are told of it: the file and the line, of a workbook the cell and 0."""
        return (f"{self.file} {self.cell}", 0) if self.cell else (self.file, self.line)

    @property
    def where(self) -> str:
        """Where it is written, in words."""
        file, line = self.place
        return f"{file}:{line}" if line else file

    @property
    def is_held(self) -> bool:
        """Whether it stands at its point estimate in every draw: a spread of places, or of what nobody measured."""
        return self.kind == "between_sites" or self.measured is False

    def refusal(self, value: float) -> str | None:
        """Why the parameter cannot be fixed at `value`, in its own unit; None where it can."""
        unit = UNITS[self.unit]
        if unit.range.refusal(value) is None:
            return None
        return f"{value:g} is out of range; allowed for {self.unit}: {unit.limits()}"


@dataclass(frozen=True, repr=False)
class ParameterSet(Brief, Mapping[str, Parameter]):
    """Parameter records by name, with the bibliography they cite."""

    records: Mapping[str, Parameter]
    sources: Mapping[str, Source] = field(default_factory=dict)
    extra: tuple[str, ...] = ()  # names that came from files beyond the problem's own, or from a script
    shipped: Mapping[str, Parameter] = field(default_factory=dict)  # our own records that others stand in place of
    contents: Mapping[str, bytes] = field(default_factory=dict)  # by path, the files as they were read
    own: tuple[str, ...] = ()  # names of the records that a model of one's own brings with it
    money_given: Money | None = None  # what the model's money is in, where a file or the model says so

    @property
    def money(self) -> Money:
        """What the model's money is in, and how records are brought there."""
        return self.money_given or usual()

    def engine_value(self, name: str, value: float) -> float:
        """A value of a parameter, in its own unit and price year, in the engine's units."""
        p = self[name]
        return float(to_engine(np.array(value), p.unit, p.price_year, self.money))

    def __getitem__(self, name: str) -> Parameter:
        if name not in self.records:
            close = get_close_matches(name, self.records, n=1)
            raise KeyError(f"no parameter {name!r}" + (f"; did you mean {close[0]}?" if close else ""))
        return self.records[name]

    @overload
    def get(self, name: str, default: None = None, /) -> Parameter | None: ...
    @overload
    def get(self, name: str, default: Parameter | T, /) -> Parameter | T: ...
    def get(self, name: str, default: object = None, /) -> object:
        """As of a dictionary: no spelling is looked for."""
        return self.records.get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self.records

    def __iter__(self) -> Iterator[str]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def with_fixed(self, values: Mapping[str, float]) -> ParameterSet:
        """The same with these parameters fixed at a value in their own unit, marked as set by the user.

        The other shares of a Dirichlet share what those that are set leave.
        """
        note = "Set by the user for this run."
        fixed = {
            name: replace(
                self[name],
                distribution=Distribution("fixed", {"value": float(value)}),
                status="assumed",
                interval=None,
                note=note,
                kind="error",
                measured=None,
                is_set=True,
            )
            for name, value in values.items()
        }
        records = {**self.records, **self._sharing_the_rest(values), **fixed}
        return replace(self, records=records, shipped=self._shipped(fixed))

    def _sharing_the_rest(self, values: Mapping[str, float]) -> dict[str, Parameter]:
        """Shares of a Dirichlet of which others are set."""
        found = {}
        families = {self[n].belongs_to for n in values if isinstance(self[n].distribution, DirichletShare)}
        for name, record in self.records.items():
            drawn = record.distribution
            if record.belongs_to in families and name not in values and isinstance(drawn, DirichletShare):
                family = f"{record.belongs_to}_"
                others = {n.removeprefix(family): v for n, v in values.items() if n.startswith(family)}
                set_here = {n: v for n, v in others.items() if n in drawn.counts}
                found[name] = replace(record, distribution=drawn.beside(set_here))
        return found

    def joined(self, other: ParameterSet) -> ParameterSet:
        """The same with the records of `other`, those of the same name replaced.

        Shares and coefficients that were written in one record are replaced together.
        """
        return ParameterSet(
            with_others(self.records, other.records),
            {**other.sources, **self.sources},
            (*self.extra, *other.extra),
            shipped=self._shipped(other),
            contents={**self.contents, **other.contents},
            own=(*self.own, *other.own),
            money_given=other.money_given or self.money_given,
        )

    def _shipped(self, others: Mapping[str, Parameter]) -> Mapping[str, Parameter]:
        """Our own records once `others` stand in place of some."""
        ours = {n: self.records[n] for n in others if n in self.records and n not in self.extra}
        return {**ours, **self.shipped}

    def replaced(self, names: Mapping[str, str]) -> ParameterSet:
        """The same with each key carrying the record of its value (``{name: other}``)."""
        swapped = {name: replace(self[other], name=name) for name, other in names.items()}
        return replace(self, records={**self.records, **swapped})


def at_their_records(records: Iterable[Parameter], money: Money | None, *, alone: bool = False) -> Iterator[Problem]:
    """Records that cannot be brought to the model's money, each at its file and line.

    `alone`: of a file that is read by itself, whose model may say of its money what the file does not.
    """
    known = money or usual()
    for record in records:
        unit = UNITS[record.unit]
        if not unit.money or record.price_year is None:  # an expression, in the model's own
            continue
        if alone and money is None and unit.currency != known.currency:
            continue
        if told := known.refusal(unit.currency, record.price_year, ours=is_ours(record)):
            key = "unit" if unit.currency != known.currency else "price_year"
            yield Problem(*record.place, f"{record.belongs_to or record.name}.{key}", told)


def is_ours(record: Parameter) -> bool:
    """Whether a record is of the catalogue's own files."""
    return Path(record.file).is_relative_to(SHIPPED.parent)


def with_others(records: Mapping[str, Parameter], others: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """Records with others in place of those of the same name, and of those written in a record of the same name."""
    again = {p.belongs_to for p in others.values()} - {None}
    kept = {n: p for n, p in records.items() if p.belongs_to not in again or n in others}
    return {**kept, **others}
