"""What a run found: valued on demand, so that a new price or perspective simulates nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from models.contract import AGE, ModelError, Pathway, check_one_of, parameter_names
from parameters import Draws
from simulate.breakeven import breakeven_rows
from simulate.case import Case
from simulate.engine.generators import GENERATORS
from simulate.engine.statistics import Statistics
from simulate.engine.tables import subgroup_levels
from simulate.evaluate import acceptability, frontier
from simulate.evaluate.bins import by_bin
from simulate.evaluate.calibration import Calibration
from simulate.evaluate.influence import by_influence
from simulate.evaluate.noise import NoiseCorrected, noise_correct
from simulate.evaluate.precision import mcse, mcse_of_draws, number_or_none, weighted_mean
from simulate.evaluate.valuation import Values, check_utilities, items_in
from simulate.evaluate.valuation import value as value_statistics
from simulate.shown import scaled_rows, shown_row

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

DRAWS, PEOPLE = 1024, 1000  # unless asked otherwise
SHORT_NAMES = {"splitmix": "splitmix64", "philox": "philox4x32-10"}


@dataclass(frozen=True)
class Options:
    """How a run was asked for."""

    draws: int
    people: int
    seed: int
    fixed: bool
    method: Literal["sobol", "random"]
    perspective: str | None
    effect: str | None
    rng: str = "splitmix64"
    subgroup: str | None = None
    by_year: bool = False
    ages: tuple[float, ...] = ()
    persons: bool = False  # keep the totals of every person
    cohort: str | None = None  # the file of people

    def checked(self, case: Case) -> Options:
        """The same with defaults filled in and names in full; ``ModelError`` on what is not allowed."""
        for name in ("draws", "people"):
            if getattr(self, name) < 1:
                raise ModelError(f"{name}: {getattr(self, name)}; need at least 1")
        if self.draws > 1 and self.people < 2:
            raise ModelError("people: 1; several draws need at least 2, or noise between people passes for uncertainty")
        if not 0 <= self.seed < 2**64:
            raise ModelError(f"seed: {self.seed}; allowed 0 to 2^64 - 1")
        rng = SHORT_NAMES.get(self.rng, self.rng)
        check_one_of(rng, GENERATORS, "rng")
        perspective = self.perspective or case.setting.perspective
        effect = self.effect or case.setting.effect
        case.problem.perspective(perspective)
        if case.problem.effect(effect).is_qaly and (self.effect is not None or case.problem.utilities):
            check_utilities(case.problem)
        subgroup_levels(case.problem.pathway, self.subgroup)
        self._check_ages(case)
        return replace(self, perspective=perspective, effect=effect, rng=rng)

    def _check_ages(self, case: Case) -> None:
        finite = all(math.isfinite(a) and a >= 0 for a in self.ages)
        if not finite or any(a >= b for a, b in pairwise(self.ages)):
            raise ModelError(f"ages: {', '.join(f'{a:g}' for a in self.ages)}; must rise, from 0 or more, in years")
        if self.ages and not any(c.name == AGE for c in case.problem.pathway.characteristics):
            raise ModelError(f"ages: pathway {case.problem.pathway.name} has no characteristic called age")

    def drawing(self) -> dict[str, Any]:
        """The options on which draws and random numbers depend, by name; those at their defaults left out."""
        chosen: dict[str, Any] = {"fixed": True} if self.fixed else {"draws": self.draws}
        chosen |= {"seed": self.seed, "method": self.method, "rng": self.rng, "cohort": self.cohort}
        usual = {"draws": DRAWS, "method": "sobol", "rng": "splitmix64", "cohort": None}
        return {name: value for name, value in chosen.items() if name not in usual or value != usual[name]}

    def words(self, more: Mapping[str, Any]) -> list[str]:
        """Those options, and `more`, as the command line takes them."""
        pairs = [
            (f"--{name}",) if value is True else (f"--{name}", str(value))
            for name, value in {**self.drawing(), **more}.items()
        ]
        return [word for pair in pairs for word in pair]


@dataclass(frozen=True, eq=False)
class Result:
    """Statistics, the draws behind them, and the economics that follow.

    Costs are GBP of 2023/24 per person, increments new minus comparator, and effects signed so that
    more is better.
    """

    case: Case
    options: Options
    drawn: Draws  # as sampled, in each record's own unit and price year
    draws: Draws  # with the calibrated engine parameters
    calibration: Calibration
    statistics: Statistics
    variants: Mapping[str, Result] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    # --- valuation ----------------------------------------------------------------------------

    def value(
        self,
        *,
        perspective: str | None = None,
        effect: str | None = None,
        prices: Mapping[str, float] | None = None,
    ) -> Result:
        """The same simulation valued otherwise; nothing is simulated.

        `prices` fixes unit costs, quantities or utilities by parameter name, each in its record's
        own unit and price year. A parameter the simulation itself uses is refused.
        """
        options = replace(self.options, perspective=perspective or self.options.perspective)
        options = replace(options, effect=effect or options.effect).checked(self.case)
        drawn, draws = self.drawn, self.draws
        for name, price in (prices or {}).items():
            self._must_be_a_price(name)
            refusal = self.case.parameters[name].refusal(float(price))
            if refusal is not None:
                raise ModelError(f"prices: {name}: {refusal}")
            column = np.full(len(draws.values), float(price))
            unit = draws.units[draws.names.index(name)]
            drawn, draws = drawn.with_column(name, column, unit), draws.with_column(name, column, unit)
        return replace(self, options=options, drawn=drawn, draws=draws)

    def _must_be_a_price(self, name: str) -> None:
        from simulate.evaluate.calibration import engine_names

        problem = self.case.problem
        valued = {*parameter_names((problem.costs, problem.utilities, problem.effects))}
        if name in valued and name not in engine_names(problem):
            return
        why = "it is used by the simulation: run again with it" if name in self.draws.names else "unknown name"
        raise ModelError(f"prices: {name!r} cannot be changed afterwards ({why}); allowed: {', '.join(sorted(valued))}")

    @cached_property
    def values(self) -> Values:
        """Costs and effects per draw, strategy and batch under the options' perspective and effect."""
        assert self.options.perspective is not None and self.options.effect is not None
        return value_statistics(
            self.case.problem, self.draws, self.statistics, self.options.perspective, self.options.effect
        )

    @cached_property
    def cost(self) -> Floats:
        """Mean cost per person, GBP, float64 [draws, strategies]."""
        return weighted_mean(self.values.cost, self.values.people)

    @cached_property
    def effect(self) -> Floats:
        """Mean effect per person, float64 [draws, strategies]."""
        return weighted_mean(self.values.effect, self.values.people)

    @property
    def strategies(self) -> tuple[str, ...]:
        """Strategy ids, comparator first."""
        return self.statistics.strategies

    @cached_property
    def thresholds(self) -> Floats:
        """The problem's willingness-to-pay values for the chosen effect, GBP per unit."""
        assert self.options.effect is not None
        known = self.case.problem.thresholds
        return np.array(known[self.options.effect] if self.options.effect in known else default_thresholds())

    @cached_property
    def corrected(self) -> NoiseCorrected:
        """The decision with person-level noise taken out, over the default thresholds."""
        return self.corrected_over(self.thresholds)

    @property
    def noise_is_known(self) -> bool:
        """Whether there are draws to correct and batches of people that tell how large their noise is."""
        return len(self.cost) > 1 and len(self.values.people) > 1

    def corrected_over(self, thresholds: Floats) -> NoiseCorrected:
        """The same over other thresholds, GBP per unit of effect."""
        varying = np.ptp(self.drawn.values, axis=0) > 0
        parameters = self.drawn.values[:, varying] if varying.any() else None
        return noise_correct(
            self.values.batch_values(),
            thresholds,
            parameters=parameters,
            people=self.values.people,
            replicate=self.replicate,
        )

    # --- tables -------------------------------------------------------------------------------

    def psa(self) -> pd.DataFrame:
        """One row a draw: ``cost_<strategy>`` (GBP), ``effect_<strategy>``, then every parameter in its own unit."""
        import pandas as pd

        columns: dict[str, Floats] = {f"cost_{s}": self.cost[:, i] for i, s in enumerate(self.strategies)}
        columns |= {f"effect_{s}": self.effect[:, i] for i, s in enumerate(self.strategies)}
        columns |= {name: self.draws.column(name) for name in self.draws.names}
        return pd.DataFrame(columns)

    def incremental(self) -> pd.DataFrame:
        """The fully incremental analysis (see ``evaluate.incremental_table``)."""
        return frontier.incremental_table(self.cost, self.effect, self.strategies)

    def ceac(self, thresholds: Sequence[float] | None = None) -> pd.DataFrame:
        """Per threshold: each strategy's probability of being best, naive and noise-corrected, and the optimal one."""
        import pandas as pd

        at = self.thresholds if thresholds is None else np.asarray(thresholds, dtype=np.float64)
        naive = acceptability.ceac(self.cost, self.effect, at)
        corrected = self._corrected_at(at)
        best = acceptability.ceaf(self.cost, self.effect, at).optimal
        frame: dict[str, Any] = {"threshold": at}
        frame |= {f"probability_{s}": naive[:, i] for i, s in enumerate(self.strategies)}
        frame |= {f"corrected_{s}": corrected[:, i] for i, s in enumerate(self.strategies)}
        frame["optimal"] = [self.strategies[i] for i in best]
        return pd.DataFrame(frame)

    def _corrected_at(self, at: Floats) -> Floats:
        if not self.noise_is_known:
            return np.full((len(at), len(self.strategies)), np.nan)
        return (self.corrected if at is self.thresholds else self.corrected_over(at)).ceac

    def evpi(self) -> pd.DataFrame:
        """Per threshold: naive and corrected expected value of perfect information, GBP per person, and its MCSE."""
        import pandas as pd

        naive = acceptability.evpi(self.cost, self.effect, self.thresholds)
        several = self.noise_is_known
        nothing = np.full(len(naive), np.nan)
        return pd.DataFrame(
            {
                "threshold": self.thresholds,
                "value": naive,
                "corrected": self.corrected.evpi if several else nothing,
                "mcse": self.corrected.evpi_se if several else nothing,
            }
        )

    def evppi(self, groups: Mapping[str, Sequence[str]] | None = None, threshold: float | None = None) -> pd.DataFrame:
        """Value of learning each group of parameters, by default each alone, GBP per person (see ``simulate.voi``)."""
        from simulate.voi import value_of_parameters

        return value_of_parameters(self, groups, threshold)

    def evsi(self, trial: str, sizes: Sequence[int], threshold: float | None = None) -> pd.DataFrame:
        """Value of a trial of n people an arm that counts "admissions", "detentions" or "costs", GBP per person."""
        from simulate.voi import value_of_trial

        return value_of_trial(self, trial, sizes, threshold)

    # --- subgroups and bins -------------------------------------------------------------------

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels of the characteristic that people were told apart by; none where they were not."""
        return () if self.options.subgroup is None else subgroup_levels(self._pathway, self.options.subgroup)

    def subgroup(self, level: str) -> Result:
        """The same for the people at one `level` of the subgroup, valued like any other; bins are not told.

        ``ModelError`` where people were not told apart, or nobody is at that level in some draw.
        """
        if self.options.subgroup is None:
            raise ModelError("people were not told apart; run with subgroup, the name of a characteristic with levels")
        check_one_of(level, self.levels, f"subgroup {self.options.subgroup}")
        if level not in self.statistics.subgroups:
            raise ModelError(
                f"subgroup {self.options.subgroup}: nobody is {level!r} in some draw; simulate more people"
            )
        variants = {name: other.subgroup(level) for name, other in self.variants.items()}
        options = replace(self.options, subgroup=None, by_year=False, ages=())
        return replace(self, options=options, statistics=self.statistics.subgroups[level], variants=variants)

    def subgroups(self) -> pd.DataFrame:
        """One row a level and strategy: mean people a draw, cost and effect, and increments against the comparator.

        Each with its 95% interval over draws and MCSE; empty where nobody is at a level in some draw.
        """
        import pandas as pd

        return pd.DataFrame([row for found in self._subgroup_rows() for row in _flat(found, self.strategies)])

    def by_year(self) -> pd.DataFrame:
        """Years at each level and events, per person who entered, by year since entry: see ``evaluate.bins``."""
        if not self.options.by_year:
            raise ModelError("years were not told apart; run with by_year")
        x = self.statistics
        edges = np.arange(x.year_time.shape[2] + 1.0)
        return by_bin(x, self._pathway, "year", x.year_time, x.year_count, [*edges[:-1], x.horizon], self.replicate)

    def by_age(self) -> pd.DataFrame:
        """The same by age band; what happened below the first band is left out."""
        if not self.options.ages:
            raise ModelError("ages were not told apart; run with ages, at which bands begin")
        x = self.statistics
        return by_bin(x, self._pathway, "band", x.age_time, x.age_count, [*x.ages, math.inf], self.replicate)

    @property
    def _pathway(self) -> Pathway:
        return self.case.problem.pathway

    # --- one person's averages ----------------------------------------------------------------

    def event_counts(self) -> dict[str, Floats]:
        """Mean undiscounted count per person of every event and group, each [draws, strategies]."""
        per_person = self.statistics.per_person(self.statistics.count[:, :, :, 0, :])
        pathway = self.case.problem.pathway
        names = [e.name for e in pathway.events] + [g.name for g in pathway.groups]
        found = {n: self.statistics.outcome_indices(pathway.resolve(n)) for n in names}
        return {n: np.asarray(per_person[:, :, columns].sum(axis=2)) for n, columns in found.items()}

    def ever(self) -> dict[str, Floats]:
        """Share of people with at least one of every event and group, each [draws, strategies]."""
        share = self.statistics.per_person(self.statistics.ever)
        return {name: share[:, :, i] for i, name in enumerate(self.statistics.trackers)}

    def bed_days(self) -> Floats:
        """Mean inpatient days per person, [draws, strategies]; NaN where the problem has no wards."""
        when = self.case.problem.bed_days
        if when is None:
            return np.full(self.cost.shape, np.nan)
        time = self.statistics.time[:, :, :, 0, :][..., self.statistics.state_indices(when.holds)]
        return np.asarray(self.statistics.per_person(time).sum(axis=2) * 365.25)

    def shown(self) -> list[dict[str, Any]]:
        """Published results beside ours, never fitted: label, unit, published and simulated by strategy."""
        return [shown_row(self, item) for item in self.case.setting.shown]

    def scaled(self) -> list[dict[str, Any]]:
        """Results for each scale of the problem, such as a ward-year: see ``simulate.shown``."""
        return [row for scale in self.case.problem.scales for row in scaled_rows(self, scale)]

    def breakeven(self) -> list[dict[str, Any]]:
        """Where strategies come to pay for themselves: see ``simulate.breakeven``."""
        return [row for b in self.case.problem.breakevens for row in breakeven_rows(self, b)]

    # --- the stable summary -------------------------------------------------------------------

    @cached_property
    def replicate(self) -> npt.NDArray[np.int64] | None:
        """The scramble each draw belongs to, [draws]; None where draws are independent or too few."""
        if self.options.method == "random" or len(self.cost) < 16:
            return None
        return self.drawn.replicate

    def _described(self, batches: Floats) -> dict[str, float | None]:
        """Mean, 95% interval over draws and MCSE of per-person batch means [draws, batches]."""
        draws = weighted_mean(batches, self.values.people)
        low, high = np.quantile(draws, [0.025, 0.975])
        error = float(mcse(batches, self.values.people, self.replicate))
        return {
            "mean": float(draws.mean()),
            "low": float(low),
            "high": float(high),
            "mcse": number_or_none(error),
        }

    def summary(self) -> dict[str, Any]:
        """Everything the command line prints as JSON; see the README for the fields."""
        from importlib.metadata import version

        return {
            "problem": self.case.problem.id,
            "setting": self.case.setting.name,
            "kind": self.case.problem.kind,
            "evidence": self.case.problem.evidence,
            "perspective": self.options.perspective,
            "effect": self.options.effect,
            "draws": len(self.cost),
            "people": self.options.people,
            "seed": self.options.seed,
            "version": version("recovery-cea"),
            "strategies": self._strategy_rows(),
            "incremental": self._incremental_rows(),
            "ceac": self._ceac_rows(),
            "evpi": _rows(self.evpi()),
            "assumed": self.assumed(),
            "calibrated": self._calibrated_rows(),
            "calibration_extended": self.calibration.unsolved(self.drawn),
            "shown": self.shown(),
            "scaled": self.scaled(),
            "breakeven": self.breakeven(),
            "beside": self._beside_rows(),
            "noise": self._noise_row(),
            "subgroups": self._subgroup_rows(),
        }

    def _strategy_rows(self) -> list[dict[str, Any]]:
        counts, ever, bed_days = self.event_counts(), self.ever(), self.bed_days()
        errors = self._errors()
        labels = {s.id: s.label for s in self.case.problem.strategies}
        return [
            {
                "id": s,
                "label": labels[s],
                "cost": self._described(self.values.cost[:, i]),
                "effect": self._described(self.values.effect[:, i]),
                "events": {name: float(v[:, i].mean()) for name, v in counts.items()},
                "ever": {name: float(v[:, i].mean()) for name, v in ever.items()},
                "bed_days": number_or_none(float(bed_days[:, i].mean())),
                "mcse": {name: _at(found, i) for name, found in errors.items()},
            }
            for i, s in enumerate(self.strategies)
        ]

    def _errors(self) -> dict[str, dict[str, Floats] | Floats]:
        """MCSE of every mean count and share, by name, and of bed-days, each [strategies]."""
        x, pathway = self.statistics, self.case.problem.pathway
        people = x.people[:, None]
        counts, shares = x.count[:, :, :, 0] / people, x.ever / people
        names = [e.name for e in pathway.events] + [g.name for g in pathway.groups]
        columns = {n: x.outcome_indices(pathway.resolve(n)) for n in names}
        when = self.case.problem.bed_days
        days = np.full(shares.shape[:3], np.nan)
        if when is not None:
            days = (x.time[:, :, :, 0][..., x.state_indices(when.holds)] / people).sum(axis=-1) * 365.25
        return {
            "events": {n: self._error(counts[..., c].sum(axis=-1)) for n, c in columns.items()},
            "ever": {n: self._error(shares[..., i]) for i, n in enumerate(x.trackers)},
            "bed_days": self._error(days),
        }

    def _error(self, batches: Floats) -> Floats:
        """MCSE of the mean of batch means [draws, strategies, batches], [strategies]."""
        return np.asarray(mcse(batches, self.values.people, self.replicate))

    def _incremental_rows(self) -> list[dict[str, Any]]:
        rows = []
        for c in frontier.versus(self.cost, self.effect, self.strategies):
            i = self.strategies.index(c.strategy)
            rows.append(
                {
                    "strategy": c.strategy,
                    "versus": c.versus,
                    "cost": self._described(self.values.cost[:, i] - self.values.cost[:, 0]),
                    "effect": self._described(self.values.effect[:, i] - self.values.effect[:, 0]),
                    "icer": c.icer,
                    "verdict": self._worded(c.verdict),
                    "p_cost_saving": c.p_cost_saving,
                }
            )
        return rows

    def _ceac_rows(self) -> list[dict[str, Any]]:
        frame = self.ceac()
        return [
            {
                "threshold": float(row["threshold"]),
                "probability": {s: float(row[f"probability_{s}"]) for s in self.strategies},
                "corrected": {s: number_or_none(row[f"corrected_{s}"]) for s in self.strategies},
                "optimal": row["optimal"],
            }
            for row in frame.to_dict("records")
        ]

    def _calibrated_rows(self) -> list[dict[str, Any]]:
        c = self.calibration
        return [
            {
                "parameter": t.unknown,
                "label": t.label,
                "unit": t.unit,
                "value": float(c.value[j]),
                "published": str(t.published),
                "target": float(c.published[j]),
                "achieved": float(c.achieved[j]),
                "map_error": number_or_none(c.error[j]),
            }
            for j, t in enumerate(c.targets)
        ]

    def _beside_rows(self) -> list[dict[str, Any]]:
        labels = {v.name: v.label for v in self.case.setting.variants}
        return [
            {"name": name, "label": labels[name], "incremental": other._incremental_rows()}
            for name, other in self.variants.items()
        ]

    def _subgroup_rows(self) -> list[dict[str, Any]]:
        """Cost, effect and increments by level; lists are empty where nobody is at a level in some draw."""
        rows: list[dict[str, Any]] = []
        for level in self.levels:
            row: dict[str, Any] = {"characteristic": self.options.subgroup, "level": level}
            if level not in self.statistics.subgroups:
                rows.append({**row, "people": None, "strategies": [], "incremental": []})
                continue
            mine = self.subgroup(level)
            told = [
                {"id": s, **{k: mine._described(v[:, i]) for k, v in mine._batches().items()}}
                for i, s in enumerate(self.strategies)
            ]
            people = float(mine.statistics.people.sum())
            rows.append({**row, "people": people, "strategies": told, "incremental": mine._incremental_rows()})
        return rows

    def _batches(self) -> dict[str, Floats]:
        return {"cost": self.values.cost, "effect": self.values.effect}

    def _noise_row(self) -> dict[str, Any]:
        if not self.noise_is_known:
            return {}
        c = self.corrected
        return {
            "share_of_variance": number_or_none(float(np.max(c.noise_share))),
            "p_flip": number_or_none(float(np.max(c.p_flip))),
            "method": c.method,
            "warnings": list(c.warnings),
        }

    def _worded(self, verdict: str) -> str:
        """The verdict, with "effect" for "health" where the effect measure is not QALYs."""
        assert self.options.effect is not None
        worth_health = self.case.problem.effect(self.options.effect).is_qaly
        return verdict if worth_health else verdict.replace("health", "effect")

    def assumed(self) -> list[str]:
        """Parameters carried without published evidence, most influential on the incremental cost first.

        Those that this perspective and effect cannot see come last, in the order of the problem. Where
        there are too few draws to tell, the setting's leading assumptions come first.
        """
        records, seen, leading = self.case.parameters, self._seen(), self.case.setting.leading
        drawn = sorted(self.drawn.names, key=lambda n: n not in leading)
        names = [n for n in drawn if n in records and records[n].status == "assumed"]
        mattering, others = [n for n in names if n in seen], [n for n in names if n not in seen]
        if len(self.cost) < 3 or not mattering:
            return mattering + others
        columns = np.stack([self.drawn.column(n) for n in mattering], axis=1)
        return [i.name for i in by_influence(mattering, columns, self.cost[:, -1] - self.cost[:, 0])] + others

    def _seen(self) -> set[str]:
        """Parameters that the simulation, the perspective's costs or the effect use."""
        assert self.options.perspective is not None and self.options.effect is not None
        problem = self.case.problem
        items = items_in(problem, self.options.perspective)
        measure = problem.effect(self.options.effect)
        worth = problem.utilities if measure.is_qaly else (measure,)
        return {*parameter_names((problem.pathway, problem.strategies, items, worth, self.case.setting.targets))}


