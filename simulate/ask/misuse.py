"""What cannot stand where a problem puts it: ratios of other people, one quantity drawn twice, worth where none is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import combinations

import numpy as np

from models.contract import (
    AGE,
    Component,
    CountRatio,
    DecisionProblem,
    EffectMeasure,
    Event,
    EverRatio,
    FixedTime,
    MeanTime,
    Numeric,
    Pathway,
    Quantity,
    Scale,
    Setting,
    Spline,
    StateTime,
    Statistic,
    StayBand,
    Utility,
    When,
    parameter_names,
)
from models.quantities import names_in
from models.states import at_risk, ends_of, goes_on, joint_states, passed_at_once
from parameters import Parameter, ParameterSet
from parameters import Problem as InputProblem
from parameters.expressions.formula import Formula
from parameters.mistakes import ModelError, spelling_hint
from simulate.ask.declarations import Held, held_in, name_of

# How many of the second argument the least is below the first of a law of people's numbers; of one in a million.
LEAST = {"normal": 4.753, "uniform": 0.0}
FAR = 20  # a ratio of an effect beyond which, or below its inverse, a percentage was probably meant
ALL = "all"  # everybody who is followed
# Conditions that count time or put people at risk; who is absorbed is followed no longer, and satisfies none.
FOLLOWED = frozenset(
    {(Event, "when"), (StateTime, "when"), (StayBand, "when"), (Utility, "when"), (Scale, "when")}
    | {(EffectMeasure, "days"), (EffectMeasure, "years")}
)


def misused(problem: DecisionProblem, setting: Setting, records: ParameterSet) -> Iterator[InputProblem]:
    """Every such record; of ratios, those that say of whom they are."""
    told: set[tuple[str, str]] = set()
    for name, among in ratios_among(problem, setting):
        record = records.get(name)
        if record is None or record.among is None or (name, among) in told:
            continue
        told.add((name, among))
        if not _are_the_same(problem.pathway, record.among, among):
            text = f"is {_of(record.among)}, and stands for a ratio {_of(among)}; solve for it there"
            yield InputProblem(*record.place, f"{name}.among", text)
    yield from _put_on_hazards(problem, setting, records)
    yield from _drawn_twice(problem, setting, records)
    yield from _guesses_set(problem, setting, records)
    yield from _beyond_the_end(problem)
    yield from _at_nodes(problem)
    yield from _falling(problem, records)
    yield from _unborn(problem, setting, records)


def misgiven(problem: DecisionProblem, setting: Setting, records: ParameterSet) -> Iterator[InputProblem]:
    """Names that a strategy gives and nothing reads that it may change, and what is solved for or the same for all."""
    strategies = [s for s in problem.under(setting).strategies if s.given]
    if not strategies:
        return
    pathways = (problem.pathway, *(s.pathway for s in problem.settings if s.pathway is not None))
    people = {*parameter_names(tuple((p.characteristics, p.frailties) for p in pathways))}
    frame = problem.discount_costs, problem.discount_effects, *(s.horizon for s in problem.settings)
    alike = {*names_in(frame), *parameter_names(problem.scales)}
    valued = problem.costs, problem.utilities, problem.effects
    read = {*parameter_names((pathways, valued, *(s.components for s in problem.strategies)))}
    own = {q for s in strategies for q in s.given.values() if isinstance(q, str)} - read
    for strategy in strategies:
        made = _made_of(setting, records, {*strategy.given, *own})
        free = {*parameter_names((pathways, strategy.components, valued))} - people - alike
        solved = {t.unknown for t in setting.targets if t.strategy == strategy.id}
        for name in strategy.given:
            where = f"Strategy {strategy.id}.given[{name}]"
            if name in people:
                text = "is of the people, who are the same under every strategy"
            elif name in alike:
                text = "is of the follow-up, discounting or a scale, which are the same under every strategy"
            elif name in solved:
                text = f"is solved for so that this strategy shows a published figure of setting {setting.name}"
            elif name in made:
                all_made = ", ".join(made[name])
                text = f"is what {all_made} is made of for everybody, which would not follow; give {all_made}"
            elif name not in free:
                near = spelling_hint(name, sorted(free))
                text = f"is nothing that pathway, components, costs, utilities or effects read{near}"
            else:
                continue
            yield InputProblem(problem.id, 0, where, f"{name} {text}")


def _made_of(setting: Setting, records: ParameterSet, but: Collection[str]) -> dict[str, list[str]]:
    """By name, what a setting gives that is made of it, by way of others too; not what stands in `but`."""
    made: dict[str, list[str]] = {}
    for name, quantity in setting.given.items():
        waiting, known = [name, *names_in(quantity)], set[str]()
        while waiting and name not in but:
            part = waiting.pop()
            if part not in known:
                known.add(part)
                if part != name:
                    made.setdefault(part, []).append(name)
                formula = records[part].distribution if part in records else None
                waiting += formula.tree.names() if isinstance(formula, Formula) else ()
    return made


def coming_once(pathway: Pathway) -> Iterator[str]:
    """Cycles that are none: events at a fixed time in a state that lead back to it and let the clock run on."""
    for event in pathway.events:
        if event.clock != "sojourn" or not isinstance(event.hazard, FixedTime):
            continue
        for end in ends_of(event):
            back = set(end.becomes) & set(event.when.levels)
            if back and not end.restart and goes_on(event, end):
                which = f"branch {end.name} leads" if event.branches else "it leads"
                yield (
                    f"Event {event.name}: {which} back to where it came from, and its clock runs on past the fixed"
                    " time: it comes once in a spell; restart=True would have it come every time"
                )


def _put_on_hazards(problem: DecisionProblem, setting: Setting, records: ParameterSet) -> Iterator[InputProblem]:
    """Ratios of people put on a hazard or a time, where nothing solves for what returns them."""
    solved = {t.unknown for t in setting.targets}
    put = [e.parameter for c in _components(problem) for e in c.effects if e.branch is None]
    put += [c.parameter for c in problem.pathway.covariates if c.branch is None]
    put += [q for e in problem.pathway.events for x in e.by for q in x.ratios.values()]
    for name in dict.fromkeys(n for quantity in put for n in _read(setting, quantity) if n not in solved):
        record = records.get(name)
        if record is not None and record.among is not None:
            text = f"is {_of(record.among)}, and stands for a ratio of hazards or times; solve for it, as a target"
            yield InputProblem(*record.place, f"{name}.among", text)


def ratios_among(problem: DecisionProblem, setting: Setting) -> Iterator[tuple[str, str]]:
    """Parameters that are a risk, odds or rate ratio, and of whom each is: all, or those with an event or group.

    A target's is of those whom its statistic is of; one put on a branch is of those to whom the event happens.
    """
    solved = {t.unknown for t in setting.targets}
    for t in setting.targets:
        if t.scale in ("risk_ratio", "odds_ratio"):
            yield from ((n, _population(t.statistic)) for n in _read(setting, t.published))
    effects = [e for c in _components(problem) for e in c.effects]
    put = [(e.event, e.parameter) for e in effects if e.branch is not None]
    put += [(c.event, c.parameter) for c in problem.pathway.covariates if c.branch is not None]
    for event, quantity in put:
        yield from ((n, event) for n in _read(setting, quantity) if n not in solved)


def _components(problem: DecisionProblem) -> list[Component]:
    """Those of every strategy, as they are under it."""
    return [c for s in problem.strategies for c in s.under(s.components)]


def _read(setting: Setting, quantity: Quantity) -> Iterator[str]:
    """Records that a quantity is read from under a setting."""
    for name in names_in(quantity):
        yield from names_in(setting.given.get(name, name))


def _population(statistic: Statistic) -> str:
    if isinstance(statistic, (EverRatio, CountRatio)):
        return statistic.among
    if isinstance(statistic, MeanTime):
        return statistic.per_ever or statistic.per or ALL
    return ALL


def _are_the_same(pathway: Pathway, said: str, applied: str) -> bool:
    """Whether a ratio of people `said` may stand for one `applied`: a group of events speaks for each of them."""
    if ALL in (said, applied):
        return said == applied
    known = {*(e.name for e in pathway.events), *(g.name for g in pathway.groups)}
    return said in known and set(pathway.resolve(applied)) <= set(pathway.resolve(said))


def _of(among: str) -> str:
    return "among all who are followed" if among == ALL else f"among those with {among}"


def _guesses_set(problem: DecisionProblem, setting: Setting, records: ParameterSet) -> Iterator[InputProblem]:
    """Records that nobody measured for which a setting, or a strategy in it, puts a number as if it were measured."""
    put = [*setting.given.items(), *(x for v in setting.variants for x in v.replace.items())]
    put += [x for s in setting.compared(problem.strategies) for x in s.given.items()]
    for name, quantity in () if setting.claimed else put:
        record = records.get(name)
        if record is None or record.measured is not False:
            continue
        stand_ins = [records[n] for n in names_in(quantity) if n in records]
        if not any(r.measured is False or _varies(r) for r in stand_ins):
            told = "allowed: a record with measured = false, or of a measurement with its error, or a setting `claimed`"
            text = f"false, and setting {setting.name} puts a number in its place; {told}"
            yield InputProblem(*record.place, f"{name}.measured", text)


def _drawn_twice(problem: DecisionProblem, setting: Setting, records: ParameterSet) -> Iterator[InputProblem]:
    """Pairs of rows that differ in nothing but their names and words, each drawn for another component.

    Draws of them by themselves would make a difference where there is none. Two that are independent indeed say so by
    a correlation, which may be 0.
    """
    known = {frozenset(pair) for pair in problem.correlations}
    owners = _owners(problem, setting)
    rows = [records[n] for n in owners if n in records]
    for a, b in combinations(rows, 2):
        apart = not owners[a.name] & owners[b.name] and frozenset((a.name, b.name)) not in known
        if apart and _row(a) == _row(b) and _varies(a):
            text = f"is the same row as {a.name}, drawn apart from it for another component; name one record in both"
            yield InputProblem(*b.place, b.name, f"{text}, or give their correlation")


def _owners(problem: DecisionProblem, setting: Setting) -> dict[str, set[str]]:
    """By parameter, the components whose effects or costs read it."""
    owners: dict[str, set[str]] = {}
    solved = {t.unknown: t for t in setting.targets}
    for component in (c for s in problem.strategies for c in s.components):
        its = tuple(c for c in problem.costs if getattr(c.basis, "component", None) == component.name)
        for name in parameter_names((component, its)):
            for read in parameter_names(solved[name]) if name in solved else _read(setting, name):
                owners.setdefault(read, set()).add(component.name)
    return owners


def _varies(record: Parameter) -> bool:
    low, high = record.distribution.interval95()
    return high > low


def _row(record: Parameter) -> tuple[object, ...]:
    return record.unit, record.distribution, record.source, record.status, record.price_year, record.kind


def _beyond_the_end(problem: DecisionProblem) -> Iterator[InputProblem]:
    """Conditions at an absorbing level: their prices and worth would be 0 in silence, their events never come."""
    ends = {(d.name, level) for d in problem.pathway.domains for level in d.absorbing}
    parts = (problem.pathway.events, problem.costs, problem.utilities, problem.effects, problem.scales)
    for held in held_in(parts, FOLLOWED):
        if isinstance(held.quantity, When) and not _is_nothing(held.owner):
            named = [(d, level) for d, levels in held.quantity.levels.items() for level in levels if (d, level) in ends]
            text = ", ".join(f"{domain} {level}" for domain, level in named)
            why = "is absorbing: nobody is followed there, and nothing is counted; allowed: levels that are not"
            yield from [InputProblem(problem.id, 0, _where(held), f"{text} {why}")] if named else []


def _at_nodes(problem: DecisionProblem) -> Iterator[InputProblem]:
    """Chance nodes that lead in a circle, and conditions that hold at nodes alone, where nobody spends any time."""
    pathway = problem.pathway
    try:
        nodes = {tuple(state.items()) for state, _ in passed_at_once(pathway)}
    except ModelError as fault:
        where, _, text = str(fault).partition(": ")
        yield InputProblem(problem.id, 0, where, text)
        return
    if not nodes:
        return
    for held in held_in((problem.costs, problem.utilities, problem.effects, problem.scales), FOLLOWED):
        when = held.quantity
        if not isinstance(when, When) or _is_nothing(held.owner) or getattr(held.owner, "event", None) is not None:
            continue
        there = {tuple(state.items()) for state in joint_states(pathway) if at_risk(pathway, state, when)}
        if there and there <= nodes:
            text = f"{when.words()}: people pass there at once, with no time to count; allowed: count the event there"
            yield InputProblem(problem.id, 0, _where(held), text)


def _falling(problem: DecisionProblem, records: ParameterSet) -> Iterator[InputProblem]:
    """Splines that fall at the point estimates of their coefficients; those of draws are told in a run."""
    for event in problem.pathway.events:
        if not isinstance(event.hazard, Spline):
            continue
        known = [_at_point(c, records) for c in event.hazard.coefficients]
        if any(c is None for c in known):
            continue
        from simulate.engine.laws.splines import spline  # heavy, and wanted of splines alone

        try:
            spline(np.array(event.hazard.knots), np.array([known], dtype=np.float64))
        except ValueError as fault:
            text = str(fault).partition(": ")[2]
            where = f"Event {event.name}.hazard"
            yield InputProblem(problem.id, 0, where, f"at the point estimates of its coefficients {text}")


def _at_point(quantity: Quantity, records: ParameterSet) -> float | None:
    """A number, or the point estimate of a record; None of what is made of several."""
    if isinstance(quantity, (int, float)):
        return float(quantity)
    record = records.get(quantity) if isinstance(quantity, str) else None
    return None if record is None else float(record.distribution.point)


def _unborn(problem: DecisionProblem, setting: Setting, records: ParameterSet) -> Iterator[InputProblem]:
    """Ages that a law without a lower end draws below 0, at the point estimates, of more than one in a million."""
    for c in problem.pathway.characteristics:
        law = c.values
        if c.name != AGE or not isinstance(law, Numeric) or law.low >= 0 or law.distribution not in LEAST:
            continue
        first, second = (_end(setting, records, q, 0) for q in (law.first, law.second))
        if first is not None and second is not None and first - LEAST[law.distribution] * second < 0:
            text = f"a {law.distribution} of {first:g} and {second:g} draws ages below 0; allowed: low=0, or more"
            yield InputProblem(problem.id, 0, f"Characteristic {c.name}", text)


def risks_above_all(problem: DecisionProblem, setting: Setting, records: ParameterSet) -> Iterator[str]:
    """Risk ratios that some draws put so high that a branch has more than all: a run refuses them, and says which.

    By the 97.5% points of the ratio and of the branch's weight, every other weight at its point estimate.
    """
    events = {e.name: e for e in problem.pathway.events}
    effects = [(s, e) for s in problem.strategies for c in s.under(s.components) for e in c.effects]
    told: set[tuple[str, str, Quantity]] = set()
    for strategy, effect in effects:
        branches = events[effect.event].branches if effect.ratio == "risk" and effect.event in events else ()
        if not branches:
            continue
        weights = [(b.name, strategy.under(b.weight)) for b in branches]
        ratio = _end(setting, records, effect.parameter, 1)
        own = [_end(setting, records, q, 1) for name, q in weights if name == effect.branch]
        rest = [_end(setting, records, q, 0) for name, q in weights if name != effect.branch]
        key = effect.event, str(effect.branch), effect.parameter
        if ratio is None or not own or None in (*own, *rest) or key in told:
            continue
        mine = sum(x for x in own if x is not None)
        share = mine / (mine + sum(x for x in rest if x is not None))
        if ratio * share > 1:
            told.add(key)
            yield (
                f"Effect on {effect.event}.{effect.branch}: a risk ratio of {ratio:.3g} on a probability of {share:.3g}"
                f" (97.5% points) would be more than 1: a run refuses draws like these; an odds ratio cannot"
                " be too high"
            )


def far_ratios(problem: DecisionProblem, setting: Setting, records: ParameterSet) -> Iterator[str]:
    """Ratios of effects whose point estimate no trial finds: a percentage in place of a ratio, or the other way up."""
    told: set[tuple[str, Quantity]] = set()
    for strategy in problem.strategies:
        for effect in (e for c in strategy.under(strategy.components) for e in c.effects):
            point = _end(setting, records, effect.parameter, 0)
            if point is None or 1 / FAR <= point <= FAR or (effect.event, effect.parameter) in told:
                continue
            told.add((effect.event, effect.parameter))
            name = f" ({effect.parameter})" if isinstance(effect.parameter, str) else ""
            yield (
                f"Effect on {effect.event}: a {effect.ratio} ratio of {point:.3g}{name}, beyond {1 / FAR:g} to {FAR}:"
                " a percentage is written as a ratio, 70% as 0.7"
            )


def _end(setting: Setting, records: ParameterSet, quantity: Quantity, end: int) -> float | None:
    """A number, or of a record the point estimate (0) or 97.5% point (1); None of what is made of several."""
    given = setting.given.get(quantity, quantity) if isinstance(quantity, str) else quantity
    if end == 0 or isinstance(given, (int, float)):
        return _at_point(given, records)
    record = records.get(given) if isinstance(given, str) else None
    return None if record is None else float(record.distribution.interval95()[1])


def _is_nothing(owner: object) -> bool:
    """Whether it says itself that nothing is there: the utility of being dead is 0."""
    return isinstance(owner, Utility) and owner.value == 0


def _where(held: Held) -> str:
    named = next((x for x in (held.owner, *reversed(held.path)) if name_of(x) is not None), held.owner)
    return f"{type(named).__name__} {name_of(named) or ''}".strip() + f": {type(held.owner).__name__}.{held.field}"
