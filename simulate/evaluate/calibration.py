"""Published figures to engine parameters: the ratios that make the simulated trial show the published one.

A published ratio on *ever by T* is a target, not a hazard ratio. Each target names the engine
parameter that is moved for it. They are solved together, first at the published point estimates
(Newton with the same people throughout, so that the figures are smooth), then for every parameter
draw: the figures simulated at a design of points around that centre, different people at each so
that their noise averages out, are fitted as polynomials of the inputs, and inverted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.contract import DecisionProblem, MeanTime, ModelError, Setting, Target, is_share, parameter_names
from parameters import Draws, Parameter, ParameterSet, to_engine
from parameters.joint import Drawable
from simulate.engine import driver
from simulate.engine.lookup import make_lookup
from simulate.engine.statistics import Statistics
from simulate.engine.tables import Collect, lower
from simulate.evaluate.measures import measure, needs_people

Floats = npt.NDArray[np.float64]

# Engine-unit inputs -> log engine parameters [draws, target], and whether each draw was solved [draws]
Mapped = Callable[[Mapping[str, Floats]], tuple[Floats, npt.NDArray[np.bool_]]]

CALIBRATION_SEED = 20_040_717  # its own people, never those of a run
SEARCH_PEOPLE = 10_000
CENTRE_PEOPLE = 100_000
DESIGN_POINTS = 512
DESIGN_PEOPLE = 4_000
DESIGN_SPREAD = 1.2  # the design reaches this much further than the draws, in normal scores
STEP = 0.15  # finite difference on the log scale; wide enough to move many people
ROWS_KEPT = 32  # rows at a time where the totals of everybody are kept; the people of each part are alike
INVERSIONS = 12  # Newton steps; it settles in five or six
SOLVED = 0.01  # on the transformed scale: a draw missed by more is told and takes the straight line instead
TOLERANCE = 0.002  # on the transformed scale (log or logit), about 0.0005 on a share of 0.4


class CalibrationError(ModelError):
    """A target that no engine parameter can reach."""


def _logit(p: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(p) - np.log1p(-p))


def _log(x: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(x))


def _transformed(target: Target, statistics: Statistics, problem: DecisionProblem) -> Floats:
    """The target's figure as simulated, on the scale it is solved on, [draws]."""
    values = measure(target.statistic, statistics, problem)
    s = [x.id for x in problem.strategies].index(target.strategy)
    if target.scale == "risk_ratio":
        return _log(values[:, s]) - _log(values[:, 0])
    if target.scale == "odds_ratio":
        return _logit(values[:, s]) - _logit(values[:, 0])
    if target.scale == "difference":
        return np.asarray(values[:, s] - values[:, 0])
    return _logit(values[:, s]) if is_share(target.statistic) else _log(values[:, s])


def _goal(target: Target, published: Floats) -> Floats:
    if target.scale == "value" and is_share(target.statistic):
        return _logit(published)
    return published if target.scale == "difference" else _log(published)


def _untransformed(target: Target, y: Floats) -> Floats:
    if target.scale == "value" and is_share(target.statistic):
        return np.asarray(1 / (1 + np.exp(-y)))
    return y if target.scale == "difference" else np.asarray(np.exp(y))


@dataclass(frozen=True)
class Simulator:
    """Targets as a function of inputs and log engine parameters, on the same people in every row by default."""

    problem: DecisionProblem
    setting: Setting
    horizon: float
    discount: tuple[float, float]
    threads: int | None

    def __call__(self, inputs: Mapping[str, Floats], x: Floats, people: int, *, same_people: bool = True) -> Floats:
        """Transformed figures [rows, target] for log engine parameters `x` [rows, target] (engine units)."""
        rows = len(x)
        if rows > ROWS_KEPT and needs_people(tuple(t.statistic for t in self.setting.targets)):
            parts = [slice(r, r + ROWS_KEPT) for r in range(0, rows, ROWS_KEPT)]
            some = [{n: v[p] if len(v) == rows else v for n, v in inputs.items()} for p in parts]
            found = [self(i, x[p], people, same_people=same_people) for i, p in zip(some, parts, strict=True)]
            return np.concatenate(found)
        solved = {t.unknown: np.exp(x[:, j]) for j, t in enumerate(self.setting.targets)}

        def column(name: str) -> Floats:
            return solved[name] if name in solved else np.broadcast_to(inputs[name], (rows,))

        lookup = make_lookup(column, rows)
        lowered = lower(
            self.problem.pathway,
            self.problem.strategies,
            lookup,
            rows,
            horizon=self.horizon,
            discount=(np.full(rows, self.discount[0]), np.full(rows, self.discount[1])),
            collect=Collect(people=needs_people(tuple(t.statistic for t in self.setting.targets))),
        )
        try:
            statistics, _ = driver.simulate(
                lowered, lookup, people=people, seed=CALIBRATION_SEED, threads=self.threads, same_people=same_people
            )
        except driver.NumericalError as fault:
            raise self._explained(fault, x) from fault
        return np.stack([_transformed(t, statistics, self.problem) for t in self.setting.targets], axis=1)

    def _explained(self, fault: driver.NumericalError, x: Floats) -> driver.NumericalError:
        """The same, with what the search had come to when it arose."""
        row = x[0 if fault.place is None else fault.place.draw]
        told = [f"{t.unknown} = {math.exp(v) / unit_of(t):.4g}" for t, v in zip(self.setting.targets, row, strict=True)]
        return driver.NumericalError(f"{fault}; while solving for the setting's targets, at {', '.join(told)}")


