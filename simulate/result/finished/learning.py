"""What it is worth to learn more of a finished table, of a whole population and less what a study costs.

Population and costs are as they are given: a table says neither for whom it is decided, nor when a study reports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from simulate.engine.progress import StageProgress, silent
from simulate.result.finished.evaluation import (
    SIZES,
    Evaluation,
    Study,
    evaluate,
    everything,
    study_text,
    study_words,
)
from simulate.result.finished.psa_table import PsaTable
from simulate.result.plain import rows_of
from simulate.result.voi import Population, TrialCost, net_benefit_of_sampling, optimum

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class TableLearning:
    """What ``recovery-cea voi`` tells of a finished table."""

    found: Evaluation  # its values per person, at the threshold asked for
    parameters: pd.DataFrame  # with a population, also its ``population`` and ``population_se``
    samples: pd.DataFrame | None  # with a population and a cost, also ``net_benefit_of_sampling``
    population: Population | None
    cost: TrialCost | None

    @property
    def best(self) -> int | None:
        """The best size of the study, people an arm; None where none is worth its cost, or that was not asked."""
        return None if self.samples is None or self.cost is None else optimum(self.samples)

    def summary(self) -> dict[str, Any]:
        """Everything as plain data."""
        table, study = self.found.table, self.found.study
        (known,) = rows_of(table.evpi([table.threshold]))
        return {
            "strategies": list(table.strategies),
            "currency": table.terms.currency,
            "effect": None if table.of_benefit else table.terms.effect,
            "threshold": None if table.of_benefit else table.threshold,
            "noise_corrected": False,
            "warnings": table.warnings(),
            "evpi": {"value": known["value"], "se": known["mcse"]},
            "evppi": rows_of(self.parameters),
            "study": None if study is None else study_words(study),
            "study_declared": None if study is None else study_text(study),
            "evsi": [] if self.samples is None else rows_of(self.samples),
            "best_n": self.best,
            "population": None if self.population is None else asdict(self.population),
            "trial_cost": None if self.cost is None else asdict(self.cost),
        }


def learn_of_table(
    table: PsaTable,
    *,
    threshold: float | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    study: Study | None = None,
    sizes: Sequence[int] = SIZES,
    population: Population | None = None,
    cost: TrialCost | None = None,
    seed: int = 1,
    progress: StageProgress = silent,
) -> TableLearning:
    """EVPI, EVPPI and the EVSI of a `study` at a threshold (by default the table's); ``ModelError`` as ``evaluate``.

    ENBS takes both a `population` and a `cost`. A table without parameters has its EVPI alone.
    """
    at = replace(table, terms=replace(table.terms, threshold=table.at(threshold)))
    found = evaluate(at, groups=groups, study=study, sizes=sizes, seed=seed, progress=progress)
    parameters, samples = found.parameters, found.samples
    if parameters is None:
        parameters = everything(at)
    if population is not None:
        people = population.people()
        parameters = parameters.assign(population=parameters["evppi"] * people, population_se=parameters["se"] * people)
        if samples is not None and cost is not None:
            samples = net_benefit_of_sampling(samples, population, cost)
    return TableLearning(found, parameters, samples, population, cost)
