"""What a run found, valued on demand: a new price or perspective simulates nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from models.contract import EventCount, ModelError, Pathway, check_one_of
from models.states import subgroup_levels
from parameters import Draws
from parameters.arrays import Floats, read_only
from parameters.money.currencies import CURRENCIES, USUAL, signed
from parameters.money.willingness import given_grid, plain_grid
from simulate.ask.answerable import Withheld, unmeasured, withheld
from simulate.ask.asked import Asked
from simulate.ask.case import Case
from simulate.ask.options import Options, valued_as
from simulate.ask.reads import judged_names
from simulate.engine.statistics import Statistics
from simulate.evaluate.bins import by_bin
from simulate.evaluate.decision import acceptability, frontier
from simulate.evaluate.decision.equality import settled, settled_means
from simulate.evaluate.decision.table import Table
from simulate.evaluate.rare.expectation import with_rare_expected
from simulate.evaluate.rare.lacking import BUT_UNSEEN, Lacking
from simulate.evaluate.rare.search import Judged
from simulate.evaluate.sensitivity.influence import by_influence
from simulate.evaluate.uncertainty.noise_correction import Correction, NoiseCorrected, correction
from simulate.evaluate.uncertainty.precision import weighted_mean
from simulate.evaluate.uncertainty.told import can_be_told
from simulate.evaluate.valuation import Values, cost_batches
from simulate.evaluate.valuation import value as value_statistics
from simulate.process.shown import Finding
from simulate.solve.calibration import Calibration
from simulate.solve.given import at_prices

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Valued(Finding):
    """Statistics, the draws behind them, and their costs and effects.

    Costs are money of the model's own per person, increments new minus comparator, and effects signed so that
    more is better.
    """

    asked: Asked
    drawn: Draws  # as sampled, in each record's own unit and price year
    draws: Draws  # with the calibrated engine parameters
    calibration: Calibration
    statistics: Statistics
    variants: Mapping[str, Valued] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def case(self) -> Case:
        """What was simulated."""
        return self.asked.case

    @property
    def options(self) -> Options:
        """How it was asked for, complete."""
        return self.asked.options

    @cached_property
    def once(self) -> dict[str, Any]:
        """What was worked out of it and is asked for again, by name."""
        return {}

    # --- valuation ----------------------------------------------------------------------------

    def value(
        self,
        *,
        perspective: str | None = None,
        effect: str | None = None,
        prices: Mapping[str, float] | None = None,
    ) -> Self:
        """The same simulation valued otherwise, its variants with it; nothing is simulated.

        `prices` fixes unit costs, quantities or utilities by parameter name, each in its record's
        own unit and price year. A parameter the simulation itself uses is refused.
        """
        options = valued_as(self.options, self.case, perspective, effect)
        drawn, draws = at_prices(self.case, self.drawn, self.draws, {} if prices is None else prices)
        variants = _Changed(self.variants, lambda x: x.value(perspective=perspective, effect=effect, prices=prices))
        return replace(self, asked=Asked(self.case, options), drawn=drawn, draws=draws, variants=variants)

    def with_rare(self, statistics: Statistics) -> tuple[Statistics, frozenset[str]]:
        """`statistics` of these draws with rare priced events counted by expectation, and which these are."""
        problem = self.asked.delivered.problem
        priced = [i.basis for i in problem.costs if isinstance(i.basis, EventCount) and not i.by]
        whole = {basis.name for basis in priced if basis.counts_all}
        parts = {basis.name for basis in priced if not basis.counts_all}
        whole |= {e.averted for e in problem.effects if e.averted is not None}
        whole |= {u.event for u in problem.utilities if u.event is not None and not u.by}
        resolve = problem.pathway.resolve
        told_apart = {o for name in parts for o in resolve(name)}
        outcomes = sorted({o for name in whole for o in resolve(name)} - told_apart)
        return with_rare_expected(problem, self.draws, statistics, outcomes, self.options.people)

    @cached_property
    def _with_rare(self) -> tuple[Statistics, frozenset[str]]:
        return self.with_rare(self.statistics)

    @property
    def counted(self) -> Statistics:
        """The statistics with rare events that have a price counted by expectation (see ``evaluate.rare``)."""
        return self._with_rare[0]

    @property
    def expected(self) -> frozenset[str]:
        """Events and branches that costs and effects count by expectation."""
        return self._with_rare[1]

    @cached_property
    def judged(self) -> Judged:
        """The run and what it is judged by, as ``evaluate.rare`` reads them."""
        o = self.options
        return Judged(
            self.asked.delivered.problem, self.draws, self.statistics, o.perspective, o.effect, o.people, self.expected
        )

    @cached_property
    def lacking(self) -> Lacking:
        """What costs and effects may lack because nobody met it."""
        return Lacking.of(self.judged)

    @cached_property
    def values(self) -> Values:
        """Costs and effects per draw, strategy and batch under the options' perspective and effect."""
        return value_statistics(
            self.case.problem, self.draws, self.counted, self.options.perspective, self.options.effect
        )

    @cached_property
    def cost(self) -> Floats:
        """Mean cost per person, money, float64 [draws, strategies]; also where no quality of life is declared."""
        return read_only(settled(weighted_mean(self._cost_batches, self.statistics.people)))

    @property
    def _cost_batches(self) -> Floats:
        problem = self.case.problem
        if problem.utilities or not problem.effect(self.options.effect).is_qaly:
            return self.values.cost
        return cost_batches(problem, self.draws, self.counted, self.options.perspective)

    @cached_property
    def effect(self) -> Floats:
        """Mean effect per person, float64 [draws, strategies]."""
        return read_only(settled(weighted_mean(self.values.effect, self.values.people)))

    def numerical_error(self, of: Callable[[Self], Floats]) -> float | None:
        """By how much the mean of something may be off through the grid of time and the kinds of people told apart.

        None where people were simulated.
        """
        if self.statistics.grid_error is None:
            return None
        mean = float(of(self).mean())
        return sum(abs(float(of(other).mean()) - mean) for other in self._rougher)

    @cached_property
    def _rougher(self) -> tuple[Self, ...]:
        return tuple(replace(self, statistics=x, variants={}) for x in self.statistics.rougher.values())

    @property
    def strategies(self) -> tuple[str, ...]:
        """Strategy ids, comparator first."""
        return self.statistics.strategies

    @cached_property
    def withheld(self) -> Withheld:
        """What is not told of this result, and why."""
        return withheld(self.case, self.options)

    @cached_property
    def thresholds(self) -> Floats:
        """The problem's willingness-to-pay values for the chosen effect, money per unit."""
        if self.withheld.threshold:
            return read_only(np.zeros(1))
        known = self.options.thresholds or self.case.problem.thresholds.get(self.options.effect)
        grid = known or plain_grid(CURRENCIES[self.case.money.currency].step)
        asked = () if self.options.threshold is None else (self.options.threshold,)
        return read_only(np.unique(np.array([*grid, *asked], dtype=np.float64)))

    @property
    def assumes_thresholds(self) -> bool:
        """Whether they are nobody's, but a plain grid in a currency of which no usual range is known."""
        declared = self.case.problem.thresholds.get(self.options.effect) or self.withheld.threshold
        asked = self.options.thresholds or self.options.threshold is not None
        return not declared and not asked and self.case.money.currency != USUAL

    @cached_property
    def corrected(self) -> NoiseCorrected:
        """The decision with person-level noise taken out, over the default thresholds."""
        return self.corrected_over(self.thresholds)

    @property
    def noise_is_known(self) -> bool:
        """Whether there are draws to correct and batches of people that tell how large their noise is."""
        return len(self.cost) > 1 and len(self.values.people) > 1

    def corrected_over(self, thresholds: Floats) -> NoiseCorrected:
        """The same over other thresholds, money per unit of effect."""
        return self._correction.over(thresholds)

    @cached_property
    def _correction(self) -> Correction:
        varying = np.ptp(self.drawn.values, axis=0) > 0
        parameters = self.drawn.values[:, varying] if varying.any() else None
        return correction(self.values.batch_values(), parameters, people=self.values.people, replicate=self.replicate)

    # --- tables -------------------------------------------------------------------------------

    def psa(self) -> pd.DataFrame:
        """One row a draw: ``cost_<strategy>`` (money), ``effect_<strategy>``, then every parameter in its own unit."""
        return self.psa_table.frame()

    @cached_property
    def psa_table(self) -> Table:
        """``psa`` without pandas."""
        columns: dict[str, Floats] = {f"cost_{s}": self.cost[:, i] for i, s in enumerate(self.strategies)}
        columns |= {f"effect_{s}": self.effect[:, i] for i, s in enumerate(self.strategies)}
        columns |= {name: self.draws.column(name) for name in self.draws.names}
        return Table(columns)

    def incremental(self) -> pd.DataFrame:
        """The fully incremental analysis (see ``evaluate.incremental_table``), without ratios of mere noise.

        A status that what nobody met could turn says so.
        """
        return self.incremental_table.frame()

    @cached_property
    def incremental_table(self) -> Table:
        """``incremental`` without pandas."""
        found = dict(frontier.incremental_columns(self.cost, self.effect, self.strategies).columns)
        strategies: list[str] = found["strategy"]
        previous: str | None = None
        for k, (strategy, place) in enumerate(zip(strategies, found["status"], strict=True)):
            if place in ("reference", "on frontier"):
                if previous is not None and not self._both_told(strategy, previous):
                    found["icer"][k] = np.nan
                previous = strategy
        if self.withheld.icer:
            found["icer"][:] = np.nan
        for name in ("icer", "p_cost_saving"):
            found[name][[s in self.withheld.strategies for s in strategies]] = np.nan
        found["status"] = [place + self._but(s) for place, s in zip(found["status"], strategies, strict=True)]
        return Table(found)

    def _but(self, strategy: str) -> str:
        """What is to be added of a strategy's place, where what nobody met could turn it against any other."""
        lacking, cost, effect = self.lacking, settled_means(self.cost), settled_means(self.effect)
        i = self.strategies.index(strategy)
        pairs = [((strategy, s), cost[i] - cost[j], effect[i] - effect[j]) for j, s in enumerate(self.strategies)]
        return BUT_UNSEEN if any(lacking.that_turn(*pair) for pair in pairs if pair[0][1] != strategy) else ""

    def _both_told(self, new: str, old: str) -> bool:
        """Whether two strategies' differences in cost and in effect can both be told from 0."""
        i, j = self.strategies.index(new), self.strategies.index(old)
        increments = (x[:, i] - x[:, j] for x in (self.values.cost, self.values.effect))
        return all(can_be_told(x, self.values.people, self.replicate) for x in increments)

    def ceac(self, thresholds: Sequence[float] | Floats | None = None) -> pd.DataFrame:
        """Per threshold: each strategy's probability of being best, naive and noise-corrected, and the optimal one.

        Empty where nobody measured what they rest on. ``ModelError`` for a threshold that the effect has not.
        """
        return (self.ceac_table if thresholds is None else self._ceac_at(self.thresholds_of(thresholds))).frame()

    @cached_property
    def ceac_table(self) -> Table:
        """``ceac`` without pandas."""
        return self._ceac_at(self.thresholds)

    def _ceac_at(self, at: Floats) -> Table:
        naive = acceptability.ceac(self.cost, self.effect, at)
        corrected = self.over(at).ceac if self.noise_is_known else np.full(naive.shape, np.nan)
        best = acceptability.ceaf(self.cost, self.effect, at).optimal
        columns: dict[str, Any] = {"threshold": at}
        columns |= {f"probability_{s}": naive[:, i] for i, s in enumerate(self.strategies)}
        columns |= {f"corrected_{s}": corrected[:, i] for i, s in enumerate(self.strategies)}
        columns["optimal"] = [self.strategies[i] for i in best]
        if self.withheld.probability:
            nothing = dict.fromkeys(list(columns)[1:-1], np.full(len(at), np.nan))
            columns = {**columns, **nothing, "optimal": [None] * len(at)}
        return Table(columns)

    def refuse_threshold(self, threshold: float) -> None:
        """Raise ``ModelError`` for a willingness to pay for an effect that is worth nothing beside its cost."""
        if threshold > 0 and self.withheld.threshold:
            nothing = signed(self.case.money.sign, "0")
            raise ModelError(f"threshold: {threshold:g}; only {nothing} is allowed: {self.withheld.threshold}")

    def thresholds_of(self, thresholds: Sequence[float] | Floats) -> Floats:
        """Thresholds asked about, [thresholds]; ``ModelError`` for none, what is no price, and what is refused."""
        at = np.array(given_grid(thresholds))
        self.refuse_threshold(float(at.max()))
        return at

    def over(self, at: Floats) -> NoiseCorrected:
        """``corrected_over`` these thresholds; the usual ones are worked out once."""
        return self.corrected if at is self.thresholds else self.corrected_over(at)

    def evpi(self, thresholds: Sequence[float] | Floats | None = None) -> pd.DataFrame:
        """Per threshold: naive and corrected expected value of perfect information, money per person, and its MCSE.

        Empty where it is not told (``withheld``). ``ModelError`` for a threshold that the effect has not.
        """
        return (self.evpi_table if thresholds is None else self._evpi_at(self.thresholds_of(thresholds))).frame()

    @cached_property
    def evpi_table(self) -> Table:
        """``evpi`` without pandas."""
        return self._evpi_at(self.thresholds)

    def _evpi_at(self, at: Floats) -> Table:
        told, nothing = not self.withheld.evpi, np.full(len(at), np.nan)
        naive = acceptability.evpi(self.cost, self.effect, at) if told else nothing
        found = self.over(at) if told and self.noise_is_known else None
        corrected, mcse = (nothing, nothing) if found is None else (found.evpi, found.evpi_se)
        return Table({"threshold": at, "value": naive, "corrected": corrected, "mcse": mcse})

    # --- subgroups and bins -------------------------------------------------------------------

    @property
    def subgroup_levels(self) -> tuple[str, ...]:
        """Levels of the characteristic that people were told apart by; none where they were not."""
        return () if self.options.subgroup is None else subgroup_levels(self._pathway, self.options.subgroup)

    def subgroup(self, level: str) -> Self:
        """The same for the people at one `level` of the subgroup, valued like any other; bins are not told.

        ``ModelError`` where people were not told apart, or nobody is at that level in some draw.
        """
        if self.options.subgroup is None:
            raise ModelError("people were not told apart; run with subgroup, the name of a characteristic with levels")
        check_one_of(level, self.subgroup_levels, f"subgroup {self.options.subgroup}")
        if level not in self.statistics.subgroups:
            raise ModelError(
                f"subgroup {self.options.subgroup}: nobody is {level!r} in some draw; simulate more people"
            )
        variants = _Changed(self.variants, lambda other: other.subgroup(level))
        asked = self.asked.but(subgroup=None, by_year=False, ages=())
        return replace(self, asked=asked, statistics=self.statistics.subgroups[level], variants=variants)

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

    # --- how sure ------------------------------------------------------------------------------

    @cached_property
    def replicate(self) -> npt.NDArray[np.int64] | None:
        """The scramble each draw belongs to, [draws]; None where draws are independent or too few."""
        if self.options.method == "random" or len(self.cost) < 16:
            return None
        return self.drawn.replicate

    def assumed(self) -> list[str]:
        """Parameters carried without published evidence: what nobody measured, then by influence on incremental cost.

        Those that this perspective and effect cannot see come last, in the order of the problem. Where
        there are too few draws to tell, the setting's leading assumptions come first.
        """
        records, seen, leading = self.case.parameters, self.seen(), self.case.setting.leading
        drawn = sorted(self.drawn.names, key=lambda n: n not in leading)
        names = [n for n in drawn if n in records and records[n].status == "assumed"]
        mattering, others = [n for n in names if n in seen], [n for n in names if n not in seen]
        if len(self.cost) < 3 or not mattering:
            return mattering + others
        guessed = {n for s in self.case.problem.strategies for n in unmeasured(self.case, self.options, s)}
        unknown = [n for n in mattering if n in guessed]
        mattering = [n for n in mattering if n not in unknown]
        if not mattering:
            return unknown + others
        columns = np.stack([self.drawn.column(n) for n in mattering], axis=1)
        share: dict[str, float] = dict.fromkeys(mattering, 0.0)
        for k in range(1, len(self.strategies)):
            for name, found in by_influence(mattering, columns, self.cost[:, k] - self.cost[:, 0]):
                share[name] = max(share[name], found)
        return unknown + sorted(mattering, key=lambda n: -share[n]) + others

    def seen(self) -> set[str]:
        """Parameters that the simulation, the perspective's costs or the effect use."""
        problem = self.case.problem
        items = problem.counted(self.options.perspective)
        return judged_names(problem, self.case.setting, items, problem.effect(self.options.effect))


class _Changed(Mapping[str, Valued]):
    """Other results, each changed only when it is asked for: what it takes may have to be found again."""

    def __init__(self, of: Mapping[str, Valued], change: Callable[[Valued], Valued]):
        self._of, self._change = of, change

    def __getitem__(self, name: str) -> Valued:
        return self._change(self._of[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._of)

    def __len__(self) -> int:
        return len(self._of)
