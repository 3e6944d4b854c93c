"""The sections of a finished table of draws: no people, no model, so fewer than those of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

from simulate.present.english.finished import money
from simulate.present.english.numbers import capital, clean, number, percent, plural, sentence, short_amount
from simulate.present.report.parts import charts
from simulate.present.report.parts.blocks import Block, Chart, Line, Section, grid, section
from simulate.present.report.parts.charts import Axis, Bar, Cloud, Frame, Series, strategy_class
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
    price = Axis(min(at), max(at), f"{table.terms.currency} per {unit_of(table)}", _money(table))
    key = charts.key_of([strategy_class(i) for i in range(len(table.strategies))], table.strategies)
    shares = [list(map(float, table.ceac_table[f"probability_{s}"])) for s in table.strategies]
    series = [Series(s, strategy_class(i), at, shares[i]) for i, s in enumerate(table.strategies)]
    best = Series("frontier", "frontier", at, list(map(float, table.ceac_table["frontier"])))
    caption = "Acceptability: the share of draws in which each strategy is best; thick: of what is best on average"
    frame = Frame(price, Axis(0.0, 1.0, "Probability of being best", lambda x: f"{100 * x:.0f}%"))
    yield Chart("ceac", caption, charts.lines(frame, [best, *series], caption), key)
    lost = [list(map(float, table.loss_table[f"loss_{s}"])) for s in table.strategies]
    low, high = charts.span([x for one in lost for x in one])
    caption = "Expected loss: what choosing each strategy gives up on average; the least of them is the EVPI"
    frame = Frame(price, Axis(low, high, f"Expected loss, {table.terms.currency} per person", _money(table)))
    series = [Series(s, strategy_class(i), at, lost[i]) for i, s in enumerate(table.strategies)]
    yield Chart("loss", caption, charts.lines(frame, series, caption), key)


def _money(table: PsaTable) -> charts.Tell:
    return lambda x: ("-" if x < 0 else "") + short_amount(abs(x), table.terms.currency)


def _plane(table: PsaTable) -> Chart:
    others = [i for i in range(len(table.strategies)) if i != table.reference]
    clouds = [
        Cloud(
            strategy_class(i),
            table.effect[:, i] - table.effect[:, table.reference],
            table.cost[:, i] - table.cost[:, table.reference],
        )
        for i in others
    ]
    x = charts.span([v for c in clouds for v in (float(c.effect.min()), float(c.effect.max()))])
    y = charts.span([v for c in clouds for v in (float(c.cost.min()), float(c.cost.max()))])
    caption = (
        f"Cost and effect against {table.comparator}, a point a draw; circles: means. The line:"
        f" {money(table, table.threshold)} per {unit_of(table)}."
    )
    frame = Frame(
        Axis(*x, f"Difference in effect, {plural(unit_of(table), 2)}", number),
        Axis(*y, f"Difference in cost, {table.terms.currency} per person", _money(table)),
    )
    key = charts.key_of([strategy_class(i) for i in others], [table.strategies[i] for i in others])
    return Chart("plane", caption, charts.plane(frame, clouds, float(table.threshold), caption), key)


def _learning(found: Evaluation) -> Iterator[Block]:
    table = found.table
    if found.parameters is None:
        yield Line("No value of learning parameters: the table holds none, or too few draws.")
        return
    rows = worth_showing(found.parameters).to_dict("records")
    known = [r for r in rows if r["evppi"] == r["evppi"]]
    high = max([r["evppi"] + r["se"] for r in known if r["se"] == r["se"]] or [r["evppi"] for r in known] or [1.0])
    axis = Axis(0.0, 1.05 * max(high, 1e-12), f"{table.terms.currency} per person", _money(table))
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
