"""The fitted map from sampled parameters to the engine parameters of a block: arrays, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.contract import CalibrationTarget, Setting
from models.quantities import COMPOSITES, Composite, names_in
from parameters import Money, ParameterSet, sample, to_engine
from parameters.arrays import Bools, Floats
from parameters.joint import Drawable, Sample
from parameters.sampling import drawn_at
from parameters.sequence.sobol import scrambled_sobol
from simulate.engine.arithmetic.elementary import each, logs
from simulate.engine.arithmetic.normal import normal_at, normal_share
from simulate.engine.lower.quantities import make_lookup
from simulate.solve.simulator import CALIBRATION_SEED, STEP, Simulator
from simulate.solve.targets import ROUNDING, TOLERANCE, goals_of

Values = Mapping[str, Floats]  # engine-unit inputs, [draws]

DESIGN_POINTS = 512
DESIGN_PEOPLE = 4_000
ROUGH_PEOPLE = 500
ROUGH_SEED = CALIBRATION_SEED + 3  # after those of a map and of its two checks
COMPOSITE_DRAWS = 1024  # of an input that a setting makes of several records
DESIGN_SPREAD = 1.2  # the design reaches this much further than the draws, in normal scores
DESIGN_DIMENSIONS = 256  # of its sequence, whatever it varies: what one input is given does not depend on the others

INVERSIONS = 12  # Newton steps; it settles in five or six
SOLVED = 0.01  # on the transformed scale: a draw missed by more lies beyond the map
ARRAYS = ("x0", "at_centre", "jacobian", "slopes", "bounds", "edges")  # of a surface
EDGE = 0.25  # standard deviations of the design, beyond whose outermost points the map is trusted


class Spread(NamedTuple):
    """How an input varies: its distributions, and what they are in."""

    shapes: Sequence[Drawable]
    unit: str = "ratio"
    price_year: str | None = None
    money: Money | None = None


def spreads(
    parameters: ParameterSet, setting: Setting, names: Sequence[str], covering: Mapping[str, Sequence[Drawable]]
) -> dict[str, Spread]:
    """How every input that varies does so, in the order of `names`."""
    found = {}
    for name in names:
        quantity = setting.given.get(name, name)
        if isinstance(quantity, str):
            record = parameters[quantity]
            spread = Spread(
                covering.get(quantity, [record.distribution]), record.unit, record.price_year, parameters.money
            )
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


def make_design(
    centre: Values,
    spread: Mapping[str, Spread],
    *,
    points: int = DESIGN_POINTS,
    wider: float = DESIGN_SPREAD,
    seed: int = CALIBRATION_SEED,
) -> dict[str, Floats]:
    """Design points: engine-unit values by name, [points], spread `wider` than the draws themselves.

    Of several distributions each gets its part of the points.
    """
    dimensions = DESIGN_DIMENSIONS * -(-max(len(spread), 1) // DESIGN_DIMENSIONS)
    uniforms = scrambled_sobol(points, dimensions, np.random.default_rng(seed))
    out = {n: np.repeat(v, points) for n, v in centre.items()}
    for j, (name, (shapes, unit, price_year, money)) in enumerate(spread.items()):
        which, within = np.divmod(uniforms[:, j] * len(shapes), 1.0)
        u = np.clip(each(normal_share, wider * each(normal_at, np.clip(within, 1e-9, 1 - 1e-9))), 1e-4, 1 - 1e-4)
        values = np.select([which == k for k in range(len(shapes))], [drawn_at(d, u) for d in shapes])
        out[name] = to_engine(values, unit, price_year, money)
    return out


@dataclass(frozen=True, eq=False)
class Scales:
    """Standard scores of inputs, of the logarithm where everything is positive; arrays are [input]."""

    names: tuple[str, ...]
    use_log: Bools
    mean: Floats
    sd: Floats

    @classmethod
    def of(cls, names: Sequence[str], design: Values) -> Scales:
        """Scales on which the design points have mean 0 and standard deviation 1."""
        use_log = np.array([bool((design[n] > 0).all()) for n in names], dtype=np.bool_)
        some = [logs(design[n]) if log else design[n] for n, log in zip(names, use_log, strict=True)]
        return cls(tuple(names), use_log, np.array([v.mean() for v in some]), np.array([v.std() for v in some]))

    def of_one(self, i: int, values: Floats) -> Floats:
        """Scores of values of the input at place `i`, of the same shape."""
        return np.asarray(((logs(values) if self.use_log[i] else values) - self.mean[i]) / self.sd[i])

    def __call__(self, values: Values, rows: int) -> Floats:
        """Scores [rows, input]."""
        columns = [self.of_one(i, np.broadcast_to(values[n], (rows,))) for i, n in enumerate(self.names)]
        return np.stack(columns, axis=1) if columns else np.zeros((rows, 0))


@dataclass(frozen=True, eq=False)
class Polynomial:
    """Quadratic with interactions, and cubes, fitted by least squares with a whisper of ridge."""

    mean: Floats  # [input]
    sd: Floats  # [input]
    coefficients: Floats  # [feature, output]

    @classmethod
    def fit(cls, inputs: Floats, outputs: Floats) -> Polynomial:
        """Fit outputs [rows, k] on inputs [rows, p]."""
        mean, sd = inputs.mean(axis=0), inputs.std(axis=0)
        return cls(mean, sd, _ridge(_features((inputs - mean) / sd), outputs))

    def __call__(self, inputs: Floats) -> Floats:
        return np.asarray(_features((inputs - self.mean) / self.sd) @ self.coefficients)


def _features(z: Floats) -> Floats:
    i, j = np.triu_indices(z.shape[1])
    return np.hstack([np.ones((len(z), 1)), z, z[:, i] * z[:, j], z * z * z])


def _ridge(features: Floats, outputs: Floats) -> Floats:
    penalty = 1e-3 * np.eye(features.shape[1])
    return np.asarray(np.linalg.solve(features.T @ features + penalty, features.T @ outputs))


@dataclass(frozen=True, eq=False)
class Surface:
    """Figures of a block as polynomials of its log engine parameters and of the inputs that move them; arrays alone."""

    x0: Floats  # [target] log engine parameters at the point estimates
    at_centre: Floats  # [target] published figures there, on the scale they are solved on
    jacobian: Floats  # [figure, target] slopes there
    slopes: Floats  # [target, input] of the figures per standard score
    scales: Scales
    fit: Polynomial
    bounds: Floats  # [2, target] between which log engine parameters are sought
    edges: Floats  # [2, target + input] between which published figures and scores are the map's

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Itself as named arrays, of which ``of_arrays`` makes it again, given the names of its inputs."""
        own = {n: getattr(self, n) for n in ARRAYS}
        scales = {"use_log": self.scales.use_log, "score_mean": self.scales.mean, "score_sd": self.scales.sd}
        return {**own, **scales, "fit_mean": self.fit.mean, "fit_sd": self.fit.sd, "fit": self.fit.coefficients}

    @classmethod
    def of_arrays(cls, inputs: Sequence[str], found: Mapping[str, npt.NDArray[Any]]) -> Surface:
        """The surface of ``arrays`` whose inputs have these names."""
        scales = Scales(tuple(inputs), found["use_log"], found["score_mean"], found["score_sd"])
        fit = Polynomial(found["fit_mean"], found["fit_sd"], found["fit"])
        return cls(**{n: found[n] for n in ARRAYS}, scales=scales, fit=fit)

    def read(self, targets: Sequence[CalibrationTarget], values: Values) -> tuple[Floats, Bools]:
        """Log engine parameters [draws, target], and whether they are the map's; a straight line's where not."""
        goals = goals_of(targets, values)
        scores = self.scales(values, len(goals))
        line = _line(self.x0, self.jacobian, goals - self.at_centre - scores @ self.slopes.T)
        found, solved = self.inverted(goals, scores)
        here = np.hstack([goals, scores])
        solved &= ((here >= self.edges[0]) & (here <= self.edges[1])).all(axis=1)
        return np.where(solved[:, None], found, np.clip(line, *self.bounds)), solved

    def near(self, targets: Sequence[CalibrationTarget], values: Values, x: Floats) -> tuple[Floats, Floats]:
        """For draws beyond the map: the fit's own engine parameters, else `x`, and its slopes [draws, figure, target].

        It was fitted elsewhere, so that this is where a search may begin.
        """
        goals = goals_of(targets, values)
        scores = self.scales(values, len(goals))
        found, solved = self.inverted(goals, scores)
        start = np.where(solved[:, None], found, x)
        return start, self._slopes(start, scores)

    def inverted(self, goals: Floats, scores: Floats) -> tuple[Floats, Bools]:
        """Where the fit gives `goals`, [draws, target], by damped Newton inside the bounds, and where it did."""
        x = np.repeat(self.x0[None, :], len(goals), axis=0)
        for _ in range(INVERSIONS):
            y = self.fit(np.hstack([x, scores]))
            step = np.linalg.solve(self._slopes(x, scores), (goals - y)[:, :, None])[:, :, 0]
            x = np.clip(x + np.clip(step, -0.7, 0.7), *self.bounds)
        return x, np.abs(self.fit(np.hstack([x, scores])) - goals).max(axis=1) < SOLVED

    def _slopes(self, x: Floats, scores: Floats) -> Floats:
        """Of the fit in engine parameters, [draws, figure, target]."""
        small, y = 1e-4, self.fit(np.hstack([x, scores]))
        return np.stack(
            [(self.fit(np.hstack([x + small * e, scores])) - y) / small for e in np.eye(len(self.x0))], axis=2
        )


