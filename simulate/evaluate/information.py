"""What learning some of the parameters is worth (EVPPI), from the draws of a probabilistic analysis.

Expected net benefit given a group of parameters is estimated by regression (Strong, Oakley &
Brennan 2014, doi 10.1177/0272989X13505910): for up to three parameters, products of cubic splines
with a ridge penalty chosen out of fold; for more, a Gaussian process. ``simulate.evppi_nested``
is the slow two-level oracle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from simulate.evaluate.acceptability import Floats, matrix, refuse_not_finite

if TYPE_CHECKING:
    import pandas as pd

Groups = Mapping[str, Sequence[str]] | Sequence[str]  # label to parameters, or parameters each alone

MOST_SPLINED = 3  # parameters of a group that are fitted by products of splines
NOTHING = "nothing to learn"
KNOTS = {1: 9, 2: 5, 3: 4}  # of each parameter's spline, by the size of the group
PENALTIES = np.logspace(-8, 4, 25)  # ridge penalty, of columns with unit variance, over the number of draws
REDRAWS = 100  # of the coefficients, behind a standard error
GP_POINTS = 500  # draws a Gaussian process is fitted on
GP_LENGTHS = (0.5, 1.0, 2.0, 4.0, 8.0)  # of its kernel, in standard deviations of a parameter, times sqrt(parameters)


class Fit(NamedTuple):
    """Expected increments given a group: fitted values, and redraws of them that carry the fit's own error."""

    fitted: Floats  # [draw, strategy]
    redraws: Floats  # [redraw, draw, strategy]
    method: str


def evppi(nb: npt.ArrayLike, parameters: pd.DataFrame, groups: Groups | None = None) -> pd.DataFrame:
    """Expected value of learning each group of parameters, in the unit of `nb`, one row a group.

    `nb`: net benefit [draws, strategies]; `parameters`: [draws, names]; `groups`: label to names, or names
    each alone, by default all of them. Columns ``group``, ``evppi``, ``se``, ``method``. Never below 0 nor
    above the EVPI of the same draws. Raises ``ValueError`` for shapes, unknown names or empty groups.
    """
    import pandas as pd

    benefit = matrix(nb, "nb")
    values = _checked_parameters(parameters, len(benefit))
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


def value_of_learning(benefit: Floats, x: Floats) -> tuple[float, float, str]:
    """EVPPI of the columns `x` [draws, parameters], its standard error, and the method.

    One length for all parameters makes a Gaussian process blind to a parameter that bends sharply among others that do
    nothing. Knowing a group is worth no less than knowing its best part, so that is its value where the fit finds less.
    """
    found = _value_by_fit(benefit, x)
    if x.shape[1] <= MOST_SPLINED:
        return found
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
    value = min(_gain(found.fitted), _ceiling(benefit))
    sampling = _gains(found.fitted, best).std(ddof=1) / np.sqrt(len(benefit)) if len(benefit) > 1 else np.nan
    redrawn = [_gain(r) for r in found.redraws]
    fitting = float(np.std(redrawn, ddof=1)) if len(redrawn) > 1 else 0.0
    return max(value, 0.0), float(np.hypot(sampling, fitting)), found.method


def _gains(fitted: Floats, best: int) -> Floats:
    """What knowing the group gains in each draw over choosing `best` throughout."""
    return np.asarray(fitted.max(axis=1) - fitted[:, best])


def _gain(fitted: Floats) -> float:
    """Against what is best by the fit itself, so that shrinkage of its mean cannot make a gain; exactly 0 for none."""
    return float(_gains(fitted, int(fitted.mean(axis=0).argmax())).mean())


def _ceiling(benefit: Floats) -> float:
    """The EVPI of the same draws, summed in both usual orders: no EVPPI is above either, not even by its last bit."""
    return min(_gain(benefit), float(benefit.max(axis=1).mean() - benefit.mean(axis=0).max()))


def conditional(increments: Floats, x: Floats) -> Fit:
    """Expected `increments` [draws, strategies] given the columns `x` [draws, parameters]."""
    varying = x[:, np.ptp(x, axis=0) > 0] if len(x) else x
    if varying.shape[1] == 0 or not np.ptp(increments, axis=0).any():
        flat = np.broadcast_to(increments.mean(axis=0), increments.shape)
        return Fit(flat, flat[None], NOTHING)
    if varying.shape[1] <= MOST_SPLINED:
        return _splines(increments, varying)
    return _gaussian_process(increments, varying)


# --- splines ----------------------------------------------------------------------------------------


def _splines(increments: Floats, x: Floats) -> Fit:
    """Ridge regression on products of splines of the ranks, a penalty a strategy by generalised cross-validation."""
    design = _tensor([_spline(x[:, j], KNOTS[x.shape[1]]) for j in range(x.shape[1])])
    u, s, _ = np.linalg.svd(design - design.mean(axis=0), full_matrices=False)
    kept = s > 1e-10 * s[0]
    u, s = u[:, kept], s[kept]
    fitted = np.zeros_like(increments)
    redraws = np.zeros((REDRAWS, *increments.shape))
    rng = np.random.default_rng(20_140_901)
    for j in range(increments.shape[1]):
        if np.ptp(increments[:, j]) > 0:
            fitted[:, j], redraws[:, :, j] = _ridge(increments[:, j], u, s, rng)
    return Fit(fitted, redraws, f"splines of {x.shape[1]}")


