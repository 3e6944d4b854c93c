"""Reading parameter files: strict, every error at once, each with its file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from parameters.bibliography import Bibliography, read_sources, told_of_assumption
from parameters.coefficients.reading import read_coefficients
from parameters.distributions import FAMILIES, Distribution
from parameters.expressions.formula import Formula, evaluated
from parameters.expressions.grammar import ExpressionError
from parameters.families.faults import DistributionError
from parameters.files.as_saved.named import READ_BY, read_named
from parameters.ground.printed import half_unit
from parameters.joint import TOGETHER, Drawable, dirichlet, sample_column
from parameters.mistakes import (
    ID_PATTERN,
    InputError,
    Problem,
    as_float,
    not_an_id,
    short,
    spelling_hint,
    unknown_key,
)
from parameters.money.declared import MONEY, money_of
from parameters.money.model_money import Money
from parameters.money.prices import YEARS, is_year
from parameters.records import Parameter, ParameterSet, Source, Spread, at_their_records, is_ours, with_others
from parameters.toml_files import MOST_TOLD, TomlFile, translated
from parameters.units import PARAMETERS_DIR, SPANS, UNITS, unknown_unit

KINDS = (*FAMILIES, *TOGETHER)


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    label: str = Field(min_length=1)
    unit: str
    distribution: dict[str, dict[str, Any]] | None = None
    value: str | float | None = None  # in place of a distribution: an expression of other records, or a fixed number
    source: str
    status: Literal["published", "derived", "assumed", "calibrated"]
    price_year: str | None = None
    price_year_assumed: bool = False
    interval: list[float] | None = Field(default=None, min_length=2, max_length=2)
    error_assumed: bool = False
    note: str | None = None
    kind: Spread = "error"
    measured: bool | None = None
    anchor: str | None = None
    among: str | None = None


def load(
    files: Sequence[Path],
    *,
    extra: Sequence[Path] = (),
    money: Money | None = None,
    sources: Path = PARAMETERS_DIR / "sources.toml",
) -> ParameterSet:
    """The records of `files`, those of `extra` in place of the same name; what they cite is in the file `sources`.

    Of a workbook, records that are as those of `files` are not taken as others. `money` is what the model says that its
    money is in, where it does; a file's table ``[money]`` may say it instead.
    Raises ``InputError`` with every problem of every file, among them a name given twice.
    """
    bibliography = Bibliography.read(sources)
    ours, theirs = [TomlFile.read(p) for p in files], [TomlFile.read(p) for p in extra]
    problems = list(bibliography.problems)
    declared, wrong_money = money_of([*ours, *theirs], money)
    problems += wrong_money
    records: dict[str, Parameter] = {}
    for file in ours:
        found, wrong = _records(file, bibliography)
        problems += wrong + _repeated(found, records)
        records |= found
    added: dict[str, Parameter] = {}
    for file in theirs:
        found, wrong = _records(file, bibliography)
        problems += wrong + _repeated(found, added)
        added |= {n: r for n, r in found.items() if not (file.cells and _is_as(r, records.get(n)))}
    if not wrong_money:
        problems += at_their_records((r for r in [*records.values(), *added.values()] if not is_ours(r)), declared)
    if problems:
        raise InputError(problems)
    ours_replaced = {name: records[name] for name in added if name in records}
    contents = {path: data for f in (*ours, *theirs) for path, data in {str(f.path): f.content, **f.beside}.items()}
    return ParameterSet(
        with_others(records, added),
        bibliography.sources,
        tuple(added),
        shipped=ours_replaced,
        contents=contents,
        money_given=declared,
    )


def named_in(files: Sequence[Path], beside: Sequence[Path] = ()) -> dict[str, tuple[str, int]]:
    """What stands in `files` as records, whatever is wrong with them: names, each with its ``Parameter.place``.

    Without those that an expression there, or in a file `beside`, may read.
    """
    found: dict[str, tuple[str, int]] = {}
    said: set[str] = set()
    for path in (*files, *beside):
        file = TomlFile.read(path)
        tables = {n: t for n, t in file.data.items() if n not in ("sources", MONEY) and isinstance(t, Mapping)}
        said.update(word for t in tables.values() for word in re.findall(r"\w+", str(t.get("value", ""))))
        for place in [file.problem((name,), "") for name in tables] if path in files else ():
            found.setdefault(place.key, (place.file, place.line))
    return {name: place for name, place in found.items() if name not in said}


def inline(
    records: Mapping[str, Mapping[str, Any]], file: Path = Path("inline"), money: Money | None = None
) -> ParameterSet:
    """Records given in a script, by name: `unit` and `distribution` as in a file, the rest when there is more to say.

    Under ``sources`` stand those of their own, as in a file. Mistakes are told of `file`, beside which stands what they
    name. Without a source they are assumptions of the script. Raises ``InputError`` with every problem.
    """
    bibliography = Bibliography.read(PARAMETERS_DIR / "sources.toml")
    found: dict[str, Parameter] = {}
    beside: dict[str, bytes] = {}
    problems = list(bibliography.problems)
    problems += _own_sources(file, records.get("sources", {}), bibliography)
    for name, given in records.items():
        if name == "sources":
            continue
        usual = {"label": name, "source": "assumption", "status": "assumed", "note": "Given in a script."}
        stated = {**usual, **given} if isinstance(given, Mapping) else given
        table = TomlFile(file, {name: stated}, {})
        record, wrong = _record(table, name, stated, bibliography.sources)
        found |= record
        problems += wrong
        beside |= table.beside
    problems += at_their_records(found.values(), money)
    if problems:
        raise InputError(problems)
    return ParameterSet(found, bibliography.sources, tuple(found), contents=beside)


def check(files: Sequence[Path]) -> list[Problem]:
    """Every problem of these files, each read by itself beside the bibliography; none when they are sound."""
    bibliography = Bibliography.read(PARAMETERS_DIR / "sources.toml")
    problems = list(bibliography.problems)
    for path in files:
        file = TomlFile.read(path)
        declared, wrong_money = money_of([file], None)
        found, wrong = _records(file, bibliography)
        problems += [*wrong_money, *wrong]
        problems += [] if wrong_money else at_their_records(found.values(), declared, alone=True)
    return problems


def _records(file: TomlFile, bibliography: Bibliography) -> tuple[dict[str, Parameter], list[Problem]]:
    """The records of one file by name, and its problems; its own ``[sources.…]`` join the bibliography."""
    problems = list(file.problems)
    data = dict(file.data)
    own = data.pop("sources", {})
    data.pop(MONEY, None)
    if isinstance(own, Mapping):
        sources, wrong = read_sources(file, own, ("sources",), bibliography.sources)
        bibliography.sources.update(sources)
        problems += wrong
    records: dict[str, Parameter] = {}
    if not isinstance(own, Mapping):
        problems.append(file.problem(("sources",), NO_TABLE))
    for name, table in data.items():
        found, wrong = _record(file, name, table, bibliography.sources)
        records |= found
        problems += [p for p in wrong if not (name in file.broken and _is_of_numbers(p, name))]
    return records, sorted(problems, key=lambda p: p.line)


def _is_as(record: Parameter, other: Parameter | None) -> bool:
    """Whether a record is the other, wherever they stand: a workbook holds all, and few were changed."""
    return other is not None and replace(record, file=other.file, line=other.line, cell=other.cell) == other


def _is_of_numbers(problem: Problem, name: str) -> bool:
    """Whether a problem is of what a record is drawn from."""
    return problem.key.startswith((f"{name}.distribution", f"{name}.value", f"{name}.interval"))


NO_TABLE = "is no table; allowed: sources by name, with authors, year, title and so on"


def _own_sources(file: Path, own: object, bibliography: Bibliography) -> list[Problem]:
    """A script's own sources join the bibliography; what is wrong with them."""
    table = TomlFile(file, {"sources": own}, {})
    if not isinstance(own, Mapping):
        return [table.problem(("sources",), NO_TABLE)]
    sources, wrong = read_sources(table, own, ("sources",), bibliography.sources)
    bibliography.sources.update(sources)
    return wrong


