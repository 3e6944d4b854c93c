"""Costs, prices, quality of life and what counts as effect, in English."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from models.bases import is_time
from models.contract import (
    ComponentTime,
    CostItem,
    Delivery,
    EventCount,
    Perspective,
    Profile,
    StateTime,
    StayBand,
    Term,
    Utility,
    When,
)
from parameters.money.currencies import CURRENCIES
from parameters.units import DAYS_PER_YEAR, UNITS
from simulate.present.english.glossary import Glossary
from simulate.present.english.numbers import amount, capital, clean, in_unit, listed, number, prices_of, quoted, titled
from simulate.present.english.payers import IN_SENTENCE
from simulate.present.english.prose import points, prose


def prices(w: Glossary) -> Iterator[str]:
    """Paragraphs on what is paid for, by whom, and from which perspective."""
    chosen = w.problem.perspective(w.setting.perspective)
    yield prose(f"Costs are counted from this perspective: {titled(chosen.label, chosen.name)}. {_counted(chosen)}")
    others = [p for p in w.problem.perspectives if p.name != chosen.name]
    if others:
        yield prose("Other perspectives can be chosen afterwards, without simulating again:")
        yield points(f"{titled(p.label, p.name)}. {_counted(p)}" for p in others)
    yield prose(
        f"Costs are discounted by {w.told(w.problem.discount_costs, 'per_year_effective')},"
        f" quality-adjusted life-years by {w.told(w.problem.discount_effects, 'per_year_effective')}"
        f"{_compounded(w)}. All costs are brought to {prices_of(w.parameters.money)}.{_brought(w)}"
    )


def _brought(w: Glossary) -> str:
    """By what prices of other years and currencies are brought there, where the model says so."""
    money, known = w.parameters.money, w.parameters.values()
    index = "" if money.index is None else f" Prices of other years are carried by {clean(money.index.source)}."
    used = {(UNITS[p.unit].currency, p.price_year) for p in known}
    told = [
        f"{CURRENCIES[r.currency].name} of {r.year} at {number(r.rate, 6)} {CURRENCIES[money.currency].name}"
        f" ({clean(r.source)})"
        for r in money.rates
        if (r.currency, r.year) in used
    ]
    return index + (f" Exchanged are {listed(told)}." if told else "")


def _compounded(w: Glossary) -> str:
    """How a discount rate is meant."""
    return ", continuously: by exp(-rate x years)" if w.problem.discounting == "continuous" else ""


def _counted(perspective: Perspective) -> str:
    kinds = "" if "transfer" in perspective.kinds else ", leaving out transfers such as benefits and taxes"
    return f"It counts what falls on {listed(IN_SENTENCE[p] for p in perspective.payers)}{kinds}."


def costs(w: Glossary) -> Iterator[str]:
    """What is paid by whom, payer by payer."""
    chosen = w.problem.perspective(w.setting.perspective)
    for payer, name in IN_SENTENCE.items():
        items = [c for c in w.problem.costs if c.payer == payer]
        if items:
            counted = "" if payer in chosen.payers else f" (not counted from the perspective {chosen.name})"
            yield "\n".join([prose(f"Falling on {name}{counted}:"), points(_cost(w, c) for c in items)])


def _cost(w: Glossary, item: CostItem) -> str:
    factors = [_basis(w, item), *(w.told(q) for q in item.quantities), w.told(item.unit_cost, _price_unit(w, item))]
    words = f"{titled(item.label, item.name)}: {', times '.join(factors)}{_weighed(w, item)}."
    words += " It is subtracted from costs." if item.sign < 0 else ""
    return words + (" It is a transfer." if item.kind == "transfer" else "")


def _price_unit(w: Glossary, item: CostItem) -> str:
    """What a price given as a plain number is for."""
    return w.parameters.money.currency + ("_per_year" if is_time(item.basis) else "")


def _basis(w: Glossary, item: CostItem) -> str:
    return BASIS_WORDS[type(item.basis)](w, item.basis)


def _state_time(w: Glossary, basis: StateTime) -> str:
    return _time(w, basis.when) + (f", under {w.component(basis.component)} only" if basis.component else "")


def _stay_band(w: Glossary, basis: StayBand) -> str:
    low, high = in_unit(DAYS_PER_YEAR * basis.low, "days"), in_unit(DAYS_PER_YEAR * basis.high, "days")
    until = "" if math.isinf(basis.high) else f" until {high}"
    return f"{_time(w, basis.when)}, from {low}{until} after each spell began"


def _time(w: Glossary, when: When) -> str:
    return f"time with {w.condition(when)}" if when.levels else "time alive"


def _which(basis: EventCount) -> str:
    """Which of a person's occurrences count."""
    if basis.last is None:
        return f", from number {basis.first} of a person on" if basis.first > 1 else ""
    if basis.first == basis.last == 1:
        return ", only the first of a person"
    return f", only numbers {basis.first} to {basis.last} of a person"


