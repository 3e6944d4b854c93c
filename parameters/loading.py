"""Reading parameter files: strict, every error at once, each with its file and line."""

from __future__ import annotations

import csv
import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from parameters.distributions import FAMILIES, Distribution, DistributionError
from parameters.joint import Drawable, dirichlet, sample_column
from parameters.records import Parameter, ParameterSet, Source
from parameters.units import PARAMETERS_DIR, UNITS, price_index

STATUSES = ("published", "derived", "assumed", "calibrated")
KINDS = (*FAMILIES, "dirichlet", "sample")
_ID = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True)
class Problem:
    """One error: where it stands and what is wrong."""

    file: str
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.text}"


class InputError(ValueError):
    """Input that cannot be used: every problem found, one line each."""

    def __init__(self, problems: Sequence[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in problems))


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    label: str = Field(min_length=1)
    unit: str
    distribution: dict[str, dict[str, Any]]
    source: str
    status: Literal["published", "derived", "assumed", "calibrated"]
    price_year: str | None = None
    interval: list[float] | None = Field(default=None, min_length=2, max_length=2)
    note: str | None = None


class _Source(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    authors: str = Field(min_length=1)
    year: int = Field(ge=1800, le=2100)
    title: str = Field(min_length=1)
    journal: str = Field(min_length=1)
    design: str
    supports: str = Field(min_length=1)
    doi: str | None = None
    n: int | None = Field(default=None, ge=1)
    url: str | None = None


def load(files: Sequence[Path], *, extra: Sequence[Path] = ()) -> ParameterSet:
    """The records of `files`, those of `extra` in place of the same name.

    Raises ``InputError`` with every problem of every file, among them a name given twice.
    """
    bibliography = _Bibliography.read(PARAMETERS_DIR / "sources.toml")
    ours, theirs = [TomlFile.read(p) for p in files], [TomlFile.read(p) for p in extra]
    problems = list(bibliography.problems)
    records: dict[str, Parameter] = {}
    for file in ours:
        found, wrong = _records(file, bibliography)
        problems += wrong + _repeated(found, records)
        records |= found
    added: dict[str, Parameter] = {}
    for file in theirs:
        found, wrong = _records(file, bibliography)
        problems += wrong + _repeated(found, added)
        added |= found
    if problems:
        raise InputError(problems)
    return ParameterSet({**records, **added}, bibliography.sources, tuple(added))


def inline(records: Mapping[str, Mapping[str, Any]]) -> ParameterSet:
    """Records given in a script, by name: `unit` and `distribution` as in a file, the rest when there is more to say.

    Without a source they are assumptions of the script. Raises ``InputError`` with every problem.
    """
    bibliography = _Bibliography.read(PARAMETERS_DIR / "sources.toml")
    found: dict[str, Parameter] = {}
    problems = list(bibliography.problems)
    for name, given in records.items():
        stated = {"label": name, "source": "assumption", "status": "assumed", "note": "Given in a script.", **given}
        record, wrong = _record(TomlFile(Path("inline"), {name: stated}, {}), name, stated, bibliography.sources)
        found |= record
        problems += wrong
    if problems:
        raise InputError(problems)
    return ParameterSet(found, bibliography.sources, tuple(found))


def check(files: Sequence[Path]) -> list[Problem]:
    """Every problem of these files, each read by itself beside the bibliography; none when they are sound."""
    bibliography = _Bibliography.read(PARAMETERS_DIR / "sources.toml")
    problems = list(bibliography.problems)
    for path in files:
        problems += _records(TomlFile.read(path), bibliography)[1]
    return problems


# --- one file ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class TomlFile:
    """A parsed file with the line of every table and key."""

    path: Path
    data: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int]
    problems: tuple[Problem, ...] = ()

    @classmethod
    def read(cls, path: Path) -> TomlFile:
        """Parse a file; unreadable or malformed TOML is a problem, not an exception."""
        try:
            text = path.read_text(encoding="utf-8")
            return cls(path, tomllib.loads(text), _lines(text))
        except OSError as fault:
            return cls(path, {}, {}, (Problem(str(path), 0, "file", f"cannot be read: {fault.strerror}"),))
        except UnicodeDecodeError:
            return cls(path, {}, {}, (Problem(str(path), 0, "file", "is not UTF-8 text"),))
        except tomllib.TOMLDecodeError as fault:
            line = re.search(r"line (\d+)", str(fault))
            words = re.sub(r"\s*\(at .*\)", "", str(fault))
            return cls(path, {}, {}, (Problem(str(path), int(line[1]) if line else 0, "file", f"not TOML: {words}"),))

    def problem(self, where: Sequence[str], text: str) -> Problem:
        """A problem at a table or key, on the nearest line known."""
        for length in range(len(where), 0, -1):
            if tuple(where[:length]) in self.lines:
                return Problem(str(self.path), self.lines[tuple(where[:length])], ".".join(where), text)
        return Problem(str(self.path), 0, ".".join(where), text)


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """Line of every table header and key (tomllib tells none)."""
    table: tuple[str, ...] = ()
    found: dict[tuple[str, ...], int] = {}
    quoted = False  # inside a multi-line string
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?$", line)
        key = re.match(r"\s*([A-Za-z0-9_.\"'/-]+)\s*=", line)
        if quoted:
            pass
        elif header:
            table = tuple(part.strip(" \"'") for part in header[1].split("."))
            found.setdefault(table, number)
        elif key:
            found.setdefault((*table, *(part.strip("\"'") for part in key[1].split("."))), number)
        quoted ^= (line.count('"""') + line.count("'''")) % 2 == 1
    return found


