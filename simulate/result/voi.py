"""What it would be worth to learn more, from a result: some parameters (EVPPI), or a trial's data (EVSI, ENBS).

Net benefit is that of the noise-corrected draws, so that chance between simulated people is not taken for
something to learn. Each value is also estimated from the draws as they are: it stands beside as ``naive``, and
the standard error is the larger of the two, since a correction makes draws smoother than they are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.contract import ModelError, check_distinct, check_one_of
from models.economics import REFERENCE_DISCOUNT
from parameters.arrays import Floats
from parameters.coefficients.normal import Coefficient
from parameters.ground.brief import Brief
from parameters.money.currencies import signed
from parameters.units import NOT_NEGATIVE, in_plural, number_of
from simulate.ask.changes import changes_of
from simulate.engine.arithmetic.one_thread import on_one_thread
from simulate.engine.progress import StageProgress, silent
from simulate.evaluate.decision.acceptability import benefit_at
from simulate.evaluate.decision.equality import best
from simulate.evaluate.information.partial import Groups, evppi_of_several, named_groups
from simulate.evaluate.information.sample import (
    SummaryStatistic,
    TrialOfMeans,
    TrialOfShares,
    enbs,
    evsi_of_several,
    people_later,
)
from simulate.evaluate.uncertainty.extrapolation import with_evpi
from simulate.evaluate.uncertainty.noise_correction import noise_correct
from simulate.process.shown import Finding
from simulate.result.judgement import best_new_strategy, default_threshold, unseen_names, why_default
from simulate.result.plain import rows_of
from simulate.result.valued import Valued

if TYPE_CHECKING:
    import pandas as pd


COSTS = "costs"  # a trial of these; another counts people with an event or a group of events, in the plural
REPEATS = 8  # data sets simulated for each draw, fewer where
MOST_REPEATED = 8192  # would be more than needed to average out their chance
SIZES = (25, 50, 100, 200, 400, 800, 1600)
MOST_SHOWN = 15  # parameters or groups, in figures and on a terminal
NEXT_TO_NOTHING = 0.01  # of the greatest value
ALL = "all parameters"


@dataclass(frozen=True, eq=False, repr=False)
class Benefit(Brief):
    """Net benefit of every draw and strategy at one threshold, money per person."""

    threshold: float
    corrected: Floats  # [draw, strategy], increments against the first strategy, person-level noise taken out
    naive: Floats  # [draw, strategy], as simulated
    noise_share: float  # of the variance of incremental net benefit, the greatest of any strategy
    evpi: float
    evpi_se: float
    evpi_naive: float
    degrees: int  # of freedom of its standard error
    warnings: tuple[str, ...]  # what to doubt of the correction


@dataclass(frozen=True, eq=False, repr=False)
class ProposedTrial(Brief):
    """A two-arm trial of the comparator against `strategy`, ready for ``evaluate.evsi``."""

    name: str
    strategy: str
    statistic: SummaryStatistic
    truth: pd.DataFrame  # [draws, 2], the true share or mean of each arm, noise taken out
    words: str


def benefit(result: Valued, threshold: float | None = None) -> Benefit:
    """Net benefit at `threshold`, noise-corrected and as simulated. ``ModelError`` where there is but one draw."""
    at = default_threshold(result) if threshold is None else float(threshold)
    if NOT_NEGATIVE.refusal(at) is not None:
        raise ModelError(f"threshold: {threshold}; allowed: a finite number, 0 or more")
    result.refuse_threshold(at)
    if result.withheld.evpi:
        raise ModelError(f"value of information: not answerable: {result.withheld.evpi}")
    if not result.noise_is_known:
        raise ModelError("a result of one draw, or of one batch of people, has no uncertainty to learn about")
    found = result.corrected_over(np.array([at]))
    naive = benefit_at(at, result.cost, result.effect)
    return Benefit(
        at,
        with_evpi(benefit_at(at, found.cost, found.effect), float(found.evpi[0])),  # so that its parts add up to it
        naive,
        float(found.noise_share[0].max()),
        float(found.evpi[0]),
        float(found.evpi_se[0]),
        float(found.evpi_naive[0]),
        found.degrees,
        found.warnings,
    )


def value_of_parameters(
    result: Valued,
    groups: Groups | None = None,
    threshold: float | None = None,
    *,
    given: Benefit | None = None,
) -> pd.DataFrame:
    """One row a group, most valuable first: ``group``, ``evppi``, ``se``, ``naive``, ``method``; money per person.

    By default every uncertain parameter by itself, but the coefficients of one regression together, under its record's
    name (by which `groups` may name them too). What no cost and effect of this result reads is worth nothing. The first
    row is all parameters together: the EVPI.
    ``ModelError`` for a group that is empty or names what was not drawn.
    """
    import pandas as pd

    known = benefit(result, threshold) if given is None else given
    columns = _uncertain(result)
    fits = _regressions(result)
    wanted = _by_default(columns, fits) if groups is None else _written_out(named_groups(groups), fits)
    _refuse_groups(wanted, result)
    seen = result.seen()  # a chance likeness to what no cost and effect here reads is worth nothing
    uncertain = {g: [n for n in names if n in columns] for g, names in wanted.items()}
    read = {g: [n for n in names if n in seen] for g, names in uncertain.items()}
    varying = {g: names for g, names in read.items() if names}
    both = evppi_of_several((known.corrected, known.naive), columns, varying)
    found, naive = (frame.set_index("group") for frame in both)
    errors = np.maximum(found["se"], naive["se"])
    rows = list(zip(found.index, found["evppi"], errors, naive["evppi"], found["method"], strict=True))
    rows += [(g, 0.0, 0.0, 0.0, "not read" if uncertain[g] else "certain") for g in wanted if g not in varying]
    rows.sort(key=lambda row: -float(row[1]))
    everything = (ALL, known.evpi, known.evpi_se, known.evpi_naive, "EVPI")
    return pd.DataFrame([everything, *rows], columns=["group", "evppi", "se", "naive", "method"])


def _regressions(result: Valued) -> dict[str, list[str]]:
    """Coefficients that were drawn, by the record of the regression that they belong to."""
    found: dict[str, list[str]] = {}
    for name in result.drawn.names:
        record = result.case.parameters.get(name)
        if record is not None and isinstance(record.distribution, Coefficient) and record.belongs_to is not None:
            found.setdefault(record.belongs_to, []).append(name)
    return found


def _by_default(columns: pd.DataFrame, fits: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Every uncertain parameter by itself, those of a regression together where the first of them stands."""
    of = {name: fit for fit, names in fits.items() for name in names}
    labels = dict.fromkeys(of.get(str(n), str(n)) for n in columns)
    return {label: [n for n in fits.get(label, [label]) if n in columns] for label in labels}


