"""The cost-effectiveness frontier: mean costs and effects of all strategies, and which of them nothing beats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from simulate.evaluate.decision.table import Table
from simulate.evaluate.uncertainty.precision import mcse, reach_of
from simulate.evaluate.uncertainty.told import degrees_of
from simulate.present.english.numbers import amount
from simulate.present.figures import style
from simulate.present.figures.labels import (
    chosen_effect,
    context,
    effect_axis,
    no_difference,
    one_draw,
    per_effect,
    sign_of,
    strategy_labels,
    viewpoint,
    wrapped,
)

if TYPE_CHECKING:
    from simulate.result.result import Result

UNBEATEN = ("reference", "on frontier")
_LINE: style.Keywords = {"color": "black", "linewidth": 1.1}


class Place(NamedTuple):
    """Where a strategy lies, against the comparator."""

    position: int  # of the strategy, for its colour and marker
    effect: float  # mean increment, units of effect per person
    cost: float  # mean increment, money per person
    unbeaten: bool
    words: str  # its label and place
    error: tuple[float, float] = (0.0, 0.0)  # half a 95% interval of Monte Carlo error, of effect and of cost


def draw(result: Result) -> style.Drawing | None:
    """Means against the comparator with their Monte Carlo error; None where ratios or probabilities are withheld."""
    if result.withheld.icer or result.withheld.probability or len(result.strategies) < 2:
        return None
    frame, labels = table(result), strategy_labels(result)
    places = [
        Place(
            i := result.strategies.index(row["strategy"]),
            row["incremental_effect"],
            row["incremental_cost"],
            is_unbeaten(row["status"]),
            f"{labels[i]}: {place_words(row['status'], row['icer'], sign_of(result), per_effect(result))}",
            (row["effect_error"], row["cost_error"]),
        )
        for row in frame.rows()
    ]
    figure, (ax,) = style.paper(1, 1, 3.8)
    paint(ax, places)
    ax.set_xlabel(wrapped(effect_axis(chosen_effect(result), result.case.each), 100))
    ax.set_ylabel(f"Incremental cost, {sign_of(result)} per {result.case.each}")
    key(figure, places, errors="Monte Carlo error, 95%")
    lines = (context(result), viewpoint(result), one_draw(result), no_difference(result), EXPLAINED)
    style.crown(figure, "Cost-effectiveness frontier", *lines)
    return style.Drawing("frontier", figure, frame)


EXPLAINED = "Means. Filled: on the frontier, each with its cost for a unit more than the one before; hollow: beaten."


def table(result: Result) -> Table:
    """One row a strategy in order of cost: means against the comparator, half their 95% Monte Carlo interval, place."""
    found = result.incremental_table
    order = [result.strategies.index(s) for s in found["strategy"]]
    values, people = result.values, result.values.people
    reach = reach_of(degrees_of(len(result.cost), len(people), result.replicate))
    errors = [reach * mcse(v[:, order] - v[:, :1], people, result.replicate) for v in (values.effect, values.cost)]
    gained, spent = (x[:, order].mean(axis=0) - x[:, 0].mean() for x in (result.effect, result.cost))
    return Table(
        {
            "strategy": found["strategy"],
            "incremental_effect": gained,
            "effect_error": np.nan_to_num(errors[0]),
            "incremental_cost": spent,
            "cost_error": np.nan_to_num(errors[1]),
            "icer": found["icer"],
            "status": found["status"],
        }
    )


def is_unbeaten(status: str) -> bool:
    """Whether a place in the incremental analysis is on the frontier; what may be added to it does not count."""
    return status.startswith(UNBEATEN)


def place_words(status: str, icer: float, sign: str, per: str) -> str:
    """The place of a strategy: its ratio where it has one that can be told."""
    if icer == icer:
        return f"{amount(icer, sign)} {per}"
    if status.startswith("on frontier"):
        return f"{status}, at a ratio that is mere noise"
    return "where the frontier begins" + status.removeprefix("reference") if status.startswith("reference") else status


def paint(ax: Axes, places: Sequence[Place]) -> None:
    """Signs at the means, crosses of their error behind them, and the line through those that nothing beats."""
    ax.axhline(0, color=style.GREY, linewidth=0.8, zorder=1)
    ax.axvline(0, color=style.GREY, linewidth=0.8, zorder=1)
    stay = sorted((p.effect, p.cost) for p in places if p.unbeaten)
    if len(stay) > 1:
        ax.plot(*np.transpose(stay), zorder=2, **_LINE)
    for p in places:
        colour = style.colour(p.position)
        if any(p.error):
            cross: style.Keywords = {"fmt": "none", "ecolor": colour, "elinewidth": 0.9, "capsize": 2, "zorder": 3}
            ax.errorbar([p.effect], [p.cost], xerr=[p.error[0]], yerr=[p.error[1]], **cross)
        ax.plot([p.effect], [p.cost], zorder=4, **_sign(p))
    ax.margins(0.08)
    style.number_axes(ax.xaxis, ax.yaxis)


def key(figure: Figure, places: Sequence[Place], errors: str) -> None:
    """The strategies with their places, and what else is drawn; what the `errors` are, in words."""
    signs: list[tuple[Artist, str]] = [(Line2D([], [], **_sign(p)), wrapped(p.words, 50)) for p in places]
    if sum(p.unbeaten for p in places) > 1:
        signs.append((Line2D([], [], **_LINE), "frontier"))
    if any(any(p.error) for p in places):
        signs.append((Line2D([], [], color=style.GREY, linewidth=0.9), errors))
    handles, words = zip(*signs, strict=True)
    style.legend(figure, handles, words, columns=2)


def _sign(p: Place) -> style.Keywords:
    colour = style.colour(p.position)
    return {
        "marker": style.marker(p.position),
        "color": colour,
        "markerfacecolor": colour if p.unbeaten else "white",
        "markersize": 6.5,
        "linestyle": "none",
    }
