"""Checks of Monte Carlo error: that it is what it says, over many seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.contract import ModelError
from parameters.arrays import Floats
from parameters.units import number_of
from simulate.analyse.credibility.verification.ground.bench import FEW, MANY, SEEDS, WHOLE, Bench, off
from simulate.analyse.credibility.verification.ground.verdicts import NO_CHANCE, Check, Verdict, held, not_applicable
from simulate.evaluate.uncertainty.precision import mcse
from simulate.result.result import Result

FAR = 6.0  # standard errors
SPREAD = 0.2, 4.0  # of the variance between seeds over that which is told
FEWER = 0.25  # of the people
RARE = 0.02  # of the people: below, an error is not told well


def _means(results: Sequence[Result]) -> Floats:
    """Cost and effect of every strategy by seed, [seed, 2 x strategies]."""
    return np.array([np.concatenate([r.cost[0], r.effect[0]]) for r in results])


def _errors(results: Sequence[Result]) -> Floats:
    """Their Monte Carlo variances as each run tells them, [seed, 2 x strategies]."""
    found = [
        np.concatenate([mcse(r.values.cost, r.values.people), mcse(r.values.effect, r.values.people)]) for r in results
    ]
    return np.asarray(np.array(found) ** 2)


def _names(bench: Bench) -> list[str]:
    return [f"{what} of {s}" for what in ("cost", "effect") for s in bench.base.strategies]


def other_seeds(bench: Bench) -> Verdict:
    """Other seeds agree within the Monte Carlo error told."""
    if not bench.people_are_followed:
        return _no_chance(bench)
    means, error = _means(bench.by_seed), np.sqrt(_errors(bench.by_seed).mean(axis=0))
    away = np.abs(means - means.mean(axis=0)).max(axis=0)
    faults = [
        f"{name}: a seed lies {far:.4g} from the others, the error is {e:.4g}"
        for name, far, e in zip(_names(bench), away, error, strict=True)
        if far > FAR * e + WHOLE * np.abs(means).max()
    ]
    return held(faults, f"{number_of(len(SEEDS), 'seed')} of {MANY} people")


def _no_chance(bench: Bench) -> Verdict:
    a, b = (bench.run(fixed=True, seed=seed) for seed in SEEDS[:2])
    same = np.array_equal(a.cost, b.cost) and np.array_equal(a.effect, b.effect)
    return held([] if same else ["seeds differ where nobody is drawn"], "nobody is drawn: every seed is the same")


def error_is_true(bench: Bench) -> Verdict:
    """The error that a run tells is how far seeds lie apart."""
    if not bench.people_are_followed:
        return not_applicable(NO_CHANCE)
    between, told = _means(bench.by_seed).var(axis=0, ddof=1), _errors(bench.by_seed).mean(axis=0)
    size = np.abs(_means(bench.by_seed)).max(axis=0)
    faults = []
    for name, seen, said, most in zip(_names(bench), between, told, size, strict=True):
        if max(seen, said) <= (WHOLE * most) ** 2:
            continue
        if said == 0 or not SPREAD[0] < seen / said < SPREAD[1]:
            faults.append(f"{name}: seeds vary by {np.sqrt(seen):.4g}, {np.sqrt(said):.4g} is told")
    return held(faults, f"{number_of(len(SEEDS), 'seed')} of {MANY} people")


def error_falls(bench: Bench) -> Verdict:
    """Four times the people have a quarter of the squared error."""
    if not bench.people_are_followed:
        return not_applicable(NO_CHANCE)
    many, few = (_errors(r).mean(axis=0) for r in (bench.by_seed, bench.by_seed_of_few))
    size = np.abs(_means(bench.by_seed)).max(axis=0)
    faults = []
    for name, a, b, most in zip(_names(bench), many, few, size, strict=True):
        if max(a, b) > (WHOLE * most) ** 2 and not FEWER / 3 < a / max(b, 1e-300) < FEWER * 3:
            faults.append(f"{name}: {np.sqrt(b):.4g} with {FEW} people, {np.sqrt(a):.4g} with {MANY}")
    return held(faults, f"{FEW} and {MANY} people")


def other_generator(bench: Bench) -> Verdict:
    """Random numbers of another kind agree within error."""
    if not bench.people_are_followed:
        return not_applicable(NO_CHANCE)
    other = _means([bench.run(fixed=True, people=MANY, seed=SEEDS[0], rng="philox4x32-10")])[0]
    return held(_apart(bench, other, "with other random numbers"), "philox against splitmix")


def expected_values(bench: Bench) -> Verdict:
    """Expected values by renewal equations agree with what is simulated."""
    if not bench.people_are_followed:
        return not_applicable(NO_CHANCE)
    try:
        exact = bench.run(fixed=True, exact=True)
    except ModelError as refusal:
        return not_applicable(f"no expected values: {str(refusal).splitlines()[0]}")
    return held(_apart(bench, _means([exact])[0], "in expectation", 1), f"beside {number_of(len(SEEDS), 'seed')}")


def _apart(bench: Bench, other: Floats, how: str, one: int = 2) -> list[str]:
    """What lies further from the mean over seeds than error, of `one` mean or of two runs."""
    means, told = _means(bench.by_seed), _errors(bench.by_seed).mean(axis=0)
    error = np.sqrt(told / len(SEEDS) if one == 1 else told * (1 + 1 / len(SEEDS)))
    size = np.abs(means).max(axis=0)
    return [
        f"{name}: {x:.6g} {how}, {m:.6g} simulated, error {e:.3g}"
        for name, x, m, e, s in zip(_names(bench), other, means.mean(axis=0), error, size, strict=True)
        if abs(x - m) > FAR * e + 1e-3 * s
    ]


def mean_over_draws(bench: Bench) -> Verdict:
    """What is told of a strategy is the mean over its draws and batches."""
    base = bench.base
    weights = base.values.people / base.values.people.sum()
    faults = []
    for name, each, told in (("cost", base.values.cost, base.cost), ("effect", base.values.effect, base.effect)):
        wrong = off((each * weights).sum(axis=-1), told)
        faults += [f"{name} is off by {wrong:.2g}"] if wrong > 1e-8 else []
    return held(faults, f"{len(base.values.people)} batches")


CHECKS = (
    Check("other_seeds", "Other seeds agree within error", other_seeds),
    Check("error_is_true", "Monte Carlo error is the spread over seeds", error_is_true),
    Check("error_falls", "Four times the people, a quarter of the squared error", error_falls),
    Check("other_generator", "Other random numbers agree within error", other_generator),
    Check("expected_values", "Expected values agree with what is simulated", expected_values),
    Check("mean_over_draws", "Means are those of batches", mean_over_draws),
)
