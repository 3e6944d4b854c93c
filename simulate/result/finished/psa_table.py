"""Draws of costs and effects that were made elsewhere, and the decision by them.

No person was simulated here: how much of the spread between draws is chance among people is not known, so none of it
is taken out. Draws are taken as independent. Costs are in the table's own currency, effects in its own unit, signed so
that more is better.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from models.contract import ModelError, check_one_of
from parameters.arrays import Floats, keep_read_only
from parameters.ground.brief import Brief
from parameters.mistakes import short
from parameters.money.currencies import USUAL_SIGN, step_of
from parameters.money.willingness import QALY_THRESHOLD, plain_grid
from parameters.units import NOT_NEGATIVE, number_of
from simulate.evaluate.decision import acceptability, frontier
from simulate.evaluate.decision.equality import settled_means
from simulate.evaluate.decision.table import Table
from simulate.evaluate.information.partial import Groups, checked_parameters
from simulate.evaluate.information.sample import SummaryStatistic
from simulate.evaluate.uncertainty.precision import luck_of_the_best, mcse_of_draws
from simulate.process.shown import Finding
from simulate.result.finished import worth
from simulate.result.plain import rows_of

if TYPE_CHECKING:
    import pandas as pd

FEW = 100  # draws: tails and probabilities of fewer are next to guesses
INTERVAL = (2.5, 97.5)
TOLD = 0.02  # of the EVPI: what it is too small by is told from here on
# Words for what nobody wants more of, and those by which a unit says that it counts how much less of it there is.
HARM = re.compile(
    r"\b(dalys?|disability|deaths?|died|dead|mortality|suicides?|events?|harms?|infections?|cases?|falls?|strokes?|crises"
    r"|relapses?|failures?|dropouts?|loss|losses|lost|days ill)\b",
    re.I,
)
TURNED = re.compile(
    r"\b(averted|avoided|prevented|free|gained|saved|spared|fewer|less|without|detected|cured|found|treated|resolved"
    r"|recovered)\b",
    re.I,
)
LIKELY = 2 / 3  # of draws, that bear the sign of a mean effect, or its ratio to a cost says little


@dataclass(frozen=True, repr=False)
class Terms(Brief):
    """What costs and effects are told in, and at which willingness to pay."""

    effect: str = "QALY"  # the unit of effect
    currency: str = USUAL_SIGN
    thresholds: tuple[float, ...] = plain_grid()
    threshold: float = QALY_THRESHOLD
    assumed: bool = False  # nobody chose the threshold, and none is usual

    @classmethod
    def of(cls, effect: str, currency: str, thresholds: tuple[float, ...] | None, threshold: float | None) -> Terms:
        """With what is usual for what is not given: a plain grid, and a price that is NICE's in pounds alone."""
        grid = plain_grid(step_of(currency)) if thresholds is None else thresholds
        like = step_of(currency) / step_of(USUAL_SIGN)
        if threshold is not None:
            return cls(effect, currency, grid, threshold)
        return cls(effect, currency, grid, QALY_THRESHOLD * like, assumed=currency != USUAL_SIGN)

    def __post_init__(self) -> None:
        harm = HARM.search(self.effect)
        if harm is not None and TURNED.search(self.effect) is None:
            told = f"more {harm[0]} would count as better; allowed: what more is better of, such as '{harm[0]} averted'"
            raise ModelError(f"effect {short(self.effect)}: {told}, with effects to match")
        wrong = [w for k in (self.threshold, *self.thresholds) if (w := NOT_NEGATIVE.refusal(k)) is not None]
        if wrong or not self.thresholds:
            raise ModelError(f"thresholds: {wrong[0] if wrong else 'none; allowed: one at least'}")


