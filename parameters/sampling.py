"""Drawing parameters: one joint scrambled Sobol sequence, one dimension a parameter, in replicates.

The draws are eight interleaved replicates, each its own scramble of the same sequence, so that the
spread between replicates measures the error of a quasi-random mean. A longer run begins with the
shorter one's draws, and a parameter appended to the list changes no other's numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from parameters.arrays import Floats, Ints, cholesky, keep_read_only
from parameters.coefficients.normal import Coefficient
from parameters.distributions import FAMILIES, Distribution
from parameters.ground.brief import Brief
from parameters.joint import DirichletShare, Drawable, Sample
from parameters.money.model_money import Money, usual
from parameters.records import ParameterSet
from parameters.sequence.sobol import BITS, scrambled_sobol
from parameters.units import to_engine

REPLICATES = 8
DIMENSIONS = 512  # at most so many parameters
MOST_KEPT = 8192  # draws of which points and quantiles are kept, since the variants of a run ask for them again
BEST = 64  # the first dimensions, scrambled apart, so that a parameter beyond them changes none of them
PLACES = 32  # binary, of a value drawn


@dataclass(frozen=True, eq=False, repr=False)
class Draws(Brief):
    """Values of every parameter in every draw.

    `values` [draws, names] in each record's own unit and price year; `replicate` [draws] the scramble
    each draw belongs to.
    """

    names: tuple[str, ...]
    values: Floats
    units: tuple[str, ...]
    price_years: tuple[str | None, ...]
    replicate: npt.NDArray[np.int64]
    method: str
    seed: int
    money: Money = field(default_factory=usual)  # that the engine's amounts are in

    def __post_init__(self) -> None:
        keep_read_only(self, ("values", "replicate"))

    def column(self, name: str) -> Floats:
        """A parameter in its own unit, float64 [draws]; ``KeyError`` when it was not drawn."""
        return np.asarray(self.values[:, self._index(name)])

    def engine(self, name: str) -> Floats:
        """A parameter in engine units (years, per year, the model's money), float64 [draws]."""
        k = self._index(name)
        return to_engine(self.values[:, k], self.units[k], self.price_years[k], self.money)

    def with_column(self, name: str, values: Floats, unit: str, price_year: str | None = None) -> Draws:
        """The same with a parameter added, or replaced at its place (where it keeps its unit and price year)."""
        if name in self.names:
            changed = self.values.copy()
            changed[:, self.names.index(name)] = values
            return replace(self, values=changed)
        return replace(
            self,
            names=(*self.names, name),
            values=np.column_stack([self.values, values]),
            units=(*self.units, unit),
            price_years=(*self.price_years, price_year),
        )

    def manifest(self) -> dict[str, Any]:
        """How these were drawn: method, seed, replicates, and the dimension of every parameter by name."""
        return {
            "method": self.method,
            "seed": self.seed,
            "replicates": int(self.replicate.max(initial=0)) + 1,
            "dimensions": {name: k for k, name in enumerate(self.names)},
        }

    def _index(self, name: str) -> int:
        if name not in self.names:
            raise KeyError(f"{name!r} was not drawn")
        return self.names.index(name)


def sample(
    parameters: ParameterSet,
    names: Sequence[str],
    draws: int,
    seed: int,
    *,
    method: Literal["sobol", "random"] = "sobol",
    fixed: bool = False,
    correlations: Mapping[tuple[str, str], float] | None = None,
    held: Collection[str] = (),
) -> Draws:
    """`draws` draws of the parameters `names`; with `fixed`, one at their published point estimates.

    Those of `held` stand at their point estimates in every draw; the others' numbers are as they would be without.
    `correlations` are those of a Gaussian copula, by pairs of names. ``ValueError`` when they are no
    correlation matrix or there are more names than dimensions.
    """
    records = [parameters[name] for name in names]
    if fixed:
        values = np.array([[r.distribution.point for r in records]])
        replicate = np.zeros(1, dtype=np.int64)
        method_name = "fixed"
    else:
        wanted = [*names, *_siblings(parameters, names)]
        replicate = _replicates(draws, method)
        if not correlations and all(_is_certain(parameters[n].distribution) for n in wanted):
            u = np.full((draws, len(wanted)), 0.5)
        else:
            u = _correlated(uniforms(draws, len(wanted), seed, method), wanted, correlations or {})
        columns = _columns(parameters, names, dict(zip(wanted, u.T, strict=True)))
        columns = [
            np.full(draws, r.distribution.point) if r.name in held else c for r, c in zip(records, columns, strict=True)
        ]
        values = np.column_stack(columns) if columns else np.empty((draws, 0))
        method_name = method
    units = tuple(r.unit for r in records)
    years = tuple(r.price_year for r in records)
    return Draws(tuple(names), values, units, years, replicate, method_name, seed, parameters.money)


def _is_certain(distribution: object) -> bool:
    return isinstance(distribution, Distribution) and distribution.kind == "fixed"


def _replicates(draws: int, method: str) -> npt.NDArray[np.int64]:
    """The scramble that each draw belongs to."""
    if method == "random":
        return np.zeros(draws, dtype=np.int64)
    return np.arange(draws) % (REPLICATES if draws >= 2 * REPLICATES else 1)


def uniforms(draws: int, dimensions: int, seed: int, method: str) -> Floats:
    """Uniforms strictly inside (0, 1), float64 [draws, dimensions]."""
    if dimensions > DIMENSIONS:
        raise ValueError(f"{dimensions} parameters; at most {DIMENSIONS} can be sampled together")
    if method == "random":
        u = np.random.default_rng(seed).random((draws, DIMENSIONS))[:, :dimensions]
        return (u * 2**53 + 0.5) / (2**53 + 1)
    replicate = _replicates(draws, method)
    points = _kept_sobol if draws <= MOST_KEPT else _sobol
    u = np.empty((draws, dimensions))
    for r in np.unique(replicate):
        rows = replicate == r
        u[rows] = points(int(rows.sum()), dimensions, seed, int(r))
    return u


def uniforms_beyond(parameters: ParameterSet, names: Sequence[str], draws: Draws, more: int) -> Floats:
    """Uniforms of `more` dimensions that no parameter of `names` has, float64 [draws, more], beside their `draws`."""
    taken = len(names) + len(_siblings(parameters, names))
    count = len(draws.values)
    if draws.method == "fixed":
        return np.full((count, more), 0.5)
    return uniforms(count, taken + more, draws.seed, draws.method)[:, taken:]


def _sobol(n: int, dimensions: int, seed: int, replicate: int) -> Floats:
    """The first `n` points of one scramble.

    A replicate of few points correlates certain pairs of Sobol dimensions strongly. So each replicate
    deals the dimensions to the parameters in another order, and the first parameters get the best
    dimensions (measured on 60 parameters and 1,024 draws: greatest correlation 0.13, as of independent
    numbers, against 0.56 without).
    """
    dealt = _scrambled(n, BEST, [seed, replicate], _dealt(BEST, replicate)[:dimensions])
    if dimensions <= BEST:
        return dealt
    beyond = BEST + _dealt(DIMENSIONS - BEST, replicate)[: dimensions - BEST]
    return np.hstack([dealt, _scrambled(n, DIMENSIONS, [seed, replicate, 1], beyond)])


_kept_sobol = lru_cache(maxsize=2 * REPLICATES)(_sobol)


def _dealt(width: int, replicate: int) -> Ints:
    """The order in which a replicate deals so many dimensions."""
    return np.asarray((np.arange(width) + replicate * width // REPLICATES) % width)


def _scrambled(n: int, dimensions: int, seed: Sequence[int], columns: Ints) -> Floats:
    """`n` scrambled Sobol points in those of the dimensions, moved off 0 by half a step."""
    return scrambled_sobol(n, dimensions, np.random.default_rng(seed), columns) + 0.5 ** (BITS + 1)


def _siblings(parameters: ParameterSet, names: Sequence[str]) -> list[str]:
    """The other shares of every Dirichlet among `names`: they are drawn together."""
    shares = [n for n in names if isinstance(parameters[n].distribution, DirichletShare)]
    families = {parameters[n].belongs_to for n in shares}
    return [n for n, p in parameters.items() if p.belongs_to in families and n not in names]


def _columns(parameters: ParameterSet, names: Sequence[str], u: Mapping[str, Floats]) -> list[Floats]:
    rows: dict[str, Floats] = {}  # the uniform that picks the row of a bootstrap file
    out = []
    for name in names:
        record, drawn = parameters[name], parameters[name].distribution
        if isinstance(drawn, DirichletShare):
            family = [n for n in u if parameters[n].belongs_to == record.belongs_to]
            out.append(_share(parameters, name, family, u))
        elif isinstance(drawn, Sample):
            out.append(drawn.values_at(rows.setdefault(drawn.together, u[name])))
        elif isinstance(drawn, Coefficient):
            out.append(carried(drawn.drawn(_of_family(parameters, record.belongs_to, u))))
        else:
            out.append(drawn_at(drawn, u[name]))
    return out


def _of_family(parameters: ParameterSet, family: str | None, u: Mapping[str, Floats]) -> dict[str, Floats]:
    """The uniforms of all coefficients of a regression, by what they are called in it.

    One that is set to a value keeps its uniforms, so that the others are drawn as they would be.
    """
    return {n.removeprefix(f"{family}_"): v for n, v in u.items() if parameters[n].belongs_to == family}


def drawn_at(distribution: Drawable, u: Floats) -> Floats:
    """What is drawn at the probabilities `u`, carried with the digits in which processors agree."""
    given = isinstance(distribution, Sample) or distribution.kind == "fixed"
    if isinstance(distribution, Distribution):
        found = _quantiles(distribution, u)
        return found if given else carried(found)
    return distribution.ppf(u) if given else carried(distribution.ppf(u))


def carried(values: Floats, places: int = PLACES) -> Floats:
    """`values` with ten digits (32 binary places): in the last of sixteen, mathematical libraries differ.

    Two processors then draw the same but for one run in some thousands, where a value lies just at a border.
    """
    fraction, exponent = np.frexp(values)
    return np.asarray(np.ldexp(np.rint(fraction * 2.0**places), exponent - places))


def _quantiles(drawn: Distribution, u: Floats) -> Floats:
    """``drawn.ppf(u)``, where there are not too many kept for whoever asks for the same again."""
    if len(u) > MOST_KEPT:
        return drawn.ppf(u)
    return _kept_quantiles(drawn.kind, tuple(drawn.natural), u.tobytes())


@lru_cache(maxsize=DIMENSIONS)
def _kept_quantiles(kind: str, natural: tuple[float, ...], u: bytes) -> Floats:
    return np.asarray(FAMILIES[kind].ppf(natural, np.frombuffer(u)), dtype=np.float64)


def _share(parameters: ParameterSet, name: str, family: Sequence[str], u: Mapping[str, Floats]) -> Floats:
    def variate(n: str) -> Floats:
        drawn = parameters[n].distribution
        assert isinstance(drawn, DirichletShare)
        return carried(drawn.gamma_ppf(u[n]))

    mine = parameters[name].distribution
    assert isinstance(mine, DirichletShare)
    drawn = [n for n in family if isinstance(parameters[n].distribution, DirichletShare)]  # not those that are set
    found = np.asarray(variate(name) / np.sum([variate(n) for n in drawn], axis=0))
    return found if mine.left == 1.0 else mine.left * found


def _correlated(u: Floats, names: Sequence[str], correlations: Mapping[tuple[str, str], float]) -> Floats:
    """`u` through a Gaussian copula; columns in no pair keep their bits."""
    if not correlations:
        return u
    from scipy.special import ndtr, ndtri

    involved, factor = copula(names, correlations)
    out = u.copy()
    z = ndtri(u[:, involved])
    out[:, involved] = ndtr((z[:, None, :] * factor).sum(axis=2))
    return out


def copula(names: Sequence[str], correlations: Mapping[tuple[str, str], float]) -> tuple[list[int], Floats]:
    """Positions of the names in some pair, and the Cholesky factor of their matrix.

    ``ValueError`` where there is none.
    """
    involved = [k for k, n in enumerate(names) if any(n in pair for pair in correlations)]
    place = {names[k]: i for i, k in enumerate(involved)}
    matrix = np.eye(len(involved))
    for (a, b), rho in correlations.items():
        if a not in place or b not in place or a == b or not -1 < rho < 1:
            raise ValueError(f"correlation of {a} and {b}: {rho}; both must be sampled and -1 < rho < 1")
        if (b, a) in correlations:
            raise ValueError(f"correlation of {a} and {b}: given both ways; allowed: once")
        matrix[place[a], place[b]] = matrix[place[b], place[a]] = rho
    try:
        return involved, cholesky(matrix)
    except ValueError as fault:
        raise ValueError(f"these correlations cannot all hold at once: {dict(correlations)}") from fault
