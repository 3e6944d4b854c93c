"""Sheets with a row a draw: costs, effects and net benefit, what people used, what it is worth, what was drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from parameters.arrays import Floats
from simulate.evaluate.decision.acceptability import net_benefit
from simulate.evaluate.decision.equality import RELATIVE, apart
from simulate.present.english.numbers import unit_name
from simulate.present.workbook.book import Book, Cell, Formula, Given, Sheet, column
from simulate.present.workbook.formulas import number, product_of
from simulate.present.workbook.plan import FIRST, Plan
from simulate.result.parts.lines import Line, worth_of

THRESHOLD = "Answer!$C$5"  # the willingness to pay that is chosen there
ROUNDING = number(RELATIVE)  # of what went into two numbers: nearer ones are equal
TIED = number(2 * RELATIVE)  # of the absolute sums that go into a net benefit: what is equal but for rounding


def put_draws(book: Book, plan: Plan) -> None:
    """Costs and effects as sums of lines, differences from the first strategy, net benefit at the chosen threshold."""
    sheet = book.sheet("Draws", [8, 16], (FIRST - 1, 1))
    sheet.row("A row a draw, per person: formulas over LinePrices and Statistics. Discounting is in the statistics.")
    heads, looks, columns = zip(*_of_draws(plan), strict=True)
    sheet.row(None, *(Cell(kind, "head") for kind, _ in heads))
    sheet.row(Cell("draw", "head"), *(Cell(name, "head") for _, name in heads))
    texts = [text for text, _ in columns]
    values = np.column_stack([value for _, value in columns]).tolist()
    for k, row in enumerate(values):
        at = str(FIRST + k)
        cells = (Cell(Formula(t.replace("§", at), v), x) for t, v, x in zip(texts, row, looks, strict=True))
        sheet.row(float(k + 1), *cells)


Column = tuple[tuple[str, str], str, tuple[str, Floats]]  # heads, format, formula with § for the row, and values


def _of_draws(plan: Plan) -> Iterator[Column]:
    result, strategies = plan.result, plan.strategies
    n = len(strategies)
    at = dict(zip(("cost", "effect"), (plan.cost_at, plan.effect_at), strict=True))
    first = 1
    for kind, lines, told in (("cost", plan.costs, result.cost), ("effect", plan.effects, result.effect)):
        width, start = len(lines), 1 if kind == "cost" else 1 + n * len(plan.costs)
        worth = f"LinePrices!${column(first)}§:${column(first + width - 1)}§"
        for i, s in enumerate(strategies):
            used = f"Statistics!${column(start + i * width)}§:${column(start + (i + 1) * width - 1)}§"
            yield (kind, s), LOOKS[kind], (f"SUMPRODUCT({worth},{used})" if width else "0", told[:, i])
        first += width
    for kind, told in (("cost", result.cost), ("effect", result.effect)):
        for i, s in enumerate(strategies[1:], 1):
            new, old = f"{column(at[kind] + i)}§", f"{column(at[kind])}§"
            text = f"IF(ABS({new}-{old})<={ROUNDING}*(ABS({new})+ABS({old})),0,{new}-{old})"
            yield (f"difference in {kind}", s), LOOKS[kind], (text, apart(told[:, i], told[:, 0]))
    yield from _of_benefit(plan)


def _of_benefit(plan: Plan) -> Iterator[Column]:
    benefit = net_benefit(plan.result.cost, plan.result.effect, plan.threshold)
    here = benefit_at(plan)
    for i, s in enumerate(plan.strategies):
        text = f"{THRESHOLD}*{column(plan.effect_at + i)}§-{column(plan.cost_at + i)}§"
        yield ("net benefit", s), "money", (text, benefit[:, i])
    most = benefit.max(axis=1)
    every = f"{column(here)}§:{column(here + len(plan.strategies) - 1)}§"
    yield ("greatest", "net benefit"), "money", (f"MAX({every})", most)
    if plan.tells_chances:
        greatest = column(here + len(plan.strategies))
        for i, s in enumerate(plan.strategies):
            cost, effect = f"{column(plan.cost_at + i)}§", f"{column(plan.effect_at + i)}§"
            size = f"ABS({THRESHOLD}*{effect})+ABS({cost})"
            text = f"IF({greatest}§-{column(here + i)}§<={TIED}*({size}),1,0)"
            yield ("is best", s), "whole", (text, (benefit[:, i] == most).astype(float))


def difference_at(plan: Plan, kind: str, i: int) -> int:
    """The column of a strategy's differences from the first."""
    n = len(plan.strategies)
    return 1 + 2 * n + (0 if kind == "cost" else n - 1) + i - 1


