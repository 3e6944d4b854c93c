"""Which machine makes which analyses of a batch, by the file alone: what is simulated together stays together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from simulate.analyse.batch.analysis import Analysis
from simulate.analyse.batch.file import Batch
from simulate.analyse.batch.forecast import simulating, solving
from simulate.ask.asked import Asked
from simulate.ask.case import Case
from simulate.engine.progress import Progress, silent
from simulate.running.known import solved_from_alike

AN_ANALYSIS = 2e5  # histories that could be simulated while one is valued and written: tenths of a second
LARGE = 1.5  # times a fair share, from which on a group is told of
Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Group(Generic[Seen]):
    """Analyses that share one simulation. Work is told as histories, which take about as long in every problem."""

    analyses: tuple[Analysis, ...]
    work: float  # simulating, valuing and writing
    solving: float  # once on each machine for all groups of the same `kind`
    kind: int
    seen: Seen  # in the case of the first


def groups_of(batch: Batch, look: Callable[[Asked], Seen], progress: Progress = silent) -> list[Group[Seen]]:
    """The groups of those that can be run, in the order of the file."""
    together: dict[tuple[object, ...], list[Analysis]] = {}
    for analysis in batch.in_order():
        together.setdefault(batch.alike[analysis.name], []).append(analysis)
    solved: list[tuple[Case, bool]] = []
    found = []
    for k, analyses in enumerate(together.values()):
        progress(k, len(together))
        asked = analyses[0].asked(analyses[0].case())[0]
        work = simulating(analyses[0], asked) + AN_ANALYSIS * len(analyses)
        found.append(Group(tuple(analyses), work, solving(asked), _kind(asked, solved), look(asked)))
    return found


def _kind(asked: Asked, solved: list[tuple[Case, bool]]) -> int:
    """The number of those before that are solved from the very same numbers, or a new one."""
    for k, (case, fixed) in enumerate(solved):
        if fixed == asked.options.fixed and solved_from_alike(asked.case, case):
            return k
    solved.append((asked.case, asked.options.fixed))
    return len(solved) - 1


def dealt(groups: Sequence[Group[Seen]], of: int) -> list[int]:
    """The shard of each group, from 1: the largest first, each to where least is to be done then.

    It depends on the groups alone, so that every machine deals them alike. What has to be solved for once more counts
    twice, or else every machine would solve for everything.
    """
    shards = min(of, len(groups))
    load, kinds = np.zeros(shards), {g.kind: np.zeros(shards, bool) for g in groups}
    given = [1] * len(groups)
    for k in sorted(range(len(groups)), key=lambda k: (-groups[k].work - groups[k].solving, k)):
        group = groups[k]
        anew = np.where(kinds[group.kind], 0.0, group.solving)
        mine = int(np.argmin(load + group.work + 2 * anew))  # the first of several
        load[mine] += group.work + anew[mine]
        kinds[group.kind][mine] = True
        given[k] = mine + 1
    return given


def too_large(groups: Sequence[Group[Seen]], of: int) -> list[tuple[Group[Seen], float]]:
    """Groups that are much more than the others, so that shards wait for theirs, and what share of all work each is."""
    whole = sum(g.work for g in groups) + sum({g.kind: g.solving for g in groups}.values())
    shares = [(g, (g.work + g.solving) / whole) for g in groups]
    return [(g, share) for g, share in shares if share > LARGE / min(of, len(groups))]


__all__ = ["Group", "dealt", "groups_of", "too_large"]
