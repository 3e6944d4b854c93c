"""Virtual trials: the published trial run again and again, with other people in each arm, at its own size.

A trial's printed probability of being cost-effective speaks of the play of chance among its own people, not of what
the evidence leaves open. Simulated at its size, with the service at work and without any effect at all, it says how
little one such figure can tell the two apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models.contract import ModelError, PublishedTrial, TrialFigure, check_one_of
from parameters import Draws
from parameters.arrays import Floats
from parameters.ground.brief import Brief
from simulate.ask.asked import ask
from simulate.ask.case import AnyCase, Case, as_case
from simulate.ask.options import Options
from simulate.engine.progress import StageProgress, of_stage, silent
from simulate.evaluate.decision.acceptability import benefit_at
from simulate.evaluate.persons import of_draws, persons_of
from simulate.evaluate.valuation import value
from simulate.process.shown import Finding
from simulate.running.forecast import refuse_unaffordable
from simulate.running.running import drawn_for, simulate_draws
from simulate.running.solving import solved_for

if TYPE_CHECKING:
    import pandas as pd

    from simulate.engine.statistics import Statistics


TRIALS = 1000
AT_ONCE = 20  # trials whose people are valued together: memory
BAND = (0.05, 0.95)  # of the trials, told as low and high


@dataclass(frozen=True, repr=False)
class Repeated(Brief):
    """One figure in every virtual trial: with the effects as modelled, and with none."""

    figure: TrialFigure
    modelled: Floats  # [trials]
    null: Floats  # [trials]

    def row(self) -> dict[str, Any]:
        """Means and 90% bands, and the share of trials with a figure below the published one (ties half)."""
        found: dict[str, Any] = {
            "figure": self.figure.label,
            "kind": self.figure.kind,
            "published": self.figure.value,
            "source": self.figure.source,
        }
        for name, values in (("modelled", self.modelled), ("no_effect", self.null)):
            low, high = np.quantile(values, BAND)
            below = np.mean(values < self.figure.value) + np.mean(values == self.figure.value) / 2
            found |= {f"{name}_mean": float(values.mean()), f"{name}_low": float(low), f"{name}_high": float(high)}
            found[f"{name}_rank"] = float(below)
        return found


@dataclass(frozen=True, eq=False, repr=False)
class VirtualTrials(Brief, Finding):
    """What ``virtual_trials`` found."""

    case: Case
    arms: Mapping[str, int]  # strategy id -> people in each trial, comparator first
    options: Options
    figures: tuple[Repeated, ...]
    trials: int

    @property
    def strategies(self) -> tuple[str, ...]:
        """Strategies of the arms, comparator first."""
        return tuple(self.arms)

    @property
    def seed(self) -> int:
        """Of the random numbers."""
        return self.options.seed

    def table(self) -> pd.DataFrame:
        """A row a figure (see ``Repeated.row``)."""
        import pandas as pd

        return pd.DataFrame([f.row() for f in self.figures])

    def each(self) -> pd.DataFrame:
        """A row a trial and figure: ``trial``, ``figure``, ``modelled``, ``no_effect``."""
        import pandas as pd

        return pd.concat(
            pd.DataFrame(
                {
                    "trial": np.arange(self.trials),
                    "figure": f.figure.label,
                    "modelled": f.modelled,
                    "no_effect": f.null,
                }
            )
            for f in self.figures
        )

    def summary(self) -> dict[str, Any]:
        """Everything but the single trials, as plain data."""
        return {
            "problem": self.case.problem.id,
            "setting": self.case.setting.name,
            "arms": dict(self.arms),
            "trials": self.trials,
            "seed": self.seed,
            "sign": "new minus comparator",
            "band": list(BAND),
            "figures": [f.row() for f in self.figures],
        }


def virtual_trials(
    case: AnyCase,
    *,
    trials: int = TRIALS,
    arms: Mapping[str, int] | None = None,
    seed: int = 1,
    implementation: float = 1.0,
    threads: int | None = None,
    progress: StageProgress | None = None,
) -> VirtualTrials:
    """The trial that a setting is, `trials` times at the point estimates, nobody in two trials or two arms.

    `arms` (strategy id to people) are those of the setting when not given. The probability within a trial is that of
    its own people: the difference in mean net benefit over its standard error (Welch), read off a normal distribution,
    which is what a bootstrap of a trial of this size comes to. ``ModelError`` where the setting is no trial, or a cost
    is not told by person, or any `implementation` but the trial's own, 1, which its printed figures already hold.
    """
    case = as_case(case)
    trial = _trial_of(case)
    if implementation != 1.0:
        told = "a trial's printed figures are those of everybody offered, whoever had it made"
        raise ModelError(f"implementation: {implementation:g}; {told}; allowed: 1")
    arms = trial.arms if arms is None else _checked(case, arms)
    if trials < 2:
        raise ModelError(f"trials: {trials}; need at least 2")
    together = sum(arms.values())
    asked = ask(case, people=together, seed=seed, fixed=True, persons=True)
    refuse_unaffordable(asked, draws=trials, threads=threads)
    tell = progress or silent
    calibration = solved_for(case, fixed=True, threads=threads, progress=tell)
    ready = _repeated(calibration.apply(drawn_for(asked)), trials)
    statistics = simulate_draws(asked, ready, threads=threads, progress=of_stage(tell, "virtual trials"))
    found = tuple(Repeated(f, *_figure(case, f, ready, statistics, arms)) for f in trial.published)
    return VirtualTrials(case, arms, asked.options, found, trials)


def resized(case: Case, sizes: Sequence[int]) -> dict[str, int]:
    """The arms of the setting's trial with other numbers of people, comparator first."""
    return dict(zip(_trial_of(case).arms, sizes, strict=True))


