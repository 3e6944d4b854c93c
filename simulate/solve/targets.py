"""Targets of a calibration on the scale they are solved on, and those that cannot be reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.contract import CalibrationTarget, DecisionProblem, ModelError, is_share
from models.measures import MEASURED_AS
from parameters.arrays import Floats
from parameters.units import DAYS_PER_YEAR, MONTHS_PER_YEAR, UNITS
from simulate.engine.arithmetic.elementary import each, exps, log1p, logs
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.statistics import Statistics
from simulate.evaluate.measures import measure

ROUNDING = 1e-12  # of a ratio made of several that are each exactly 1
TOLERANCE = 0.002  # on the transformed scale (log or logit), about 0.0005 on a share of 0.4


class CalibrationError(ModelError):
    """A target that no engine parameter can reach."""


def _logit(p: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return logs(p) - each(log1p, -p)


def _log(x: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return logs(x)


def _expit(y: Floats) -> Floats:
    return np.asarray(1 / (1 + exps(-y)))


def _exp(y: Floats) -> Floats:
    return exps(y)


def _same(x: Floats) -> Floats:
    return x


def _to_months(years: Floats) -> Floats:
    return np.asarray(years * MONTHS_PER_YEAR)


def _from_months(months: Floats) -> Floats:
    return np.asarray(months / MONTHS_PER_YEAR)


class ScaleRule(NamedTuple):
    """How a figure is solved for: on a scale on which it can be any number."""

    simulated: Callable[[Floats], Floats]  # brings each simulated value to the scale
    published: Callable[[Floats], Floats]  # brings the published figure there
    back: Callable[[Floats], Floats]  # and back again
    relative: bool  # whether the comparator's is taken away
    null: float  # the published figure that says nothing changes
    is_positive: bool  # whether the published figure has to be


SCALES: Mapping[str, ScaleRule] = {
    "value": ScaleRule(_log, _log, _exp, False, 1.0, True),
    "risk_ratio": ScaleRule(_log, _log, _exp, True, 1.0, True),
    "odds_ratio": ScaleRule(_logit, _log, _exp, True, 1.0, True),
    "difference": ScaleRule(_same, _same, _same, True, 0.0, False),
}
SHARE = ScaleRule(_logit, _logit, _expit, False, 1.0, True)  # a value that lies between 0 and 1
IN_MONTHS = ScaleRule(
    _to_months, _to_months, _from_months, True, 0.0, False
)  # a difference in time: of days, not years


def _rule(target: CalibrationTarget) -> ScaleRule:
    if target.scale == "value" and is_share(target.statistic):
        return SHARE
    in_time = target.scale == "difference" and MEASURED_AS[type(target.statistic)] == "time"
    return IN_MONTHS if in_time else SCALES[target.scale]


def is_relative(target: CalibrationTarget) -> bool:
    """Whether the comparator's figure is taken away from the target's."""
    return _rule(target).relative


def is_logit(target: CalibrationTarget) -> bool:
    """Whether it is solved for as the logit of a share."""
    return _rule(target) is SHARE


def simulated_as(target: CalibrationTarget, statistics: Statistics, problem: DecisionProblem) -> Floats:
    """The target's statistic as simulated, on the scale it is solved on, [draws, strategies]."""
    return _rule(target).simulated(measure(target.statistic, statistics, problem))


def figure_of(target: CalibrationTarget, values: Mapping[str, Floats], comparator: str) -> Floats:
    """The target's figure on the scale it is solved on, [draws], from its statistic [draws] by strategy."""
    with np.errstate(invalid="ignore"):  # of few people nobody may have it under either strategy: no figure then
        here = values[target.strategy]
        return np.asarray(here - values[comparator] if _rule(target).relative else here)


def goal_of(target: CalibrationTarget, published: Floats) -> Floats:
    """A published figure on the scale it is solved on, of the same shape."""
    return _rule(target).published(published)


def untransformed(target: CalibrationTarget, y: Floats) -> Floats:
    """A figure on the scale it is solved on as it would be published, of the same shape."""
    return _rule(target).back(y)


def unit_of(target: CalibrationTarget) -> float:
    """Engine units per one of the target's unit."""
    return UNITS[target.unit].factor


def target_value(target: CalibrationTarget, values: Mapping[str, Floats]) -> Floats:
    rows = max(len(v) for v in values.values())
    return make_lookup(lambda n: values[n], rows)(target.published)


def nulls_of(
    targets: Sequence[CalibrationTarget], alone: npt.NDArray[np.bool_], values: Mapping[str, Floats], rows: int
) -> npt.NDArray[np.bool_]:
    """Where an engine ratio is exactly 1, [rows, target].

    So it is where all of a strategy's published ratios are exactly 1, and where its own is and nothing
    else that the strategy changes moves the figure.
    """
    out = np.zeros((rows, len(targets)), dtype=bool)
    for j, target in enumerate(targets):
        if alone[j] and target.scale != "value":
            out[:, j] = _is_null(target, values)
    for strategy in {t.strategy for t in targets}:
        mine = [j for j, t in enumerate(targets) if t.strategy == strategy]
        if all(targets[j].scale != "value" for j in mine):
            null = np.all([_is_null(targets[j], values) for j in mine], axis=0)
            out[np.ix_(null, mine)] = True
    return out


def _is_null(target: CalibrationTarget, values: Mapping[str, Floats]) -> npt.NDArray[np.bool_]:
    """Where the published figure says that nothing changes."""
    return np.asarray(np.abs(target_value(target, values) - _rule(target).null) <= ROUNDING)


def in_words(target: CalibrationTarget, y: float) -> str:
    """A figure on the scale it is solved on, as a reader knows it."""
    value = float(untransformed(target, np.array([y]))[0])
    if MEASURED_AS[type(target.statistic)] == "time" and target.scale == "value":
        return f"{value * DAYS_PER_YEAR:.4g} days"
    return f"{value:.4g}"


def refuse_impossible(targets: Sequence[CalibrationTarget], centre: Mapping[str, Floats]) -> None:
    """Raise ``CalibrationError`` for every published figure that no finite engine parameter can give."""
    wrong = []
    for target in targets:
        value = float(target_value(target, centre)[0])
        rule = _rule(target)
        share = rule is SHARE
        if rule.is_positive and not (0 < value < 1 if share else 0 < value < np.inf):
            need = "between 0 and 1, both excluded" if share else "positive"
            wrong.append(f"{target.published}: {value:.6g}; to solve for {target.unknown} it must be {need}")
    if wrong:
        raise CalibrationError("; ".join(wrong))


def must_be_finite(y: Floats, targets: Sequence[CalibrationTarget]) -> None:
    for j, target in enumerate(targets):
        if not np.isfinite(y[j]):
            raise CalibrationError(f"{target.unknown}: the figure it is solved for ({target.published}) is 0 or 1")


def goals_of(targets: Sequence[CalibrationTarget], values: Mapping[str, Floats]) -> Floats:
    """Published figures on the scales they are solved on, [draws, target]."""
    return np.stack([goal_of(t, target_value(t, values)) for t in targets], axis=1)