def _written_out(groups: Mapping[str, Sequence[str]], fits: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Groups with all its coefficients for the name of a regression."""
    return {label: [n for name in names for n in fits.get(name, [name])] for label, names in groups.items()}


def worth_showing(parameters: pd.DataFrame) -> pd.DataFrame:
    """All parameters together, and of more than ``MOST_SHOWN`` groups the first that are not next to nothing.

    Where none is worth anything, simply the first.
    """
    if len(parameters) <= 1 + MOST_SHOWN:
        return parameters
    reach = np.maximum(parameters["evppi"] + 2 * parameters["se"], parameters["naive"])
    kept = (reach >= NEXT_TO_NOTHING * reach.max()).to_numpy().nonzero()[0]
    shown: pd.DataFrame = parameters.iloc[kept[: 1 + MOST_SHOWN]].reset_index(drop=True)
    return shown


def _uncertain(result: Valued) -> pd.DataFrame:
    """Sampled parameters that vary, each in its own unit, [draws, names]."""
    import pandas as pd

    drawn, rows = result.drawn, range(len(result.drawn.values))
    return pd.DataFrame({n: drawn.column(n) for n in drawn.names if np.ptp(drawn.column(n)) > 0}, index=rows)


def _refuse_groups(groups: Mapping[str, Sequence[str]], result: Valued) -> None:
    for label, names in groups.items():
        if not names or label == ALL:
            raise ModelError(f"groups: {label!r} is {'empty' if not names else 'kept for the EVPI'}")
        for name in names:
            check_one_of(name, result.drawn.names, f"groups {label!r}")
        check_distinct(list(names), f"groups {label!r}")
        if len(names) >= len(result.drawn.values):
            draws = len(result.drawn.values)
            told = f"{number_of(len(names), 'parameter')} in {number_of(draws, 'draw')}"
            raise ModelError(f"groups {label!r}: {told}; need more draws than that")


# --- trials -----------------------------------------------------------------------------------------


def value_of_trial(
    result: Valued,
    trial: str | ProposedTrial,
    sizes: Sequence[int] = SIZES,
    threshold: float | None = None,
    *,
    strategy: str | None = None,
    seed: int = 1,
    given: Benefit | None = None,
) -> pd.DataFrame:
    """One row a size: ``n`` (people an arm), ``evsi``, ``se``, ``naive``, ``method``; money per person decided for.

    `trial` is one of ``trials_of`` or from ``design``, its follow-up the setting's horizon; `strategy` (by default
    the best on expectation, the comparator apart) is its new arm. ``ModelError`` for what is not known.
    """
    known = benefit(result, threshold) if given is None else given
    if not sizes or any(n < 1 for n in sizes):
        raise ModelError(f"sizes: {list(sizes)}; allowed: numbers of people an arm, 1 or more")
    chosen = design(result, trial, best_new(result, strategy, known)) if isinstance(trial, str) else trial
    repeats = max(1, min(REPEATS, MOST_REPEATED // len(known.naive)))
    found, naive = evsi_of_several(
        (known.corrected, known.naive), chosen.truth, chosen.statistic, sorted(set(sizes)), seed=seed, repeats=repeats
    )
    found["se"] = np.maximum(found["se"], naive["se"])
    found.insert(3, "naive", naive["evsi"])
    return found


def best_new(result: Valued, strategy: str | None, known: Benefit) -> str:
    """The strategy asked for, or the one other than the comparator with the greatest expected net benefit."""
    return best_new_strategy(result, strategy, known.corrected.mean(axis=0))


def design(result: Valued, trial: str, strategy: str) -> ProposedTrial:
    """A ready-made trial: what it measures in each arm, and the truth about that in every draw."""
    import pandas as pd

    counted = trials_of(result)
    check_one_of(trial, [*counted, COSTS], "trial")
    check_one_of(strategy, result.strategies[1:], "strategy")
    arms = [0, result.strategies.index(strategy)]
    if trial == COSTS:
        batches = result.values.cost[:, arms]
        sd = _sd_between_people(batches, result.values.people)
        if sd <= 1e-9 * float(np.abs(batches).max()):
            raise ModelError("trial 'costs': people do not differ here, so no size of a trial can be told from another")
        means = _levels(result, batches)
        truth = pd.DataFrame({"control": means[:, 0], "treatment": means[:, 1]})
        spread = signed(result.case.money.sign, f"{sd:,.0f}")
        words = f"mean cost per person in each arm, SD between people {spread} as simulated"
        return ProposedTrial(trial, strategy, TrialOfMeans("control", "treatment", sd), truth, words)
    x, name = result.statistics, counted[trial]
    shares = np.clip(_levels(result, x.ever[..., x.trackers.index(name)][:, arms] / x.people), 0.0, 1.0)
    truth = pd.DataFrame({"control": shares[:, 0], "treatment": shares[:, 1]})
    words = f"people with at least one {name} in each arm"
    return ProposedTrial(trial, strategy, TrialOfShares("control", "treatment"), truth, words)


def trials_of(result: Valued) -> dict[str, str]:
    """What a ready-made trial may count, in the plural, and the event or group of which it counts people with any."""
    return {in_plural(name): name for name in result.statistics.trackers}


def _levels(result: Valued, batches: Floats) -> Floats:
    """Means of each arm [draws, arms] from batch means [draws, arms, batches], person-level noise taken out.

    The correction is of increments: here against an arm in which nothing happens.
    """
    values = np.zeros((len(batches), batches.shape[2], 1 + batches.shape[1], 2))
    values[:, :, 1:, 1] = np.swapaxes(batches, 1, 2)
    columns = _uncertain(result).to_numpy()
    parameters = columns if columns.shape[1] else None
    people = result.values.people
    return noise_correct(values, [1.0], parameters, people=people, replicate=result.replicate).effect[:, 1:]


def _sd_between_people(batches: Floats, people: Floats) -> float:
    """Of one person about the mean of the draw: root mean square over arms and draws of batch means [..., batches]."""
    weight = people / people.sum()
    centred = batches - (batches * weight).sum(axis=-1, keepdims=True)
    variance = (people * centred**2).sum(axis=-1) / (len(people) - 1)
    return float(np.sqrt(variance.mean()))


@dataclass(frozen=True)
class Population:
    """For whom a decision is made."""

    per_year: float  # people a year
    years: float  # for how many years
    discount: float = REFERENCE_DISCOUNT  # annual, effective

    def people(self, after: float = 0.0) -> float:
        """People decided for, discounted; with `after`, those more than so many years from now."""
        return people_later(self.per_year, self.years, after, self.discount)


@dataclass(frozen=True)
class TrialCost:
    """What a trial costs, money, and how long nobody benefits from its answer."""

    fixed: float
    per_person: float  # in either arm
    years: float


def net_benefit_of_sampling(table: pd.DataFrame, population: Population, cost: TrialCost) -> pd.DataFrame:
    """``value_of_trial``'s table with ``population``, ``study_cost``, ``enbs`` and ``enbs_se``, in money."""
    out = enbs(
        table,
        per_year=population.per_year,
        years=population.years,
        fixed_cost=cost.fixed,
        cost_per_person=cost.per_person,
        discount=population.discount,
        study_years=cost.years,
    )
    return out.assign(enbs_se=out["se"] * population.people(after=cost.years))


