"""What curves by willingness to pay are drawn with, of a run and of a finished table of draws alike."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from parameters.arrays import Floats
from simulate.present.figures import style

FRONTIER: style.Keywords = {"color": "black", "alpha": 0.22, "linewidth": 6, "solid_capstyle": "butt"}
BEING_BEST = "Probability of being best"


def marks(ax: Axes, x: Floats, y: Floats, position: int) -> None:
    """Markers of the strategy at a position on its curve, a few, each strategy's elsewhere."""
    at = style.places(len(x), position)
    ax.plot(x[at], y[at], style.marker(position), color=style.colour(position), markersize=4.5, clip_on=False)


def signs(labels: Sequence[str]) -> list[tuple[Artist, str]]:
    """What stands for each strategy in a legend."""
    return [
        (Line2D([], [], color=style.colour(i), marker=style.marker(i), markersize=4.5), label)
        for i, label in enumerate(labels)
    ]


def as_shares(ax: Axes) -> None:
    """An upright axis of shares, with room for a curve at either end."""
    ax.set_ylim(-0.02, 1.02)
    ax.yaxis.set_major_formatter(style.percent)
