"""Who pays: costs by payer, undiscounted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from parameters.arrays import Floats
from simulate.evaluate.decision.equality import apart
from simulate.evaluate.impact.budget import payer_name
from simulate.evaluate.uncertainty.precision import mean_and_interval
from simulate.present.english.numbers import AT_LEAST, about
from simulate.present.english.payers import payer_words
from simulate.present.report.parts.blocks import Block, Line, Section, grid, section
from simulate.present.report.parts.material import Material
from simulate.result.payers import by_payer, columns_of, costs_by_item, is_counted


class Paid(NamedTuple):
    """What a payer spends per person, money, [draws, strategies], and whether the run's perspective counts it."""

    name: str
    cost: Floats
    counted: bool


def paid(m: Material) -> list[Paid]:
    """By payer, and transfers apart, those that have anything to pay."""
    items = m.words.problem.costs
    columns = columns_of(items)
    if not columns:
        return []
    cost = by_payer(costs_by_item(m.result, m.result.counted), items, columns)  # [draw, strategy, column]
    found = [Paid(payer_words(payer_name(c)), cost[..., k], is_counted(m.result, c)) for k, c in enumerate(columns)]
    return [p for p in found if np.any(p.cost)]


def payers(m: Material) -> Section | None:
    """Costs by payer and what a strategy changes."""
    return section("payers", "Who pays", _blocks(m))


def _blocks(m: Material) -> Iterator[Block]:
    found = paid(m)
    if not found or len(m.labels) < 2:
        return
    spread = "; of differences 95% intervals over draws" * m.view.several
    yield grid(
        ["Payer", "Counted here", *m.labels, *(f"Difference: {x}" for x in m.labels[1:])],
        [
            [
                p.name,
                "yes" if p.counted else "no",
                *(about(float(x), m.sign) for x in p.cost.mean(axis=0)),
                *_moved(m, p),
            ]
            for p in found
        ],
        left=2,
        caption=f"{m.sign} per {m.view.each} over the follow-up, undiscounted{spread}",
    )
    yield Line(
        "Undiscounted, so that they are budgets; the results above are discounted. Money used less is not money in"
        f" hand: for what can be cashed, by year and in all, recovery-cea impact {m.words.problem.id}."
    )


def _moved(m: Material, p: Paid) -> Iterator[str]:
    for i in range(1, len(m.labels)):
        yield difference(m, p.cost, i, lambda x: about(x, m.sign))


def difference(m: Material, each: Floats, i: int, tell: Callable[[float], str]) -> str:
    """The mean difference of strategy `i` from the first, `each` [draws, strategies], over its interval.

    Exactly 0 where it is nothing but rounding; 'at least' stands before what leaves out what nobody measured.
    """
    new, old = each[:, i], each[:, 0]
    found = mean_and_interval(apart(new, old))
    moves = (found["low"], found["high"]) != (0.0, 0.0)
    narrow = AT_LEAST * (moves and m.view.is_narrow(m.result.strategies[i]))
    between = f"\n{narrow}{tell(found['low'])} to {tell(found['high'])}" if m.view.several else ""
    return tell(float(apart(new.mean(), old.mean()))) + between
