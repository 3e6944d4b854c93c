"""What can happen to people, what did, and where they were: states, events, and time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from models.contract import Branch, Domain, Event, Strategy
from simulate.evaluate.moments import SURVIVAL
from simulate.present.english.numbers import capital, clean, listed, number, percent, spaced
from simulate.present.report.parts import charts
from simulate.present.report.parts.blocks import Block, Chart, Line, Section, grid, section
from simulate.present.report.parts.charts import Arrow, Axis, Bar, Frame, Series, strategy_class
from simulate.present.report.parts.material import Material

MOST_ARROWS = 16  # of a domain: more would not be told apart, and stand in the list alone


def model(m: Material) -> Section | None:
    """States, and what leads from one to another, by domain; nothing where nobody is followed."""
    return section("model", "What can happen", [b for d in m.words.problem.pathway.domains for b in _domain(m, d)])


def _domain(m: Material, domain: Domain) -> Iterator[Block]:
    steps = [*_steps(m, domain)]
    if not steps:
        return
    place = {level: k for k, level in enumerate(domain.levels)}
    arrows = [
        Arrow(place[source], place[target], number_)
        for number_, (_, sources, target, _) in enumerate(steps, 1)
        if target is not None
        for source in sources
        if source != target
    ]
    label = capital(m.words.domain(domain.name))
    levels = [(spaced(level), "end" if level in domain.absorbing else "") for level in domain.levels]
    if arrows and len(arrows) <= MOST_ARROWS:
        caption = f"{label}: states, and what leads from one to another by its number in the list"
        yield Chart(f"states-{domain.name}", caption, charts.states(levels, arrows, caption))
    rows = [
        [str(k), words, listed(map(spaced, sources), "or"), "" if target is None else spaced(target), acting]
        for k, (words, sources, target, acting) in enumerate(steps, 1)
    ]
    columns = ["", "What happens", "From", "To", "What acts on it"]
    yield grid(columns, rows, left=5, caption=f"{label}: what happens")


def _steps(m: Material, domain: Domain) -> Iterator[tuple[str, tuple[str, ...], str | None, str]]:
    """Words, sources, target and what acts on it, of each event that moves a domain or happens at its levels alone."""
    for event in m.words.problem.pathway.events:
        ends: tuple[Branch | None, ...] = event.branches or (None,)
        for branch in ends:
            becomes = event.becomes if branch is None else branch.becomes
            target = becomes.get(domain.name)
            if target is None and (becomes or next(iter(event.when.levels), None) != domain.name):
                continue
            sources = event.when.levels.get(domain.name, tuple(x for x in domain.levels if x not in domain.absorbing))
            words = capital(m.words.happening(event.name))
            words = words if branch is None else f"{words}: {spaced(branch.name)}"
            yield words, tuple(sources), target, _acting(m, event, branch)


def _acting(m: Material, event: Event, branch: Branch | None) -> str:
    """The strategies that act on an event, or on this end of it."""
    known: Mapping[str, Strategy] = {s.id: s for s in m.words.problem.strategies}
    found = [
        m.words.strategy(s)
        for s in m.result.strategies
        if any(
            e.event == event.name and (e.branch is None or (branch is not None and e.branch == branch.name))
            for c in known[s].components
            for e in c.effects
        )
    ]
    return listed(found)


def events(m: Material) -> Section | None:
    """How often each event happened, by strategy."""
    if not m.words.problem.pathway.events or not m.summary["strategies"][0]["events"]:
        return None
    return section("events", "What happened", [b for b in (_event_bars(m), *_event_table(m)) if b is not None])


def _names(m: Material) -> list[str]:
    """Groups and events that happened to somebody."""
    rows = m.summary["strategies"]
    return [n for n in rows[0]["events"] if any(r["events"][n] for r in rows)]


def _event_bars(m: Material) -> Chart | None:
    rows, names = m.summary["strategies"], _names(m)
    ratios = [[_ratio(r["events"][n], rows[0]["events"][n]) for r in rows[1:]] for n in names]
    moved = [(n, r) for n, r in zip(names, ratios, strict=True) if any(x is not None and x != 1.0 for x in r)]
    known = [x for _, r in moved for x in r if x is not None]
    if not moved:
        return None
    low, high = min(1.0, *known), max(1.0, *known)
    room = 0.05 * (high - low)
    axis = Axis(low - room, high + room, f"Number a person, relative to {m.labels[0]}", lambda x: f"{100 * x:.0f}%")
    bars = [
        Bar(
            capital(m.words.happening(n)),
            tuple((1.0, x, strategy_class(i)) for i, x in enumerate(r, 1) if x is not None),
            ", ".join("" if x is None else _more_or_less(x) for x in r),
            stacked=True,
        )
        for n, r in moved
    ]
    caption = f"Events that a strategy changes, by how much, against {m.labels[0]}"
    key = charts.key_of([strategy_class(i) for i in range(1, len(m.labels))], m.labels[1:])
    return Chart("events-changed", caption, charts.bars(bars, axis, caption, middle=1.0), key)


def _more_or_less(ratio: float) -> str:
    """By how many percent more or less."""
    told = f"{100 * (ratio - 1):+.1f}%"
    return "0.0%" if told in ("+0.0%", "-0.0%") else told


def _ratio(value: float, base: float) -> float | None:
    return value / base if base else None


def _event_table(m: Material) -> Iterator[Block]:
    rows = m.summary["strategies"]
    table = []
    for n in _names(m):
        cells = [capital(m.words.happening(n))]
        for r in rows:
            ever = r["ever"].get(n)
            cells.append(number(r["events"][n]) + ("" if ever is None else f"\n{percent(ever)} ever"))
        table.append(cells)
    yield grid([f"Mean number per {m.view.each}, share with one", *m.labels], table, caption="Events, undiscounted")


def time(m: Material) -> Section | None:
    """Where people were: years at each level, and at the times that were asked for."""
    if not m.words.problem.pathway.events or not m.result.statistics.time.shape[-1]:
        return None
    return section("occupancy", "Where people were", [*_over_time(m), *_years(m)])


def _years(m: Material) -> Iterator[Block]:
    x = m.result.statistics
    mean = x.per_person(x.time[:, :, :, 0, :]).mean(axis=0)  # [strategy, state]
    table = []
    for domain in m.words.problem.pathway.domains:
        for level in domain.levels:
            if level not in domain.absorbing:
                places = [k for k, state in enumerate(x.states) if state.get(domain.name) == level]
                told = mean[:, places].sum(axis=1)
                name = f"{capital(m.words.domain(domain.name))}: {spaced(level)}"
                table.append([name, *(number(float(v), 4) for v in told)])
    if np.any(mean):
        yield grid([f"Years per {m.view.each}", *m.labels], table, caption="Time alive at each level, undiscounted")


def _over_time(m: Material) -> Iterator[Block]:
    rows: list[dict[str, Any]] = m.summary.get("occupancy", [])
    ends = [d for d in m.words.problem.pathway.domains if d.absorbing]
    # who was absorbed in another domain is told there; where one alone ends everything, who is left is its own level
    left = "" if len(ends) > 1 else SURVIVAL
    measures = dict.fromkeys(_named(r) for r in rows if "." not in r["level"] and r["measure"] != left)
    at = sorted({r["years"] for r in rows})
    if len(at) < 2:
        if not rows:
            yield Line(
                "For shares of people over time: the same command with --occupancy, such as --occupancy 0:1:0.25."
            )
        return
    for k, (measure, domain, level) in enumerate(measures):
        series = []
        for i, s in enumerate(m.result.strategies):
            mine = {r["years"]: r["mean"] for r in rows if r["strategy"] == s and _named(r) == (measure, domain, level)}
            series.append(Series(m.labels[i], strategy_class(i), at, [mine[t] for t in at]))
        low, high = 0.0, max([0.01, *(y for one in series for y in one.y)])
        words = "Alive" if measure == SURVIVAL else f"{capital(m.words.domain(domain))}: {spaced(level)}"
        frame = Frame(
            Axis(at[0], at[-1], "Years since entry", lambda x: f"{x:g}"),
            Axis(low, min(1.0, high * 1.05), "Share of people", lambda x: f"{100 * x:.3g}%"),
            height=220,
        )
        key = charts.key_of([strategy_class(i) for i in range(len(m.labels))], m.labels)
        yield Chart(f"occupancy-{k}", clean(words), charts.lines(frame, series, words), key)


def _named(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["measure"], row["domain"], row["level"]
