"""The fitted map from sampled parameters to engine ratios."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.contract import CalibrationTarget, Setting
from models.quantities import COMPOSITES, Composite, names_in
from parameters import ParameterSet, sample, to_engine
from parameters.arrays import Floats
from parameters.joint import Drawable, Sample
from parameters.sampling import drawn_at
from simulate.ask.reads import target_names
from simulate.engine.arithmetic.elementary import each, logs
from simulate.engine.arithmetic.normal import normal_at, normal_share
from simulate.engine.driver import NumericalError
from simulate.engine.lower.quantities import make_lookup
from simulate.solve.search import Search
from simulate.solve.simulator import CALIBRATION_SEED, STEP, Simulator
from simulate.solve.targets import ROUNDING, TOLERANCE, goals_of

# Engine-unit inputs -> log engine parameters [draws, target], and whether each draw was solved [draws]
Mapped = Callable[[Mapping[str, Floats]], tuple[Floats, npt.NDArray[np.bool_]]]

DESIGN_POINTS = 512
DESIGN_PEOPLE = 4_000
COMPOSITE_DRAWS = 1024  # of an input that a setting makes of several records
DESIGN_SPREAD = 1.2  # the design reaches this much further than the draws, in normal scores

INVERSIONS = 12  # Newton steps; it settles in five or six
SOLVED = 0.01  # on the transformed scale: a draw missed by more lies beyond the map
EDGE = 0.25  # standard deviations of the design, beyond whose outermost points the map is trusted
FRESH_POINTS = 64  # spread as the draws are, at which the map's error is measured
FRESH_PEOPLE = 20_000
FAR_STEPS = 6  # for a draw beyond the map, from its straight line, after Newton's
MOST_BEYOND = 16, 0.01  # draws beyond the map, or their share, that are solved one by one: it takes a second each


class Spread(NamedTuple):
    """How an input varies: its distributions, and what they are in."""

    shapes: Sequence[Drawable]
    unit: str = "ratio"
    price_year: str | None = None


def spreads(
    parameters: ParameterSet, setting: Setting, names: Sequence[str], covering: Mapping[str, Sequence[Drawable]]
) -> dict[str, Spread]:
    """How every input that varies does so."""
    found = {}
    for name in names:
        quantity = setting.given.get(name, name)
        if isinstance(quantity, str):
            record = parameters[quantity]
            spread = Spread(covering.get(quantity, [record.distribution]), record.unit, record.price_year)
        elif isinstance(quantity, COMPOSITES) and any(names_in(quantity)):
            spread = Spread([_composite(parameters, quantity)])
        else:
            continue
        if len(spread.shapes) > 1 or np.ptp(spread.shapes[0].interval95()) > 0:
            found[name] = spread
    return found


def _composite(parameters: ParameterSet, quantity: Composite) -> Sample:
    """What a quantity made of records comes to in many draws of them, in engine units."""
    draws = sample(parameters, list(dict.fromkeys(names_in(quantity))), COMPOSITE_DRAWS, CALIBRATION_SEED)
    return Sample(tuple(make_lookup(draws.engine, COMPOSITE_DRAWS)(quantity)), str(quantity))


def fitted_map(
    simulator: Simulator,
    targets: Sequence[CalibrationTarget],
    design: dict[str, Floats],
    centre: Mapping[str, Floats],
    varying: Sequence[str],
    x0: Floats,
    jacobian: Floats,
    alone: npt.NDArray[np.bool_],
) -> tuple[Mapped, Mapped]:
    """Functions of engine-unit inputs giving log engine parameters [draws, target], and whether they are the map's.

    The first solves draws beyond the map one by one; the second only reads the map.
    """
    at_centre = goals_of(targets, centre)[0]
    nuisance = _nuisance(simulator, targets, design, centre, varying, x0)
    names = [n for n, _ in nuisance]
    slopes = np.stack([s for _, s in nuisance], axis=1) if nuisance else np.zeros((len(x0), 0))
    scores = _scores(names, design, design)
    wanted = goals_of(targets, design) - at_centre - scores @ slopes.T
    x = x0 + np.clip(np.linalg.lstsq(jacobian, wanted.T, rcond=None)[0].T, -2.5, 2.5)
    x += _stirred(goals_of(targets, design))
    y = simulator(design, x, DESIGN_PEOPLE, same_people=False)
    keep = np.isfinite(y).all(axis=1)
    fit = _Polynomial.fit(np.hstack([x, scores])[keep], y[keep])
    bounds = x[keep].min(axis=0) - 0.2, x[keep].max(axis=0) + 0.2
    known = np.hstack([goals_of(targets, design), scores])
    margin = EDGE * known.std(axis=0)
    edges = known.min(axis=0) - margin, known.max(axis=0) + margin

    def read(values: Mapping[str, Floats]) -> tuple[Floats, npt.NDArray[np.bool_]]:
        goals, s = goals_of(targets, values), _scores(names, values, design)
        straight = x0 + np.linalg.lstsq(jacobian, (goals - at_centre - s @ slopes.T).T, rcond=None)[0].T
        found, solved = _invert(fit, goals, s, x0, bounds)
        here = np.hstack([goals, s])
        solved &= ((here >= edges[0]) & (here <= edges[1])).all(axis=1)
        return np.where(solved[:, None], found, np.clip(straight, *bounds)), solved

    def mapped(values: Mapping[str, Floats]) -> tuple[Floats, npt.NDArray[np.bool_]]:
        return _with_far(simulator, targets, alone, x0, centre, values, *read(values))

    return _remembered(mapped), read


def map_error(
    simulator: Simulator,
    targets: Sequence[CalibrationTarget],
    read: Mapped,
    fresh: Mapping[str, Floats],
    centre: Mapping[str, Floats],
    x0: Floats,
    jacobian: Floats,
    alone: npt.NDArray[np.bool_],
) -> Floats:
    """Root mean square of ln(mapped / exact engine parameter) over the `fresh` points that `read` maps, [target].

    The figures at the mapped parameters, on the people on whom an exact solution is sought, miss theirs by so much;
    the slopes at the centre tell how far the parameters are off.
    """
    x, inside = read(fresh)
    if not inside.any():
        return np.full(len(x0), np.nan)
    within = {n: v[inside] for n, v in fresh.items()}
    off = Search(simulator, targets, alone, x0, centre, within).off(x[inside], FRESH_PEOPLE)
    wrong = np.linalg.lstsq(jacobian, off[np.isfinite(off).all(axis=1)].T, rcond=None)[0]
    return np.asarray(np.sqrt((wrong**2).mean(axis=1)))


def _with_far(
    simulator: Simulator,
    targets: Sequence[CalibrationTarget],
    alone: npt.NDArray[np.bool_],
    x0: Floats,
    centre: Mapping[str, Floats],
    values: Mapping[str, Floats],
    x: Floats,
    solved: npt.NDArray[np.bool_],
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """`x` with the draws that are not `solved` solved one by one, exactly: of very many, those furthest out."""
    far = np.flatnonzero(~solved)
    most = max(MOST_BEYOND[0], int(MOST_BEYOND[1] * len(x)))
    if len(far) > most:
        out = np.abs(x[far] - x0).max(axis=1)
        far = np.sort(far[np.argsort(-out, kind="stable")[:most]])
    if not len(far):
        return x, solved
    some = {n: np.broadcast_to(v, (len(x),))[far] for n, v in values.items()}
    out, done = x.copy(), solved.copy()
    try:
        found, good = Search(simulator, targets, alone, x0, centre, some).solved_from(x[far], FAR_STEPS)
    except NumericalError:
        return x, solved
    out[far[good]], done[far[good]] = found[good], True
    return out, done


def _remembered(mapped: Mapped) -> Mapped:
    """The same, which solves nothing twice for the draws that it was last asked for."""
    last: list[tuple[Mapping[str, Floats], tuple[Floats, npt.NDArray[np.bool_]]]] = []

    def again(values: Mapping[str, Floats]) -> tuple[Floats, npt.NDArray[np.bool_]]:
        if not (last and _alike(last[0][0], values)):
            last[:] = [({n: v.copy() for n, v in values.items()}, mapped(values))]
        x, solved = last[0][1]
        return x.copy(), solved.copy()

    return again


def _alike(some: Mapping[str, Floats], others: Mapping[str, Floats]) -> bool:
    return some.keys() == others.keys() and all(np.array_equal(v, others[n]) for n, v in some.items())


def _stirred(goals: Floats) -> Floats:
    """Moves of engine parameters whose slope would be unknown else.

    That is where their figure [points, target] is the same throughout, or follows from those of targets before it: two
    that are to meet one published figure would move as one.
    """
    moved = [j for j in range(goals.shape[1]) if _follows(goals[:, j], goals[:, :j])]
    moves = np.zeros(goals.shape)
    moves[:, moved] = STEP * np.random.default_rng(CALIBRATION_SEED).standard_normal((len(goals), len(moved)))
    return moves


def _follows(figure: Floats, others: Floats) -> bool:
    """Whether a figure [points] is a constant and multiples of others [points, figure], but for rounding."""
    known = np.column_stack([np.ones(len(figure)), others])
    return bool(np.abs(figure - known @ np.linalg.lstsq(known, figure, rcond=None)[0]).max() <= ROUNDING)


def _invert(
    fit: _Polynomial, goals: Floats, scores: Floats, x0: Floats, bounds: tuple[Floats, Floats]
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The inputs x [draws, target] at which `fit` gives `goals`, by damped Newton inside `bounds`, and where it did."""
    k, small = len(x0), 1e-4
    x = np.repeat(x0[None, :], len(goals), axis=0)
    for _ in range(INVERSIONS):
        y = fit(np.hstack([x, scores]))
        slopes = [(fit(np.hstack([x + small * e, scores])) - y) / small for e in np.eye(k)]
        step = np.linalg.solve(np.stack(slopes, axis=2), (goals - y)[:, :, None])[:, :, 0]
        x = np.clip(x + np.clip(step, -0.7, 0.7), *bounds)
    return x, np.abs(fit(np.hstack([x, scores])) - goals).max(axis=1) < SOLVED


