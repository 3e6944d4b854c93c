"""The natural history in English: states, people, events and what makes one person's events likelier than another's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from models import hazards
from models.contract import (
    AGE,
    Branch,
    ByLevel,
    Characteristic,
    Covariate,
    Domain,
    Event,
    Frailty,
    History,
    Lengthening,
    Mixture,
    Numeric,
)
from models.states import channel_order, ends_of, goes_on
from simulate.present.english.glossary import Glossary
from simulate.present.english.laws import law, several
from simulate.present.english.numbers import capital, clean, in_unit, listed, number, quoted, sentence, titled
from simulate.present.english.prose import numbered, points, prose

# --- states and people --------------------------------------------------------------------------


def states(w: Glossary) -> Iterator[str]:
    """Domains with their levels, and where people start."""
    pathway = w.problem.pathway
    yield prose("At any moment a person is at exactly one level of each of these:")
    yield points(_domain(w, d) for d in pathway.domains)
    yield prose("People enter the model as follows.")
    yield points(f"{capital(w.domain(d.name))}: {_mixed(w, pathway.start[d.name])}." for d in pathway.domains)


def _domain(w: Glossary, domain: Domain) -> str:
    words = f"{capital(w.domain(domain.name))} ({domain.name}): {listed(map(quoted, domain.levels), 'or')}."
    if domain.absorbing:
        words += f" Nothing more happens to a person who has reached {listed(map(quoted, domain.absorbing), 'or')}."
    return words


def _mixed(w: Glossary, start: str | Mixture) -> str:
    if not isinstance(start, Mixture):
        return quoted(start)
    shares = [f"{quoted(s)} with probability {w.told(q, 'probability')}" for s, q in start.shares.items()]
    return f"{listed(shares)}; otherwise {quoted(start.otherwise)}"


def people(w: Glossary) -> Iterator[str]:
    """Who people are at entry, and how they and their past differ in what happens to them."""
    pathway = w.problem.pathway
    if pathway.characteristics:
        yield prose("These are drawn for each person at entry, the same under every strategy:")
        yield points(_characteristic(w, c) for c in pathway.characteristics)
    if pathway.correlations:
        pairs = [f"{a} and {b} {number(rho)}" for (a, b), rho in pathway.correlations.items()]
        yield prose(f"They are correlated (by a Gaussian copula): {listed(pairs)}.")
    if pathway.covariates:
        yield points(_covariate(w, c) for c in pathway.covariates)
    if pathway.frailties:
        yield prose(
            "People differ in ways that no record shows. Each person has a hidden multiplier of mean 1, drawn once, the"
            " same under every strategy:"
        )
        yield points(_frailty(w, f) for f in pathway.frailties)
    if pathway.history:
        yield prose("What has happened to a person changes what will:")
        yield points(_history(w, h) for h in pathway.history)


def _characteristic(w: Glossary, characteristic: Characteristic) -> str:
    values = characteristic.values
    words = _mixed(w, values) if isinstance(values, Mixture) else _numeric(w, values, characteristic.name)
    return f"{capital(titled(characteristic.label, characteristic.name))}: {words}."


NUMERIC: Mapping[str, tuple[str, str]] = {  # what the two numbers of each distribution are
    "normal": ("mean", "standard deviation"),
    "lognormal": ("median", "standard deviation of the logarithm"),
    "gamma": ("mean", "standard deviation"),
    "uniform": ("lowest", "highest"),
}


def _numeric(w: Glossary, values: Numeric, name: str) -> str:
    first, second = NUMERIC[values.distribution]
    unit = "years" if name == AGE else "number"
    spread = "number" if values.distribution == "lognormal" else unit
    words = f"{values.distribution.replace('lognormal', 'log-normal')} with {first} {w.told(values.first, unit)}"
    words += f" and {second} {w.told(values.second, spread)}"
    bounds = [f"{how} {number(at)}" for how, at in (("below", values.low), ("above", values.high)) if math.isfinite(at)]
    return f"{words}, never {listed(bounds, 'or')}" if bounds else words


def _covariate(w: Glossary, c: Covariate) -> str:
    event = w.happening(c.event)
    what = {
        "hazard": f"the hazard of {event} is",
        "time": f"the time to {event} is",
        "odds": f"the odds that {event} has outcome {quoted(c.branch or '')} are",
    }[c.ratio]
    return f"{_whose(w, c)}, {what} multiplied by {w.told(c.parameter)}{_from_when(w, c)}."


def _from_when(w: Glossary, c: Covariate) -> str:
    """Where on a clock that had run before entry a time ratio begins to act; nothing for other ratios and clocks."""
    clock = w.problem.pathway.event(c.event).clock
    if c.ratio != "time" or clock not in ("age", "sojourn"):
        return ""
    if c.since == "entry":
        return ", from entry on"
    return ", counted from birth" if clock == "age" else ""


def _whose(w: Glossary, c: Covariate) -> str:
    """The people a covariate's ratio is about."""
    name = titled(w.problem.pathway.characteristic(c.characteristic).label, c.characteristic)
    if c.level is not None:
        return f"For people with {name} {quoted(c.level)}, against all others"
    is_age = c.characteristic == AGE
    return (
        f"For each {'year' if is_age else 'unit'} of {name} above {w.told(c.centre, 'years' if is_age else 'number')}"
    )


