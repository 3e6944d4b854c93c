"""Checks of the machine on this model: the same bits however it is run, and those of the readable simulator."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from models.contract import CalibrationTarget
from parameters.units import number_of
from simulate.analyse.credibility.verification.ground.bench import (
    DRAWS,
    MANY,
    PEOPLE,
    PLAIN,
    SEEDS,
    WHOLE,
    Bench,
    differing,
    off,
)
from simulate.analyse.credibility.verification.ground.verdicts import NOBODY, Check, Verdict, held, not_applicable
from simulate.analyse.credibility.verify import compare_with_reference
from simulate.engine import driver
from simulate.engine.statistics import Statistics, load
from simulate.evaluate.bases import needed
from simulate.evaluate.measures import needs_people
from simulate.running.lowering import lower_apart
from simulate.solve.targets import goal_of, is_relative, simulated_as, untransformed

TRACED = 5  # people
CHUNK = 700  # histories
SOME = 2_000  # people by whom it is told how sure a figure is that needs the totals of each
AFRESH = 20_000  # people in whom a solved figure is looked for
CHANCE, SLACK = 6.0, 0.02  # standard errors, and on the scale of solving: how closely it is reached


def same_seed(bench: Bench) -> Verdict:
    """The same question has the same answer, to the last bit."""
    again = bench.run(bench.solved)
    faults = [f"{n} differs" for n in differing(bench.base.statistics, again.statistics)]
    faults += (
        []
        if np.array_equal(bench.base.psa_table.columns["cost_" + again.strategies[0]], again.cost[:, 0])
        else ["costs"]
    )
    return held(faults, f"{number_of(DRAWS, 'draw')}, twice")


def threads_do_not_matter(bench: Bench) -> Verdict:
    """On any number of threads the same bits."""
    one, three = (bench.run(bench.solved, threads=threads).statistics for threads in (1, 3))
    return held([f"{n} differs" for n in differing(one, three)], "1 and 3 threads")


def chunks_do_not_matter(bench: Bench) -> Verdict:
    """However the work is cut, the same bits."""
    if not bench.people_are_followed:
        return not_applicable("nobody is simulated, and nothing is cut")
    base = bench.base
    parts = lower_apart(bench.solved, base.draws, needed(bench.problem))
    faults = []
    for part in parts:
        sizes = (CHUNK, 10**9)
        a, b = (
            driver.simulate(part.lowered, part.lookup, people=PEOPLE, seed=1, threads=1, chunk=size)[0]
            for size in sizes
        )
        faults += [f"{n} differs" for n in differing(a, b)]
    return held(faults, f"{CHUNK} histories at once, and all")


def draws_stand_alone(bench: Bench) -> Verdict:
    """More draws leave the first ones as they are."""
    few, many = bench.run(draws=DRAWS), bench.run(draws=2 * DRAWS)
    faults = [] if np.array_equal(few.drawn.values, many.drawn.values[:DRAWS]) else ["parameters are drawn otherwise"]
    names = [n for n in PLAIN if n != "occupancy"]
    faults += [
        f"{n} differs"
        for n in names
        if not np.array_equal(getattr(few.statistics, n), getattr(many.statistics, n)[:DRAWS])
    ]
    return held(faults, f"{DRAWS} of {number_of(2 * DRAWS, 'draw')}")


def as_the_reference(bench: Bench) -> Verdict:
    """The compiled simulator has the bits of the readable one."""
    if not bench.people_are_followed:
        return not_applicable(NOBODY if bench.is_account else "a cohort in cycles is worked out, not simulated")
    faults = compare_with_reference(bench.solved, draws=2, people=TRACED, seed=1)
    return held(faults, f"{TRACED} people, every sum and history, bit for bit")


def kept_and_read(bench: Bench) -> Verdict:
    """What is written is read back, to the last bit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "statistics.npz"
        bench.base.statistics.save(path)
        found = load(path)
        before = path.read_bytes()
        found.save(path)
        same = path.read_bytes() == before
    faults = [f"{n} differs" for n in differing(bench.base.statistics, found)]
    return held([*faults, *([] if same else ["written again it has other bytes"])], "statistics of a run")


