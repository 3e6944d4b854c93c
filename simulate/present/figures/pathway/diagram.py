"""What can happen, from level to level of each domain, and which strategy acts on it: drawn from the declaration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from models.contract import Branch, Domain, Event, Pathway
from simulate.present.english.numbers import capital
from simulate.present.figures import style
from simulate.present.figures.labels import context, label_of, label_or_id, wrapped

if TYPE_CHECKING:
    import pandas as pd

    from simulate.result.result import Result

ROW = 0.25  # inches, of an event
MOST_ROWS = 40  # of a domain: more would not be read
NAMES = 0.46  # of a panel's width, taken by the names of events
MARK = 0.022  # for each strategy that acts


class Step(NamedTuple):
    """A way in which an event moves a domain, or happens at its levels without moving anything."""

    event: str
    outcome: str
    label: str
    sources: tuple[str, ...]
    target: str | None
    strategies: tuple[str, ...]


def draw(result: Result) -> style.Drawing | None:
    """Panels for each domain: its levels side by side, and a row for each event that moves it; None without events."""
    pathway = result.case.problem.pathway
    found = [(d, [*steps(result, d)]) for d in pathway.domains]
    shown = [(d, some[:MOST_ROWS]) for d, some in found if some]
    if not shown:
        return None
    figure, axes = style.stack([0.62 + ROW * len(some) for _, some in shown])
    for ax, (domain, some) in zip(axes, shown, strict=True):
        _panel(ax, domain, some, result)
    acting = [s for s in result.strategies if any(s in x.strategies for _, some in shown for x in some)]
    if acting:
        places = [result.strategies.index(s) for s in acting]
        keys = [_mark(i) for i in places]
        style.legend(figure, keys, [wrapped(f"{label_of(result, s)} acts on it", 60) for s in acting], columns=2)
    left = sum(len(some) - MOST_ROWS for _, some in found if len(some) > MOST_ROWS)
    more = f" {left} events more are not shown." if left else ""
    notes = f"Circles: where an event can happen; arrows: where it leads. Squares end everything.{more}"
    style.crown(figure, "What can happen, and what acts on it", context(result), notes)
    return style.Drawing("diagram", figure, _table(shown))


def steps(result: Result, domain: Domain) -> Iterator[Step]:
    """The rows of a domain, in the order declared: what moves it, and what happens at its levels and moves nothing."""
    pathway = result.case.problem.pathway
    for event in pathway.events:
        ends: tuple[Branch | None, ...] = event.branches or (None,)
        for branch in ends:
            becomes = event.becomes if branch is None else branch.becomes
            target = becomes.get(domain.name)
            if target is None and (becomes or next(iter(event.when.levels), None) != domain.name):
                continue
            levels = event.when.levels.get(domain.name, tuple(x for x in domain.levels if x not in domain.absorbing))
            outcome = event.name if branch is None else f"{event.name}.{branch.name}"
            label = label_or_id(event.label.partition(";")[0], event.name)
            label = label if branch is None else f"{label}: {branch.name.replace('_', ' ')}"
            yield Step(event.name, outcome, label, tuple(levels), target, _acting(result, event, branch, pathway))


def _acting(result: Result, event: Event, branch: Branch | None, pathway: Pathway) -> tuple[str, ...]:
    """The strategies that act on an event, or on this end of it."""
    strategies = {s.id: s for s in result.case.problem.strategies}
    return tuple(
        s
        for s in result.strategies
        if any(
            e.event == event.name and (e.branch is None or (branch is not None and e.branch == branch.name))
            for c in strategies[s].components
            for e in c.effects
        )
    )


def _panel(ax: Axes, domain: Domain, some: list[Step], result: Result) -> None:
    acts = 1 - MARK * (max(len(step.strategies) for step in some) + 0.5)
    at = {
        level: NAMES + (acts - 0.02 - NAMES) * (i + 0.5) / len(domain.levels) for i, level in enumerate(domain.levels)
    }
    ax.set_axis_off()
    ax.set_xlim(0, 1)
    ax.set_ylim(len(some) + 0.3, -1.9)
    ax.text(0, -0.9, capital(label_or_id(domain.label, domain.name)), weight="bold", va="center")
    width = int(46 / len(domain.levels)) + 2
    for level, x in at.items():
        ax.text(x, -0.9, wrapped(domain.label_of(level), width, 2), ha="center", va="center", size=8)
        ax.plot([x, x], [-0.2, len(some) - 0.5], color=style.PALE, linewidth=1.0, zorder=0)
    for row, step in enumerate(some):
        ax.text(0, row, wrapped(step.label, 58, 1), va="center", size=8)
        _arrow(ax, row, step, at, domain)
        for n, s in enumerate(step.strategies):
            mark = _mark(result.strategies.index(s))
            ax.plot(
                [acts + MARK * (n + 0.5)],
                [row],
                marker=mark.get_marker(),
                color=mark.get_color(),
                linestyle="",
                markersize=5,
            )


def _arrow(ax: Axes, row: int, step: Step, at: dict[str, float], domain: Domain) -> None:
    """Open circles where it can happen; from the furthest of them an arrow to where it leads."""
    for level in step.sources:
        if level != step.target:
            ax.plot([at[level]], [row], marker="o", color=style.GREY, markerfacecolor="white", markersize=4.5, zorder=3)
    if step.target is None:
        return
    to = at[step.target]
    for level in step.sources:
        if level != step.target:
            ax.annotate(
                "",
                (to, row),
                (at[level], row),
                arrowprops={"arrowstyle": "-|>", "color": style.GREY, "linewidth": 1.0, "shrinkA": 3, "shrinkB": 0},
            )
    if step.target in domain.absorbing:
        ax.plot([to], [row], marker="s", color="#000000", markersize=4.5, zorder=4)


def _mark(position: int) -> Line2D:
    return Line2D([], [], color=style.colour(position), marker=style.marker(position), linestyle="", markersize=5)


def _table(shown: list[tuple[Domain, list[Step]]]) -> pd.DataFrame:
    """One row a step."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "domain": d.name,
                "event": s.event,
                "outcome": s.outcome,
                "from": " ".join(s.sources),
                "to": s.target or "",
                "strategies": " ".join(s.strategies),
            }
            for d, some in shown
            for s in some
        ]
    )