def _record(
    file: TomlFile, name: str, table: Any, sources: Mapping[str, Source]
) -> tuple[dict[str, Parameter], list[Problem]]:
    if not isinstance(table, Mapping):
        return {}, [
            file.problem((name,), "is no table; allowed: [name] with label, unit, distribution, source, status")
        ]
    problems = [] if ID_PATTERN.match(name) else [file.problem((name,), not_an_id(name))]
    try:
        _Record.model_validate(table)
    except ValidationError as fault:
        problems += translated(file, (name,), fault, list(_Record.model_fields))
    problems += [*_meaning(file, name, table, sources), *_standing(file, name, table, sources)]
    problems += _of_a_value(file, name, table)
    drawn, wrong = _valued(file, name, table) if "value" in table else _distributions(file, name, table)
    problems += wrong
    if problems:
        return {}, problems[:MOST_TOLD]
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
        price_year_assumed=table.get("price_year_assumed", False),
        interval=(float(interval[0]), float(interval[1])) if interval else None,
        error_assumed=table.get("error_assumed", False),
        note=table.get("note"),
        kind=table.get("kind", "error"),
        measured=table.get("measured"),
        anchor=table.get("anchor"),
        among=table.get("among"),
        file=str(file.path),
        line=file.lines.get((name,), 0),
        cell=file.cells.get((name,), ""),
        belongs_to=None if key == name else name,
    )


