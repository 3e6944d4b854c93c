"""What it rests on: what was assumed, every parameter with its source, and published results beside ours."""

from __future__ import annotations

import re
from collections.abc import Iterator

from parameters import Parameter
from parameters.distributions import Distribution
from parameters.expressions.formula import Formula
from simulate.present.english.evidence import leading_first, used_names
from simulate.present.english.numbers import bare, capital, clean, number, sentence, unit_name, year_named
from simulate.present.report.parts.blocks import Block, Cell, Heading, Line, Link, Section, grid, of_terminal, section
from simulate.present.report.parts.material import Material
from simulate.present.terminal import strategies
from simulate.present.terminal.evidence import calibrated, published
from simulate.present.terminal.unseen import unseen


def assumed(m: Material) -> Section | None:
    """What nobody published, most influential first; what nobody met in the simulation."""
    parts = (strategies.assumed, unseen)
    return section("assumed", "What was assumed", [b for part in parts for b in of_terminal(part(m.view))])


def validation(m: Material) -> Section | None:
    """What was solved for, and what others published beside what comes out here."""
    parts = (published, calibrated)
    pieces = [b for part in parts for b in of_terminal(part(m.view))]
    if not pieces:
        pieces = [Line("Nothing is solved for, and the setting shows no published result beside ours.")]
    return section("validation", "Beside what was published", pieces)


def parameters(m: Material) -> Section | None:
    """Every number that the run used, the assumed first."""
    return section("parameters", "The numbers it was made from", _table(m))


def _table(m: Material) -> Iterator[Block]:
    used = [m.words.parameters[n] for n in leading_first(m.words, used_names(m.words))]
    order = [p for p in used if p.status == "assumed"] + [p for p in used if p.status != "assumed"]
    if not order:
        return
    yield Line("The assumed first. Intervals are those of the distribution that is sampled (95%).")
    columns = ["Parameter", "Status", "Source", "Unit, price year", "Value", "95% interval", "Distribution"]
    notes = [sentence(p.note) if p.note else "" for p in order]
    yield grid(columns, [_row(m, p) for p in order], left=4, name="parameters-table", notes=notes)
    yield Heading("Sources")
    ids = dict.fromkeys(p.source for p in order)
    known = [m.words.parameters.sources[i] for i in ids if i in m.words.parameters.sources]
    rows: list[list[Cell]] = [
        [f"[{s.id}]", _link(f"{clean(s.cite())}.".replace("..", "."), s.doi, s.url), sentence(s.supports)]
        for s in sorted(known, key=lambda s: (s.short().lower(), s.id))
    ]
    if rows:
        yield grid(["", "Reference", "Supports"], rows, left=3, name="sources-table")


def _row(m: Material, p: Parameter) -> list[Cell]:
    found = m.words.parameters.sources.get(p.source)
    source: Cell = "assumed" if found is None else _link(m.words.source(p.source), found.doi, found.url)
    if found is None and p.status != "assumed":
        source = m.words.source(p.source)
    name = f"{capital(clean(p.label))}\n{p.name}"
    unit = unit_name(p.unit, year_named(p))
    if isinstance(p.distribution, Formula):
        return [name, p.status, source, unit, f"computed as {clean(p.distribution.text)}", "", ""]
    low, high = p.distribution.interval95()
    between = f"{bare(low, p.unit)} to {bare(high, p.unit)}" if low < high else "exact"
    spread = "\nspread assumed" if p.error_assumed and low < high else ""
    return [name, p.status, source, unit, bare(p.distribution.point, p.unit, 4), between + spread, _family(p)]


def _family(p: Parameter) -> str:
    """The family, and what is written of it."""
    if not isinstance(p.distribution, Distribution):
        return re.sub("(?<=[a-z])(?=[A-Z])", " ", type(p.distribution).__name__).lower()
    known = [f"{n} {number(v)}" for n, v in p.distribution.arguments.items() if isinstance(v, int | float)]
    return f"{p.distribution.kind.replace('_', ' ')}\n{', '.join(known)}"


def _link(text: str, doi: str | None, url: str | None) -> Cell:
    """Words that lead to a source's place on the web, where it has one that is safe to lead to."""
    address = f"https://doi.org/{doi}" if doi else url
    if address is None or not address.startswith(("https://", "http://")):
        return text
    return Link(clean(text), clean(address))
