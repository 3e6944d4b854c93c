"""Published results that settings are shown beside: what went in, and what the model is validated against.

``published.toml`` has what is by construction: it was put in or solved for, and must come out. ``targets.toml`` has
what no setting was fitted to, the targets of validation. A record of either holds the figures and where they were
printed; which of our own statistics stands beside it is said in the problem's own file, by the record's id. A figure
of the register is no parameter: nothing can read it, and no calibration be fitted to it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from parameters.bibliography import Bibliography
from parameters.mistakes import ID_PATTERN, InputError, Problem, not_an_id, spelling_hint, unknown_key
from parameters.outcomes.intervals import Analysed, Contrast, OutcomeInterval, interval_of
from parameters.records import Source
from parameters.toml_files import TomlFile, translated
from parameters.units import PARAMETERS_DIR, FigureUnit, price_index

FigureStatus = Literal["published", "derived", "recalled", "assumed", "not_printed"]
# Whether validation fails where a target is missed. A required one is of the setting's own people and of another trial
# than all that is fitted, or at least of an outcome that nothing fitted tells of.
TargetRole = Literal["required", "watched"]
Bound = Literal["", "above"]  # whether a figure was printed as such, or as more than it
PUBLISHED, TARGETS = PARAMETERS_DIR / "published.toml", PARAMETERS_DIR / "targets.toml"


@dataclass(frozen=True)
class PublishedFigures:
    """One published result: its figures by strategy, and what they are of.

    With a `contrast` other than ``value`` figures are those of new minus comparator, or over it. `by_construction`
    marks a result that is an input in disguise, or was solved for: it must come out as it went in, and validates
    nothing. `note` is shown beside the figure, `working` is not. `threshold` (GBP per unit of effect), `effect` and
    `perspective` are of a trial's verdict on the decision: the setting's own where empty.

    Of a target alone are its `role`, the `months` after entry at which it was measured, and, where the model misses it,
    why. `people` analysed, their `counts` with the outcome and its `sd` say how far chance in the trial itself goes.
    With `bound` ``above`` more than the figure was printed, and no figure. `gap` names two other records of one trial's
    probabilities: the figure is the first less the second.
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
    contrast: Contrast = "value"
    by_construction: bool = False
    price_year: str = ""
    price_year_assumed: bool = False  # nobody printed it
    scale: str = ""
    threshold: float = 0.0
    effect: str = ""
    perspective: str = ""
    bound: Bound = ""
    gap: tuple[str, ...] = ()  # ids of two probabilities, or none
    people: Mapping[str, int] = field(default_factory=dict)  # strategy id -> people analysed, the comparator's too
    counts: Mapping[str, int] = field(default_factory=dict)  # strategy id -> of them, how many had the outcome
    sd: Mapping[str, float] = field(default_factory=dict)  # strategy id -> standard deviation of people, in `unit`
    months: float = 0.0  # of follow-up to which it was measured; 0 where none was printed, or it is no target
    role: TargetRole | None = None  # None where it is no target
    miss: str = ""
    seen_under: tuple[
        str, ...
    ] = ()  # of `settings`, those that were made with it in sight: shown there, no target there

    def interval(self, strategy: str) -> OutcomeInterval | None:
        """The 95% interval of a strategy's figure, as printed, or worked out of people; None where neither can be."""
        if strategy in self.intervals:
            return OutcomeInterval(*self.intervals[strategy], "printed")
        analysed = Analysed(self.people, self.counts, self.sd)
        return interval_of(strategy, self.values, self.contrast, self.unit, analysed)


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
    contrast: Contrast = "value"
    by_construction: bool = False
    price_year: str = ""
    price_year_assumed: bool = False
    scale: str = ""
    threshold: float = 0.0
    effect: str = ""
    perspective: str = ""
    bound: Bound = ""
    gap: list[str] = Field(default_factory=list)
    people: dict[str, int] = Field(default_factory=dict)
    counts: dict[str, int] = Field(default_factory=dict)
    sd: dict[str, int | float] = Field(default_factory=dict)
    months: int | float = Field(default=0, ge=0)
    role: str | None = None
    miss: str = ""
    seen_under: list[str] = Field(default_factory=list)


