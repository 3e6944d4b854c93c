"""What to choose at which price: the table, curves, the plane, expected loss and the worth of knowing everything."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from simulate.evaluate.decision import acceptability
from simulate.present.english.numbers import about, amount, capital, number, percent, plural
from simulate.present.report.parts import charts, curves
from simulate.present.report.parts.blocks import Block, Chart, Heading, Line, Section, grid, of_terminal, section
from simulate.present.report.parts.charts import Frame, Series
from simulate.present.report.parts.curves import Choices
from simulate.present.report.parts.material import Material
from simulate.present.terminal.decision import decision as told_on_terminal
from simulate.result.judgement import default_threshold, why_default

MOST_ROWS = 11  # of the table of both curves


def decision(m: Material) -> Section | None:
    """The decision at a few prices, and every curve that there is something to show in."""
    pieces = [b for b in of_terminal(told_on_terminal(m.view)) if not isinstance(b, Heading)]
    return section("decision", "The decision", [*pieces, *_curves(m)])


def _curves(m: Material) -> Iterator[Block]:
    kept = m.summary["withheld"]
    if kept["probability"] or not m.view.several or len(m.labels) < 2:
        return
    if np.ptp(m.result.effect - m.result.effect[:, :1], axis=0).any():  # else it is a line
        yield _plane(m)
    if len(m.summary["ceac"]) < 2:
        return
    yield _acceptability(m)
    if not kept["evpi"]:  # the least of the losses is it
        yield _loss(m)
        yield _evpi(m)
    yield Line(
        "On the curve of acceptability, thick: the frontier, how probable it is that what is best on average is best."
        + (" Dashed: the raw shares of draws, noise between simulated people left in." if _corrects(m) else "")
    )
    yield _both(m)


def _corrects(m: Material) -> bool:
    """Whether noise between people was taken out, so that there are two curves."""
    return m.view.simulates and any(x is not None for row in m.summary["ceac"] for x in row["corrected"].values())


def _choices(m: Material) -> Choices:
    return Choices(m.labels, m.sign, m.view.each, f"Willingness to pay, {m.sign} per {m.view.per}")


def _acceptability(m: Material) -> Chart:
    rows, strategies = m.summary["ceac"], m.result.strategies
    at, best = [row["threshold"] for row in rows], "corrected" if _corrects(m) else "probability"
    told = [[_known(row[best][s]) for row in rows] for s in strategies]
    frontier = [_known(row[best][row["optimal"]]) for row in rows]
    raw = [[_known(row["probability"][s]) for row in rows] for s in strategies] if _corrects(m) else []
    caption = "Acceptability: how probable it is that each strategy is best, by what a unit of effect is worth"
    return curves.acceptability(_choices(m), at, told, frontier, caption, raw)


def _known(value: float | None) -> float:
    return math.nan if value is None else value


def _both(m: Material) -> Block:
    """Probabilities at some prices, as the table of the run's file has them: raw and with noise taken out."""
    rows = m.summary["ceac"]
    chosen = sorted({round(k * (len(rows) - 1) / (MOST_ROWS - 1)) for k in range(MOST_ROWS)})
    corrects = _corrects(m)
    columns = [f"{m.sign} per {m.view.per}", "Best on average"]
    for label in m.labels:
        columns += [f"{label}: raw share of draws", *([f"{label}: noise taken out"] if corrects else [])]
    table = []
    for k in chosen:
        cells = [amount(rows[k]["threshold"], m.sign), m.words.strategy(rows[k]["optimal"])]
        for s in m.result.strategies:
            cells.append(percent(rows[k]["probability"][s]))
            if corrects:
                cells.append(percent(rows[k]["corrected"][s]))
        table.append(cells)
    return grid(columns, table, left=2, name="ceac-table", caption="Probability of being best (ceac.csv has every row)")


def _loss(m: Material) -> Chart:
    at = np.array([row["threshold"] for row in m.summary["ceac"]])
    lost = acceptability.expected_loss(m.result.cost, m.result.effect, at)
    return curves.loss(_choices(m), at.tolist(), lost.T.tolist(), ", raw draws")


def _evpi(m: Material) -> Chart:
    rows = m.summary["evpi"]
    at = [row["threshold"] for row in rows]
    corrected = m.view.simulates and any(row["corrected"] is not None for row in rows)
    naive = [_known(row["value"]) for row in rows]
    mended = [_known(row["corrected"]) for row in rows] if corrected else []
    series = [Series("raw", "s0 raw", at, naive), *([Series("corrected", "s1", at, mended)] if corrected else [])]
    low, high = charts.span([*naive, *mended])
    frame = Frame(_choices(m).prices(at), _choices(m).money("EVPI", low, high))
    caption = "What knowing everything would be worth (EVPI)"
    key = [("s1", "noise between people taken out")] if corrected else []
    return Chart("evpi", caption, charts.lines(frame, series, caption), (*key, ("s0 raw", "raw draws")))


def _plane(m: Material) -> Chart:
    """Differences in cost and effect from the comparator, a point a draw."""
    at = None if m.summary["withheld"]["threshold"] else default_threshold(m.result)
    line = "" if at is None else f" The line: {amount(at, m.sign)} per {m.view.per}, {why_default(m.result)}."
    unit = plural(m.view.unit, 2)
    return curves.plane(_choices(m), m.result.cost, m.result.effect, 0, unit, at, " (raw)", line)


def frontier(m: Material) -> Section | None:
    """Strategies in the order of their cost, and what is paid for each step to a better one."""
    if len(m.labels) < 3 or m.summary["withheld"]["icer"]:
        return None
    table = m.result.incremental_table.rows()
    rows = [
        [
            m.words.strategy(row["strategy"]),
            str(row["status"]),
            about(row["cost"], m.sign),
            number(row["effect"], 4),
            "" if row["icer"] is None or not math.isfinite(row["icer"]) else about(row["icer"], m.sign),
        ]
        for row in table
    ]
    columns = ["Strategy", "Place", f"Cost, {m.sign} per {m.view.each}", capital(plural(m.view.unit, 2)), "ICER"]
    return section("frontier", "All strategies at once", [grid(columns, rows, left=2)])
