"""What the answer hangs on: each parameter's swing over the draws, and what learning it would be worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from simulate.evaluate.decision.acceptability import benefit_at
from simulate.evaluate.decision.equality import best
from simulate.evaluate.information.partial import values_of_learning
from simulate.evaluate.sensitivity.straight_lines import Swing, told_from_chance
from simulate.present.english.numbers import about, amount, bare, plural
from simulate.present.report.parts import charts
from simulate.present.report.parts.blocks import Block, Chart, Line, Section, section
from simulate.present.report.parts.charts import Axis, Bar
from simulate.present.report.parts.material import Material
from simulate.result.judgement import default_threshold
from simulate.result.parts.swings import swings_of
from simulate.result.voi import Benefit, benefit

MOST = 12  # parameters shown
LEARNT = 8  # whose worth is worked out: those that move net benefit most


def sensitivity(m: Material) -> Section | None:
    """The tornado and the worth of learning parameters, at the price at which a single decision is told."""
    if m.summary["withheld"]["probability"] or len(m.labels) < 2 or len(m.result.cost) < 16:
        return None
    return section("sensitivity", "What it hangs on", _blocks(m))


def _blocks(m: Material) -> Iterator[Block]:
    at = default_threshold(m.result)
    worth = benefit_at(at, m.result.cost, m.result.effect)
    new = 1 + int(best(worth.mean(axis=0)[1:]))
    seen = m.result.seen()
    names = [n for n in m.result.drawn.names if n in seen and n in m.words.parameters]
    every = swings_of(m.result, names, at, new)
    found = told_from_chance(every)
    if not found:
        return
    yield _tornado(m, found[:MOST], new, at, float((worth[:, new] - worth[:, 0]).mean()))
    yield Line(
        "From the draws of this run; the ends are a parameter's 2.5% and 97.5% points, all others as they were drawn."
        " Prices and utilities are put at either end and everything is valued again; what is simulated with comes from"
        f" one straight line through the draws in all of these at once. Of {len(every)}"
        f" {plural('parameter', len(every))}, what chance might have made is not shown.{_left(m, names, every)} What"
        f" simulates anew, one parameter at a time: recovery-cea sweep {m.words.problem.id} --one-way."
    )
    if not m.summary["withheld"]["evpi"] and m.result.noise_is_known:
        yield from _learning(m, [s.name for s in found[:LEARNT]], at)


def _left(m: Material, names: Sequence[str], told: Sequence[Swing]) -> str:
    """How many parameters vary of which nothing can be said here."""
    left = sum(np.ptp(m.result.drawn.column(n)) > 0 for n in names) - len(told)
    why = "they are shares of a whole, or the draws are too few for so many" if left else ""
    return f" Of {left} more nothing can be told alone: {why}." if left else ""


def _tornado(m: Material, found: Sequence[Swing], new: int, at: float, middle: float) -> Chart:
    low, high = charts.span([x for s in found for x in (s.at_low, s.at_high)], zero=False)
    low, high = min(low, 0.0), max(high, 0.0)
    title = f"Incremental net benefit, {m.sign} per {m.view.each}"
    axis = Axis(low, high, title, lambda x: amount(x, m.sign))
    bars = []
    for s in found:
        unit = m.words.parameters[s.name].unit
        told = f"{bare(s.low, unit)} to {bare(s.high, unit)}"
        pieces = ((middle, s.at_low, "low"), (middle, s.at_high, "high"))
        bars.append(Bar(m.words.label(s.name), pieces, told))
    price = f" at {amount(at, m.sign)} per {m.view.per}" if at else " (cost alone)"
    caption = f"Net benefit of {m.labels[new]} over {m.labels[0]}{price}, as each parameter goes over its range"
    key = (("low", "at its low end"), ("high", "at its high end"))
    return Chart("tornado", caption, charts.bars(bars, axis, caption, middle=middle), key)


class _Worth(NamedTuple):
    name: str
    value: float
    se: float


def _learning(m: Material, names: Sequence[str], at: float) -> Iterator[Block]:
    known = benefit(m.result, at)
    found = sorted(_worths(m, names, known), key=lambda w: -w.value)
    shown = [w for w in found if w.value > 0]
    everything = f"{about(known.evpi, m.sign)} per {m.view.each} (standard error {about(known.evpi_se, m.sign)})"
    price = f"at {amount(at, m.sign)} per {m.view.per}"
    noise = ", noise between people taken out" * m.view.simulates
    yield Line(f"Knowing everything would be worth {everything} {price}{noise}.")
    if not shown:
        yield Line(
            f"Of the {len(names)} parameters above none alone is worth learning: none would turn the choice by itself."
        )
        return
    axis = Axis(
        0.0, 1.05 * max(w.value + w.se for w in shown), f"{m.sign} per {m.view.each}", lambda x: amount(x, m.sign)
    )
    bars = [
        Bar(m.words.label(w.name), ((0.0, w.value, "high"),), f"{about(w.value, m.sign)} ± {about(w.se, m.sign)}")
        for w in shown
    ]
    caption = f"What learning a parameter exactly would be worth (EVPPI), {price}, with its standard error"
    yield Chart("evppi", caption, charts.bars(bars, axis, caption))
    yield Line(
        f"Of the {len(names)} {plural('parameter', len(names))} that move net benefit most, each alone; all of them,"
        " groups and trials: recovery-cea voi with this folder."
    )


def _worths(m: Material, names: Sequence[str], known: Benefit) -> list[_Worth]:
    """As ``recovery-cea voi`` does: the error is the larger of that of the draws as they are and corrected."""
    found = []
    for name in names:
        both = values_of_learning([known.corrected, known.naive], m.result.drawn.column(name)[:, None])
        found.append(_Worth(name, both[0][0], max(both[0][1], both[1][1])))
    return found
