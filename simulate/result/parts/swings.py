"""How far each parameter moves the net benefit of one strategy over the first, from the draws of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from parameters.arrays import Floats
from simulate.evaluate.decision.acceptability import benefit_at
from simulate.evaluate.decision.equality import settled_means
from simulate.evaluate.sensitivity.straight_lines import Swing, swings, widest_first
from simulate.evaluate.uncertainty.precision import mcse_of_draws
from simulate.result.result import Result
from simulate.result.valued import Valued


def swings_of(result: Result, names: Sequence[str], threshold: float, new: int) -> list[Swing]:
    """Mean incremental net benefit of strategy `new` at both ends of the 95% range of each parameter, widest first.

    `threshold` is money per unit of effect, `names` are parameters that were drawn. What is only valued with (prices,
    quantities, utilities) is put at either end, and all draws valued again: exact but for the error of the means, with
    every other parameter as it was drawn. What is simulated with comes from one straight line in all of these at once,
    prices at their means; few draws tell nothing of it (see ``straight_lines.swings``).
    """

    def worth(valued: Valued) -> Floats:
        found = benefit_at(threshold, valued.cost, valued.effect)
        return np.asarray(found[:, new] - found[:, 0])

    drawn = {n: result.drawn.column(n) for n in names}
    varying = [n for n in names if np.ptp(drawn[n]) > 0]
    priced = result.case.changeable()
    exact = [_valued(result, n, drawn[n], worth) for n in varying if n in priced]
    rest = [n for n in varying if n not in priced]
    at_means = {n: float(drawn[n].mean()) for n in varying if n in priced}
    fitted = (
        swings(rest, np.stack([drawn[n] for n in rest], axis=1), worth(result.value(prices=at_means))) if rest else []
    )
    return widest_first([*exact, *fitted])


def _valued(result: Result, name: str, drawn: Floats, worth: Callable[[Valued], Floats]) -> Swing:
    low, high = (float(q) for q in np.quantile(drawn, [0.025, 0.975]))
    at_low, at_high = (worth(result.value(prices={name: end})) for end in (low, high))
    mean = settled_means(np.stack([at_low, at_high], axis=1))  # the same but for rounding: it moves nothing
    error = float(mcse_of_draws(at_high - at_low, result.draws.replicate)) if len(drawn) > 1 else np.inf
    return Swing(name, low, high, float(mean[0]), float(mean[1]), error)
