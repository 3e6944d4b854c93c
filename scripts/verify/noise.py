"""Corrected EVPI and acceptability against the truth, and printed errors against their spread, on shipped problems.

    python3 scripts/start.py python scripts/verify/noise.py                  # ten problems, 60 seeds: half an hour
    python3 scripts/start.py python scripts/verify/noise.py --seeds 200 --problem safewards/england

The truth is a run of sixteen times the draws and ten times the people, the noise left in it extrapolated away. Prints a
row for each problem and threshold and writes ``benchmarks/noise.json``. "covered" is the share of seeds whose 95%
interval, by Student's t, holds the truth.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from parameters.arrays import Floats
from simulate.ask.asked import ask
from simulate.ask.case import load
from simulate.engine.progress import silent
from simulate.evaluate import evpi
from simulate.evaluate.uncertainty.increments import make_increments
from simulate.evaluate.uncertainty.precision import reach_of
from simulate.result.result import Result
from simulate.running.running import simulated
from simulate.running.solving import solved_for

OUT = Path(__file__).resolve().parent.parent.parent / "benchmarks" / "noise.json"
PROBLEMS = (
    "safewards/england",
    "peer_supported_self_management/base",
    "joint_crisis_plan/base",
    "individual_placement_and_support/swan_england",
    "recovery_portfolio/leaving_crisis_care",
    "peer_support_workers/simpson_2014",
    "housing_first/england",
    "no_force_first/trust_wide",
    "six_core_strategies/england",
    "violence_reduction_collaborative/east_london",
)
DRAWS, PEOPLE, SEEDS = 256, 100, 60
MORE_DRAWS, MORE_PEOPLE = 16, 10  # times as many, for the truth


def results(problem: str, seeds: int) -> Iterator[Result]:
    """The run that tells the truth, then one of each seed."""
    case = load(*problem.split("/"))
    calibration = solved_for(case, fixed=False, threads=None, progress=silent)
    yield simulated(ask(case, draws=DRAWS * MORE_DRAWS, people=PEOPLE * MORE_PEOPLE, seed=7), calibration)
    for seed in range(seeds):
        yield simulated(ask(case, draws=DRAWS, people=PEOPLE, seed=1000 + seed), calibration)


def true_evpi(result: Result, thresholds: Floats) -> Floats:
    """Twice the EVPI of all people less that of half of them, [threshold]."""
    increments = make_increments(result.values.batch_values(), result.values.people)
    b = increments.batches
    halves = [increments.by_batch[:, :, (np.arange(b) + k) % b < b // 2].mean(axis=2) for k in range(b)]
    whole, half = (
        np.mean([evpi(*increments.split(v), thresholds) for v in g], axis=0) for g in ([increments.values], halves)
    )
    return np.asarray(2 * whole - half)


def rows(problem: str, seeds: int) -> list[dict[str, Any]]:
    """One row a threshold: the first, where the EVPI is greatest, and where it has fallen to a tenth."""
    runs = results(problem, seeds)
    first = next(runs)
    everywhere = true_evpi(first, first.thresholds)
    far = int(np.abs(everywhere - 0.1 * everywhere.max()).argmin())
    chosen = sorted({0, int(everywhere.argmax()), far})
    found = [r.corrected_over(r.thresholds[chosen]) for r in runs]
    corrected, error, naive = (np.array([getattr(f, n) for f in found]) for n in ("evpi", "evpi_se", "evpi_naive"))
    truth, spread = everywhere[chosen], corrected.std(axis=0, ddof=1)
    covered = (np.abs(corrected - truth) <= reach_of(found[0].degrees) * error).mean(axis=0)
    table = {
        "threshold": first.thresholds[chosen],
        "truth": truth,
        "corrected": corrected.mean(axis=0),
        "naive": naive.mean(axis=0),
        "spread": spread,
        "error": error.mean(axis=0),
        "error_of_spread": error.mean(axis=0) / np.where(spread > 0, spread, np.nan),
        "covered": covered,
    }
    return [{"problem": problem, **{k: float(v[i]) for k, v in table.items()}} for i in range(len(chosen))]


def main() -> None:
    """Print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--problem", action="append", help="intervention/setting; by default ten of them")
    asked = parser.parse_args()
    told = []
    for problem in asked.problem or PROBLEMS:
        for row in rows(problem, asked.seeds):
            told.append(row)
            print(" ".join(f"{v:.4g}" if isinstance(v, float) else f"{v:48}" for v in row.values()), flush=True)
    OUT.write_text(json.dumps({"draws": DRAWS, "people": PEOPLE, "seeds": asked.seeds, "rows": told}, indent=1) + "\n")


if __name__ == "__main__":
    main()