# --- the bibliography -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Bibliography:
    sources: dict[str, Source] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @classmethod
    def read(cls, path: Path) -> _Bibliography:
        file = TomlFile.read(path)
        sources, problems = _sources(file, file.data, ())
        return cls(sources, (*file.problems, *problems))


def _sources(
    file: TomlFile, data: Mapping[str, Any], under: tuple[str, ...]
) -> tuple[dict[str, Source], list[Problem]]:
    found: dict[str, Source] = {}
    problems: list[Problem] = []
    for name, entry in data.items():
        where = (*under, name)
        if not _ID.match(name):
            problems.append(file.problem(where, _not_an_id(name)))
        try:
            found[name] = Source(id=name, **_Source.model_validate(entry).model_dump())
        except ValidationError as fault:
            problems += translated(file, where, fault, list(_Source.model_fields))
    return found, problems


# --- records ----------------------------------------------------------------------------------


def _records(file: TomlFile, bibliography: _Bibliography) -> tuple[dict[str, Parameter], list[Problem]]:
    """The records of one file by name, and its problems; its own ``[sources.…]`` join the bibliography."""
    problems = list(file.problems)
    data = dict(file.data)
    own = data.pop("sources", {})
    if isinstance(own, Mapping):
        sources, wrong = _sources(file, own, ("sources",))
        bibliography.sources.update(sources)
        problems += wrong
    records: dict[str, Parameter] = {}
    for name, table in data.items():
        found, wrong = _record(file, name, table, bibliography.sources)
        records |= found
        problems += wrong
    return records, sorted(problems, key=lambda p: p.line)


def _record(
    file: TomlFile, name: str, table: Any, sources: Mapping[str, Source]
) -> tuple[dict[str, Parameter], list[Problem]]:
    if not isinstance(table, Mapping):
        return {}, [
            file.problem((name,), "is no table; allowed: [name] with label, unit, distribution, source, status")
        ]
    problems = [] if _ID.match(name) else [file.problem((name,), _not_an_id(name))]
    try:
        _Record.model_validate(table)
    except ValidationError as fault:
        problems += translated(file, (name,), fault, list(_Record.model_fields))
    problems += _meaning(file, name, table, sources)
    drawn, wrong = _distributions(file, name, table)
    problems += wrong
    if problems:
        return {}, problems
    return {key: _parameter(file, key, name, table, d) for key, d in drawn.items()}, []


