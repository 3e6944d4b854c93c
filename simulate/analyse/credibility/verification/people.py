"""Checks of what happens to people: books that must balance, and extremes in which the answer is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from models.contract import AtOnce, Mixture, Product
from models.states import ends_of, is_absorbed
from parameters.arrays import Floats
from parameters.units import number_of
from simulate.analyse.credibility.verification.ground import rewriting
from simulate.analyse.credibility.verification.ground.bench import WHOLE, Bench, differing, lines_of, off
from simulate.analyse.credibility.verification.ground.verdicts import (
    NO_EVENTS,
    NOBODY,
    OWN_WEIGHTS,
    Check,
    Verdict,
    doubted,
    held,
    not_applicable,
)
from simulate.engine.statistics import UNDISCOUNTED, Statistics
from simulate.running.tracing import END, follow

DEAD = re.compile(r"(dead|died|deceased|death)(_|$)")
TRACED = 30  # people
AT_ONCE = 1e6  # a year, over the horizon
SHORT = 1e-9  # of the horizon
VISITS = 2.0  # a year
NO_ABSORBING = "no level is absorbing"


def occupancy_sums(bench: Bench) -> Verdict:
    """Everybody is somewhere at every time told."""
    x = bench.base.statistics
    wrong = off(x.occupancy.sum(axis=3), x.people.sum())
    faults = [f"people in all states differ from those who entered by {wrong:.2g} of them"] if wrong > WHOLE else []
    return held(faults, f"{number_of(len(x.grid), 'time')}, every draw and strategy")


def time_sums(bench: Bench) -> Verdict:
    """Time in all states is the follow-up of everybody."""
    x = bench.base.statistics
    found, wanted = x.time[..., UNDISCOUNTED, :].sum(axis=3), x.horizon * x.people
    faults = []
    if off(found, wanted) > WHOLE:
        years = float((found.sum(axis=2) / x.people.sum()).mean())
        told = "" if bench.counts_evenly else f": {OWN_WEIGHTS}"
        faults = [f"years in all states come to {years:.6g} a person in a follow-up of {x.horizon:.6g}{told}"]
    return held(faults, f"{number_of(x.horizon, 'year')} a person, every draw and strategy")


def dead_stay_dead(bench: Bench) -> Verdict:
    """Nobody leaves an absorbing level, and death is one."""
    pathway, x = bench.problem.pathway, bench.base.statistics
    absorbed = [k for k, state in enumerate(x.states) if is_absorbed(pathway, state)]
    alive = dict(_not_absorbing(bench))
    faults = [*(text for text, left in alive.items() if left), *_leaving(x, absorbed), *_after_the_end(bench)]
    if faults or (absorbed and not alive):
        return held(faults, f"{len(absorbed)} absorbing states")
    return doubted(alive, "") if alive else not_applicable(NO_ABSORBING)


def _not_absorbing(bench: Bench) -> Iterator[tuple[str, bool]]:
    """Levels called dead in which people live on, and whether they can leave them."""
    pathway = bench.problem.pathway
    for domain in pathway.domains:
        for level in (x for x in domain.levels if DEAD.match(x) and x not in domain.absorbing):
            away = [
                e.name
                for e in pathway.events
                if level in e.when.levels.get(domain.name, domain.levels)
                and any(end.becomes.get(domain.name, level) != level for end in ends_of(e))
            ]
            told = f", and people leave it again by {', '.join(away)}" if away else ""
            yield f"{domain.name} {level} is not absorbing: its time counts as life{told}", bool(away)


def _leaving(x: Statistics, absorbed: list[int]) -> Iterator[str]:
    gone = x.occupancy[..., absorbed].sum(axis=3)
    if gone.size and (np.diff(gone, axis=2) < -WHOLE * x.people.sum()).any():
        yield "there are fewer people in absorbing states at a later time"


def _after_the_end(bench: Bench) -> Iterator[str]:
    if not bench.people_are_followed:
        return
    pathway = bench.problem.pathway
    told = follow(bench.solved, people=TRACED, fixed=True, threads=bench.threads)
    for step in told.steps:
        if step.event != END and step.before is not None and is_absorbed(pathway, step.before):
            yield f"person {step.person} has {step.event} at {step.time:.3g} years, after the end"


def branches_sum(bench: Bench) -> Verdict:
    """Counts of an event or group are those of its ways to end."""
    if bench.is_account:
        return not_applicable(NOBODY)
    x, pathway, told = bench.base.statistics, bench.problem.pathway, bench.base.event_counts()
    each = dict(zip(x.outcomes, np.moveaxis(x.count[..., UNDISCOUNTED, :].sum(axis=2), -1, 0), strict=True))
    faults = []
    for name, count in told.items():
        parts = sum((each[o] for o in dict.fromkeys(pathway.resolve(name))), np.zeros(count.shape))
        if off(count, parts / x.people.sum()) > WHOLE:
            faults.append(f"{name}: {count.mean():.6g} a person, its parts {parts.mean() / x.people.sum():.6g}")
    return held(faults, f"{len(told)} events and groups")


def ever_at_most_count(bench: Bench) -> Verdict:
    """Nobody ever had what did not happen, nor more than once."""
    if bench.is_account:
        return not_applicable(NOBODY)
    x = bench.base.statistics
    faults = []
    for name, ever, count in _trackers(bench):
        least, most = ever.min(), (ever - np.minimum(x.people, count)).max()
        if least < 0 or most > WHOLE * x.people.sum():
            faults.append(f"{name}: more people ever than people, or than times that it happened")
        if ((ever == 0) & (count > WHOLE)).any():
            faults.append(f"{name}: happens, and nobody ever had it")
    return held(faults, f"{len(x.trackers)} events and groups, every batch of people")


def _trackers(bench: Bench) -> Iterator[tuple[str, Floats, Floats]]:
    """Each tracker with its people ever and its count, each [draw, strategy, batch]."""
    x, pathway = bench.base.statistics, bench.problem.pathway
    for k, name in enumerate(x.trackers):
        outcomes = x.outcome_indices(pathway.resolve(name))
        yield name, x.ever[..., k], x.count[..., UNDISCOUNTED, :][..., outcomes].sum(axis=-1)


def ever_of_groups(bench: Bench) -> Verdict:
    """A group's people lie between those of its greatest part and of all together."""
    x, pathway = bench.base.statistics, bench.problem.pathway
    ever = {name: found for name, found, _ in _trackers(bench)}
    faults, slack = [], WHOLE * x.people.sum()
    for group in pathway.groups:
        parts = [ever[m] for m in group.members if m in ever]
        if not parts:
            continue
        if (np.maximum.reduce(parts) - ever[group.name]).max() > slack:
            faults.append(f"{group.name}: fewer people than had one of its parts")
        if len(parts) == len(group.members) and (ever[group.name] - sum(parts)).max() > slack:
            faults.append(f"{group.name}: more people than all its parts have together")
    if not pathway.groups:
        return not_applicable("no group of events")
    return held(faults, f"{number_of(len(pathway.groups), 'group')}")


