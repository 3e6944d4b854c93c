"""The utility of each joint state, from utilities by level and a combination rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from models.contract import DecisionProblem, When
from models.states import alive_and, node_at, utility_levels
from parameters.arrays import Floats
from simulate.engine.lower.effects import Lookup
from simulate.evaluate.weighing import is_weighed


def state_utilities(
    problem: DecisionProblem, lookup: Lookup, states: Sequence[Mapping[str, str]], *, weighed: bool = False
) -> Iterator[tuple[int, Floats]]:
    """Position and utility, as `lookup` tells it, of every joint state but those absorbed or passed at once: 0.

    What goes by age or by who somebody is, or before the end, counts 0 here; if `weighed`, as much as everybody's.
    """
    alive = alive_and(problem.pathway, When())
    for k, state in enumerate(states):
        if alive(state) and node_at(problem.pathway, state) is None:
            yield k, _state_utility(problem, lookup, state, weighed)


def _state_utility(problem: DecisionProblem, lookup: Lookup, state: Mapping[str, str], weighed: bool) -> Floats:
    """The first level that matches, plus every gain that matches."""
    level = utility_levels(problem, state)[0]
    total = lookup(level.value if weighed or not is_weighed(level) else 0.0)
    for gain in problem.utilities:
        if gain.role == "gain" and gain.when.holds(state) and (weighed or not is_weighed(gain)):
            total = total + lookup(gain.value)
    return total
