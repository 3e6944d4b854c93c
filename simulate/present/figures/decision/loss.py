"""Expected loss: what choosing each strategy is expected to give up, by willingness to pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.artist import Artist
from matplotlib.lines import Line2D

from simulate.present.figures import curves, style
from simulate.present.figures.labels import (
    context,
    no_difference,
    sign_of,
    strategy_labels,
    threshold_axis,
    viewpoint,
)
from simulate.result.judgement import losses
from simulate.result.per_person import follows_people

if TYPE_CHECKING:
    from simulate.result.valued import Valued

TOLD = "Expected net benefit given up against choosing the best in each draw. The least is the EVPI."


def draw(result: Valued) -> style.Drawing | None:
    """Losses of all strategies, naive and noise-corrected; None for one draw, and where the EVPI is not told."""
    if result.withheld.threshold or result.withheld.evpi or not result.noise_is_known:
        return None
    figure, (ax,) = style.paper(1, 1, 3.4)
    frame = losses(result, result.thresholds)
    x, both = frame["threshold"], follows_people(result)
    for i, s in enumerate(result.strategies):
        ax.plot(x, frame[f"corrected_{s}"], "-", color=style.colour(i))
        if both:
            ax.plot(x, frame[f"loss_{s}"], "--", color=style.colour(i), linewidth=1.1)
        curves.marks(ax, x, frame[f"corrected_{s}"], i)
    top = max(float(column.max()) for name, column in frame.columns.items() if name != "threshold") or 1.0
    ax.set_xlim(x.min(), x.max() if x.max() > x.min() else x.min() + 1)
    ax.set_ylim(-0.02 * top, 1.05 * top)
    ax.set_xlabel(threshold_axis(result))
    ax.set_ylabel(f"Expected loss, {sign_of(result)} per {result.case.each}")
    style.number_axes(ax.xaxis, ax.yaxis)
    style.legend(figure, *_signs(result), columns=2)
    lines = (context(result), viewpoint(result), no_difference(result), TOLD)
    style.crown(figure, "What choosing each strategy is expected to lose", *lines)
    return style.Drawing("expected_loss", figure, frame)


def _signs(result: Valued) -> tuple[list[Artist], list[str]]:
    labels = strategy_labels(result)
    signs = [sign for sign, _ in curves.signs(labels)]
    if not follows_people(result):
        return signs, labels
    others = [Line2D([], [], color="black"), Line2D([], [], color="black", linestyle="--", linewidth=1.1)]
    return [*signs, *others], [*labels, "noise-corrected", "draws as they are (naive)"]