def _ridge(y: Floats, u: Floats, s: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Fitted values [draw] at the penalty with the least generalised cross-validation error, and redraws of them.

    The direction that varies most is redrawn without shrinkage: a slope too small to be found is not known to be 0.
    """
    mean, coefficients = y.mean(), u.T @ (y - y.mean())
    n, total = len(y), float(((y - mean) ** 2).sum())
    shrinks = [s**2 / (s**2 + n * p) for p in PENALTIES]
    scores = []
    for shrink in shrinks:
        residual = total - float(((2 * shrink - shrink**2) * coefficients**2).sum())
        scores.append(residual / max(1e-12, 1 - (1 + shrink.sum()) / n) ** 2)
    shrink = shrinks[int(np.argmin(scores))]
    left = total - float(((2 * shrink - shrink**2) * coefficients**2).sum())
    variance = left / max(n - 1 - shrink.sum(), 1.0)
    reach = np.where(np.arange(len(s)) == 0, 1.0, shrink)
    moves = rng.standard_normal((REDRAWS, len(s))) * np.sqrt(variance * reach)
    return mean + u @ (shrink * coefficients), mean + (shrink * coefficients + moves) @ u.T


def _spline(column: Floats, knots: int) -> Floats:
    """Cubic B-splines of the column's ranks, [draw, basis], each with unit variance."""
    from sklearn.preprocessing import SplineTransformer

    _, place, count = np.unique(column, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - count / 2)[place.ravel()] / len(column)  # equal values share theirs
    basis = SplineTransformer(n_knots=knots, degree=3, include_bias=False).fit_transform(rank[:, None])
    spread = basis.std(axis=0)
    return np.asarray(basis / np.where(spread > 0, spread, 1.0))


def _tensor(bases: Sequence[Floats]) -> Floats:
    """Every product of one column (or none) of each basis, [draw, columns]."""
    out = np.ones((len(bases[0]), 1))
    for basis in bases:
        whole = np.hstack([np.ones((len(basis), 1)), basis])
        out = (out[:, :, None] * whole[:, None, :]).reshape(len(basis), -1)
    return out[:, 1:]


# --- Gaussian process -------------------------------------------------------------------------------


def _gaussian_process(increments: Floats, x: Floats) -> Fit:
    """A Gaussian process with a linear trend and one length for all parameters, fitted on an even part of the draws."""
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    rows = np.unique(np.linspace(0, len(z) - 1, min(GP_POINTS, len(z))).astype(int))
    trend = np.hstack([np.ones((len(z), 1)), z])
    slopes = np.linalg.lstsq(trend, increments, rcond=None)[0]
    rest = increments - trend @ slopes
    fitted = trend @ slopes
    redraws = np.repeat(fitted[None], REDRAWS, axis=0)
    rng = np.random.default_rng(20_140_901)
    for j in range(increments.shape[1]):
        if np.ptp(increments[:, j]) > 0:
            bend, errors = _bend(rest[:, j], z, rows, rng)
            fitted[:, j] += bend
            redraws[:, :, j] += bend + errors
    return Fit(fitted, redraws, f"Gaussian process of {x.shape[1]}")


def _bend(y: Floats, z: Floats, rows: npt.NDArray[np.intp], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The Gaussian process's fitted values [draw], and redraws of their error in a few directions."""
    best: tuple[float, Callable[[], tuple[Floats, Floats]]] | None = None
    for length in GP_LENGTHS:
        kernel = _kernel(z[rows], z[rows], length * np.sqrt(z.shape[1]))
        values, vectors = np.linalg.eigh(kernel)
        values = np.maximum(values, 0.0)
        turned = vectors.T @ y[rows]
        for noise in (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0):
            score = _likelihood(turned, values + noise)
            if best is None or score > best[0]:
                best = score, _predictor(y, z, rows, length, noise, values, vectors, turned, rng)
    assert best is not None
    return best[1]()


def _likelihood(turned: Floats, values: Floats) -> float:
    """Profile log-likelihood of a process whose variance is estimated."""
    n = len(turned)
    variance = float((turned**2 / values).mean())
    return float(-0.5 * (n * np.log(max(variance, 1e-300)) + np.log(values).sum()))


def _predictor(
    y: Floats,
    z: Floats,
    rows: npt.NDArray[np.intp],
    length: float,
    noise: float,
    values: Floats,
    vectors: Floats,
    turned: Floats,
    rng: np.random.Generator,
) -> Callable[[], tuple[Floats, Floats]]:
    def predict() -> tuple[Floats, Floats]:
        across = _kernel(z, z[rows], length * np.sqrt(z.shape[1])) @ vectors
        mean = across @ (turned / (values + noise))
        variance = float((turned**2 / (values + noise)).mean()) * noise
        moves = rng.standard_normal((REDRAWS, len(values))) * np.sqrt(variance) / (values + noise)
        return mean, moves @ across.T

    return predict


def _kernel(a: Floats, b: Floats, length: float) -> Floats:
    """Squared exponential covariance, [a, b]."""
    square = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * a @ b.T
    return np.asarray(np.exp(-0.5 * np.maximum(square, 0.0) / length**2))


# --- input ------------------------------------------------------------------------------------------


def _checked_parameters(parameters: pd.DataFrame, draws: int) -> Floats:
    values = np.asarray(parameters, dtype=np.float64)
    if values.shape != (draws, len(parameters.columns)):
        raise ValueError(f"parameters: {len(values)} rows for {draws} draws of nb; must be one row a draw")
    refuse_not_finite(values, "parameters")
    return values


def _columns(values: Floats, parameters: pd.DataFrame, label: str, names: Sequence[str]) -> Floats:
    known = list(parameters.columns)
    unknown = [n for n in names if n not in known]
    if unknown or not names:
        raise ValueError(f"groups[{label!r}]: {unknown or 'empty'}; allowed: names among {', '.join(map(str, known))}")
    return values[:, [known.index(n) for n in names]]
