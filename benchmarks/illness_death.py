"""Workload W1: hesim's reversible illness-death model, two strategies, through the public interface only.

    python benchmarks/illness_death.py --draws 1000 --people 1000 --threads 1 --fixed --json

Healthy, sick, dead over 40 years; four clock-reset Weibull transitions; QALYs and costs discounted
continuously. ``--fixed`` holds the parameters at their centres, while people still differ between
draws; ``--exponential`` has constant hazards instead, for which there is a closed form.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Mapping
from typing import Any, Literal

from models import (
    Component,
    ComponentTime,
    CostItem,
    DecisionProblem,
    Domain,
    Effect,
    Event,
    Exponential,
    Pathway,
    Setting,
    StateTime,
    Strategy,
    Utility,
    Weibull,
    When,
)
from simulate import Case, Result, load, run

HORIZON, DISCOUNT = 40.0, 0.03
TRANSITIONS = {
    "falls_ill": ("healthy", "sick"),
    "dies_healthy": ("healthy", "dead"),
    "recovers": ("sick", "healthy"),
    "dies_sick": ("sick", "dead"),
}

# In the order of the transitions. Weibull: S(t) = exp(-(t/scale)^shape).
SHAPES = (0.7503619, 0.8541327, 1.0333375, 0.7148296)
SCALES = (4.3832176, 13.2414151, 1.7777500, 3.7564362)
SHAPE_SE = (0.0490, 0.0774, 0.0413, 0.0597)  # of the logarithm
SCALE_SE = (0.1126, 0.1903, 0.0778, 0.1561)
LOG_TIME_RATIO = (0.2869342, 0.2551924, -0.2633561, -0.2044805)  # strategy 2: what is added to each log scale
HAZARDS = ((0.24113572, 0.09105800, 0.56139911, 0.34770536), (0.18860490, 0.07198630, 0.73288719, 0.42406075))

UTILITY = {"healthy": 0.65, "sick": 0.85}
MEDICAL = {"healthy": 1_000.0, "sick": 1_600.0}  # GBP a year
DRUG = (5_000.0, 10_000.0)  # GBP a year while alive


def problem(exponential: bool) -> DecisionProblem:
    """The decision problem; every number but the horizon and the discount rate is a parameter by name."""
    ratio: Literal["hazard", "time"] = "hazard" if exponential else "time"
    return DecisionProblem(
        id="illness_death",
        label="A reversible illness-death model",
        pathway=Pathway(
            name="illness_death",
            label="Healthy, sick, dead",
            domains=(Domain("health", ("healthy", "sick", "dead"), absorbing=("dead",)),),
            start={"health": "healthy"},
            events=tuple(_event(name, exponential) for name in TRANSITIONS),
        ),
        strategies=(
            Strategy("strategy_1", "Strategy 1", (Component("drug_1", "The first drug"),)),
            Strategy(
                "strategy_2",
                "Strategy 2",
                (Component("drug_2", "The second drug", tuple(Effect(n, ratio, f"ratio_{n}") for n in TRANSITIONS)),),
            ),
        ),
        settings=(Setting("base", "Base case", HORIZON),),
        costs=(
            *(
                CostItem(f"medical_{s}", f"Care while {s}", "nhs", StateTime(When(health=s)), f"c_medical_{s}")
                for s in UTILITY
            ),
            *(CostItem(f"drug_{i}", f"Drug {i}", "nhs", ComponentTime(f"drug_{i}"), f"c_drug_{i}") for i in (1, 2)),
        ),
        utilities=tuple(Utility(When(health=s), f"u_{s}") for s in UTILITY),
        discount_costs=DISCOUNT,
        discount_effects=DISCOUNT,
        discounting="continuous",
    )


def _event(name: str, exponential: bool) -> Event:
    start, end = TRANSITIONS[name]
    hazard = Exponential(f"r_{name}") if exponential else Weibull(f"shape_{name}", f"scale_{name}")
    return Event(name, When(health=start), hazard, {"health": end})


def records(*, fixed: bool, exponential: bool) -> dict[str, dict[str, Any]]:
    """The parameters, inline. Only the Weibulls' shapes and scales are uncertain."""
    out: dict[str, dict[str, Any]] = {}
    for k, name in enumerate(TRANSITIONS):
        if exponential:
            out[f"r_{name}"] = _fixed("per_year", HAZARDS[0][k])
            out[f"ratio_{name}"] = _fixed("ratio", HAZARDS[1][k] / HAZARDS[0][k])
            continue
        for what, unit, centre, se in (
            ("shape", "ratio", SHAPES[k], SHAPE_SE[k]),
            ("scale", "years", SCALES[k], SCALE_SE[k]),
        ):
            spread = {"lognormal": {"mu": math.log(centre), "sigma": se}}
            out[f"{what}_{name}"] = _fixed(unit, centre) if fixed else {"unit": unit, "distribution": spread}
        out[f"ratio_{name}"] = _fixed("ratio", math.exp(LOG_TIME_RATIO[k]))
    for state in UTILITY:
        out[f"u_{state}"] = _fixed("utility", UTILITY[state])
        out[f"c_medical_{state}"] = _price(MEDICAL[state])
    for i, price in enumerate(DRUG, 1):
        out[f"c_drug_{i}"] = _price(price)
    return out


