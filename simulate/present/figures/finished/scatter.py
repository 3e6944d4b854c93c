"""The cost-effectiveness plane of a finished table: every strategy against the comparator, draw by draw."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.lines import Line2D

from simulate.evaluate.decision.table import Table, joined
from simulate.present.english.finished import context, money
from simulate.present.figures import style
from simulate.present.figures.decision.plane import MOST_POINTS, RASTERISED, ellipse
from simulate.present.figures.labels import wrapped

if TYPE_CHECKING:
    from simulate.result.finished.psa_table import PsaTable

_MEAN: style.Keywords = {"markersize": 7, "markeredgecolor": "white", "linestyle": "none"}


def draw_plane(table: PsaTable) -> style.Drawing | None:
    """Increments of all strategies in one panel, means and 95% ellipses; None where only net benefit is known."""
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
            ax.plot(*ellipse(x, y).T, "-", color=style.colour(i), linewidth=1.1)
        ax.plot([x.mean()], [y.mean()], style.marker(i), color=style.colour(i), zorder=5, **_MEAN)
        signs.append(
            (Line2D([], [], color=style.colour(i), marker=style.marker(i), **_MEAN), wrapped(table.strategies[i], 40))
        )
    at = table.threshold
    ax.axline((0, 0), slope=at, color=style.GREY, linestyle=":", linewidth=1.1, zorder=1)
    signs.append((Line2D([], [], color=style.GREY, linestyle=":"), f"{money(table, at)} per {table.terms.effect}"))
    ax.set_xlabel(wrapped(f"Incremental effect against {table.comparator}, {table.terms.effect} per person", 90))
    ax.set_ylabel(f"Incremental cost, {table.terms.currency} per person")
    style.number_axes(ax.xaxis, ax.yaxis)
    handles, words = zip(*signs, strict=True)
    style.legend(figure, handles, words)
    thinned = f"One draw in {step} is shown; means and ellipses are of all." if step > 1 else None
    style.crown(
        figure, "Cost-effectiveness plane", *context(table), "Large signs: means; ellipses: 95% of draws.", thinned
    )
    return style.Drawing("plane", figure, _increments(table, others))


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