def solved_is_reached(bench: Bench) -> Verdict:
    """Published figures that ratios are solved for come out, simulated afresh."""
    targets = bench.calibration.targets
    if not targets:
        return not_applicable("nothing is solved for")
    persons = needs_people(tuple(t.statistic for t in targets))
    fresh, faults = bench.run(fixed=True, people=AFRESH, seed=SEEDS[-1], persons=persons), []
    for target, published in zip(targets, bench.calibration.published, strict=True):
        goal = float(goal_of(target, np.array([published]))[0])
        found = _figure(bench, target, fresh.statistics)
        error = _error_of(bench, target, persons=persons)
        if not abs(found - goal) <= CHANCE * error + SLACK:
            told = (float(untransformed(target, np.array([y]))[0]) for y in (goal, found))
            faults.append(f"{target.unknown}: published and simulated {' and '.join(f'{x:.4g}' for x in told)}")
    return held(faults, f"{number_of(len(targets), 'figure')}, {AFRESH:,} people")


def _error_of(bench: Bench, target: CalibrationTarget, *, persons: bool) -> float:
    """The standard error of a target's figure of so many people, from how far seeds lie apart; 0 where none is told."""
    runs = bench.by_seed if not persons else [bench.run(fixed=True, people=SOME, seed=s, persons=True) for s in SEEDS]
    found = [_figure(bench, target, r.statistics) for r in runs]
    people = SOME if persons else MANY
    return float(np.std(found)) * np.sqrt(people / AFRESH) if np.isfinite(found).all() else 0.0


def _figure(bench: Bench, target: CalibrationTarget, x: Statistics) -> float:
    """The figure of a target as simulated, on the scale on which it is solved for."""
    values = simulated_as(target, x, bench.problem)[0]
    with np.errstate(invalid="ignore"):
        apart = values[0] if is_relative(target) else 0.0
        return float(values[x.strategy_index(target.strategy)] - apart)


def seeds_differ(bench: Bench) -> Verdict:
    """Another seed is other people and other draws."""
    other = bench.run(seed=2)
    uncertain = (np.ptp(bench.base.drawn.values, axis=0) > 0).any()
    faults = ["draws are the same"] if uncertain and np.array_equal(other.drawn.values, bench.base.drawn.values) else []
    if not bench.people_are_followed:
        return held(faults, "draws move; nobody is simulated")
    a, b = (bench.run(fixed=True, people=MANY, seed=seed).statistics for seed in SEEDS[:2])
    if bench.base.statistics.count.any() and not differing(a, b):
        faults.append("people are the same, and all that happens to them")
    return held(faults, "seeds 1 and 2")


def people_stand_alone(bench: Bench) -> Verdict:
    """Twice as many people are these people, and as many more: totals at the least hold those of fewer."""
    if not bench.people_are_followed:
        return not_applicable("no single people are followed")
    few, many = bench.run(fixed=True, persons=True), bench.run(fixed=True, persons=True, people=2 * PEOPLE)
    a, b = few.statistics.person_time, many.statistics.person_time[:, :, :PEOPLE]
    return held([f"people differ by {off(a, b):.2g}"] if off(a, b) > WHOLE else [], f"{PEOPLE} of {2 * PEOPLE} people")


CHECKS = (
    Check("same_seed", "The same seed gives the same bits", same_seed),
    Check("seeds_differ", "Another seed gives others", seeds_differ),
    Check("threads_do_not_matter", "Threads change no bit", threads_do_not_matter),
    Check("chunks_do_not_matter", "How work is cut changes no bit", chunks_do_not_matter),
    Check("draws_stand_alone", "More draws leave the first as they were", draws_stand_alone),
    Check("people_stand_alone", "More people leave the first as they were", people_stand_alone),
    Check("as_the_reference", "The kernel is the readable simulator, bit for bit", as_the_reference),
    Check("kept_and_read", "What is written is read back", kept_and_read),
    Check("solved_is_reached", "Figures that are solved for are reached", solved_is_reached),
)