def first_within_horizon(bench: Bench) -> Verdict:
    """The time to the first lies within the follow-up, and is all of it for who never had one."""
    if bench.is_account:
        return not_applicable(NOBODY)
    x = bench.base.statistics
    faults = []
    for k, name in enumerate(x.trackers):
        first, most = x.first[..., k], x.horizon * x.people
        if first.min() < -WHOLE or (first - most).max() > WHOLE * most.max():
            faults.append(f"{name}: the time to the first leaves the follow-up")
        if off(first[x.ever[..., k] == 0], np.broadcast_to(most, first.shape)[x.ever[..., k] == 0]) > WHOLE:
            faults.append(f"{name}: nobody had it, and the time to the first is not the follow-up")
    return held(faults, f"{len(x.trackers)} events and groups")


def no_mortality(bench: Bench) -> Verdict:
    """Where nothing leads to an absorbing level nobody comes there."""
    pathway = bench.problem.pathway
    lethal = [e for e in pathway.events if any(rewriting.absorbing_ends(pathway, e))]
    if not lethal:
        return not_applicable("no event leads to an absorbing level")
    if any(isinstance(e.hazard, AtOnce) for e in lethal):
        return not_applicable("chance nodes end in absorbing levels, as trees do")
    x = bench.run(rewriting.deathless(bench.solved)).statistics
    gone = _absorbed_at_end(bench, x)
    faults = [f"{gone:.3g} of the people are absorbed by the end"] if gone > 0 else []
    return held(faults, f"{number_of(len(lethal), 'event')} stopped")


def sure_mortality(bench: Bench) -> Verdict:
    """Where everybody comes to an absorbing level at once hardly any time is lived."""
    pathway = bench.problem.pathway
    if bench.is_account or not any(d.absorbing for d in pathway.domains):
        return not_applicable(NOBODY if bench.is_account else NO_ABSORBING)
    horizon = bench.base.statistics.horizon
    x = bench.run(rewriting.ended_at_once(bench.solved, AT_ONCE / horizon)).statistics
    lived = _lived(bench, x) / float(x.time[..., UNDISCOUNTED, :].sum())
    most = 2e-5 if pathway.cycle is None else 2 * pathway.cycle.length / horizon
    faults = [f"{lived:.3g} of the time is lived all the same"] if lived > most else []
    if _absorbed_at_end(bench, x) < 1 - WHOLE:
        faults.append("not everybody is absorbed by the end")
    return held(faults, f"{lived:.2g} of the time is lived")


