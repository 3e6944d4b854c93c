"""What common random numbers are worth: people and pounds, in joint crisis plans.

    python benchmarks/precision.py [--draws 1024] [--people 200]

Every parameter is held at its point estimate, so that draws differ in their people only. The variance of the
incremental cost per person between draws is then compared with what it would be with other people under each
strategy: the plan of one draw against the usual care of the next, from the same simulation. Histories, and with
them the time to a given Monte Carlo error, shrink by that factor. Writes the section ``precision``
of ``results.json`` with ``--keep``.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from typing import Any

import numpy as np
from record import machine, save

from models.interventions.joint_crisis_plan import BASE, PROBLEM
from parameters.arrays import Floats
from simulate import Case, Result, load, run

NO_EFFECT = {"hr_admission_jcp": 1.0, "or_detention_jcp": 1.0, "tr_stay_jcp": 1.0}


def certain(case: Case) -> Case:
    """The case with every parameter at its point estimate."""
    return replace(
        case, parameters=case.parameters.with_fixed({n: case.parameters[n].distribution.point for n in case.names()})
    )


def given(**ratios: float) -> Case:
    """The base case with the engine's own ratios given, and none solved for."""
    solved = tuple(t for t in BASE.targets if t.unknown not in NO_EFFECT)
    setting = replace(BASE, given={**NO_EFFECT, **ratios}, targets=solved, variants=(), leading=())
    return load(replace(PROBLEM, settings=(setting, *PROBLEM.settings[1:]), correlations={}))


def cases() -> dict[str, Case]:
    """What is measured, by label."""
    return {
        "base: detention ratio 0.75, admissions and stays unchanged": load(
            "joint_crisis_plan", changes={"rr_detention_jcp": 0.75, "rr_admission_jcp": 1.0}
        ),
        "henderson_2004": load("joint_crisis_plan", "henderson_2004"),
        "crimson_2013": load("joint_crisis_plan", "crimson_2013"),
        "netherlands_2014": load("joint_crisis_plan", "netherlands_2014"),
        "ethnicity": load("joint_crisis_plan", "ethnicity"),
        "hazard ratio of admission 0.80": given(hr_admission_jcp=0.80),
        "hazard ratio of admission 0.95": given(hr_admission_jcp=0.95),
    }


def simulated(case: Case, draws: int, people: int) -> Result:
    """Draws that differ in nothing but their people."""
    return run(certain(case), draws=draws, people=people, seed=1)


def factor(cost: Floats) -> dict[str, float]:
    """Variances of the incremental cost of `cost` [draws, 2], and how many times smaller the common one is.

    The error is that of the ratio, from leaving out each of twenty groups of draws in turn.
    """
    groups = np.array_split(np.arange(len(cost)), 20)
    left_out = np.array([_ratio(np.delete(cost, group, axis=0)) for group in groups])
    error = np.sqrt((len(groups) - 1) / len(groups) * ((left_out - np.mean(left_out)) ** 2).sum())
    common, apart = _variances(cost)
    return {
        "sd_common": round(float(np.sqrt(common)), 2),
        "sd_independent": round(float(np.sqrt(apart)), 2),
        "factor": round(apart / common, 2),
        "factor_se": round(float(error), 2),
    }


def _variances(cost: Floats) -> tuple[float, float]:
    """Of new minus comparator: the same people under both, and people of the next draw under the comparator."""
    new, usual = cost[:, 1], cost[:, 0]
    return float(np.var(new - usual, ddof=1)), float(np.var(new - np.roll(usual, 1), ddof=1))


def _ratio(cost: Floats) -> float:
    common, apart = _variances(cost)
    return apart / common


def measure(draws: int, people: int) -> dict[str, Any]:
    """Every case, and whether an arm without effects is the comparator bit for bit."""
    found: dict[str, Any] = {"draws": draws, "people": people, "cases": {}}
    for label, case in cases().items():
        result = simulated(case, draws, people)
        per_person = result.cost * np.sqrt(people)  # the spread of a mean of so many people, made that of one
        found["cases"][label] = factor(per_person)
    null = simulated(given(), draws, people).statistics
    found["zero_effect_arm_identical"] = all(
        bool((x[:, 0] == x[:, 1]).all()) for x in (null.time, null.count, null.ever, null.first)
    )
    return found


def main(arguments: list[str] | None = None) -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1024)
    parser.add_argument("--people", type=int, default=200)
    asked = parser.parse_args(arguments)
    found = {"machine": machine(), **measure(asked.draws, asked.people)}
    save("precision", found)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
