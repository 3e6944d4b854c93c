"""Cost-effectiveness acceptability: how probable it is that each strategy is best, by willingness to pay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from models.contract import EffectMeasure
from simulate.evaluate.decision.table import Table, joined
from simulate.evaluate.uncertainty.precision import reach_of
from simulate.present.english.numbers import capital
from simulate.present.figures import curves, style
from simulate.present.figures.labels import (
    chosen_effect,
    context,
    label_or_id,
    no_difference,
    strategy_labels,
    threshold_axis,
    viewpoint,
    wrapped,
)
from simulate.result.per_person import follows_people

if TYPE_CHECKING:
    from simulate.result.valued import Valued


def draw(result: Valued) -> style.Drawing | None:
    """CEACs and the frontier over thresholds of the chosen effect; None for one draw, or no threshold but 0."""
    if result.withheld.threshold or result.withheld.probability or len(result.cost) == 1:
        return None
    return _drawing("ceac", "Cost-effectiveness acceptability", result, [result])


def draw_per_point(result: Valued) -> style.Drawing | None:
    """The same on the trials' own axis, a panel for each outcome averted; None where there is none, or one draw."""
    measures = [m for m in result.case.problem.effects if _is_points(m, result)]
    if not measures or result.withheld.probability or len(result.cost) == 1:
        return None
    title = "Cost-effectiveness acceptability, per percentage point"
    return _drawing("ceac_per_point", title, result, [_valued(result, m.name) for m in measures])


def table(result: Valued) -> Table:
    """``Result.ceac`` with the effect, the frontier and the 95% Monte Carlo band of each corrected curve."""
    found = result.ceac_table
    columns: dict[str, Any] = {"effect": [result.options.effect] * len(found["threshold"]), **found.columns}
    columns["frontier"] = np.array([row[f"corrected_{row['optimal']}"] for row in found.rows()])
    for i, s in enumerate(result.strategies):
        middle = found[f"corrected_{s}"]
        reach = reach_of(result.corrected.degrees) * result.corrected.ceac_se[:, i]
        columns[f"low_{s}"], columns[f"high_{s}"] = np.clip(middle - reach, 0, 1), np.clip(middle + reach, 0, 1)
    return Table(columns)


def _is_points(measure: EffectMeasure, result: Valued) -> bool:
    return measure.name.endswith("_pp") and measure.name in result.case.problem.thresholds


def _valued(result: Valued, effect: str) -> Valued:
    return result if result.options.effect == effect else result.value(effect=effect)


def _drawing(stem: str, title: str, result: Valued, panels: list[Valued]) -> style.Drawing:
    figure, axes = style.paper(len(panels), 2, 3.4)
    tables = [table(panel) for panel in panels]
    for ax, panel, frame in zip(axes, panels, tables, strict=True):
        _panel(ax, panel, frame)
    for ax in axes[::2]:
        ax.set_ylabel(curves.BEING_BEST)
    _key(figure, result)
    style.crown(figure, title, context(result), viewpoint(result), _tie(panels))
    return style.Drawing(stem, figure, joined(tables))


def _tie(panels: list[Valued]) -> str | None:
    said = no_difference(panels[0]) if all(no_difference(p) for p in panels) else None
    return f"{said} Ties are shared equally." if said else None


def _panel(ax: Axes, result: Valued, frame: Table) -> None:
    x = frame["threshold"]
    for low, high in _stretches(frame["optimal"]):
        ax.plot(x[low:high], frame["frontier"][low:high], zorder=1, **curves.FRONTIER)
    for i, s in enumerate(result.strategies):
        _curves(ax, frame, s, i, naive=follows_people(result))
    measure = chosen_effect(result)
    ax.set_title(capital(label_or_id(measure.label, measure.name)))
    ax.set_xlabel(wrapped(threshold_axis(result), 50))
    ax.set_xlim(x.min(), x.max() if x.max() > x.min() else x.min() + 1)
    curves.as_shares(ax)
    style.number_axes(ax.xaxis)


def _curves(ax: Axes, frame: Table, strategy: str, i: int, *, naive: bool) -> None:
    """Both curves of a strategy, or one where nothing is to be corrected; markers stand on the corrected one."""
    x, colour = frame["threshold"], style.colour(i)
    corrected = frame[f"corrected_{strategy}"]
    ax.fill_between(x, frame[f"low_{strategy}"], frame[f"high_{strategy}"], color=colour, alpha=0.18, linewidth=0)
    ax.plot(x, corrected, "-", color=colour)
    if naive:
        ax.plot(x, frame[f"probability_{strategy}"], "--", color=colour, linewidth=1.1)
    curves.marks(ax, x, corrected, i)


def _stretches(optimal: list[str]) -> Iterator[tuple[int, int]]:
    """Runs of thresholds with the same best strategy: the frontier jumps between them."""
    start = 0
    for i in range(1, len(optimal) + 1):
        if i == len(optimal) or optimal[i] != optimal[start]:
            yield start, i
            start = i


def _key(figure: Figure, result: Valued) -> None:
    signs = curves.signs(strategy_labels(result))
    if follows_people(result):
        signs.append((Line2D([], [], color="black", linestyle="-"), "noise-corrected, band: 95% Monte Carlo"))
        signs.append((Line2D([], [], color="black", linestyle="--", linewidth=1.1), "draws as they are (naive)"))
    else:
        signs.append((Patch(color="black", alpha=0.18, linewidth=0), "band: 95%, from the number of draws"))
    signs.append((Line2D([], [], **curves.FRONTIER), "frontier: best on expectation"))
    handles, words = zip(*signs, strict=True)
    style.legend(figure, handles, words, columns=2)