def _absorbed_at_end(bench: Bench, x: Statistics) -> float:
    """The least share, of any draw and strategy."""
    absorbed = [k for k, state in enumerate(x.states) if is_absorbed(bench.problem.pathway, state)]
    shares = x.occupancy[:, :, -1][..., absorbed].sum(axis=-1) / x.people.sum()
    return float(shares.max() if shares.min() == 0 else shares.min())


def no_hazards(bench: Bench) -> Verdict:
    """Where every hazard is 0 nothing happens."""
    pathway = bench.problem.pathway
    timed = [e for e in pathway.events if not isinstance(e.hazard, AtOnce)]
    if not timed:
        return not_applicable(NO_EVENTS if bench.is_account else "every event is a chance node")
    x = bench.run(rewriting.still(bench.solved)).statistics
    outcomes = x.outcome_indices(o for e in timed for o in e.outcomes())
    happened = float(x.count[..., outcomes].sum())
    faults = [f"{happened:.3g} events all the same"] if happened else []
    return held(faults, f"{number_of(len(timed), 'event')} at a hazard of 0")


def shortest_horizon(bench: Bench) -> Verdict:
    """In next to no time next to nothing accrues: no time, and no cost of time."""
    cycle, base = bench.problem.pathway.cycle, bench.base
    if not bench.counts_evenly:
        return not_applicable(OWN_WEIGHTS)
    share = SHORT if cycle is None else cycle.length / base.statistics.horizon
    short = bench.run(rewriting.horizon_of(bench.solved, Product(bench.solved.setting.horizon, share)))
    years = float(short.statistics.time[..., UNDISCOUNTED, :].sum() / short.statistics.people.sum())
    wanted = share * base.statistics.horizon * len(base.cost) * len(base.strategies)
    faults = [f"{years:.3g} years a person in a follow-up of {wanted:.3g}"] if years > 1.01 * wanted else []
    if cycle is None:
        faults += list(_accrued(bench, lines_of(short), lines_of(base)))
    return held(faults, f"a follow-up of {share * base.statistics.horizon:.2g} years")


def _accrued(bench: Bench, short: dict[str, Floats], whole: dict[str, Floats]) -> Iterator[str]:
    for item in bench.problem.costs:
        if hasattr(item.basis, "when") or type(item.basis).__name__ == "ComponentTime":
            most = 1e-4 * np.abs(whole[item.name]).max() + 1e-6
            if np.abs(short[item.name]).max() > most:
                yield f"{item.name} costs {np.abs(short[item.name]).max():.3g} a person in no time"


def longer_horizon(bench: Bench) -> Verdict:
    """Followed for longer, nobody has spent less time anywhere, or had fewer events."""
    if not bench.counts_evenly:
        return not_applicable(OWN_WEIGHTS)
    longer = rewriting.horizon_of(bench.solved, Product(bench.solved.setting.horizon, 2.0))
    a, b = bench.base.statistics, bench.run(longer).statistics
    faults = []
    for name in ("time", "count", "ever"):
        now, then = getattr(a, name), getattr(b, name)
        now, then = (v if v.ndim < 5 else v[..., UNDISCOUNTED, :] for v in (now, then))
        if now.size and (now - then).max() > WHOLE * max(np.abs(now).max(), 1e-300):
            faults.append(f"{name}: less of it in {number_of(b.horizon, 'year')} than in {a.horizon:g}")
    return held(faults, f"{a.horizon:g} and {number_of(b.horizon, 'year')}")


def inert_event(bench: Bench) -> Verdict:
    """An event that changes nobody's state changes nothing else that happens."""
    if not bench.people_are_followed:
        return not_applicable(NOBODY if bench.is_account else "in a cycle nobody has two events")
    a, b = bench.base.statistics, bench.run(rewriting.with_visits(bench.solved, VISITS)).statistics
    if not _lived(bench, b):
        return not_applicable("nobody stays anywhere")
    mine = [k for k, o in enumerate(b.outcomes) if o != "tested_visit"]
    faults = [] if off(a.time, b.time) < WHOLE else ["times in states move"]  # stays are added up in pieces
    if [b.outcomes[k] for k in mine] != list(a.outcomes) or not np.array_equal(a.count, b.count[..., mine]):
        faults.append("counts of other events move")
    if not b.count[..., b.outcome_indices(["tested_visit"])].any():
        faults.append("it never happens")
    return held(faults, f"{VISITS:g} of them a year")


def _lived(bench: Bench, x: Statistics) -> float:
    """Person-years in states that are not absorbing, of all draws and strategies."""
    alive = [k for k, state in enumerate(x.states) if not is_absorbed(bench.problem.pathway, state)]
    return float(x.time[..., UNDISCOUNTED, :][..., alive].sum())


