"""The records of a problem as a workbook, which ``--parameters`` reads in place of a TOML file, bit for bit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from parameters import PARAMETERS_DIR, Parameter, ParameterSet
from parameters.bibliography import Bibliography
from parameters.book.columns import COLUMNS, RECORDS, SOURCE_COLUMNS, SOURCES, TABLE_COLUMNS, TABLES
from parameters.coefficients.normal import Coefficient
from parameters.expressions.formula import Formula
from parameters.joint import DirichletShare, Sample
from parameters.records import Source
from simulate.present.workbook.book import Book, Cell, Given

WIDTHS = {"label": 44.0, "id": 30.0, "unit": 16.0, "note": 90.0, "distribution": 18.0, "source": 24.0}
TableRow = tuple[str, str | None, str | None, float]  # part, of, with, value


def book_of(records: ParameterSet, names: Iterable[str]) -> bytes:
    """The workbook of the records `names`, those that were written in one record in one row."""
    written = {records[n].belongs_to or n: records[n] for n in names}
    book = Book("Parameters of recovery-cea")
    sheet = book.sheet(RECORDS, [WIDTHS.get(name, 12.0) for name in COLUMNS], (1, 1))
    sheet.row(*(Cell(name, "head") for name in COLUMNS))
    for name, record in written.items():
        told = dict(_told(name, record))
        sheet.row(*(_as_it_is(told.get(column)) for column in COLUMNS))
    _put(book, TABLES, TABLE_COLUMNS, ((n, *row) for n, record in written.items() for row in _table(record)))
    sources = _sources(records, written.values())
    _put(book, SOURCES, SOURCE_COLUMNS, ([getattr(s, c) for c in SOURCE_COLUMNS] for s in sources))
    return book.content()


def _put(book: Book, name: str, columns: tuple[str, ...], rows: Iterable[Iterable[object]]) -> None:
    """A sheet of rows, where there are any."""
    found = [list(row) for row in rows]
    if found:
        sheet = book.sheet(name, [30.0] * len(columns), (1, 1))
        sheet.row(*(Cell(column, "head") for column in columns))
        sheet.rows([_as_it_is(_cell(value)) for value in row] for row in found)


def _as_it_is(given: Given) -> Given:
    return Cell(given, "exact") if isinstance(given, str) else given


def _cell(value: object) -> Given:
    if isinstance(value, tuple):
        return ", ".join(value) or None
    return float(value) if isinstance(value, (int, float)) else str(value) if value is not None else None


def _told(name: str, record: Parameter) -> Iterator[tuple[str, Given]]:
    """What a row holds, by column; what is as it is where nothing is said is left out."""
    drawn, family = record.distribution, record.belongs_to
    ending = "" if family is None else f": {record.name.removeprefix(f'{family}_')}"
    yield "id", name
    yield "label", record.label.removesuffix(ending)
    yield from (("unit", record.unit), ("price_year", record.price_year))
    if isinstance(drawn, Formula):
        yield "value", drawn.text
    else:
        yield "distribution", drawn.kind
        scalars: Mapping[str, float] = {} if isinstance(drawn, (DirichletShare, Coefficient)) else drawn.arguments
        yield from scalars.items()
        yield "together", drawn.together if isinstance(drawn, Sample) else None
    if record.interval is not None:
        yield from zip(("interval_low", "interval_high"), record.interval, strict=True)
    yield from (("source", record.source), ("status", record.status))
    for truth in ("price_year_assumed", "error_assumed", "measured"):
        said = getattr(record, truth)
        yield truth, Cell(said) if said or (truth == "measured" and said is not None) else None
    yield "kind", record.kind if record.kind != "error" else None
    yield from (("anchor", record.anchor), ("among", record.among), ("note", record.note))


def _table(record: Parameter) -> Iterator[TableRow]:
    """The rows of what a distribution is given as a table or a list."""
    drawn = record.distribution
    if isinstance(drawn, DirichletShare):
        yield from (("counts", name, None, count) for name, count in drawn.counts.items())
    elif isinstance(drawn, Coefficient):
        yield from (("mean", name, None, mean) for name, mean in drawn.mean.items())
        yield from (("covariance", one, other, value) for (one, other), value in drawn.covariance.items())
    elif isinstance(drawn, Sample):
        yield from (("values", None, None, value) for value in drawn.values)


def _sources(records: ParameterSet, cited: Iterable[Parameter]) -> list[Source]:
    """Sources that are cited, and those that they name, where the bibliography does not have them as they are."""
    known = Bibliography.read(PARAMETERS_DIR / "sources.toml").sources
    wanted = dict.fromkeys(s for record in cited for s in (record.source, record.anchor) if s in records.sources)
    found: dict[str, Source] = {}
    ahead = [s for s in wanted if s is not None and records.sources[s] != known.get(s)]
    while ahead:
        source = records.sources[ahead.pop(0)]
        if source.id not in found:
            found[source.id] = source
            ahead += [s for s in (*source.pools, source.trial or "") if s in records.sources]
    return list(found.values())
