"""Standard errors of whatever is worked out from draws, by leaving out a group of them at a time.

The groups are the replicates of a Sobol sequence, which are independent while draws inside one are not, or every
twentieth draw where draws are independent. All that is estimated from the draws is estimated again without each
group (Shao and Wu, Annals of Statistics 1989;17:1176-1197). Few groups know their spread badly: intervals take
Student's t with one degree of freedom fewer than groups.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from parameters.arrays import Bools, Floats

GROUPS = 20  # of independent draws


def groups_of(draws: int, replicate: npt.ArrayLike | None) -> npt.NDArray[np.intp]:
    """The group of each draw, [draws], from 0: its replicate, or its place in turn where there are not two of them."""
    if replicate is not None:
        labels = np.unique(np.asarray(replicate), return_inverse=True)[1].ravel()
        if labels.shape != (draws,):
            raise ValueError(f"replicate: {labels.shape} for {draws} draws; must give one label a draw")
        if labels.max(initial=0) > 0:
            return np.asarray(labels)
    return np.arange(draws) % min(GROUPS, draws)


def jackknife_error(statistic: Callable[[Bools], Floats], group: npt.NDArray[np.intp]) -> Floats:
    """Standard error of `statistic` of the draws kept [draws], from its values without each `group`; NaN for one."""
    return error_of(left_out(statistic, group))


def left_out(statistic: Callable[[Bools], Floats], group: npt.NDArray[np.intp]) -> Floats:
    """`statistic` of the draws kept [draws] without each `group`, [group, ...]; of a single group with it, once."""
    count = int(group.max()) + 1
    return np.array([statistic((group != g) | (count == 1)) for g in range(count)])


def error_of(found: Floats) -> Floats:
    """Standard error of a statistic from its values without each group of draws, [group, ...]; NaN for one group."""
    count = len(found)
    if count < 2:
        return np.full(found.shape[1:], np.nan)
    return np.asarray(np.sqrt((count - 1) / count * ((found - found.mean(axis=0)) ** 2).sum(axis=0)))
