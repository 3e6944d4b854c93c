"""The expected value of perfect information, with its Monte Carlo error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simulate.evaluate.uncertainty.precision import reach_of
from simulate.present.figures import style
from simulate.present.figures.labels import context, sign_of, threshold_axis, viewpoint
from simulate.result.per_person import follows_people

if TYPE_CHECKING:
    import pandas as pd

    from simulate.result.valued import Valued

_COLOUR = style.PALETTE[1]


def draw(result: Valued) -> style.Drawing | None:
    """EVPI per person by threshold, naive and noise-corrected; None for one draw, or where it is not told."""
    if result.withheld.threshold or result.withheld.evpi or len(result.cost) == 1:
        return None
    figure, (ax,) = style.paper(1, 1, 3.4)
    frame = table(result)
    _curves(ax, frame, naive=follows_people(result))
    ax.set_xlabel(threshold_axis(result))
    ax.set_ylabel(f"EVPI, {sign_of(result)} per {result.case.each}")
    signs = _signs(corrects=follows_people(result))
    style.legend(figure, list(signs.values()), list(signs))
    nothing = None if frame["value"].any() else "EVPI is 0 at every threshold: no draw calls for another strategy."
    style.crown(
        figure,
        "Expected value of perfect information (EVPI)",
        context(result),
        viewpoint(result),
        nothing,
    )
    return style.Drawing("evpi", figure, frame)


def table(result: Valued) -> pd.DataFrame:
    """``Result.evpi`` with the corrected value's 95% Monte Carlo band."""
    frame = result.evpi()
    reach = frame["mcse"] * (reach_of(result.corrected.degrees) if result.noise_is_known else np.nan)
    frame["low"], frame["high"] = (frame["corrected"] - reach).clip(lower=0), frame["corrected"] + reach
    return frame


def _curves(ax: Axes, frame: pd.DataFrame, *, naive: bool) -> None:
    x = frame["threshold"].to_numpy()
    ax.fill_between(x, frame["low"], frame["high"], color=_COLOUR, alpha=0.2, linewidth=0)
    ax.plot(x, frame["corrected"], "-", color=_COLOUR)
    if naive:
        ax.plot(x, frame["value"], "--", color=style.GREY)
    ax.set_xlim(x.min(), x.max() if x.max() > x.min() else x.min() + 1)
    top = float(np.nanmax(frame[["value", "high"]].to_numpy()))
    top = top if top > 0 else 1.0
    ax.set_ylim(-0.02 * top, 1.08 * top)  # a curve at 0 is seen above the axis
    style.number_axes(ax.xaxis, ax.yaxis)


def _signs(*, corrects: bool) -> dict[str, Artist]:
    if not corrects:
        return {"band: 95%, from the number of draws": Patch(color=_COLOUR, alpha=0.2, linewidth=0)}
    return {
        "noise-corrected": Line2D([], [], color=_COLOUR),
        "95% Monte Carlo band": Patch(color=_COLOUR, alpha=0.2, linewidth=0),
        "draws as they are (naive)": Line2D([], [], color=style.GREY, linestyle="--"),
    }
