"""What was published of a setting's targets as likelihoods: by the records that their figures are read from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.contract import CalibrationTarget, DecisionProblem, Setting, parameter_names
from models.quantities import names_in
from parameters import ParameterSet
from parameters.arrays import Floats
from parameters.distributions import Distribution
from simulate.engine.arithmetic.elementary import logs
from simulate.solve.mapping import figures_drawn, spread_of
from simulate.solve.posterior.likelihood import Binomial, Normal, Term, Together
from simulate.solve.targets import is_logit, untransformed

EXACT = 0.01  # the standard error, on the scale it is solved on, of a figure that was published without any


@dataclass(frozen=True, eq=False)
class Published:
    """The likelihoods of a setting's targets, and where each published figure lies on the scale it is solved on."""

    targets: tuple[CalibrationTarget, ...]
    terms: tuple[Term, ...]
    mean: Floats  # [target]
    sd: Floats  # [target], no less than `EXACT`
    certain: tuple[str, ...]  # unknowns whose figure was published without any error

    def kind(self, j: int) -> str:
        """The family of a target's likelihood."""
        return next(t.kind for t in self.terms if j in t.which)


def published(problem: DecisionProblem, setting: Setting, parameters: ParameterSet) -> Published:
    """The likelihood of each target: what the distribution of its record says; of several that hang together, one."""
    targets, drawn = setting.targets, figures_drawn(problem, setting, parameters)
    spread = spread_of(drawn)
    certain = tuple(t.unknown for t, sd in zip(targets, spread, strict=True) if sd == 0)
    terms: list[Term] = []
    for group in _groups(problem, setting, parameters):
        single = _of_record(targets[group[0]], group, parameters, setting) if len(group) == 1 else None
        some = drawn[:, list(group)]
        kind = "correlated normal" if len(group) > 1 else _kind_of_one(targets[group[0]])
        terms.append(single or Together(group, some.mean(axis=0), _covariance(some), kind))
    return Published(targets, tuple(terms), drawn.mean(axis=0), np.maximum(spread, EXACT), certain)


def _covariance(drawn: Floats) -> Floats:
    """Of figures [draws, target], with the least error where one is certain or follows from others."""
    found = np.atleast_2d(np.cov(drawn.T))
    certain = float(np.linalg.eigvalsh(found)[0]) < EXACT**2
    return np.asarray(found + EXACT**2 * certain * np.eye(len(found)))


def _kind_of_one(target: CalibrationTarget) -> str:
    if is_logit(target):
        return "normal on the logit"
    return "normal" if target.scale == "difference" else "log-normal"


def _of_record(
    target: CalibrationTarget, which: tuple[int, ...], parameters: ParameterSet, setting: Setting
) -> Term | None:
    """The likelihood that a single record's family says; None for others, which are taken by mean and spread."""
    name = target.published
    record = setting.given.get(name, name) if isinstance(name, str) else None
    if not isinstance(record, str) or not isinstance(parameters[record].distribution, Distribution):
        return None
    family = parameters[record].distribution
    assert isinstance(family, Distribution)
    factor = parameters.engine_value(record, 1.0)
    if family.kind == "beta" and target.scale == "value" and is_logit(target):
        events, others = family.natural
        return Binomial(which, events, events + others)
    if family.kind == "normal":
        mean, sd = family.natural
        return Normal(which, mean * factor, sd * factor, _back(target))
    if family.kind == "lognormal":
        mu, sigma = family.natural
        back = _back(target)
        return Normal(which, mu + float(np.log(factor)), sigma, lambda y: logs(back(y)), "log-normal")
    return None


def _back(target: CalibrationTarget) -> Callable[[Floats], Floats]:
    return lambda y: untransformed(target, y)


def _groups(problem: DecisionProblem, setting: Setting, parameters: ParameterSet) -> list[tuple[int, ...]]:
    """Targets whose figures are read from the same records, or from such as are drawn together, side by side."""
    reads = [_drawn_with(problem, setting, parameters, t) for t in setting.targets]
    left, found = list(range(len(reads))), list[tuple[int, ...]]()
    while left:
        group, seen = [left.pop(0)], set[str]()
        while more := [j for j in left if reads[j] & seen.union(*(reads[k] for k in group))]:
            group += more
            left = [j for j in left if j not in more]
        found.append(tuple(sorted(group)))
    return found


def _drawn_with(
    problem: DecisionProblem, setting: Setting, parameters: ParameterSet, target: CalibrationTarget
) -> set[str]:
    """Uncertain records of a target's figure, by what they are drawn together with."""
    names = [r for n in parameter_names(target) for r in names_in(setting.given.get(n, n))]
    uncertain = [n for n in names if np.ptp(parameters[n].distribution.interval95()) > 0]
    paired = {min(pair) for pair in problem.correlations for n in uncertain if n in pair}
    families = {parameters[n].belongs_to or n for n in uncertain}
    together = {str(getattr(parameters[n].distribution, "together", n)) for n in uncertain}
    return {*families, *together, *paired, *uncertain}
