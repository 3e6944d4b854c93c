"""Published results that settings are shown beside, one record each in ``published.toml``.

A record holds the figures and where they were printed; which of our own statistics stands beside it is said in the
problem's own file, by the record's id.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from parameters.bibliography import Bibliography
from parameters.mistakes import ID_PATTERN, InputError, Problem, not_an_id, spelling_hint, unknown_key
from parameters.records import Source
from parameters.toml_files import TomlFile, translated
from parameters.units import PARAMETERS_DIR, FigureUnit, price_index

FigureStatus = Literal["published", "derived", "assumed", "not_printed"]
PUBLISHED = PARAMETERS_DIR / "published.toml"


@dataclass(frozen=True)
class PublishedFigures:
    """One published result: its figures by strategy, and what they are of.

    With `difference` figures are those of new minus comparator. `by_construction` marks a result that is an input in
    disguise, or was solved for: it must come out as it went in, and validates nothing. `note` is shown beside the
    figure, `working` is not. `threshold` (GBP per unit of effect), `effect` and `perspective` are of a trial's verdict
    on the decision: the setting's own where empty.
    """

    id: str
    problem: str
    settings: tuple[str, ...]
    label: str
    unit: FigureUnit
    values: Mapping[str, float]  # strategy id -> figure as published, whole numbers left whole
    source: str
    status: FigureStatus
    intervals: Mapping[str, tuple[float, float]]  # strategy id -> 95% interval, where one was printed
    note: str = ""
    working: str = ""
    difference: bool = False
    by_construction: bool = False
    price_year: str = ""
    scale: str = ""
    threshold: float = 0.0
    effect: str = ""
    perspective: str = ""


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class _Quotient(_Model):
    top: int | float
    bottom: int | float = Field(gt=0)


class _Figures(_Model):
    problem: str = Field(min_length=1)
    settings: list[str] = Field(min_length=1)
    label: str = Field(min_length=1)
    unit: str
    values: dict[str, int | float | _Quotient]
    source: str
    status: str
    intervals: dict[str, list[int | float]] = Field(default_factory=dict)
    note: str = ""
    working: str = ""
    difference: bool = False
    by_construction: bool = False
    price_year: str = ""
    scale: str = ""
    threshold: float = 0.0
    effect: str = ""
    perspective: str = ""


@functools.cache
def published_figures() -> Mapping[str, PublishedFigures]:
    """Every record of ``published.toml`` by id; ``InputError`` with every problem of the file."""
    return load_published(PUBLISHED)


def load_published(path: Path) -> Mapping[str, PublishedFigures]:
    """Every record of the file at `path` by id; ``InputError`` with every problem of it and of the bibliography."""
    found, problems = _read(path)
    if problems:
        raise InputError(problems)
    return found


def check_published(path: Path = PUBLISHED) -> list[Problem]:
    """Every problem of the file at `path` and of the bibliography; none when they are sound."""
    return _read(path)[1]


def _read(path: Path) -> tuple[dict[str, PublishedFigures], list[Problem]]:
    bibliography = Bibliography.read(PARAMETERS_DIR / "sources.toml")
    file = TomlFile.read(path)
    problems = [*bibliography.problems, *file.problems]
    found: dict[str, PublishedFigures] = {}
    for name, table in file.data.items():
        record, wrong = _record(file, name, table, bibliography.sources)
        found |= {record.id: record} if record else {}
        problems += wrong
    return found, problems


def _record(
    file: TomlFile, name: str, table: Any, sources: Mapping[str, Source]
) -> tuple[PublishedFigures | None, list[Problem]]:
    if not isinstance(table, Mapping):
        return None, [file.problem((name,), "is no table; allowed: [id] with problem, settings, label, unit, values")]
    problems = [] if ID_PATTERN.match(name) else [file.problem((name,), not_an_id(name))]
    problems += _meaning(file, name, table, sources)
    try:
        given = _Figures.model_validate(table)
    except ValidationError as fault:
        return None, [*problems, *translated(file, (name,), fault, list(_Figures.model_fields), "published result")]
    problems += _figures(file, name, given)
    if problems:
        return None, problems
    stated = given.model_dump(exclude={"settings", "values", "intervals"})
    values = {s: v.top / v.bottom if isinstance(v, _Quotient) else v for s, v in given.values.items()}
    intervals = {s: (low, high) for s, (low, high) in given.intervals.items()}
    return PublishedFigures(name, settings=tuple(given.settings), values=values, intervals=intervals, **stated), []


def _meaning(file: TomlFile, name: str, table: Mapping[str, Any], sources: Mapping[str, Source]) -> Iterator[Problem]:
    """Problems with what single keys say, where their types are right."""
    unit, source, status, year = (table.get(k) for k in ("unit", "source", "status", "price_year"))
    if isinstance(unit, str) and unit not in get_args(FigureUnit):
        yield file.problem((name, "unit"), unknown_key(unit, get_args(FigureUnit)))
    if isinstance(source, str) and source not in sources:
        yield file.problem((name, "source"), f"{source!r} is in no bibliography" + spelling_hint(source, sources))
    if isinstance(status, str) and status not in get_args(FigureStatus):
        yield file.problem((name, "status"), unknown_key(status, get_args(FigureStatus)))
    if status in ("derived", "assumed") and not (table.get("note") or table.get("working")):
        yield file.problem((name, "note"), f"missing; a figure that is {status} needs its reason, here or as `working`")
    if isinstance(year, str) and isinstance(unit, str) and not unit.startswith("GBP"):
        yield file.problem((name, "price_year"), f"{unit} is not in pounds; allowed: no price_year")
    elif isinstance(year, str) and not price_index().covers(year):
        years = sorted(price_index().index)
        yield file.problem((name, "price_year"), f"{year!r} is not covered; allowed: {years[0]} to {years[-1]}")


def _figures(file: TomlFile, name: str, given: _Figures) -> Iterator[Problem]:
    """Problems with figures and their intervals."""
    if bool(given.values) == (given.status == "not_printed"):
        yield file.problem((name, "values"), "must be empty where status is not_printed, and only there")
    for strategy, interval in given.intervals.items():
        where = (name, "intervals", strategy)
        if strategy not in given.values:
            yield file.problem(where, unknown_key(strategy, given.values))
        if len(interval) != 2 or not interval[0] < interval[1]:
            yield file.problem(where, f"{interval} is no interval; allowed: [low, high]")
