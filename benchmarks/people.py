"""What people spread evenly are worth (``--rng sobol-owen``), and what expected sojourns would be: variance and time.

    python benchmarks/people.py [--draws 128] [--people 1000] [--seeds 6]

With every parameter at its point estimate draws differ in their people only: the noise of a draw's mean, by its
batches, with independent people over that with people who are points of scrambled Sobol sequences. Then, with
parameters drawn, the squared error of means over 1,024 draws, from the spread of replicates in several runs, and the
share of it that is people. Seconds are processor time of people and kernel, in turn. Last, the time spent in states
whose sojourns start afresh: each sojourn replaced by its expectation at entry, worked out afterwards from histories.
Writes the section ``people`` of ``results.json`` with ``--keep``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import illness_death
import numpy as np
from precision import certain
from record import machine, save

from parameters import Draws
from parameters.arrays import Floats, Ints
from simulate import Case, load
from simulate.ask.asked import Asked, ask
from simulate.engine import driver
from simulate.engine.arithmetic.random_numbers import GENERATORS
from simulate.engine.laws.families import cumulative
from simulate.engine.lower.tables import Lowered
from simulate.engine.progress import silent
from simulate.engine.statistics import UNDISCOUNTED, Statistics
from simulate.evaluate.valuation import value
from simulate.running.lowering import collected, lower_case
from simulate.running.running import drawn_for, simulate_draws
from simulate.running.solving import solved_for

PLAIN, EVEN = "splitmix64", "sobol-owen"
WORTH = 30_000.0  # GBP a unit of the effect, in the net benefit of W1
CASES: Mapping[str, Callable[[], Case]] = {
    "W1": illness_death.case,
    "joint_crisis_plan": lambda: load("joint_crisis_plan"),
    "joint_crisis_plan henderson_2004": lambda: load("joint_crisis_plan", "henderson_2004"),
    "individual_placement_and_support": lambda: load("individual_placement_and_support"),
    "six_core_strategies": lambda: load("six_core_strategies"),
}
COUNTED = ("falls_ill", "crisis", "admission", "detention", "restraint", "job_entry", "death")


@dataclass(frozen=True)
class Sojourn:
    """Time in a level of a domain that ends by `exits`, whose hazards go by time since entry, and nothing else's."""

    domain: str
    level: str
    exits: tuple[str, ...]


HOSPITAL = (
    Sojourn("care", "informal", ("discharge_informal", "conversion")),
    Sojourn("care", "detained", ("discharge_detained",)),
)
SOJOURNS: Mapping[str, tuple[Sojourn, ...]] = {
    "W1": (
        Sojourn("health", "healthy", ("falls_ill", "dies_healthy")),
        Sojourn("health", "sick", ("recovers", "dies_sick")),
    ),
    "joint_crisis_plan": HOSPITAL,
    "joint_crisis_plan henderson_2004": HOSPITAL,
    "individual_placement_and_support": (Sojourn("work", "employed", ("job_loss",)),),
}


def told(asked: Asked, draws: Draws, statistics: Statistics) -> dict[str, Floats]:
    """What users read, as means per person by batch, each [draw, batch]."""
    problem, options = asked.case.problem, asked.options
    found = value(problem, draws, statistics, options.perspective, options.effect)
    cost, effect = found.cost, found.effect
    out = {
        "incremental cost": cost[:, -1] - cost[:, 0],
        "incremental effect": effect[:, -1] - effect[:, 0],
        "cost, comparator": cost[:, 0],
        "effect, comparator": effect[:, 0],
    }
    if problem.id == "illness_death":
        out["incremental net benefit"] = WORTH * out["incremental effect"] - out["incremental cost"]
    for name in COUNTED:
        if name in statistics.trackers:
            rows = statistics.outcome_indices(problem.pathway.resolve(name))
            events = statistics.count[:, 0, :, UNDISCOUNTED][..., rows].sum(axis=-1) / statistics.people
            out[f"{name}, events, comparator"] = events
    return out


def noise(batches: Floats) -> float:
    """Variance of a draw's mean by the spread of its batches [draw, batch], the mean over draws."""
    return float((batches.var(axis=1, ddof=1) / batches.shape[1]).mean())


def timed(asked: Asked, draws: Draws) -> tuple[Statistics, float]:
    """A simulation on one thread, and its processor time in seconds."""
    begin = time.process_time()
    found = simulate_draws(asked, draws, threads=1)
    return found, time.process_time() - begin


