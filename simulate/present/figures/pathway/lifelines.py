"""Individual histories: one line a person and strategy, coloured by level, every event marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from models.contract import Domain, Pathway
from simulate.present.english.numbers import capital
from simulate.present.figures import style
from simulate.present.figures.labels import context, label_or_id, plain, strategy_labels, wrapped
from simulate.running.tracing import END, ENTRY, Step, Trace

if TYPE_CHECKING:
    import pandas as pd

TALL, FLAT = 0.24, 0.06  # inches, for a person where there are few and where there are many
BAR, BELOW, ABOVE = 0.4, 0.12, 0.3  # of that: the line's width, how far below the middle it runs, and signs above
ROOM = 5.5  # inches, for all people before lines are drawn closer
NAMES = 60  # people, beyond which not every one is named
CROWD = 3000  # events in a panel, beyond which none is marked
SIGNS = "o^sDvPp*hd<>"  # for events that change no colour


class _Span(NamedTuple):
    """Time that a person spends at one level of the coloured domain."""

    person: int | str
    strategy: str
    level: str
    begin: float  # years
    end: float


class _Mark(NamedTuple):
    """An event: its sign's name, or one of the signs below."""

    person: int | str
    strategy: str
    event: str
    time: float  # years


MOVES, ENDS = "(moves)", "(ends)"  # a change of colour, and the end of everything


def draw(trace: Trace) -> style.Drawing:
    """Strategies side by side, people from top to bottom in the same order."""
    domain = coloured(trace.case.problem.pathway)
    spans, marks = list(_spans(trace, domain)), list(_marks(trace, domain))
    people = trace.people
    line = min(TALL, max(FLAT, ROOM / len(people)))
    columns = _columns(len(trace.strategies))
    figure, axes = style.paper(len(trace.strategies), columns, line * len(people) + 0.75)
    signs = dict(zip(dict.fromkeys(m.event for m in marks if m.event not in (MOVES, ENDS)), SIGNS * 9, strict=False))
    for ax, strategy, label in zip(axes, trace.strategies, strategy_labels(trace, 40), strict=True):
        mine = [m for m in marks if m.strategy == strategy]
        _lines(ax, [s for s in spans if s.strategy == strategy], domain, people, line)
        _signs(ax, mine if len(mine) <= CROWD else [m for m in mine if m.event == ENDS], signs, people, line, trace)
        ax.set_title(label)
    _axes(axes, trace, columns)
    _key(figure, trace, domain, {s.level for s in spans}, signs, {m.event for m in marks})
    style.crown(figure, "Individual histories", context(trace), *_notes(trace, marks))
    return style.Drawing("lifelines", figure, _table(spans))


def coloured(pathway: Pathway) -> Domain:
    """The domain that lines are coloured by: that with the most levels to move between, the first of a tie."""
    return max(pathway.domains, key=lambda d: len(set(d.levels) - set(d.absorbing)))


def _notes(trace: Trace, marks: Sequence[_Mark]) -> Iterator[str]:
    people, o = trace.people, trace.options
    who = f"person {people[0]}" if len(people) == 1 else f"{len(people):,} people, the same under every strategy"
    where = "one draw at the published point estimates" if o.fixed else f"draw {trace.draw}"
    where += f" of variant {trace.variant}" if trace.variant else ""
    above = any(m.event not in (MOVES, ENDS) for m in marks)
    yield f"{capital(who)}; seed {o.seed}, {where}.{' Signs stand above the line of their person.' if above else ''}"
    if any(len([m for m in marks if m.strategy == s]) > CROWD for s in trace.strategies):
        yield f"More than {CROWD:,} events under one strategy: only deaths are marked there."
    for fault in trace.faults:
        yield f"Not finished: {fault}."


# --- what is drawn --------------------------------------------------------------------------------


def _histories(trace: Trace) -> Iterator[list[Step]]:
    for _, steps in groupby(trace.steps, key=lambda s: (s.person, s.strategy)):
        yield list(steps)


def _spans(trace: Trace, domain: Domain) -> Iterator[_Span]:
    """Maximal times at one level, those of absorbed people left out."""
    for history in _histories(trace):
        begun = 0.0
        for step, after in pairwise(history):
            level = step.after.get(domain.name)
            if level is not None and level not in domain.absorbing and after.after.get(domain.name) != level:
                yield _Span(step.person, step.strategy, level, begun, after.time)
            if after.after.get(domain.name) != level:
                begun = after.time
        last = history[-1]
        level = last.after.get(domain.name)
        if level is not None and level not in domain.absorbing and last.time > begun:
            yield _Span(last.person, last.strategy, level, begun, last.time)


def _marks(trace: Trace, domain: Domain) -> Iterator[_Mark]:
    pathway = trace.case.problem.pathway
    ends = {level for d in pathway.domains for level in d.absorbing}
    for step in trace.steps:
        if step.event in (ENTRY, END):
            continue
        assert step.before is not None
        if ends & set(step.after.values()):
            event = ENDS
        elif step.before.get(domain.name) != step.after.get(domain.name):
            event = MOVES
        else:
            event = step.event.split(".")[0]
        yield _Mark(step.person, step.strategy, event, step.time)


