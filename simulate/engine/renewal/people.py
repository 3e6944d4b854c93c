"""Who there is, as a few weighted people: the quadrature that stands for characteristics and hidden multipliers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.contract import AGE, Characteristic, Mixture, Numeric
from parameters.arrays import Floats
from simulate.engine.arithmetic.elementary import exps
from simulate.engine.lower.effects import Lookup
from simulate.engine.lower.people import QUANTILES, log_sigma
from simulate.engine.lower.tables import Lowered

NODES, FEWEST_NODES = 24, 16  # of a number in which people differ, and where they differ in several
_STEP, _STEP_OF_NARROW = 0.6, 0.9  # between nodes of a gamma in its logarithm; where its spread there is small, of it
_NORMAL_FROM, _FEW = 1e8, 9  # shape from which a gamma is as good as normal (its skewness 2e-4), and nodes of that
_RARE, _NEXT_TO_0 = 1e-10, 1e-6  # of a gamma: beyond these quantiles, and where share x value is this, all are alike
CLIPPED = 2  # times as many for one that is kept within bounds, where what is integrated has a bend


@dataclass(frozen=True)
class Nodes:
    """People who stand for everybody: weights sum to 1, multipliers as in ``Cohort``."""

    weight: Floats  # [node]
    hazard: Floats  # [node, column]
    stretch: Floats  # [node, column]
    odds: Floats  # [node, column]
    age: Floats  # [node] years at entry


Spread = tuple[Floats, Floats]  # values and weights, [node]


def make_nodes(lowered: Lowered, lookup: Lookup, draw: int, fineness: float = 1.0) -> Nodes:
    """The people of one draw, wherever they start and whatever they take up, told apart so finely."""
    pathway = lowered.pathway
    spreads = _spreads(lowered, lookup, draw, fineness)
    weight, value = _product(spreads)
    ratios = [
        _ratio(
            pathway.characteristic(c.characteristic), c.level, lookup(c.parameter)[draw], lookup(c.centre)[draw], value
        )
        for c in pathway.covariates
    ]
    columns = lowered.columns
    return Nodes(
        weight,
        _columns([[*(value[n] for n in names), *(ratios[i] for i in mine)] for names, mine in columns.hazard], weight),
        1.0 / _columns([[ratios[i] for i in mine] for mine in columns.stretch], weight),
        _columns([[ratios[i] for i in mine] for mine in columns.odds], weight),
        value.get(AGE, np.zeros(len(weight))),
    )


def count_nodes(lowered: Lowered, lookup: Lookup, draw: int, fineness: float = 1.0) -> int:
    """How many there would be."""
    return math.prod(len(w) for _, w in _spreads(lowered, lookup, draw, fineness).values())


def _spreads(lowered: Lowered, lookup: Lookup, draw: int, fineness: float) -> dict[str, Spread]:
    """All in which people differ, by name, where something that may happen to them reads it."""
    pathway = lowered.pathway
    used = {c.characteristic for c in pathway.covariates} | {AGE for e in pathway.events if e.clock == AGE}
    chosen = [c for c in pathway.characteristics if c.name in used]
    numbers = len(pathway.frailties) + sum(not isinstance(c.values, Mixture) for c in chosen)
    many = max(3, round(fineness * max(FEWEST_NODES, NODES // max(numbers, 1))))
    differ = {c.name: _spread(c, lookup, draw, many, fineness) for c in chosen}
    hidden = {
        f.name: _frailty(f.distribution, float(lookup(f.variance)[draw]), many, fineness) for f in pathway.frailties
    }
    return {**differ, **hidden}


def _product(spreads: dict[str, Spread]) -> tuple[Floats, dict[str, Floats]]:
    """Weights of all combinations, and the value of each in them, [node]."""
    sizes = [len(w) for _, w in spreads.values()]
    at = np.indices(sizes).reshape(len(sizes), -1) if sizes else np.zeros((0, 1), dtype=int)
    weight = np.ones(at.shape[1])
    value = {}
    for (name, (values, weights)), i in zip(spreads.items(), at, strict=True):
        weight = weight * weights[i]
        value[name] = values[i]
    return weight, value


def _columns(columns: Sequence[Sequence[Floats]], weight: Floats) -> Floats:
    return (
        np.stack([np.prod([np.ones(len(weight)), *c], axis=0) for c in columns], axis=1)
        if columns
        else np.ones((len(weight), 0))
    )


def _ratio(c: Characteristic, level: str | None, ratio: float, centre: float, value: dict[str, Floats]) -> Floats:
    if isinstance(c.values, Mixture):
        return np.where(value[c.name] == c.values.level_names().index(str(level)), ratio, 1.0)
    return np.asarray(ratio ** (value[c.name] - centre))


def _spread(c: Characteristic, lookup: Lookup, draw: int, many: int, fineness: float) -> Spread:
    """Levels, as positions, or numbers, and their weights."""
    if isinstance(c.values, Mixture):
        shares = np.array([lookup(q)[draw] for q in c.values.shares.values()])
        return np.arange(len(shares) + 1.0), np.append(shares, 1.0 - shares.sum())
    return _number(c.values, lookup(c.values.first)[draw], lookup(c.values.second)[draw], many, fineness)


def _number(n: Numeric, a: float, b: float, many: int, fineness: float) -> Spread:
    if b == 0.0 or (n.distribution == "uniform" and a == b):
        return np.clip([a], n.low, n.high), np.ones(1)
    bounded = math.isfinite(n.low) or math.isfinite(n.high)
    if n.distribution == "gamma" and not bounded:
        values, weights = gamma_nodes((a / b) ** 2, fineness)
        return a * values, weights
    if n.distribution in ("normal", "lognormal") and not bounded:
        z, weights = normal_nodes(many)
        return (a + b * z if n.distribution == "normal" else a * exps(b * z)), weights
    x, w = np.polynomial.legendre.leggauss(CLIPPED * many if bounded else many)
    u = np.atleast_2d((x + 1) / 2)
    values = QUANTILES[n.distribution](np.full((1, 1), a), np.full((1, 1), b), u)[0]
    return np.clip(values, n.low, n.high), w / 2


def _frailty(distribution: str, variance: float, many: int, fineness: float) -> Spread:
    if variance == 0.0:
        return np.ones(1), np.ones(1)
    if distribution == "gamma":
        return gamma_nodes(1.0 / variance, fineness)
    z, weights = normal_nodes(many)
    sigma = float(log_sigma(np.array([variance]))[0])
    return exps(sigma * z - sigma * sigma / 2), weights


def normal_nodes(many: int) -> Spread:
    """Gauss-Hermite nodes and weights of a standard normal."""
    z, w = np.polynomial.hermite_e.hermegauss(many)
    return z, w / w.sum()


def gamma_nodes(shape: float, fineness: float = 1.0) -> Spread:
    """Nodes and weights of a gamma of mean 1: the trapezium rule in the logarithm, where the law is smooth and decays.

    Those next to 0 are one node, at their mean. Polynomial rules fail: what decays quickly in a multiplier of large
    variance needs nodes of every order of magnitude (Trefethen and Weideman 2014, doi 10.1137/130932132, on the rule:
    its error is exp(-pi^2 / step) where what is integrated is analytic within pi/2 of the line).
    """
    from scipy.special import gammaincinv, gammaln

    if shape > _NORMAL_FROM:
        z, w = normal_nodes(_FEW)
        return 1.0 + z / math.sqrt(shape), w
    step = min(_STEP, _STEP_OF_NARROW / math.sqrt(shape)) / fineness
    low = float(gammaincinv(shape, _RARE)) / shape
    alone = math.exp((math.log(_NEXT_TO_0) + float(gammaln(shape + 1)) - shape * math.log(shape)) / (shape + 1))
    low, high = max(low, min(alone, 0.1)), float(gammaincinv(shape, 1 - _RARE)) / shape
    many = max(2, math.ceil(math.log(high / low) / step))
    t = np.linspace(np.log(low), np.log(high), 1 + many)
    values = exps(t)
    weights = (t[1] - t[0]) * exps(shape * (np.log(shape) + t) - shape * values - float(gammaln(shape)))
    weights[0] /= 2
    below = 1.0 - float(weights.sum())  # a node of its own, which makes the whole 1 and its mean 1
    if below <= _RARE:
        return values, weights / weights.sum()
    mean = (1.0 - float(weights @ values)) / below
    return np.append(min(max(mean, 0.0), low), values), np.append(below, weights)
