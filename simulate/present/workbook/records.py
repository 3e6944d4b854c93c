"""Sheets of what went in: prices that may be changed, every parameter with its source, and how the run was made."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from parameters import Parameter
from parameters.expressions.formula import Formula as Computed
from parameters.units import UNITS
from simulate.ask.changes import changed_parameters
from simulate.evaluate.uncertainty.precision import mcse
from simulate.present.english.changes import changed_line
from simulate.present.english.numbers import clean, unit_name, year_named
from simulate.present.terms.option_words import option_words
from simulate.present.workbook.book import Book, Cell, Formula, Given
from simulate.present.workbook.by_draw import LOOKS
from simulate.present.workbook.plan import FIRST, PRICES_FIRST, Plan
from simulate.result.summary import incremental_rows

PRICE_HEADS = (
    "parameter", "id", "unit", "price year", "mean of the draws", "new price", "in effect", "status", "read by",
)  # fmt: skip


def put_prices(book: Book, plan: Plan) -> None:
    """A row a parameter that only values what was simulated, with a cell for another price."""
    sheet = book.sheet("Prices", [44, 30, 24, 12, 16, 16, 16, 12, 60], (PRICES_FIRST - 1, 1))
    sheet.row(Cell("Prices that may be changed without another run", "title"))
    sheet.row(
        "Type a new price in a yellow cell, in the unit of its row: it then holds in every draw, as"
        " `recovery-cea run --set` fixes it. Empty the cell for the drawn ones."
    )
    sheet.row(
        "What the simulation itself reads takes another run, and is not here; nor is what this effect does not see."
    )
    sheet.row(*(Cell(head, "head") for head in PRICE_HEADS))
    for name in plan.free:
        sheet.row(*_price(plan, name))
        unit = UNITS[plan.result.case.parameters[name].unit]
        limits = {"validate": "decimal", "criteria": "between", "minimum": max(unit.low, -1e50)}
        told = f"a number, {unit.limits()}"[:250]
        sheet.inner.data_validation(
            plan.price_row(name) - 1, 5, plan.price_row(name) - 1, 5,
            {**limits, "maximum": min(unit.high, 1e50), "error_title": "New price", "error_message": told},
        )  # fmt: skip


def _price(plan: Plan, name: str) -> Iterator[Given]:
    record, row = plan.result.case.parameters[name], plan.price_row(name)
    column = plan.result.draws.column(name)
    mean = f"AVERAGE({plan.over('Drawn', 1 + plan.names.index(name))})"
    yield from (record.label, name, unit_name(record.unit), year_named(record))
    yield Cell(Formula(mean, float(column.mean())), "any")
    yield Cell(None, "input")
    yield Cell(Formula(f'IF($F{row}="",$E{row},$F{row})', float(column.mean())), "any")
    yield record.status
    yield "; ".join(dict.fromkeys(plan.reading(name)))


HEADS = (
    "parameter", "id", "estimate", "2.5%", "97.5%", "unit", "price year", "distribution", "mean of the draws", "status",
    "source", "reference", "note",
)  # fmt: skip


def put_parameters(book: Book, plan: Plan) -> None:
    """Every parameter, the assumed first, most influential on the difference in cost before others."""
    sheet = book.sheet("Parameters", [44, 30, 14, 14, 14, 24, 12, 36, 16, 12, 20, 60, 80], (2, 1))
    sheet.row("Every number, the assumed first, and of these the most influential on the difference in cost.")
    sheet.row(*(Cell(head, "head") for head in HEADS))
    result = plan.result
    records = result.case.parameters
    names = dict.fromkeys([*result.assumed(), *result.case.names(), *(n for n in result.draws.names if n in records)])
    for name in names:
        if name in records:
            sheet.row(*_record(plan, records[name]))


def _record(plan: Plan, p: Parameter) -> Iterator[Given]:
    drawn, source = p.distribution, plan.result.case.parameters.sources.get(p.source)
    yield from (p.label, p.name)
    if isinstance(drawn, Computed):
        yield from (None, None, None)
    else:
        low, high = (float(x) for x in drawn.interval95())
        yield from (float(drawn.point), low if low < high else None, high if low < high else None)
    yield from (unit_name(p.unit), year_named(p), _family(p))
    known = p.name in plan.result.draws.names
    yield float(plan.result.draws.column(p.name).mean()) if known else None
    yield from (p.status, p.source, None if source is None else source.cite(), p.note)


def _family(p: Parameter) -> str:
    """The distribution with its natural parameters, or how it is computed."""
    if isinstance(p.distribution, Computed):
        return p.distribution.text
    told = ", ".join(f"{k} {v:.6g}" for k, v in getattr(p.distribution, "arguments", {}).items())
    held = "; held at its estimate" if p.is_held else ""
    return f"{p.distribution.kind}{f' ({told})' if told else ''}{held}"


def put_about(book: Book, plan: Plan) -> None:
    """How the run was made, how sure its means are, and what was changed from the shipped case."""
    sheet = book.sheet("About", [44, 60])
    sheet.row(Cell("How this was made", "title"))
    sheet.rows(_made(plan))
    sheet.row()
    heads = ("Monte Carlo standard errors, at the run's own prices", "cost", "effect")
    sheet.row(*(Cell(head, "head") for head in heads))
    for name, cost, effect in _errors(plan):
        sheet.row(name, Cell(cost, LOOKS["cost"]), Cell(effect, LOOKS["effect"]))
    for row in incremental_rows(plan.result):
        errors = (Cell(row[kind]["mcse"], LOOKS[kind]) for kind in ("cost", "effect"))
        sheet.row(f"{row['strategy']} minus {row['versus']}", *errors)
    sheet.row()
    sheet.row(Cell("Changed from the shipped case", "head"))
    changed = [changed_line(c) for c in changed_parameters(plan.result.case)]
    sheet.rows([text] for text in changed or ["nothing"])


def _errors(plan: Plan) -> Iterator[tuple[str, float, float]]:
    """Of each strategy's mean cost and effect; with what nobody met, which batches cannot tell."""
    result, people = plan.result, plan.result.values.people
    for i, s in enumerate(plan.strategies):
        unseen = result.lacking.cost((s,)), result.lacking.effect((s,))
        batches = result.values.cost[:, i], result.values.effect[:, i]
        errors = (np.hypot(mcse(b, people, result.replicate), u) for b, u in zip(batches, unseen, strict=True))
        yield s, float(next(errors)), float(next(errors))