def subgroups_add_up(bench: Bench) -> Verdict:
    """People of all levels of a characteristic together are everybody."""
    named = [c.name for c in bench.problem.pathway.characteristics if isinstance(c.values, Mixture)]
    if not named or not bench.people_are_followed:
        return not_applicable("people have no characteristic with levels")
    faults, whole = [], bench.run(fixed=True)
    for name in named:
        x = bench.run(fixed=True, subgroup=name).statistics
        faults += [] if off(x.time, whole.statistics.time) < WHOLE else [f"{name}: telling people apart changes them"]
        time = sum((s.time.sum(axis=2) for s in x.subgroups.values()), np.zeros(x.time.sum(axis=2).shape))
        if x.subgroups and off(time, x.time.sum(axis=2)) > WHOLE:
            faults.append(f"{name}: levels together spend another time than everybody")
    return held(faults, ", ".join(named))


def years_add_up(bench: Bench) -> Verdict:
    """Time by year of follow-up adds up to all of it."""
    if bench.problem.pathway.cycle is not None:
        return not_applicable("a cohort in cycles is not told by year")
    x = bench.run(by_year=True).statistics
    wrong = off(x.year_time.sum(axis=2), x.time.sum(axis=2))
    counts = off(x.year_count.sum(axis=2), x.count.sum(axis=2))
    faults = [f"time by year differs from all of it by {wrong:.2g}"] if wrong > WHOLE else []
    faults += [f"events by year differ from all of them by {counts:.2g}"] if counts > WHOLE else []
    return held(faults, f"{number_of(x.year_time.shape[2], 'year')}")


def persons_add_up(bench: Bench) -> Verdict:
    """Totals of every person add up to those of all."""
    if not bench.people_are_followed:
        return not_applicable("no single people are followed")
    x = bench.run(persons=True).statistics
    wrong = max(
        off(x.person_time.sum(axis=2), x.time.sum(axis=2)), off(x.person_count.sum(axis=2), x.count.sum(axis=2))
    )
    return held([f"they differ by {wrong:.2g}"] if wrong > WHOLE else [], f"{x.person_time.shape[2]} people a draw")


def labels_are_words(bench: Bench) -> Verdict:
    """What things are called changes no number."""
    problem, pathway = bench.problem, bench.problem.pathway
    told = replace(
        pathway,
        label="another",
        events=tuple(replace(e, label=f"Otherwise {k}") for k, e in enumerate(pathway.events)),
        domains=tuple(replace(d, label=f"Side {k}") for k, d in enumerate(pathway.domains)),
        groups=tuple(replace(g, label=f"Kind {k}") for k, g in enumerate(pathway.groups)),
    )
    other = rewriting.changed(
        bench.solved,
        pathway=told,
        label="another",
        question="another",
        strategies=tuple(replace(s, label=f"Option {k}") for k, s in enumerate(problem.strategies)),
        costs=tuple(replace(c, label=f"Line {k}") for k, c in enumerate(problem.costs)),
    )
    found = bench.run(other)
    faults = [f"{n} moves" for n in differing(bench.base.statistics, found.statistics)]
    faults += [] if np.array_equal(bench.base.cost, found.cost) else ["costs move"]
    return held(faults, "every label another")


CHECKS = (
    Check("occupancy_sums", "Everybody is in one state at every time", occupancy_sums),
    Check("time_sums", "Time in all states is follow-up x people", time_sums),
    Check("dead_stay_dead", "The dead stay dead", dead_stay_dead),
    Check("branches_sum", "Counts of an event are those of its branches", branches_sum),
    Check("ever_at_most_count", "People ever are at most people, and events", ever_at_most_count),
    Check("ever_of_groups", "People of a group lie between its greatest part and the sum", ever_of_groups),
    Check("first_within_horizon", "The time to the first lies within the follow-up", first_within_horizon),
    Check("no_mortality", "Without mortality nobody dies", no_mortality),
    Check("sure_mortality", "With extreme mortality everybody dies at once", sure_mortality),
    Check("no_hazards", "At hazards of 0 nothing happens", no_hazards),
    Check("shortest_horizon", "In no time nothing accrues", shortest_horizon),
    Check("longer_horizon", "A longer follow-up lowers no time and no count", longer_horizon),
    Check("inert_event", "An event that changes no state changes nothing else", inert_event),
    Check("subgroups_add_up", "Subgroups together are the whole", subgroups_add_up),
    Check("years_add_up", "Years of follow-up together are the whole", years_add_up),
    Check("persons_add_up", "People's own totals together are the whole", persons_add_up),
    Check("labels_are_words", "Labels change no number", labels_are_words),
)
