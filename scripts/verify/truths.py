"""Means, EVPI, EVPPI and EVSI of twelve known truths: their bias, and printed errors against their spread.

    python3 scripts/start.py python scripts/verify/truths.py                  # 200 seeds: minutes
    python3 scripts/start.py python scripts/verify/truths.py --seeds 20 --truth step

Only arrays: net benefit is a function of parameters and a rest that is not asked for. Each truth is the function's own,
over two million draws. Prints a row for each truth and statistic and writes ``benchmarks/truths.json``. "covered" is
the share of seeds whose 95% interval holds the truth: two printed errors either side, of an EVPPI or EVSI as many as
Student's t with its degrees of freedom has.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from parameters.arrays import Floats
from simulate.evaluate import noise_correct
from simulate.evaluate.information.partial import DEGREES, value_of_learning
from simulate.evaluate.uncertainty.precision import mcse_of_draws, reach_of

OUT = Path(__file__).resolve().parent.parent.parent / "benchmarks" / "truths.json"
DRAWS, SEEDS, TRUE_DRAWS, CELLS = 400, 200, 2_000_000, 2000
STUDY = 0.5  # standard deviations of a parameter by which a study's answer is off

Case = Callable[[np.random.Generator, int], tuple[Floats, Floats]]  # parameters, expected net benefit given them


def _alone(function: Callable[[Floats], Floats]) -> Case:
    def case(rng: np.random.Generator, draws: int) -> tuple[Floats, Floats]:
        x = rng.standard_normal((draws, 1))
        return x, function(x[:, 0])

    return case


def _interaction(rng: np.random.Generator, draws: int) -> tuple[Floats, Floats]:
    x = rng.standard_normal((draws, 2))
    return x, 1000 * x[:, 0] * x[:, 1]


def _few_values(rng: np.random.Generator, draws: int) -> tuple[Floats, Floats]:
    x = rng.integers(0, 3, draws)
    return x[:, None].astype(np.float64), np.array([-1000.0, 1000.0, -700.0])[x]


def _heavy_tails(rng: np.random.Generator, draws: int) -> tuple[Floats, Floats]:
    x = rng.standard_t(3, (draws, 1))
    return x, 500 * x[:, 0] - 200


def _correlated(rng: np.random.Generator, draws: int) -> tuple[Floats, Floats]:
    x = rng.standard_normal((draws, 1))  # the other parameter is 0.8 x + 0.6 of its own, and counts as much
    return x, 1800 * x[:, 0] - 400


def _five(x: Floats) -> Floats:
    return np.stack([0 * x, *(400 * np.sin(k + x) for k in range(4))], axis=1)


CASES: dict[str, tuple[Case, float]] = {  # and the standard deviation of the rest
    "linear": (_alone(lambda x: 300 + 1000 * x), 1500.0),
    "faint": (_alone(lambda x: 1000 + 500 * x), 2000.0),
    "step": (_alone(lambda x: np.where(x > 0.8, 1500.0, -500.0)), 500.0),
    "sine": (_alone(lambda x: 1000 * np.sin(4 * x)), 500.0),
    "quadratic": (_alone(lambda x: 800 * (x**2 - 1) - 100), 600.0),
    "log-normal": (_alone(lambda x: 1500 - 1000 * np.exp(x)), 600.0),
    "interaction": (_interaction, 500.0),
    "five strategies": (_alone(_five), 300.0),
    "few values": (_few_values, 800.0),
    "heavy tails": (_heavy_tails, 800.0),
    "correlated": (_correlated, 780.0),
    "idle": (_alone(lambda x: 200 + 0 * x), 1000.0),
}


def made(name: str, rng: np.random.Generator, draws: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Parameters, a study's answer on them, expected net benefit and that with the rest; [draws, ...]."""
    case, rest = CASES[name]
    x, expected = case(rng, draws)
    expected = np.stack([0 * expected, expected], axis=1) if expected.ndim == 1 else expected
    chance = rng.standard_normal((draws, expected.shape[1] - 1)) * rest
    study = x + STUDY * rng.standard_normal(x.shape)
    return x, study, expected, expected + np.column_stack([np.zeros(draws), chance])


def _gain(benefit: Floats) -> float:
    return float(benefit.max(axis=1).mean() - benefit.mean(axis=0).max())


def truths(name: str) -> dict[str, float]:
    """Of each statistic; the EVSI of one parameter by cells of like answers."""
    _, study, expected, whole = made(name, np.random.default_rng(99), TRUE_DRAWS)
    found = {"mean": float(expected[:, 1].mean()), "evpi": _gain(whole), "evppi": _gain(expected)}
    if study.shape[1] == 1:
        alike = expected[np.argsort(study[:, 0])].reshape(CELLS, -1, expected.shape[1]).mean(axis=1)
        found["evsi"] = _gain(alike)
    return found


def estimated(name: str, seed: int) -> dict[str, tuple[float, float]]:
    """Value and printed error of each statistic."""
    x, study, _, whole = made(name, np.random.default_rng(seed), DRAWS)
    batches = np.repeat(np.stack([-whole, 0 * whole], axis=2)[:, None], 2, axis=1)
    told = noise_correct(batches, [0.0], None, "anova")
    found = {
        "mean": (float(whole[:, 1].mean()), float(mcse_of_draws(whole[:, 1]))),
        "evpi": (float(told.evpi[0]), float(told.evpi_se[0])),
        "evppi": value_of_learning(whole, x)[:2],
    }
    return found if x.shape[1] > 1 else found | {"evsi": value_of_learning(whole, study)[:2]}


def _reach(statistic: str) -> float:
    """Standard errors either side in a 95% interval."""
    return reach_of(DEGREES) if statistic in ("evppi", "evsi") else 2.0


def rows(name: str, seeds: int) -> list[dict[str, Any]]:
    """One row a statistic."""
    truth = truths(name)
    found = [estimated(name, seed) for seed in range(seeds)]
    out = []
    for statistic, true in truth.items():
        value, error = np.array([f[statistic] for f in found]).T
        spread = float(value.std(ddof=1))
        row: dict[str, float | None] = {
            "truth": true,
            "mean": float(value.mean()),
            "spread": spread,
            "error": float(error.mean()),
        }
        row |= {"error_of_spread": float(error.mean()) / spread if spread > 0 else None}
        out.append({"case": name, "statistic": statistic, **row})
        out[-1]["covered"] = float((np.abs(value - true) <= _reach(statistic) * error).mean())
    return out


def main() -> None:
    """Print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--truth", action="append", choices=list(CASES), help="by default all twelve")
    asked = parser.parse_args()
    told = []
    for name in asked.truth or CASES:
        for row in rows(name, asked.seeds):
            told.append(row)
            print(" ".join(f"{v:.4g}" if isinstance(v, float) else f"{v!s:16}" for v in row.values()), flush=True)
    OUT.write_text(json.dumps({"draws": DRAWS, "seeds": asked.seeds, "rows": told}, indent=1) + "\n")


if __name__ == "__main__":
    main()
