"""Who is simulated: start states, characteristics, hidden multipliers and uptake, from keyed uniforms or a file."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from models.contract import AGE, Covariate, Domain, Frailty, Mixture, ModelError, Numeric, Pathway
from parameters.arrays import Bools, Floats, Ints, cholesky
from simulate.engine.arithmetic.compiled import njit
from simulate.engine.arithmetic.elementary import exp, log1p, pow
from simulate.engine.arithmetic.gamma_quantiles import unit_gammas
from simulate.engine.arithmetic.normal import normal_shares, normals
from simulate.engine.arithmetic.random_numbers import hashed, seed_key, uniforms
from simulate.engine.kernel.layout import Cohort, Keys, Rows
from simulate.engine.lower.effects import Lookup, flat_components
from simulate.engine.lower.places import Places, stream_at
from simulate.engine.lower.tables import Lowered
from simulate.engine.lower.weighed import own_weights


@dataclass(frozen=True, eq=False)
class PeopleFile:
    """People given one by one: their numbers do not depend on their order, since each is keyed by id."""

    ids: tuple[str, ...]
    weight: Floats  # [person]
    characteristics: Mapping[str, npt.NDArray[np.object_] | Floats]  # [person]; levels as text, numbers as floats
    start: Mapping[str, npt.NDArray[np.object_]]  # domain -> level of each person; domains left out start as declared
    elapsed: Floats  # [person] years in the start state

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def keys(self) -> Keys:
        """Of random numbers: the hash of each person's id."""
        return np.array([hashed(f"person\0{i}") for i in self.ids], dtype=np.uint64)

    def times(self, many: int) -> PeopleFile:
        """Everybody so many times, each time with other random numbers: ``anna``, ``anna/2``, ``anna/3`` and so on.

        Those of one row stand together, so that batches of people, which go round, hold as much of each. Weights are
        what they were, each of as many more.
        """
        if many == 1:
            return self
        ids = tuple(i if k == 1 else f"{i}/{k}" for i in self.ids for k in range(1, many + 1))
        if len(set(ids)) < len(ids):
            raise ModelError("cohort: an id is another's with / and a number behind it; give it another name")
        return PeopleFile(
            ids,
            np.repeat(self.weight, many),
            {n: np.repeat(np.asarray(v), many) for n, v in self.characteristics.items()},
            {n: np.repeat(v, many) for n, v in self.start.items()},
            np.repeat(self.elapsed, many),
        )


@dataclass(frozen=True)
class Drawing:
    """Whose random numbers: generator, seed, the draws they belong to, and the people."""

    generator: int
    seed: int
    draw_keys: Keys  # [all draws]
    people: int
    file: PeopleFile | None = None
    places: Places | None = None  # of their numbers in Sobol's sequence

    @property
    def whole(self) -> bool:
        """Whether everybody stands for a whole number of people."""
        return self.file is None or bool((self.file.weight == np.floor(self.file.weight)).all())

    def person_keys(self) -> Keys:
        """The key of each person: its number, or the hash of its id."""
        if self.file is None:
            return np.arange(self.people, dtype=np.uint64)
        return self.file.keys

    def uniforms(self, draws: slice, name: str, purpose: str) -> Floats:
        """One uniform for each person of each draw, [draws, people]."""
        keys = self.draw_keys[draws]
        return uniforms(
            self.generator, seed_key(self.seed), keys, self.person_keys(), stream_at(self.places, name, purpose)
        )


def make_cohort(lowered: Lowered, lookup: Lookup, draws: slice, drawing: Drawing) -> Cohort:
    """The people of the draws in `draws`, the same under every strategy."""
    shape = (draws.stop - draws.start, drawing.people)
    found = characteristics(lowered.pathway, lookup, draws, drawing)
    frailties = {f.name: _frailty(f, lookup, draws, drawing) for f in lowered.pathway.frailties}
    covariates = [_covariate(c, lowered.pathway, found, lookup, draws) for c in lowered.pathway.covariates]
    columns = lowered.columns
    file = drawing.file
    return Cohort(
        seed=seed_key(drawing.seed),
        whole=drawing.whole,
        draw_keys=drawing.draw_keys[draws],
        person_keys=drawing.person_keys(),
        start=_start(lowered, lookup, draws, drawing),
        weight=np.ones(shape) if file is None else np.broadcast_to(file.weight, shape).copy(),
        group=_group(lowered, found, shape),
        hazard=_products(
            [[*(frailties[n] for n in names), *(covariates[i] for i in mine)] for names, mine in columns.hazard], shape
        ),
        stretch=_products([[covariates[i] for i in mine] for mine in columns.stretch], shape, inverse=True),
        odds=_products([[covariates[i] for i in mine] for mine in columns.odds], shape),
        age=np.asarray(found[AGE], dtype=np.float64) if AGE in found else np.zeros(shape),
        elapsed=np.zeros(shape) if file is None else np.broadcast_to(file.elapsed, shape).copy(),
        taken=_taken(lowered, lookup, draws, drawing),
        worth=own_weights(lowered.collect.weighed, found, shape),
    )