def both(case: Case, draws: int, people: int, seed: int = 1) -> dict[str, Asked]:
    """The same asked of either generator."""
    return {rng: ask(case, draws=draws, people=people, seed=seed, rng=rng) for rng in (PLAIN, EVEN)}


def at_estimates(case: Case, draws: int, people: int, rounds: int = 5) -> dict[str, Any]:
    """Noise of people alone: plain over even by name, and the ratio of their times (even over plain, median)."""
    asked = both(certain(case), draws, people)
    ready = _solved(certain(case)).apply(drawn_for(asked[PLAIN]))
    told_by = {rng: told(one, ready, simulate_draws(one, ready, threads=1)) for rng, one in asked.items()}
    seconds = np.array([[timed(one, ready)[1] for one in asked.values()] for _ in range(rounds)])
    names = [n for n, batches in told_by[PLAIN].items() if noise(batches) > 0]
    return {
        "time": round(float(np.median(seconds[:, 1] / seconds[:, 0])), 2),
        "variance": {n: round(noise(told_by[PLAIN][n]) / noise(told_by[EVEN][n]), 2) for n in names},
    }


def with_parameters(case: Case, seeds: int, people: int, draws: int = 1024) -> dict[str, Any]:
    """Squared errors of means over draws: plain over even, and the share that people have in it, by name."""
    calibration = _solved(case)
    errors: dict[str, dict[str, list[tuple[float, float]]]] = {PLAIN: {}, EVEN: {}}
    seconds = []
    for seed in range(1, seeds + 1):
        for rng, asked in both(case, draws, people, seed).items():
            drawn = drawn_for(asked)
            ready = calibration.apply(drawn)
            statistics, taken = timed(asked, ready)
            seconds.append(taken)
            for name, batches in told(asked, ready, statistics).items():
                pair = _of_replicates(batches.mean(axis=1), drawn.replicate), noise(batches) / draws
                errors[rng].setdefault(name, []).append(pair)
    mean = {rng: {n: np.mean(pairs, axis=0) for n, pairs in of.items()} for rng, of in errors.items()}
    return {
        "time": round(sum(seconds[1::2]) / sum(seconds[::2]), 2),
        "squared_error": {n: round(float(x[0] / mean[EVEN][n][0]), 2) for n, x in mean[PLAIN].items() if x[0] > 0},
        "share_of_people": {n: round(float(x[1] / x[0]), 2) for n, x in mean[PLAIN].items() if x[0] > 0},
        "share_of_people_even": {n: round(float(x[1] / x[0]), 2) for n, x in mean[EVEN].items() if x[0] > 0},
    }


def _solved(case: Case) -> Any:
    return solved_for(case, fixed=False, threads=1, progress=silent)


def _of_replicates(values: Floats, replicate: Ints | None) -> float:
    assert replicate is not None
    means = [values[replicate == r].mean() for r in np.unique(replicate)]
    return float(np.var(means, ddof=1) / len(means))


# --- expected sojourns ------------------------------------------------------------------------------


def expected_sojourns(case: Case, sojourns: Sequence[Sojourn], draws: int, people: int) -> dict[str, float]:
    """Variance of the incremental time in these states, spent by independent people, over that of three others.

    Expected, spread evenly, and both.
    """
    asked = both(certain(case), draws, people)
    ready = _solved(certain(case)).apply(drawn_for(asked[PLAIN]))
    found = {}
    for rng, one in asked.items():
        lowered, lookup = lower_case(one.delivered, ready, collected(one))
        _, rows = driver.simulate(
            lowered, lookup, people=people, seed=1, histories=draws * people * 60, generator=GENERATORS[rng]
        )
        each = [_spent_and_expected(lowered, rows, s, draws, people) for s in sojourns]
        found[rng] = sum(x for x, _ in each), sum(x for _, x in each)
    plain = _noise_of_increment(found[PLAIN][0], draws, people)
    others = {"expected": found[PLAIN][1], "even": found[EVEN][0], "both": found[EVEN][1]}
    return {name: round(plain / _noise_of_increment(x, draws, people), 2) for name, x in others.items()}


def _noise_of_increment(years: Any, draws: int, people: int) -> float:
    increment = (years[:, -1] - years[:, 0]).reshape(draws, people)
    whole = people // 10 * 10
    return noise(increment[:, :whole].reshape(draws, -1, 10).mean(axis=1))


