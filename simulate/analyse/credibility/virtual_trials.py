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
from simulate.analyse.credibility.validation.moments import Moments, arms_apart, probability, valued_by
from simulate.ask.asked import ask
from simulate.ask.case import AnyCase, Case, as_case
from simulate.ask.options import Options
from simulate.engine.progress import StageProgress, of_stage, silent
from simulate.process.shown import Finding
from simulate.running.forecast import refuse_unaffordable
from simulate.running.running import drawn_for, simulate_draws
from simulate.running.solving import solved_for

if TYPE_CHECKING:
    import pandas as pd

    from simulate.engine.statistics import Statistics


TRIALS = 1000
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)  # of the trials' acceptability curves
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
            "bound": self.figure.bound,
            "source": self.figure.source,
        }
        for name, values in (("modelled", self.modelled), ("no_effect", self.null)):
            low, high = np.quantile(values, BAND)
            below = np.mean(values < self.figure.value) + np.mean(values == self.figure.value) / 2
            found |= {f"{name}_mean": float(values.mean()), f"{name}_low": float(low), f"{name}_high": float(high)}
            found[f"{name}_rank"] = float(below)
        return found


@dataclass(frozen=True, eq=False, repr=False)
class Curves(Brief):
    """Acceptability curves of the virtual trials: the probability that a trial would print, by willingness to pay."""

    perspective: str
    effect: str
    thresholds: Floats  # [threshold], money per unit of effect
    modelled: Floats  # [threshold, trial]
    null: Floats  # [threshold, trial]

    def bands(self) -> dict[str, Floats]:
        """Of the trials at each threshold: quantiles, of the effects as modelled and of none, each [threshold]."""
        told: dict[str, Floats] = {"threshold": self.thresholds}
        for name, values in (("modelled", self.modelled), ("no_effect", self.null)):
            told |= {f"{name}_{100 * q:g}": np.quantile(values, q, axis=1) for q in QUANTILES}
        return told


@dataclass(frozen=True, eq=False, repr=False)
class VirtualTrials(Brief, Finding):
    """What ``virtual_trials`` found."""

    case: Case
    arms: Mapping[str, int]  # strategy id -> people in each trial, comparator first
    options: Options
    figures: tuple[Repeated, ...]
    trials: int
    curves: tuple[Curves, ...] = ()  # one a perspective and effect by which a probability was published

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

    def curve_table(self) -> pd.DataFrame:
        """A row a perspective, effect and threshold: quantiles of the trials' acceptability (see ``Curves.bands``)."""
        import pandas as pd

        parts = [
            pd.DataFrame({"perspective": c.perspective, "effect": c.effect, **c.bands()})
            for c in self.curves
            if len(c.thresholds)
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

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
    parts = (part for figure in trial.published for part in figure.valued)
    valued = {valued_by(case, f): f.kind for f in sorted(parts, key=lambda f: f.kind)}
    each = {how: _arms(case, ready, statistics, arms, *how) for how in valued}
    found = tuple(Repeated(f, *_told(f, [each[valued_by(case, part)] for part in f.valued])) for f in trial.published)
    curves = tuple(_curves(case, *how, each[how]) for how, kind in valued.items() if kind == "probability")
    return VirtualTrials(case, arms, asked.options, found, trials, curves)


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


Arms = tuple[Moments, Moments, Moments]  # the comparator's, the new strategy's, and another of the comparator's


def _arms(
    case: Case, draws: Draws, statistics: Statistics, sizes: Mapping[str, int], perspective: str, effect: str
) -> Arms:
    """Every trial's arms, and one in which the second arm has the comparator too."""
    (usual, new), n = (statistics.strategy_index(s) for s in sizes), next(iter(sizes.values()))
    who = (usual, slice(n)), (new, slice(n, None)), (usual, slice(n, None))
    found = arms_apart(case.problem, draws, statistics, perspective, effect, who)
    return found[0], found[1], found[2]


def _told(figure: TrialFigure, each: Sequence[Arms]) -> tuple[Floats, Floats]:
    """The figure in every trial, with the effects as modelled and with none; of a gap by the arms of both its parts."""
    if figure.kind == "effect":
        ((usual, new, null),) = each
        return np.asarray(new.effect - usual.effect), np.asarray(null.effect - usual.effect)
    modelled, none = (
        [probability(arms[0], arms[k], part.threshold) for part, arms in zip(figure.valued, each, strict=True)]
        for k in (1, 2)
    )
    return (modelled[0] - modelled[1], none[0] - none[1]) if figure.parts else (modelled[0], none[0])


def _curves(case: Case, perspective: str, effect: str, arms: Arms) -> Curves:
    """Acceptability by the trial's own people over the thresholds of the problem."""
    grid = np.asarray(case.problem.thresholds.get(effect, ()), dtype=np.float64)
    usual, new, null = arms
    each = (probability(usual, arm, grid[:, None]) for arm in (new, null))
    return Curves(perspective, effect, grid, *each)