def _trial_of(case: Case) -> PublishedTrial:
    trial = case.setting.trial
    if trial is None:
        told = ", ".join(s.name for s in case.problem.settings if s.trial is not None) or "none of this problem"
        raise ModelError(f"{case.problem.id}: setting {case.setting.name} is no trial; allowed: {told}")
    return trial


def _checked(case: Case, arms: Mapping[str, int]) -> Mapping[str, int]:
    for name in arms:
        check_one_of(name, [s.id for s in case.problem.strategies], "arms")
    return PublishedTrial(arms).arms


def _repeated(point: Draws, times: int) -> Draws:
    """One draw, so many times: what differs between them is their people."""
    return replace(point, values=np.repeat(point.values, times, axis=0), replicate=np.zeros(times, dtype=np.int64))


def _figure(
    case: Case, figure: TrialFigure, draws: Draws, statistics: Statistics, arms: Mapping[str, int]
) -> tuple[Floats, Floats]:
    """The figure in every trial, with the new strategy in the second arm, and with the comparator there too."""
    perspective, effect = figure.perspective or case.setting.perspective, figure.effect or case.setting.effect
    (usual, new), n = (statistics.strategy_index(s) for s in arms), next(iter(arms.values()))
    told: tuple[list[Floats], list[Floats]] = ([], [])
    for start in range(0, statistics.draws, AT_ONCE):
        some = slice(start, start + AT_ONCE)
        people = persons_of(of_draws(statistics, some), case.problem, [perspective], [effect])
        priced = replace(draws, values=draws.values[some], replicate=draws.replicate[some])
        found = value(case.problem, priced, people, perspective, effect)  # [trial, strategy, person]
        outcome = found.effect if figure.kind == "effect" else benefit_at(figure.threshold, found.cost, found.effect)
        for out, s in zip(told, (new, usual), strict=True):
            out.append(_told(figure, outcome[:, usual, :n], outcome[:, s, n:]))
    return np.concatenate(told[0]), np.concatenate(told[1])


def _told(figure: TrialFigure, comparator: Floats, new: Floats) -> Floats:
    from scipy.special import ndtr

    apart = new.mean(axis=1) - comparator.mean(axis=1)
    if figure.kind == "effect":
        return np.asarray(apart)
    variance = sum(x.var(axis=1, ddof=1) / x.shape[1] for x in (new, comparator))
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(variance > 0, apart / np.sqrt(variance), np.sign(apart) * np.inf)
    return np.asarray(ndtr(np.nan_to_num(steps, nan=0.0)))