def make_design(
    centre: Mapping[str, Floats],
    spread: Mapping[str, Spread],
    *,
    points: int = DESIGN_POINTS,
    wider: float = DESIGN_SPREAD,
    seed: int = CALIBRATION_SEED,
) -> dict[str, Floats]:
    """Design points: engine-unit values by name, [points], spread `wider` than the draws themselves.

    Of several distributions each gets its part of the points.
    """
    from scipy.stats import qmc

    sobol = qmc.Sobol(len(spread), scramble=True, rng=np.random.default_rng(seed))
    uniforms = sobol.random(points)
    out = {n: np.repeat(v, points) for n, v in centre.items()}
    for j, (name, (shapes, unit, price_year)) in enumerate(spread.items()):
        which, within = np.divmod(uniforms[:, j] * len(shapes), 1.0)
        u = np.clip(each(normal_share, wider * each(normal_at, np.clip(within, 1e-9, 1 - 1e-9))), 1e-4, 1 - 1e-4)
        values = np.select([which == k for k in range(len(shapes))], [drawn_at(d, u) for d in shapes])
        out[name] = to_engine(values, unit, price_year)
    return out


def _scale(values: Floats) -> Callable[[Floats], Floats]:
    """Standard scores, of the logarithm where everything is positive."""
    use_log = bool((values > 0).all())
    v = logs(values) if use_log else values
    mean, sd = v.mean(), v.std()
    return lambda w: ((logs(w) if use_log else w) - mean) / sd