def engine_names(problem: DecisionProblem) -> list[str]:
    """Every parameter the simulation itself needs (pathway and strategies), each once, in order of appearance."""
    return list(dict.fromkeys([*parameter_names(problem.pathway), *parameter_names(problem.strategies)]))


@dataclass(frozen=True)
class Calibration:
    """Engine parameters as a function of the published figures and the other inputs.

    `value`, `published`, `achieved`: at the point estimates, [target], in the target's own unit;
    `error`: cross-validated standard deviation of the mapped figure (log or logit) away from them,
    sampling noise of a design point included, [target]; nan where no map was needed.
    """

    setting: Setting
    targets: tuple[Target, ...]
    value: Floats
    published: Floats
    achieved: Floats
    error: Floats
    names: tuple[str, ...]
    mapped: Mapped | None
    alone: npt.NDArray[np.bool_]  # [target]: nothing else that its strategy changes moves this figure

    def unsolved(self, draws: Draws) -> int:
        """Draws so far out that the map was extended by a straight line for them."""
        if self.mapped is None:
            return 0
        return int((~self.mapped({n: with_given(self.setting, draws).engine(n) for n in self.names})[1]).sum())

    def apply(self, draws: Draws) -> Draws:
        """`draws` with a column for each engine parameter the setting gives or its targets solve for."""
        draws = with_given(self.setting, draws)
        if not self.targets:
            return draws
        values = {n: draws.engine(n) for n in self.names}
        rows = len(draws.values)
        log_value = np.log(self.value * np.array([unit_of(t) for t in self.targets]))
        x = np.repeat(log_value[None, :], rows, axis=0) if self.mapped is None else self.mapped(values)[0]
        solved = np.exp(x)
        solved[nulls_of(self.targets, self.alone, values, rows)] = 1.0
        for j, target in enumerate(self.targets):
            draws = draws.with_column(target.unknown, solved[:, j] / unit_of(target), target.unit)
        return draws