BASIS_WORDS: Mapping[type, Callable[[Glossary, Any], str]] = {
    StateTime: _state_time,
    StayBand: _stay_band,
    EventCount: lambda w, basis: f"each {w.happening(basis.name)}{_which(basis)}",
    Delivery: lambda w, basis: f"each {w.problem.each} given {w.component(basis.component)}",
    ComponentTime: lambda w, basis: f"time alive under {w.component(basis.component)}",
}


def utilities(w: Glossary) -> Iterator[str]:
    """Paragraphs on what a year in each state is worth."""
    levels = [u for u in w.problem.utilities if u.role == "level"]
    gains = [u for u in w.problem.utilities if u.role == "gain"]
    once = [u for u in w.problem.utilities if u.role == "event"]
    if levels:
        absorbed = [quoted(level) for d in w.problem.pathway.domains for level in d.absorbing]
        ends = f", and a person who has reached {listed(absorbed, 'or')} counts 0" if absorbed else ""
        yield prose(f"Quality of life is the first of these that applies; 1 is full health{ends}:")
        yield points(_utility(w, u) for u in levels)
    if gains:
        yield prose("To it is added:")
        yield points(_utility(w, u) for u in gains)
    if once:
        yield prose("At once, in quality-adjusted life-years, below 0 where some are lost:")
        yield points(f"Each {w.happening(u.event or '')}: {w.told(u.value)}{_weighed(w, u)}." for u in once)


def _utility(w: Glossary, utility: Utility) -> str:
    return f"{capital(w.people_in(utility.when))}: {w.told(utility.value)}{_weighed(w, utility)}."


def _weighed(w: Glossary, item: CostItem | Utility) -> str:
    """How an item goes by age, by who somebody is, and by how near the end is."""
    words = "".join(f", times {_profile(w, p)}" for p in item.by)
    if item.before is None:
        return words
    low, high = item.before.beyond, item.before.within
    span = (
        f"from {in_unit(high, 'years')} to {in_unit(low, 'years')}" if low else f"in the last {in_unit(high, 'years')}"
    )
    return f"{words}, {span} before {w.condition(item.before.when)}, of those who come to it within the follow-up"


def _profile(w: Glossary, profile: Profile) -> str:
    return f"({'; plus '.join(_term(w, t) for t in profile.terms)})"


def _term(w: Glossary, term: Term) -> str:
    words = term.weight.words()
    return w.told(term.value) + (f" {words}" if words else "")


def measures(w: Glossary) -> Iterator[str]:
    """Paragraphs on what is gained, and what a unit of it may be worth."""
    chosen = w.problem.effect(w.setting.effect)
    yield prose(f"This setting judges by: {titled(chosen.label, chosen.name)}, {w.measured(chosen)}. {_range(w)}")
    others = [e for e in w.problem.effects if e.name != chosen.name]
    if others:
        yield prose("Other measures can be chosen afterwards, without simulating again:")
        yield points(f"{titled(e.label, e.name)}: {w.measured(e)}." for e in others)


def _range(w: Glossary) -> str:
    if why := w.problem.only_at_0(w.setting.effect, w.setting.perspective):
        return f"The decision is shown at {amount(0, w.sign)} alone: {why}."
    values = w.problem.thresholds.get(w.setting.effect, ())
    if not values:
        return ""
    unit = clean(w.problem.effect(w.setting.effect).unit)
    low, high = amount(min(values), w.sign), amount(max(values), w.sign)
    return f"The decision is shown for a willingness to pay of {low} to {high} per {unit}."