def _scores(names: Sequence[str], values: Mapping[str, Floats], design: Mapping[str, Floats]) -> Floats:
    rows = max(len(v) for v in values.values())
    columns = [_scale(design[n])(np.broadcast_to(values[n], (rows,))) for n in names]
    return np.stack(columns, axis=1) if columns else np.zeros((rows, 0))


def _nuisance(
    simulator: Simulator,
    targets: Sequence[CalibrationTarget],
    design: Mapping[str, Floats],
    centre: Mapping[str, Floats],
    varying: Sequence[str],
    x0: Floats,
) -> list[tuple[str, Floats]]:
    """Inputs other than published figures that move any figure, with the slopes [target] per standard score.

    With the same people an input that cannot matter moves nothing at all, so the screen is sharp.
    """
    published = target_names(targets)
    names = [n for n in varying if n not in published]
    if not names:
        return []
    rows = {n: np.repeat(v, 2 * len(names)) for n, v in centre.items()}
    gap = np.empty(len(names))
    for i, name in enumerate(names):
        low, high = np.quantile(design[name], [0.15, 0.85])
        rows[name] = rows[name].copy()
        rows[name][2 * i], rows[name][2 * i + 1] = low, high
        scale = _scale(design[name])
        gap[i] = float(scale(np.array([high]))[0] - scale(np.array([low]))[0])
    y = simulator(rows, np.repeat(x0[None, :], 2 * len(names), axis=0), DESIGN_PEOPLE)
    slopes = (y[1::2] - y[0::2]) / gap[:, None]
    return [(n, slopes[i]) for i, n in enumerate(names) if np.abs(slopes[i]).max() > TOLERANCE]


@dataclass(frozen=True)
class _Polynomial:
    """Quadratic with interactions, and cubes, fitted by least squares with a whisper of ridge."""

    mean: Floats
    sd: Floats
    coefficients: Floats

    @classmethod
    def fit(cls, inputs: Floats, outputs: Floats) -> _Polynomial:
        """Fit outputs [rows, k] on inputs [rows, p]."""
        mean, sd = inputs.mean(axis=0), inputs.std(axis=0)
        features = _features((inputs - mean) / sd)
        return cls(mean, sd, _ridge(features, outputs))

    def __call__(self, inputs: Floats) -> Floats:
        return np.asarray(_features((inputs - self.mean) / self.sd) @ self.coefficients)


def _features(z: Floats) -> Floats:
    i, j = np.triu_indices(z.shape[1])
    return np.hstack([np.ones((len(z), 1)), z, z[:, i] * z[:, j], z * z * z])


def _ridge(features: Floats, outputs: Floats) -> Floats:
    penalty = 1e-3 * np.eye(features.shape[1])
    return np.asarray(np.linalg.solve(features.T @ features + penalty, features.T @ outputs))