def _spent_and_expected(
    lowered: Lowered, rows: Floats, sojourn: Sojourn, draws: int, people: int
) -> tuple[Floats, Floats]:
    """Years discounted as costs are, spent and expected at entry, each [draw x person, strategy]."""
    strategies, horizon = len(lowered.names.strategies), lowered.tables.horizon
    force = float(lowered.tables.discount[0, 0])
    inside = np.array([s.get(sojourn.domain) == sojourn.level for s in lowered.names.states])
    history = ((rows[:, 0] * people + rows[:, 1]) * strategies + rows[:, 2]).astype(np.int64)
    before, after = inside[rows[:, 4].astype(int)], inside[rows[:, 6].astype(int)]
    start = lowered.pathway.start[sojourn.domain] == sojourn.level
    everybody = np.arange(draws * people * strategies if start else 0)
    whose = np.concatenate([everybody, history[~before & after]])
    begins = np.concatenate([np.zeros(len(everybody)), rows[~before & after, 3]])
    order = np.lexsort((begins, whose))
    whose, begins = whose[order], begins[order]
    ends = _ends(whose, history[before & ~after], rows[before & ~after, 3], horizon)
    spent = (np.exp(-force * begins) - np.exp(-force * ends)) / force if force else ends - begins
    expected = np.zeros_like(spent)
    for s in range(strategies):
        mine = whose % strategies == s
        expected[mine] = _expected(lowered, s, sojourn.exits, begins[mine], force)
    size = draws * people * strategies
    total = [np.asarray(np.bincount(whose, x, size), np.float64).reshape(-1, strategies) for x in (spent, expected)]
    return total[0], total[1]


def _ends(whose: Ints, left: Ints, at: Floats, horizon: float) -> Floats:
    """When the sojourns of `whose`, in order of entry, end: at the history's next leaving, or the horizon."""
    order = np.lexsort((at, left))
    left, at = left[order], at[order]
    entered, gone = whose * 1000 + _nth(whose), left * 1000 + _nth(left)
    place = np.minimum(np.searchsorted(gone, entered), len(gone) - 1)
    return np.where(gone[place] == entered, at[place], horizon)


def _nth(sorted_keys: Ints) -> Ints:
    first: Ints = np.flatnonzero(np.r_[True, sorted_keys[1:] != sorted_keys[:-1]])
    return np.asarray(np.arange(len(sorted_keys)) - np.repeat(first, np.diff(np.r_[first, len(sorted_keys)])))


def _expected(lowered: Lowered, strategy: int, exits: Sequence[str], begins: Floats, force: float) -> Floats:
    """Expected discounted years from each entry on, from one table over the time left."""
    t, horizon = lowered.tables, lowered.tables.horizon
    grid = horizon * np.linspace(0.0, 1.0, 4001) ** 2
    used, v = np.zeros_like(grid), int(t.variant[strategy])
    for name in exits:
        k = lowered.names.channels.index(name)
        p, speed = t.parameters[0, k], float(t.speed[0, v, k])
        reached = [cumulative(int(t.family[k]), p[0], p[1], p[2], p[3], float(x) * speed) for x in grid[1:]]
        used[1:] += t.ratio[0, v, k] * np.array(reached)
    density = np.exp(-force * grid - used)
    total = np.r_[0.0, np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(grid))]
    return np.asarray(np.exp(-force * begins) * np.interp(horizon - begins, grid, total))


def measure(draws: int, people: int, seeds: int) -> dict[str, Any]:
    """Every case."""
    found: dict[str, Any] = {"draws": draws, "people": people, "seeds": seeds, "cases": {}}
    for name, make in CASES.items():
        case = make()
        here = {"at_estimates": at_estimates(case, draws, people)}
        if seeds:
            here["with_parameters"] = with_parameters(case, seeds, people)
        if name in SOJOURNS:
            here["time_in_states"] = expected_sojourns(case, SOJOURNS[name], min(draws, 64), people)
        found["cases"][name] = here
        print(name, json.dumps(here, indent=1), flush=True)
    return found


def main(arguments: list[str] | None = None) -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=128)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=6)
    asked = parser.parse_args(arguments)
    found = {"machine": machine(), **measure(asked.draws, asked.people, asked.seeds)}
    save("people", found)


if __name__ == "__main__":
    main()
