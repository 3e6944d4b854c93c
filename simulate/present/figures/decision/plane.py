"""The cost-effectiveness plane: what each strategy adds in cost and effect, draw by draw.

Where the effect is one number in all draws there is no plane to see (see ``cost_difference``).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from parameters.arrays import Floats
from simulate.evaluate.decision.table import Table, joined
from simulate.evaluate.uncertainty.precision import mcse, reach_of
from simulate.evaluate.uncertainty.told import degrees_of
from simulate.present.english.numbers import short_amount, whole_percents
from simulate.present.figures import style
from simulate.present.figures.decision.outline import outline
from simulate.present.figures.labels import (
    chosen_effect,
    context,
    effect_axis,
    no_difference,
    one_draw,
    per_effect,
    sign_of,
    strategy_labels,
    viewpoint,
    wrapped,
)

if TYPE_CHECKING:
    from simulate.result.result import Result
    from simulate.result.valued import Valued

MOST_POINTS = 20_000  # drawn; more only darken the cloud
RASTERISED = 2_000  # from here on the SVG holds a picture of the points
BAND = 0.17  # of a panel's height, kept free of lines for the words at its top, and as much at its bottom

_MEAN: style.Keywords = {"marker": "D", "markersize": 6.5, "markeredgecolor": "white"}
VALUED = ("dearer, better", "dominates", "cheaper, worse", "dominated")


class Shares(NamedTuple):
    """Where the draws lie; points on an axis go where they dominate or are dominated, as in ``frontier.verdict``."""

    dearer_better: float
    dominates: float
    cheaper_worse: float
    dominated: float
    same: float


class _Cloud(NamedTuple):
    """One strategy's increments against the comparator."""

    position: int
    cost: Floats  # [draw], money per person
    effect: Floats  # [draw], units of effect
    corrected: tuple[Floats, Floats] | None  # effect and cost without person-level noise
    error: tuple[float, float] | None  # MCSE of effect and cost, of a single draw


