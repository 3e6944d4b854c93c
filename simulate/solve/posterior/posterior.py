"""Best fit and posterior of a setting's unknowns, and of the other records that its targets tell something of.

The figures are simulated on the same people everywhere, so that they are a smooth function of the scores, and the fit
is by least squares. A polynomial of them about it serves importance sampling, and what that finds is weighed once more
by the simulation itself: so the posterior is the simulation's, and how far the polynomial was off is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.contract import DecisionProblem, Setting
from parameters import ParameterSet
from parameters.arrays import Floats, cholesky
from simulate.engine.arithmetic.elementary import exps
from simulate.engine.arithmetic.one_thread import on_one_thread
from simulate.engine.progress import StageProgress, Steps, silent
from simulate.solve.posterior.figures import OTHERS, Figures, candidates, make_figures
from simulate.solve.posterior.importance import Hump, Weighted, importance
from simulate.solve.posterior.likelihood import Term, log_likelihood, residuals
from simulate.solve.posterior.priors import Prior, of_unknown
from simulate.solve.posterior.published import Published, published
from simulate.solve.surface import Polynomial
from simulate.solve.targets import CalibrationError

MOST_RECORDS = 8  # beside the unknowns: those that move a figure most
LEAST_MOVED = 0.05  # of a target's standard error, by one of the record's own: a record that moves less is left out
STEP = 0.1  # scores, of a difference
STEPS = 30  # of the least squares
WORST = 1e3  # a residual: of figures that are no number
POINTS, A_FEATURE = 512, 4  # of a design, and of each feature of the polynomial
WIDER = 1.5  # standard deviations of the design in those of the posterior
REPLICATES = 4  # of importance sampling, independent
WORTH = 2  # independent draws that each is to be worth, in draws asked for

Simulate = Callable[[Floats], Floats]  # scores [rows, prior] to figures [rows, target]


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws of a setting's unknowns and of other records, given what was published; arrays of scores and figures."""

    published: Published
    priors: tuple[Prior, ...]
    held: tuple[str, ...]  # records that move figures too, and stand at their point estimates
    best: Floats  # [prior] scores of the best fit
    best_figures: Floats  # [target]
    scores: Floats  # [draws, prior]
    figures: Floats  # [draws, target], simulated
    effective: float  # independent draws that importance sampling is worth
    checked: float  # that are left of the draws once the simulation itself has weighed them
    tried: int  # draws that it weighed
    agreement: Floats  # [prior] root of total over within variance of the replicates
    emulation: Floats  # [target] root mean square of what the polynomial is off, in standard errors of the target
    noise: Floats  # [target] what chance among the people leaves open, in the same

    def values(self) -> Floats:
        """Draws in each prior's own unit, [draws, prior]."""
        return np.column_stack([p.at(self.scores[:, j]) for j, p in enumerate(self.priors)])


@on_one_thread
def posterior(
    problem: DecisionProblem,
    setting: Setting,
    parameters: ParameterSet,
    *,
    draws: int,
    people: int,
    seed: int,
    between: dict[str, tuple[float, float]] | None = None,
    threads: int | None = None,
    progress: StageProgress = silent,
) -> Posterior:
    """The posterior of a setting that has targets; `between` are 95% intervals of unknowns' priors, in their units.

    Raises ``CalibrationError`` where no values of the unknowns give figures near what was published.
    """
    steps = Steps(progress)
    told = published(problem, setting, parameters)
    unknowns = [of_unknown(t, (between or {}).get(t.unknown)) for t in setting.targets]
    figures = make_figures(
        problem, setting, parameters, unknowns, people=people, seed=seed, threads=threads, steps=steps
    )
    return learnt(figures, told, candidates(figures, parameters), draws=draws, seed=seed, steps=steps)