def _frailty(w: Glossary, frailty: Frailty) -> str:
    why = f" ({clean(frailty.label)})" if frailty.label else ""
    family = {"gamma": "gamma", "lognormal": "log-normal"}[frailty.distribution]
    hazards = _hazards(w, frailty.events)
    return (
        f"{capital(titled('', frailty.name))} multiplies the {hazards}{why}."
        f" It is {family}, and its variance is {w.told(frailty.variance)}."
    )


def _history(w: Glossary, history: History) -> str:
    times = "the first time" if history.cap == 1 else f"the first {history.cap} times"
    return (
        f"{capital(titled('', history.name))}: each {w.happening(history.source)}, {times}, multiplies the later"
        f" {_hazards(w, history.events)} by {w.told(history.hazard_ratio)}."
    )


def _hazards(w: Glossary, events: Sequence[str]) -> str:
    return f"hazard{'s' if len(events) > 1 else ''} of {listed(map(w.happening, events))}"


# --- events -------------------------------------------------------------------------------------


def events(w: Glossary) -> Iterator[str]:
    """Every event: who is at risk, how soon, on which clock, and what follows."""
    if not w.problem.pathway.events:
        yield prose(f"Nobody is simulated: this is an account of costs and effects per {w.each}, not a pathway.")
        return
    if (cycle := w.problem.pathway.cycle) is not None:
        yield prose(" ".join([_in_cycles(cycle), *_in_turn(w)]))
        yield from numbered(_event(w, e) for e in w.problem.pathway.events)
        return
    yield prose(
        "Events compete in continuous time: of all those that a person is at risk of, the earliest happens. Where a"
        " figure is solved for, what it is solved from is told further down."
    )
    yield from numbered(_event(w, e) for e in w.problem.pathway.events)
    if any(e.priority for e in w.problem.pathway.events):
        order = channel_order(w.problem.pathway)
        yield prose(f"Events at the very same moment happen in this order: {listed(e.name for e in order)}.")


COUNTED: Mapping[str, str] = {  # of a cycle, where its time counts
    "half-cycle": "half of each cycle counts where it began and half where it ended",
    "start": "a cycle counts where it began",
    "end": "a cycle counts where it ended",
    "simpson": "cycles count by Simpson's rule",
    "both": "every moment from entry to the horizon counts a cycle, one more than there are",
}
MOMENTS: Mapping[str, str] = {  # at which events of a cycle are discounted
    "end": "are discounted from the end of their cycle",
    "start": "are discounted from the start of their cycle",
    "counted": "are discounted from the end of their cycle, and their costs and QALYs count as time does there",
}
PRIORITY = attrgetter("priority")


def _in_cycles(cycle: hazards.Cycle) -> str:
    counted = _weighed(cycle.counted) if isinstance(cycle.counted, tuple) else COUNTED[cycle.counted]
    return (
        f"Time goes in cycles of {in_unit(cycle.length, 'years')}, and in each a person has one event at most. Nobody"
        f" is simulated: shares of a cohort go from state to state. Of time, {counted}; events"
        f" {MOMENTS[cycle.events]}."
    )


def _weighed(weights: Sequence[float]) -> str:
    told = several([f"{x:.4g}" for x in weights], weights, "and")
    return f"the {len(weights)} moments from entry to the horizon count {told} cycles"


def _in_turn(w: Glossary) -> Iterator[str]:
    """Which events come first in a cycle, where some do."""
    events = sorted(w.problem.pathway.events, key=PRIORITY)
    turns = [listed(w.happening(e.name) for e in some) for _, some in groupby(events, PRIORITY)]
    if len(turns) > 1:
        yield (
            f"In each cycle these come first: {turns[0]}. Those to whom nothing has happened so far may have"
            f" {'; then '.join(turns[1:])}."
        )


