"""Regression of an outcome on sampled parameters, chosen out of fold: linear, curved with interactions, or steps.

Each outcome is fitted by itself, so that the model of costs is the same whatever effect stands beside them.
Every fit is a linear smoother, H = U diag(s) U' with orthonormal U orthogonal to the constant, so that
the variance which noise of known size leaves in the fitted values can be worked out exactly
(for steps: given where they are).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from parameters.arrays import Bools, Floats, Ints

FOLDS = 5
PENALTIES = np.logspace(-3.5, 2.5, 13)  # ridge penalty as a multiple of the number of draws
CURVED = 0.5  # weight of curvature and interaction columns before the penalty: smaller effects expected
FEW = 4  # parameters in the sparse linear candidate
PAIRS = 24  # products admitted, the strongest in the rows fitted on
MAX_LEAVES = 6


class Smoother(NamedTuple):
    """How fitted values follow from an outcome: ``U diag(s) U' y``, without the mean."""

    method: str
    basis: Floats  # U [draw, k], orthonormal, orthogonal to the constant
    shrinkage: Floats  # s [k], 0 to 1
    held_out: Floats  # [draw], prediction of each draw from the other folds
    skill: float  # out-of-fold R², at least 0

    @staticmethod
    def constant(held_out: Floats) -> Smoother:
        """A fit by the mean alone."""
        return Smoother("constant", np.zeros((len(held_out), 0)), np.zeros(0), held_out, 0.0)

    def fitted(self, outcome: Floats) -> Floats:
        """Fitted deviations from the mean for `outcome` [draw, ...], same shape."""
        coefficients = self.basis.T @ (outcome - outcome.mean(axis=0))
        return np.asarray(self.basis @ (self.shrinkage.reshape(-1, *[1] * (outcome.ndim - 1)) * coefficients))


class _Candidate(NamedTuple):
    method: str
    error: Floats  # [draw], outcome less its prediction from the other folds
    build: Callable[[], tuple[Floats, Floats]]  # basis and shrinkage on all draws


@dataclass(frozen=True)
class Inputs:
    """Parameters ready for ``fit``, whatever the outcome: columns for the designs."""

    values: Floats  # [draw, parameter], standardised
    curves: Floats  # [draw, 2 x parameter], second and third Legendre polynomials of the ranks
    order: Ints  # [parameter, draw], rows in ascending order of each parameter
    rising: Floats  # [parameter, draw], the values in that order


def fit(parameters: Floats | Inputs, outcomes: Floats) -> list[Smoother]:
    """The smoother of each outcome with the least out-of-fold error, the simplest among those as good.

    `parameters`: [draws, names], or what ``prepare`` made of them; `outcomes`: [draws, outcomes]. Columns that never
    vary are ignored.
    """
    inputs = parameters if isinstance(parameters, Inputs) else prepare(parameters)
    fold = np.arange(len(outcomes)) % FOLDS
    return [_choose(_candidates(inputs, np.ascontiguousarray(y), fold), y) for y in outcomes.T]


def _candidates(inputs: Inputs, y: Floats, fold: Ints) -> list[_Candidate]:
    """From the simplest to the richest."""
    return [
        _constant(y, fold),
        _ridge(inputs, y, fold, _few, "few linear"),
        _ridge(inputs, y, fold, _linear, "linear"),
        _steps(inputs, y, fold),
        _ridge(inputs, y, fold, _curved, "curved"),
    ]


def prepare(parameters: Floats) -> Inputs:
    """Parameters [draws, names] ready for any number of fits."""
    varying = parameters[:, np.ptp(parameters, axis=0) > 0]
    order = np.argsort(varying, axis=0, kind="stable")
    rank = np.stack([_ranks(column) for column in varying.T], axis=1) if varying.size else np.empty_like(varying)
    u = (2 * rank + 1) / len(varying) - 1
    curves = np.concatenate([np.sqrt(5) * (3 * u * u - 1) / 2, np.sqrt(7) * (5 * u * u - 3) * u / 2], axis=1)
    values = (varying - varying.mean(axis=0)) / varying.std(axis=0)
    rising = np.take_along_axis(values, order, axis=0)
    return Inputs(values, curves, np.ascontiguousarray(order.T), np.ascontiguousarray(rising.T))


