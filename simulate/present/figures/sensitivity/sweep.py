"""Sensitivity in figures: tornados, a grid of two parameters, and where a decision changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from parameters.money.currencies import signed
from parameters.units import number_of
from simulate.evaluate.decision.acceptability import benefit_at
from simulate.evaluate.uncertainty.precision import reach_of
from simulate.evaluate.uncertainty.told import degrees_of
from simulate.present.english.numbers import bare, in_unit, number, plural, short_amount, small, told_unit
from simulate.present.english.sweeps import idle_sentences, switching_sentence
from simulate.present.figures import style
from simulate.present.figures.labels import (
    chosen_effect,
    context,
    effect_axis,
    label_or_id,
    lines_of,
    money_of,
    per_effect,
    plain,
    sign_of,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from parameters.arrays import Floats, Ints
    from simulate.analyse.sweep import OneWay, Switching, TwoWay
    from simulate.result.result import Result

MOST_BARS = 15
LOW, HIGH = "#F0C36B", "#1F2A5A"  # light and dark: told apart without colour
WHISKER = "#D55E00"  # seen on either
ONE_SIDE = "Where both bars of a parameter lie on one side, both ends of its range move the outcome the same way."
TITLES = {"nmb": "net monetary benefit", "cost": "cost", "effect": "effect"}
_SIGN: style.Keywords = {"marker": "D", "color": "white", "markeredgecolor": "black", "linestyle": "none", "zorder": 6}


def seen_by(result: Result) -> str:
    """Whose costs are counted, and that people are the same everywhere."""
    perspective = result.case.problem.perspective(result.options.perspective or "")
    label = label_or_id(perspective.label, perspective.name)
    people = f"The same {number_of(result.options.people, 'person')} in every cell, seed {result.options.seed}."
    return f"Costs: {label}, {money_of(result)}. {people}"


def judged(result: Result, threshold: float) -> str:
    """The threshold, in words."""
    return f"{short_amount(threshold, sign_of(result))} {per_effect(result)}"


def compared(result: Result, strategy: str) -> str:
    """Who is compared with whom."""
    labels = {s.id: label_or_id(s.label, s.id) for s in result.case.problem.strategies}
    return f"{labels[strategy]} against {small(labels[result.strategies[0]])}"


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
    figure, (ax,) = style.paper(1, 1, 0.9 + 0.1 * len(shown) + 0.14 * lines_of(labels))
    base, places = found.base(outcome), np.arange(len(shown))[::-1]
    shown = shown.assign(**_errors(found, outcome, list(shown["parameter"])))
    _bars(ax, shown, base, places)
    marked = _whiskers(ax, shown, places)
    ax.axvline(base, color="black", linewidth=1, zorder=4)
    if outcome != "effect":
        ax.axvline(0, color=style.GREY, linewidth=0.9, linestyle="--", zorder=1)
    ax.set_yticks(places, labels)
    ax.set_ylim(-0.6, max(len(shown), 1) - 0.4)
    ax.margins(x=0.05)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(outcome_axis(found.result, outcome))
    style.number_axes(ax.xaxis)
    signs: list[Artist] = [Patch(facecolor=LOW, edgecolor="black"), Patch(facecolor=HIGH, edgecolor="black")]
    whisker = [Line2D([], [], color=WHISKER, linewidth=1.4, marker="|", markersize=6)] if marked else []
    words = ["at the low input", "at the high input", "Monte Carlo error of the move, 95%"]
    style.legend(figure, [*signs, *whisker], words[: 2 + marked])
    left = len(frame) - len(shown)
    mcse = found.base_error(outcome)
    told_error = f"{mcse:.2g}" if outcome == "effect" else f"{mcse:,.0f}"
    amount = (
        f"{number(base)} {plural(plain(chosen_effect(found.result).unit), base)}"
        if outcome == "effect"
        else _money(base, sign_of(found.result))
    )
    style.crown(
        figure,
        f"One parameter at a time: incremental {TITLES[outcome]}",
        context(found.result),
        f"{compared(found.result, found.strategy)}. {seen_by(found.result)}",
        f"Each from the low to the high end of its range, every other at its point estimate. Line: base case, {amount}"
        f" (MCSE {told_error}).{_rest(left)}",
        f"Net benefit at {judged(found.result, found.threshold)}; dashed: 0, where the decision changes."
        if outcome == "nmb"
        else None,
        ONE_SIDE if (shown["direction"] == "turns").any() else None,
        *(idle_sentences(found.result, found.idle, ids=False) if outcome == "nmb" else ()),
    )
    return style.Drawing(f"tornado_{outcome}", figure, shown)


def _errors(found: OneWay, outcome: str, names: list[str]) -> dict[str, list[float]]:
    """Half the 95% Monte Carlo intervals of how far each end moves the outcome, by column."""
    reach = reach_of(degrees_of(1, len(found.result.values.people)))
    errors = found.end_errors(outcome)
    return {f"error_at_{end}": [reach * errors[n][k] for n in names] for k, end in enumerate(("low", "high"))}


def _bars(ax: Axes, shown: pd.DataFrame, base: float, places: Ints) -> None:
    """Light and dark, the shorter before the longer where both ends lie on one side."""
    low, high = (shown[f"outcome_at_{end}"].to_numpy() - base for end in ("low", "high"))
    for reach, other, colour in ((low, high, LOW), (high, low, HIGH)):
        front = np.where(np.abs(reach) < np.abs(other), 3, 2)
        for y, length, z in zip(places, reach, front, strict=True):
            ax.barh(y, length, left=base, height=0.62, color=colour, edgecolor="black", linewidth=0.6, zorder=z)


def _whiskers(ax: Axes, shown: pd.DataFrame, places: Ints) -> bool:
    """The error of each end, the low one's above the high one's; False where none is known."""
    known = False
    for end, up in (("low", 0.15), ("high", -0.15)):
        error = shown[f"error_at_{end}"].to_numpy(dtype=np.float64)
        some = np.isfinite(error) & (error > 0)
        if some.any():
            at, y = shown[f"outcome_at_{end}"].to_numpy()[some], places[some] + up
            line: style.Keywords = {"fmt": "none", "ecolor": WHISKER, "elinewidth": 1.4, "capsize": 2.5, "zorder": 5}
            ax.errorbar(at, y, xerr=error[some], **line)
            known = True
    return known


def _rest(left: int) -> str:
    if not left:
        return ""
    return f" {left} that {'moves' if left == 1 else 'move'} it less {'is' if left == 1 else 'are'} in the table."


def _money(value: float, sign: str) -> str:
    return f"{'-' * (value < 0)}{signed(sign, f'{abs(value):,.0f}')}"


def _bar_label(label: str, unit: str, low: float, high: float) -> str:
    return f"{wrapped(label, 52, 4)}\n{bare(low, unit)} to {in_unit(high, unit)}"


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
    labels = [f"{wrapped(records[n].label, 70, 4)}{told_unit(records[n].unit)}" for n in found.names]
    ax.set_xlabel(labels[0])
    ax.set_ylabel(wrapped(labels[1], 48, 3))
    style.number_axes(ax.xaxis, ax.yaxis)
    ax.grid(visible=False)
    signs = [Line2D([], [], markersize=7, **_SIGN), Line2D([], [], color="black", linewidth=1.8)]
    style.legend(figure, signs[: 1 + switches], ["base case", "decision switches (net benefit 0)"][: 1 + switches])
    style.crown(
        figure,
        "Two parameters together",
        context(found.result),
        f"{compared(found.result, found.strategy)}. {seen_by(found.result)}",
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
    change = [Line2D([], [], color="black", linestyle="--", linewidth=1)] if found.inside else []
    words = [*(wrapped(labels[n], 40) for n in names), "base case", "decision changes"]
    style.legend(figure, [*handles, Line2D([], [], **_SIGN), *change], words[: len(names) + 1 + len(change)])
    at = ", ".join(_switch_words(s.value, record.unit, s.error) for s in found.inside)
    style.crown(
        figure,
        "Where the decision changes",
        context(found.result),
        seen_by(found.result),
        f"Net benefit at {judged(found.result, found.threshold)}; every other parameter at its point estimate.",
        f"The decision changes at {at}." if at else switching_sentence(found, ids=False),
        *idle_sentences(found.result, found.idle, ids=False),
    )
    return style.Drawing("threshold", figure, found.table())


def _switch_words(value: float, unit: str, error: float) -> str:
    told = in_unit(value, unit, 4)
    return f"{told} (MCSE {error:,.2g})" if error > 0 else told


def _room(ax: Axes) -> None:
    ax.margins(x=0.03, y=0.08)