def _near(source: str, sources: Mapping[str, Source]) -> str:
    """What a source may be that is nowhere described."""
    described = f"[sources.{source}]" if ID_PATTERN.match(source) else "[sources.NAME]"
    hint = spelling_hint(source, sources)
    return f"; allowed: assumption, or one told in the same file under {described}{hint}"


def _meaning(file: TomlFile, name: str, table: Mapping[str, Any], sources: Mapping[str, Source]) -> Iterator[Problem]:
    """Problems with what the keys say, where their types are right."""
    unit, source, year = table.get("unit"), table.get("source"), table.get("price_year")
    if isinstance(unit, str) and unit not in UNITS:
        yield file.problem((name, "unit"), unknown_unit(unit))
    if isinstance(source, str) and source not in sources:
        yield file.problem((name, "source"), f"{source!r} is in no bibliography" + _near(source, sources))
    money = isinstance(unit, str) and unit in UNITS and UNITS[unit].money
    computed = is_expression(table.get("value"))
    if money and year is None and not computed:
        yield file.problem((name, "price_year"), f"missing; a price in {unit} needs {YEARS}")
    if isinstance(year, str) and not money:
        yield file.problem((name, "price_year"), f"{unit} is not money; allowed: no price_year")
    if isinstance(year, str) and not is_year(year):
        yield file.problem((name, "price_year"), f"{short(year)} is not covered; allowed: {YEARS}")
    if table.get("price_year_assumed") and not (isinstance(year, str) and table.get("note")):
        yield file.problem(
            (name, "price_year_assumed"), "needs the price_year that is assumed, and a note that says so"
        )
    if table.get("status") == "assumed" and not table.get("note"):
        yield file.problem((name, "note"), "missing; an assumed number needs its reason")
    if (refusal := told_of_assumption(table.get("source"), table.get("status"))) is not None:
        yield file.problem((name, "status"), refusal)
    interval = table.get("interval")
    if table.get("error_assumed") and (interval is not None or not table.get("note")):
        yield file.problem((name, "error_assumed"), "needs a note that says so, and no published interval")
    if isinstance(interval, list) and _upside_down(interval):
        yield file.problem((name, "interval"), f"{interval[0]} to {interval[1]} is upside down; allowed: [low, high]")


def _standing(file: TomlFile, name: str, table: Mapping[str, Any], sources: Mapping[str, Source]) -> Iterator[Problem]:
    """Problems with what a record says of its spread and of who measured it."""
    anchor, family = table.get("anchor"), table.get("distribution")
    if table.get("measured") is False and table.get("status") != "assumed":
        yield file.problem((name, "measured"), f"false, and status {table.get('status')}; allowed: assumed")
    if table.get("measured") is False and anchor is not None:
        yield file.problem((name, "anchor"), "given, and measured is false; allowed: one of the two")
    if isinstance(anchor, str) and (anchor not in sources or anchor == "assumption"):
        yield file.problem(
            (name, "anchor"), f"{anchor!r} is no source that measured it" + spelling_hint(anchor, sources)
        )
    places = table.get("kind") == "between_sites"
    held = "kind" if places else "measured"
    without = {*TOGETHER, *(["fixed"] if places else [])}
    alone = set(family) & without if isinstance(family, Mapping) else set()
    if alone and (places or table.get("measured") is False):
        yield file.problem(
            (name, held), f"{', '.join(sorted(alone))} has no spread of its own; allowed: other families"
        )


def _of_a_value(file: TomlFile, name: str, table: Mapping[str, Any]) -> Iterator[Problem]:
    """Problems with what stands beside a ``value``, or where neither it nor a distribution does."""
    if "value" not in table:
        if "distribution" not in table:
            yield file.problem((name, "distribution"), "missing; every record needs it, or a value")
        return
    if "distribution" in table:
        yield file.problem((name, "value"), "stands beside a distribution; allowed: one of the two")
    if not is_expression(table["value"]):
        return
    if isinstance(table.get("price_year"), str):
        told = "of an expression; allowed: none, since it is in the model's own price year"
        yield file.problem((name, "price_year"), told)
    for key in ("interval", "measured", "anchor", "error_assumed"):
        if table.get(key) not in (None, False) or (key == "measured" and table.get(key) is False):
            yield file.problem((name, key), "of an expression; allowed: in the records that it names")
    if table.get("kind", "error") != "error":
        yield file.problem((name, "kind"), "of an expression; allowed: in the records that it names")


