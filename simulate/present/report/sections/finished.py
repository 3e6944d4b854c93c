"""The sections of a finished table of draws: no people, no model, so fewer than those of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

from simulate.present.english.finished import money
from simulate.present.english.numbers import capital, clean, percent, plural, sentence
from simulate.present.report.parts import charts, curves
from simulate.present.report.parts.blocks import Block, Chart, Line, Section, grid, section
from simulate.present.report.parts.charts import Axis, Bar
from simulate.present.report.parts.curves import Choices
from simulate.present.report.sections.provenance import made
from simulate.present.terminal.finished.text import NOT_CORRECTED, differences, frontier, ranking
from simulate.result.finished.evaluation import Evaluation, study_words, worth_showing
from simulate.result.finished.psa_table import PsaTable

NOT_HERE = (
    "A table of draws says nothing of people, events, states, payers or where its numbers come from: what can happen"
    " and what did, who pays, the parameters with their sources, what was assumed, results beside published ones, the"
    " page for a commissioner and the reporting checklists are left out."
)


def of_table(found: Evaluation, summary: Mapping[str, Any], how: Mapping[str, Any]) -> Iterator[Section]:
    """Every section there is something to say in."""
    parts = (
        section("answer", "The answer", _answer(found.table, summary)),
        section("read", "What was read", _read(summary)),
        section("decision", "The decision", _curves(found.table)),
        section("sensitivity", "What learning more would be worth", _learning(found)),
        section("left-out", "What is not here", [Line(NOT_HERE), Line(NOT_CORRECTED)]),
        section("provenance", "Where this comes from", made(_named(how), str(how.get("version", "")))),
    )
    return (s for s in parts if s is not None)


def unit_of(table: PsaTable) -> str:
    """What a unit of effect is called."""
    return "unit" if table.of_benefit else clean(table.terms.effect)


def _named(how: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest with files by their names alone."""
    return {**how, "read": {PurePath(name).name: digest for name, digest in how.get("read", {}).items()}}


def _answer(table: PsaTable, summary: Mapping[str, Any]) -> Iterator[Block]:
    first = table.ranking_table().rows()[0]
    at = "" if table.of_benefit else f" at {money(table, table.threshold)} per {unit_of(table)}"
    worth = f"{money(table, first['net_benefit'])} ({_between(table, first)})"
    yield Line(
        f"{clean(first['strategy'])} has the greatest mean net benefit{at}: {worth} per person, 95% interval over"
        f" {summary['draws']:,} draws; it is best in {percent(first['p_best'])} of them."
    )
    for line in frontier(table):
        yield Line(line)
    for warning in summary["warnings"]:
        yield Line(f"Warning: {sentence(warning)}", warns=True)
    for title, columns, rows in (ranking(table), differences(table)):
        yield grid([capital(c) for c in columns], rows, caption=title)


def _between(table: PsaTable, row: Mapping[str, Any]) -> str:
    return f"{money(table, row['net_benefit_low'])} to {money(table, row['net_benefit_high'])}"


def _read(summary: Mapping[str, Any]) -> Iterator[Block]:
    for said in summary["read"]:
        yield Line(f"{clean(said)}.")  # which may begin with the name of a file
    unit = "net benefit at a price that was chosen before" if summary["effect"] is None else summary["effect"]
    yield Line(
        f"{summary['draws']:,} draws of {len(summary['strategies'])} strategies, against"
        f" {clean(summary['comparator'])}; money in {clean(summary['currency'])}, effects in {clean(unit)};"
        f" {summary['parameters']:,} parameters."
    )


def _curves(table: PsaTable) -> Iterator[Block]:
    gained = table.effect - table.effect[:, [table.reference]]
    if not table.of_benefit and np.ptp(gained, axis=0).any():  # else it is a line
        yield _plane(table)
    at = [float(x) for x in table.thresholds]
    if len(at) < 2:
        return
    c, shares = _choices(table), [list(map(float, table.ceac_table[f"probability_{s}"])) for s in table.strategies]
    caption = "Acceptability: the share of draws in which each strategy is best; thick: of what is best on average"
    yield curves.acceptability(c, at, shares, list(map(float, table.ceac_table["frontier"])), caption)
    yield curves.loss(c, at, [list(map(float, table.loss_table[f"loss_{s}"])) for s in table.strategies], "")


def _choices(table: PsaTable) -> Choices:
    currency = table.terms.currency
    return Choices(table.strategies, currency, "person", f"{currency} per {unit_of(table)}")


def _plane(table: PsaTable) -> Chart:
    line = f" The line: {money(table, table.threshold)} per {unit_of(table)}."
    at, unit = float(table.threshold), plural(unit_of(table), 2)
    return curves.plane(_choices(table), table.cost, table.effect, table.reference, unit, at, "", line)


def _learning(found: Evaluation) -> Iterator[Block]:
    table = found.table
    if found.parameters is None:
        yield Line("No value of learning parameters: the table holds none, or too few draws.")
        return
    rows = worth_showing(found.parameters).to_dict("records")
    known = [r for r in rows if r["evppi"] == r["evppi"]]
    high = max([r["evppi"] + r["se"] for r in known if r["se"] == r["se"]] or [r["evppi"] for r in known] or [1.0])
    axis = Axis(0.0, 1.05 * max(high, 1e-12), f"{table.terms.currency} per person", _choices(table).tell)
    bars = [
        Bar(
            clean(str(r["group"])),
            ((0.0, r["evppi"], "high"),),
            f"{money(table, r['evppi'])} ± {money(table, r['se'])}",
        )
        for r in known
    ]
    caption = "Worth of learning exactly, with its standard error; everything: the EVPI"
    yield Chart("evppi", caption, charts.bars(bars, axis, caption))
    if found.samples is not None and found.study is not None:
        told = [
            [f"{r['n']:,}", money(table, r["evsi"]), money(table, r["se"])] for r in found.samples.to_dict("records")
        ]
        caption = f"Worth of a study (EVSI), per person: it {study_words(found.study)}"
        yield grid(["People an arm", "Value", "Error"], told, caption=caption)
