"""Checks of what a model means: what may be intended, and hardly ever is. Most of them doubt, and do not fail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np

from models.bases import component_of
from models.contract import (
    Component,
    ComponentTime,
    CostItem,
    Delivery,
    Effect,
    EventCount,
    Pathway,
    Quantity,
    StateTime,
    When,
)
from models.quantities import names_in
from models.states import alive_and, ends_of, node_at
from parameters.units import number_of
from simulate.analyse.credibility.verification import happening
from simulate.analyse.credibility.verification.costs import utility_of
from simulate.analyse.credibility.verification.ground.bench import Bench, lines_of
from simulate.analyse.credibility.verification.ground.verdicts import Check, Verdict, doubted, held, not_applicable
from simulate.analyse.credibility.verification.happening import dying
from simulate.ask.misuse import FAR, far_ratios
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.statistics import UNDISCOUNTED
from simulate.evaluate.weighing import is_weighed
from simulate.result.result import Result

MOST_DISCOUNT = 0.10  # a year
OFTEN = 52.0  # events in a year of who may have them: once a week
ALIKE = 0.5, 2.0  # the price of an event over what the stay after it costs
LASTING = 10.0  # years: longer than any trial follows what was given once
LEAST_UTILITY = -0.6  # the worst state of EQ-5D-3L in Britain is -0.594
NO_UTILITIES = "no utilities, or they go by age or characteristics"
SPANS = {
    "day": re.compile(r"\b(daily|(a|per|each|every)[- ]day|days?['’]? rate)\b", re.I),
    "week": re.compile(r"\b(weekly|(a|per|each|every) week)\b", re.I),
    "month": re.compile(r"\b(monthly|(a|per|each|every) month)\b", re.I),
    "quarter": re.compile(r"\b(quarterly|(a|per|each|every) quarter)\b", re.I),
}
A_DAY_OF = re.compile(r"\b[a-z]+[- ]days?\b", re.I)  # the price of a day of something, not how many in a year
WIDE = 5.0  # standard errors over a mean: wider than anybody knows a price


# --- utilities ------------------------------------------------------------------------------------


def _utilities(bench: Bench) -> dict[int, float]:
    """What a year in each living state is worth at the point estimates, by its position; none where not told."""
    problem, fixed = bench.problem, bench.run(fixed=True)
    if not problem.utilities or any(is_weighed(u) for u in problem.utilities):
        return {}
    return {
        k: float(utility_of(fixed, dict(state))[0])
        for k, state in enumerate(fixed.statistics.states)
        if alive_and(problem.pathway, When())(state) and node_at(problem.pathway, state) is None
    }


def _said(bench: Bench, k: int) -> str:
    return ", ".join(f"{d} {level}" for d, level in bench.base.statistics.states[k].items())


def utilities_in_range(bench: Bench) -> Verdict:
    """No year is worth more than one in full health, nor less than the worst state."""
    found = _utilities(bench)
    if not found:
        return not_applicable(NO_UTILITIES)
    faults = [f"a year of {_said(bench, k)} is worth {u:.3g}" for k, u in found.items() if not LEAST_UTILITY <= u <= 1]
    return held(faults, f"{len(found)} states, from {min(found.values()):.3g} to {max(found.values()):.3g}")


def worse_is_not_better(bench: Bench) -> Verdict:
    """A state whose care costs more, or from which more people die, is not worth more than one beside it."""
    worth = _utilities(bench)
    if not worth:
        return not_applicable(NO_UTILITIES)
    fixed = bench.run(fixed=True)
    care, faults, pairs = _care(fixed), list[str](), 0
    for a, b in combinations(worth, 2):
        if not _beside(fixed, a, b):
            continue
        faults += _deadlier_is_better(bench, fixed, worth, (a, b))
        if abs(care[a] - care[b]) < 1e-9:
            continue
        pairs += 1
        dear, cheap = (a, b) if care[a] > care[b] else (b, a)
        if worth[dear] > worth[cheap] + 1e-9:
            faults.append(
                f"{_said(bench, dear)} is worth {worth[dear]:.3g} a year and {_said(bench, cheap)} {worth[cheap]:.3g},"
                " though its care costs more"
            )
    return doubted(faults, f"{number_of(pairs, 'pair')} of states whose care differs")


def _deadlier_is_better(
    bench: Bench, fixed: Result, worth: Mapping[int, float], pair: tuple[int, int]
) -> Iterator[str]:
    """That more people die where a year is worth more, of two states."""
    states = fixed.statistics.states
    rates = dying(bench, fixed, states[pair[0]], states[pair[1]])
    better, worse = (0, 1) if worth[pair[0]] > worth[pair[1]] else (1, 0)
    if rates[better] > rates[worse] and abs(worth[pair[0]] - worth[pair[1]]) > 1e-9:
        yield f"{_said(bench, pair[better])} is worth more a year than {_said(bench, pair[worse])}, and more die there"


def _beside(result: Result, a: int, b: int) -> bool:
    """Whether two states differ in one domain alone."""
    x, y = (result.statistics.states[k] for k in (a, b))
    return x.keys() == y.keys() and sum(x[d] != y[d] for d in x) == 1


def _care(result: Result) -> dict[int, float]:
    """What the health service pays for a year in each state whatever the strategy, at the point estimates, money."""
    found = dict.fromkeys(range(len(result.statistics.states)), 0.0)
    for item in result.case.problem.costs:
        basis = item.basis
        if not isinstance(basis, StateTime) or basis.component is not None or item.payer != "nhs" or item.by:
            continue
        price = _price(result, item)
        for k, state in enumerate(result.statistics.states):
            found[k] += price if basis.when.holds(state) else 0.0
    return found


def _price(result: Result, item: CostItem) -> float:
    lookup = make_lookup(result.draws.engine, len(result.draws.values))
    return item.sign * float(np.prod([lookup(q)[0] for q in (item.unit_cost, *item.quantities)]))


# --- rates ----------------------------------------------------------------------------------------


def discount_in_range(bench: Bench) -> Verdict:
    """A discount rate lies between 0 and 10% a year."""
    result, faults, told = bench.run(fixed=True), [], []
    lookup = make_lookup(result.draws.engine, 1)
    for what in ("costs", "effects"):
        quantity: Quantity = getattr(bench.problem, f"discount_{what}")
        rate = float(lookup(quantity)[0])
        told.append(f"{what} {rate:.3%}")
        if not 0 <= rate <= MOST_DISCOUNT:
            faults.append(f"{what} are discounted by {rate:.3g} a year, that is {rate:.0%}; 3.5% is written 0.035")
    return doubted(faults, ", ".join(told))


def words_and_units(bench: Bench) -> Verdict:
    """What a record's label says of its span of time is its unit's."""
    faults = []
    for name in bench.case.names():
        record = bench.case.parameters[name]
        spans = [s for s, pattern in SPANS.items() if pattern.search(record.label)]
        spans += ["day"] if record.price_year and A_DAY_OF.search(record.label) else []
        if spans and record.unit.endswith(("_year", "_effective")) and "year" not in record.label.lower():
            faults.append(f'{name}, "{record.label}", is in {record.unit}: by its label it is one a {spans[0]}')
    return doubted(faults, f"{number_of(len(bench.case.names()), 'label')}")


def prices_are_known(bench: Bench) -> Verdict:
    """The standard error of a price is not many times the price."""
    records = {n: bench.case.parameters[n] for n in bench.case.names()}
    prices = {n: r for n, r in records.items() if r.price_year and not r.unit.endswith("_difference")}
    if not prices:
        return not_applicable("no records are prices")
    faults = []
    for name, record in prices.items():
        stated = getattr(record.distribution, "arguments", {}).get("se")
        if isinstance(stated, (int, float)) and stated > WIDE * abs(record.distribution.point):
            faults.append(f"{name} has a standard error of {stated:g}, and a mean of {record.distribution.point:g}")
    return doubted(faults, f"{number_of(len(prices), 'price')}")


def events_are_plausible(bench: Bench) -> Verdict:
    """No event happens to those who may have it more than once a week."""
    if bench.is_account:
        return not_applicable("nothing happens in an account")
    result, faults = bench.run(fixed=True), []
    x, told = result.statistics, result.event_counts()
    for event in bench.problem.pathway.events:
        at_risk = x.state_indices(alive_and(bench.problem.pathway, event.when))
        years = float(x.per_person(x.time[:, :, :, UNDISCOUNTED, :])[..., at_risk].sum())
        count = float(told[event.name].sum())
        if years > 0 and count / years > OFTEN:
            faults.append(f"{event.name} happens {count / years:.3g} times in a year of who may have it")
    return doubted(faults, f"{len(told)} events and groups")


# --- money ----------------------------------------------------------------------------------------


def care_costs(bench: Bench) -> Verdict:
    """Care and delivery cost money; what earns it is somebody's gain, and said to be."""
    lines = {name: cost.mean(axis=0) for name, cost in lines_of(bench.base).items()}
    if not lines:
        return not_applicable("no cost items")
    items = {c.name: c for c in bench.problem.costs}
    faults = [
        f"{n} lowers what the {items[n].payer} pays, by {-float(x.min()):,.4g} a person: is its sign right?"
        for n, x in lines.items()
        if x.min() < 0 and items[n].payer == "nhs" and component_of(items[n].basis) is None
    ]
    for component in _components(bench):
        mine = [
            c for c in bench.problem.costs if component_of(c.basis) == component.name and not _is_difference(bench, c)
        ]
        least = min((float(lines[c.name].min()) for c in mine), default=0.0)
        most = max((float(lines[c.name].max()) for c in mine), default=0.0)
        if least < 0 >= most:
            faults.append(
                f"{component.name} is paid for by nobody, and earns {-least:,.4g} a person: is its sign right?"
            )
    return doubted(faults, f"{number_of(len(lines), 'line')}")


