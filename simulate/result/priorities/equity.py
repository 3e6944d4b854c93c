"""Costs, health and inequality by subgroup, from one run and a baseline distribution that the user supplies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.contract import ModelError
from parameters import InputError
from parameters import Problem as InputProblem
from parameters.arrays import Floats
from parameters.files.comma_separated import CommaSeparated, read_csv
from parameters.ground.brief import Brief
from parameters.mistakes import MOST_TOLD, short, short_text, why
from parameters.units import LARGEST
from simulate.evaluate.decision.acceptability import ceac
from simulate.evaluate.impact import inequality as indices
from simulate.evaluate.uncertainty.precision import mean_and_interval
from simulate.process.shown import Finding
from simulate.result.judgement import unseen_names
from simulate.result.plain import rows_of
from simulate.result.valued import Valued

if TYPE_CHECKING:
    import pandas as pd


ATKINSON = (0.0, 1.0, 2.0, 4.0, 7.0, 10.0, 15.0, 20.0)  # aversion to relative inequality; about 10 was found in England
KOLM = (0.0, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4)


@dataclass(frozen=True, repr=False)
class Baseline(Brief):
    """Health of the groups without any of it: a file of the user's, since nothing here is invented."""

    levels: tuple[str, ...]
    share: tuple[float, ...]  # of people
    health: tuple[float, ...]  # QALYs a person expects, at birth or from now on, as the user has it
    borne: tuple[float, ...]  # of the health that money displaces, relative to the mean

    @staticmethod
    def read(path: Path) -> Baseline:
        """From a CSV with ``level``, ``share``, ``health`` and, if wanted, ``borne``; every error at once."""
        try:
            table = read_csv(path)
        except (OSError, ValueError) as fault:
            raise InputError([InputProblem(str(path), 0, "baseline", f"cannot be read: {why(fault)}")]) from fault
        wrong = [InputProblem(str(path), line, key, text) for line, key, text in _wrong_table(table)]
        if wrong:
            raise InputError(wrong)
        numbers: dict[str, list[float]] = {"share": [], "health": [], "borne": []}
        cells = [(line, dict(zip(table.header, row, strict=True))) for line, row in table.lines]
        for line, row in cells:
            for name, found in numbers.items():
                text = row.get(name, "1")
                value = _number(text)
                if not 0 <= value <= LARGEST or (name == "health" and value == 0):
                    allowed = "a number above 0" if name == "health" else "a number, 0 or more"
                    wrong.append(InputProblem(str(path), line, name, f"{short(text)}; allowed: {allowed}"))
                found.append(value)
        levels = tuple(row["level"] for _, row in cells)
        if len(set(levels)) != len(levels):
            wrong.append(InputProblem(str(path), 1, "level", "given twice; allowed: once each"))
        if not wrong and abs(sum(numbers["share"]) - 1) > 1e-6:
            wrong.append(InputProblem(str(path), 1, "share", f"sums to {sum(numbers['share']):g}; must sum to 1"))
        if not wrong and not any(s * b for s, b in zip(numbers["share"], numbers["borne"], strict=True)):
            wrong.append(InputProblem(str(path), 1, "borne", "is 0 for everybody; allowed: above 0 for some people"))
        if wrong:
            raise InputError(wrong)
        share = np.array(numbers["share"])
        borne = np.array(numbers["borne"]) / (share * np.array(numbers["borne"])).sum()
        return Baseline(levels, tuple(share), tuple(numbers["health"]), tuple(borne))


NEEDED, COLUMNS = ("level", "share", "health"), ("level", "share", "health", "borne")


def _wrong_table(table: CommaSeparated) -> Iterator[tuple[int, str, str]]:
    """Line, column and what is wrong with the shape of a baseline."""
    for name in NEEDED:
        if name not in table.header:
            yield 1, name, f"missing column; needed: {', '.join(NEEDED)}"
    for name in dict.fromkeys(table.header):
        if name not in COLUMNS:
            yield 1, short_text(name) or "header", f"unknown column; allowed: {', '.join(COLUMNS)}"
    for name in table.twice():
        yield 1, short_text(name) or "header", "given twice; allowed: once"
    for line in table.uneven()[:MOST_TOLD]:
        yield line, "level", f"has not {len(table.header)} cells, as the header has"
    if table.header and not table.lines:
        yield 1, "level", "no groups; need at least one row"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