def _parameter(file: TomlFile, key: str, name: str, table: Mapping[str, Any], drawn: Drawable) -> Parameter:
    interval = table.get("interval")
    return Parameter(
        name=key,
        label=table["label"] if key == name else f"{table['label']}: {key.removeprefix(name + '_')}",
        unit=table["unit"],
        distribution=drawn,
        source=table["source"],
        status=table["status"],
        price_year=table.get("price_year"),
        interval=(float(interval[0]), float(interval[1])) if interval else None,
        note=table.get("note"),
        file=str(file.path),
        line=file.lines.get((name,), 0),
        belongs_to=None if key == name else name,
    )


def _meaning(file: TomlFile, name: str, table: Mapping[str, Any], sources: Mapping[str, Source]) -> Iterator[Problem]:
    """Problems with what the keys say, where their types are right."""
    unit, source, year = table.get("unit"), table.get("source"), table.get("price_year")
    if isinstance(unit, str) and unit not in UNITS:
        yield file.problem((name, "unit"), _unknown(unit, UNITS))
    if isinstance(source, str) and source not in sources:
        yield file.problem((name, "source"), f"{source!r} is in no bibliography" + _hint(source, sources))
    money = isinstance(unit, str) and unit in UNITS and UNITS[unit].money
    if money and year is None:
        yield file.problem((name, "price_year"), f"missing; a price in {unit} needs the year it is of, such as 2023/24")
    if isinstance(year, str) and not money:
        yield file.problem((name, "price_year"), f"{unit} is not money; allowed: no price_year")
    if isinstance(year, str) and not price_index().covers(year):
        years = sorted(price_index().index)
        yield file.problem((name, "price_year"), f"{year!r} is not covered; allowed: {years[0]} to {years[-1]}")
    if table.get("status") == "assumed" and not table.get("note"):
        yield file.problem((name, "note"), "missing; an assumed number needs its reason")
    interval = table.get("interval")
    if isinstance(interval, list) and _upside_down(interval):
        yield file.problem((name, "interval"), f"{interval[0]} to {interval[1]} is upside down; allowed: [low, high]")


def _distributions(file: TomlFile, name: str, table: Mapping[str, Any]) -> tuple[dict[str, Drawable], list[Problem]]:
    """What a record's ``distribution`` says, by parameter name (a Dirichlet gives one for each share)."""
    given, where = table.get("distribution"), (name, "distribution")
    if not isinstance(given, Mapping):
        return {}, []  # its type was reported already
    if len(given) != 1:
        return {}, [file.problem(where, f"names {len(given)} families; allowed: exactly one of {', '.join(KINDS)}")]
    kind, arguments = next(iter(given.items()))
    if kind not in KINDS:
        return {}, [file.problem((*where, kind), _unknown(kind, KINDS))]
    if not isinstance(arguments, Mapping):
        return {}, []
    try:
        drawn = _drawables(file, name, kind, arguments)
        return drawn, [p for key, d in drawn.items() for p in _out_of_range(file, name, key, d, table.get("unit"))]
    except DistributionError as fault:
        return {}, [file.problem((*where, kind), text) for text in fault.faults]


def _drawables(file: TomlFile, name: str, kind: str, arguments: Mapping[str, Any]) -> dict[str, Drawable]:
    if kind == "dirichlet":
        return {f"{name}_{share}": d for share, d in dirichlet(arguments).items()}
    if kind == "sample":
        return {name: _sample(file, name, arguments)}
    wrong = [f"{k} = {v!r} is not a number" for k, v in arguments.items() if not _is_number(v)]
    if wrong:
        raise DistributionError(*wrong)
    return {name: Distribution(kind, {k: float(v) for k, v in arguments.items()})}


