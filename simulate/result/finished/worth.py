"""What parameters of a finished table are worth knowing, and what a declared study of them would be.

Of very many parameters only those are fitted one by one that could matter: a quick look (how much of the spread of net
benefit lies between twentieths of the draws in the order of a parameter) puts them in order, and the table says which
were left out. The greatest of thousands of estimates is partly luck.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.contract import ModelError, check_distinct, check_one_of
from parameters.arrays import Floats
from parameters.mistakes import short
from parameters.units import number_of
from simulate.engine.arithmetic.one_thread import on_one_thread
from simulate.evaluate.information.partial import Groups, named_groups, value_of_learning
from simulate.evaluate.information.sample import SummaryStatistic, TrialOfMeans, TrialOfShares
from simulate.evaluate.information.sample import evsi as evsi_by_regression
from simulate.result.finished.likeness import constant, moving_together

if TYPE_CHECKING:
    import pandas as pd

MOST_SINGLY = 100  # parameters that are fitted one by one, where nobody names them
MOST_TOGETHER = 50  # in a group: a fit of more learns next to nothing from so many draws
SLICES = 20  # of draws in the order of a parameter, for the quick look
BLOCK = 500  # parameters looked at together
FEWEST = 10  # draws, from which anything is told
CERTAIN, LEFT_OUT = "certain", "left out: others explain more"


@on_one_thread
def of_parameters(benefit: Floats, values: Floats, names: Sequence[str], groups: Groups | None = None) -> pd.DataFrame:
    """One row a group, most valuable first: ``group``, ``evppi``, ``se``, ``method``; in the unit of `benefit`.

    `benefit` [draw, strategy], `values` [draw, name]. By default every parameter by itself; what is the same in every
    draw is worth nothing, and of more than ``MOST_SINGLY`` the others have no value. ``ModelError`` for a group that is
    empty, names what there is not, or has more parameters than can be told apart.
    """
    import pandas as pd

    _refuse_few(benefit, names)
    fixed = dict(zip(names, constant(values).tolist(), strict=True))
    wanted = named_groups(list(names) if groups is None else groups)
    place = {name: k for k, name in enumerate(names)}
    if groups is None:
        chosen = set(_strongest(benefit, values, [n for n in names if not fixed[n]], place))
    else:
        _refuse_groups(wanted, names, len(benefit))
        chosen = set(wanted)
    rows: list[tuple[str, float, float, str]] = []
    for label, members in wanted.items():
        varying = [n for n in members if not fixed[n]]
        if not varying:
            rows.append((label, 0.0, 0.0, CERTAIN))
        elif label in chosen:
            kept = _apart(values[:, [place[n] for n in varying]], varying)
            rows.append((label, *value_of_learning(benefit, values[:, [place[n] for n in kept]])))
        else:
            rows.append((label, np.nan, np.nan, LEFT_OUT))
    rows.sort(key=lambda row: (np.isnan(row[1]), -row[1] if row[1] == row[1] else 0.0))
    return pd.DataFrame(rows, columns=["group", "evppi", "se", "method"])


def _apart(values: Floats, names: Sequence[str]) -> list[str]:
    """`names` without those that are a straight line of an earlier one: knowing one is knowing the other."""
    again = {name for group in moving_together(values, names) for name in group[1:]}
    return [name for name in names if name not in again]


def _strongest(benefit: Floats, values: Floats, names: Sequence[str], place: Mapping[str, int]) -> list[str]:
    """The parameters that a quick look finds to move net benefit most, ``MOST_SINGLY`` at most."""
    if len(names) <= MOST_SINGLY:
        return list(names)
    strength = np.concatenate(
        [
            between_slices(benefit, values[:, [place[n] for n in names[start : start + BLOCK]]])
            for start in range(0, len(names), BLOCK)
        ]
    )
    return [names[k] for k in np.argsort(-strength, kind="stable")[:MOST_SINGLY]]


def between_slices(benefit: Floats, values: Floats) -> Floats:
    """Share of the variance of incremental net benefit between slices of draws in the order of each column, [column].

    The largest of any strategy's increments against the one best on average.
    """
    increments = np.delete(benefit - benefit[:, [int(benefit.mean(axis=0).argmax())]], benefit.mean(axis=0).argmax(), 1)
    spread = increments.var(axis=0)
    increments, spread = increments[:, spread > 0], spread[spread > 0]
    if not len(spread):
        return np.zeros(values.shape[1])
    starts = np.unique(np.linspace(0, len(values), min(SLICES, len(values)), endpoint=False).astype(np.int64))
    size = np.diff(starts, append=len(values))
    order = np.argsort(values, axis=0, kind="stable")
    centred = increments - increments.mean(axis=0)
    found = [np.add.reduceat(column[order], starts, axis=0) for column in centred.T]
    between = [(sums**2 / size[:, None]).sum(axis=0) / len(values) for sums in found]
    return np.asarray(np.max([b / s for b, s in zip(between, spread, strict=True)], axis=0))


def of_study(
    benefit: Floats,
    values: Floats,
    names: Sequence[str],
    study: SummaryStatistic,
    sizes: Sequence[int],
    seed: int = 1,
) -> pd.DataFrame:
    """One row a size: ``n`` (people an arm), ``evsi``, ``se``, ``method``; in the unit of `benefit`.

    `study` says what it would see of the parameters; of ``TrialOfShares`` and ``TrialOfMeans`` the names are checked.
    """
    import pandas as pd

    _refuse_few(benefit, names)
    if not sizes or any(n < 1 for n in sizes):
        raise ModelError(f"sizes: {list(sizes)}; allowed: numbers of people an arm, 1 or more")
    table = pd.DataFrame(values, columns=list(names))
    if isinstance(study, TrialOfShares | TrialOfMeans):
        for name in (study.control, study.treatment):
            check_one_of(name, list(names), "study")
            if isinstance(study, TrialOfShares) and not (table[name].min() >= 0 and table[name].max() <= 1):
                low, high = table[name].min(), table[name].max()
                raise ModelError(f"study: {name} is {low:g} to {high:g}; allowed: shares of people, 0 to 1")
        if study.control == study.treatment:
            raise ModelError(f"study: {short(study.control)} in both arms; allowed: a parameter each")
    if isinstance(study, TrialOfMeans) and not 0 < study.sd < np.inf:
        raise ModelError(f"study: SD of {study.sd}; allowed: a finite number above 0")
    return evsi_by_regression(benefit, table, study, sorted(set(sizes)), seed=seed)


def _refuse_few(benefit: Floats, names: Sequence[str]) -> None:
    if not names:
        raise ModelError("the table holds no parameters, so nothing can be said of what learning one is worth")
    if len(benefit) < FEWEST:
        raise ModelError(
            f"{number_of(len(benefit), 'draw')}; the value of learning a parameter needs {FEWEST} at least"
        )


def _refuse_groups(groups: Mapping[str, Sequence[str]], names: Sequence[str], draws: int) -> None:
    for label, members in groups.items():
        if not members:
            raise ModelError(f"group {label!r}: empty; allowed: names of parameters")
        for name in members:
            check_one_of(name, list(names), f"group {label!r}")
        check_distinct(list(members), f"group {label!r}")
        most = min(MOST_TOGETHER, draws - 1)
        if len(members) > most:
            raise ModelError(
                f"group {label!r}: {len(members)} parameters; allowed of {number_of(draws, 'draw')}: {most} at most"
            )