def _command(plan: Plan) -> str:
    """The words that ask for the same: files by their names alone, since they are copied beside a run."""
    case, o = plan.result.case, plan.result.options
    words = ["recovery-cea", "run", Path(case.typed).name, "--setting", case.setting.name]
    beside = o if o.cohort is None else replace(o, cohort=replace(o.cohort, file=Path(o.cohort.file).name))
    words += option_words(beside, case.setting)
    changed = changed_parameters(case)
    files = dict.fromkeys(c.how for c in changed if not c.new.is_set)
    words += [word for name in files for word in ("--parameters", name)]
    set_ = {c.new.name: float(c.new.distribution.point) for c in changed if c.new.is_set}
    words += [word for name, value in set_.items() for word in ("--set", f"{name}={value!r}")]
    return clean(shlex.join(words))


def _made(plan: Plan) -> Iterator[tuple[Given, Given]]:
    result = plan.result
    case, o = result.case, result.options
    yield "command", _command(plan)
    yield "problem", case.problem.id
    yield "setting", case.setting.name
    yield "perspective", o.perspective
    yield "effect", o.effect
    yield "draws", float(plan.draws)
    yield "people a draw", float(o.people)
    yield "seed", float(o.seed)
    for name in ("fixed", "predictive", "exact"):
        yield name, "yes" if getattr(o, name) else "no"
    yield "implementation", float(o.implementation)
    yield "method, random numbers", f"{o.method}, {o.rng}"
    yield "people from a file", None if o.cohort is None else clean(o.cohort.sha256)
    yield "recovery-cea", version("recovery-cea")
    yield "discounting", "in the statistics: costs and effects are of their present value at entry"
    yield "draws begin in row", float(FIRST)
