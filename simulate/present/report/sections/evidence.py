"""What it rests on: what was assumed, every parameter with its source, and published results beside ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from models.catalogue import problem_ids
from models.contract import ItemCost, PublishedResult, TrialFigure
from parameters import Parameter
from parameters.distributions import Distribution
from parameters.expressions.formula import Formula
from parameters.published import published_figures
from parameters.units import FIGURE_SCALES
from simulate.analyse.credibility.targets import independence
from simulate.analyse.credibility.validate import targets_of
from simulate.present.english.evidence import leading_first, used_names
from simulate.present.english.numbers import (
    AT_LEAST,
    FIGURE_UNITS,
    NARROW,
    bare,
    capital,
    clean,
    listed,
    number,
    sentence,
    unit_name,
    year_named,
)
from simulate.present.report.parts.blocks import Block, Cell, Heading, Line, Link, Section, grid, of_terminal, section
from simulate.present.report.parts.material import Material, Row
from simulate.present.terminal import strategies
from simulate.present.terminal.evidence import CONTRASTS, calibrated, published
from simulate.present.terminal.unseen import unseen
from simulate.present.terminal.view import shown_figure


def assumed(m: Material) -> Section | None:
    """What nobody published, most influential first; what nobody met in the simulation."""
    parts = (strategies.assumed, unseen)
    return section("assumed", "What was assumed", [b for part in parts for b in of_terminal(part(m.view))])


def validation(m: Material) -> Section | None:
    """What nothing was fitted to beside what comes out here; other published results, and what was solved for."""
    targets = _targets(m)
    judged = {x.id for x in targets if x.id}
    others = replace(
        m.view, summary={**m.summary, "shown": [r for r in m.summary["shown"] if r.get("id") not in judged]}
    )
    told = [*_judged(m, targets), *(b for part in (published, calibrated) for b in of_terminal(part(others)))]
    if not told:
        told = [Line("Nothing is solved for, and the setting shows no published result beside ours.")]
    return section("validation", "Validation", told)


# --- targets --------------------------------------------------------------------------------------


class _Judged(NamedTuple):
    """A target under one strategy, and what the run has of it."""

    item: PublishedResult | TrialFigure
    strategy: str
    row: Row  # as the summary tells it
    published: float
    theirs: Sequence[float] | None  # its 95% interval
    value: float | None
    ours: Sequence[float] | None  # the run's own

    @property
    def inside(self) -> bool | None:
        """Whether the run's interval holds it; of more than a figure, whether the interval reaches above it."""
        if self.ours is None:
            return None
        low, high = self.ours
        return high > self.published if self.item.bound == "above" else low <= self.published <= high


def _targets(m: Material) -> list[PublishedResult | TrialFigure]:
    """Targets that the setting shows, of which the summary has a word."""
    known = {r.get("id") for r in m.summary["shown"]}
    return [x for x in targets_of(m.words.setting) if isinstance(x, TrialFigure) or x.id in known]


def _rows_of(m: Material, item: PublishedResult | TrialFigure) -> Iterator[_Judged]:
    if isinstance(item, TrialFigure):
        yield from _of_trial(m, item)
        return
    row = next(r for r in m.summary["shown"] if r.get("id") == item.id)
    for s, was in row["published"].items():
        yield _Judged(
            item, s, row, was, row["published_intervals"].get(s), row["simulated"].get(s), row["intervals"].get(s)
        )


def _of_trial(m: Material, item: TrialFigure) -> Iterator[_Judged]:
    """What a trial found of the decision: of its effect ours is the difference; its probabilities are no draws'."""
    record, s = published_figures()[item.id], m.view
    (strategy,), setting = record.values, m.words.setting
    between = record.interval(strategy)
    alike = item.kind == "effect" and (item.effect or setting.effect) == s.summary["effect"]
    found = next((r["effect"] for r in s.summary["incremental"] if alike and r["strategy"] == strategy), None)
    row = {"label": item.label, "unit": record.unit, "price_year": None, "contrast": "value", "note": item.note}
    ours = None if found is None or not s.several else (found["low"], found["high"])
    value = None if found is None else found["mean"]
    yield _Judged(item, strategy, row, item.value, between and between[:2], value, ours)


def _judged(m: Material, targets: Sequence[PublishedResult | TrialFigure]) -> Iterator[Block]:
    """Targets in a table, what `inside` means, why those outside are missed, and what is no target here and why."""
    rows = [row for item in targets for row in _rows_of(m, item)]
    if rows:
        yield Heading("Published results that nothing was fitted to")
        yield Line(_counted(rows))
        columns = ["Outcome and source", "Independence, role", "Published", "In this run", "Here"]
        notes = [sentence(clean(r.row["note"])) if r.row["note"] else "" for r in rows]
        yield grid(columns, [_cells(m, r, rows) for r in rows], left=2, name="targets-table", notes=notes)
        yield Line(_meaning(m))
        if any(_is_narrow(m, r) for r in rows):
            yield Line(NARROW)
        yield from (Line(text) for text in _misses(rows))
    yield from map(Line, _not_judged(m))


