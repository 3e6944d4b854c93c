"""Virtual trials: how each published figure lies among those of the trial simulated again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from simulate.present.figures import style
from simulate.present.figures.labels import context, effect_axis, wrapped

if TYPE_CHECKING:
    from simulate.analyse.credibility.virtual_trials import Repeated, VirtualTrials

MODELLED, NULL = style.PALETTE[1], style.GREY


def draw(found: VirtualTrials) -> style.Drawing:
    """A panel a figure: the share of virtual trials at or below each value, with the effects modelled and with none."""
    figure, axes = style.paper(len(found.figures), 2, 3.0)
    for ax, repeated in zip(axes, found.figures, strict=True):
        _panel(ax, repeated, found)
    signs = {
        "effects as modelled": Line2D([], [], color=MODELLED),
        "no effect at all": Line2D([], [], color=NULL, linestyle="--"),
        "as published": Line2D([], [], color="black", linestyle=":"),
    }
    style.legend(figure, list(signs.values()), list(signs))
    people = " and ".join(f"{n:,}" for n in found.arms.values())
    style.crown(
        figure,
        "The trial, again and again",
        context(found),
        f"{found.trials:,} virtual trials of {people} people, other people in each arm, at the point estimates, seed"
        f" {found.seed}. Probabilities are those of a trial's own people. New minus comparator.",
    )
    return style.Drawing("virtual_trials", figure, found.each())


def _panel(ax: Axes, repeated: Repeated, found: VirtualTrials) -> None:
    share = np.arange(1, found.trials + 1) / found.trials
    for values, colour, line in ((repeated.null, NULL, "--"), (repeated.modelled, MODELLED, "-")):
        ax.step(np.sort(values), share, color=colour, linestyle=line, linewidth=1.4, where="post")
    ax.axvline(repeated.figure.value, color="black", linestyle=":", linewidth=1.2)
    ax.set_title(wrapped(repeated.figure.label, 44))
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(style.percent)
    ax.set_ylabel("Trials at or below")
    if repeated.figure.kind == "gap":
        ax.xaxis.set_major_formatter(style.percent)
        ax.set_xlabel("Gap, as a trial would print it")
    elif repeated.figure.kind == "probability":
        ax.set_xlim(0, 1)
        ax.xaxis.set_major_formatter(style.percent)
        ax.set_xlabel("Probability, as a trial would print it")
    else:
        style.number_axes(ax.xaxis)
        measure = found.case.problem.effect(repeated.figure.effect or found.case.setting.effect)
        ax.set_xlabel(wrapped(effect_axis(measure), 42))
