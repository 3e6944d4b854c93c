"""What each strategy adds in cost by draw, where its effect is one number: a plane would be a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from parameters.arrays import Floats
from simulate.present.english.numbers import number, plural, whole_percents
from simulate.present.figures import style
from simulate.present.figures.decision import plane
from simulate.present.figures.labels import (
    chosen_effect,
    context,
    label_or_id,
    no_difference,
    plain,
    sign_of,
    strategy_labels,
    viewpoint,
    wrapped,
)

if TYPE_CHECKING:
    from simulate.result.result import Result
    from simulate.result.valued import Valued

BINS = 24
_MEAN: style.Keywords = {"color": "black", "linestyle": "--", "linewidth": 1.2}


def draw(result: Result) -> style.Drawing | None:
    """A histogram of the incremental cost for each strategy; None where an effect varies, or nobody measured it."""
    if result.withheld.probability or len(result.strategies) < 2 or not plane.one_effect(result):
        return None
    figure, axes = style.paper(len(result.strategies) - 1, 2, 3.0)
    labels = strategy_labels(result)
    for i, ax in enumerate(axes, start=1):
        _panel(ax, result, i)
        ax.set_title(wrapped(f"{labels[i]} against {labels[0]}", 90 // min(2, len(axes))))
        ax.set_xlabel(f"Incremental cost, {sign_of(result)} per {result.case.each}")
    for ax in axes[::2]:
        ax.set_ylabel("Draws")
    bar = Patch(facecolor=style.GREY, alpha=0.35)
    signs: list[tuple[Artist, str]] = [(bar, "draws"), (Line2D([], [], **_MEAN), "mean of the draws")]
    handles, words = zip(*signs, strict=True)
    style.legend(figure, handles, words)
    style.crown(
        figure, "Incremental cost", context(result), viewpoint(result), no_difference(result), *_effects(result)
    )
    return style.Drawing("cost_difference", figure, plane.table(result))


def _panel(ax: Axes, result: Valued, i: int) -> None:
    cost = result.cost[:, i] - result.cost[:, 0]
    ax.hist(cost, bins=_edges(cost).tolist(), color=style.colour(i), alpha=0.35, edgecolor="white", linewidth=0.5)
    ax.axvline(0, color=style.GREY, linewidth=0.8)
    ax.axvline(float(cost.mean()), **_MEAN)
    ax.margins(x=0.04)
    style.number_axes(ax.xaxis, ax.yaxis)


def _edges(cost: Floats) -> Floats:
    """Of bins over the draws."""
    low, high = float(cost.min()), float(cost.max())
    return np.linspace(low, high, BINS + 1) if high > low else np.array([low - 0.5, low + 0.5])


def _effects(result: Valued) -> list[str]:
    """The one number that each effect is, and how many draws save money."""
    labels, measure = strategy_labels(result, 200), chosen_effect(result)
    label = label_or_id(measure.label, measure.name)
    told = []
    for i, name in enumerate(labels[1:], start=1):
        gained = float(result.effect[0, i] - result.effect[0, 0])
        cost = result.cost[:, i] - result.cost[:, 0]
        dearer, equal, saving = whole_percents(
            [float((cost > 0).mean()), float((cost == 0).mean()), float((cost < 0).mean())]
        )
        same = f", costs the same in {equal}%" if equal else ""
        told.append(
            f"{name}: {label}, new minus comparator, is {number(gained)} {plural(plain(measure.unit), gained)} in"
            f" every draw; it saves money in {saving}% of draws, costs more in {dearer}%{same}."
        )
    return told
