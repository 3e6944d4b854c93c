"""Checks of the machine on this model: the same bits however it is run, and those of the readable simulator."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from simulate.analyse.credibility.verification.bench import DRAWS, PEOPLE, PLAIN, WHOLE, Bench, differing, off
from simulate.analyse.credibility.verification.verdicts import NOBODY, Check, Verdict, held, not_applicable
from simulate.analyse.credibility.verify import compare_with_reference
from simulate.engine import driver
from simulate.engine.statistics import load
from simulate.evaluate.bases import needed
from simulate.running.lowering import lower_apart

REFERENCE = {"draws": 2, "people": 5}
CHUNK = 700  # histories


def same_seed(bench: Bench) -> Verdict:
    """The same question has the same answer, to the last bit."""
    again = bench.run(bench.solved)
    faults = [f"{n} differs" for n in differing(bench.base.statistics, again.statistics)]
    faults += [] if np.array_equal(bench.base.psa_table.columns["cost_" + again.strategies[0]], again.cost[:, 0]) else ["costs"]
    return held(faults, f"{DRAWS} draws, twice")


def threads_do_not_matter(bench: Bench) -> Verdict:
    """On any number of threads the same bits."""
    again = bench.run(bench.solved, threads=3)
    return held([f"{n} differs" for n in differing(bench.base.statistics, again.statistics)], "1 and 3 threads")


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
            driver.simulate(part.lowered, part.lookup, people=PEOPLE, seed=1, threads=1, chunk=size)[0] for size in sizes
        )
        faults += [f"{n} differs" for n in differing(a, b)]
    return held(faults, f"{CHUNK} histories at once, and all")


def draws_stand_alone(bench: Bench) -> Verdict:
    """More draws leave the first ones as they are."""
    few, many = bench.run(draws=DRAWS), bench.run(draws=2 * DRAWS)
    faults = [] if np.array_equal(few.drawn.values, many.drawn.values[:DRAWS]) else ["parameters are drawn otherwise"]
    names = [n for n in PLAIN if n != "occupancy"]
    faults += [f"{n} differs" for n in names if not np.array_equal(getattr(few.statistics, n), getattr(many.statistics, n)[:DRAWS])]
    return held(faults, f"{DRAWS} of {2 * DRAWS} draws")


def as_the_reference(bench: Bench) -> Verdict:
    """The compiled simulator has the bits of the readable one."""
    if not bench.people_are_followed:
        return not_applicable(NOBODY if bench.is_account else "a cohort in cycles is worked out, not simulated")
    faults = compare_with_reference(bench.solved, seed=1, **REFERENCE)
    return held(faults, f"{REFERENCE['people']} people, every sum and history, bit for bit")


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
    """Published figures that ratios are solved for come out."""
    found = bench.calibration
    if not found.targets:
        return not_applicable("nothing is solved for")
    faults = [
        f"{t.unknown}: published {wanted:.5g}, reached {got:.5g}"
        for t, wanted, got in zip(found.targets, found.published, found.achieved, strict=True)
        if off(float(wanted), float(got)) > 0.005
    ]
    return held(faults, f"{len(found.targets)} figures, to half a per cent")


def seeds_differ(bench: Bench) -> Verdict:
    """Another seed is other people and other draws."""
    other = bench.run(seed=2)
    uncertain = (np.ptp(bench.base.drawn.values, axis=0) > 0).any()
    moved = not np.array_equal(other.drawn.values, bench.base.drawn.values)
    if not bench.people_are_followed:
        return held(["draws are the same"] if uncertain and not moved else [], "draws move; nobody is simulated")
    faults = ["draws are the same"] if uncertain and not moved else []
    happens = bench.base.statistics.count.any()
    faults += ["nothing that happens moves"] if happens and not differing(other.statistics, bench.base.statistics) else []
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
