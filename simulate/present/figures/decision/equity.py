"""Equity: what a strategy is worth by aversion to inequality, and the equity impact plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from parameters.money.currencies import signed
from simulate.present.figures import style
from simulate.present.figures.labels import context, label_of, sign_of, viewpoint

if TYPE_CHECKING:
    from simulate.result.priorities.equity import Equity

COLOUR = style.PALETTE[1]


def draw_weighted(found: Equity) -> style.Drawing:
    """Equity-weighted net health benefit along aversion, a panel an index."""
    figure, axes = style.paper(2, 2, 3.0)
    titles = {"atkinson": "Atkinson (relative inequality)", "kolm": "Kolm (absolute inequality)"}
    for ax, (index, title) in zip(axes, titles.items(), strict=True):
        rows = found.weighted[found.weighted["index"] == index]
        x = rows["aversion"].to_numpy()
        ax.fill_between(x, rows["value_low"], rows["value_high"], color=COLOUR, alpha=0.2, linewidth=0)
        ax.plot(x, rows["value_mean"], "o-", color=COLOUR, markersize=3.5)
        ax.axhline(0, color="black", linewidth=0.8)
        ax.set_title(title)
        ax.set_xlabel("Aversion to inequality, ε" if index == "atkinson" else "Aversion to inequality, α per QALY")
        style.number_axes(ax.xaxis, ax.yaxis)
    axes[0].set_ylabel("Equity-weighted net health\nbenefit, QALYs per person")
    signs = {
        "mean": Line2D([], [], color=COLOUR, marker="o", markersize=3.5),
        "95% interval over draws": Patch(color=COLOUR, alpha=0.2, linewidth=0),
    }
    style.legend(figure, list(signs.values()), list(signs))
    displaced = signed(sign_of(found.result), f"{found.threshold:,.0f}")
    style.crown(
        figure,
        "What it is worth when inequality counts",
        context(found.result),
        viewpoint(found.result),
        f"{label_of(found.result, found.strategy)}, new minus comparator; {displaced} displaces a QALY.",
    )
    return style.Drawing("equity_weighted", figure, found.weighted)


def draw_plane(found: Equity) -> style.Drawing:
    """Equity impact plane: health against inequality, a point a draw."""
    figure, (ax,) = style.paper(1, 1, 3.8)
    ax.plot(found.fairer, found.health, ".", color=COLOUR, alpha=0.5, markersize=3)
    ax.plot([found.fairer.mean()], [found.health.mean()], "D", color=style.PALETTE[2], markersize=6)
    ax.axhline(0, color="black", linewidth=0.8)
    ax.axvline(0, color="black", linewidth=0.8)
    for axis, values in ((ax.set_xlim, found.fairer), (ax.set_ylim, found.health)):
        reach = 1.15 * max(float(np.abs(values).max()), 1e-9)
        axis(-reach, reach)
    corners = {(1, 1): "more health, fairer", (0, 1): "more health, less fair", (1, 0): "less health, fairer"}
    for (x, y), words in {**corners, (0, 0): "less health, less fair"}.items():
        place = (0.98 if x else 0.02, 0.97 if y else 0.03)
        sides = {"ha": "right" if x else "left", "va": "top" if y else "bottom"}
        ax.text(*place, words, size=8, transform=ax.transAxes, **sides)  # type: ignore[arg-type]
    ax.set_xlabel(f"Health no longer lost to inequality (Atkinson, ε = {found.aversion:g}), QALYs per person")
    ax.set_ylabel("Net health benefit, QALYs per person")
    style.number_axes(ax.xaxis, ax.yaxis)
    signs = {
        "a draw": Line2D([], [], color=COLOUR, marker=".", linestyle=""),
        "mean of the draws": Line2D([], [], color=style.PALETTE[2], marker="D", linestyle=""),
    }
    style.legend(figure, list(signs.values()), list(signs))
    style.crown(figure, "Equity impact plane", context(found.result), viewpoint(found.result), "New minus comparator.")
    table = pd.DataFrame({"fairer": found.fairer, "health": found.health})
    return style.Drawing("equity_plane", figure, table)
