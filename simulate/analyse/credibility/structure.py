"""Structural uncertainty: the alternatives of a problem side by side with the same people, and averaged by weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from models.contract import ModelError, Structure, Variant
from parameters.arrays import Floats, Ints
from parameters.ground.brief import Brief
from parameters.mistakes import Mistakes
from simulate.analyse.credibility.alternatives import (
    STATUS,
    Combination,
    combinations,
    drawn_alike,
    structures_of,
    weights_of,
)
from simulate.analyse.credibility.joint_sample import Averaged, averaged
from simulate.analyse.sweep.comparison_rows import comparisons
from simulate.ask.asked import Asked, ask
from simulate.ask.case import AnyCase, Case, as_case
from simulate.ask.options import DRAWS, Options, Wishes
from simulate.engine.arithmetic.one_thread import on_one_thread
from simulate.engine.progress import StageProgress, of_stage, silent
from simulate.evaluate.decision.acceptability import net_benefit
from simulate.evaluate.decision.equality import best_on_average
from simulate.evaluate.decision.table import Table
from simulate.evaluate.information.structural import OfStructure, evppi_of_structure
from simulate.evaluate.uncertainty.precision import is_close, mcse_of_draws, number_or_none
from simulate.process.shown import Finding
from simulate.result.judgement import chosen_threshold, increments, refuse_judgement
from simulate.result.plain import rows_of
from simulate.result.result import Result
from simulate.result.voi import benefit, value_of_parameters
from simulate.running.expected import refuse_inexact
from simulate.running.forecast import refuse_unaffordable
from simulate.running.known import Known
from simulate.running.running import simulated

if TYPE_CHECKING:
    import pandas as pd

AVERAGE = "average"
OUTCOMES = ("cost", "effect", "nmb")


@dataclass(frozen=True, eq=False, repr=False)
class Structures(Brief, Finding):
    """Every combination of structural alternatives with its result, their average, and what it is worth to know them.

    Costs are money per person and effects per person, increments new minus comparator.
    """

    asked: Asked
    structures: tuple[Structure, ...]
    weights: Mapping[str, float]  # by alternative
    given: tuple[str, ...]  # alternatives whose weights the user gave
    combinations: tuple[Combination, ...]
    results: tuple[Result, ...]  # one a combination, the same draws and people
    average: Averaged
    threshold: float

    @property
    def case(self) -> Case:
        """The problem as it stands, under its setting."""
        return self.asked.case

    @property
    def options(self) -> Options:
        """How all were run."""
        return self.asked.options

    @property
    def result(self) -> Result:
        """That of the first combination."""
        return self.results[0]

    @property
    def strategies(self) -> tuple[str, ...]:
        """Ids, comparator first."""
        return self.result.strategies

    @cached_property
    def shares(self) -> Floats:
        """The weight of each combination."""
        return np.array([c.weight for c in self.combinations])

    @cached_property
    def worth(self) -> Floats:
        """Net benefit at the threshold, money per person, [combination, draw, strategy]."""
        return np.stack([net_benefit(r.cost, r.effect, self.threshold) for r in self.results])

    @cached_property
    def best(self) -> tuple[str, ...]:
        """The strategy of the greatest mean net benefit: of each combination, then of the average."""
        return tuple(self.strategies[best_on_average(x)] for x in (*self.worth, self._mean_of(self.worth)))

    @cached_property
    def close(self) -> tuple[bool, ...]:
        """Whether another is as good as the best within Monte Carlo error: of each combination, then of the average."""
        every = (*self.worth, self._mean_of(self.worth))
        pairs = zip(every, self.best, strict=True)
        return tuple(is_close(x, self.strategies.index(best), self.result.replicate) for x, best in pairs)

    def _weighted(self, values: Floats) -> list[tuple[float, Floats]]:
        """Weights and values [combination, ...] of those that have any weight."""
        return [(float(w), x) for w, x in zip(self.shares, values, strict=True) if w > 0]

    # --- increments -------------------------------------------------------------------------------

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """One row a combination and new strategy, then the average's; see ``table``."""
        found = []
        for combination, result, first in zip(self.combinations, self.results, self.best, strict=False):
            named = {"structure": combination.name, "label": combination.label, "weight": combination.weight}
            evpi = self._evpi_of(result)
            found += [{**named, **r, "evpi": evpi[0], "evpi_mcse": evpi[1], "best": first} for r in self._told(result)]
        return found + [self._averaged(s) for s in self.strategies[1:]]

    def _told(self, result: Result) -> list[dict[str, Any]]:
        kept = ("strategy", "versus", *(f"{o}_{k}" for o in OUTCOMES for k in ("mean", "low", "high", "mcse")))
        return [{n: r[n] for n in (*kept, "p_cost_effective")} for r in comparisons(result, self.threshold)]

    def _evpi_of(self, result: Result) -> tuple[float | None, float | None]:
        """EVPI at the threshold, noise taken out, and its MCSE; None where it is not told."""
        row = result.evpi([self.threshold]).iloc[0]
        return number_or_none(float(row["corrected"])), number_or_none(float(row["mcse"]))

    def _averaged(self, strategy: str) -> dict[str, Any]:
        """The average's row: means over the draws of all combinations by weight, and quantiles of all of them."""
        row: dict[str, Any] = {"structure": AVERAGE, "label": "average by weight", "weight": float(self.shares.sum())}
        row |= {"strategy": strategy, "versus": self.strategies[0]}
        each = [increments(r, strategy, self.threshold) for r in self.results]
        for outcome in OUTCOMES:
            told = self._weighted(np.stack([x[outcome] for x in each]))
            mean = sum((w * x for w, x in told), start=np.zeros(len(told[0][1])))
            low, high = weighted_quantiles(told, (0.025, 0.975)) if len(mean) > 1 else (np.nan, np.nan)
            error = float(mcse_of_draws(mean, self.result.replicate)) if len(mean) > 1 else np.nan
            values = {"mean": float(mean.mean()), "low": low, "high": high, "mcse": error}
            row |= {f"{outcome}_{k}": number_or_none(v) for k, v in values.items()}
        chances = [r["p_cost_effective"] for r in self._rows_of(strategy)]
        known = None not in chances
        row["p_cost_effective"] = self._mean(chances) if known else None
        evpi = self.evpi
        return {**row, "evpi": evpi[0], "evpi_mcse": evpi[1], "best": self.best[-1]}

    def _rows_of(self, strategy: str) -> list[dict[str, Any]]:
        return [next(x for x in self._told(r) if x["strategy"] == strategy) for r in self.results]

    def _mean(self, values: Sequence[float]) -> float:
        return float(sum(w * v for w, v in zip(self.shares, values, strict=True) if w > 0))

    # --- what to know is worth --------------------------------------------------------------------

    @cached_property
    def learnt(self) -> dict[str, OfStructure]:
        """EVPPI of each structure by its name, and of all of them together where there are several."""
        names = [*(s.name for s in self.structures), *([ALL_OF_THEM] if len(self.structures) > 1 else [])]
        return {n: evppi_of_structure(self.worth, self.shares, self._groups(n), self.result.replicate) for n in names}

    def _groups(self, name: str) -> Ints:
        """The combinations that are told apart by learning a structure."""
        if name == ALL_OF_THEM:
            return np.arange(len(self.combinations))
        at = next(k for k, s in enumerate(self.structures) if s.name == name)
        places = [a.name for a in self.structures[at].alternatives]
        return np.array([places.index(c.alternatives[at].name) for c in self.combinations])

    @property
    def withheld(self) -> str:
        """Why no value of information is told, in words; "" where it is."""
        return next((r.withheld.evpi for r in self.results if r.withheld.evpi), "")

    @cached_property
    def evpi(self) -> tuple[float | None, float | None]:
        """EVPI of the average and its error at most: what is left to learn within structures, and the structure."""
        within = [self._evpi_of(r) for r in self.results]
        whole = list(self.learnt.values())[-1]
        if any(value is None for value, _ in within):
            return None, None
        value = self._mean([v or 0.0 for v, _ in within]) + whole.evppi
        error = self._mean([e or 0.0 for _, e in within])
        return value, number_or_none(float(np.hypot(error, whole.se)))

    @cached_property
    def parameters(self) -> list[dict[str, Any]]:
        """EVPPI of each parameter by itself, the structure unknown, and first of all together; see ``result.voi``.

        Structures are drawn apart from parameters, so that net benefit given a parameter is that averaged over them:
        no draw of a structure adds its chance. What an alternative fixes is learnt where it is not fixed.
        """
        if self.withheld or not self.average.noise_is_known:
            return []
        known = [benefit(r, self.threshold) for r in self.results]
        corrected, naive = (self._mean_of(np.stack([getattr(b, n) for b in known])) for n in ("corrected", "naive"))
        evpi, evpi_naive = (float(b.max(axis=1).mean() - b.mean(axis=0).max()) for b in (corrected, naive))
        error = self._mean([b.evpi_se for b in known])
        whole = replace(known[0], corrected=corrected, naive=naive, evpi=evpi, evpi_naive=evpi_naive, evpi_se=error)
        return rows_of(value_of_parameters(self._with_all_varying(), given=whole))

    def _mean_of(self, values: Floats) -> Floats:
        return np.asarray(sum((w * x for w, x in self._weighted(values)), start=np.zeros(values.shape[1:])))

    def _with_all_varying(self) -> Result:
        """The first result, each parameter with its draws where some structure leaves it uncertain."""
        decided = {n for s in self.structures for n in s.changes if all(n in a.changes for a in s.alternatives)}
        drawn = self.result.drawn
        for name in (n for n in drawn.names if not np.ptp(drawn.column(n))):
            columns = [r.drawn.column(name) for r in self.results]
            varying = next((c for c in columns if np.ptp(c)), columns[0])
            drawn = drawn.with_column(name, columns[0] if name in decided else varying, "")
        return replace(self.result, drawn=drawn)

    # --- tables -----------------------------------------------------------------------------------

    def table(self) -> pd.DataFrame:
        """One row a combination and new strategy, the average last: increments, probability of being best, and EVPI.

        ``cost_*`` and ``nmb_*`` are money per person, ``effect_*`` in the effect's unit per person, each with ``mean``,
        ``low`` and ``high`` (95% interval over draws) and ``mcse``.
        """
        import pandas as pd

        return pd.DataFrame(self.rows)

    def ceac(self) -> pd.DataFrame:
        """Per threshold (money per unit of effect), the probability of being best: ``<combination>_<strategy>``.

        Noise between people is taken out; ``average_<strategy>`` is the mean by weight.
        """
        return self.ceac_table.frame()

    @cached_property
    def ceac_table(self) -> Table:
        """The same, as it is written."""
        at = self.result.thresholds
        told = [r.ceac_table if r.noise_is_known and not r.withheld.probability else None for r in self.results]
        columns: dict[str, Any] = {"threshold": at}
        for s in self.strategies:
            curves = [np.full(len(at), np.nan) if t is None else t[f"corrected_{s}"] for t in told]
            columns |= {f"{c.name}_{s}": x for c, x in zip(self.combinations, curves, strict=True)}
            columns[f"{AVERAGE}_{s}"] = self._mean_of(np.stack(curves))
        return Table(columns)

    def learnt_rows(self) -> list[dict[str, Any]]:
        """One row a structure: EVPPI with its standard error, as it is plainly, and the bias taken off."""
        if self.withheld:
            return []
        return [
            {"structure": n, **{k: number_or_none(v) for k, v in found._asdict().items()}}
            for n, found in self.learnt.items()
        ]

    def weight_rows(self) -> list[dict[str, Any]]:
        """One row an alternative: its weight, its status, why, and what it changes."""
        return [
            {
                "structure": s.name,
                "structure_label": s.label,
                "alternative": a.name,
                "label": a.label,
                "weight": self.weights[a.name],
                "status": STATUS,
                "by": "the user" if a.name in self.given else "the model",
                "reason": "given for this run" if a.name in self.given else s.reason,
                "changes": [
                    *(f"{n} by {o}" for n, o in a.replace.items()),
                    *(f"{n} = {x:g}" for n, x in a.fixed.items()),
                    *(["another natural history"] if a.reshapes else []),
                ],
            }
            for s in self.structures
            for a in s.alternatives
        ]

    def summary(self) -> dict[str, Any]:
        """What ``recovery-cea structure --json`` prints."""
        o = self.options
        return {
            "problem": self.case.problem.id,
            "setting": self.case.setting.name,
            "perspective": o.perspective,
            "effect": o.effect,
            "wtp": self.threshold,
            "draws": len(self.result.cost),
            "people": o.people,
            "seed": o.seed,
            "sign": "new minus comparator",
            "weights": self.weight_rows(),
            "rows": self.rows,
            "best": dict(zip([*(c.name for c in self.combinations), AVERAGE], self.best, strict=True)),
            "close": dict(zip([*(c.name for c in self.combinations), AVERAGE], self.close, strict=True)),
            "evppi_of_structure": self.learnt_rows(),
            "evppi": self.parameters,
            "withheld": self.withheld or None,
        }