def _fixed(unit: str, value: float) -> dict[str, Any]:
    return {"unit": unit, "distribution": {"fixed": {"value": value}}}


def _price(value: float) -> dict[str, Any]:
    return {**_fixed("GBP_per_year", value), "price_year": "2023/24"}  # the base year: taken as it is


def case(*, fixed: bool = False, exponential: bool = False) -> Case:
    """The problem with its parameters."""
    return load(problem(exponential), inline=records(fixed=fixed, exponential=exponential))


def measure(
    *,
    draws: int,
    people: int,
    threads: int | None = 1,
    fixed: bool = False,
    exponential: bool = False,
    seed: int = 1,
) -> dict[str, Any]:
    """What ``--json`` prints: speed without compilation, and the means. Seconds cover the run and its valuation."""
    chosen = case(fixed=fixed, exponential=exponential)
    _valued(run(chosen, draws=2, people=10, threads=threads))  # compiles, or reads what is compiled
    begin = time.perf_counter()
    result = run(chosen, draws=draws, people=people, seed=seed, threads=threads)
    qaly, cost = _valued(result)
    seconds = time.perf_counter() - begin
    histories = draws * people * 2
    return {
        "histories": histories,
        "seconds": seconds,
        "histories_per_second": histories / seconds,
        "threads": threads,
        "events_per_history": float(sum(result.event_counts()[name].mean() for name in TRANSITIONS)),
        "mean_qaly": qaly,
        "mean_cost": cost,
        "peak_memory_mb": peak_memory_mb(),
    }


def _valued(result: Result) -> tuple[list[float], list[float]]:
    """Mean QALYs and costs per person of each strategy."""
    return [float(x) for x in result.effect.mean(axis=0)], [float(x) for x in result.cost.mean(axis=0)]


def peak_memory_mb() -> float | None:
    """The most memory this process has held, MB of 10^6 bytes; None where the system does not say (Windows)."""
    try:
        import resource
    except ImportError:
        return None
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held / 1e6 if sys.platform == "darwin" else held * 1024 / 1e6


def main(arguments: list[str] | None = None) -> None:
    """Measure as asked and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fixed", action="store_true", help="parameters at their centres")
    parser.add_argument("--exponential", action="store_true", help="constant hazards (always at their centres)")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    given = parser.parse_args(arguments)
    found = measure(
        draws=given.draws,
        people=given.people,
        threads=given.threads,
        fixed=given.fixed,
        exponential=given.exponential,
        seed=given.seed,
    )
    print(json.dumps(found) if given.json else _words(found))


def _words(found: Mapping[str, Any]) -> str:
    return "\n".join(f"{name:22} {value}" for name, value in found.items())


if __name__ == "__main__":
    main()
