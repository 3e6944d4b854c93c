"""What adopting a strategy does to budgets, from a result: by year and payer, per pound spent, and by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models.contract import Component, ModelError, Strategy
from parameters.arrays import Floats
from parameters.ground.brief import Brief
from parameters.mistakes import Mistakes
from parameters.units import NOT_NEGATIVE, SHARE
from simulate.analyse.timeline import Timeline, timeline, undated
from simulate.engine.progress import Progress
from simulate.evaluate.decision.acceptability import benefit_at
from simulate.evaluate.impact.budget import (
    Column,
    Gain,
    Payback,
    budget_impact,
    paid_back,
    payback,
    payer_name,
    value_of_implementation,
)
from simulate.evaluate.uncertainty.told import share_of_people
from simulate.process.shown import Finding
from simulate.result.judgement import chosen_threshold, only_new_strategy, refuse_judgement, unseen_names, why_default
from simulate.result.payers import by_payer, columns_of, is_counted, returns
from simulate.result.plain import rows_of
from simulate.result.result import Result
from simulate.running.running import simulate_draws

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Population(Brief):
    """For whom a budget is reckoned: an open cohort."""

    per_year: float  # people who become eligible in each calendar year, evenly through it
    uptake: tuple[float, ...]  # of those who enter in each calendar year, the share that gets the new strategy
    prevalent: float = 0.0  # people eligible at the start, entering on the first day with the first year's uptake

    def __post_init__(self) -> None:
        mistakes = Mistakes()
        with mistakes.among():
            wrong = [f"uptake of year {i}: {u:g}" for i, u in enumerate(self.uptake, 1) if SHARE.refusal(u) is not None]
            if wrong or not self.uptake:
                raise ModelError(f"{'; '.join(wrong) or 'uptake: none'}; allowed: a share from 0 to 1 for each year")
        with mistakes.among():
            numbers = (self.per_year, self.prevalent)
            if any(NOT_NEGATIVE.refusal(n) is not None for n in numbers) or not any(numbers):
                raise ModelError(f"population: {numbers[0]:g} a year, {numbers[1]:g} at the start; allowed: somebody")
        mistakes.tell()


@dataclass(frozen=True)
class Today:
    """How a strategy is delivered today; None: as the model has it."""

    uptake: float | None = None
    fidelity: float | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Impact(Brief, Finding):
    """What ``recovery-cea impact`` tells of a result."""

    result: Result
    strategy: str
    cohort: Population
    payers: tuple[str, ...]  # and their transfers apart
    counted: tuple[bool, ...]  # those that the result's perspective counts
    budget: pd.DataFrame  # see ``evaluate.budget_impact``
    returns: pd.DataFrame  # see ``evaluate.return_on_investment``
    unknown_cashable: tuple[str, ...]  # items of whose saving the cashable share was not given
    months: pd.DataFrame  # month, cumulative net saving per person: mean, low, high; shares of draws with 0 or more by
    # then (``p_even_or_saved``), and with 0 or more from then on (``p_paid_back``)
    payback: Payback | None
    undated: tuple[str, ...]  # savings without a time of their own, which make payback meaningless
    gains: Mapping[str, Gain]  # from better implementation; none where not asked
    threshold: float | None
    today: Today | None
    by_people: float | None  # share of the variance of the difference in cost that is chance between simulated people

    @property
    def years(self) -> float:
        """Follow-up of each person."""
        return self.result.statistics.horizon

    def summary(self) -> dict[str, Any]:
        """Everything as plain data."""
        options, p = self.result.options, self.payback
        return {
            "problem": self.result.case.problem.id,
            "setting": self.result.case.setting.name,
            "strategy": self.strategy,
            "comparator": self.result.strategies[0],
            "sign": "impacts and delivery costs are new minus comparator; savings are comparator minus new",
            "perspective": options.perspective,
            "discounting": "none",
            "draws": len(self.result.cost),
            "people": options.people,
            "seed": options.seed,
            "by_people": self.by_people,
            "follow_up_years": self.years,
            "cohort": {"per_year": self.cohort.per_year, "prevalent": self.cohort.prevalent},
            "uptake": list(self.cohort.uptake),
            "budget": rows_of(self.budget),
            "returns": rows_of(self.returns),
            "cashable_not_given": list(self.unknown_cashable),
            "payback": None if p is None else {"month": p.month, "within": p.within, "probability": p.probability},
            "savings_without_time": list(self.undated),
            "months": rows_of(self.months),
            "implementation": {k: vars(g) for k, g in self.gains.items()},
            "threshold": self.threshold if self.gains else None,
            "unseen": unseen_names(self.result),
            "threshold_chosen": None if not self.gains else why_default(self.result),
        }


def impact(
    result: Result,
    cohort: Population,
    *,
    strategy: str | None = None,
    cashable: Mapping[str, float] | None = None,
    today: Today | None = None,
    threshold: float | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Impact:
    """Budget impact, return on investment and payback of a strategy; with `today`, the value of delivering it in full.

    `cashable` gives shares of cost items' savings that free money, by name, those not named under ``others``. The same
    people are followed again up to each of several months (see ``analyse.timeline``). ``ModelError`` for what is not
    allowed.
    """
    refuse_judgement(result.case, threshold)
    chosen = only_new_strategy(result, strategy)
    returned, unknown = returns(result, strategy=chosen, cashable=cashable)
    gains, at = {}, chosen_threshold(result, threshold)
    if today is not None:
        gains = implementation(result, chosen, today, at, people=cohort.per_year, threads=threads)
    line = timeline(result, threads=threads, progress=progress)
    columns = columns_of(line.items)
    payers = tuple(payer_name(c) for c in columns)
    counted = tuple(is_counted(result, c) for c in columns)
    new = result.strategies.index(chosen)
    budget = budget_impact(
        by_payer(line.cost, line.items, columns),
        line.months,
        np.full(len(cohort.uptake), cohort.per_year),
        np.array(cohort.uptake),
        payers=payers,
        counted=counted,
        prevalent=cohort.prevalent,
        new=new,
    )
    saving = _net_saving(line, columns, counted, new)
    without_time = tuple(undated(result.case.problem))
    found = Impact(
        result,
        chosen,
        cohort,
        payers,
        counted,
        budget,
        returned,
        unknown,
        _monthly(saving, line.months),
        None if without_time else payback(saving, line.months),
        without_time,
        gains,
        at,
        today,
        share_of_people(result.cost_in_batches[:, new] - result.cost_in_batches[:, 0], result.statistics.people),
    )
    return _without_chances(found) if chosen in result.withheld.strategies else found


def _without_chances(found: Impact) -> Impact:
    """The same without probabilities, where the strategy rests on what nobody measured."""
    paid = None if found.payback is None else replace(found.payback, probability=None)
    months = found.months.assign(p_even_or_saved=np.nan, p_paid_back=np.nan)
    gains = {name: replace(gain, probability=None) for name, gain in found.gains.items()}
    return replace(found, returns=found.returns.assign(p_net_saving=np.nan), months=months, payback=paid, gains=gains)


def _net_saving(line: Timeline, columns: Sequence[Column], counted: Sequence[bool], new: int) -> Floats:
    """Cumulative saving of the payers counted, comparator minus new, money per person, [draws, times]."""
    cost = by_payer(line.cost, line.items, columns)[..., list(np.flatnonzero(counted))].sum(axis=-1)
    return np.asarray(cost[:, 0] - cost[:, new])


def _monthly(saving: Floats, months: Floats) -> pd.DataFrame:
    import pandas as pd

    low, high = np.quantile(saving, [0.025, 0.975], axis=0)
    even = (saving >= 0).mean(axis=0)
    columns = {"month": months, "mean": saving.mean(axis=0), "low": low, "high": high}
    return pd.DataFrame({**columns, "p_even_or_saved": even, "p_paid_back": paid_back(saving, months)})


def implementation(
    result: Result, strategy: str, today: Today, threshold: float, *, people: float = 1.0, threads: int | None = None
) -> dict[str, Gain]:
    """What delivering a strategy in full is worth against today's uptake and fidelity: both, and each alone.

    Simulated again with the same people and draws, and the same solved ratios: the effect in the model is taken to be
    that of full delivery. Delivery is paid for by uptake, whatever the fidelity.
    """
    _refuse_today(result, strategy, today)
    full = Today(1.0, 1.0)
    best = {
        "uptake and fidelity": full,
        "uptake alone": replace(today, uptake=1.0),
        "fidelity alone": replace(today, fidelity=1.0),
    }
    now = net_benefit_so_delivered(result, strategy, today, threshold, threads)
    return {
        name: value_of_implementation(now, net_benefit_so_delivered(result, strategy, how, threshold, threads), people)
        for name, how in best.items()
    }


def _refuse_today(result: Result, strategy: str, today: Today) -> None:
    if result.options.implementation != 1.0:
        raise ModelError(
            f"today's delivery: the run has implementation {result.options.implementation:g} already; run without it"
        )
    for name in ("uptake", "fidelity"):
        value = getattr(today, name)
        if value is not None and SHARE.refusal(value) is not None:
            raise ModelError(f"today's {name}: {value:g}; allowed: a share from 0 to 1")
    declared = next(s for s in result.case.problem.strategies if s.id == strategy)
    if declared.given:
        raise ModelError(f"{strategy} gives {', '.join(declared.given)} for everybody, which no delivery scales")
    full = all(c.uptake == c.fidelity == 1.0 for c in declared.components)
    if full and today == Today():
        raise ModelError(f"{strategy} is delivered in full in the model; give today's, such as uptake=0.4,fidelity=0.7")


def net_benefit_so_delivered(
    result: Result, strategy: str, how: Today, threshold: float, threads: int | None
) -> Floats:
    """Of a strategy so delivered, money per person, [draws]."""
    problem = result.case.problem
    strategies = tuple(_delivered(s, how) if s.id == strategy else s for s in problem.strategies)
    case = replace(result.case, problem=replace(problem, strategies=strategies))
    asked = result.asked.of(case).plain()
    again = replace(result, asked=asked, statistics=simulate_draws(asked, result.draws, threads=threads))
    new = again.strategies.index(strategy)
    return benefit_at(threshold, again.cost[:, new], again.effect[:, new])


def _delivered(strategy: Strategy, how: Today) -> Strategy:
    offered = any(c.scalable for c in strategy.components)  # beside which what is spent on the offer stays

    def changed(component: Component) -> Component:
        given = {n: getattr(how, n) for n in ("uptake", "fidelity") if getattr(how, n) is not None}
        if offered and not component.scalable:
            given.pop("uptake", None)
        return replace(component, **given)

    return replace(strategy, components=tuple(changed(c) for c in strategy.components))