def optimum(table: pd.DataFrame) -> int | None:
    """The size with the greatest ENBS, people an arm; None where no size is worth its cost."""
    first = int(best(table["enbs"].to_numpy()))
    return int(table["n"].iloc[first]) if table["enbs"].iloc[first] > 0 else None


# --- everything at once -----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class Learning(Brief, Finding):
    """What ``recovery-cea voi`` tells of a result."""

    result: Valued
    why: str  # that threshold
    benefit: Benefit
    parameters: pd.DataFrame  # see ``value_of_parameters``; with a population, also its ``population`` and ``_se``
    trial: ProposedTrial | None
    samples: pd.DataFrame | None  # see ``value_of_trial`` and ``net_benefit_of_sampling``
    population: Population | None
    cost: TrialCost | None

    @property
    def best(self) -> int | None:
        """The best size of the trial, people an arm; None where none is worth its cost, or that was not asked."""
        if self.samples is None or self.cost is None:
            return None
        return optimum(self.samples)

    def summary(self) -> dict[str, Any]:
        """Everything as plain data."""
        known, options = self.benefit, self.result.options
        trial = self.trial
        return {
            "problem": self.result.case.problem.id,
            "setting": self.result.case.setting.name,
            "perspective": options.perspective,
            "effect": options.effect,
            "changed": changes_of(self.result.case, options),
            "threshold": known.threshold,
            "threshold_chosen": self.why,
            "noise_share": known.noise_share,
            "warnings": list(known.warnings),
            "unseen": unseen_names(self.result),
            "evpi": {"value": known.evpi, "se": known.evpi_se, "naive": known.evpi_naive, "degrees": known.degrees},
            "evppi": rows_of(self.parameters),
            "trial": None
            if trial is None
            else {"name": trial.name, "strategy": trial.strategy, "measures": trial.words},
            "evsi": [] if self.samples is None else rows_of(self.samples),
            "best_n": self.best,
            "population": None if self.population is None else asdict(self.population),
            "trial_cost": None if self.cost is None else asdict(self.cost),
        }