def learnt(
    plain: Figures, told: Published, known: Sequence[Prior], *, draws: int, seed: int, steps: Steps
) -> Posterior:
    """The same from the figures of the unknowns alone, what was `published`, and the records that may be learnt of."""
    steps.begin("finding the best fit")
    rough, _ = best_fit(plain, told.terms, np.zeros(len(plain.priors)))
    chosen, held = matter(plain, told, rough, known)
    figures = plain.beside(chosen)
    best, slopes = best_fit(figures, told.terms, np.append(rough, np.zeros(len(chosen))))
    others = figures.of_others(best)
    offset = others.mean(axis=0) - figures(best[None, :])[0]

    def simulate(scores: Floats) -> Floats:
        """Figures put where those of very many people are."""
        return np.asarray(figures(scores) + offset)

    best, slopes = best_fit(simulate, told.terms, best)
    steps.begin("simulating about it")
    found = sampled(simulate, told.terms, Hump(best, _inverse(slopes)), draws=draws, seed=seed)
    off = (found.emulated - found.figures) / told.sd
    return Posterior(
        told,
        figures.priors,
        tuple(held),
        best,
        simulate(best[None, :])[0],
        found.scores[found.picked],
        found.figures[found.picked],
        found.effective,
        found.checked,
        len(found.scores),
        found.agreement,
        np.sqrt((off**2).mean(axis=0)),
        others.std(axis=0, ddof=1) / np.sqrt(OTHERS) / told.sd,
    )


def best_fit(figures: Simulate, terms: Sequence[Term], start: Floats) -> tuple[Floats, Floats]:
    """Scores of the greatest posterior density [prior], from `start`, and the slopes of all residuals there."""
    from scipy.optimize import least_squares

    def off(scores: Floats) -> Floats:
        with np.errstate(invalid="ignore", over="ignore"):
            found = residuals(terms, figures(scores))
        return np.hstack([np.clip(np.nan_to_num(found, nan=WORST), -WORST, WORST), scores])

    def slopes(z: Floats) -> Floats:
        y = off(np.vstack([z, z + STEP * np.eye(len(z))]))
        return np.asarray((y[1:] - y[0]).T / STEP)

    found = least_squares(lambda z: off(z[None, :])[0], start, jac=slopes, max_nfev=STEPS, xtol=1e-4, ftol=1e-4)
    if np.abs(found.fun).max() >= WORST:
        unreached = int(np.abs(found.fun).argmax())
        raise CalibrationError(f"no values of the unknowns give figures near what was published (residual {unreached})")
    return np.asarray(found.x), slopes(found.x)


def matter(figures: Figures, told: Published, best: Floats, known: Sequence[Prior]) -> tuple[list[Prior], list[str]]:
    """Records whose own spread moves a figure, those that move one most; and names of those beyond the bound."""
    if not known:
        return [], []
    ends = np.vstack([np.diag(np.full(len(known), end)) for end in (1.0, -1.0)])
    y = figures.beside(known)(np.hstack([np.tile(best, (len(ends), 1)), ends]))
    moved = np.abs((y[: len(known)] - y[len(known) :]) / 2 / told.sd).max(axis=1)
    order = [k for k in np.argsort(-moved, kind="stable") if moved[k] >= LEAST_MOVED]
    kept = sorted(order[:MOST_RECORDS])
    return [known[k] for k in kept], [known[k].name for k in order[MOST_RECORDS:]]


@dataclass(frozen=True, eq=False)
class Sampled:
    """Draws that importance sampling gave by a polynomial, and what the simulation says of each."""

    scores: Floats  # [tried, prior]
    figures: Floats  # [tried, target] simulated
    emulated: Floats  # [tried, target]
    picked: list[int]  # of those tried, the posterior
    effective: float
    checked: float
    agreement: Floats  # [prior]