def _is_difference(bench: Bench, item: CostItem) -> bool:
    """Whether a line is a difference of costs, delivery among them."""
    named = (n for q in (item.unit_cost, *item.quantities) for n in names_in(q))
    return any(n in bench.case.parameters and bench.case.parameters[n].unit.endswith("_difference") for n in named)


def _components(bench: Bench) -> list[Component]:
    every = [c for s in bench.problem.strategies for c in s.components]
    return list({c.name: c for c in every}.values())


def services_are_paid(bench: Bench) -> Verdict:
    """A service that does something costs something, and only those who have it pay."""
    components = [c for c in _components(bench) if c.effects]
    if not components:
        return not_applicable("no component has an effect on an event")
    priced = {component_of(c.basis) for c in bench.problem.costs}
    lines, first, faults = lines_of(bench.base), bench.problem.strategies[0], []
    for item in [c for c in bench.problem.costs if component_of(c.basis) is None]:
        if any(_named_after(item, c) for c in components) and lines[item.name][:, 0].any():
            told = "it is priced by time or events of everybody, not of those who have it"
            faults.append(f"{first.id} pays for {item.name} too: {told}")
    for strategy in bench.problem.strategies[1:]:
        own = [c for c in strategy.components if c not in first.components]
        unpaid = [c.name for c in own if c.effects and c.name not in priced]
        offered = any(c.name in priced and not c.effects for c in own)  # paid for by the offer alone
        if unpaid and not offered:
            faults.append(f"nothing is paid for {', '.join(unpaid)} under {strategy.id}")
    return doubted(faults, f"{number_of(len(components), 'service')}")


