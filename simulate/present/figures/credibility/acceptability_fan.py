"""The acceptability curves of virtual trials as a fan, with what the trial itself printed on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from parameters.money.currencies import CURRENCIES
from simulate.present.english.numbers import amount
from simulate.present.figures import style
from simulate.present.figures.credibility.printed_points import on_the_fan
from simulate.present.figures.labels import context, label_or_id, plain, wrapped

if TYPE_CHECKING:
    from simulate.analyse.credibility.virtual_trials import Curves, VirtualTrials

MODELLED, NULL = style.PALETTE[1], style.GREY
BANDS = ((5, 95, 0.16), (25, 75, 0.28))  # percent of the trials, and how dark


def draw(found: VirtualTrials) -> style.Drawing | None:
    """A panel for each way of valuing that has a printed probability; None where no willingness to pay is known."""
    curves = [c for c in found.curves if len(c.thresholds) > 1]
    if not curves:
        return None
    figure, axes = style.paper(len(curves), 2, 3.3)
    for ax, each in zip(axes, curves, strict=True):
        _panel(ax, each, found)
    signs = {
        "half of the trials": Patch(color=MODELLED, alpha=0.44, linewidth=0),
        "nine in ten": Patch(color=MODELLED, alpha=0.16, linewidth=0),
        "the trial in the middle": Line2D([], [], color=MODELLED),
        "no effect at all: middle, and nine in ten": Line2D([], [], color=NULL, linestyle="--"),
        "as published": Line2D([], [], color="black", marker="D", linestyle=""),
    }
    style.legend(figure, list(signs.values()), list(signs))
    people = " and ".join(f"{n:,}" for n in found.arms.values())
    style.crown(
        figure,
        "Acceptability curves that the trial could have printed",
        context(found),
        f"{found.trials:,} virtual trials of {people} people, at the point estimates, seed {found.seed}. Each trial's"
        " curve is of its own people alone; at each willingness to pay the middle of all trials is drawn.",
        on_the_fan(found),
    )
    return style.Drawing("virtual_trials_curves", figure, found.curve_table())


def _panel(ax: Axes, curves: Curves, found: VirtualTrials) -> None:
    problem, at = found.case.problem, curves.thresholds
    for low, high, alpha in BANDS:
        ends = np.quantile(curves.modelled, [low / 100, high / 100], axis=1)
        ax.fill_between(at, *ends, color=MODELLED, alpha=alpha, linewidth=0)
    ax.plot(at, np.median(curves.modelled, axis=1), color=MODELLED)
    ax.plot(at, np.median(curves.null, axis=1), color=NULL, linestyle="--", linewidth=1.2)
    for edge in np.quantile(curves.null, [0.05, 0.95], axis=1):
        ax.plot(at, edge, color=NULL, linestyle="--", linewidth=0.8)
    measure = problem.effect(curves.effect)
    sign = CURRENCIES[found.case.money.currency].sign
    for figure in (r.figure for r in found.figures if r.figure.kind == "probability"):
        mine = figure.perspective or found.case.setting.perspective, figure.effect or found.case.setting.effect
        if mine == (curves.perspective, curves.effect):
            ax.plot([figure.threshold], [figure.value], "D", color="black", markersize=5, clip_on=False, zorder=4)
            told = f"{100 * figure.value:.0f}% at {amount(figure.threshold, sign)}"
            away, clear = (
                (6, -12 if figure.value > 0.5 else 8),
                {"facecolor": "white", "alpha": 0.7, "pad": 0.6, "lw": 0},
            )
            where = figure.threshold, figure.value
            ax.annotate(told, where, away, textcoords="offset points", fontsize=7, bbox=clear)
    perspective = problem.perspective(curves.perspective)
    ax.set_title(wrapped(f"{label_or_id(perspective.label, perspective.name)}: {measure.label}", 48))
    ax.set_ylim(0, 1)
    ax.set_xlim(at[0], at[-1])
    ax.yaxis.set_major_formatter(style.percent)
    style.number_axes(ax.xaxis)
    ax.set_ylabel("Probability of being worth its cost")
    ax.set_xlabel(f"Willingness to pay, {sign} per {plain(measure.unit)}" if measure.unit else "Willingness to pay")