def default_thresholds() -> tuple[float, ...]:
    """£0 to £50,000 a unit, for an effect without thresholds of its own."""
    return tuple(1000.0 * k for k in range(51))


def _at(found: dict[str, Floats] | Floats, i: int) -> dict[str, float | None] | float | None:
    """The figures of strategy `i`."""
    if isinstance(found, dict):
        return {name: number_or_none(float(v[i])) for name, v in found.items()}
    return number_or_none(float(found[i]))


def _flat(found: Mapping[str, Any], strategies: Sequence[str]) -> list[dict[str, Any]]:
    """A subgroup's part of the summary as rows of a table, one a strategy."""
    told = {row["id"]: row for row in found["strategies"]}
    against = {row["strategy"]: row for row in found["incremental"]}
    rows = []
    for s in strategies:
        row = {"characteristic": found["characteristic"], "level": found["level"], "people": found["people"]}
        row["strategy"] = s
        for prefix, source in (("", told.get(s, {})), ("incremental_", against.get(s, {}))):
            for name in ("cost", "effect"):
                row |= {f"{prefix}{name}_{k}": source.get(name, {}).get(k) for k in ("mean", "low", "high", "mcse")}
        row |= {k: against.get(s, {}).get(k) for k in ("icer", "verdict", "p_cost_saving")}
        rows.append(row)
    return rows


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): number_or_none(v) for k, v in row.items()} for row in frame.to_dict("records")]


__all__ = ["Options", "Result", "mcse_of_draws"]