def _named_after(item: CostItem, component: Component) -> bool:
    return item.name == component.name or item.label.lower().startswith(component.label.lower())


def comparator_is_without(bench: Bench) -> Verdict:
    """No two strategies are the same one."""
    strategies = bench.problem.strategies
    faults = [
        f"{b.id} is {a.id} again, with the same services ({', '.join(c.name for c in b.components) or 'none'})"
        for a, b in combinations(strategies, 2)
        if a.components == b.components and a.given == b.given
    ]
    return doubted(faults, f"{strategies[0].id} beside {len(strategies) - 1}")


def charged_once(bench: Bench) -> Verdict:
    """Nothing is charged by the event and again by the time that follows, nor twice by overlapping counts."""
    items = [c for c in bench.problem.costs if c.kind == "resource" and c.sign > 0 and not c.by]
    fixed = bench.run(fixed=True)
    faults = [*_same_price_twice(fixed, items), *_event_and_stay(fixed, items)]
    return doubted(faults, f"{number_of(len(items), 'line')}") if items else not_applicable("no cost items")


def _same_price_twice(result: Result, items: list[CostItem]) -> Iterator[str]:
    pathway = result.case.problem.pathway
    for a, b in combinations(items, 2):
        if a.payer != b.payer:
            continue
        named_alike = (a.unit_cost, a.quantities) == (b.unit_cost, b.quantities)
        price = _price(result, a)
        alike = a.basis == b.basis and isinstance(a.basis, (Delivery, ComponentTime)) and price == _price(result, b)
        if not (named_alike or (alike and price)):
            continue
        if shared := _overlap(pathway, a, b):
            told = a.unit_cost if named_alike else f"{price:.6g}"
            yield f"{a.name} and {b.name} charge {told} twice for {shared}"


