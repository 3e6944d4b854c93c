"""How independent a target of validation is of what its setting is fitted to: worked out of sources, never typed.

A setting is fitted to the sources of every record that its calibration targets, its given values, its strategies and
its pathway read, and to those that anchor what they assume; to those of costs too where a target is of money, and to
those of what people gain where it is of the effect. A target of the trial of one of them is of the same trial. It is of
the same outcome too where a calibration target or an effect or hazard of that trial tells it, by itself or with others;
where a pool has the trial, where the pool's outcome holds any part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Literal

from models.contract import (
    DecisionProblem,
    Ever,
    EverRatio,
    ItemCost,
    MeanTime,
    PublishedResult,
    Statistic,
    TrialFigure,
    When,
    parameter_names,
)
from parameters.records import SEVERAL, Source
from simulate.ask.case import Case
from simulate.ask.reads import cited_sources, fitted_names, in_place, reads_of_trial

TargetIndependence = Literal[
    "same trial, same outcome", "same trial, other outcome", "other trial", "other country"
]  # fmt: skip
Told = tuple[str, object]  # a strategy, and a statistic that is known of it


def independence(case: Case, item: PublishedResult | TrialFigure, strategy: str) -> TargetIndependence:
    """How independent the figure of `strategy` is of all that the case is fitted to."""
    source = case.parameters.sources[item.source]
    fitted = fitted_sources(case, item)
    if reads_of_trial(fitted, source):
        return "same trial, same outcome" if _tells(case, item, strategy, source) else "same trial, other outcome"
    there = {country for s in fitted for country in s.countries}
    abroad = source.countries and not {SEVERAL, *source.countries} & there and SEVERAL not in source.countries
    return "other country" if abroad else "other trial"


def fitted_sources(case: Case, item: PublishedResult | TrialFigure) -> tuple[Source, ...]:
    """The sources of everything that the case is fitted to, as far as `item` is concerned, each once."""
    return tuple(cited_sources(case.parameters, names_fitted(case, item)))


def names_fitted(case: Case, item: PublishedResult | TrialFigure) -> Iterator[str]:
    """Names of the records that the figure rests on in the model."""
    problem, setting = case.problem, case.setting
    yield from fitted_names(problem, setting)
    what = _statistic(item)
    if what in ("cost", "icer"):
        yield from in_place(setting, parameter_names(problem.counted(setting.perspective)))
    if what in ("effect", "icer"):
        yield from in_place(setting, parameter_names((problem.utilities, problem.effect(setting.effect))))
    if isinstance(what, ItemCost):
        yield from in_place(setting, _of_item(problem, what))


def _of_item(problem: DecisionProblem, what: ItemCost) -> Iterator[str]:
    return parameter_names(tuple(c for c in problem.costs if c.name == what.item))


def _statistic(item: PublishedResult | TrialFigure) -> Statistic | ItemCost | str:
    if isinstance(item, PublishedResult):
        return item.statistic
    return "effect" if item.kind == "effect" else "cost"  # what a verdict on the decision hangs on


def _tells(case: Case, item: PublishedResult | TrialFigure, strategy: str, source: Source) -> bool:
    """Whether what the trial of `source` gave tells the outcome of `strategy`."""
    what = _statistic(item)
    if isinstance(what, (str, ItemCost)):
        return _prices(case, what, source)
    if (strategy, _plain(what)) in _closed(_solved_for(case, source)) or _pooled(case, what, strategy, source):
        return True
    happens = {event for name in _names(what) for event in _events(case, name)}
    alone = isinstance(item, PublishedResult) and item.contrast == "value"
    return bool(happens & _touched(case, strategy, source, baseline=alone))


def _pooled(case: Case, what: Statistic, strategy: str, source: Source) -> bool:
    """Whether the strategy is solved for from a pool with the trial in it, of what a statistic counts or a group of it.

    What of a group a pool took from each of its trials is not said, so that any part of its outcome is its outcome.
    """
    mine = {*_names(what)}
    return any(
        mine & {part for name in _names(target.statistic) for part in _parts(case, name)}
        for target in case.setting.targets
        if target.strategy == strategy
        and any(source.of_trial in s.pools for s in cited_sources(case.parameters, parameter_names(target)))
    )


def _parts(case: Case, name: str) -> Iterator[str]:
    """An event or group, and what a group is declared of, taken apart."""
    yield name
    for group in case.problem.pathway.groups:
        if group.name == name:
            yield from (part for member in group.members for part in _parts(case, member))


def _prices(case: Case, what: str | ItemCost, source: Source) -> bool:
    """Whether a saving that was put in, an item's price or a gain is of the trial."""
    problem, setting = case.problem, case.setting
    if isinstance(what, ItemCost):
        names = list(_of_item(problem, what))
    elif what == "effect":
        names = list(parameter_names((problem.utilities, problem.effect(setting.effect))))
    else:
        names = list(parameter_names(tuple(c for c in problem.counted(setting.perspective) if c.sign < 0)))
    return reads_of_trial(cited_sources(case.parameters, in_place(setting, names)), source)