def _table(spans: Sequence[_Span]) -> pd.DataFrame:
    """One row a line drawn: person, strategy, level, and from when to when in years."""
    import pandas as pd

    return pd.DataFrame(spans, columns=["person", "strategy", "level", "begin", "end"])


# --- drawing --------------------------------------------------------------------------------------


def _scale(trace: Trace) -> float:
    """Months up to three years, then years."""
    return 12.0 if trace.horizon <= 3 else 1.0


def _lines(ax: Axes, spans: Sequence[_Span], domain: Domain, people: Sequence[int | str], line: float) -> None:
    for span in spans:
        ax.plot(
            [span.begin, span.end],
            [people.index(span.person) + BELOW] * 2,
            color=_colour(domain, span.level),
            linewidth=72 * line * BAR,
            solid_capstyle="butt",
        )


def _signs(
    ax: Axes,
    marks: Sequence[_Mark],
    signs: dict[str, str],
    people: Sequence[int | str],
    line: float,
    trace: Trace,
) -> None:
    size = 72 * line
    for event in dict.fromkeys(m.event for m in marks):
        mine = [m for m in marks if m.event == event]
        x, y = [m.time for m in mine], [people.index(m.person) for m in mine]
        if event == MOVES:
            ax.plot(x, [i + BELOW for i in y], "|", color="black", markersize=size * 0.5, markeredgewidth=0.6)
        elif event == ENDS:
            ax.plot(x, [i + BELOW for i in y], "X", zorder=3, clip_on=False, **_cross(size * 0.5))
        else:
            ax.plot(x, [i - ABOVE for i in y], signs[event], clip_on=False, **_sign(size * 0.26))


def _cross(size: float) -> style.Keywords:
    return {"markersize": size, "color": "black", "markeredgecolor": "white", "markeredgewidth": 0.5}


def _sign(size: float) -> style.Keywords:
    return {"markersize": size, "color": "white", "markeredgecolor": "black", "markeredgewidth": 0.7}


def _columns(panels: int) -> int:
    """Panels in a row."""
    return 2 if panels == 4 else min(panels, 3)


def _colour(domain: Domain, level: str) -> str:
    return style.LEVELS[domain.levels.index(level) % len(style.LEVELS)]


def _axes(axes: Sequence[Axes], trace: Trace, columns: int) -> None:
    people, scale = trace.people, _scale(trace)
    every = -(-len(people) // NAMES)
    shown = list(range(0, len(people), every))
    for i, ax in enumerate(axes):
        first = i % columns == 0
        ax.set_yticks(shown, [plain(str(people[k])) if first else "" for k in shown])
        ax.set_ylabel("Person" if first else "")
        ax.set_xlim(0, trace.horizon)
        ax.set_ylim(len(people) - 0.45, -0.75)
        ax.grid(visible=False, axis="y")
        ax.set_xlabel("Months since entry" if scale == 12 else "Years since entry")
        ax.xaxis.set_major_locator(_Scaled(scale))
        ax.xaxis.set_major_formatter(lambda x, _: f"{round(x * scale, 6):g}")
        ax.tick_params(axis="y", length=0)


class _Scaled(MaxNLocator):
    """Ticks at round numbers of months or years on an axis of years."""

    def __init__(self, scale: float) -> None:
        super().__init__(nbins=6, steps=[1, 3, 6, 10] if scale == 12 else [1, 2, 5, 10])
        self._scale = scale

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        return [x / self._scale for x in super().tick_values(vmin * self._scale, vmax * self._scale)]


def _key(
    figure: Figure, trace: Trace, domain: Domain, levels: set[str], signs: dict[str, str], events: set[str]
) -> None:
    """Levels in the order declared, then the signs."""
    pathway = trace.case.problem.pathway
    label = capital(label_or_id(domain.label, domain.name))
    entries: list[tuple[Artist, str]] = [
        (Line2D([], [], color=_colour(domain, level), linewidth=6), f"{label}: {plain(domain.label_of(level))}")
        for level in domain.levels
        if level in levels
    ]
    labels = {e.name: e.label for e in pathway.events}
    for event, sign in signs.items():
        words = wrapped(capital(label_or_id(labels[event].partition(";")[0], event)), 40)
        entries.append((Line2D([], [], linestyle="none", marker=sign, **_sign(5)), words))
    if MOVES in events:
        tick = Line2D([], [], linestyle="none", marker="|", color="black", markersize=8, markeredgewidth=0.8)
        entries.append((tick, "Event that changes the colour"))
    if ENDS in events:
        ends = " or ".join(plain(d.label_of(level)) for d in pathway.domains for level in d.absorbing)
        entries.append((Line2D([], [], linestyle="none", marker="X", **_cross(8)), capital(ends)))
    style.legend(figure, [handle for handle, _ in entries], [words for _, words in entries])
