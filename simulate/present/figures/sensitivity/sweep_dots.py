"""Scenarios, subgroups and Sobol's indices: dots with intervals, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D

from parameters.units import number_of
from simulate.present.english.numbers import small
from simulate.present.figures import style
from simulate.present.figures.labels import context, label_or_id, lines_of, sign_of, viewpoint, wrapped
from simulate.present.figures.sensitivity.sweep import compared, judged, seen_by

if TYPE_CHECKING:
    import pandas as pd

    from simulate.analyse.sweep import Scenarios, Sobol, Subgroups
    from simulate.result.result import Result

MOST = 12  # parameters of indices


def draw_scenarios(found: Scenarios) -> style.Drawing:
    """Incremental cost and net benefit of every scenario, with 95% intervals and the probability of being best."""
    frame = found.table()
    threshold = found.threshold["base"]
    others = frame["effect"].ne(str(found.result.options.effect)) | frame["wtp"].ne(threshold)
    noted = [f"{label} *" if other else label for label, other in zip(frame["label"], others, strict=True)]
    star = "* Net benefit in another measure of effect or at another threshold." if others.any() else None
    return _pair("scenarios", "Scenarios", found.result, frame, noted, threshold, star)


def draw_subgroups(found: Subgroups) -> style.Drawing:
    """Incremental cost and net benefit at every level, with 95% intervals and the probability of being best."""
    frame = found.table()
    labels = [
        f"{str(r['level']).replace('_', ' ')} ({number_of(round(r['people']), 'person')} a draw)"
        for r in frame.to_dict("records")
    ]
    levels = ", ".join(found.empty)
    empty = f"Left out, nobody there in some draw: {levels}." if found.empty else None
    known = {c.name: c.label for c in found.result.case.problem.pathway.characteristics}
    title = f"By {small(label_or_id(known[found.characteristic], found.characteristic))}"
    return _pair("subgroups", title, found.result, frame, labels, found.threshold, empty)


def _pair(
    stem: str,
    title: str,
    result: Result,
    frame: pd.DataFrame,
    labels: Sequence[str],
    threshold: float,
    note: str | None,
) -> style.Drawing:
    names = list(dict.fromkeys(frame["strategy"]))
    several = len(names) > 1
    titles = {s.id: label_or_id(s.label, s.id) for s in result.case.problem.strategies}
    rows = [f"{text}: {titles[s]}" if several else text for text, s in zip(labels, frame["strategy"], strict=True)]
    rows = [wrapped(row, 34, 3) for row in rows]
    lines = sum(max(1, row.count("\n")) for row in rows)
    figure, axes = style.paper(2, 2, 0.9 + 0.16 * lines + 0.18 * len(rows))
    places = np.arange(len(rows))[::-1]
    drawn = len(result.cost) > 1
    for ax, outcome in zip(axes, ("cost", "nmb"), strict=True):
        for y, (_, row) in zip(places, frame.iterrows(), strict=True):
            _dot(ax, float(y), row, outcome, names.index(row["strategy"]))
        first = frame.iloc[: len(names)]
        for k, value in enumerate(first[f"{outcome}_mean"]):
            ax.axvline(value, color=style.colour(k + 1), linewidth=0.8, linestyle=":", zorder=1)
        ax.axvline(0, color=style.GREY, linewidth=0.9, zorder=1)
        ax.set_ylim(-0.6, len(rows) - 0.4)
        ax.set_yticks(places, rows if outcome == "cost" else [""] * len(rows))
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False, axis="y")
        ax.margins(x=0.06)
        style.number_axes(ax.xaxis)
        ax.locator_params(axis="x", nbins=5)
    axes[0].set_xlabel(f"Incremental cost,\n{sign_of(result)} per person")
    axes[1].set_xlabel(f"Incremental net monetary benefit,\n{sign_of(result)} per person")
    if drawn:
        chance = ["" if p is None or p != p else f"{p:.0%}" for p in frame["p_cost_effective"]]
        side = axes[1].secondary_yaxis("right")
        side.set_yticks(places, chance)
        side.tick_params(length=0)
        side.spines["right"].set_visible(False)
        side.set_ylabel("Probability\nof being best")
    handles = [Line2D([], [], color=style.colour(k + 1), marker=style.marker(k + 1)) for k in range(len(names))]
    interval = " and 95% interval" if drawn else ""
    style.legend(figure, handles, [f"{wrapped(titles[n], 40)}: mean{interval}" for n in names], columns=2)
    style.crown(
        figure,
        title,
        context(result),
        f"New minus comparator ({small(titles[result.strategies[0]])}). {viewpoint(result)}",
        f"Net benefit at {judged(result, threshold)}."
        f" Dotted: {'everybody' if stem == 'subgroups' else 'the base case'}.",
        note,
    )
    return style.Drawing(stem, figure, frame)


def _dot(ax: Any, y: float, row: Any, outcome: str, k: int) -> None:
    mean, low, high = (row[f"{outcome}_{part}"] for part in ("mean", "low", "high"))
    if low is not None and low == low:
        ax.plot([low, high], [y, y], "-", color=style.colour(k + 1), linewidth=1.4)
    ax.plot([mean], [y], style.marker(k + 1), color=style.colour(k + 1), markersize=5)


# --- Sobol's indices ------------------------------------------------------------------------------------


def draw_sobol(found: Sobol) -> style.Drawing:
    """First-order and total indices of the most influential parameters, by outcome, with 95% intervals."""
    frame = found.table()
    reach = frame.groupby("parameter")["total"].max().sort_values(ascending=False)
    names = list(reach.index[:MOST])
    records = found.result.case.parameters
    labels = [wrapped(records[n].label, 36, 5) for n in names]
    figure, axes = style.paper(3, 3, 1.0 + max(0.36 * len(names), 0.16 * lines_of(labels)), share=False)
    places = np.arange(len(names))[::-1]
    for ax, outcome in zip(axes, ("nmb", "cost", "effect"), strict=True):
        mine = frame[frame["outcome"] == outcome].set_index("parameter").loc[names]
        for kind, shift, look in (("total", 0.14, _TOTAL), ("first", -0.14, _FIRST)):
            value, width = mine[kind].to_numpy(), mine[f"{kind}_reach"].to_numpy()
            ax.errorbar(value, places + shift, xerr=width, elinewidth=1, capsize=2, linestyle="none", **look)
        ax.axvline(0, color=style.GREY, linewidth=0.8)
        ax.set_yticks(places, labels if outcome == "nmb" else [""] * len(names))
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(-0.6, len(names) - 0.4)
        ax.set_xlim(min(-0.1, ax.get_xlim()[0]), max(1.0, ax.get_xlim()[1]))
        ax.grid(visible=False, axis="y")
        ax.set_xlabel("Share of variance")
        ax.set_title({"nmb": "Net benefit", "cost": "Cost", "effect": "Effect"}[outcome])
    signs = [Line2D([], [], linestyle="none", **look) for look in (_TOTAL, _FIRST)]
    style.legend(figure, signs, ["total index, interactions included", "first-order index, by itself"])
    left = len(found.names) - len(names)
    style.crown(
        figure,
        "Whose uncertainty it is (Sobol's indices)",
        context(found.result),
        f"{compared(found.result, found.strategy)}. {seen_by(found.result)}",
        f"Net benefit at {judged(found.result, found.threshold)}. {found.points:,} points,"
        f" {number_of(len(found.result.cost) - 1, 'cell')}; bars: 95% intervals by bootstrap."
        + (f" {number_of(left, 'parameter')} with smaller indices are in the table." if left else ""),
    )
    return style.Drawing("sobol", figure, frame[frame["parameter"].isin(names)])


_TOTAL: style.Keywords = {"color": "#1F2A5A", "marker": "s", "markersize": 4.5}
_FIRST: style.Keywords = {
    "color": "#D55E00", "marker": "o", "markersize": 4.5, "markerfacecolor": "white",
}  # fmt: skip
