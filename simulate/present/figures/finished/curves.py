"""By willingness to pay: how probable it is that each strategy is best, what it loses, what knowing all is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from simulate.evaluate.decision.table import Table
from simulate.present.english.finished import context, payment
from simulate.present.figures import curves, style
from simulate.present.figures.labels import wrapped

if TYPE_CHECKING:
    from simulate.result.finished.psa_table import PsaTable

_EVERYTHING: style.Keywords = {"color": "black", "linestyle": "--", "linewidth": 1.4}


def draw_ceac(table: PsaTable) -> style.Drawing | None:
    """CEACs and the frontier; None where net benefit is at one price alone."""
    if len(table.thresholds) < 2:
        return None
    found = table.ceac_table
    figure, ax = _paper(table, curves.BEING_BEST)
    x, optimal = found["threshold"], np.array(found["optimal"], dtype=object)
    for strategy in dict.fromkeys(found["optimal"]):
        ax.plot(x, np.where(optimal == strategy, found["frontier"], np.nan), zorder=1, **curves.FRONTIER)
    _curves(ax, table, found, "probability")
    curves.as_shares(ax)
    _key(figure, table, (Line2D([], [], **curves.FRONTIER), "frontier: best on average"))
    style.crown(figure, "Cost-effectiveness acceptability", *context(table))
    return style.Drawing("ceac", figure, found)


def draw_loss(table: PsaTable) -> style.Drawing | None:
    """Expected loss of each strategy, whose least is the EVPI; None where net benefit is at one price alone."""
    if len(table.thresholds) < 2:
        return None
    found = table.loss_table
    figure, ax = _paper(table, f"Expected loss, {table.terms.currency} per person")
    _curves(ax, table, found, "loss")
    ax.plot(found["threshold"], table.evpi_table["value"], **_EVERYTHING)
    style.number_axes(ax.yaxis)
    _key(figure, table, (Line2D([], [], **_EVERYTHING), "the least of them: EVPI"))
    style.crown(figure, "What choosing each strategy is expected to lose", *context(table))
    return style.Drawing("expected_loss", figure, found)


def draw_evpi(table: PsaTable) -> style.Drawing | None:
    """EVPI with its standard error twice either side; None where net benefit is at one price alone."""
    if len(table.thresholds) < 2:
        return None
    found = table.evpi_table
    figure, ax = _paper(table, f"EVPI, {table.terms.currency} per person")
    x, value, reach = found["threshold"], found["value"], 1.96 * found["mcse"]
    low, high = np.maximum(value - reach, 0.0), value + reach
    ax.fill_between(x, low, high, color=style.PALETTE[1], alpha=0.2, linewidth=0)
    ax.plot(x, value, color=style.PALETTE[1])
    top = float(np.nanmax([*high, *value]))
    ax.set_ylim(-0.02 * top if top > 0 else -0.02, 1.08 * top if top > 0 else 1.0)
    style.number_axes(ax.yaxis)
    band = "Band: 95%, from the number of draws."
    style.crown(figure, "Expected value of perfect information (EVPI)", *context(table), band)
    return style.Drawing("evpi", figure, Table({**found.columns, "low": low, "high": high}))


def _paper(table: PsaTable, upright: str) -> tuple[Figure, Axes]:
    figure, (ax,) = style.paper(1, 1, 3.6)
    ax.set_xlabel(wrapped(f"Willingness to pay, {payment(table)}", 90))
    ax.set_ylabel(upright)
    x = table.thresholds
    ax.set_xlim(x.min(), x.max())
    style.number_axes(ax.xaxis)
    return figure, ax


def _curves(ax: Axes, table: PsaTable, found: Table, column: str) -> None:
    for i, strategy in enumerate(table.strategies):
        y = found[f"{column}_{strategy}"]
        ax.plot(found["threshold"], y, color=style.colour(i), linewidth=1.4)
        curves.marks(ax, found["threshold"], y, i)


def _key(figure: Figure, table: PsaTable, *others: tuple[Artist, str]) -> None:
    signs = curves.signs([wrapped(strategy, 40) for strategy in table.strategies])
    handles, words = zip(*signs, *others, strict=True)
    style.legend(figure, handles, words, columns=2 if len(signs) < 6 else 3)
