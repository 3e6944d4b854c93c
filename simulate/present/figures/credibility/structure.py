"""Structural alternatives: increments of each with their average, and acceptability of each with its average."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from simulate.analyse.credibility.structure import AVERAGE
from simulate.present.english.numbers import amount, capital, percent
from simulate.present.figures import style
from simulate.present.figures.labels import (
    context,
    per_effect,
    sign_of,
    strategy_labels,
    threshold_axis,
    viewpoint,
    wrapped,
)

if TYPE_CHECKING:
    from simulate.analyse.credibility.structure import Structures

OUTCOMES = {"cost": "Incremental cost", "nmb": "Incremental net monetary benefit"}
THICK = 2.6


def draw_increments(found: Structures) -> style.Drawing:
    """Incremental cost and net benefit of every combination and of the average, with 95% intervals."""
    rows, new = found.rows, list(found.strategies[1:])
    labels = dict(zip(found.strategies, strategy_labels(found, 30), strict=True))
    told = [_label(r) + (f"\n{labels[r['strategy']]}" if len(new) > 1 else "") for r in rows]
    height = 0.9 + 0.2 * len(rows) + 0.14 * sum(t.count("\n") for t in told)
    figure, axes = style.paper(2, 2, height)
    for ax, outcome in zip(axes, OUTCOMES, strict=True):
        for y, row in enumerate(reversed(rows)):
            _dot(ax, float(y), row, outcome, new.index(row["strategy"]) + 1)
        ax.axvline(0, color=style.GREY, linewidth=0.9, zorder=1)
        ax.axhline(len(new) - 0.5, color=style.GREY, linewidth=0.6, linestyle=":", zorder=1)
        ax.set_ylim(-0.6, len(rows) - 0.4)
        ax.set_yticks(range(len(rows)), told[::-1] if outcome == "cost" else [""] * len(rows))
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False, axis="y")
        ax.margins(x=0.06)
        style.number_axes(ax.xaxis)
        ax.locator_params(axis="x", nbins=5)
        ax.set_xlabel(f"{OUTCOMES[outcome]},\n{sign_of(found)} per {found.case.each}")
    handles = [Line2D([], [], color=style.colour(k), marker=style.marker(k)) for k in range(1, len(new) + 1)]
    style.legend(figure, handles, [f"{labels[s]}: mean and 95% interval" for s in new], columns=2)
    _crown(figure, found, "Structural alternatives", "Net benefit at", " Lowest: the average by weight.")
    return style.Drawing("structure", figure, found.table())


def _label(row: dict[str, Any]) -> str:
    name = (
        "average by weight" if row["structure"] == AVERAGE else row["structure"].replace("_", " ").replace("+", ";\n")
    )
    share = "" if row["structure"] == AVERAGE else f" ({percent(row['weight'])})"
    return f"{capital(name)}{share}"


def _dot(ax: Axes, y: float, row: dict[str, Any], outcome: str, place: int) -> None:
    mean, low, high = (row[f"{outcome}_{part}"] for part in ("mean", "low", "high"))
    average = row["structure"] == AVERAGE
    if low is not None:
        ax.plot([low, high], [y, y], "-", color=style.colour(place), linewidth=THICK if average else 1.4)
    ax.plot([mean], [y], style.marker(place), color=style.colour(place), markersize=7 if average else 5)


def draw_acceptability(found: Structures) -> style.Drawing | None:
    """How probable it is that each strategy is best, by structure and on average; None where that is not told."""
    table = found.ceac_table
    at, new = table["threshold"], found.strategies[1:]
    if len(at) == 1 or not np.isfinite(table[f"{AVERAGE}_{new[0]}"]).all():
        return None
    figure, axes = style.paper(len(new), 2, 3.4)
    titles = strategy_labels(found, 44)[1:]
    for ax, strategy, title in zip(axes, new, titles, strict=True):
        for k, combination in enumerate(found.combinations, 1):
            ax.plot(
                at, table[f"{combination.name}_{strategy}"], color=style.colour(k), linestyle=_dashes(k), linewidth=1.3
            )
        ax.plot(at, table[f"{AVERAGE}_{strategy}"], color="black", linewidth=THICK)
        ax.set_title(title)
        ax.set_xlabel(wrapped(threshold_axis(found.average), 50))
        ax.set_xlim(at.min(), at.max())
        ax.set_ylim(-0.02, 1.02)
        ax.yaxis.set_major_formatter(style.percent)
        style.number_axes(ax.xaxis)
    axes[0].set_ylabel("Probability of being best")
    signs = [
        (Line2D([], [], color=style.colour(k), linestyle=_dashes(k)), c.name.replace("_", " ").replace("+", "; "))
        for k, c in enumerate(found.combinations, 1)
    ]
    signs.append((Line2D([], [], color="black", linewidth=THICK), "average by weight"))
    style.legend(figure, [handle for handle, _ in signs], [words for _, words in signs], columns=1)
    _crown(figure, found, "Acceptability by structure", "Noise-corrected. Decision told at", "")
    return style.Drawing("structure_ceac", figure, table)


def _dashes(place: int) -> Any:
    """A second sign beside colour, for print without any."""
    return ("-", "--", "-.", ":")[place % 4]


def _crown(figure: Any, found: Structures, title: str, before: str, after: str) -> None:
    price = f"{amount(found.threshold, sign_of(found))} {per_effect(found.average)}"
    same = "Every structure with the same draws and people. New minus comparator."
    style.crown(figure, title, context(found), viewpoint(found.average), f"{same} {before} {price}.{after}")