def benefit_at(plan: Plan) -> int:
    """The first column of net benefit; behind it the greatest, and who has it."""
    return 1 + 2 * len(plan.strategies) + 2 * (len(plan.strategies) - 1)


LOOKS = {"cost": "money", "effect": "number"}


def put_statistics(book: Book, plan: Plan) -> None:
    """How much of each line people used: the one thing that is simulated, and no formula."""
    sheet = book.sheet("Statistics", [8, 14], (FIRST - 1, 1))
    sheet.row(
        "A row a draw, per person: what was simulated, discounted already (costs and effects each at their rate)."
        " Times in years, events and people as they are counted; these do not move with prices."
    )
    heads, columns = [], []
    for kind, lines in (("cost", plan.costs), ("effect", plan.effects)):
        for i, s in enumerate(plan.strategies):
            heads += [(f"{kind} of {s}", line.name) for line in lines]
            columns += [line.amount[:, i] for line in lines]
    _put_numbers(sheet, heads, columns, plan)


def put_drawn(book: Book, plan: Plan) -> None:
    """What was drawn of every parameter that lines are valued by, each in its own unit."""
    sheet = book.sheet("Drawn", [8, 14], (FIRST - 1, 1))
    sheet.row("A row a draw: parameters as they were drawn, each in its own unit. New prices are typed in Prices.")
    drawn = plan.result.draws
    units = [unit_name(drawn.units[drawn.names.index(n)]) for n in plan.names]
    heads = list(zip(units, plan.names, strict=True))
    _put_numbers(sheet, heads, [drawn.column(n) for n in plan.names], plan)


def _put_numbers(sheet: Sheet, heads: Sequence[tuple[str, str]], columns: Sequence[Floats], plan: Plan) -> None:
    sheet.row(None, *(Cell(above, "head") for above, _ in heads))
    sheet.row(Cell("draw", "head"), *(Cell(name, "head") for _, name in heads))
    counted = np.arange(1.0, plan.draws + 1)
    sheet.numbers(np.column_stack([counted, *columns]).tolist())


def put_line_prices(book: Book, plan: Plan) -> None:
    """What one of each line's amount is worth, in every draw: new prices where there are any, or else those drawn."""
    sheet = book.sheet("LinePrices", [8, 14], (FIRST - 1, 1))
    sheet.row("A row a draw: what one of each line's amount is worth, by Drawn and the new prices of Prices.")
    lines: list[Line] = [*plan.costs, *plan.effects]
    kinds = ["cost"] * len(plan.costs) + ["effect"] * len(plan.effects)
    sheet.row(None, *(Cell(kind, "head") for kind in kinds))
    sheet.row(Cell("draw", "head"), *(Cell(line.name, "head") for line in lines))
    texts = [product_of(line.factors, plan.named("§")) for line in lines]
    constant = [all(isinstance(f, (int, float)) for f in line.factors) for line in lines]
    values = (
        np.column_stack([worth_of(plan.result, line.factors) for line in lines]) if lines else np.empty((plan.draws, 0))
    )
    for k, row in enumerate(values.tolist()):
        at = str(FIRST + k)
        cells: list[Given] = [
            v if same else Formula(t.replace("§", at), v) for t, v, same in zip(texts, row, constant, strict=True)
        ]
        sheet.row(float(k + 1), *cells)