# --- characteristics --------------------------------------------------------------------------------


def characteristics(
    pathway: Pathway, lookup: Lookup, draws: slice, drawing: Drawing
) -> dict[str, npt.NDArray[np.generic]]:
    """Every characteristic by name, [draws, people]: text for levels, floats for numbers."""
    shape = (draws.stop - draws.start, drawing.people)
    if drawing.file is not None:
        return {n: np.broadcast_to(v, shape) for n, v in drawing.file.characteristics.items()}
    u = {c.name: drawing.uniforms(draws, c.name, "baseline") for c in pathway.characteristics}
    u = _correlated(u, pathway.correlations)
    out: dict[str, npt.NDArray[np.generic]] = {}
    for c in pathway.characteristics:
        if isinstance(c.values, Mixture):
            out[c.name] = mixed(c.values, u[c.name], lookup, draws, f"Characteristic {c.name}")
        else:
            out[c.name] = _number(c.values, u[c.name], lookup, draws)
    return out


def _correlated(u: dict[str, Floats], correlations: Mapping[tuple[str, str], float]) -> dict[str, Floats]:
    """Uniforms through a Gaussian copula; those in no pair keep their bits."""
    if not correlations:
        return u
    names = [n for n in u if any(n in pair for pair in correlations)]
    factor = copula(names, correlations)
    z = [normals(u[n]) for n in names]
    tied = {n: normal_shares(np.asarray(sum(factor[i, j] * z[j] for j in range(i + 1)))) for i, n in enumerate(names)}
    return {**u, **tied}


def copula(names: list[str], correlations: Mapping[tuple[str, str], float]) -> Floats:
    """Cholesky factor of the correlation matrix of `names`; ``ModelError`` when there is none."""
    matrix = np.eye(len(names))
    for (a, b), rho in correlations.items():
        i, j = names.index(a), names.index(b)
        matrix[i, j] = matrix[j, i] = rho
    try:
        return cholesky(matrix)
    except ValueError as fault:
        raise ModelError(f"correlations of characteristics cannot all hold: {dict(correlations)}") from fault


def _number(n: Numeric, u: Floats, lookup: Lookup, draws: slice) -> Floats:
    a, b = lookup(n.first)[draws][:, None], lookup(n.second)[draws][:, None]
    return np.clip(QUANTILES[n.distribution](a, b, u), n.low, n.high)


def _uniform(low: Floats, high: Floats, u: Floats) -> Floats:
    return low + (high - low) * u


def _gamma(mean: Floats, sd: Floats, u: Floats) -> Floats:
    return mean * unit_gammas(((mean / sd) * (mean / sd))[:, 0], u)


def _normal(mean: Floats, sd: Floats, u: Floats) -> Floats:
    return mean + sd * normals(u)


def _lognormal(median: Floats, sigma: Floats, u: Floats) -> Floats:
    return scaled_exponentials(np.broadcast_to(median, u.shape), np.broadcast_to(sigma, u.shape), normals(u))


# By a characteristic's distribution: its quantiles [draws, people] from first and second [draws, 1] and uniforms.
QUANTILES: Mapping[str, Callable[[Floats, Floats, Floats], Floats]] = {
    "normal": _normal,
    "lognormal": _lognormal,
    "gamma": _gamma,
    "uniform": _uniform,
}


def mixed(start: Mixture, u: Floats, lookup: Lookup, draws: slice, where: str) -> npt.NDArray[np.str_]:
    """The level of each person of a mixture, [draws, people]."""
    return np.array(start.level_names())[_mixed(start, u, lookup, draws, where)]


def _mixed(start: Mixture, u: Floats, lookup: Lookup, draws: slice, where: str) -> Ints:
    """The same as positions among the mixture's levels: text is slow to compare, person by person."""
    out = np.full(u.shape, len(start.shares), dtype=np.int64)
    below = np.zeros((u.shape[0], 1))
    for i, (level, share) in enumerate(start.shares.items()):
        p = lookup(share)[draws][:, None]
        if not ((p >= 0) & (below + p <= 1 + 1e-12)).all():
            raise ModelError(f"{where}: the share of {level!r} leaves 0 to 1")
        out[(u >= below) & (u < below + p)] = i
        below = below + p
    return out


def _group(lowered: Lowered, found: Mapping[str, npt.NDArray[np.generic]], shape: tuple[int, int]) -> Ints:
    name = lowered.collect.subgroup
    if name is None:
        return np.zeros(shape, dtype=np.int64)
    out = np.zeros(shape, dtype=np.int64)
    for g, level in enumerate(lowered.names.groups):
        out[np.asarray(found[name] == level)] = g
    return out


# --- multipliers ------------------------------------------------------------------------------------