ALL_OF_THEM = "all structures"


def weighted_quantiles(told: Sequence[tuple[float, Floats]], at: Sequence[float]) -> tuple[float, ...]:
    """Quantiles of values that have the weight of their set shared among them; of one set as numpy has them."""
    if len(told) == 1:
        return tuple(float(q) for q in np.quantile(told[0][1], at))
    values = np.concatenate([x for _, x in told])
    weight = np.concatenate([np.full(len(x), w / len(x)) for w, x in told])
    order = np.argsort(values, kind="stable")
    middle = np.cumsum(weight[order]) - weight[order] / 2
    return tuple(float(np.interp(q * weight.sum(), middle, values[order])) for q in at)


@on_one_thread
def structure(
    case: AnyCase,
    names: str | Sequence[str] = (),
    *,
    weights: Mapping[str, float] | None = None,
    threads: int | None = None,
    progress: StageProgress | None = None,
    **wishes: Unpack[Wishes],
) -> Structures:
    """Every combination of the problem's structural alternatives, or of those of the structures of `names`.

    The same draws and people under each, so that differences are of structure. `weights` by alternative stand in place
    of those declared, all of a structure; `wishes` are those of ``run``. Money and effects are per person, increments
    new minus comparator; ``table()`` has them, ``learnt`` what it is worth to know each structure (its EVPPI, from the
    same draws: see ``evaluate.information.structural``), ``average`` the joint sample, in which each draw has a
    structure of its own. ``ModelError`` or ``InputError`` with everything wrong, before anything is run.
    """
    case, tell, threshold = as_case(case), progress or silent, wishes.get("threshold")
    asked, chosen, shares = _asked(case, [names] if isinstance(names, str) else names, weights, wishes)
    every, known, results = combinations(chosen, shares), Known(), list[Result]()
    cases, variants = zip(*(c.split(case) for c in every), strict=True)
    each = [asked.of(c) for c in drawn_alike(cases)]
    refuse_inexact_of(every, each)
    refuse_unaffordable(asked, draws=asked.options.draws * len(every), threads=threads)  # all are held at once
    for combination, mine, variant in zip(every, each, variants, strict=True):
        results.append(_run(mine, variant, combination.name, known, results[:1], threads, tell))
    average = averaged(asked, chosen, every, results)
    at = chosen_threshold(results[0], threshold)
    return Structures(asked, chosen, shares, tuple(weights or ()), every, tuple(results), average, at)


