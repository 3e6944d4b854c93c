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

from parameters.arrays import Bools, Floats, Ints
from simulate.engine.arithmetic.one_thread import on_one_thread
from simulate.evaluate.decision.acceptability import matrix, refuse_not_finite, refuse_repeated
from simulate.evaluate.regression.gaussian_process import gaussian_process
from simulate.evaluate.regression.splines import Fit, Splines
from simulate.evaluate.uncertainty.jackknife import error_of

if TYPE_CHECKING:
    import pandas as pd

Groups = Mapping[str, Sequence[str]] | Sequence[str]  # label to parameters, or parameters each alone

MOST_SPLINED = 3  # parameters of a group that are fitted by products of splines
REFITS = 10  # behind the standard error of splines
DEGREES = REFITS - 1  # of freedom of a standard error: 95% intervals take Student's t with so many
FEWEST_REFITTED = 50  # draws
NOTHING = "nothing to learn"
LEAST_SPREAD = 1e-150  # of a column that varies: squares of less vanish


@on_one_thread
def evppi(nb: npt.ArrayLike, parameters: pd.DataFrame, groups: Groups | None = None) -> pd.DataFrame:
    """Expected value of learning each group of parameters, in the unit of `nb`, one row a group.

    `nb`: net benefit [draws, strategies]; `parameters`: [draws, names]; `groups`: label to names, or names
    each alone, by default all of them. Columns ``group``, ``evppi``, ``se``, ``method``. Never below 0 nor
    above the EVPI of the same draws. Raises ``ValueError`` for shapes, unknown names or empty groups.
    """
    return evppi_of_several([nb], parameters, groups)[0]


@on_one_thread
def evppi_of_several(
    nbs: Sequence[npt.ArrayLike], parameters: pd.DataFrame, groups: Groups | None = None
) -> list[pd.DataFrame]:
    """``evppi`` of several net benefits of the same draws, in little more than the time of one."""
    import pandas as pd

    benefits = [matrix(nb, "nb") for nb in nbs]
    values, *_ = (checked_parameters(parameters, nb, len(b)) for nb, b in zip(nbs, benefits, strict=True))
    named = named_groups(list(parameters.columns) if groups is None else groups)
    found = {g: values_of_learning(benefits, _columns(values, parameters, g, names)) for g, names in named.items()}
    return [
        pd.DataFrame([(g, *of[k]) for g, of in found.items()], columns=["group", "evppi", "se", "method"])
        for k in range(len(benefits))
    ]


def named_groups(groups: Groups) -> dict[str, list[str]]:
    """Label to names; a name alone, or a string where names belong, is that one name."""
    if not isinstance(groups, Mapping):
        groups = {n: [n] for n in ([groups] if isinstance(groups, str) else groups)}
    return {label: [names] if isinstance(names, str) else list(names) for label, names in groups.items()}


Valued = tuple[float, float, str]  # EVPPI, its standard error, and the method


def value_of_learning(benefit: Floats, x: Floats, *, refitted: bool = True) -> Valued:
    """EVPPI of the columns `x` [draws, parameters], its standard error, and the method; see ``values_of_learning``."""
    return values_of_learning([benefit], x, refitted=refitted)[0]


@on_one_thread
def values_of_learning(benefits: Sequence[Floats], x: Floats, *, refitted: bool = True) -> list[Valued]:
    """EVPPI of the columns `x` [draws, parameters], its standard error and the method, for each net benefit.

    The error of splines is no less than the spread of fits without a tenth of the draws each, penalty and all, unless
    `refitted` is False, which is quicker; a Gaussian process's is that of its own redraws.
    One length for all parameters makes a Gaussian process blind to a parameter that bends sharply among others that do
    nothing. Knowing a group is worth no less than knowing its best part, so that is its value where the fit finds less.
    """
    if x.shape[1] <= MOST_SPLINED:
        return _by_splines(benefits, x, refitted)
    parts = [_by_splines(benefits, x[:, [j]], False) for j in range(x.shape[1])]
    return [_or_best_part(_by_fit(b, x), [part[k] for part in parts]) for k, b in enumerate(benefits)]


def _or_best_part(found: Valued, parts: Sequence[Valued]) -> Valued:
    best = max(parts, key=lambda part: part[0])
    if best[0] <= found[0]:
        return found
    return best[0], max(best[1], found[1]), f"{best[2]}, the best of {len(parts)} parts"


def varies(values: Floats) -> Bools:
    """Which columns of `values` [draw, column] spread far enough to be fitted, or to be fitted to."""
    return np.asarray(np.ptp(values, axis=0) > LEAST_SPREAD)


def _by_splines(benefits: Sequence[Floats], x: Floats, refitted: bool) -> list[Valued]:
    """By splines of up to three columns; where `refitted`, the error tells of fits without each tenth of the draws."""
    refitted = refitted and len(x) >= FEWEST_REFITTED
    order, starts = _in_folds(len(x), REFITS if len(x) >= FEWEST_REFITTED else 1)
    varying = x[order][:, varies(x)] if len(x) else x
    ready = Splines.of(varying, starts, refitted) if varying.shape[1] else None
    return [_valued(benefit[order], ready, starts) for benefit in benefits]