def _overlap(pathway: Pathway, a: CostItem, b: CostItem) -> str:
    """What two lines both count, in words; empty where nothing is."""
    x, y = a.basis, b.basis
    if isinstance(x, EventCount) and isinstance(y, EventCount) and x.counts_all and y.counts_all:
        return ", ".join(o for o in pathway.resolve(x.name) if o in pathway.resolve(y.name))
    if isinstance(x, StateTime) and isinstance(y, StateTime) and x.component == y.component:
        return x.when.words() if x.when.implies(y.when) else y.when.words() if y.when.implies(x.when) else ""
    if isinstance(x, (Delivery, ComponentTime)) and x == y:
        return x.component
    return ""


def _event_and_stay(result: Result, items: list[CostItem]) -> Iterator[str]:
    """Events priced at about what the stay that they begin costs."""
    pathway, lines = result.case.problem.pathway, lines_of(result)
    events = [c for c in items if isinstance(c.basis, EventCount) and c.basis.counts_all]
    stays = [c for c in items if isinstance(c.basis, StateTime) and c.basis.component is None and c.basis.when.levels]
    for event in events:
        for stay in stays:
            assert isinstance(event.basis, EventCount) and isinstance(stay.basis, StateTime)
            by_event, by_stay = (float(lines[i.name].sum()) for i in (event, stay))
            begins = _begins(pathway, event.basis.name, stay.basis.when)
            if event.payer == stay.payer and begins and by_stay > 0 and ALIKE[0] < by_event / by_stay < ALIKE[1]:
                told = f"{by_event:,.4g} and {by_stay:,.4g} a person"
                yield f"{event.name} charges by the event what {stay.name} charges by the time after it ({told})"


def _begins(pathway: Pathway, name: str, when: When) -> bool:
    """Whether every way in which an event or group can happen leads to where a condition holds."""
    outcomes, ways = pathway.resolve(name), []
    for event in pathway.events:
        for outcome, end in zip(event.outcomes(), ends_of(event), strict=True):
            ways += [end.becomes] if outcome in outcomes else []
    return bool(ways) and all(_enters(becomes, when) for becomes in ways)


def _enters(becomes: Mapping[str, str], when: When) -> bool:
    return any(becomes.get(d) in levels for d, levels in when.levels.items())


# --- effects --------------------------------------------------------------------------------------