@functools.cache
def published_figures() -> Mapping[str, PublishedFigures]:
    """Every record of ``published.toml`` and ``targets.toml`` by id; ``InputError`` with every problem of both."""
    return load_published(PUBLISHED, TARGETS)


def targets() -> Mapping[str, PublishedFigures]:
    """Every target of validation by id, in the order of ``targets.toml``; ``InputError`` likewise."""
    return {name: record for name, record in published_figures().items() if record.role is not None}


def load_published(*paths: Path) -> Mapping[str, PublishedFigures]:
    """Every record of the files at `paths` by id; ``InputError`` with every problem of them and of the bibliography."""
    found, problems = _read(paths)
    if problems:
        raise InputError(problems)
    return found


def check_published(*paths: Path) -> list[Problem]:
    """Every problem of the files at `paths`, ours when none is, and of the bibliography; none when they are sound."""
    return _read(paths or (PUBLISHED, TARGETS))[1]


def _read(paths: Sequence[Path]) -> tuple[dict[str, PublishedFigures], list[Problem]]:
    bibliography = Bibliography.read(PARAMETERS_DIR / "sources.toml")
    problems = list(bibliography.problems)
    found: dict[str, PublishedFigures] = {}
    homes: dict[str, Path] = {}  # of ids, also of records that are not sound
    for path in paths:
        file = TomlFile.read(path)
        problems += file.problems
        for name, table in file.data.items():
            record, wrong = _record(file, name, table, bibliography.sources)
            problems += wrong
            if homes.setdefault(name, path) != path:
                problems.append(file.problem((name,), f"stands in {homes[name].name} too; one figure has one record"))
            found |= {record.id: record} if record else {}
        problems += _gaps(file, found)
    return found, problems


def _gaps(file: TomlFile, found: Mapping[str, PublishedFigures]) -> Iterator[Problem]:
    """Problems with gaps: their probabilities are not two of one trial, or differ by something else."""
    for name, record in found.items():
        if not record.gap or name not in file.data:
            continue
        parts = [found[n] for n in record.gap if n in found]
        if len(record.gap) != 2 or len(parts) != 2:
            yield file.problem((name, "gap"), f"{', '.join(record.gap)}; allowed: two records of this register")
        elif {(p.source, p.unit, p.contrast) for p in parts} != {(record.source, "share", "value")}:
            yield file.problem((name, "gap"), f"not two probabilities of {record.source}")
        elif any(abs(v - parts[0].values[s] + parts[1].values[s]) > CLOSE for s, v in record.values.items()):
            yield file.problem((name, "gap"), "the figure is not the first less the second")


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
    values = {s: v.top / v.bottom if isinstance(v, _Quotient) else v for s, v in given.values.items()}
    problems += _figures(file, name, given)
    problems += _people(file, name, given, values)
    problems += _as_target(file, name, given) if file.path.name == TARGETS.name else _as_put_in(file, name, given)
    if problems:
        return None, problems
    stated = given.model_dump(exclude={"settings", "values", "intervals", "seen_under", "gap"})
    intervals = {s: (low, high) for s, (low, high) in given.intervals.items()}
    settings, seen = tuple(given.settings), tuple(given.seen_under)
    own: dict[str, Any] = {
        "settings": settings,
        "values": values,
        "intervals": intervals,
        "seen_under": seen,
        "gap": tuple(given.gap),
    }
    return PublishedFigures(name, **own, **stated), []