def _in_folds(draws: int, folds: int) -> tuple[Ints, Ints]:
    """Draws in the order of their fold, every so many-th one, and where each fold begins."""
    fold = np.arange(draws) % folds
    order = np.argsort(fold, kind="stable")
    return order, np.searchsorted(fold[order], np.arange(folds))


def _valued(benefit: Floats, ready: Splines | None, starts: Ints) -> Valued:
    increments = benefit - benefit[:, :1]
    if ready is None or not varies(increments).any():
        return 0.0, 0.0, NOTHING
    found = ready.fit(increments)
    value, bias, error = _told(benefit, increments, found)
    if found.without is not None:
        again = np.maximum(np.minimum(_gain_without(found.without, starts) - bias, _ceilings(benefit, starts)), 0.0)
        error = max(error, float(error_of(again)))
    return value, error, found.method


def _by_fit(benefit: Floats, x: Floats) -> Valued:
    """By one fit of more than three columns, fewer where some do not vary."""
    increments, varying = benefit - benefit[:, :1], x[:, varies(x)]
    if varying.shape[1] <= MOST_SPLINED:
        return _by_splines([benefit], varying, False)[0]
    if not varies(increments).any():
        return 0.0, 0.0, NOTHING
    found = gaussian_process(increments, varying)
    value, _, error = _told(benefit, increments, found)
    return value, error, found.method


def _told(benefit: Floats, increments: Floats, found: Fit) -> tuple[float, float, float]:
    """EVPPI by a fit, the bias taken off it, and its standard error.

    The bias is what fits to data made from the fit find more; it is half known.
    """
    plain, bias = float(_gain(found.fitted)), 0.0
    if found.again is not None:
        seen = plain if found.rows is None else float(_gain(found.fitted[:, found.rows]))
        bias = float(_gain(found.again).mean()) - seen
    best = int(increments.mean(axis=0).argmax())
    sampling = _gains(found.fitted, best).std(ddof=1) / np.sqrt(len(benefit)) if len(benefit) > 1 else np.nan
    fitting = float(_gain(found.redraws).std(ddof=1))
    value = max(0.0, min(plain - bias, _ceiling(benefit)))
    return value, bias, float(np.sqrt(sampling**2 + fitting**2 + (bias / 2) ** 2))


def _gains(fitted: Floats, best: int) -> Floats:
    """What knowing the group gains in each draw over choosing `best` throughout, of `fitted` [strategy, draw]."""
    return np.asarray(np.maximum.reduce(fitted) - fitted[best])


def _gain(fitted: Floats) -> Floats:
    """Mean gain of `fitted` [strategy, ..., draw], [...]; exactly 0 for none.

    Against what is best by the fit itself, so that shrinkage of its mean cannot make a gain.
    """
    best = fitted.mean(axis=-1).argmax(axis=0)
    chosen = np.take_along_axis(fitted, best[None, ..., None], axis=0)[0]
    return np.asarray((np.maximum.reduce(fitted) - chosen).mean(axis=-1))


def _gain_without(fitted: Floats, starts: Ints) -> Floats:
    """The same over the draws outside each fold, of `fitted` [strategy, fold, draw] without that fold; [fold]."""
    best = _outside(fitted, starts).argmax(axis=0)
    chosen = np.take_along_axis(fitted, best[None, :, None], axis=0)[0]
    return _outside(np.maximum.reduce(fitted) - chosen, starts) / _left(fitted.shape[-1], starts)


def _outside(values: Floats, starts: Ints) -> Floats:
    """Sums of `values` [..., fold, draw] over the draws outside that fold, [..., fold]."""
    kept = 1.0 - np.eye(len(starts))
    return np.asarray((np.add.reduceat(values, starts, axis=-1) * kept).sum(axis=-1))


def _left(draws: int, starts: Ints) -> Ints:
    """Draws outside each fold."""
    return np.asarray(draws - np.diff(starts, append=draws))


def _ceiling(benefit: Floats) -> float:
    """The EVPI of the same draws, summed in both usual orders: no EVPPI is above either, not even by its last bit."""
    return min(float(_gain(benefit.T)), float(benefit.max(axis=1).mean() - benefit.mean(axis=0).max()))


def _ceilings(benefit: Floats, starts: Ints) -> Floats:
    """The EVPI of the draws outside each fold, [fold]."""
    by_fold = np.add.reduceat(np.vstack([benefit.T, benefit.max(axis=1)]), starts, axis=1)
    means = (by_fold[:, None, :] * (1.0 - np.eye(len(starts)))).sum(axis=2) / _left(len(benefit), starts)
    return np.asarray(means[-1] - np.maximum.reduce(means[:-1]))


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