def _line(x0: Floats, jacobian: Floats, wanted: Floats) -> Floats:
    return np.asarray(x0 + np.linalg.lstsq(jacobian, wanted.T, rcond=None)[0].T)


@dataclass(frozen=True, eq=False)
class Place:
    """Where the figures of a block are simulated for its map: at every point of the design near what is published."""

    names: tuple[str, ...]  # inputs that move a figure
    slopes: Floats  # [target, input] of the figures per standard score
    x: Floats  # [point, target] log engine parameters


def placed(
    simulator: Simulator, design: Values, centre: Values, varying: Sequence[str], x0: Floats, jacobian: Floats
) -> Place:
    """For a block, over a design that holds what earlier blocks are simulated at; `varying` are its inputs.

    By a straight line first; figures of few people there, who are nobody's that a map is made of, then tell better.
    """
    goals, at_centre = goals_of(simulator.targets, design), goals_of(simulator.targets, centre)[0]
    names, slopes = _nuisance(simulator, design, centre, varying, x0)
    scores = Scales.of(names, design)(design, len(goals))
    moves = _stirred(goals)
    x = x0 + np.clip(_line(np.zeros(len(x0)), jacobian, goals - at_centre - scores @ slopes.T), -2.5, 2.5) + moves
    y = replace(simulator, seed=ROUGH_SEED)(design, x, ROUGH_PEOPLE, same_people=False)
    rough = fitted(simulator, design, centre, Place(tuple(names), slopes, x), y, x0, jacobian)
    nearer, solved = rough.inverted(goals, scores)
    return Place(tuple(names), slopes, np.where(solved[:, None], nearer + moves, x))


