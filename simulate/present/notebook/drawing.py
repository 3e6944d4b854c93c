"""One figure from Python: drawn on paper of our own or into somebody else's axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from models.contract import ModelError
from simulate.present.figures import style

Given = Axes | Sequence[Axes] | None  # ``ax``: one, as many as there are panels, or none for a figure of our own
ABOUT_AX = "allowed: matplotlib axes, or a sequence of them, one a panel"


def drawn(draw: Callable[[], style.Drawing | None], ax: Given, why: Callable[[], str] = lambda: "") -> Figure:
    """The figure that `draw` makes, laid out, or that of the axes `ax`; settings of matplotlib are left as they are.

    ``ModelError`` where there is nothing to draw, with the words of `why`, and for axes that are none or too few.
    """
    if ax is None:
        with style.house_style():
            found = _told(draw(), why)
            found.figure.draw_without_rendering()  # what is made late, such as ticks, is made in our style
        return found.figure
    axes = list(np.atleast_1d(np.asarray(ax, dtype=object)).ravel())
    if not all(isinstance(a, Axes) for a in axes):
        raise ModelError(f"ax: {type(ax).__name__}; {ABOUT_AX}")
    before = {text: text.get_text() for a in axes for text in a.findobj(Text)}
    with style.house_style(), style.drawn_into(axes):
        found = _told(draw(), why)
    for a in axes:
        for text in a.findobj(Text):
            if text.get_text() != before.get(text):
                text.set_parse_math(False)  # words of files are data: a $ is a $
    return found.figure


def _told(drawing: style.Drawing | None, why: Callable[[], str]) -> style.Drawing:
    if drawing is None:
        raise ModelError(f"there is nothing to draw{f': {why()}' if why() else ''}")
    return drawing


class Plots:
    """Figures, a method each. Each returns a matplotlib ``Figure`` and takes ``ax``, axes to draw into instead."""

    def __repr__(self) -> str:
        return f"<figures: {', '.join(n for n in dir(self) if not n.startswith('_'))}>"


class NoPlots(Plots):
    """Nothing is drawn of it."""

    def __init__(self, found: object) -> None:
        self._found = found

    def __repr__(self) -> str:
        return "<figures: none>"