def sampled(simulate: Simulate, terms: Sequence[Term], about: Hump, *, draws: int, seed: int) -> Sampled:
    """The posterior of scores with standard normal priors, from where a fit found it.

    `simulate` takes scores [rows, prior] to figures [rows, target]: anything that does.
    """
    rng = np.random.default_rng([seed, 1])
    surface = Emulator.about(simulate, about, rng)
    first = importance(
        lambda z: log_likelihood(terms, surface(z)), len(about.mean), wanted=draws, seed=seed, modes=[about]
    )
    nearer = first.moments()
    surface = Emulator.about(simulate, nearer, rng, surface)
    runs = [
        importance(
            lambda z: log_likelihood(terms, surface(z)),
            len(about.mean),
            wanted=WORTH * draws,
            seed=seed + k,
            modes=[nearer],
        )
        for k in range(1, REPLICATES + 1)
    ]
    pooled = Weighted(np.vstack([r.z for r in runs]), np.hstack([r.weight for r in runs]) / REPLICATES)
    scores = pooled.picked(WORTH * draws, rng)
    y, emulated = simulate(scores), surface(scores)
    height = log_likelihood(terms, y) - log_likelihood(terms, emulated)
    weight = exps(height - height.max())
    checked = Weighted(np.arange(len(scores), dtype=float)[:, None], weight / weight.sum())
    picked = [int(k) for k in checked.picked(draws, rng)[:, 0]]
    return Sampled(scores, y, emulated, picked, pooled.effective, checked.effective, _agreement(runs))


def _agreement(runs: Sequence[Weighted]) -> Floats:
    """How far the means of independent runs lie apart beside their spread, [prior]: 1 where not at all."""
    found = [r.moments() for r in runs]
    between = np.var([f.mean for f in found], axis=0, ddof=1)
    within = np.mean([np.diag(f.covariance) for f in found], axis=0)
    return np.asarray(np.sqrt(1.0 + between / within))


@dataclass(frozen=True, eq=False)
class Emulator:
    """A polynomial of figures in scores, about a hump; beyond its outermost point it goes on as a straight line."""

    hump: Hump
    root: Floats  # [prior, prior] Cholesky factor of its covariance
    reach: float  # of the points, in its standard deviations
    fit: Polynomial
    line: Floats  # [prior, target] slopes of the best straight line
    z: Floats
    y: Floats

    @classmethod
    def about(
        cls, simulate: Simulate, hump: Hump, rng: np.random.Generator, before: Emulator | None = None
    ) -> Emulator:
        """Fitted to figures at points drawn `WIDER` than the hump, and at those of the one `before`."""
        dimensions = len(hump.mean)
        features = 1 + 2 * dimensions + dimensions * (dimensions + 1) // 2
        z = Hump(hump.mean, WIDER**2 * hump.covariance).drawn(rng, max(POINTS, A_FEATURE * features))
        y = simulate(z)
        sound = np.isfinite(y).all(axis=1)
        if sound.sum() < 2 * features:
            raise CalibrationError("figures about the best fit are 0 or 1 for most: more people, or a narrower prior")
        z, y = z[sound], y[sound]
        root = cholesky(hump.covariance + 1e-9 * np.eye(dimensions))
        reach = float(np.sqrt((np.linalg.solve(root, (z - hump.mean).T) ** 2).sum(axis=0).max()))
        scores = np.hstack([np.ones((len(z), 1)), z - hump.mean])
        line = np.asarray(np.linalg.lstsq(scores, y, rcond=None)[0][1:], dtype=np.float64)
        return cls(hump, root, reach, Polynomial.fit(z, y), line, z, y)

    def __call__(self, scores: Floats) -> Floats:
        """Figures [rows, target]."""
        off = scores - self.hump.mean
        far = np.sqrt((np.linalg.solve(self.root, off.T) ** 2).sum(axis=0))
        share = np.minimum(1.0, self.reach / np.maximum(far, 1e-300))[:, None]
        return np.asarray(self.fit(self.hump.mean + off * share) + (off * (1.0 - share)) @ self.line)


def _inverse(slopes: Floats) -> Floats:
    """The covariance of scores about the best fit, from the slopes of all residuals there."""
    return np.asarray(np.linalg.inv(slopes.T @ slopes))
