"""Calibration with a posterior: what the published figures of a setting leave open of its unknowns, as joint draws.

Solving gives one value of each unknown for each draw of a published figure. Here every unknown has a prior and every
figure a likelihood, records that move the figures are learnt of too, and what comes out is a joint sample that a run
takes in place of solving.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.contract import ModelError, check_one_of, is_share, parameter_names
from models.measures import MEASURED_AS
from models.quantities import names_in
from parameters import Parameter
from parameters.arrays import Floats
from parameters.ground.brief import Brief
from parameters.mistakes import Mistakes
from parameters.sampling import carried
from parameters.units import DAYS_PER_YEAR
from simulate.ask.asked import Asked, ask
from simulate.ask.case import AnyCase, Case, as_case
from simulate.ask.options import Options
from simulate.engine.progress import StageProgress, silent
from simulate.process.shown import Finding
from simulate.result.plain import rows_of
from simulate.solve.posterior.posterior import Posterior, posterior
from simulate.solve.posterior.priors import Z95, Prior
from simulate.solve.targets import untransformed

if TYPE_CHECKING:
    import pandas as pd

PEOPLE = 5000
DRAWS = 1024
AS_WIDE = 0.9  # a posterior's standard deviation in its prior's: as much and it is told to be no narrower
FAR_OUT = 2.0  # standard deviations of the prior
MISSED = 2.0  # standard errors of a published figure
AS_ONE = 0.95  # a correlation, from which on two are only told together
FEW = 0.5  # of the draws that the simulation weighed: fewer, and the polynomial was no good guide
NOISY = 0.1  # standard errors
APART = 1.05  # of replicates


@dataclass(frozen=True, eq=False, repr=False)
class Calibrated(Brief, Finding):
    """What ``calibrate`` found."""

    case: Case
    options: Options
    posterior: Posterior

    @property
    def strategies(self) -> tuple[str, ...]:
        """Strategies of the problem, comparator first."""
        return tuple(s.id for s in self.case.problem.strategies)

    @property
    def unknowns(self) -> int:
        """How many of the posterior's parameters are solved for; they come first."""
        return len(self.posterior.published.targets)

    def draws(self) -> pd.DataFrame:
        """The joint sample: a row a draw, a column a parameter, in its own unit."""
        import pandas as pd

        names = [p.name for p in self.posterior.priors]
        return pd.DataFrame(carried(self.posterior.values()), columns=names)

    def parameters(self) -> pd.DataFrame:
        """A row a parameter: prior and posterior in its unit, and both compared on the prior's scores."""
        import pandas as pd

        return pd.DataFrame([self._parameter(j, p) for j, p in enumerate(self.posterior.priors)])

    def _parameter(self, j: int, prior: Prior) -> dict[str, Any]:
        found, scores = self.posterior, self.posterior.scores[:, j]
        low, middle, high = prior.at(np.array([-Z95, 0.0, Z95]))
        values = prior.at(scores)
        bottom, median, top = np.quantile(values, [0.025, 0.5, 0.975])
        return {
            "parameter": prior.name,
            "label": prior.label,
            "unit": prior.unit,
            "kind": "unknown" if j < self.unknowns else "record",
            "prior": prior.origin,
            "prior_median": middle,
            "prior_low": low,
            "prior_high": high,
            "best": prior.at(found.best[j : j + 1])[0],
            "mean": values.mean(),
            "sd": values.std(ddof=1),
            "median": median,
            "low": bottom,
            "high": top,
            "share_of_prior_sd": scores.std(ddof=1),
            "prior_score": scores.mean(),
            "agreement": found.agreement[j],
        }

    def fit(self) -> pd.DataFrame:
        """A row a target: published with its 95% interval, the best fit, and the posterior's figure."""
        import pandas as pd

        return pd.DataFrame([self._target(j) for j in range(self.unknowns)])

    def _target(self, j: int) -> dict[str, Any]:
        told, found = self.posterior.published, self.posterior
        target = told.targets[j]
        ends = told.mean[j] + told.sd[j] * np.array([0.0, -Z95, Z95])
        quantiles = np.quantile(found.figures[:, j], [0.5, 0.025, 0.975])
        names = ("published", "published_low", "published_high", "best", "median", "low", "high")
        y = untransformed(target, np.concatenate([ends, found.best_figures[j : j + 1], quantiles]))
        in_time = MEASURED_AS[type(target.statistic)] == "time" and target.scale in ("value", "difference")
        unit = (
            "days" if in_time else "share" if is_share(target.statistic) and target.scale == "value" else target.scale
        )
        return {
            "parameter": target.unknown,
            "label": target.label,
            "strategy": target.strategy,
            "scale": target.scale,
            "figure": str(target.published),
            "likelihood": told.kind(j),
            "unit": unit,
            **dict(zip(names, map(float, y * DAYS_PER_YEAR if in_time else y), strict=True)),
            "z": (found.figures[:, j].mean() - told.mean[j]) / told.sd[j],
            "emulation": found.emulation[j],
            "noise": found.noise[j],
        }

    def correlations(self) -> Floats:
        """Of the posterior's scores, [parameter, parameter]."""
        return np.atleast_2d(np.corrcoef(self.posterior.scores.T))

    def caveats(self) -> list[str]:
        """What a reader has to know of it, in sentences."""
        return [*self._of_parameters(), *self._of_targets(), *self._of_sampling()]

    def _of_parameters(self) -> Iterator[str]:
        found = self.posterior
        for j, prior in enumerate(found.priors[: self.unknowns]):
            scores = found.scores[:, j]
            if scores.std(ddof=1) >= AS_WIDE:
                share = scores.std(ddof=1)
                yield (
                    f"{prior.name} is not identified: its posterior is as wide as its prior ({share:.0%}), and is what"
                    " was assumed"
                )
            if abs(scores.mean()) >= FAR_OUT:
                yield (
                    f"{prior.name}: the published figures put it {abs(scores.mean()):.1f} standard deviations from the"
                    " middle of its prior, which pulls at it"
                )
        together = self.correlations()
        for j in range(self.unknowns):
            for k in range(j + 1, self.unknowns):
                if abs(together[j, k]) >= AS_ONE:
                    names = f"{found.priors[j].name} and {found.priors[k].name}"
                    yield f"{names} are told only together: their correlation is {together[j, k]:.2f}"
        if found.held:
            yield f"held at their point estimates, although they move a figure: {', '.join(found.held)}"

    def _of_targets(self) -> Iterator[str]:
        for row in self.fit().to_dict("records"):
            if abs(row["z"]) >= MISSED:
                yield f"{row['parameter']}: the figure it is for lies {abs(row['z']):.1f} standard errors off"
            if row["noise"] >= NOISY:
                yield (
                    f"{row['parameter']}: chance among the people is {row['noise']:.2f} of the figure's standard error;"
                    " more people tell it better"
                )
        if certain := self.posterior.published.certain:
            yield f"published without any error, and taken as known to a hundredth: {', '.join(certain)}"

    def _of_sampling(self) -> Iterator[str]:
        found, draws = self.posterior, len(self.posterior.scores)
        if found.effective < draws:
            yield f"importance sampling is worth {found.effective:,.0f} independent draws, fewer than {draws:,}"
        if found.checked < FEW * found.tried:
            yield (
                f"the simulation leaves {found.checked:,.0f} of {found.tried:,} draws that the polynomial gave: it was"
                " no good guide"
            )
        if found.agreement.max() >= APART:
            name = found.priors[int(found.agreement.argmax())].name
            yield f"independent runs of the sampling do not agree on {name} ({found.agreement.max():.2f})"

    def summary(self) -> dict[str, Any]:
        """Everything but the draws, as plain data."""
        found = self.posterior
        return {
            "problem": self.case.problem.id,
            "setting": self.case.setting.name,
            "draws": self.options.draws,
            "people": self.options.people,
            "seed": self.options.seed,
            "parameters": rows_of(self.parameters()),
            "targets": rows_of(self.fit()),
            "correlations": self.correlations().tolist(),
            "held": list(found.held),
            "diagnostics": {
                "method": "incremental mixture importance sampling",
                "effective": found.effective,
                "weighed_by_simulation": found.tried,
                "effective_of_these": found.checked,
                "agreement": float(found.agreement.max()),
            },
            "caveats": self.caveats(),
        }


