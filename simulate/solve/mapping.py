"""The maps of all blocks over one design, and their errors beside those of what was published.

Every strategy is simulated once for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from models.contract import DecisionProblem, Setting, parameter_names
from models.quantities import names_in
from parameters import ParameterSet
from parameters.arrays import Bools, Floats
from parameters.sampling import sample
from simulate.engine.arithmetic.elementary import exp, exps, logs
from simulate.solve import solution, surface
from simulate.solve.blocks import joined
from simulate.solve.given import with_given
from simulate.solve.keeping import Arrays
from simulate.solve.search import SEARCH_PEOPLE
from simulate.solve.simulator import CALIBRATION_SEED, STEP, Simulator
from simulate.solve.solution import Solution
from simulate.solve.surface import Spread, Values, make_design
from simulate.solve.targets import goals_of, nulls_of

FIGURE_DRAWS = 4096  # of published figures, by which their errors are told


def with_maps(solutions: Sequence[Solution], centre: Values, spread: Mapping[str, Spread]) -> list[Solution]:
    """The same with maps, each of what earlier blocks are simulated at too."""
    design, places = make_design(centre, spread), []
    for s in solutions:
        block = s.simulator.block
        varying = [n for n in (*block.read, *block.before) if n in spread or n in block.before]
        places.append(s.placed(design, varying))
        design |= {t.unknown: exps(places[-1].x[:, j]) for j, t in enumerate(s.targets)}

    every = _of_all(solutions)

    @cache
    def figures() -> Floats:
        x = np.hstack([place.x for place in places])
        return every(design, x, surface.DESIGN_PEOPLE, same_people=False)

    def of_block(k: int) -> Callable[[], Floats]:
        return lambda: _split(figures(), solutions)[k]

    found = enumerate(zip(solutions, places, strict=True))
    return [s.mapped(design, place, of_block(k), every.by_person) for k, (s, place) in found]


def errors(solutions: Sequence[Solution], centre: Values, spread: Mapping[str, Spread]) -> dict[str, float]:
    """Root mean square of ln(mapped / exact engine parameter) at fresh points, by unknown.

    Exact is what gives the published figures in expectation. The people are others at each point, and in either of two
    halves, whose noise is no error of the map: the product of what the halves miss by has the square of the error as
    its mean over points, and these tell it with a standard error. An error is told as no less than the root of that
    standard error, for a smaller one could not have been seen.
    """
    fresh = make_design(centre, spread, points=solution.FRESH_POINTS, wider=1.0, seed=CALIBRATION_SEED + 1)
    mapped = _read(solutions, fresh)
    every = _of_all(solutions)
    given = {**every.block.inputs(fresh), "mapped": mapped, "people": np.array([solution.FRESH_PEOPLE])}
    for k, s in enumerate(solutions):
        given |= {f"{n} at the centre {k}": v for n, v in s.centre.items()}
        given |= {f"x0 {k}": s.x0, f"jacobian {k}": s.jacobian}

    def make() -> Arrays:
        halves = [_wrong(solutions, fresh, mapped, CALIBRATION_SEED + 1 + half) for half in (0, 1)]
        return {"squares": halves[0] * halves[1]}

    squares = solutions[0].keep("map error", every.words(), given, make)["squares"]
    return {t.unknown: told_error(squares[:, j]) for j, t in enumerate(every.targets)}


def figure_errors(solutions: Sequence[Solution], found: Mapping[str, float]) -> dict[str, float]:
    """What errors of the engine parameters move each figure by, by unknown, on the scale it is solved on.

    By the slopes at the centre; errors of one block's parameters are taken to be independent of each other.
    """
    moved = dict[str, float]()
    for s in solutions:
        each = np.array([found[t.unknown] for t in s.targets])
        moved |= {t.unknown: float(np.sqrt(((s.jacobian[j] * each) ** 2).sum())) for j, t in enumerate(s.targets)}
    return moved


def told_error(squares: Floats) -> float:
    """The root of the mean of squared errors [point], or of its standard error where that is larger."""
    known = squares[np.isfinite(squares)]
    if len(known) < 2:
        return float("nan")
    return float(np.sqrt(max(known.mean(), known.std(ddof=1) / np.sqrt(len(known)))))


def _read(solutions: Sequence[Solution], fresh: Values) -> Floats:
    """Log engine parameters by the maps alone, [point, unknown]; not a number beyond a map."""
    at, found, beyond = dict(fresh), [], dict[str, Bools]()
    for s in solutions:
        x, inside = s.read(at)
        at |= s.columns(at, x)
        out = np.logical_or.reduce([~inside, *(beyond[n] for n in s.simulator.block.before)])
        beyond |= {t.unknown: out for t in s.targets}
        found.append(np.where(out[:, None], np.nan, logs(np.stack([at[t.unknown] for t in s.targets], axis=1))))
    return np.hstack(found)


def _wrong(solutions: Sequence[Solution], fresh: Values, mapped: Floats, seed: int) -> Floats:
    """ln(mapped / exact engine parameter) on the people of a seed, [point, unknown]; not a number beyond a map.

    Figures miss what is published by so much; slopes at the centre tell how far the parameters are off.
    """
    every = replace(_of_all(solutions), seed=seed)
    told = np.flatnonzero(np.isfinite(mapped).any(axis=1))
    at = np.where(np.isfinite(mapped), mapped, np.hstack([s.x0 for s in solutions]))[told]
    y = every({n: v[told] for n, v in fresh.items()}, at, solution.FRESH_PEOPLE, same_people=False)
    wrong = dict[str, Floats]()
    for s, figures in zip(solutions, _split(y, solutions), strict=True):
        off = figures - goals_of(s.targets, fresh)[told]
        before = s.simulator.block.before
        if before:
            off -= np.stack([wrong[n] for n in before], axis=1) @ _moves(s).T
        known = np.isfinite(off).all(axis=1)
        here = np.full(off.shape, np.nan)
        here[known] = np.linalg.lstsq(s.jacobian, off[known].T, rcond=None)[0].T
        here[nulls_of(s.targets, s.alone, fresh, len(mapped))[told]] = 0.0  # exactly 1, by whatever map
        wrong |= {t.unknown: here[:, j] for j, t in enumerate(s.targets)}
    out = np.full(mapped.shape, np.nan)
    out[told] = np.stack(list(wrong.values()), axis=1)
    out[np.isnan(mapped)] = np.nan
    return out


def _moves(s: Solution) -> Floats:
    """Slopes of a block's figures at the centre in the logarithms of what is solved for before, [target, name]."""
    names = s.simulator.block.before
    rows = {n: np.repeat(v, len(names) + 1) for n, v in s.centre.items()}
    for i, name in enumerate(names):
        rows[name][i + 1] *= exp(STEP)
    y = s.simulator(rows, np.repeat(s.x0[None, :], len(names) + 1, axis=0), SEARCH_PEOPLE)
    return np.asarray((y[1:] - y[0]).T / STEP)