def _event(w: Glossary, event: Event) -> list[str]:
    _, _, aside = clean(event.label).partition(";")
    parts = [
        f"{capital(w.happening(event.name))} ({event.name}).",
        _at_risk(w, event),
        law(w, event),
        _clock(event),
        *(_by_level(w, x) for x in event.by),
        _multiplied(w, event),
        *(_lengthening(w, x) for x in event.lengthens),
        _leads_to(w, event),
        sentence(aside) if aside.strip() else "",
    ]
    return [" ".join(p for p in parts if p), *(_branch(w, event, b) for b in event.branches)]


def _at_risk(w: Glossary, event: Event) -> str:
    if event.when.levels:
        return f"At risk are {w.people_in(event.when)}."
    ends = [f"{w.domain(d.name)} is {quoted(level)}" for d in w.problem.pathway.domains for level in d.absorbing]
    return f"Everybody is at risk until {listed(ends, 'or')}." if ends else "Everybody is at risk at all times."


def _clock(event: Event) -> str:
    if isinstance(event.hazard, hazards.Exponential) or getattr(event.hazard, "later", None) == ():
        return ""  # no memory
    return {
        "sojourn": "Time is counted from when the person came to be at risk, afresh in every spell.",
        "gap": "Time is counted from its own last occurrence, the first time from entry.",
        "start": "Time is counted from entry into the model.",
        "age": "Time is counted from birth.",
    }[event.clock]


def _multiplied(w: Glossary, event: Event) -> str:
    """What of a person, or of their past, makes it likelier or sooner."""
    pathway = w.problem.pathway
    names = [titled("", f.name) for f in pathway.frailties if event.name in f.events]
    told = [f"The person's hidden multiplier, {listed(names)}, multiplies the hazard."] if names else []
    others = [
        titled(pathway.characteristic(c.characteristic).label, c.characteristic)
        for c in pathway.covariates
        if c.event == event.name
    ]
    others += [f"what happened before ({h.name})" for h in pathway.history if event.name in h.events]
    if others:
        told.append(f"It also depends on {listed(dict.fromkeys(others))}, as told further down.")
    return " ".join(told)


def _by_level(w: Glossary, by: ByLevel) -> str:
    """The ratios that follow the level of a domain."""
    what = "its hazard is" if by.ratio == "hazard" else "what is left of the time to it is"
    ratios = [f"{w.told(ratio)} while it is {quoted(level)}" for level, ratio in by.ratios.items()]
    return f"By {w.domain(by.domain)}, from moment to moment, {what} multiplied by {listed(ratios)}."


def _lengthening(w: Glossary, lengthening: Lengthening) -> str:
    stay = w.happening(lengthening.event)
    if lengthening.pause is not None:
        return f"Each time, the clock of {stay} pauses for {w.told(lengthening.pause, 'years')}."
    if lengthening.forward is not None:
        return (
            f"Each time, {stay} is brought forward by {w.told(lengthening.forward, 'years')}, at most to that moment."
        )
    if lengthening.faster is not None:
        return f"Each time, the clock of {stay} runs faster by a factor of {w.told(lengthening.faster)} from then on."
    assert lengthening.slower is not None
    return f"Each time, the clock of {stay} runs slower by a factor of {w.told(lengthening.slower)} from then on."


def _leads_to(w: Glossary, event: Event) -> str:
    if event.branches:
        return "It has one of these outcomes, in proportion to their weights:"
    if event.becomes:
        return " ".join([f"Then {_becomes(w, event.becomes)}.", *clocks_after(event, ends_of(event)[0])])
    told = "It changes no state: it is counted, and may happen again."
    return " ".join([told, *clocks_after(event, ends_of(event)[0])])


def clocks_after(event: Event, end: Branch) -> list[str]:
    """What becomes of the clock where a person goes on at risk, since a chain of cycles would start it again."""
    if end.restart:
        return ["Clocks that count time in this state start again."]
    remembers = event.clock == "sojourn" and not isinstance(event.hazard, hazards.Exponential)
    return ["Its clock runs on, for nobody has left (with restart it would start again)."] * (
        remembers and goes_on(event, end)
    )


def _becomes(w: Glossary, levels: Mapping[str, str]) -> str:
    return listed(f"{w.domain(d)} becomes {quoted(level)}" for d, level in levels.items())


def _branch(w: Glossary, event: Event, branch: Branch) -> str:
    then = _becomes(w, branch.becomes) or "no state changes"
    told = f"{quoted(branch.name)} (weight: {w.told(branch.weight)}): then {then}."
    return " ".join([told, *clocks_after(event, branch)])


def groups(w: Glossary) -> Iterator[str]:
    """Events counted together."""
    if w.problem.pathway.groups:
        yield points(
            f"{capital(w.happening(g.name))} ({g.name}) is any of: {listed(map(w.happening, g.members), 'or')}."
            for g in w.problem.pathway.groups
        )
