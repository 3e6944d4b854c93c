"""Sensitivity in figures: tornados, a grid of two parameters, and where a decision changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from parameters.money.currencies import signed
from simulate.evaluate.decision.acceptability import benefit_at
from simulate.present.english.numbers import bare, in_unit, short_amount, told_unit
from simulate.present.english.sweeps import idle_sentences, switching_sentence
from simulate.present.figures import style
from simulate.present.figures.labels import (
    chosen_effect,
    context,
    effect_axis,
    label_or_id,
    money_of,
    per_effect,
    sign_of,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from parameters.arrays import Floats
    from simulate.analyse.sweep import OneWay, Switching, TwoWay
    from simulate.result.result import Result

MOST_BARS = 15
LOW, HIGH = "#F0C36B", "#1F2A5A"  # light and dark: told apart without colour
TITLES = {"nmb": "net monetary benefit", "cost": "cost", "effect": "effect"}
_SIGN: style.Keywords = {"marker": "D", "color": "white", "markeredgecolor": "black", "linestyle": "none", "zorder": 6}


def seen_by(result: Result) -> str:
    """Whose costs are counted, and that people are the same everywhere."""
    perspective = result.case.problem.perspective(result.options.perspective or "")
    label = label_or_id(perspective.label, perspective.name)
    people = f"The same {result.options.people:,} people in every cell, seed {result.options.seed}."
    return f"Costs: {label}, {money_of(result)}. {people}"


def judged(result: Result, threshold: float) -> str:
    """The threshold, in words."""
    return f"{short_amount(threshold, sign_of(result))} {per_effect(result)}"


def compared(result: Result, strategy: str) -> str:
    """Who is compared with whom."""
    labels = {s.id: label_or_id(s.label, s.id) for s in result.case.problem.strategies}
    return f"{labels[strategy]} against {labels[result.strategies[0]].lower()}"


def outcome_axis(result: Result, outcome: str) -> str:
    """An increment with its unit."""
    if outcome == "effect":
        return effect_axis(chosen_effect(result), result.case.each)
    return f"Incremental {TITLES[outcome]}, {sign_of(result)} per {result.case.each}"


def draw_tornado(found: OneWay, outcome: str) -> style.Drawing:
    """The widest swings of an outcome, widest first; bars light for the low input, dark for the high one."""
    frame = found.tornado(outcome)
    shown = frame[frame["direction"] != "none"].head(MOST_BARS)
    labels = [_bar_label(*row) for row in shown[["label", "unit", "low_input", "high_input"]].itertuples(index=False)]
    lines = sum(label.count("\n") + 1 for label in labels)
    figure, (ax,) = style.paper(1, 1, 0.9 + 0.1 * len(shown) + 0.14 * lines)
    base, places = found.base(outcome), np.arange(len(shown))[::-1]
    for column, colour in (("outcome_at_low", LOW), ("outcome_at_high", HIGH)):
        reach = shown[column].to_numpy() - base
        order = np.abs(reach)  # where both ends lie on one side, the shorter bar stands before the longer one
        other = shown["outcome_at_high" if column == "outcome_at_low" else "outcome_at_low"].to_numpy() - base
        front = np.where(order < np.abs(other), 3, 2)
        for y, length, z in zip(places, reach, front, strict=True):
            ax.barh(y, length, left=base, height=0.62, color=colour, edgecolor="black", linewidth=0.6, zorder=z)
    ax.axvline(base, color="black", linewidth=1, zorder=4)
    if outcome != "effect":
        ax.axvline(0, color=style.GREY, linewidth=0.9, linestyle="--", zorder=1)
    ax.set_yticks(places, labels)
    ax.set_ylim(-0.6, max(len(shown), 1) - 0.4)
    ax.margins(x=0.05)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(outcome_axis(found.result, outcome))
    style.number_axes(ax.xaxis)
    signs = [Patch(facecolor=LOW, edgecolor="black"), Patch(facecolor=HIGH, edgecolor="black")]
    style.legend(figure, signs, ["at the low input", "at the high input"])
    left = len(frame) - len(shown)
    mcse = found.base_error(outcome)
    told_error = f"{mcse:.2g}" if outcome == "effect" else f"{mcse:,.0f}"
    amount = (
        f"{base:,.3g} ({chosen_effect(found.result).unit})"
        if outcome == "effect"
        else _money(base, sign_of(found.result))
    )
    style.crown(
        figure,
        f"One parameter at a time: incremental {TITLES[outcome]}",
        f"{compared(found.result, found.strategy)}. {context(found.result)}",
        seen_by(found.result),
        f"Each from the low to the high end of its range, every other at its point estimate. Line: base case, {amount}"
        f" (MCSE {told_error}).{_rest(left)}",
        f"Net benefit at {judged(found.result, found.threshold)}; dashed: 0, where the decision changes."
        if outcome == "nmb"
        else None,
        *(idle_sentences(found.result, found.idle) if outcome == "nmb" else ()),
    )
    return style.Drawing(f"tornado_{outcome}", figure, shown)


def _rest(left: int) -> str:
    if not left:
        return ""
    return f" {left} that {'moves' if left == 1 else 'move'} it less {'is' if left == 1 else 'are'} in the table."


def _money(value: float, sign: str) -> str:
    return f"{'-' * (value < 0)}{signed(sign, f'{abs(value):,.0f}')}"


def _bar_label(label: str, unit: str, low: float, high: float) -> str:
    return f"{wrapped(label, 52, 2)}\n{bare(low, unit)} to {in_unit(high, unit)}"


# --- two parameters -----------------------------------------------------------------------------------


def draw_two_way(found: TwoWay) -> style.Drawing:
    """Net benefit over two parameters, with the line at which the decision switches and the base case."""
    figure, (ax,) = style.paper(1, 1, 4.6)
    x, y = found.grid
    z = found.surface().T
    levels = _levels(z)
    filled = ax.contourf(x, y, z, levels=levels, cmap="cividis", extend="neither")
    bar = figure.colorbar(filled, ax=ax, pad=0.02)
    bar.set_label(f"Incremental net monetary benefit, {sign_of(found.result)} per {found.result.case.each}")
    style.number_axes(bar.ax.yaxis)
    switches = bool(z.min() < 0 < z.max())
    if switches:
        ax.contour(x, y, z, levels=[0.0], colors="white", linewidths=3.6)
        ax.contour(x, y, z, levels=[0.0], colors="black", linewidths=1.8)
    ax.plot(*([v] for v in found.base()), markersize=8, **_SIGN)
    records = found.result.case.parameters
    labels = [f"{wrapped(records[n].label, 70, 2)}{told_unit(records[n].unit)}" for n in found.names]
    ax.set_xlabel(labels[0])
    ax.set_ylabel(wrapped(labels[1], 48, 3))
    style.number_axes(ax.xaxis, ax.yaxis)
    ax.grid(visible=False)
    signs = [Line2D([], [], color="black", linewidth=1.8), Line2D([], [], markersize=7, **_SIGN)]
    style.legend(figure, signs, ["decision switches (net benefit 0)", "base case"])
    best = compared(found.result, found.strategy)
    style.crown(
        figure,
        "Two parameters together",
        f"{best}. {context(found.result)}",
        seen_by(found.result),
        f"Net benefit at {judged(found.result, found.threshold)}; every other parameter at its point estimate."
        + ("" if switches else f" It is {'above' if z.min() >= 0 else 'below'} 0 everywhere: no switch."),
    )
    return style.Drawing("two_way", figure, found.table())


def _levels(z: Floats) -> Floats:
    from matplotlib.ticker import MaxNLocator

    low, high = float(z.min()), float(z.max())
    if high - low < 1e-9:
        low, high = low - 1, high + 1
    return np.asarray(MaxNLocator(10).tick_values(low, high))


# --- where the decision changes -----------------------------------------------------------------------


def draw_switching(found: Switching) -> style.Drawing:
    """Net benefit of each strategy as one parameter moves, and the values at which another is the best."""
    figure, (ax,) = style.paper(1, 1, 3.4)
    worth, names = found.worth(), found.result.strategies
    labels = {s.id: label_or_id(s.label, s.id) for s in found.result.case.problem.strategies}
    handles = []
    for i, name in enumerate(names):
        look: style.Keywords = {"color": style.colour(i), "marker": style.marker(i), "markersize": 4}
        handles += ax.plot(found.tried, worth[:, i], label=labels[name], **look)
    for switch in found.inside:
        ax.axvline(switch.value, color="black", linestyle="--", linewidth=1)
    record = found.result.case.parameters[found.name]
    point = float(found.result.drawn.column(found.name)[0])
    base = benefit_at(found.threshold, found.result.cost[0], found.result.effect[0])
    i = names.index(found.strategy)
    ax.plot([point], [base[i] - base[0]], markersize=7, **_SIGN)
    ax.set_xlabel(f"{wrapped(record.label, 90, 2)}{told_unit(record.unit)}")
    ax.set_ylabel(f"Incremental net monetary benefit,\n{sign_of(found.result)} per {found.result.case.each}")
    style.number_axes(ax.xaxis, ax.yaxis)
    _room(ax)
    signs = [*handles, Line2D([], [], color="black", linestyle="--", linewidth=1), Line2D([], [], **_SIGN)]
    words = [wrapped(labels[n], 40) for n in names]
    style.legend(figure, signs, [*words, "decision changes", "base case"])
    at = ", ".join(_switch_words(s.value, record.unit, s.error) for s in found.inside)
    style.crown(
        figure,
        f"Where the decision changes: {wrapped(record.label, 60, 1)}",
        context(found.result),
        seen_by(found.result),
        f"Net benefit at {judged(found.result, found.threshold)}; every other parameter at its point estimate.",
        f"The decision changes at {at}." if at else switching_sentence(found),
        *idle_sentences(found.result, found.idle),
    )
    return style.Drawing("threshold", figure, found.table())


def _switch_words(value: float, unit: str, error: float) -> str:
    told = in_unit(value, unit, 4)
    return f"{told} (MCSE {error:,.2g})" if error > 0 else told


def _room(ax: Axes) -> None:
    ax.margins(x=0.03, y=0.08)