def _counted(rows: Sequence[_Judged]) -> str:
    told = [r.inside for r in rows if r.inside is not None]
    if not told:
        return "This run has no interval to hold them against."
    left = len(rows) - len(told)
    more = f"; of {left} more this run has none" if left else ""
    return f"{sum(told)} of {len(told)} lie within the 95% interval of this run's own draws{more}."


def _cells(m: Material, r: _Judged, rows: Sequence[_Judged]) -> list[Cell]:
    several, known = sum(x.item is r.item for x in rows) > 1, published_figures()
    unit, money = FIGURE_UNITS[r.row["unit"]], FIGURE_SCALES[r.row["unit"]].currency
    assumed = " (assumed)" * known[r.item.id].price_year_assumed
    year = f"{r.row['price_year']}{assumed}" if r.row["price_year"] else "a year that nobody printed" * bool(money)
    marks = [m.words.strategy(r.strategy) if several else "", f"{unit} of {year}" if year else unit]
    marks.append(CONTRASTS[r.row["contrast"]])
    verdict = {True: "inside", False: "outside", None: "not told"}[r.inside]
    return [
        f"{', '.join([r.row['label'], *filter(None, marks)])}\n{m.words.source(r.item.source)}",
        f"{independence(m.result.case, r.item, r.strategy)}\n{r.item.role}",
        "over " * (r.item.bound == "above") + _between(r, r.published, r.theirs),
        _here(m, r),
        verdict,
    ]


def _between(r: _Judged, value: float, ends: Sequence[float] | None, before: str = "") -> str:
    if ends is None:
        return f"{shown_figure(r.row, value)}\nno interval"
    low, high = (shown_figure(r.row, x) for x in ends)
    return f"{shown_figure(r.row, value)}\n{before}{low} to {high}"


def _here(m: Material, r: _Judged) -> str:
    if r.value is not None:
        return _between(r, r.value, r.ours, AT_LEAST * _is_narrow(m, r))
    if isinstance(r.item, TrialFigure) and r.item.kind != "effect":
        return "of a trial's own chance:\nby `validate` alone"
    return "not kept" if r.row.get("alike") else "not compared"


def _is_narrow(m: Material, r: _Judged) -> bool:
    """Whether the run's interval, of costs or the effect, leaves out what nobody measured."""
    judged = isinstance(r.item, TrialFigure) or isinstance(r.item.statistic, str | ItemCost)
    return judged and r.ours is not None and m.view.is_narrow(r.strategy)


def _meaning(m: Material) -> str:
    people = f", and chance among the {m.summary['people']:,} people of each draw" if m.view.simulates else ""
    command = f"recovery-cea validate {m.words.problem.id} --setting {m.words.setting.name}"
    return (
        f"An interval of this run holds what its own draws leave open of the parameters{people}. The published trial's"
        " own sampling, of as many people as were analysed, is not in it, so that a figure outside may be no more than"
        f" that chance: it is counted only by `{command}`, which takes the model as it is shipped."
    )


def _misses(rows: Sequence[_Judged]) -> Iterator[str]:
    """Why those outside are missed, each once, and what the register says of others."""
    for item in dict.fromkeys(r.item.id for r in rows):
        mine = [r for r in rows if r.item.id == item]
        outside, miss, label = any(r.inside is False for r in mine), mine[0].item.miss, clean(mine[0].row["label"])
        if outside or miss:
            where = "Outside" if outside else "Where `validate` misses it"
            yield f"{where}, {label}: {sentence(clean(miss)) if miss else 'No reason is given.'}"


def _not_judged(m: Material) -> Iterator[str]:
    """Published figures that the setting was made with in sight, and settings that have targets where this has none."""
    name, problem = m.words.setting.name, m.words.problem
    register = [r for r in published_figures().values() if r.role is not None and r.problem == problem.id]
    if seen := [clean(r.label) for r in register if name in r.settings and name in r.seen_under]:
        yield f"No target here, since the setting was made with it in sight: {listed(seen)}."
    if any(True for _ in targets_of(m.words.setting)):
        return
    others = dict.fromkeys(s for r in register for s in r.settings if s not in r.seen_under)
    if others:
        yield f"This setting shows no target of validation. Settings of the same problem that do: {listed(others)}."
    elif problem.id in problem_ids():
        yield "No published result is known here that nothing was fitted to: the problem has no target of validation."


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