@on_one_thread
def learn(
    result: Valued,
    *,
    threshold: float | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    trial: str | None = None,
    sizes: Sequence[int] = SIZES,
    strategy: str | None = None,
    population: Population | None = None,
    cost: TrialCost | None = None,
    seed: int = 1,
    progress: StageProgress = silent,
) -> Learning:
    """EVPI and EVPPI at a threshold, and where asked for the EVSI and ENBS of a trial; nothing is simulated again.

    ENBS takes both a `population` and a `cost`. ``ModelError`` for what is not allowed.
    """
    why = "as asked" if threshold is not None else why_default(result)
    progress("taking out the noise between people", 0, 0)
    known = benefit(result, threshold)
    chosen = None if trial is None else design(result, trial, best_new(result, strategy, known))
    progress("what parameters are worth", 0, 0)
    parameters = value_of_parameters(result, groups, given=known)
    samples = None
    if chosen is not None:
        progress("what the trial is worth", 0, 0)
        samples = value_of_trial(result, chosen, sizes, seed=seed, given=known)
        if population is not None and cost is not None:
            samples = net_benefit_of_sampling(samples, population, cost)
    if population is not None:
        people = population.people()
        parameters = parameters.assign(population=parameters["evppi"] * people, population_se=parameters["se"] * people)
    return Learning(result, why, known, parameters, chosen, samples, population, cost)


__all__ = [
    "ALL",
    "COSTS",
    "SIZES",
    "Benefit",
    "Learning",
    "Population",
    "ProposedTrial",
    "TrialCost",
    "benefit",
    "design",
]
__all__ += ["learn", "net_benefit_of_sampling", "optimum", "value_of_parameters", "value_of_trial", "worth_showing"]