def is_expression(value: object) -> bool:
    """Whether a record's value is computed from others, and not a number."""
    return isinstance(value, str)


def _valued(file: TomlFile, name: str, table: Mapping[str, Any]) -> tuple[dict[str, Drawable], list[Problem]]:
    """What a record's ``value`` says: an expression that names records, or a number, to be taken as fixed."""
    value, where = table["value"], (name, "value")
    try:
        if is_expression(value):
            formula = Formula.read(value, SPANS)
            if not formula.tree.is_constant:
                return {name: formula}, []
            value = float(evaluated(formula.tree, _no_names))
        if not _is_number(value):
            return {}, []  # its type was reported already
        drawn = Distribution("fixed", {"value": as_float(value)}, {"value": half_unit(value)})
    except ExpressionError as fault:
        return {}, [file.problem(where, str(fault))]
    except DistributionError as fault:
        return {}, [file.problem(where, text) for text in fault.faults]
    return {name: drawn}, list(_out_of_range(file, name, name, drawn, table.get("unit")))


def _no_names(name: str) -> Any:
    raise AssertionError(name)


def _distributions(file: TomlFile, name: str, table: Mapping[str, Any]) -> tuple[dict[str, Drawable], list[Problem]]:
    """What a record's ``distribution`` says, by parameter name (a Dirichlet gives one for each share)."""
    given, where = table.get("distribution"), (name, "distribution")
    if not isinstance(given, Mapping):
        return {}, []  # its type was reported already
    if len(given) != 1:
        return {}, [file.problem(where, f"names {len(given)} families; allowed: exactly one of {', '.join(KINDS)}")]
    kind, arguments = next(iter(given.items()))
    if kind not in KINDS:
        return {}, [file.problem((*where, kind), unknown_key(kind, KINDS))]
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
    if kind == "multivariate_normal":
        found = read_coefficients(arguments, file.path.parent, file.beside)
        return {f"{name}_{coefficient}": d for coefficient, d in found.items()}
    if kind == "sample":
        return {name: _sample(file, name, arguments)}
    wrong = [f"{k} = {short(v)} is not a number" for k, v in arguments.items() if not _is_number(v)]
    if wrong:
        raise DistributionError(*wrong)
    numbers = {k: as_float(v) for k, v in arguments.items()}
    return {name: Distribution(kind, numbers, {k: half_unit(v) for k, v in arguments.items()})}


def _sample(file: TomlFile, name: str, arguments: Mapping[str, Any]) -> Drawable:
    """``{ values = […] }``, or ``{ file = "x.csv", column = "rr" }`` beside the TOML file.

    Columns of one file, and those that say the same under ``together``, take the same row.
    """
    if {"values"} <= set(arguments) <= {"values", "together"} and isinstance(arguments["values"], list):
        together = arguments.get("together", name)
        if not isinstance(together, str):
            raise DistributionError(f"together = {short(together)}; allowed: a name that other samples say too")
        return sample_column(arguments["values"], together)
    given = {key: v for key, v in arguments.items() if key not in READ_BY}
    if set(given) != {"file", "column"} or not all(isinstance(v, str) for v in given.values()):
        allowed = ", ".join(READ_BY)
        raise DistributionError(
            f"sample takes {{ values = [numbers], together }} | {{ file, column }}, and if need be {allowed}"
        )
    table = read_named(arguments["file"], file.path.parent, arguments, file.beside)
    values = table.numbers([table.place(arguments["column"])])[:, 0]
    together = f"{table.path.resolve()} {arguments.get('sheet', '')}".rstrip()
    try:
        return sample_column(values.tolist(), together)
    except DistributionError as fault:
        raise DistributionError(*(f"{table.path}, column {arguments['column']}: {t}" for t in fault.faults)) from fault


def _out_of_range(file: TomlFile, name: str, key: str, drawn: Drawable, unit: Any) -> Iterator[Problem]:
    """A distribution that can leave what its unit allows."""
    if not isinstance(unit, str) or unit not in UNITS:
        return
    known = UNITS[unit]
    low, high = drawn.reach()
    if low < known.low or high > known.high:
        text = f"{key} can take values from {low:.6g} to {high:.6g}; allowed for {unit}: {known.limits()}"
        yield file.problem((name, "distribution", drawn.kind), text)


def _repeated(found: Mapping[str, Parameter], before: Mapping[str, Parameter]) -> list[Problem]:
    return [
        Problem(*p.place, name, f"given already in {before[name].where}; allowed: once")
        for name, p in found.items()
        if name in before
    ]


def _upside_down(interval: list[Any]) -> bool:
    return len(interval) == 2 and all(map(_is_number, interval)) and not interval[0] < interval[1]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
