"""Corrected EVPI and acceptability against the truth, and printed errors against their spread, on shipped problems.

    python3 scripts/start.py python scripts/verify/noise.py                  # ten problems, 60 seeds: half an hour
    python3 scripts/start.py python scripts/verify/noise.py --seeds 200 --problem safewards/england

The truth is a run of sixteen times the draws and ten times the people, the noise left in it extrapolated away. Prints
rows for each problem and threshold (the EVPI, and the acceptability of the second strategy) and writes
``benchmarks/noise.json``. "covered_by_two" is the share of seeds within two printed errors of the truth, "covered" of
those whose 95% interval, by Student's t, holds it; "worse_than_naive" of those further off than the naive figure by
more than an error.
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
from simulate.evaluate import ceac, evpi
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


def true_decision(result: Result, thresholds: Floats) -> Floats:
    """The EVPI and acceptabilities, twice those of all people less those of half of them, [threshold, 1 + strategy]."""
    increments = make_increments(result.values.batch_values(), result.values.people)
    b = increments.batches
    halves = [increments.by_batch[:, :, (np.arange(b) + k) % b < b // 2].mean(axis=2) for k in range(b)]

    def decision(values: Floats) -> Floats:
        both = increments.split(values)
        return np.column_stack([evpi(*both, thresholds), ceac(*both, thresholds)])

    return np.asarray(2 * decision(increments.values) - np.mean([decision(h) for h in halves], axis=0))


def rows(problem: str, seeds: int) -> list[dict[str, Any]]:
    """Rows of the first threshold, of that where the EVPI is greatest, and where it has fallen to a tenth."""
    runs = results(problem, seeds)
    first = next(runs)
    everywhere = true_decision(first, first.thresholds)
    value = everywhere[:, 0]
    chosen = sorted({0, int(value.argmax()), int(np.abs(value - 0.1 * value.max()).argmin())})
    found = [r.corrected_over(first.thresholds[chosen]) for r in runs]
    reach = reach_of(found[0].degrees)
    told = []
    for i, at in enumerate(chosen):
        for what, column, where in (("evpi", 0, i), ("ceac", 2, (i, 1))):
            place = {"problem": problem, "threshold": float(first.thresholds[at]), "figure": what, "seeds": len(found)}
            values = [np.array([getattr(f, what + end)[where] for f in found]) for end in ("", "_naive", "_se")]
            told.append(place | _compared(float(everywhere[at, column]), values, reach))
    return told


def _compared(truth: float, values: list[Floats], reach: float) -> dict[str, float | None]:
    """Of `values`: corrected, naive and printed error, each [seed]."""
    corrected, naive, error = values
    spread, off = float(corrected.std(ddof=1)), np.abs(corrected - truth)
    return {
        "truth": truth,
        "naive": float(naive.mean()),
        "corrected": float(corrected.mean()),
        "spread": spread,
        "error": float(error.mean()),
        "error_of_spread": float(error.mean()) / spread if spread > 0 else None,
        "covered_by_two": float((off <= 2 * error).mean()),
        "covered": float((off <= reach * error).mean()),
        "worse_than_naive": float((off - np.abs(naive - truth) > error).mean()),
    }


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
            print(" ".join(f"{v:.4g}" if isinstance(v, float) else f"{v!s:48}" for v in row.values()), flush=True)
    OUT.write_text(json.dumps({"draws": DRAWS, "people": PEOPLE, "seeds": asked.seeds, "rows": told}, indent=1) + "\n")


if __name__ == "__main__":
    main()