@dataclass(frozen=True, eq=False, repr=False)
class PsaTable(Brief, Finding):
    """A finished table of draws, and what can be asked of it without people.

    ``read_psa`` reads one from files, ``PsaTable.of`` takes frames. Its methods are those of a ``Result`` that need no
    simulation; there is no noise correction, so no column ``corrected``.
    """

    cost: Floats  # [draw, strategy]
    effect: Floats  # [draw, strategy]
    strategies: tuple[str, ...]  # in the order of the file
    comparator: str
    parameters: Floats  # [draw, name]
    names: tuple[str, ...]  # of parameters
    terms: Terms = Terms()
    of_benefit: bool = False  # net benefit at a price that somebody else chose; then costs are minus it, effects 0
    said: tuple[str, ...] = ()  # how the files were read, in words
    files: Mapping[str, str] = field(default_factory=dict)  # what was read, and its SHA-256

    def __post_init__(self) -> None:
        keep_read_only(self, ("cost", "effect", "parameters"))

    @classmethod
    def of(
        cls,
        cost: pd.DataFrame,
        effect: pd.DataFrame,
        parameters: pd.DataFrame | None = None,
        *,
        comparator: str | None = None,
        terms: Terms | None = None,
    ) -> PsaTable:
        """A table from frames [draws, strategies] of costs and effects, and one of parameters, of the same draws.

        Columns are strategies, the first the comparator unless it is given. ``ValueError`` for frames that do not go
        together, or values that are not finite; ``ModelError`` for a comparator that is none of the strategies.
        """
        c, e = acceptability.checked(cost, effect)
        strategies = tuple(map(str, cost.columns))
        acceptability.refuse_repeated(strategies, "strategies")
        check_one_of(comparator or strategies[0], list(strategies), "comparator")
        if len(strategies) < 2:
            raise ModelError(f"strategies: {len(strategies)}; a decision needs two at least")
        values = np.empty((len(c), 0)) if parameters is None else checked_parameters(parameters, cost, len(c))
        names = () if parameters is None else tuple(map(str, parameters.columns))
        refuse_taken(names, strategies)
        return cls(c, e, strategies, comparator or strategies[0], values, names, terms or Terms())

    def __len__(self) -> int:
        return len(self.cost)

    @property
    def reference(self) -> int:
        """Position of the comparator."""
        return self.strategies.index(self.comparator)

    @property
    def thresholds(self) -> Floats:
        """Willingness to pay, currency for a unit of effect."""
        return np.array((0.0,) if self.of_benefit else self.terms.thresholds)

    @property
    def threshold(self) -> float:
        """The one at which a single decision is told."""
        return 0.0 if self.of_benefit else self.terms.threshold

    def at(self, threshold: float | None) -> float:
        """`threshold`, or the usual one; ``ModelError`` where it is none, or there is nothing to pay for."""
        if threshold is None:
            return self.threshold
        if (wrong := NOT_NEGATIVE.refusal(threshold)) is not None:
            raise ModelError(f"threshold: {wrong}")
        if self.of_benefit and threshold:
            raise ModelError(f"threshold: {threshold:g}; the table holds net benefit at a price already chosen")
        return float(threshold)

    def benefit(self, threshold: float | None = None) -> Floats:
        """Net benefit at a threshold, currency a person, [draw, strategy]."""
        return acceptability.net_benefit(self.cost, self.effect, self.at(threshold))

    # --- tables -------------------------------------------------------------------------------

    def psa(self) -> pd.DataFrame:
        """One row a draw: ``cost_<strategy>``, ``effect_<strategy>`` (or ``nb_<strategy>``), then every parameter."""
        return self.psa_table.frame()

    @cached_property
    def psa_table(self) -> Table:
        """``psa`` without pandas."""
        if self.of_benefit:
            columns = {f"nb_{s}": 0.0 - self.cost[:, i] for i, s in enumerate(self.strategies)}
        else:
            columns = {f"cost_{s}": self.cost[:, i] for i, s in enumerate(self.strategies)}
            columns |= {f"effect_{s}": self.effect[:, i] for i, s in enumerate(self.strategies)}
        return Table(columns | {name: self.parameters[:, k] for k, name in enumerate(self.names)})

    def incremental(self) -> pd.DataFrame:
        """The fully incremental analysis: dominance, extended dominance and ICERs (``evaluate.incremental_table``)."""
        return self.incremental_table.frame()

    @cached_property
    def incremental_table(self) -> Table:
        """``incremental`` without pandas."""
        return frontier.incremental_columns(self.cost, self.effect, self.strategies)

    def differences(self, threshold: float | None = None) -> pd.DataFrame:
        """Every strategy against the comparator: cost, effect and net benefit with 95% intervals, ICER, verdict."""
        return self.differences_table(threshold).frame()

    def differences_table(self, threshold: float | None = None) -> Table:
        """``differences`` without pandas."""
        benefit = self.benefit(threshold)
        rows: list[dict[str, Any]] = []
        for found in frontier.versus(self.cost, self.effect, self.strategies, self.reference):
            gain = benefit[:, self.strategies.index(found.strategy)] - benefit[:, self.reference]
            row: dict[str, Any] = {"strategy": found.strategy, "versus": found.versus}
            if not self.of_benefit:
                row |= _described("cost", found.cost) | _described("effect", found.effect)
                row |= {
                    "icer": np.nan if found.icer is None else found.icer,
                    "verdict": found.verdict,
                    "p_cost_saving": found.p_cost_saving,
                    "p_effect": _share(found.effect, found.mean_effect),
                }
            rows.append(row | _described("net_benefit", gain) | {"p_cost_effective": float((gain > 0).mean())})
        return _table(rows)

    def ranking(self, threshold: float | None = None) -> pd.DataFrame:
        """Strategies by mean net benefit, best first, with its interval and standard error, place and expected loss."""
        return self.ranking_table(threshold).frame()

    def ranking_table(self, threshold: float | None = None) -> Table:
        """``ranking`` without pandas."""
        at = self.at(threshold)
        benefit, means = self.benefit(at), settled_means(self.benefit(at))
        loss = acceptability.expected_loss(self.cost, self.effect, [at])[0]
        best = acceptability.ceac(self.cost, self.effect, [at])[0]
        status = frontier.status(settled_means(self.cost), settled_means(self.effect))
        order = sorted(range(len(means)), key=lambda s: (-means[s], s))
        rows: list[dict[str, Any]] = []
        for s in order:
            rank = 1 + int((means > means[s]).sum())
            row = {"rank": rank, "strategy": self.strategies[s]}
            if not self.of_benefit:
                row |= {"cost": float(self.cost[:, s].mean()), "effect": float(self.effect[:, s].mean())}
            row |= _described("net_benefit", benefit[:, s])
            row |= {"p_best": float(best[s]), "expected_loss": float(loss[s])}
            rows.append(row if self.of_benefit else row | {"status": status[s]})
        return _table(rows)

    def nmb(self, threshold: float | None = None) -> pd.DataFrame:
        """One row a strategy: mean net benefit at a threshold, and its increment over the comparator.

        Currency a person, each with its 95% interval over draws and the standard error of the mean.
        """
        benefit, at = self.benefit(threshold), self.at(threshold)
        more = benefit - benefit[:, [self.reference]]
        rows: list[dict[str, Any]] = [
            {"strategy": s, "threshold": at} | _described("nmb", benefit[:, i]) | _described("incremental", more[:, i])
            for i, s in enumerate(self.strategies)
        ]
        return _table(rows).frame()

    def ceac(self, thresholds: Sequence[float] | Floats | None = None) -> pd.DataFrame:
        """Per threshold: each strategy's probability of being best, the best on average, and its (the frontier)."""
        return self._ceac_at(self._over(thresholds)).frame()

    @cached_property
    def ceac_table(self) -> Table:
        """``ceac`` without pandas."""
        return self._ceac_at(self.thresholds)

    def _ceac_at(self, at: Floats) -> Table:
        found = acceptability.ceac(self.cost, self.effect, at)
        best = acceptability.ceaf(self.cost, self.effect, at)
        columns: dict[str, Any] = {"threshold": at}
        columns |= {f"probability_{s}": found[:, i] for i, s in enumerate(self.strategies)}
        columns |= {"optimal": [self.strategies[i] for i in best.optimal], "frontier": best.probability}
        return Table(columns)

    def expected_loss(self, thresholds: Sequence[float] | Floats | None = None) -> pd.DataFrame:
        """Per threshold: net benefit given up on average by choosing each strategy; the least is the EVPI."""
        return self._loss_at(self._over(thresholds)).frame()

    @cached_property
    def loss_table(self) -> Table:
        """``expected_loss`` without pandas."""
        return self._loss_at(self.thresholds)

    def _loss_at(self, at: Floats) -> Table:
        found = acceptability.expected_loss(self.cost, self.effect, at)
        return Table({"threshold": at} | {f"loss_{s}": found[:, i] for i, s in enumerate(self.strategies)})

    def evpi(self, thresholds: Sequence[float] | Floats | None = None) -> pd.DataFrame:
        """Per threshold: expected value of perfect information, currency a person, and its standard error."""
        return self._evpi_at(self._over(thresholds)).frame()

    @cached_property
    def evpi_table(self) -> Table:
        """``evpi`` without pandas."""
        return self._evpi_at(self.thresholds)

    def _evpi_at(self, at: Floats) -> Table:
        value = acceptability.evpi(self.cost, self.effect, at)
        best = acceptability.ceaf(self.cost, self.effect, at).optimal
        error = [float(mcse_of_draws(_loss(self.benefit(float(k)), b))) for k, b in zip(at, best, strict=True)]
        return Table({"threshold": at, "value": value, "mcse": np.array(error)})

    def _over(self, thresholds: Sequence[float] | Floats | None) -> Floats:
        return self.thresholds if thresholds is None else np.array([self.at(float(k)) for k in thresholds])

    def switches(self) -> list[frontier.Switch]:
        """Every threshold at which the best strategy changes, exactly."""
        return [] if self.of_benefit else frontier.switch_points(self.cost, self.effect, self.strategies)

    # --- what it is worth to know more --------------------------------------------------------

    def evppi(self, groups: Groups | None = None, threshold: float | None = None) -> pd.DataFrame:
        """Value of learning each group of parameters, by default each alone (see ``finished.worth``)."""
        return worth.of_parameters(self.benefit(threshold), self.parameters, self.names, groups)

    def evsi(
        self, study: SummaryStatistic, sizes: Sequence[int], threshold: float | None = None, *, seed: int = 1
    ) -> pd.DataFrame:
        """Value of a study of n people an arm, declared by what it would see of the parameters (``finished.worth``)."""
        return worth.of_study(self.benefit(threshold), self.parameters, self.names, study, sizes, seed)

    # --- in words -----------------------------------------------------------------------------

    def summary(self) -> dict[str, Any]:
        """The decision as plain data: what ``summary.json`` of ``recovery-cea evaluate`` begins with."""
        terms, nothing = self.terms, self.of_benefit
        return {
            "draws": len(self),
            "strategies": list(self.strategies),
            "comparator": self.comparator,
            "parameters": len(self.names),
            "effect": None if nothing else terms.effect,
            "currency": terms.currency,
            "threshold": None if nothing else self.threshold,
            "noise_corrected": False,
            "read": list(self.said),
            "warnings": self.warnings(),
            "ranking": rows_of(self.ranking_table()),
            "differences": rows_of(self.differences_table()),
            "incremental": [] if nothing else rows_of(self.incremental_table),
            "switches": [s._asdict() for s in self.switches()],
            "ceac": rows_of(self.ceac_table),
            "evpi": rows_of(self.evpi_table),
        }

    def warnings(self) -> list[str]:
        """What to doubt of all this, in words."""
        found = []
        if len(self) < FEW:
            few = f"{number_of(len(self), 'draw')} {'is' if len(self) == 1 else 'are'} few"
            found.append(f"{few}: probabilities and tails rest on a handful; {FEW} is a least")
        if (luck := luck_of_the_best(self.benefit())) > TOLD * float(self.evpi([self.threshold])["value"].iloc[0]):
            found.append(
                "which strategy is best on average is not settled by so few draws: the greatest mean is the greatest"
                f" partly by luck, and the EVPI too small by up to {self.terms.currency}{luck:,.3g} per person"
            )
        for row in self.differences_table().rows():
            if row.get("icer", np.nan) == row.get("icer", np.nan) and row.get("p_effect", 1.0) < LIKELY:
                found.append(
                    f"fewer than two draws in three bear the sign of the effect of {row['strategy']} against"
                    f" {row['versus']}: its ICER says little"
                )
        return found


def refuse_taken(names: Sequence[str], strategies: Sequence[str]) -> None:
    """Raise ``ModelError`` where a parameter has the name that a strategy's column has in a table of draws."""
    taken = {f"{word}_{s}" for word in ("cost", "effect", "nb") for s in strategies}
    if wrong := [name for name in names if name in taken]:
        raise ModelError(f"parameters: {', '.join(wrong)}; the name of a strategy's column: rename it")


def _described(name: str, values: Floats) -> dict[str, float]:
    """Mean, 95% interval over draws, and standard error of the mean."""
    low, high = np.percentile(values, INTERVAL)
    return {
        name: float(values.mean()),
        f"{name}_low": float(low),
        f"{name}_high": float(high),
        f"{name}_mcse": float(mcse_of_draws(values)),
    }


def _share(values: Floats, mean: float) -> float:
    return 1.0 if mean == 0 else float((np.sign(values) == np.sign(mean)).mean())


def _loss(benefit: Floats, best: int) -> Floats:
    return np.asarray(benefit.max(axis=1) - benefit[:, best])


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    return Table({name: _column([row[name] for row in rows]) for name in rows[0]})


def _column(values: list[Any]) -> Any:
    return values if isinstance(values[0], str) else np.array(values)