def _meaning(file: TomlFile, name: str, table: Mapping[str, Any], sources: Mapping[str, Source]) -> Iterator[Problem]:
    """Problems with what single keys say, where their types are right."""
    unit, source, status, year = (table.get(k) for k in ("unit", "source", "status", "price_year"))
    for key, allowed in (("contrast", get_args(Contrast)), ("role", get_args(TargetRole))):
        if isinstance(table.get(key), str) and table[key] not in allowed:
            yield file.problem((name, key), unknown_key(table[key], allowed))
    if isinstance(unit, str) and unit not in get_args(FigureUnit):
        yield file.problem((name, "unit"), unknown_key(unit, get_args(FigureUnit)))
    if isinstance(source, str) and source not in sources:
        yield file.problem((name, "source"), f"{source!r} is in no bibliography" + spelling_hint(source, sources))
    if isinstance(status, str) and status not in get_args(FigureStatus):
        yield file.problem((name, "status"), unknown_key(status, get_args(FigureStatus)))
    if status in ("derived", "recalled", "assumed") and not (table.get("note") or table.get("working")):
        yield file.problem((name, "note"), f"missing; a figure that is {status} needs its reason, here or as `working`")
    if table.get("price_year_assumed") is True and not year:
        yield file.problem((name, "price_year_assumed"), "of no price_year")
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


RATIOS: tuple[Contrast, ...] = ("risk_ratio", "odds_ratio")
CLOSE = 1e-9
ROUNDED = 0.0051  # what is printed as a whole percentage may be off by so much from its counts


def _people(file: TomlFile, name: str, given: _Figures, values: Mapping[str, float]) -> Iterator[Problem]:
    """Problems with who was analysed, and with counts that are not the shares beside them."""
    if given.contrast in RATIOS and given.unit != "ratio":
        yield file.problem((name, "unit"), f"{given.unit} of a {given.contrast}; allowed: ratio")
    if given.contrast != "value" and len(given.people) not in (0, 2):
        yield file.problem((name, "people"), f"of {', '.join(given.people)}; a contrast is of two strategies, or none")
    for strategy, value in values.items() if (given.unit, given.contrast) == ("share", "value") else ():
        if not 0 <= value <= 1:
            yield file.problem((name, "values", strategy), f"{value:g} is no share; allowed: 0 to 1")
    for strategy, people in given.people.items():
        if people < 1:
            yield file.problem((name, "people", strategy), f"{people} is no number of people; allowed: 1 or more")
    for key, of in (("counts", given.counts), ("sd", given.sd)):
        for strategy, value in of.items():
            if strategy not in given.people:
                yield file.problem((name, key, strategy), "of nobody; `people` must have the strategy too")
            elif value < 0 or (key == "counts" and value > given.people[strategy]):
                yield file.problem((name, key, strategy), f"{value:g} of {given.people[strategy]} people cannot be")
    for strategy, count in given.counts.items():
        alone = given.contrast == "value" and given.unit == "share" and strategy in values
        if alone and given.people.get(strategy, 0) and abs(values[strategy] - count / given.people[strategy]) > ROUNDED:
            text = f"{count} of {given.people[strategy]} people is {count / given.people[strategy]:.3f}"
            yield file.problem((name, "counts", strategy), f"{text}, not {values[strategy]:g}")


def _as_target(file: TomlFile, name: str, given: _Figures) -> Iterator[Problem]:
    """What keeps a record out of the register of targets."""
    if given.by_construction:
        yield file.problem((name, "by_construction"), "validates nothing; it belongs in published.toml")
    if given.status in ("assumed", "not_printed"):
        yield file.problem((name, "status"), f"{given.status} is no target; allowed: published, derived, recalled")
    if given.role is None:
        yield file.problem((name, "role"), f"missing; every target needs it: {' or '.join(get_args(TargetRole))}")
    for setting in given.seen_under:
        if setting not in given.settings:
            yield file.problem((name, "seen_under"), unknown_key(setting, given.settings))
    if given.status == "recalled" and given.role == "required":
        yield file.problem((name, "role"), "a figure that is recalled was not read: watched")


def _as_put_in(file: TomlFile, name: str, given: _Figures) -> Iterator[Problem]:
    """What keeps a record out of the results that are by construction."""
    if not given.by_construction and given.status != "not_printed":
        yield file.problem((name, "by_construction"), "missing; what nothing was fitted to is a target: targets.toml")
    for key in ("role", "months", "miss", "seen_under"):
        if getattr(given, key):
            yield file.problem((name, key), "is of a target alone, and they stand in targets.toml")
