"""The decision by subgroup, from one run: the same simulated people, told apart by a characteristic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

from models.contract import ModelError
from parameters.ground.brief import Brief
from simulate.analyse.sweep.comparison_rows import comparisons
from simulate.ask.asked import ask
from simulate.ask.case import AnyCase, as_case
from simulate.ask.options import DRAWS
from simulate.evaluate.decision.acceptability import net_benefit
from simulate.evaluate.decision.equality import best_on_average
from simulate.process.shown import Finding
from simulate.result.judgement import chosen_threshold, refuse_judgement
from simulate.result.plain import rows_of
from simulate.result.result import Result
from simulate.running.running import LevelRuns, run

if TYPE_CHECKING:
    import pandas as pd

EVERYBODY = "everybody"


@dataclass(frozen=True, eq=False, repr=False)
class Subgroups(Brief, Finding):
    """Everybody, and the people at each level of a characteristic."""

    result: Result  # everybody
    characteristic: str
    results: Mapping[str, Result]  # by level, those at which there is somebody in every draw
    empty: tuple[str, ...]  # levels at which there is not
    threshold: float

    @property
    def kind(self) -> str:
        """What was asked for, by the name of its files."""
        return "subgroups"

    def table(self) -> pd.DataFrame:
        """One row a level and strategy, everybody first (see ``comparison_rows``), with the best strategy there."""
        import pandas as pd

        rows = []
        for level, result in {EVERYBODY: self.result, **self.results}.items():
            worth = net_benefit(result.cost, result.effect, self.threshold)
            people = {"people": float(result.statistics.people.sum()), "wtp": self.threshold}
            named = {"characteristic": self.characteristic, "level": level, **people}
            first = result.strategies[best_on_average(worth)]
            rows += [{**named, **row, "best": first} for row in comparisons(result, self.threshold)]
        return pd.DataFrame(rows)

    def summary(self) -> dict[str, Any]:
        """What ``recovery-cea sweep --subgroups --json`` prints."""
        case, options = self.result.case, self.result.options
        run_with = {"draws": len(self.result.cost), "people": options.people, "seed": options.seed}
        seen = {"perspective": options.perspective, "effect": options.effect, "wtp": self.threshold}
        told = {"kind": self.kind, "problem": case.problem.id, "setting": case.setting.name, **seen, **run_with}
        return {**told, "rows": rows_of(self.table()), "empty": list(self.empty)}


def subgroups(
    case: AnyCase,
    name: str,
    *,
    threshold: float | None = None,
    draws: int = DRAWS,
    people: int | None = None,
    **options: Unpack[LevelRuns],
) -> Subgroups:
    """The decision at each level of the characteristic `name`; `options` are those of ``simulate.run``.

    Raises ``ModelError`` where the pathway has no such characteristic, or none with levels.
    """
    case = as_case(case)
    refuse_judgement(case, threshold, effect=options.get("effect"), perspective=options.get("perspective"))
    ask(case, effect=options.get("effect")).to_be_judged()
    result = run(case, draws=draws, people=people, fixed=draws == 1, subgroup=name, **options)
    found, empty = {}, []
    for level in result.subgroup_levels:
        try:
            found[level] = result.subgroup(level)
        except ModelError:  # nobody is at it in some draw
            empty.append(level)
    return Subgroups(result, name, found, tuple(empty), chosen_threshold(result, threshold))
