"""Covariance matrices of increments: estimated, made coherent, and moved from one to another."""

from __future__ import annotations

import numpy as np

from parameters.arrays import Floats

ROUNDING = 1e-10  # of a variance, which a factor may add


def about_mean(values: Floats) -> tuple[Floats, Floats]:
    """Deviations from the mean and the mean; of an outcome that never varies exactly 0 and its value."""
    mean = np.where(np.ptp(values, axis=0) > 0, values.mean(axis=0), values[0])
    return values - mean, mean


def covariance_of(values: Floats) -> Floats:
    centred, _ = about_mean(values)
    return np.asarray(centred.T @ centred / (len(values) - 1))


def moved(centred: Floats, now: Floats, target: Floats) -> Floats:
    """`centred` [draw, outcome] moved so that its covariance `now` becomes `target`, costs regardless of effects.

    Effects are taken apart into what costs tell of them and a rest, and put together as `target` has it;
    costs, and the rest of effects, are moved as little as possible. `target` is made a covariance first.
    """
    costs, effects = _halves(now)
    goal = _coherent(target)
    cost = centred[:, costs] @ _map(now[costs, costs], goal[costs, costs])
    rest = centred[:, effects] - centred[:, costs] @ _told(now)
    return np.hstack([cost, cost @ _told(goal) + rest @ _map(_untold(now), _untold(goal))])


def _halves(matrix: Floats) -> tuple[slice, slice]:
    return slice(None, len(matrix) // 2), slice(len(matrix) // 2, None)


def _told(covariance: Floats) -> Floats:
    """Coefficients of effects on costs, [cost, effect]."""
    costs, effects = _halves(covariance)
    unit, scaled = _scaled(covariance[costs, costs])
    _, inverse = root_pair(scaled)
    return np.asarray(inverse @ inverse @ (covariance[costs, effects] / unit[:, None]) / unit[:, None])


def _untold(covariance: Floats) -> Floats:
    """Covariance of effects given costs, [effect, effect]; what is only rounding is 0."""
    costs, effects = _halves(covariance)
    unit, _ = _scaled(covariance[effects, effects])
    rest = covariance[effects, effects] - covariance[effects, costs] @ _told(covariance)
    values, vectors = np.linalg.eigh(rest / np.outer(unit, unit))
    return np.asarray((vectors * np.where(values > 1e-9, values, 0.0)) @ vectors.T * np.outer(unit, unit))


def _coherent(matrix: Floats) -> Floats:
    """A covariance: costs and effects each projected on positive semi-definite matrices, no correlation beyond 1."""
    costs, effects = _halves(matrix)
    roots, inverses = [], []
    for half in (costs, effects):
        unit, scaled = _scaled(matrix[half, half])
        root, inverse = root_pair(scaled)
        roots.append(root * unit)
        inverses.append(inverse / unit[:, None])
    left, correlation, right = np.linalg.svd(inverses[0].T @ matrix[costs, effects] @ inverses[1])
    between = roots[0].T @ (left * np.minimum(correlation, 1.0)) @ right @ roots[1]
    return np.block([[roots[0].T @ roots[0], between], [between.T, roots[1].T @ roots[1]]])


def _map(now: Floats, target: Floats) -> Floats:
    """What moves values of covariance `now` least to give them `target`, [outcome, outcome], for values @ map.

    The optimal map between normal distributions, now^-1/2 (now^1/2 target now^1/2)^1/2 now^-1/2, on
    outcomes of unit variance.
    """
    unit, scaled = _scaled(now)
    root, inverse = root_pair(scaled)
    middle, _ = root_pair(root @ (target / np.outer(unit, unit)) @ root)
    return np.asarray(inverse @ middle @ inverse * (unit / unit[:, None]))


def _scaled(covariance: Floats) -> tuple[Floats, Floats]:
    """Standard deviations (1 where there is none) and the covariance in units of them."""
    unit = np.sqrt(np.abs(np.diag(covariance)))
    unit = np.where(unit > 0, unit, 1.0)
    return unit, covariance / np.outer(unit, unit)


def root_pair(matrix: Floats) -> tuple[Floats, Floats]:
    """Square root of the positive part of a symmetric matrix, and the root's inverse where there is one."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    kept = values > 1e-12 * max(float(values[-1]), 0.0) if len(values) else values > 0
    root = np.where(kept, np.sqrt(np.maximum(values, 0.0)), 0.0)
    inverse = np.where(kept, 1 / np.where(kept, root, 1.0), 0.0)
    return (vectors * root) @ vectors.T, (vectors * inverse) @ vectors.T


def positive_part(matrix: Floats) -> Floats:
    """The nearest positive semi-definite matrix to a symmetric one, costs regardless of effects."""
    return _coherent(matrix)


def factor(matrices: Floats) -> Floats:
    """Lower triangular L with L L' = each of `matrices` [draw, outcome, outcome]: costs regardless of effects."""
    sd = np.sqrt(np.maximum(np.diagonal(matrices, axis1=1, axis2=2), 0.0))
    unit = np.where(sd > 0, sd, 1.0)
    spare = np.eye(matrices.shape[1]) * np.where(sd > 0, ROUNDING, 1.0)[:, None, :]
    return np.linalg.cholesky(matrices / (unit[:, :, None] * unit[:, None, :]) + spare) * sd[:, :, None]


def solved(factors: Floats, values: Floats) -> Floats:
    """`values` [draw, outcome] by the inverse of ``factor``: what they are in units of the matrices; 0 of 0 is 0."""
    none = np.diagonal(factors, axis1=1, axis2=2) == 0
    whole = factors + np.eye(factors.shape[1]) * none[:, None, :]
    return np.linalg.solve(whole, np.where(none, 0.0, values)[..., None])[..., 0]
