"""A case without what nothing asked for reads: the domains and events that alter no cost, effect or figure told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from models.contract import Branch, DecisionProblem, Event, Group, ItemCost, Pathway, Setting, Strategy, When
from models.quantities import parameter_names
from simulate.ask.case import Case


def essential(case: Case, perspective: str, effect: str) -> Case:
    """The case judged from one perspective by one effect, and nothing that these do not read.

    A domain is left out where no cost item that counts, no effect, and nothing that moves people in the domains that
    stay reads it; with it go its events, and the figures that are told of it.
    """
    problem = _judged(case.problem, case.setting, perspective, effect)
    pathway = problem.pathway
    gone = {d.name for d in pathway.domains} - _needed(problem)
    if not gone:
        return replace(case, problem=problem, setting=problem.settings[0])
    kept = _without(pathway, gone)
    lost = {*pathway.outcome_names(), *(g.name for g in pathway.groups)} - {
        *kept.outcome_names(),
        *(g.name for g in kept.groups),
    }

    def stays(item: Any) -> bool:
        return not any(_names(item, gone, lost))

    smaller = replace(
        problem,
        pathway=kept,
        strategies=tuple(_strategy(s, lost) for s in problem.strategies),
        settings=(_setting(problem.settings[0], stays, lost, kept),),
        utilities=tuple(u for u in problem.utilities if stays(u)),
        scales=tuple(s for s in problem.scales if stays(s)),
        days=tuple(d for d in problem.days if stays(d)),
    )
    setting = smaller.settings[0]
    return replace(case, problem=smaller.under(setting), setting=setting)


def left_out(case: Case, smaller: Case) -> tuple[str, ...]:
    """Labels of the domains that the smaller case lacks."""
    there = {d.name for d in smaller.problem.pathway.domains}
    return tuple(d.label or d.name for d in case.problem.pathway.domains if d.name not in there)


def _judged(problem: DecisionProblem, setting: Setting, perspective: str, effect: str) -> DecisionProblem:
    """The problem under one setting, from one perspective by one effect."""
    seen, measure = problem.perspective(perspective), problem.effect(effect)
    costs = problem.counted(perspective)
    priced, items = {*parameter_names(costs)}, {c.name for c in costs}
    shown = (p for p in setting.shown if not isinstance(p.statistic, ItemCost) or p.statistic.item in items)
    at_0 = problem.only_at_0(effect, perspective)
    if not at_0:
        measure = replace(measure, already_priced="")  # by a cost that does not count here
    return replace(
        problem,
        costs=costs,
        effects=(measure,),
        perspectives=(seen,),
        settings=(
            replace(
                setting, perspective=perspective, effect=effect, costs=None, scales=None, trial=None, shown=tuple(shown)
            ),
        ),
        utilities=problem.utilities if measure.is_qaly else (),
        thresholds={n: v for n, v in problem.thresholds.items() if n == effect and not at_0},
        breakevens=tuple(b for b in problem.breakevens if b.parameter in priced),
    )


def _needed(problem: DecisionProblem) -> set[str]:
    """Domains that what is judged reads, those that end everything, and those that move people in either."""
    pathway = problem.pathway
    read = problem.costs, problem.effects, problem.utilities
    needed = {d.name for d in pathway.domains if d.absorbing} | {n for when in _whens(read) for n in when.levels}
    known = {*pathway.outcome_names(), *(g.name for g in pathway.groups)}
    named = {o.partition(".")[0] for name in _words(read) & known for o in pathway.resolve(name)}
    while True:
        moving = [e for e in pathway.events if e.name in named or needed & _moved(e)]
        more = needed | {n for e in moving for n in _read(e)}
        affected = {e.name for e in moving}
        sources = (h.source for h in pathway.history if set(h.events) & affected)
        named |= {o.partition(".")[0] for source in sources for o in pathway.resolve(source)}
        named |= {e.name for e in pathway.events if any(x.event in affected for x in e.lengthens)}
        if more == needed and affected >= named:
            return needed
        needed = more


def _read(event: Event) -> set[str]:
    """Domains that an event goes by."""
    return {*event.when.levels, *(x.domain for x in event.by)}


def _moved(event: Event) -> set[str]:
    return {n for moves in (event.becomes, *(b.becomes for b in event.branches)) for n in moves}


def _without(pathway: Pathway, gone: set[str]) -> Pathway:
    events = tuple(_event(e, gone) for e in pathway.events if not gone & _read(e))
    outcomes = {o for e in events for o in (e.name, *e.outcomes())}
    names = {e.name for e in events}
    hidden = (replace(f, events=tuple(n for n in f.events if n in names)) for f in pathway.frailties)
    return replace(
        pathway,
        domains=tuple(d for d in pathway.domains if d.name not in gone),
        events=events,
        start={n: v for n, v in pathway.start.items() if n not in gone},
        groups=_groups(pathway.groups, outcomes),
        frailties=tuple(f for f in hidden if f.events),
        covariates=tuple(c for c in pathway.covariates if c.event in names),
        history=tuple(
            replace(h, events=tuple(n for n in h.events if n in names))
            for h in pathway.history
            if h.source in outcomes and set(h.events) & names
        ),
    )


def _groups(groups: tuple[Group, ...], outcomes: set[str]) -> tuple[Group, ...]:
    """The groups with those of their members that are left; none without any."""
    known = outcomes | {g.name for g in groups}
    left = tuple(replace(g, members=tuple(m for m in g.members if m in known)) for g in groups)
    filled = tuple(g for g in left if g.members)
    return filled if filled == groups else _groups(filled, outcomes)


def _event(event: Event, gone: set[str]) -> Event:
    def kept(moves: Mapping[str, str]) -> dict[str, str]:
        return {n: v for n, v in moves.items() if n not in gone}

    def without(end: Branch) -> Branch:
        left = kept(end.becomes)
        return replace(end, becomes=left, restart=end.restart and bool(left))

    branches, becomes = tuple(map(without, event.branches)), kept(event.becomes)
    return replace(event, becomes=becomes, branches=branches, restart=event.restart and bool(becomes))


def _strategy(strategy: Strategy, lost: set[str]) -> Strategy:
    components = tuple(
        replace(c, effects=tuple(e for e in c.effects if e.event not in lost)) for c in strategy.components
    )
    return replace(strategy, components=components)


def _setting(setting: Setting, stays: Callable[[Any], bool], lost: set[str], kept: Pathway) -> Setting:
    return replace(
        setting,
        pathway=None if setting.pathway is None else kept,
        strategies=tuple(s if isinstance(s, str) else _strategy(s, lost) for s in setting.strategies),
        targets=tuple(t for t in setting.targets if stays(t.statistic)),
        shown=tuple(p for p in setting.shown if isinstance(p.statistic, str) or stays(p.statistic)),
    )


# --- what is named in words -----------------------------------------------------------------------


def _names(item: Any, domains: set[str], events: set[str]) -> Iterator[str]:
    """The domains and events of these that something names."""
    yield from (n for when in _whens(item) for n in when.levels if n in domains)
    yield from _words(item) & events


def _whens(item: Any) -> Iterator[When]:
    if isinstance(item, When):
        yield item
        return
    for part in _parts(item):
        yield from _whens(part)


def _words(item: Any) -> set[str]:
    if isinstance(item, str):
        return {item}
    return set() if isinstance(item, When) else {w for part in _parts(item) for w in _words(part)}


def _parts(item: Any) -> Iterator[Any]:
    if is_dataclass(item) and not isinstance(item, type):
        yield from (getattr(item, f.name) for f in fields(item))
    elif isinstance(item, Mapping):
        yield from item.values()
    elif isinstance(item, (tuple, list)):
        yield from item
