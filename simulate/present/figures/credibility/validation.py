"""Targets of validation beside ours, and how often our prediction intervals hold the published figure."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from parameters.outcomes.intervals import share_interval
from parameters.units import number_of
from simulate.analyse.credibility.validation.prediction import LEVELS
from simulate.present.english.numbers import spaced
from simulate.present.figures import style
from simulate.present.figures.labels import plain, wrapped
from simulate.present.terminal.view import shown_figure

if TYPE_CHECKING:
    import pandas as pd

    from simulate.analyse.credibility.validate import Validated, Validation

FURTHEST = 6.0  # standard deviations from ours that the axis reaches; an arrow says that something lies beyond
LINE = 0.125  # inches, of a label's text
BETWEEN = 0.1  # inches, between rows
HEADING = 0.22  # inches, of a problem
CHARACTERS = 46  # of a label a line
OURS, THEIRS, MISSED = style.PALETTE[1], "black", style.PALETTE[2]


def draw_forest(found: Validation) -> style.Drawing | None:
    """A row a target, setting and strategy, by problem: the published figure as far from ours as trials vary."""
    rows = [r for r in found.rows if r.prediction.z(r.aim.value) is not None]
    if not rows:
        return None
    labels = [wrapped(_label(r), CHARACTERS) for r in rows]
    at, headings, height = _places([r.aim.case.problem.label for r in rows], labels)
    figure, (ax,) = style.stack([height + 0.6])
    for y, row in zip(at, rows, strict=True):
        _row(ax, y, row)
    for problem, y in headings:
        side = ax.get_yaxis_transform()
        ax.text(-0.012, y, plain(problem), transform=side, ha="right", va="center", fontsize=7, weight="bold")
        ax.axhline(y - HEADING / 2, color=style.PALE, linewidth=0.9)
    ax.axvline(0.0, color=style.GREY, linewidth=0.7, linestyle=":")
    ax.set_xlim(-FURTHEST, FURTHEST)
    ax.set_ylim(height, 0.0)
    ax.set_yticks(at, labels, fontsize=7)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("Standard deviations of virtual trials from their mean (of logarithms for ratios)")
    style.number_axes(ax.xaxis)
    signs = {
        "ours: 95% prediction interval": Line2D([], [], color=OURS, linewidth=5, alpha=0.35),
        "published, inside it": Line2D([], [], color=THEIRS, marker="o"),
        "published, outside it": Line2D([], [], color=MISSED, marker="D"),
    }
    style.legend(figure, list(signs.values()), list(signs), columns=3)
    style.crown(
        figure,
        "Published results that nothing was fitted to, beside ours",
        f"{found.draws:,} virtual trials a setting, each with a draw of the parameters and people of its own, as many"
        " as were analysed. Thin lines: the published 95% interval, where one was printed or follows from people."
        " Hollow: required. Arrow: beyond the axis. Right: published, then ours.",
    )
    return style.Drawing("validation_forest", figure, _forest_table(rows))


def draw_calibration(found: Validation) -> style.Drawing | None:
    """Shares of the published figures inside our prediction intervals of several levels, by independence."""
    kinds = [r for r in found.by_independence() if r["figures"]]
    if not kinds:
        return None
    figure, (ax,) = style.paper(1, 1, 3.6)
    ax.plot([0, 1], [0, 1], color=style.GREY, linewidth=0.9, linestyle=":")
    handles = []
    for i, kind in enumerate(kinds):
        shift = 0.012 * (i - (len(kinds) - 1) / 2)
        handles.append(_dots(ax, kind, shift, i))
    ax.set_xlim(0.45, 1.0)
    ax.set_ylim(-0.02, 1.05)
    ax.set_xticks(list(LEVELS))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(style.percent)
    ax.set_xlabel("Level of the prediction interval")
    ax.set_ylabel("Targets inside it")
    named = [f"{k['independence']}: {number_of(k['targets'], 'target')}" for k in kinds]
    bare = Line2D([], [], color=style.GREY, marker="o", markerfacecolor="white", linestyle="")
    style.legend(figure, [*handles, bare], [*named, "without what could hardly be missed"], columns=2)
    style.crown(
        figure,
        "How often our intervals hold what was published",
        "By what a target shares with what is fitted, each target weighing one. Hollow: without shares whose 95%"
        " interval is wider than half of all there is. Bars: 95% intervals of the shares (Wilson), as if targets were"
        f" independent, which those of one trial are not: all are of {number_of(found.counts()['trials'], 'source')}."
        " Dotted: what a model that is right would have, or a little above it where few people have the outcome.",
    )
    return style.Drawing("validation_calibration", figure, _calibration_table(kinds))


def _dots(ax: Axes, kind: dict[str, Any], shift: float, position: int) -> Line2D:
    """One kind's shares at every level, each with its interval, and without what could hardly be missed."""
    colour, n, mark = style.colour(position + 1), kind["targets"], style.marker(position)
    for level in LEVELS:
        share, bare = (of["share"][f"{level:.0%}"] for of in (kind, kind["decisive"]))
        low, high = share_interval(share * n, n)
        ax.plot([level + shift] * 2, [low, high], color=colour, linewidth=1.2)
        if bare is not None:
            ax.plot([level + shift], [bare], mark, color=colour, markerfacecolor="white", markersize=5)
        ax.plot([level + shift], [share], mark, color=colour, markersize=4)
    return Line2D([], [], color=colour, marker=mark)


