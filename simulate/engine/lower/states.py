"""Joint states as arrays: who is at risk of what, what becomes of a state, and the steps from one to another.

Everything here takes time in proportion to the states and the transitions that exist, never to pairs of states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.contract import Domain, Event, Pathway, When
from models.states import ends_of, is_restarted, joint_states
from parameters.arrays import Bools, Ints
from simulate.engine.kernel.layout import Rows

State = Mapping[str, str]


@dataclass(frozen=True)
class States:
    """The joint states of a pathway, in order, by the levels they hold."""

    named: tuple[State, ...]
    levels: Ints  # [state, domain]: position among the domain's levels; -1 where a collapsed state holds none
    absorbed: Bools  # [state]
    at: Ints  # [level of the first domain, level of the second...]: the state that holds them all
    domains: tuple[Domain, ...]

    def holding(self, when: When) -> Bools:
        """Whether people in each state satisfy a condition, bool [state]; the absorbed never do."""
        out, names = ~self.absorbed, [d.name for d in self.domains]
        for name, allowed in when.levels.items():
            if name not in names:
                return np.zeros_like(out)
            place = names.index(name)
            holds = np.array([level in allowed for level in self.domains[place].levels])
            out &= holds[self.levels[:, place]]  # a state that holds no level there is absorbed
        return out

    def satisfying(self, conditions: Sequence[When]) -> Bools:
        """The same of several conditions, bool [state, condition]."""
        found = np.zeros((len(self.named), len(conditions)), dtype=np.bool_)
        for i, when in enumerate(conditions):
            found[:, i] = self.holding(when)
        return found

    def after(self, move: Mapping[str, str]) -> Ints:
        """The state that each becomes when it moves to the levels of `move`, [state]; the absorbed stay."""
        columns = [
            self.levels[:, place] if domain.name not in move else domain.levels.index(move[domain.name])
            for place, domain in enumerate(self.domains)
        ]
        return np.where(self.absorbed, np.arange(len(self.named)), self.at[tuple(columns)])


def states_of(pathway: Pathway) -> States:
    """The joint states of a pathway, in the order of ``joint_states``."""
    domains, named = pathway.domains, joint_states(pathway)
    positions = [{level: i for i, level in enumerate(d.levels)} for d in domains]
    levels = np.array(
        [[p[s[d.name]] if d.name in s else -1 for d, p in zip(domains, positions, strict=True)] for s in named],
        dtype=np.int64,
    )
    absorbing = [[level in d.absorbing for level in d.levels] + [False] for d in domains]  # the last: it holds none
    held = np.stack([np.array(a)[levels[:, place]] for place, a in enumerate(absorbing)], axis=1)  # [state, domain]
    at = np.full([len(d.levels) for d in domains], -1, dtype=np.int64)
    whole = (levels >= 0).all(axis=1)
    at[tuple(levels[whole].T)] = np.flatnonzero(whole)
    for place, s in np.argwhere(held.T):  # of two absorbing levels, that of the first domain counts
        here = at[(slice(None),) * place + (levels[s, place], ...)]
        here[here < 0] = s
    return States(named, levels, np.asarray(held.any(axis=1)), at, domains)


def state_tables(states: States, events: Sequence[Event]) -> dict[str, Any]:
    """The tables of states: who is at risk of what, and what an outcome makes of a state (see ``Tables``)."""
    risk = states.satisfying([e.when for e in events])
    moves = [b.becomes for e in events for b in (e.branches or (e,))]
    becomes = np.stack([states.after(move) for move in moves], axis=1)
    ever = np.vstack([risk, np.zeros_like(risk[:1])])  # the last state is before entry
    return {
        "enabled": rows_of(risk),
        "at_risk": ever,
        "absorbed": states.absorbed,
        "becomes": becomes.astype(np.uint32),
    }


def restarts_of(events: Sequence[Event]) -> Bools:
    """Which channels each outcome starts again, should they be at risk before and after, [outcome, channel]."""
    return np.array([[is_restarted(e, end) for e in events] for owner in events for end in ends_of(owner)])


def step_tables(ever: Bools, absorbed: Bools, becomes: Rows, carries: Bools, restarts: Bools) -> dict[str, Any]:
    """The steps between states, and which channels each arms and disarms: one for all between the same risks.

    `ever` tells who is at risk, [state + 1, channel], the last state being before entry; `absorbed` [state], for
    what is left of a residual then is never asked for; `becomes` is [state, outcome]; `carries` [channel] tells which
    channels keep their residual when the risk is lost, and `restarts` [outcome, channel] which start again.
    """
    kinds, kind = np.unique(np.column_stack([ever, np.append(absorbed, False)]), axis=0, return_inverse=True)
    kind = kind.reshape(-1)  # [state + 1]: who is at risk there and whether it is for ever, as one number
    pairs = kind[:-1, None] * len(kinds) + kind[becomes]  # [state, outcome]
    entries = kind[-1] * len(kinds) + kind[:-1]  # [state]
    sets, which = np.unique(np.vstack([np.zeros_like(restarts[:1]), restarts]), axis=0, return_inverse=True)
    pairs = pairs + len(kinds) ** 2 * which.reshape(-1)[1:]  # the first set is of none
    steps, step = np.unique(np.concatenate([pairs.reshape(-1), entries]), return_inverse=True)
    step = step.reshape(-1).astype(np.uint32)
    again, steps = sets[steps // len(kinds) ** 2], steps % len(kinds) ** 2
    before, after = kinds[steps // len(kinds), :-1], kinds[steps % len(kinds), :-1]
    lasting = ~kinds[steps % len(kinds), -1:]
    arm, disarm = after & (~before | again), before & ~after & carries & lasting
    return {
        "step": step[: pairs.size].reshape(pairs.shape),
        "entry": step[pairs.size :],
        "arm": rows_of(arm, arm.sum(axis=1).max()),
        "disarm": rows_of(disarm, disarm.sum(axis=1).max()),
    }


def rows_of(flags: Bools, width: int | None = None) -> Rows:
    """The true positions in each row as (n, positions…), the rest zeros; room for `width` of them, by default all."""
    row, position = np.nonzero(flags)
    counts = np.bincount(row, minlength=len(flags))
    out = np.zeros((len(flags), 1 + (flags.shape[1] if width is None else width)), dtype=np.uint32)
    out[:, 0] = counts
    out[row, 1 + np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)] = position
    return out