def _ranks(column: Floats) -> Floats:
    """Ranks from 0, equal values sharing their mean."""
    _, place, count = np.unique(column, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count + 1) / 2)[place.ravel()])


def _choose(candidates: list[_Candidate], y: Floats) -> Smoother:
    """The simplest candidate (they come in that order) not clearly worse than the best one."""
    best = min(candidates, key=lambda c: float((c.error**2).mean()))
    for candidate in candidates:
        excess = candidate.error**2 - best.error**2
        if excess.mean() <= excess.std() / np.sqrt(len(y)):
            break
    basis, shrinkage = candidate.build()
    skill = max(0.0, 1 - float((candidate.error**2).mean()) / float((candidates[0].error ** 2).mean()))
    return Smoother(candidate.method, basis, shrinkage, y - candidate.error, skill)


def _constant(y: Floats, fold: Ints) -> _Candidate:
    means = np.array([y[fold != f].mean() for f in range(FOLDS)])
    return _Candidate("constant", y - means[fold], lambda: (np.zeros((len(y), 0)), np.zeros(0)))


# --- ridge regression ---------------------------------------------------------------------------

Design = Callable[[Inputs, Floats, Ints], Floats]  # inputs, outcome, rows fitted on -> columns [draw, column]


def _linear(inputs: Inputs, y: Floats, rows: Ints) -> Floats:
    return inputs.values


def _few(inputs: Inputs, y: Floats, rows: Ints) -> Floats:
    """The parameters most correlated with the outcome in `rows`."""
    score = np.abs(inputs.values[rows].T @ (y[rows] - y[rows].mean()))
    return inputs.values[:, np.argsort(-score, kind="stable")[:FEW]]


def _curved(inputs: Inputs, y: Floats, rows: Ints) -> Floats:
    """Parameters, their curvature, and the products and squares most correlated with the outcome in `rows`."""
    z = inputs.values
    first, second = np.triu_indices(z.shape[1])  # squares among them
    products = (z[rows] * (y[rows] - y[rows].mean())[:, None]).T @ z[rows]
    kept = np.argsort(-np.abs(products[first, second]), kind="stable")[:PAIRS]
    pairs = z[:, first[kept]] * z[:, second[kept]]
    spread = np.maximum(pairs.std(axis=0), 1e-3)  # the square of a two-valued parameter may not vary at all
    return np.concatenate([z, CURVED * inputs.curves, CURVED * pairs / spread], axis=1)


def _ridge(inputs: Inputs, y: Floats, fold: Ints, design: Design, method: str) -> _Candidate:
    """The candidate whose penalty has the least out-of-fold error."""
    errors = np.empty((len(PENALTIES), len(y)))
    for f in range(FOLDS):
        train, test = np.flatnonzero(fold != f), np.flatnonzero(fold == f)
        x = design(inputs, y, train)
        fitted_on = x[train]
        centre, level = fitted_on.mean(axis=0), y[train].mean()
        fitted_on -= centre
        values, vectors = np.linalg.eigh(fitted_on.T @ fitted_on)
        moments = vectors.T @ (fitted_on.T @ (y[train] - level))
        slopes = moments[:, None] / (values[:, None] + PENALTIES * len(train))
        errors[:, test] = (y[test, None] - level - (x[test] - centre) @ vectors @ slopes).T
    best = int((errors**2).mean(axis=1).argmin())
    x = design(inputs, y, np.arange(len(y)))
    return _Candidate(method, errors[best], _shrunk(x - x.mean(axis=0), PENALTIES[best] * len(x)))


