"""Who is where at given times, and who not yet absorbed: shares of people, how sure, and how strategies differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from models.contract import Pathway
from models.states import is_absorbed
from parameters.arrays import Floats, Ints
from simulate.engine.statistics import Statistics
from simulate.evaluate.uncertainty.precision import mcse, mcse_of_batches, number_or_none, reach_of, weighted_mean
from simulate.evaluate.uncertainty.told import degrees_of

if TYPE_CHECKING:
    import pandas as pd

SURVIVAL = "survival"  # the measure of those who have reached no absorbing level
SHARE = "share"  # that of those at a level
NORMAL = 1.96
OF_NONE = 3.0  # over N: below it lies, with 95% confidence, the chance of what happened to none of N


class _Measured(NamedTuple):
    measure: str
    domain: str
    level: str
    share: Floats  # of the people of each batch, [draw, strategy, batch, moment]


def at_moments(statistics: Statistics, pathway: Pathway, replicate: Ints | None) -> pd.DataFrame:
    """One row a time, strategy and level, and where people can be absorbed one of those who are not (``survival``).

    Of each the ``mean`` share of people who entered, its 95% interval over draws (``low``, ``high``), with the chance
    between people taken out, and its MCSE; then the same of the ``difference`` from the first strategy. Levels of a
    domain add to 1: who is absorbed in another is at that one's (``domain.level``). A single draw has no interval.
    """
    import pandas as pd

    x, rows = statistics, list[dict[str, Any]]()
    for m, at in enumerate(x.moments):
        for of in _measures(x, pathway):
            for s, strategy in enumerate(x.strategies):
                named = {"years": at, "strategy": strategy} | of._asdict()
                del named["share"]
                mine, first = of.share[:, s, :, m], of.share[:, 0, :, m]
                unsure = _of_none(x, replicate) if at > 0 and pathway.events and x.grid_error is None else 0.0
                told = _described(x, mine, replicate, unsure if _is_sure(mine) else 0.0)
                apart: dict[str, float | None] = dict.fromkeys(told)
                if s > 0:
                    apart = _described(x, mine - first, replicate, unsure if _is_sure(np.stack([mine, first])) else 0.0)
                renamed = {"difference": apart.pop("mean"), **{f"difference_{k}": v for k, v in apart.items()}}
                rows.append({**named, **told, **renamed})
    return pd.DataFrame(rows)


def _measures(x: Statistics, pathway: Pathway) -> Iterator[_Measured]:
    people = x.people[:, None]

    def share(states: list[int]) -> Floats:
        return np.asarray(x.present[..., states].sum(axis=-1) / people)

    if any(d.absorbing for d in pathway.domains):
        alive = [i for i, state in enumerate(x.states) if not is_absorbed(pathway, state)]
        yield _Measured(SURVIVAL, "", "", share(alive))
    for domain in pathway.domains:
        at = [state.get(domain.name) or ".".join(next(iter(state.items()))) for state in x.states]
        for level in dict.fromkeys([*domain.levels, *at]):
            yield _Measured(SHARE, domain.name, level, share([i for i, there in enumerate(at) if there == level]))


def _is_sure(shares: Floats) -> bool:
    """Whether nobody was there in any draw, or everybody in all."""
    return bool((shares == 0).all() or (shares == 1).all())


def _of_none(x: Statistics, replicate: Ints | None) -> float:
    """The error of the share of nobody, or of everybody: what takes its interval to where 95% confidence ends."""
    degrees = degrees_of(x.draws, len(x.people), replicate)
    return OF_NONE / (float(x.people.sum()) * x.draws) / (reach_of(degrees) if degrees else NORMAL)


def _described(x: Statistics, batches: Floats, replicate: Ints | None, unsure: float) -> dict[str, float | None]:
    """Mean, interval over draws and MCSE of shares [draw, batch], at least what is `unsure` of them."""
    drawn = weighted_mean(batches, x.people)
    low, high = None, None
    if len(drawn) > 1:
        low, high = map(float, np.quantile(without_noise(batches, x.people), [0.025, 0.975]))
    error = max(float(mcse(batches, x.people, replicate)), unsure)
    return {"mean": float(drawn.mean()), "low": low, "high": high, "mcse": number_or_none(error)}


def without_noise(batches: Floats, people: Floats) -> Floats:
    """Means of draws [draw] from those of their batches [draw, batch], drawn together by what is chance between people.

    Their variance is then that of the draws less the mean squared error of a draw, which batches tell.
    """
    drawn = weighted_mean(batches, people)
    total = float(drawn.var(ddof=1))
    noise = float((mcse_of_batches(batches.T, people) ** 2).mean()) if len(people) > 1 else 0.0
    kept = np.sqrt(max(0.0, 1.0 - noise / total)) if total > 0 else 1.0
    return np.asarray(drawn.mean() + kept * (drawn - drawn.mean()))
