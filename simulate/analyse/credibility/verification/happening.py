"""Checks of what happens at all: states that somebody enters, events that somebody has, and who dies of what."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from models.contract import Event, Exponential, When
from models.states import alive_and, ends_of, node_at
from parameters.arrays import Floats
from parameters.units import number_of
from simulate.analyse.credibility.verification.ground.bench import Bench
from simulate.analyse.credibility.verification.ground.verdicts import Check, Verdict, doubted, not_applicable
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.statistics import UNDISCOUNTED
from simulate.result.result import Result

CROWD = 4000  # people, among whom what happens to nobody hardly happens
DEATHS = 20.0  # under the comparator: none beside so many is no chance
DEAD = re.compile(r"dead|death|died|deceased", re.I)  # levels; who is lost or discharged is no death


def fatal(bench: Bench) -> dict[str, Event]:
    """Events of which every way leads to death, by name."""
    dead = {(d.name, level) for d in bench.problem.pathway.domains for level in d.absorbing if DEAD.search(level)}
    return {
        e.name: e for e in bench.problem.pathway.events if all(dead & set(end.becomes.items()) for end in ends_of(e))
    }


def dying(bench: Bench, result: Result, a: Mapping[str, str], b: Mapping[str, str]) -> tuple[float, float]:
    """Rates of death a year in two states, without what is the same in both; not a number where either is no rate."""
    lookup, rates = make_lookup(result.draws.engine, 1), [0.0, 0.0]
    for event in fatal(bench).values():
        here = [event.when.holds(state) for state in (a, b)]
        if event.by and any(here):
            return math.nan, math.nan
        if here[0] == here[1]:
            continue
        if not isinstance(event.hazard, Exponential):
            return math.nan, math.nan
        rates[here.index(True)] += float(lookup(event.hazard.rate)[0])
    return rates[0], rates[1]


def everybody_somewhere(bench: Bench) -> Verdict:
    """Every state is entered by somebody, every event happens, and what has a utility is lived in."""
    if bench.is_account:
        return not_applicable("nothing happens in an account")
    if 0.0 in bench.case.setting.given.values():
        return not_applicable("the setting puts a number at 0, and what hangs on it with that")
    faults = list(_missing(bench, bench.run(fixed=True)))
    if faults and bench.people_are_followed:
        faults = list(_missing(bench, bench.run(fixed=True, people=CROWD)))
    return doubted(faults, f"{number_of(len(bench.problem.pathway.events), 'event')}")


def _missing(bench: Bench, result: Result) -> Iterator[str]:
    """What nobody is in, and what nobody has."""
    x, pathway = result.statistics, bench.problem.pathway
    there = x.per_person(x.time[:, :, :, UNDISCOUNTED, :]).sum(axis=(0, 1)) + x.occupancy.sum(axis=(0, 1, 2))
    lived = [dict(s) for s, n in zip(x.states, there, strict=True) if n > 0]
    passed = [dict(s) for s in x.states if node_at(pathway, s) is not None]
    for domain in pathway.domains:
        for level in domain.levels:
            if not any(s.get(domain.name) == level for s in (*lived, *passed)):
                yield f"nobody is ever at {domain.name} {level}"
    for name, count in result.event_counts().items():
        if not count.any() and name in {e.name for e in pathway.events}:
            yield f"{name} happens to nobody"
    living = [s for s in lived if alive_and(pathway, When())(s)]
    for utility in bench.problem.utilities:
        if utility.role != "event" and not any(utility.when.holds(s) for s in living):
            yield f"a utility is of {utility.when.words()}, where nobody lives"


def somebody_dies(bench: Bench) -> Verdict:
    """Where people die under the comparator, they do under every strategy."""
    names = list(fatal(bench))
    if not names:
        return not_applicable("nobody can die in it")
    deaths, size = _deaths(bench.run(fixed=True), names), 1.0
    if bench.people_are_followed and deaths[0] > 0 and not deaths.all():
        deaths, size = _deaths(bench.run(fixed=True, people=CROWD), names), float(CROWD)
    least = DEATHS / size if bench.people_are_followed else 0.0
    faults = [
        f"nobody dies under {s.id}, and {deaths[0]:.3g} a person under {bench.problem.strategies[0].id}"
        for s, n in zip(bench.problem.strategies, deaths, strict=True)
        if n == 0 and deaths[0] > least
    ]
    return doubted(faults, f"{number_of(len(names), 'event')} of death")


def _deaths(result: Result, names: list[str]) -> Floats:
    """Deaths a person by strategy."""
    told = result.event_counts()
    found: Floats = sum((told[n][0] for n in names), start=0.0 * told[names[0]][0])
    return found


CHECKS = (
    Check("everybody_somewhere", "Every state is entered and every event happens", everybody_somewhere),
    Check("somebody_dies", "Where some die under the comparator, some die under each strategy", somebody_dies),
)