def calibrate(
    problem: DecisionProblem,
    setting: Setting,
    parameters: ParameterSet,
    *,
    fixed: bool = False,
    covering: Mapping[str, Sequence[Drawable]] | None = None,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Calibration:
    """Solve the setting's targets at the point estimates and, unless `fixed`, map them over the distributions.

    The map also serves other distributions of a parameter: those of `covering`, by its name, which then stand for its
    own. They are read in its record's unit and price year. Raises ``CalibrationError`` naming the target that cannot
    be reached.
    """
    say = progress or (lambda _: None)
    targets = setting.targets
    names = _inputs(problem, setting, parameters)
    if not targets:
        none = np.zeros(0)
        return Calibration(setting, (), none, none, none, none, names, None, np.zeros(0, dtype=bool))
    simulator = make_simulator(problem, setting, parameters, threads)
    centre = {n: np.array([point_of(parameters, setting, n)]) for n in names}
    _refuse_impossible(targets, centre)
    say("solving for the engine's ratios at the published point estimates")
    x0, jacobian, y0 = _solve_centre(simulator, targets, centre)
    unit = np.array([unit_of(t) for t in targets])
    published = np.array([_target_value(t, centre)[0] for t in targets])
    achieved = np.array([_untransformed(t, y0[j : j + 1])[0] for j, t in enumerate(targets)])
    spread = {} if fixed else _spreads(parameters, setting, names, covering or {})
    mapped, error = None, np.full(len(targets), np.nan)
    if spread:
        say("mapping them for every parameter draw")
        mapped, error = _map(simulator, targets, _design(centre, spread), centre, list(spread), x0, jacobian)
    alone = _alone(targets, jacobian)
    return Calibration(setting, targets, np.exp(x0) / unit, published, achieved, error, names, mapped, alone)


def make_simulator(
    problem: DecisionProblem, setting: Setting, parameters: ParameterSet, threads: int | None
) -> Simulator:
    """Targets as a function of inputs and log engine parameters, at the setting's horizon."""
    lookup = make_lookup(lambda n: np.array([point_of(parameters, setting, n)]), 1)
    discount = float(lookup(problem.discount_costs)[0]), float(lookup(problem.discount_effects)[0])
    return Simulator(problem, setting, float(lookup(setting.horizon)[0]), discount, threads)


def with_given(setting: Setting, draws: Draws) -> Draws:
    """`draws` with the engine parameters that the setting states outright."""
    for name, quantity in setting.given.items():
        if isinstance(quantity, str):
            at = draws.names.index(quantity)
            draws = draws.with_column(name, draws.column(quantity), draws.units[at], draws.price_years[at])
        else:
            draws = draws.with_column(name, make_lookup(draws.engine, len(draws.values))(quantity), "ratio")
    return draws


def unit_of(target: Target) -> float:
    """Engine units per one of the target's unit."""
    return float(to_engine(np.ones(1), target.unit, None)[0])


def _inputs(problem: DecisionProblem, setting: Setting, parameters: ParameterSet) -> tuple[str, ...]:
    """Names of everything known before solving: the engine's other parameters and the published figures."""
    unknown = {t.unknown for t in setting.targets}
    published = [n for t in setting.targets for n in parameter_names(t)]
    names = [n for n in dict.fromkeys([*engine_names(problem), *published]) if n not in unknown]
    missing = [n for n in names if n not in parameters and n not in setting.given]
    if missing:
        raise ModelError(f"{problem.id}, setting {setting.name}: no parameter, target or given value for {missing}")
    return tuple(names)


def point_of(parameters: ParameterSet, setting: Setting, name: str) -> float:
    """Published point estimate in engine units."""
    quantity = setting.given.get(name, name)
    if isinstance(quantity, (int, float)):
        return float(quantity)
    p = parameters[str(quantity)]
    return float(to_engine(np.array([p.distribution.point]), p.unit, p.price_year)[0])


def _spreads(
    parameters: ParameterSet, setting: Setting, names: Sequence[str], covering: Mapping[str, Sequence[Drawable]]
) -> dict[str, tuple[Parameter, Sequence[Drawable]]]:
    """The record and the distributions of every input that varies."""
    found = {}
    for name in names:
        quantity = setting.given.get(name, name)
        if isinstance(quantity, str):
            record = parameters[quantity]
            shapes = covering.get(quantity, [record.distribution])
            if len(shapes) > 1 or np.ptp(shapes[0].interval95()) > 0:
                found[name] = (record, shapes)
    return found


def _target_value(target: Target, values: Mapping[str, Floats]) -> Floats:
    rows = max(len(v) for v in values.values())
    return make_lookup(lambda n: values[n], rows)(target.published)


def nulls_of(
    targets: Sequence[Target], alone: npt.NDArray[np.bool_], values: Mapping[str, Floats], rows: int
) -> npt.NDArray[np.bool_]:
    """Where an engine ratio is exactly 1, [rows, target].

    So it is where all of a strategy's published ratios are exactly 1, and where its own is and nothing
    else that the strategy changes moves the figure.
    """
    out = np.zeros((rows, len(targets)), dtype=bool)
    for j, target in enumerate(targets):
        if alone[j] and target.scale != "value":
            out[:, j] = _is_null(target, values)
    for strategy in {t.strategy for t in targets}:
        mine = [j for j, t in enumerate(targets) if t.strategy == strategy]
        if all(targets[j].scale != "value" for j in mine):
            null = np.all([_is_null(targets[j], values) for j in mine], axis=0)
            out[np.ix_(null, mine)] = True
    return out


def _is_null(target: Target, values: Mapping[str, Floats]) -> npt.NDArray[np.bool_]:
    """Where the published figure says that nothing changes."""
    return np.asarray(_target_value(target, values) == (0.0 if target.scale == "difference" else 1.0))


def _alone(targets: Sequence[Target], jacobian: Floats) -> npt.NDArray[np.bool_]:
    """Which ratios no other unknown of their strategy moves, [target]: exact, since the people are the same."""
    others = [[k for k, t in enumerate(targets) if t.strategy == u.strategy and k != j] for j, u in enumerate(targets)]
    return np.array([not jacobian[j, k].any() for j, k in enumerate(others)], dtype=bool)


def _solve_centre(
    simulator: Simulator, targets: Sequence[Target], centre: Mapping[str, Floats]
) -> tuple[Floats, Floats, Floats]:
    """Log engine parameters, Jacobian of the figures, and the figures achieved, at the point estimates."""
    goal = np.array([_goal(t, _target_value(t, centre))[0] for t in targets])
    x = np.log([t.start * unit_of(t) for t in targets])
    jacobian = np.eye(len(x))
    for _ in range(12):
        y, jacobian = _derivatives(simulator, centre, x, SEARCH_PEOPLE)
        _must_be_finite(y, targets)
        step = np.linalg.lstsq(jacobian, goal - y, rcond=None)[0]
        x = x + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 0.02:
            break
    for _ in range(8):
        y = simulator(centre, x[None, :], CENTRE_PEOPLE)[0]
        _must_be_finite(y, targets)
        if np.abs(y - goal).max() < TOLERANCE:
            return x, jacobian, y
        x = x + np.clip(np.linalg.lstsq(jacobian, goal - y, rcond=None)[0], -0.5, 0.5)
    missed = int((np.abs(y - goal) > TOLERANCE).argmax())  # the first: baselines are declared before effects
    wanted, nearest = (_in_words(targets[missed], x[missed]) for x in (goal, y))
    raise CalibrationError(
        f"{targets[missed].published}: {targets[missed].unknown} cannot be found for {wanted}; the nearest is {nearest}"
    )


def _in_words(target: Target, y: float) -> str:
    """A figure on the scale it is solved on, as a reader knows it."""
    value = float(_untransformed(target, np.array([y]))[0])
    if isinstance(target.statistic, MeanTime) and target.scale == "value":
        return f"{value * 365.25:.4g} days"
    return f"{value:.4g}"


def _refuse_impossible(targets: Sequence[Target], centre: Mapping[str, Floats]) -> None:
    """Raise ``CalibrationError`` for every published figure that no finite engine parameter can give."""
    wrong = []
    for target in targets:
        value = float(_target_value(target, centre)[0])
        share = target.scale == "value" and is_share(target.statistic)
        if target.scale == "difference":
            continue
        if not (0 < value < 1 if share else 0 < value < np.inf):
            need = "between 0 and 1, both excluded" if share else "positive"
            wrong.append(f"{target.published}: {value:.6g}; to solve for {target.unknown} it must be {need}")
    if wrong:
        raise CalibrationError("; ".join(wrong))


def _must_be_finite(y: Floats, targets: Sequence[Target]) -> None:
    for j, target in enumerate(targets):
        if not np.isfinite(y[j]):
            raise CalibrationError(f"{target.unknown}: the figure it is solved for ({target.published}) is 0 or 1")


def _derivatives(simulator: Simulator, centre: Mapping[str, Floats], x: Floats, people: int) -> tuple[Floats, Floats]:
    """Figures at `x` and their Jacobian by forward differences."""
    y = simulator(centre, np.vstack([x, x + STEP * np.eye(len(x))]), people)
    return y[0], (y[1:] - y[0]).T / STEP


def _map(
    simulator: Simulator,
    targets: Sequence[Target],
    design: dict[str, Floats],
    centre: Mapping[str, Floats],
    varying: Sequence[str],
    x0: Floats,
    jacobian: Floats,
) -> tuple[Mapped, Floats]:
    """A function of engine-unit inputs giving log engine parameters [draws, target], and its error [target]."""
    at_centre = goals_of(targets, centre)[0]
    nuisance = _nuisance(simulator, targets, design, centre, varying, x0)
    names = [n for n, _ in nuisance]
    slopes = np.stack([s for _, s in nuisance], axis=1) if nuisance else np.zeros((len(x0), 0))
    scores = _scores(names, design, design)
    wanted = goals_of(targets, design) - at_centre - scores @ slopes.T
    x = x0 + np.clip(np.linalg.lstsq(jacobian, wanted.T, rcond=None)[0].T, -2.5, 2.5)
    x += _stirred(targets, varying)
    y = simulator(design, x, DESIGN_PEOPLE, same_people=False)
    keep = np.isfinite(y).all(axis=1)
    fit = _Polynomial.fit(np.hstack([x, scores])[keep], y[keep])
    bounds = x[keep].min(axis=0) - 0.2, x[keep].max(axis=0) + 0.2

    def mapped(values: Mapping[str, Floats]) -> tuple[Floats, npt.NDArray[np.bool_]]:
        goals, s = goals_of(targets, values), _scores(names, values, design)
        straight = x0 + np.linalg.lstsq(jacobian, (goals - at_centre - s @ slopes.T).T, rcond=None)[0].T
        found, solved = _invert(fit, goals, s, x0, bounds)
        return np.where(solved[:, None], found, np.clip(straight, *bounds)), solved

    return mapped, fit.error


def _stirred(targets: Sequence[Target], varying: Sequence[str]) -> Floats:
    """Moves of engine parameters whose published figure is fixed, [points, target]: else their slope is unknown."""
    fixed = [j for j, t in enumerate(targets) if not set(parameter_names(t)) & set(varying)]
    moves = np.zeros((DESIGN_POINTS, len(targets)))
    moves[:, fixed] = STEP * np.random.default_rng(CALIBRATION_SEED).standard_normal((DESIGN_POINTS, len(fixed)))
    return moves


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


def goals_of(targets: Sequence[Target], values: Mapping[str, Floats]) -> Floats:
    """Published figures on the scales they are solved on, [draws, target]."""
    return np.stack([_goal(t, _target_value(t, values)) for t in targets], axis=1)


def _design(
    centre: Mapping[str, Floats], spread: Mapping[str, tuple[Parameter, Sequence[Drawable]]]
) -> dict[str, Floats]:
    """Design points: engine-unit values by name, [points], spread a little wider than the draws themselves.

    Of several distributions each gets its part of the points.
    """
    from scipy.special import ndtr, ndtri
    from scipy.stats import qmc

    sobol = qmc.Sobol(len(spread), scramble=True, rng=np.random.default_rng(CALIBRATION_SEED))
    points = sobol.random(DESIGN_POINTS)
    out = {n: np.repeat(v, DESIGN_POINTS) for n, v in centre.items()}
    for j, (name, (record, shapes)) in enumerate(spread.items()):
        which, within = np.divmod(points[:, j] * len(shapes), 1.0)
        u = np.clip(ndtr(DESIGN_SPREAD * ndtri(np.clip(within, 1e-9, 1 - 1e-9))), 1e-4, 1 - 1e-4)
        values = np.select([which == k for k in range(len(shapes))], [d.ppf(u) for d in shapes])
        out[name] = to_engine(values, record.unit, record.price_year)
    return out


def _scale(values: Floats) -> Callable[[Floats], Floats]:
    """Standard scores, of the logarithm where everything is positive."""
    use_log = bool((values > 0).all())
    v = np.log(values) if use_log else values
    mean, sd = v.mean(), v.std()
    return lambda w: ((np.log(w) if use_log else w) - mean) / sd


def _scores(names: Sequence[str], values: Mapping[str, Floats], design: Mapping[str, Floats]) -> Floats:
    rows = max(len(v) for v in values.values())
    columns = [_scale(design[n])(np.broadcast_to(values[n], (rows,))) for n in names]
    return np.stack(columns, axis=1) if columns else np.zeros((rows, 0))


def _nuisance(
    simulator: Simulator,
    targets: Sequence[Target],
    design: Mapping[str, Floats],
    centre: Mapping[str, Floats],
    varying: Sequence[str],
    x0: Floats,
) -> list[tuple[str, Floats]]:
    """Inputs other than published figures that move any figure, with the slopes [target] per standard score.

    With the same people an input that cannot matter moves nothing at all, so the screen is sharp.
    """
    published = {n for t in targets for n in parameter_names(t)}
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
    error: Floats

    @classmethod
    def fit(cls, inputs: Floats, outputs: Floats) -> _Polynomial:
        """Fit outputs [rows, k] on inputs [rows, p]; the error is by 8-fold cross-validation."""
        mean, sd = inputs.mean(axis=0), inputs.std(axis=0)
        features = _features((inputs - mean) / sd)
        folds = np.arange(len(inputs)) % 8
        residual = np.empty_like(outputs)
        for fold in range(8):
            out = folds == fold
            residual[out] = outputs[out] - features[out] @ _ridge(features[~out], outputs[~out])
        return cls(mean, sd, _ridge(features, outputs), residual.std(axis=0))

    def __call__(self, inputs: Floats) -> Floats:
        return np.asarray(_features((inputs - self.mean) / self.sd) @ self.coefficients)


def _features(z: Floats) -> Floats:
    i, j = np.triu_indices(z.shape[1])
    return np.hstack([np.ones((len(z), 1)), z, z[:, i] * z[:, j], z**3])


def _ridge(features: Floats, outputs: Floats) -> Floats:
    penalty = 1e-3 * np.eye(features.shape[1])
    return np.asarray(np.linalg.solve(features.T @ features + penalty, features.T @ outputs))