@dataclass(frozen=True, eq=False, repr=False)
class Equity(Brief, Finding):
    """What ``recovery-cea equity`` tells of a result by subgroup."""

    result: Valued
    baseline: Baseline
    threshold: float
    strategy: str
    groups: pd.DataFrame  # per level: increments, net health benefit
    weighted: pd.DataFrame  # equity-weighted net health benefit by index and aversion
    health: Floats  # [draw], mean net health benefit, QALYs a person
    fairer: Floats  # [draw], health no longer lost to inequality, by Atkinson at `aversion`
    aversion: float

    def summary(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {
            "problem": self.result.case.problem.id,
            "setting": self.result.case.setting.name,
            "subgroup": self.result.options.subgroup,
            "strategy": self.strategy,
            "sign": "new minus comparator",
            "threshold": self.threshold,
            "groups": rows_of(self.groups),
            "weighted": rows_of(self.weighted),
            "aversion": self.aversion,
            "health": float(self.health.mean()),
            "fairer": float(self.fairer.mean()),
            "unseen": unseen_names(self.result),
        }


def equity(
    result: Valued, baseline: Baseline, threshold: float, *, strategy: str | None = None, aversion: float = 10.0
) -> Equity:
    """Distribution of costs and health over the levels of the result's subgroup, and what it is worth.

    The effect must be QALYs. ``ModelError`` where people were not told apart, a level is missing from the baseline or
    empty in some draw, or the effect is another.
    """
    import pandas as pd

    problem = result.case.problem
    if not problem.effect(result.options.effect).is_qaly:
        raise ModelError("equity: health has to be counted in QALYs; run with effect qaly")
    missing = sorted(set(result.subgroup_levels) ^ set(baseline.levels))
    if not result.subgroup_levels or missing:
        raise ModelError(f"equity: levels {', '.join(missing) or 'none'} are not both in the run and in the baseline")
    told = [result.subgroup(level) for level in baseline.levels]
    new = result.strategies.index(strategy) if strategy else len(result.strategies) - 1
    cost = np.stack([r.cost[:, new] - r.cost[:, 0] for r in told], axis=1)
    effect = np.stack([r.effect[:, new] - r.effect[:, 0] for r in told], axis=1)
    share, before = np.array(baseline.share), np.array(baseline.health)
    gained = indices.net_health(cost, effect, share, np.array(baseline.borne), threshold)
    rows, guessed = [], result.strategies[new] in result.withheld.strategies
    for g, level in enumerate(baseline.levels):
        own = told[g].cost[:, [0, new]], told[g].effect[:, [0, new]]
        rows.append(
            {
                "level": level,
                "share": baseline.share[g],
                "baseline_health": baseline.health[g],
                **_described("cost", cost[:, g]),
                **_described("effect", effect[:, g]),
                **_described("net_health", gained[:, g]),
                "p_cost_effective": np.nan if guessed else float(ceac(*own, threshold)[0, 1]),
            }
        )
    curves: Sequence[tuple[indices.Index, Sequence[float]]] = (("atkinson", ATKINSON), ("kolm", KOLM))
    weighted = [
        {"index": index, "aversion": e, **_described("value", w)}
        for index, aversions in curves
        for e, w in zip(aversions, indices.equity_weighted(gained, before, share, aversions, index), strict=True)
    ]
    return Equity(
        result,
        baseline,
        threshold,
        result.strategies[new],
        pd.DataFrame(rows),
        pd.DataFrame(weighted),
        np.asarray((gained * share).sum(axis=1)),
        indices.less_inequality(gained, before, share, aversion),
        aversion,
    )


def _described(name: str, values: Floats) -> dict[str, float]:
    return {f"{name}_{which}": value for which, value in mean_and_interval(values).items()}