def _of_all(solutions: Sequence[Solution]) -> Simulator:
    """All targets as a function of inputs that are known before any is solved for."""
    some = solutions[0].simulator
    return replace(some, block=joined(some.problem, [s.simulator.block for s in solutions]), known={})


def _split(y: Floats, solutions: Sequence[Solution]) -> list[Floats]:
    """What belongs to each block, of its targets one beside the other."""
    return np.split(y, np.cumsum([len(s.targets) for s in solutions])[:-1], axis=1)


# --- the errors of what was published ------------------------------------------------------------


def figures_drawn(problem: DecisionProblem, setting: Setting, parameters: ParameterSet) -> Floats:
    """Published figures of a setting's targets as their records are drawn, together, on the scales solved on.

    [draws, target]
    """
    named = list(dict.fromkeys(parameter_names(setting.targets)))
    records = list(dict.fromkeys(r for n in named for r in names_in(setting.given.get(n, n))))
    correlations = {pair: rho for pair, rho in problem.correlations.items() if set(pair) <= set(records)}
    drawn = sample(parameters, records, FIGURE_DRAWS, CALIBRATION_SEED, correlations=correlations)
    drawn = with_given(_only(setting, named), drawn)
    found = goals_of(setting.targets, {n: drawn.engine(n) for n in named} or {"": np.zeros(FIGURE_DRAWS)})
    return np.asarray(found[np.isfinite(found).all(axis=1)])  # a draw of a share may lie beyond 0 and 1


def published_errors(problem: DecisionProblem, setting: Setting, parameters: ParameterSet) -> Floats:
    """Standard errors of the published figures, on the scales they are solved on, [target]."""
    if not setting.targets:
        return np.zeros(0)
    return spread_of(figures_drawn(problem, setting, parameters))


def spread_of(drawn: Floats) -> Floats:
    """Standard deviations of figures [draws, target]; exactly 0 where one is the same throughout, [target]."""
    return np.where(np.ptp(drawn, axis=0) > 0, drawn.std(axis=0, ddof=1), 0.0)


def _only(setting: Setting, names: Sequence[str]) -> Setting:
    """A setting that gives but these."""
    return replace(setting, given={n: q for n, q in setting.given.items() if n in names}, targets=())
