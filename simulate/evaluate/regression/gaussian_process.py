"""Gaussian process regression of net benefit on a group of parameters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from parameters.arrays import Floats
from simulate.engine.arithmetic.of_arrays import exps, logs
from simulate.evaluate.regression.splines import REDRAWS, Fit

GP_POINTS = 500  # draws a Gaussian process is fitted on
GP_LENGTHS = (0.5, 1.0, 2.0, 4.0, 8.0)  # of its kernel, in standard deviations of a parameter, times sqrt(parameters)


def gaussian_process(increments: Floats, x: Floats) -> Fit:
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
    return Fit(fitted.T, np.moveaxis(redraws, 2, 0), f"Gaussian process of {x.shape[1]}")


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
    return float(-0.5 * (n * float(logs(max(variance, 1e-300))) + logs(values).sum()))


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
    return np.asarray(exps(-0.5 * np.maximum(square, 0.0) / length**2))