def effects_end(bench: Bench) -> Verdict:
    """An effect lasts no longer than what brings it about, unless it wanes."""
    found = [(c, e) for c in _components(bench) for e in c.effects]
    if not found:
        return not_applicable("no component has an effect on an event")
    result = bench.run(fixed=True)
    lookup, horizon = make_lookup(result.draws.engine, 1), result.statistics.horizon
    faults = []
    for component, effect in found:
        until = horizon if component.end is None else float(lookup(component.end)[0])
        lasts = until if effect.end is None else float(lookup(effect.end)[0])
        lasts = min(lasts, horizon)
        if lasts > min(until, horizon) and effect.waning is None:
            faults.append(_goes_on(component, effect, f"ends after {number_of(until, 'year')}", lasts))
        elif lasts > LASTING and effect.waning is None and _is_paid_once(bench, component):
            faults.append(_goes_on(component, effect, "is paid for once", lasts))
    return doubted(dict.fromkeys(faults), f"{number_of(len(found), 'effect')}")


def _goes_on(component: Component, effect: Effect, told: str, lasts: float) -> str:
    return (
        f"{component.name} {told}, and its effect on {effect.event} goes on undiminished to {number_of(lasts, 'year')}"
    )


def _is_paid_once(bench: Bench, component: Component) -> bool:
    """Whether what a component costs is due when it is delivered, and nothing later."""
    mine = [c.basis for c in bench.problem.costs if component_of(c.basis) == component.name]
    return bool(mine) and all(isinstance(basis, Delivery) for basis in mine)


def ratios_are_plausible(bench: Bench) -> Verdict:
    """No effect is beyond what trials find, as a percentage in the place of a ratio is."""
    effects = [e for c in _components(bench) for e in c.effects]
    case = bench.case
    faults = far_ratios(case.problem, case.setting, case.parameters)
    return doubted(faults, number_of(len(effects), "effect")) if effects else not_applicable("no effects on events")


def effects_are_uncertain(bench: Bench) -> Verdict:
    """What a strategy does is known with an error."""
    named = dict.fromkeys(n for c in _components(bench) for e in c.effects for n in names_in(e.parameter))
    plain = [(c.name, e) for c in _components(bench) for e in c.effects if isinstance(e.parameter, (int, float))]
    faults = [f"{c} on {e.event}: a plain {e.parameter:g}, without an error" for c, e in plain if e.parameter != 1]
    records = {n: bench.case.parameters[n] for n in named if n in bench.case.parameters}
    for name, record in records.items():
        low, high = record.distribution.interval95()
        if low == high and record.distribution.point != 1:
            told = f", though {record.interval[0]:g} to {record.interval[1]:g} is published" if record.interval else ""
            faults.append(
                f"{name} is {record.status} and stands at {record.distribution.point:g} without an error{told}"
            )
    return (
        doubted(faults, f"{number_of(len(records), 'ratio')}")
        if named or plain
        else not_applicable("no effects on events")
    )


CHECKS = (
    Check("utilities_in_range", "A year is worth at most 1", utilities_in_range),
    Check("worse_is_not_better", "Where care costs more, life is not worth more", worse_is_not_better),
    Check("discount_in_range", "Discount rates lie between 0 and 10%", discount_in_range),
    Check("words_and_units", "Labels and units speak of the same span of time", words_and_units),
    Check("prices_are_known", "No price's standard error is five times the price", prices_are_known),
    Check("events_are_plausible", "No event happens more than once a week", events_are_plausible),
    Check("care_costs", "Care and delivery cost money", care_costs),
    Check("services_are_paid", "Who has a service pays for it, and nobody else", services_are_paid),
    Check("comparator_is_without", "No strategy is another one again", comparator_is_without),
    Check("charged_once", "Nothing is charged twice", charged_once),
    Check("effects_end", "Effects end with what brings them about", effects_end),
    Check("ratios_are_plausible", f"Ratios of effects lie between {1 / FAR:g} and {FAR}", ratios_are_plausible),
    Check("effects_are_uncertain", "Effects have an error", effects_are_uncertain),
    *happening.CHECKS,
)