def calibrate(
    case: AnyCase,
    *,
    draws: int = DRAWS,
    people: int = PEOPLE,
    seed: int = 1,
    priors: Mapping[str, tuple[float, float]] | None = None,
    threads: int | None = None,
    progress: StageProgress = silent,
) -> Calibrated:
    """The posterior of what a case's setting solves for, from its targets alone: `draws` joint draws.

    Unknowns have log-normal priors: the 95% interval of `priors` in the unknown's unit, else what the target declares,
    else a wide one about its `start`, or of a ratio about 1. Records that the simulation reads and that move a figure
    keep their distribution as prior, at most eight. ``ModelError`` for a setting without targets, a figure that nobody
    measured, or a prior that is none; ``CalibrationError`` where nothing comes near what was published.
    """
    case = as_case(case)
    options = asked_of(case, draws=draws, people=people, seed=seed, priors=priors)
    found = posterior(
        case.problem,
        case.setting,
        case.parameters,
        draws=draws,
        people=people,
        seed=seed,
        between=dict(priors or {}),
        threads=threads,
        progress=progress,
    )
    return Calibrated(case, options, found)


def asked_of(
    case: Case, *, draws: int, people: int, seed: int, priors: Mapping[str, tuple[float, float]] | None = None
) -> Options:
    """The options of a calibration that can be; ``ModelError`` with everything that keeps it from being."""
    mistakes, asked = Mistakes(), list[Asked]()
    with mistakes.among():
        _refuse(case)
    for name, between in (priors or {}).items() if case.setting.targets else ():
        with mistakes.among():
            _refuse_prior(case, name, *between)
    with mistakes.among():
        asked.append(ask(case, draws=draws, people=people, seed=seed))
    mistakes.tell()
    return asked[0].options


def figure_records(case: Case, unknown: str) -> list[Parameter]:
    """The records that the published figure of a target is read from."""
    target = next(t for t in case.setting.targets if t.unknown == unknown)
    names = [r for n in parameter_names(target) for r in names_in(case.setting.given.get(n, n))]
    return [case.parameters[n] for n in dict.fromkeys(names) if n in case.parameters]


def _refuse(case: Case) -> None:
    where = f"{case.problem.id}, setting {case.setting.name}"
    if not case.setting.targets:
        raise ModelError(f"{where}: solves for nothing; allowed: a setting with targets")
    held = dict.fromkeys(r.name for t in case.setting.targets for r in figure_records(case, t.unknown) if r.is_held)
    if held:
        told = "stand at their point estimates in every draw (nobody measured them, or their spread is that of places)"
        raise ModelError(f"{where}: {', '.join(held)} {told}; a posterior would make them evidence")


def _refuse_prior(case: Case, name: str, low: float, high: float) -> None:
    check_one_of(name, [t.unknown for t in case.setting.targets], "prior")
    if not 0 < low < high < np.inf:
        raise ModelError(f"prior {name}: {low:g} to {high:g}; allowed: 0 < low < high, a 95% interval")
