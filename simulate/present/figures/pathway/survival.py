"""How many have reached no absorbing level at the times asked for (are not yet dead), by strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from simulate.evaluate.moments import SURVIVAL
from simulate.evaluate.uncertainty.precision import reach_of
from simulate.evaluate.uncertainty.told import degrees_of
from simulate.present.english.numbers import capital, listed
from simulate.present.figures import style
from simulate.present.figures.labels import context, one_draw, plain, size, strategy_labels

if TYPE_CHECKING:
    import pandas as pd

    from simulate.result.result import Result

APART = 0.006  # of the axis, by which strategies stand beside each other


def draw(result: Result) -> style.Drawing | None:
    """Lines through the means, bars over what is not known of them; None where nobody is absorbed, or nothing asked."""
    if not result.options.occupancy:
        return None
    table = result.occupancy()
    table = table[table["measure"] == SURVIVAL].drop(columns=["measure", "domain", "level"]).reset_index(drop=True)
    if table.empty:
        return None
    absorbing = [d.label_of(level) for d in result.case.problem.pathway.domains for level in d.absorbing]
    words = f"not yet {listed(map(plain, absorbing), 'or')}"
    figure, (ax,) = style.paper(1, 1, 3.4)
    for i, strategy in enumerate(result.strategies):
        _curve(ax, table[table["strategy"] == strategy], i, result)
    ax.set_xlim(0, 1.03 * result.statistics.horizon)
    ax.set_xlabel("Years since entry")
    ax.set_ylabel(f"{capital(words)}, share of people")
    ax.yaxis.set_major_formatter(style.percent)
    style.number_axes(ax.xaxis)
    signs: list[Artist] = [
        Line2D([], [], color=style.colour(i), marker=style.marker(i), markersize=4.5)
        for i in range(len(result.strategies))
    ]
    style.legend(figure, signs, strategy_labels(result))
    bars = "Bars: 95% intervals over draws, without chance between people. Overlap says little: people are the same."
    told = bars if _many(result) else "Bars: 95% intervals of Monte Carlo error."
    style.crown(figure, f"Who is {words}", context(result), size(result), one_draw(result), told)
    return style.Drawing("survival", figure, table)


def _many(result: Result) -> bool:
    return len(result.cost) > 1


def _curve(ax: Axes, rows: pd.DataFrame, i: int, result: Result) -> None:
    mean = rows["mean"].to_numpy(dtype=np.float64)
    x = rows["years"].to_numpy(dtype=np.float64) + APART * i * result.statistics.horizon
    if _many(result):
        ends = mean - rows["low"].to_numpy(dtype=np.float64), rows["high"].to_numpy(dtype=np.float64) - mean
    else:
        degrees = degrees_of(1, len(result.statistics.people))
        reach = reach_of(degrees) * rows["mcse"].fillna(0.0).to_numpy(dtype=np.float64)
        ends = reach, reach
    bars, sign = np.maximum(np.stack(ends), 0.0), style.marker(i)
    ax.errorbar(
        x, mean, bars, color=style.colour(i), marker=sign, markersize=4.5, linewidth=1.2, elinewidth=1, capsize=2
    )