def frailty_values(frailty: Frailty, variance: Floats, uniform: Floats) -> Floats:
    """Quantiles with mean 1 and the given variance, [draws, people]; exactly 1 where the variance is 0.

    `variance` [draws], `uniform` [draws, people].
    """
    none = (variance == 0)[:, None]
    if frailty.distribution == "gamma":
        return np.where(none, 1.0, unit_gammas(1.0 / np.where(variance > 0, variance, 1.0), uniform))
    sigma = np.broadcast_to(log_sigma(variance)[:, None], uniform.shape)
    return np.where(none, 1.0, scaled_exponentials(np.ones(uniform.shape), sigma, normals(uniform) - sigma / 2))


def log_sigma(variance: Floats) -> Floats:
    """Standard deviation of the logarithm of a log-normal with mean 1 and this variance, [draws]."""
    return np.array([math.sqrt(log1p(v)) for v in variance])


@njit
def scaled_exponentials(scale: Floats, sigma: Floats, z: Floats) -> Floats:
    """scale x exp(sigma z), each [draws, people], by the engine's own exp."""
    out = np.empty(z.shape)
    for d in range(z.shape[0]):
        for p in range(z.shape[1]):
            out[d, p] = scale[d, p] * exp(sigma[d, p] * z[d, p])
    return out


@njit
def powers(base: Floats, exponent: Floats) -> Floats:
    """base ^ exponent, [draws, people], from `base` [draws], by the engine's own pow."""
    out = np.empty(exponent.shape)
    for d in range(exponent.shape[0]):
        for p in range(exponent.shape[1]):
            out[d, p] = pow(base[d], exponent[d, p])
    return out


def _frailty(frailty: Frailty, lookup: Lookup, draws: slice, drawing: Drawing) -> Floats:
    variance = lookup(frailty.variance)[draws]
    if not (np.isfinite(variance) & (variance >= 0)).all():
        raise ModelError(f"Frailty {frailty.name}.variance: must be finite and not negative")
    return frailty_values(frailty, variance, drawing.uniforms(draws, frailty.name, "frailty"))


def _covariate(
    c: Covariate, pathway: Pathway, found: Mapping[str, npt.NDArray[np.generic]], lookup: Lookup, draws: slice
) -> Floats:
    """The ratio of one covariate for each person, [draws, people]."""
    ratio = lookup(c.parameter)[draws]
    if not (np.isfinite(ratio) & (ratio > 0)).all():
        raise ModelError(f"Covariate {c.characteristic} on {c.event}: a ratio must be finite and positive")
    values = found[c.characteristic]
    if isinstance(pathway.characteristic(c.characteristic).values, Mixture):
        return np.where(values == c.level, ratio[:, None], 1.0)
    return powers(ratio, np.asarray(values, dtype=np.float64) - lookup(c.centre)[draws][:, None])


def _products(columns: list[list[Floats]], shape: tuple[int, int], inverse: bool = False) -> Floats:
    out = np.ones((*shape, len(columns)))
    for i, factors in enumerate(columns):
        for factor in factors:
            out[:, :, i] *= factor
    return 1.0 / out if inverse else out


# --- start and uptake -------------------------------------------------------------------------------


def _start(lowered: Lowered, lookup: Lookup, draws: slice, drawing: Drawing) -> Rows:
    domains, shape = lowered.pathway.domains, (draws.stop - draws.start, drawing.people)
    levels = tuple(_start_levels(lowered.pathway, domain, lookup, draws, drawing) for domain in domains)
    return np.broadcast_to(lowered.states.at[levels], shape).astype(np.uint32)


def _start_levels(pathway: Pathway, domain: Domain, lookup: Lookup, draws: slice, drawing: Drawing) -> Ints | np.int64:
    """The position of each person's level among those of `domain`, [draws, people] or one for all."""
    start = pathway.start[domain.name]
    if drawing.file is not None and domain.name in drawing.file.start:
        named = drawing.file.start[domain.name]
        return np.array([domain.levels.index(level) for level in named], dtype=np.int64)[None, :]
    if isinstance(start, str):
        return np.int64(domain.levels.index(start))
    u = drawing.uniforms(draws, f"{domain.name}.start", "baseline")
    positions = np.array([domain.levels.index(level) for level in start.level_names()], dtype=np.int64)
    return positions[_mixed(start, u, lookup, draws, f"start of {domain.name}")]


def _taken(lowered: Lowered, lookup: Lookup, draws: slice, drawing: Drawing) -> Bools:
    flat = flat_components(lowered.strategies)
    out = np.ones((draws.stop - draws.start, drawing.people, len(flat)), dtype=np.bool_)
    for i, (_, component) in enumerate(flat):
        p = lookup(component.uptake)[draws]
        if not ((p >= 0) & (p <= 1)).all():
            raise ModelError(f"Component {component.name}.uptake: must lie in 0 to 1")
        if not (p == 1.0).all():
            out[:, :, i] = drawing.uniforms(draws, component.name, "uptake") < p[:, None]
    return out