def _solved_for(case: Case, source: Source) -> set[Told]:
    """What calibration targets of the trial tell."""
    return {
        (target.strategy, _plain(target.statistic))
        for target in case.setting.targets
        if reads_of_trial(cited_sources(case.parameters, parameter_names(target)), source)
    }


def _plain(statistic: Statistic) -> Statistic:
    """The statistic with the levels of its condition in order, so that two which say the same are equal."""
    if not isinstance(statistic, MeanTime):
        return statistic
    levels = {domain: tuple(sorted(allowed)) for domain, allowed in statistic.when.levels.items()}
    return replace(statistic, when=When(levels))


def _closed(told: set[Told]) -> set[Told]:
    """With what follows from them: shares of shares, times of those who had any, times in places taken together."""
    while True:
        more = told | {(a, found) for (a, x), (b, y) in product(told, told) if a == b for found in _follow(x, y)}
        if more == told:
            return told
        told = more


def _follow(x: object, y: object) -> Iterator[Statistic]:
    """What two statistics of the same people tell of a third."""
    if isinstance(x, EverRatio) and isinstance(y, Ever):
        yield from [Ever(x.name)] if y.name == x.among else [Ever(x.among)] if y.name == x.name else []
    if isinstance(x, Ever) and isinstance(y, Ever) and x != y:
        yield EverRatio(x.name, y.name)
    if isinstance(x, MeanTime) and isinstance(y, Ever):
        if x.per_ever == y.name:
            yield MeanTime(x.when)
        elif x.per is None and x.per_ever is None:
            yield MeanTime(x.when, per_ever=y.name)
    if isinstance(x, MeanTime) and isinstance(y, MeanTime) and x != y and (x.per, x.per_ever) == (y.per, y.per_ever):
        together = _together(x.when, y.when)
        if together is not None:
            yield MeanTime(together, x.per, x.per_ever)


def _together(x: When, y: When) -> When | None:
    """Where either holds, if both name other levels of one domain."""
    if len(x.levels) != 1 or x.levels.keys() != y.levels.keys():
        return None
    ((domain, first),), ((_, second),) = x.levels.items(), y.levels.items()
    return None if {*first} & {*second} else When({domain: tuple(sorted({*first, *second}))})


def _names(what: Statistic) -> Iterator[str]:
    """Events and groups that a statistic counts."""
    named = (getattr(what, field, None) for field in ("name", "among", "never"))
    yield from (name for name in named if isinstance(name, str))


def _events(case: Case, name: str) -> set[str]:
    """The events that an event, branch or group is of."""
    return {outcome.split(".")[0] for outcome in case.problem.pathway.resolve(name)}


def _touched(case: Case, strategy: str, source: Source, *, baseline: bool) -> set[str]:
    """Events whose ratio under `strategy`, or, of the `baseline`, whose hazard is the trial's own figure."""
    problem = case.problem
    found: set[str] = set()

    def is_of_it(part: object) -> bool:
        names = in_place(case.setting, parameter_names((part,)))
        return reads_of_trial(cited_sources(case.parameters, names), source)

    for event in problem.pathway.events if baseline else ():
        found |= {event.name} if is_of_it(event) else set()
    for frailty in problem.pathway.frailties if baseline else ():
        found |= set(frailty.events) if is_of_it(frailty) else set()
    for component in next(s for s in problem.strategies if s.id == strategy).components:
        found |= {effect.event for effect in component.effects if is_of_it(effect)}
    return found
