"""The clinician's table of ``recovery-cea describe ID --check``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from parameters.money.currencies import CURRENCIES
from simulate.analyse.credibility.sanity import Check
from simulate.ask.case import Case
from simulate.present.english.numbers import FIGURE_UNITS, about, clean, number, percent, worded
from simulate.present.terminal.layout import plain_console
from simulate.present.terms.face import Face, kind_of

KIND = kind_of(__name__)

NOTHING_KNOWN = "None of this is held against what is known from elsewhere: the check shows nothing, and cannot fail."


def face(checks: Sequence[Check], case: Case) -> Face:
    """What the table of few figures of a case shows; nothing is written of it."""
    labels = {s.id: s.label for s in case.problem.strategies}
    rows = [{**asdict(check), "surprises": list(check.surprises)} for check in checks]
    return Face(kind=KIND, data=rows, data_file=None, lines=lambda: lines(checks, labels), about=case)


def lines(checks: Sequence[Check], labels: Mapping[str, str], console: Console | None = None) -> list[str]:
    """Each figure under each strategy, and what is known; an asterisk marks what lies outside it."""
    out = console or plain_console()
    strategies = list(checks[0].ours)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("At the point estimates")
    for s in strategies:
        table.add_column(Text(clean(worded(labels[s], s))), justify="right")
    table.add_column("What is known", justify="right")
    for check in checks:
        cells = [_cell(check, s) for s in strategies]
        table.add_row(Text(clean(check.label)), *cells, _known(check))
    notes = [f"{c.label}: {' '.join(c.note.split())} ({c.source})" for c in checks if c.note]
    with out.capture() as printed:
        out.print(table)
        compared = any(c.low is not None for c in checks)
        marks = ["* outside what is known; ask why before believing the rest."] if compared else [NOTHING_KNOWN]
        if any(c.source is not None and not c.independent for c in checks):
            marks.append("+ known from a source that the model's own records are read from: agreement shows less.")
        for text in [*marks, *notes]:
            out.print(Text(clean(text)))
    return printed.get().splitlines()


def _cell(check: Check, strategy: str) -> str:
    """One strategy's figure, marked where it surprises; nothing where the figure is not of that strategy."""
    if strategy not in check.ours:
        return ""
    return _figure(check.ours[strategy], check.unit) + ("*" if strategy in check.surprises else "")


def _known(check: Check) -> str:
    if check.low is None or check.high is None:
        return "-"
    return f"{_figure(check.low, check.unit)} to {_figure(check.high, check.unit)}{'' if check.independent else '+'}"


def _figure(value: float, unit: str) -> str:
    if unit == "share":
        return percent(value)
    if unit in CURRENCIES:
        return about(value, CURRENCIES[unit].sign)
    words = "" if unit.startswith("per_") else FIGURE_UNITS[unit]
    return f"{number(value)} {words}".strip()