def draw(result: Result) -> style.Drawing | None:
    """A panel for each strategy against the comparator.

    None where there is nothing, nobody measured it, or every effect is one number in all draws.
    """
    if result.withheld.probability:
        return None
    clouds = [_cloud(result, i) for i in range(1, len(result.strategies))]
    if not clouds or one_effect(result):
        return None
    figure, axes = style.paper(len(clouds), 2, 4.3 if len(clouds) == 1 else 3.4, share=True)
    labels = strategy_labels(result)
    for ax, cloud in zip(axes, clouds, strict=True):
        _panel(ax, cloud)
        ax.set_title(wrapped(f"{labels[cloud.position]} against {labels[0]}", 90 // min(2, len(axes))))
        ax.xaxis.set_tick_params(labelbottom=True)
    _frame(axes, clouds, valued=not result.withheld.icer)
    thresholds = _threshold_lines(axes, result)
    for ax in axes[-2:]:
        ax.set_xlabel(wrapped(effect_axis(chosen_effect(result), result.case.each), 100 if len(axes) == 1 else 42))
    for ax in axes[::2]:
        ax.set_ylabel(f"Incremental cost, {sign_of(result)} per {result.case.each}")
    _key(figure, clouds, thresholds)
    style.crown(figure, "Cost-effectiveness plane", context(result), viewpoint(result), *_notes(result, clouds))
    return style.Drawing("plane", figure, table(result))


def table(result: Result) -> Table:
    """One row a strategy and draw: incremental effect and cost against the comparator."""
    draws = np.arange(len(result.cost))
    return joined(
        Table(
            {
                "strategy": [s] * len(draws),
                "draw": draws,
                "incremental_effect": result.effect[:, i] - result.effect[:, 0],
                "incremental_cost": result.cost[:, i] - result.cost[:, 0],
            }
        )
        for i, s in enumerate(result.strategies)
        if i > 0
    )


def shares(cost: Floats, effect: Floats) -> Shares:
    """Share of draws in each quadrant, and exactly at the origin."""
    same = (cost == 0) & (effect == 0)
    parts = (
        (cost > 0) & (effect > 0),
        (cost <= 0) & (effect >= 0) & ~same,
        (cost < 0) & (effect < 0),
        (cost >= 0) & (effect <= 0) & ~same,
        same,
    )
    return Shares(*(float(part.mean()) for part in parts))


def one_effect(result: Valued) -> bool:
    """Whether every strategy's incremental effect is the same number in each of several draws."""
    gained = result.effect - result.effect[:, :1]
    return len(gained) > 1 and bool(np.ptp(gained, axis=0).max() == 0)


def _cloud(result: Result, i: int) -> _Cloud:
    cost, effect = result.cost[:, i] - result.cost[:, 0], result.effect[:, i] - result.effect[:, 0]
    if len(cost) > 1:
        return _Cloud(i, cost, effect, (result.corrected.effect[:, i], result.corrected.cost[:, i]), None)
    values, people = result.values, result.values.people
    reach = reach_of(degrees_of(1, len(people)))
    errors = [reach * float(mcse(v[:, i] - v[:, 0], people)) for v in (values.effect, values.cost)]
    return _Cloud(i, cost, effect, None, (errors[0], errors[1]) if np.isfinite(errors).all() else None)


# --- one panel ------------------------------------------------------------------------------------


def _panel(ax: Axes, cloud: _Cloud) -> None:
    ax.axhline(0, color=style.GREY, linewidth=0.8)
    ax.axvline(0, color=style.GREY, linewidth=0.8)
    if len(cloud.cost) > 1:
        _points(ax, cloud)
        _outlines(ax, cloud)
    elif cloud.error is not None:
        _error_bars(ax, cloud, cloud.error)
    colour = style.colour(cloud.position)
    ax.plot([cloud.effect.mean()], [cloud.cost.mean()], color=colour, zorder=5, linestyle="none", **_MEAN)
    style.number_axes(ax.xaxis, ax.yaxis)


def _points(ax: Axes, cloud: _Cloud) -> None:
    x, y = cloud.effect[:: _step(cloud)], cloud.cost[:: _step(cloud)]
    alpha = float(np.clip(12 / math.sqrt(len(x)), 0.06, 0.6))
    dots: style.Keywords = {"marker": "o", "markersize": 2.4, "markeredgewidth": 0, "linestyle": "none"}
    ax.plot(x, y, color=style.colour(cloud.position), alpha=alpha, rasterized=len(x) > RASTERISED, **dots)


def _step(cloud: _Cloud) -> int:
    return -(-len(cloud.cost) // MOST_POINTS)


def _outlines(ax: Axes, cloud: _Cloud) -> None:
    for points, line in (((cloud.effect, cloud.cost), "--"), (cloud.corrected, "-")):
        if points is not None and _spread(points):
            ax.plot(*outline(*points).T, line, color="black", linewidth=1.1)


def _spread(points: tuple[Floats, Floats]) -> bool:
    return bool(np.ptp(points[0]) > 0 or np.ptp(points[1]) > 0)


def _error_bars(ax: Axes, cloud: _Cloud, error: tuple[float, float]) -> None:
    x, y = float(cloud.effect[0]), float(cloud.cost[0])
    line: style.Keywords = {"color": style.colour(cloud.position), "linewidth": 1.2}
    ax.errorbar([x], [y], xerr=[error[0]], yerr=[error[1]], capsize=2, **line)


# --- all panels -----------------------------------------------------------------------------------


def _frame(axes: list[Axes], clouds: list[_Cloud], valued: bool) -> None:
    """Room for the corners' words, the same in every panel, and something to see where everything is 0."""
    side = 0.22 if len(axes) == 1 else 0.36  # of the width, for a corner's words
    axes[0].set_xlim(_limits(*axes[0].get_xlim(), 0.05, side, flat=all((c.effect == 0).all() for c in clouds)))
    axes[0].set_ylim(_limits(*axes[0].get_ylim(), BAND / (1 - 2 * BAND), BAND, flat=_is_flat(clouds)))
    for ax, cloud in zip(axes, clouds, strict=True):
        _corners(ax, shares(cloud.cost, cloud.effect), several=len(cloud.cost) > 1, valued=valued)


def _is_flat(clouds: list[_Cloud]) -> bool:
    return all((c.cost == 0).all() for c in clouds)


def _limits(low: float, high: float, room: float, side: float, flat: bool) -> tuple[float, float]:
    """Wider by the share `room` at each end, and with at least the share `side` of the axis on each side of 0."""
    if flat:
        return -1.0, 1.0
    low, high = min(low, 0), max(high, 0)
    more = room * (high - low)
    low, high = low - more, high + more
    least = side / (1 - side)
    return min(low, -least * high), max(high, -least * low)


def _corners(ax: Axes, found: Shares, several: bool, valued: bool) -> None:
    """What each quadrant means and how many of several draws lie there; of money alone where no effect is `valued`."""
    words = VALUED if valued else ("dearer", "saves money", "saves money", "dearer")
    shares = whole_percents(found)  # in the order of the words; what makes no difference comes last
    corners = dict(zip(((1, 1), (1, 0), (0, 0), (0, 1)), zip(shares, words, strict=False), strict=True))
    for (right, top), (share, word) in corners.items():
        where: style.Keywords = {
            "ha": "right" if right else "left",
            "va": "top" if top else "bottom",
            "transform": ax.transAxes,
        }
        told = f"{word}\n{share}%" if several else word
        ax.text(0.98 if right else 0.02, 0.98 if top else 0.02, told, size=8, **where)
    if found.same and several:
        ax.set_title(f"{ax.get_title('left')}\nno difference {shares[-1]}%")


def _threshold_lines(axes: list[Axes], result: Result) -> list[tuple[Artist, str]]:
    """The willingness to pay at half and at the whole of the range asked about, as lines through the origin."""
    top = float(result.thresholds.max())
    lines: list[tuple[float, style.Keywords]] = [
        (value, {"linestyle": line, "color": style.GREY, "linewidth": 1.1})
        for value, line in ((top / 2, ":"), (top, "-."))
        if value > 0
    ]
    for ax in axes:
        for value, line in lines:
            through_the_origin(ax, value, line)
    return [
        (Line2D([], [], **line), f"{short_amount(value, sign_of(result))} {per_effect(result)}")
        for value, line in lines
    ]


def through_the_origin(ax: Axes, slope: float, line: style.Keywords) -> None:
    """A line of this slope through 0, short of the bands at the top and bottom where words stand."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    band = BAND * (high - low)
    x = np.clip([left, right], (low + band) / slope, (high - band) / slope)
    ax.plot(x, slope * x, zorder=1, **line)


def _key(figure: Figure, clouds: list[_Cloud], thresholds: list[tuple[Artist, str]]) -> None:
    several = len(clouds[0].cost) > 1
    mean = Line2D([], [], linestyle="none", color=style.GREY, **_MEAN)
    signs: list[tuple[Artist, str]] = [(mean, "mean of the draws" if several else "the draw")]
    if several:
        dot = Line2D([], [], linestyle="none", marker="o", color=style.GREY, markersize=2.4)
        signs.insert(0, (dot, "a draw"))
        outlined: style.Keywords = {"color": "black", "linewidth": 1.1}
        if any(_spread((c.effect, c.cost)) for c in clouds):
            signs.append((Line2D([], [], linestyle="--", **outlined), "around 95% of the draws"))
        if any(c.corrected is not None and _spread(c.corrected) for c in clouds):
            signs.append((Line2D([], [], linestyle="-", **outlined), "the same, noise-corrected"))
    elif clouds[0].error is not None:
        signs.append((Line2D([], [], color=style.GREY, linewidth=1.2), "Monte Carlo error, 95%"))
    handles, told = zip(*signs, *thresholds, strict=True)
    style.legend(figure, handles, told)


def _notes(result: Result, clouds: list[_Cloud]) -> list[str | None]:
    thinned = f"Every {_ordinal(_step(clouds[0]))} draw is shown; outlines and shares are of all draws."
    return [
        one_draw(result),
        no_difference(result),
        thinned if _step(clouds[0]) > 1 else None,
        f"Judged by cost alone: {result.withheld.icer}." if result.withheld.icer else None,
    ]


def _ordinal(n: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(n % 10 if n % 100 not in (11, 12, 13) else 0, "th")
    return f"{n}{ending}"
