"""Which targets are solved together, and in which order: the comparator's first, and each strategy's given those.

What usual care shows is solved for from what usual care's own simulation reads, so that no strategy's figures move it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.contract import CalibrationTarget, DecisionProblem, Setting, Strategy, parameter_names
from parameters.arrays import Floats
from simulate.ask.reads import solved_from, target_names
from simulate.solve.targets import is_relative


@dataclass(frozen=True)
class Block:
    """The targets of a strategy; of several where each one's simulation reads what is solved for the other."""

    targets: tuple[CalibrationTarget, ...]
    strategies: tuple[Strategy, ...]  # simulated: theirs, and the comparator where a figure is relative to it
    names: tuple[str, ...]  # known before anything is solved, that their simulation or published figures read
    read: tuple[str, ...]  # those of `names` that the simulation reads
    before: tuple[str, ...]  # solved for in earlier blocks, that they read too

    @property
    def unknowns(self) -> tuple[str, ...]:
        """The engine parameters it is solved for."""
        return tuple(t.unknown for t in self.targets)

    def inputs(self, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Those of `values` that it reads."""
        return {n: values[n] for n in (*self.names, *self.before)}


def blocks_of(problem: DecisionProblem, setting: Setting) -> tuple[Block, ...]:
    """The blocks of a setting in the order in which they are solved; every target is in one."""
    groups: dict[str, list[CalibrationTarget]] = {}
    for target in setting.targets:
        groups.setdefault(target.strategy, []).append(target)
    reads = {s: _read(problem, mine) for s, mine in groups.items()}
    solves = {s: {t.unknown for t in mine} for s, mine in groups.items()}
    needs = {s: {o for o in groups if o != s and solves[o] & reads[s]} for s in groups}
    known, found, done = solved_from(problem, setting), [], set[str]()
    for together in _in_turn(needs):
        targets = tuple(t for t in setting.targets if t.strategy in together)
        earlier = [t.unknown for t in setting.targets if t.strategy in done]
        simulated, read = _simulated(problem, targets), _read(problem, targets)
        engine = set(parameter_names((problem.pathway, simulated)))
        found.append(
            Block(
                targets,
                simulated,
                names=tuple(n for n in known if n in read),
                read=tuple(n for n in known if n in engine),
                before=tuple(n for n in earlier if n in read),
            )
        )
        done |= set(together)
    return tuple(found)


def joined(problem: DecisionProblem, blocks: Sequence[Block]) -> Block:
    """All of them as one, in which nothing is solved for before."""
    simulated = {s.id for b in blocks for s in b.strategies}
    return Block(
        tuple(t for b in blocks for t in b.targets),
        tuple(s for s in problem.strategies if s.id in simulated),
        names=tuple(dict.fromkeys(n for b in blocks for n in b.names)),
        read=tuple(dict.fromkeys(n for b in blocks for n in b.read)),
        before=(),
    )


def _read(problem: DecisionProblem, targets: Sequence[CalibrationTarget]) -> set[str]:
    """Every parameter that the simulation of these targets reads, or their published figures."""
    return {*parameter_names((problem.pathway, _simulated(problem, targets))), *target_names(targets)}


def _simulated(problem: DecisionProblem, targets: Sequence[CalibrationTarget]) -> tuple[Strategy, ...]:
    """The strategies whose figures these targets are told from, in the problem's order."""
    needed = {t.strategy for t in targets}
    if any(is_relative(t) for t in targets):
        needed.add(problem.strategies[0].id)
    return tuple(s for s in problem.strategies if s.id in needed)


def _in_turn(needs: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Those that need each other together, after all that they need; else as declared."""
    reached = {s: _reached(s, needs) for s in needs}
    left = list(needs)
    while left:
        for s in left:
            together = [o for o in left if o == s or (o in reached[s] and s in reached[o])]
            if not (reached[s] & set(left)) - set(together):
                break
        yield together
        left = [s for s in left if s not in together]


def _reached(start: str, needs: Mapping[str, set[str]]) -> set[str]:
    """All that `start` needs, and what these need."""
    found, open_ends = set[str](), {start}
    while open_ends:
        open_ends = {n for s in open_ends for n in needs[s]} - found
        found |= open_ends
    return found
