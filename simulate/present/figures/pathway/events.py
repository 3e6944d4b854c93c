"""How often each event happens to a person, by strategy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from models.contract import Event, Group, Pathway
from parameters.arrays import Floats
from simulate.evaluate.uncertainty.precision import mean_and_interval
from simulate.present.english.numbers import capital, duration
from simulate.present.figures import style
from simulate.present.figures.labels import context, label_or_id, one_draw, size, strategy_labels, wrapped

if TYPE_CHECKING:
    import pandas as pd

    from simulate.result.result import Result

PANELS = 3  # at most, each with its own axis, so that rare events are legible beside common ones
APART = 6.0  # a panel holds events at most this many times rarer than its most common


class _Row(NamedTuple):
    """An event or group and its counts."""

    name: str
    label: str
    group: bool
    counts: Floats  # [draw, strategy], per person over the horizon


def draw(result: Result) -> style.Drawing | None:
    """Dots at the means, bars over 95% of the draws; the most common events first; None without events."""
    if not result.case.problem.pathway.events:
        return None
    rows = _rows(result)
    blocks = _blocks(rows)
    height = 0.17 * len(result.strategies) + 0.13  # inches, of a row
    figure, axes = style.stack([height * max(1, len(block)) + 0.35 for block in blocks])
    for ax, block in zip(axes, blocks, strict=True):
        _panel(ax, block)
    axes[-1].set_xlabel(f"Events per person over {duration(result.statistics.horizon)}")
    _key(figure, result)
    style.crown(figure, "Expected events per person", context(result), *_notes(result))
    return style.Drawing("events", figure, _table(result, rows))


def _notes(result: Result) -> list[str]:
    left_out = "Bold: groups of events. Left out: what never happened or only returns people to where they began."
    bars = "Dots: means; bars: 95% intervals over draws. Overlap says little: strategies share parameters and people."
    return [size(result), left_out, one_draw(result) or bars]


def _table(result: Result, rows: list[_Row]) -> pd.DataFrame:
    """One row an event and strategy: mean count per person and its 95% interval over draws."""
    import pandas as pd

    return pd.DataFrame(
        [
            {"event": row.name, "strategy": s, **mean_and_interval(row.counts[:, i])}
            for row in rows
            for i, s in enumerate(result.strategies)
        ],
        columns=["event", "strategy", "mean", "low", "high"],
    )


# --- which events, in which order -----------------------------------------------------------------


def _rows(result: Result) -> list[_Row]:
    """Groups and telling events that happened at all, most common first."""
    pathway, counts = result.case.problem.pathway, result.event_counts()
    shown: list[Event | Group] = [*pathway.groups, *(e for e in pathway.events if _tells(e, pathway))]
    rows = [
        _Row(x.name, _label(x.label, x.name), isinstance(x, Group), counts[x.name])
        for x in shown
        if counts[x.name].any()
    ]
    return sorted(rows, key=lambda row: -float(row.counts.mean(axis=0).max()))


def _tells(event: Event, pathway: Pathway) -> bool:
    """False for an event that only brings people back to the start, or that a group of the same extent shows."""
    if any(set(pathway.resolve(g.name)) == set(event.outcomes()) for g in pathway.groups):
        return False
    targets = [b.becomes for b in event.branches] or [event.becomes]
    return not all(target and all(pathway.start[d] == level for d, level in target.items()) for target in targets)


def _label(label: str, name: str) -> str:
    """The label's first clause: what follows a semicolon explains."""
    return wrapped(capital(label_or_id(label.partition(";")[0], name)), 38)


def _blocks(rows: list[_Row]) -> list[list[_Row]]:
    """Rows of similar size together, at least one block."""
    blocks: list[list[_Row]] = [[]]
    for row in rows:
        block = blocks[-1]
        if block and len(blocks) < PANELS and _mean(block[0]) > APART * _mean(row):
            blocks.append(block := [])
        block.append(row)
    return blocks


def _mean(row: _Row) -> float:
    return float(row.counts.mean(axis=0).max())


# --- drawing --------------------------------------------------------------------------------------


def _panel(ax: Axes, block: list[_Row]) -> None:
    for place, row in enumerate(block):
        strategies, decimals = row.counts.shape[1], _decimals(_mean(row))
        for i in range(strategies):
            height = place + (i - (strategies - 1) / 2) * 0.8 / strategies
            _dot(ax, mean_and_interval(row.counts[:, i]), height, i, decimals)
    _labels(ax, block)
    ax.set_ylim(max(1, len(block)) - 0.45, -0.55)
    ax.set_xlim(0, _right(block))
    ax.grid(visible=False, axis="y")
    style.number_axes(ax.xaxis)


def _dot(ax: Axes, found: dict[str, float], height: float, strategy: int, decimals: int) -> None:
    """A mean with its interval, and the same in figures beside the axes."""
    colour, mean, low, high = style.colour(strategy), found["mean"], found["low"], found["high"]
    ax.plot([low, high], [height, height], color=colour, solid_capstyle="butt")
    ax.plot([mean], [height], style.marker(strategy), color=colour, markersize=5)
    interval = f" ({low:.{decimals}f}–{high:.{decimals}f})" if high > low else ""
    place = ax.get_yaxis_transform()
    ax.text(1.015, height, f"{mean:.{decimals}f}{interval}", transform=place, size=7.5, color=colour, va="center")


def _decimals(mean: float) -> int:
    """Enough for two significant figures, at least two."""
    return max(2, 1 - math.floor(math.log10(mean)))


def _labels(ax: Axes, block: list[_Row]) -> None:
    ax.set_yticks(range(len(block)), [row.label for row in block])
    for text, row in zip(ax.get_yticklabels(), block, strict=True):
        text.set_fontweight("bold" if row.group else "normal")
    ax.tick_params(axis="y", length=0)
    if not block:
        ax.text(0.5, 0.5, "No event happened.", transform=ax.transAxes, ha="center", va="center")


def _right(block: list[_Row]) -> float:
    return 1.05 * max((float(np.quantile(row.counts, 0.975, axis=0).max()) for row in block), default=1.0) or 1.0


def _key(figure: Figure, result: Result) -> None:
    labels = strategy_labels(result)
    signs = [Line2D([], [], color=style.colour(i), marker=style.marker(i), markersize=5) for i in range(len(labels))]
    style.legend(figure, signs, labels, columns=2)