def _label(row: Validated) -> str:
    aim = row.aim
    labels = {s.id: s.label for s in aim.case.problem.strategies}
    several = len(getattr(aim.item, "published", ())) > 1
    return f"{aim.item.label}{f' ({labels[aim.strategy]})' if several else ''}, {spaced(aim.case.setting.name)}"


def _places(problems: list[str], labels: list[str]) -> tuple[list[float], list[tuple[str, float]], float]:
    """Where each row and each problem's heading lies, in inches from the top, and the height of all."""
    y, at, headings, left = 0.0, [], [], iter(labels)
    for problem, group in groupby(problems):
        headings.append((problem, y + HEADING / 2))
        y += HEADING
        for _ in group:
            row = LINE * (next(left).count("\n") + 1) + BETWEEN
            at.append(y + row / 2)
            y += row
    return at, headings, y


def _row(ax: Axes, y: float, row: Validated) -> None:
    aim, found = row.aim, row.prediction
    low, high = (found.z(x) for x in found.interval())
    ours = (-FURTHEST if low is None else low, FURTHEST if high is None else high)
    ax.plot(np.clip(ours, -FURTHEST, FURTHEST), [y, y], "-", color=OURS, linewidth=5, alpha=0.35, solid_capstyle="butt")
    at, colour = found.z(aim.value), THEIRS if row.inside else MISSED
    assert at is not None
    ends = [found.z(x) for x in (aim.low, aim.high) if x is not None]
    if len(ends) == 2:
        told = [way * FURTHEST if x is None else x for x, way in zip(ends, (-1, 1), strict=True)]
        ax.plot(np.clip(told, -FURTHEST, FURTHEST), [y, y], "-", color=colour, linewidth=1.0)
    if abs(at) <= FURTHEST:
        face = "white" if aim.item.role == "required" else colour
        ax.plot([at], [y], "o" if row.inside else "D", color=colour, markerfacecolor=face, markersize=4.5)
    else:
        side = FURTHEST - 0.1
        ax.plot([np.clip(at, -side, side)], [y], ">" if at > 0 else "<", color=colour, markersize=5, clip_on=False)
    unit = row.row()
    text = f"{shown_figure(unit, aim.value)} : {shown_figure(unit, found.value)}"
    ax.text(1.015, y, plain(text), transform=ax.get_yaxis_transform(), va="center", fontsize=7)


def _forest_table(rows: list[Validated]) -> pd.DataFrame:
    """The numbers plotted, in standard deviations from ours."""
    import pandas as pd

    told = []
    for row in rows:
        aim, found = row.aim, row.prediction
        low, high = (found.z(x) for x in found.interval())
        theirs = [None if x is None else found.z(x) for x in (aim.low, aim.high)]
        told.append(
            {
                "problem": aim.case.problem.id,
                "setting": aim.case.setting.name,
                "target": aim.item.id,
                "strategy": aim.strategy,
                "published": found.z(aim.value),
                "published_low": theirs[0],
                "published_high": theirs[1],
                "ours_low": low,
                "ours_high": high,
                "inside": row.inside,
            }
        )
    return pd.DataFrame(told)


def _calibration_table(kinds: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for kind in kinds:
        for level in LEVELS:
            name, n, bare = f"{level:.0%}", kind["targets"], kind["decisive"]
            low, high = share_interval(kind["share"][name] * n, n)
            told = {"independence": kind["independence"], "level": level, "targets": n, "trials": kind["trials"]}
            of_figures = {"figures": kind["figures"], "figures_inside": kind["inside"][name]}
            decisive = {"decisive_targets": bare["targets"], "decisive_share": bare["share"][name]}
            rows.append({**told, **of_figures, "share": kind["share"][name], "low": low, "high": high, **decisive})
    return pd.DataFrame(rows)