def fitted(
    simulator: Simulator, design: Values, centre: Values, place: Place, y: Floats, x0: Floats, jacobian: Floats
) -> Surface:
    """The map of a block from its figures `y` [point, target] there."""
    goals, x = goals_of(simulator.targets, design), place.x
    scales = Scales.of(place.names, design)
    scores = scales(design, len(goals))
    keep = np.isfinite(y).all(axis=1)
    known = np.hstack([goals, scores])
    margin = EDGE * known.std(axis=0)
    return Surface(
        x0=x0,
        at_centre=goals_of(simulator.targets, centre)[0],
        jacobian=jacobian,
        slopes=place.slopes,
        scales=scales,
        fit=Polynomial.fit(np.hstack([x, scores])[keep], y[keep]),
        bounds=np.stack([x[keep].min(axis=0) - 0.2, x[keep].max(axis=0) + 0.2]),
        edges=np.stack([known.min(axis=0) - margin, known.max(axis=0) + margin]),
    )


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


def _nuisance(
    simulator: Simulator, design: Values, centre: Values, names: Sequence[str], x0: Floats
) -> tuple[list[str], Floats]:
    """Those inputs that move any figure, with the slopes [target, input] per standard score.

    With the same people an input that cannot matter moves nothing at all, so the screen is sharp.
    """
    if not names:
        return [], np.zeros((len(x0), 0))
    rows = {n: np.repeat(v, 2 * len(names)) for n, v in centre.items()}
    gap, scales = np.empty(len(names)), Scales.of(names, design)
    for i, name in enumerate(names):
        ends = np.quantile(design[name], [0.15, 0.85])
        rows[name] = rows[name].copy()
        rows[name][2 * i : 2 * i + 2] = ends
        gap[i] = np.diff(scales.of_one(i, ends))[0]
    y = simulator(rows, np.repeat(x0[None, :], 2 * len(names), axis=0), DESIGN_PEOPLE)
    slopes = (y[1::2] - y[0::2]) / gap[:, None]
    moving = np.abs(slopes).max(axis=1) > TOLERANCE
    return [n for n, moves in zip(names, moving, strict=True) if moves], slopes[moving].T