def _sample(file: TomlFile, name: str, arguments: Mapping[str, Any]) -> Drawable:
    """``{ values = […] }``, or ``{ file = "x.csv", column = "rr" }`` beside the TOML file."""
    if set(arguments) == {"values"} and isinstance(arguments["values"], list):
        return sample_column(arguments["values"], name)
    if set(arguments) != {"file", "column"} or not all(isinstance(v, str) for v in arguments.values()):
        raise DistributionError("sample takes { values = [numbers] } | { file, column }")
    path = file.path.parent / arguments["file"]
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise DistributionError(f"{path} cannot be read: {fault}") from fault
    if not rows or arguments["column"] not in rows[0]:
        raise DistributionError(f"{path} has no column {arguments['column']!r}")
    try:
        return sample_column([float(row[arguments["column"]]) for row in rows], str(path.resolve()))
    except (TypeError, ValueError) as fault:
        raise DistributionError(f"{path}, column {arguments['column']}: {fault}") from fault


def _out_of_range(file: TomlFile, name: str, key: str, drawn: Drawable, unit: Any) -> Iterator[Problem]:
    """A distribution that can leave what its unit allows."""
    if unit not in UNITS:
        return
    known = UNITS[unit]
    low, high = _reach(drawn)
    if low < known.low or high > known.high:
        text = f"{key} can take values from {low:.6g} to {high:.6g}; allowed for {unit}: {known.limits()}"
        yield file.problem((name, "distribution", drawn.kind), text)


def _reach(drawn: Drawable) -> tuple[float, float]:
    """What it may take, without solving an interval (that would import scipy): then the interval itself."""
    if isinstance(drawn, Distribution) and "low" in drawn.arguments and drawn.kind in ("beta", "triangular", "pert"):
        return (0.0, 1.0) if drawn.kind == "beta" else (drawn.arguments["low"], drawn.arguments["high"])
    if isinstance(drawn, Distribution) and drawn.kind == "gamma":
        return 0.0, math.inf
    low, high = drawn.reach()
    return low, math.inf if isinstance(drawn, Distribution) and drawn.kind == "lognormal" else high


# --- messages ---------------------------------------------------------------------------------


def translated(
    file: TomlFile, under: Sequence[str], fault: ValidationError, allowed: Sequence[str], what: str = "record"
) -> Iterator[Problem]:
    """pydantic's errors in our words, about the table at `under`, which is a `what` with the keys `allowed`."""
    for error in fault.errors():
        where = [*under, *(str(part) for part in error["loc"])]
        if error["type"] == "extra_forbidden":
            yield file.problem(where, f"unknown key; allowed: {', '.join(allowed)}{_hint(where[-1], allowed)}")
        elif error["type"] == "missing":
            yield file.problem(where, f"missing; every {what} needs it")
        elif error["type"] == "literal_error":
            yield file.problem(where, _unknown(str(error["input"]), STATUSES))
        else:
            yield file.problem(where, f"{error['msg'][0].lower()}{error['msg'][1:]}; got {error['input']!r}")


def _unknown(name: str, allowed: Iterable[str]) -> str:
    options = list(allowed)
    return f"{name!r} is unknown; allowed: {', '.join(options)}{_hint(name, options)}"


def _hint(name: str, allowed: Iterable[str]) -> str:
    close = get_close_matches(name, list(allowed), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _not_an_id(name: str) -> str:
    return f"{name!r} is no id; allowed: lower-case letters, digits and _, first a letter"


def _repeated(found: Mapping[str, Parameter], before: Mapping[str, Parameter]) -> list[Problem]:
    return [
        Problem(p.file, p.line, name, f"given already in {before[name].file}:{before[name].line}; allowed: once")
        for name, p in found.items()
        if name in before
    ]


def _upside_down(interval: list[Any]) -> bool:
    return len(interval) == 2 and all(map(_is_number, interval)) and not interval[0] < interval[1]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