def _shrunk(x: Floats, penalty: float) -> Callable[[], tuple[Floats, Floats]]:
    """Orthonormal basis of the columns of `x` and how far the penalty shrinks each direction."""

    def build() -> tuple[Floats, Floats]:
        values, vectors = np.linalg.eigh(x.T @ x)
        kept = values > 1e-10 * values[-1]
        return x @ vectors[:, kept] / np.sqrt(values[kept]), values[kept] / (values[kept] + penalty)

    return build


# --- steps: a small regression tree ---------------------------------------------------------------


class _Split(NamedTuple):
    gain: float
    parameter: int
    cut: float


def _steps(inputs: Inputs, y: Floats, fold: Ints) -> _Candidate:
    """A regression tree whose number of leaves has the least out-of-fold error."""
    errors = np.zeros((MAX_LEAVES, len(y)))
    for f in range(FOLDS):
        train = fold != f
        last = np.zeros(len(y), dtype=np.int64)
        for leaves, last in enumerate(_grow(inputs, y, train)):
            errors[leaves] = np.where(train, errors[leaves], y - _leaf_means(last, y, train)[last])
        for rest in range(leaves + 1, MAX_LEAVES):
            errors[rest] = np.where(train, errors[rest], y - _leaf_means(last, y, train)[last])
    best = int((errors**2).mean(axis=1).argmin())

    def build() -> tuple[Floats, Floats]:
        *_, leaf = (leaf for leaf, _ in zip(_grow(inputs, y, np.ones(len(y), bool)), range(best + 1), strict=False))
        members = (leaf[:, None] == np.arange(leaf.max() + 1)).astype(np.float64)
        basis, _ = np.linalg.qr((members - members.mean(axis=0))[:, 1:])
        return np.asarray(basis), np.ones(basis.shape[1])

    return _Candidate("steps", errors[best], build)


def _leaf_means(leaf: Ints, y: Floats, train: Bools) -> Floats:
    weight = np.asarray(train, dtype=np.float64)
    return np.bincount(leaf, weight * y) / np.bincount(leaf, weight)


def _grow(inputs: Inputs, y: Floats, train: Bools) -> Iterator[Ints]:
    """Leaf of every draw [draw] for 1, 2, … leaves, always making the split that explains most in `train`."""
    leaf = np.zeros(len(y), dtype=np.int64)
    smallest = max(5, int(train.sum()) // 50)
    splits = [_best_split(inputs, y, train, smallest)]
    yield leaf
    while len(splits) < MAX_LEAVES:
        worst = max(range(len(splits)), key=lambda i: splits[i].gain)
        if splits[worst].gain <= 0:
            return
        _, parameter, cut = splits[worst]
        leaf = np.where((leaf == worst) & (inputs.values[:, parameter] > cut), len(splits), leaf)
        splits[worst] = _best_split(inputs, y, train & (leaf == worst), smallest)
        splits.append(_best_split(inputs, y, train & (leaf == len(splits)), smallest))
        yield leaf


def _best_split(inputs: Inputs, y: Floats, rows: Bools, smallest: int) -> _Split:
    """The cut of one parameter that lowers the sum of squares in `rows` most; gain 0 when none is allowed."""
    n = int(rows.sum())
    if n < 2 * smallest:
        return _Split(0.0, 0, 0.0)
    columns, mine = len(inputs.order), rows[inputs.order]
    sorted_rows = inputs.order[mine].reshape(columns, n)
    below = np.cumsum((y - y[rows].mean())[sorted_rows], axis=1)[:, smallest - 1 : n - smallest]
    count = np.arange(smallest, n - smallest + 1)
    gain = below**2 * (1 / count + 1 / (n - count))
    x = inputs.rising[mine].reshape(columns, n)
    low, high = x[:, smallest - 1 : n - smallest], x[:, smallest : n - smallest + 1]
    gain[low == high] = 0.0
    parameter, place = np.unravel_index(int(gain.argmax()), gain.shape)
    cut = (low[parameter, place] + high[parameter, place]) / 2
    return _Split(float(gain[parameter, place]), int(parameter), float(cut))
