"""How much is known of what few draws tell: standard errors of an EVPI and of a probability out in the tail.

Where next to no draw changes the decision, the spread over groups of draws says little: with none of them it is 0,
which is no error. Of k draws that carry a mean the relative error is about one over the root of k; of none, the mean
may be what the nearest draws lead to expect. A probability of which nothing was seen may be a few in so many draws.
"""

from __future__ import annotations

import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic.of_arrays import exps

FEW = 10.0  # draws, below which the spread over groups does not bear an error alone
TAIL = 0.1  # share of draws that tell how the tail falls off
LEAST = 10  # such draws


def error_of_few(benefit: Floats, best: int) -> float:
    """The least standard error of the EVPI of net benefit [draw, strategy], of which `best` is chosen.

    Gains beyond the greatest tenth of the draws are taken to fall off exponentially: so many draws are expected to
    change the decision, each worth so much, and their sum varies as a compound Poisson's. 0 where they are not few.
    """
    if benefit.shape[1] < 2:
        return 0.0
    gain = np.delete(benefit, best, axis=1).max(axis=1) - benefit[:, best]
    draws, worth = _tail(gain)
    return float(worth * np.sqrt(2 * draws * max(1 - draws / FEW, 0.0)) / len(gain))


def _tail(gain: Floats) -> tuple[float, float]:
    """How many of `gain` [draw] are expected above 0 and what each is then worth, by the greatest tenth of draws."""
    kept = min(max(LEAST, int(TAIL * len(gain))), len(gain) - 1)
    ordered = np.sort(gain)[::-1]
    excess = float((ordered[:kept] - ordered[kept]).mean()) if kept else 0.0
    if excess <= 0:
        return 0.0, 0.0
    return kept * float(exps(min(ordered[kept], 0.0) / excess)), excess


def weight_of_doubt(share: Floats, draws: int) -> Floats:
    """How much what a correction leaves open counts where a `share` of the draws decides: 1 where they are few.

    Chance among them then hides it; of many, less, by the root of their number, as noise averages out.
    """
    return np.asarray(np.sqrt(FEW / np.maximum(np.minimum(share, 1 - share) * draws, FEW)))


def error_of_rare(share: Floats, draws: int) -> Floats:
    """The least standard error of a probability that rests on few draws, for or against; 0 where it rests on more.

    Two draws are added for it and two against (Agresti and Coull, American Statistician 1998;52:119-126).
    """
    nearer = (share * draws + 2) / (draws + 4)
    few = np.minimum(share, 1 - share) * draws < FEW
    return np.where(few, np.sqrt(nearer * (1 - nearer) / (draws + 4)), 0.0)
