"""What learning some of the parameters is worth (EVPPI), from the draws of a probabilistic analysis.

Expected net benefit given a group of parameters is estimated by regression (Strong, Oakley &
Brennan 2014, doi 10.1177/0272989X13505910): for up to three parameters, products of smooth functions
with a penalty chosen by generalised cross-validation, the bias of the fit taken off; for more, a
Gaussian process. ``simulate.evppi_nested`` is the slow two-level oracle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from parameters.arrays import Bools, Floats
from simulate.engine.arithmetic.one_thread import on_one_thread
from simulate.evaluate.decision.acceptability import matrix, refuse_not_finite, refuse_repeated
from simulate.evaluate.regression.gaussian_process import gaussian_process
from simulate.evaluate.regression.splines import Fit, splines
from simulate.evaluate.uncertainty.jackknife import jackknife_error

if TYPE_CHECKING:
    import pandas as pd

Groups = Mapping[str, Sequence[str]] | Sequence[str]  # label to parameters, or parameters each alone

MOST_SPLINED = 3  # parameters of a group that are fitted by products of splines
REFITS = 10  # behind the standard error of splines
FEWEST_REFITTED = 50  # draws
NOTHING = "nothing to learn"


@on_one_thread
def evppi(nb: npt.ArrayLike, parameters: pd.DataFrame, groups: Groups | None = None) -> pd.DataFrame:
    """Expected value of learning each group of parameters, in the unit of `nb`, one row a group.

    `nb`: net benefit [draws, strategies]; `parameters`: [draws, names]; `groups`: label to names, or names
    each alone, by default all of them. Columns ``group``, ``evppi``, ``se``, ``method``. Never below 0 nor
    above the EVPI of the same draws. Raises ``ValueError`` for shapes, unknown names or empty groups.
    """
    import pandas as pd

    benefit = matrix(nb, "nb")
    values = checked_parameters(parameters, nb, len(benefit))
    rows = [
        _row(label, benefit, _columns(values, parameters, label, names))
        for label, names in named_groups(list(parameters.columns) if groups is None else groups).items()
    ]
    return pd.DataFrame(rows, columns=["group", "evppi", "se", "method"])


def named_groups(groups: Groups) -> dict[str, list[str]]:
    """Label to names; a name alone, or a string where names belong, is that one name."""
    if not isinstance(groups, Mapping):
        groups = {n: [n] for n in ([groups] if isinstance(groups, str) else groups)}
    return {label: [names] if isinstance(names, str) else list(names) for label, names in groups.items()}


def _row(label: str, benefit: Floats, x: Floats) -> tuple[str, float, float, str]:
    value, error, method = value_of_learning(benefit, x)
    return label, value, error, method


@on_one_thread
def value_of_learning(benefit: Floats, x: Floats, *, refitted: bool = True) -> tuple[float, float, str]:
    """EVPPI of the columns `x` [draws, parameters], its standard error, and the method.

    The error of splines is no less than the spread of fits without a tenth of the draws each, penalty and all, unless
    `refitted` is False, which is quicker; a Gaussian process's is that of its own redraws.
    One length for all parameters makes a Gaussian process blind to a parameter that bends sharply among others that do
    nothing. Knowing a group is worth no less than knowing its best part, so that is its value where the fit finds less.
    """
    found = _value_by_fit(benefit, x)
    if x.shape[1] <= MOST_SPLINED:
        value, error, method = found
        return value, max(error, _error_by_refits(benefit, x)) if refitted and method != NOTHING else error, method
    best = max((_value_by_fit(benefit, x[:, [j]]) for j in range(x.shape[1])), key=lambda part: part[0])
    if best[0] <= found[0]:
        return found
    return best[0], max(best[1], found[1]), f"{best[2]}, the best of {x.shape[1]} parts"


def _value_by_fit(benefit: Floats, x: Floats) -> tuple[float, float, str]:
    increments = benefit - benefit[:, :1]
    best = int(increments.mean(axis=0).argmax())
    found = conditional(increments, x)
    if found.method == NOTHING:
        return 0.0, 0.0, NOTHING
    value, bias = _value(benefit, found)
    sampling = _gains(found.fitted, best).std(ddof=1) / np.sqrt(len(benefit)) if len(benefit) > 1 else np.nan
    redrawn = [_gain(r) for r in found.redraws]
    fitting = float(np.std(redrawn, ddof=1)) if len(redrawn) > 1 else 0.0
    return value, float(np.sqrt(sampling**2 + fitting**2 + (bias / 2) ** 2)), found.method


def _value(benefit: Floats, found: Fit) -> tuple[float, float]:
    """EVPPI by a fit, and the bias taken off it: what fits to data made from the fit find more; it is half known."""
    if found.method == NOTHING:
        return 0.0, 0.0
    plain = _gain(found.fitted)
    bias = 0.0 if found.again is None else float(np.mean([_gain(fitted) for fitted in found.again])) - plain
    return max(0.0, min(plain - bias, _ceiling(benefit))), bias


def _error_by_refits(benefit: Floats, x: Floats) -> float:
    """Standard error by leaving out every tenth draw in turn and choosing the fit again; 0 for few draws."""
    if len(x) < FEWEST_REFITTED:
        return 0.0

    def without(kept: Bools) -> Floats:
        increments = benefit[kept] - benefit[kept, :1]
        return np.array([_value(benefit[kept], conditional(increments, x[kept]))[0]])

    return float(jackknife_error(without, np.arange(len(x)) % REFITS)[0])


def _gains(fitted: Floats, best: int) -> Floats:
    """What knowing the group gains in each draw over choosing `best` throughout."""
    return np.asarray(np.maximum.reduce(list(fitted.T)) - fitted[:, best])


def _gain(fitted: Floats) -> float:
    """Against what is best by the fit itself, so that shrinkage of its mean cannot make a gain; exactly 0 for none."""
    return float(_gains(fitted, int(fitted.mean(axis=0).argmax())).mean())


def _ceiling(benefit: Floats) -> float:
    """The EVPI of the same draws, summed in both usual orders: no EVPPI is above either, not even by its last bit."""
    return min(_gain(benefit), float(benefit.max(axis=1).mean() - benefit.mean(axis=0).max()))


@on_one_thread
def conditional(increments: Floats, x: Floats) -> Fit:
    """Expected `increments` [draws, strategies] given the columns `x` [draws, parameters]."""
    varying = x[:, np.ptp(x, axis=0) > 0] if len(x) else x
    if varying.shape[1] == 0 or not np.ptp(increments, axis=0).any():
        flat = np.broadcast_to(increments.mean(axis=0), increments.shape)
        return Fit(flat, flat[None], NOTHING)
    if varying.shape[1] <= MOST_SPLINED:
        return splines(increments, varying)
    return gaussian_process(increments, varying)


def checked_parameters(parameters: pd.DataFrame, nb: npt.ArrayLike, draws: int) -> Floats:
    """`parameters` as finite float64 [draws, names], row by row with `nb`.

    ``ValueError`` on a name given twice, another number of rows, or rows that are labelled otherwise than those of
    `nb` (a table that was sorted or filtered): which draw a row is of would be a guess.
    """
    if not hasattr(parameters, "columns"):
        raise ValueError("parameters: must be a DataFrame, [draws, names]")
    refuse_repeated(list(parameters.columns), "parameters")
    values = np.asarray(parameters, dtype=np.float64)
    if values.shape != (draws, len(parameters.columns)):
        raise ValueError(f"parameters: {len(values)} rows for {draws} draws of nb; must be one row a draw")
    rows = list(getattr(nb, "index", range(draws)))
    if list(parameters.index) != rows:
        raise ValueError(
            "parameters: its rows are labelled otherwise than the draws of nb; must be the same, in the same order "
            "(reset_index(drop=True) where the order is right)"
        )
    refuse_not_finite(values, "parameters")
    return values


def _columns(values: Floats, parameters: pd.DataFrame, label: str, names: Sequence[str]) -> Floats:
    known = list(parameters.columns)
    refuse_repeated(names, f"groups[{label!r}]")
    unknown = [n for n in names if n not in known]
    if unknown or not names:
        raise ValueError(f"groups[{label!r}]: {unknown or 'empty'}; allowed: names among {', '.join(map(str, known))}")
    if len(values) <= len(names):
        raise ValueError(
            f"groups[{label!r}]: {len(names)} parameters in {len(values)} draws; need more draws than that"
        )
    return values[:, [known.index(n) for n in names]]
