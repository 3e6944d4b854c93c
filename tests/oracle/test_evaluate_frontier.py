"""Dominance against its definition: every pair and every mixture of two, tried one by one."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.evaluate.decision.frontier import incremental_table, status


def by_definition(cost: list[int], effect: list[int]) -> list[str]:
    strategies = range(len(cost))
    found = []
    for s in strategies:
        if any(_beats(cost, effect, other, s) for other in strategies if other != s):
            found.append("dominated")
        elif any(_mixture_beats(cost, effect, i, j, s) for i in strategies for j in strategies):
            found.append("extendedly dominated")
        elif any((cost[i], effect[i]) == (cost[s], effect[s]) for i in range(s)):
            found.append("equal")
        else:
            found.append("on frontier")
    stay = [s for s in strategies if found[s] == "on frontier"]
    found[min(stay, key=lambda s: cost[s])] = "reference"
    return found


def _beats(cost: list[int], effect: list[int], other: int, s: int) -> bool:
    """No dearer and no worse, and not the same."""
    if (cost[other], effect[other]) == (cost[s], effect[s]):
        return False
    return cost[other] <= cost[s] and effect[other] >= effect[s]


def _mixture_beats(cost: list[int], effect: list[int], low: int, high: int, s: int) -> bool:
    if not effect[low] < effect[s] < effect[high]:
        return False
    weight = Fraction(effect[s] - effect[low], effect[high] - effect[low])
    return cost[low] + weight * (cost[high] - cost[low]) < cost[s]


points = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=8)


@given(points)
@settings(max_examples=600, deadline=None, derandomize=True)
def test_status_is_what_the_definition_says(table: list[tuple[int, int]]) -> None:
    cost, effect = [c for c, _ in table], [e for _, e in table]
    assert status(cost, effect) == by_definition(cost, effect)


@given(points)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_icers_rise_along_the_frontier(table: list[tuple[int, int]]) -> None:
    names = [str(k) for k in range(len(table))]
    frame = incremental_table([[float(c) for c, _ in table]], [[float(e) for _, e in table]], names)
    icers = list(frame.loc[frame["status"] == "on frontier", "icer"])
    assert icers == sorted(icers)
    assert all(icer > 0 for icer in icers)
    assert (frame["cost"].diff().dropna() >= 0).all()
