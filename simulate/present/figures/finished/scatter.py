"""The cost-effectiveness plane of a finished table, draw by draw, and its frontier, of the means."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from simulate.evaluate.decision.table import Table, joined
from simulate.evaluate.uncertainty.precision import mcse_of_draws, reach_of
from simulate.present.english.finished import context, money, units
from simulate.present.english.numbers import clean
from simulate.present.figures import style
from simulate.present.figures.decision.frontier import EXPLAINED, Place, is_unbeaten, key, paint, place_words
from simulate.present.figures.decision.outline import outline
from simulate.present.figures.decision.plane import MOST_POINTS, RASTERISED
from simulate.present.figures.labels import wrapped

if TYPE_CHECKING:
    from simulate.result.finished.psa_table import PsaTable

_MEAN: style.Keywords = {"markersize": 7, "markeredgecolor": "white", "linestyle": "none"}


def draw_plane(table: PsaTable) -> style.Drawing | None:
    """Increments of all strategies, means and outlines around 95%; None where only net benefit is known."""
    if table.of_benefit:
        return None
    figure, (ax,) = style.paper(1, 1, 4.4)
    ax.axhline(0, color=style.GREY, linewidth=0.8)
    ax.axvline(0, color=style.GREY, linewidth=0.8)
    others = [i for i in range(len(table.strategies)) if i != table.reference]
    step = -(-len(table) * len(others) // MOST_POINTS)
    signs: list[tuple[Artist, str]] = []
    for i in others:
        x, y = (v[:, i] - v[:, table.reference] for v in (table.effect, table.cost))
        alpha = float(np.clip(12 / math.sqrt(len(x)), 0.06, 0.6))
        dots: style.Keywords = {"marker": "o", "markersize": 2.4, "markeredgewidth": 0, "linestyle": "none"}
        ax.plot(x[::step], y[::step], color=style.colour(i), alpha=alpha, rasterized=len(x) > RASTERISED, **dots)
        if len(x) > 2 and (np.ptp(x) > 0 or np.ptp(y) > 0):
            ax.plot(*outline(x, y).T, "-", color=style.colour(i), linewidth=1.1)
        ax.plot([x.mean()], [y.mean()], style.marker(i), color=style.colour(i), zorder=5, **_MEAN)
        signs.append(
            (Line2D([], [], color=style.colour(i), marker=style.marker(i), **_MEAN), wrapped(table.strategies[i], 40))
        )
    at = table.threshold
    ax.axline((0, 0), slope=at, color=style.GREY, linestyle=":", linewidth=1.1, zorder=1)
    signs.append((Line2D([], [], color=style.GREY, linestyle=":"), f"{money(table, at)} per {table.terms.effect}"))
    _name_axes(ax, table)
    handles, words = zip(*signs, strict=True)
    style.legend(figure, handles, words)
    thinned = f"One draw in {step} is shown; means and outlines are of all." if step > 1 else None
    style.crown(
        figure,
        "Cost-effectiveness plane",
        *context(table),
        "Large signs: means; outlines: around 95% of the draws.",
        thinned,
    )
    return style.Drawing("plane", figure, _increments(table, others))


def draw_frontier(table: PsaTable) -> style.Drawing | None:
    """Means of all strategies against the comparator, and which nothing beats; None where only net benefit is known."""
    if table.of_benefit:
        return None
    frame = _means(table)
    sign, per = table.terms.currency, f"per {clean(table.terms.effect)}"
    places = [
        Place(
            table.strategies.index(row["strategy"]),
            row["incremental_effect"],
            row["incremental_cost"],
            is_unbeaten(row["status"]),
            f"{row['strategy']}: {place_words(row['status'], row['icer'], sign, per)}",
            (row["effect_error"], row["cost_error"]),
        )
        for row in frame.rows()
    ]
    figure, (ax,) = style.paper(1, 1, 3.8)
    paint(ax, places)
    _name_axes(ax, table)
    key(figure, places, errors="95%, from the number of draws")
    style.crown(figure, "Cost-effectiveness frontier", *context(table), EXPLAINED)
    return style.Drawing("frontier", figure, frame)


def _means(table: PsaTable) -> Table:
    """One row a strategy in order of cost: means against the comparator, half their 95% interval, ratio and place."""
    found, k = table.incremental_table, table.reference
    order = [table.strategies.index(s) for s in found["strategy"]]
    gained, spent = (x[:, order] - x[:, [k]] for x in (table.effect, table.cost))
    reach = reach_of(len(table) - 1)
    return Table(
        {
            "strategy": found["strategy"],
            "incremental_effect": gained.mean(axis=0),
            "effect_error": np.nan_to_num(reach * mcse_of_draws(gained)),
            "incremental_cost": spent.mean(axis=0),
            "cost_error": np.nan_to_num(reach * mcse_of_draws(spent)),
            "icer": found["icer"],
            "status": found["status"],
        }
    )


def _name_axes(ax: Axes, table: PsaTable) -> None:
    ax.set_xlabel(wrapped(f"Incremental effect against {table.comparator}, {units(table)} per person", 90))
    ax.set_ylabel(f"Incremental cost, {table.terms.currency} per person")
    style.number_axes(ax.xaxis, ax.yaxis)


def _increments(table: PsaTable, others: list[int]) -> Table:
    """One row a strategy and draw: incremental effect and cost against the comparator."""
    draws = np.arange(len(table))
    return joined(
        Table(
            {
                "strategy": [table.strategies[i]] * len(draws),
                "draw": draws,
                "incremental_effect": table.effect[:, i] - table.effect[:, table.reference],
                "incremental_cost": table.cost[:, i] - table.cost[:, table.reference],
            }
        )
        for i in others
    )