def refuse_inexact_of(every: Sequence[Combination], each: Sequence[Asked]) -> None:
    """Raise ``ModelError`` with every combination of which there are no expected values, where these are asked for."""
    mistakes = Mistakes()
    for combination, asked in zip(every, each, strict=True):
        with mistakes.among():
            try:
                refuse_inexact(asked) if asked.options.exact else None
            except ModelError as fault:
                raise ModelError(f"structure {combination.name}: {fault}") from fault
    mistakes.tell()


def _asked(
    case: Case, names: Sequence[str], weights: Mapping[str, float] | None, wishes: Wishes
) -> tuple[Asked, tuple[Structure, ...], dict[str, float]]:
    """What is run, of which structures, and their weights; every mistake at once."""
    mistakes = Mistakes()
    sizes: Wishes = {"draws": DRAWS, **wishes}
    sizes |= {"fixed": sizes["draws"] == 1}
    with mistakes.among():
        chosen = structures_of(case, names)
        shares = weights_of(chosen, case, weights)
    with mistakes.among():
        asked = ask(case, **sizes).to_be_judged()
        o = asked.options
        refuse_judgement(case, o.threshold, effect=o.effect, perspective=o.perspective)
    mistakes.tell()
    return asked, chosen, shares


def _run(
    asked: Asked,
    variant: Variant | None,
    name: str,
    known: Known,
    before: Sequence[Result],
    threads: int | None,
    tell: StageProgress,
) -> Result:
    """One combination, solved for by itself."""
    calibration = known.calibration(
        asked.told.case if asked.options.exact and asked.options.fixed else asked.case,
        fixed=asked.options.fixed,
        exact=asked.options.exact,
        threads=threads,
        progress=tell,
    )
    telling = of_stage(tell, name)
    how: dict[str, Any] = {"threads": threads, "progress": telling, "variant": variant, "known": before}
    return simulated(asked, calibration, **how, for_values=True)


__all__ = ["ALL_OF_THEM", "AVERAGE", "Averaged", "Structures", "averaged", "structure", "weighted_quantiles"]
