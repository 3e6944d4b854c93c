"""How large a run must be for a wanted Monte Carlo error: a pilot and what it predicts."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.contract import ModelError
from simulate.ask.asked import ask
from simulate.ask.case import Case
from simulate.ask.options import Wishes
from simulate.engine.progress import StageProgress, of_stage, silent
from simulate.engine.tasks import usable_threads
from simulate.evaluate.uncertainty.precision import mcse_of_draws
from simulate.result.judgement import batch_net_benefits
from simulate.result.result import Result
from simulate.running.forecast import predicted_bytes
from simulate.running.lowering import collected
from simulate.running.running import simulated
from simulate.running.solving import solved_for
from simulate.running.wanted_error import WantedError

PILOT_DRAWS, PILOT_PEOPLE = 512, 200
FEWEST_DRAWS = 128  # eight scrambles of sixteen draws
FEWEST_PEOPLE = 50
LEAST_GAIN = 0.1  # eight scrambles tell a small one badly
MOST_NOISE = 0.2  # share of the variance of draws that people may make, so that curves need little correction


@dataclass(frozen=True)
class Plan:
    """What a pilot found, and the run it recommends."""

    target: WantedError
    threshold: float  # money per unit of effect, of the target
    strategy: str  # whose increment against the comparator is least certain
    sd_parameters: float  # money, of the expected incremental net benefit between draws
    sd_person: float  # money, of one person's incremental net benefit around its expectation
    draws: int
    people: int
    mcse: float  # money, predicted
    noise_share: float  # of the variance between draws, predicted
    seconds: float  # simulation and solving, predicted, on the threads of the pilot
    bytes: int  # peak memory, predicted

    def row(self) -> dict[str, Any]:
        """As one flat row."""
        return {
            "target_mcse": self.target.mcse,
            "threshold": self.threshold,
            "strategy": self.strategy,
            "sd_parameters": self.sd_parameters,
            "sd_person": self.sd_person,
            "draws": self.draws,
            "people": self.people,
            "predicted_mcse": self.mcse,
            "predicted_noise_share": self.noise_share,
            "predicted_seconds": self.seconds,
            "predicted_memory_mb": self.bytes / 1e6,
        }


@dataclass(frozen=True)
class _Spread:
    """Variances of incremental net benefit: of its expectation between draws, and of one person within a draw."""

    strategy: int
    parameters: float
    person: float
    gain: float  # share of `parameters` that is left in the mean over Sobol draws, as of independent ones

    def of_mean(self, draws: int, people: int) -> float:
        """Variance of the mean over draws."""
        return (self.gain * self.parameters + self.person / people) / draws


def plan(
    case: Case,
    target: WantedError,
    *,
    seed: int = 1,
    threads: int | None = None,
    perspective: str | None = None,
    effect: str | None = None,
    implementation: float = 1.0,
    progress: StageProgress | None = None,
) -> Plan:
    """The cheapest run whose standard error meets `target`, by a pilot of 512 draws of 200 people.

    With variance P between draws and W between people, a run of D draws of n people has variance (gP + W/n)/D and
    takes D(a + bn) seconds, where g is what the pilot's scrambles leave of P, a tenth at least. The best n is
    sqrt(W a / (gP b)), and no fewer than keep noise below a fifth of the variance of draws. D is the power of two
    that meets the target. ``ModelError`` as for ``run``.
    """
    tell = progress or silent
    wishes: Wishes = {"perspective": perspective, "effect": effect, "implementation": implementation}
    wishes |= {"draws": PILOT_DRAWS, "people": PILOT_PEOPLE, "seed": seed}
    if case.problem.pathway.cycle is not None:
        raise ModelError(
            f"{case.problem.id}: a cohort in cycles has no Monte Carlo error of people; allowed: a pathway"
        )
    asked = ask(case, **wishes).to_be_judged()
    started = time.perf_counter()
    calibration = solved_for(case, fixed=False, threads=threads, progress=tell)
    solving = time.perf_counter() - started

    def timed(draws: int, people: int) -> tuple[Result, float]:
        begun = time.perf_counter()
        some = asked.but(draws=draws, people=people)
        found = simulated(some, calibration, threads=threads, progress=of_stage(tell, "pilot"))
        _ = found.cost
        return found, time.perf_counter() - begun

    timed(16, 2)  # compiles what is not compiled
    _, few = timed(PILOT_DRAWS, 2)
    result, many = timed(PILOT_DRAWS, PILOT_PEOPLE)
    each_person = max((many - few) / (PILOT_DRAWS * (PILOT_PEOPLE - 2)), 1e-9)
    each_draw = max(few / PILOT_DRAWS - 2 * each_person, 1e-6)
    at = target.threshold_for(result)
    spread = _worst(result, at)
    draws, people = recommended(spread.parameters, spread.person, each_draw / each_person, target.mcse, spread.gain)
    return Plan(
        target=target,
        threshold=at,
        strategy=result.strategies[spread.strategy],
        sd_parameters=math.sqrt(spread.parameters),
        sd_person=math.sqrt(spread.person),
        draws=draws,
        people=people,
        mcse=math.sqrt(spread.of_mean(draws, people)),
        noise_share=_noise_share(spread, people),
        seconds=solving + draws * (each_draw + each_person * people),
        bytes=predicted_bytes(case, collected(asked), draws=draws, people=people, threads=usable_threads(threads)),
    )


def recommended(
    parameters: float, person: float, draw_in_people: float, target: float, gain: float = 1.0
) -> tuple[int, int]:
    """Draws and people that meet `target` soonest.

    `parameters`, `person`: variances, money²; `draw_in_people`: what a draw costs beside its people, in people;
    `target`: money; `gain`: share of `parameters` left in a mean over draws. People are rounded up to two figures,
    draws to a power of two.
    """
    if parameters > 0:
        best = math.sqrt(person / (gain * parameters) * draw_in_people)
        people = max(best, person / parameters * (1 - MOST_NOISE) / MOST_NOISE, FEWEST_PEOPLE)
    else:
        people = max(person / target**2 / FEWEST_DRAWS, FEWEST_PEOPLE)
    people = _rounded_up(people)
    draws = (gain * parameters + person / people) / target**2
    return max(FEWEST_DRAWS, 1 << math.ceil(math.log2(max(draws, 1.0)))), people


def _worst(result: Result, threshold: float) -> _Spread:
    """The strategy whose increment varies most between draws."""
    batches, people = batch_net_benefits(result, threshold), result.values.people
    share = people / people.sum()
    mean = (batches * share).sum(axis=-1)
    within = (share**2 * (batches - mean[..., None]) ** 2).sum(axis=-1) * len(people) / (len(people) - 1)
    noise = within.mean(axis=0)  # of a draw's mean
    total = mean.var(axis=0, ddof=1)
    worst = int(total.argmax())
    parameters = max(float(total[worst] - noise[worst]), 0.0)
    error = float(mcse_of_draws(mean[:, worst], result.replicate))
    left = (error**2 * len(mean) - noise[worst]) / parameters if parameters > 0 else 1.0
    return _Spread(1 + worst, parameters, float(noise[worst] * people.sum()), float(np.clip(left, LEAST_GAIN, 1.0)))


def _noise_share(spread: _Spread, people: int) -> float:
    total = spread.parameters + spread.person / people
    return spread.person / people / total if total > 0 else 0.0


def _rounded_up(people: float) -> int:
    """To two significant figures."""
    size: int = 10 ** max(math.floor(math.log10(people)) - 1, 0)
    return math.ceil(people / size - 1e-9) * size
