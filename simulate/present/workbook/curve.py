"""The acceptability curve and the value of perfect information by willingness to pay, by formulas over the draws."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parameters.arrays import Floats
from simulate.evaluate.decision.acceptability import ceac, ceaf, evpi, net_benefit
from simulate.present.english.numbers import clean
from simulate.present.workbook.answer import COST, EFFECT, TABLE, WITHHELD, sizes_at
from simulate.present.workbook.book import Book, Cell, Formula, Given, Sheet, column
from simulate.present.workbook.by_draw import TIED
from simulate.present.workbook.formulas import first_best
from simulate.present.workbook.plan import FIRST, Plan

TOP = 5  # row of the first willingness to pay


def put_curve(book: Book, plan: Plan) -> None:
    """A row a willingness to pay: probabilities, mean net benefit, what is best, EVPI; and a chart."""
    sheet = book.sheet("CEAC", [16], (TOP - 1, 1))
    n, held = len(plan.strategies), plan.result.withheld
    sheet.row("The share of draws in which each strategy is best, ties shared. The willingness to pay may be changed.")
    sheet.row(f"Probabilities: not told, since {clean(held.probability)}." if held.probability else None)
    kinds = ["", *["probability of being best"] * n, *["mean net benefit"] * n, "best on average", "EVPI, a person"]
    sheet.row(*(Cell(kind, "head") for kind in kinds))
    names = [*plan.strategies, *plan.strategies]
    sheet.row(Cell("willingness to pay", "head"), *(Cell(name, "head") for name in names), *[Cell("", "head")] * 2)
    shares = ceac(plan.result.cost, plan.result.effect, plan.thresholds)
    benefits = net_benefit(plan.result.cost, plan.result.effect, plan.thresholds).mean(axis=1)
    best = ceaf(plan.result.cost, plan.result.effect, plan.thresholds).optimal
    worth = evpi(plan.result.cost, plan.result.effect, plan.thresholds)
    for k, threshold in enumerate(plan.thresholds.tolist()):
        row = TOP + k
        sheet.row(
            Cell(threshold, "input"),
            *(_share(plan, k, i, float(shares[k, i])) for i in range(n)),
            *(_benefit(row, i, float(benefits[k, i])) for i in range(n)),
            _best(plan, row, plan.strategies[int(best[k])]),
            _evpi(plan, k, float(worth[k])),
        )
    if plan.tells_chances:
        _put_chart(book, sheet, plan)


def _share(plan: Plan, k: int, i: int, value: float) -> Given:
    if not plan.tells_chances:
        return WITHHELD
    ties = [_is_best(plan, k, j) for j in range(len(plan.strategies))]
    return Cell(Formula(f"SUMPRODUCT({ties[i]}/({'+'.join(ties)}))/{plan.draws}", value), "share")


def _is_best(plan: Plan, k: int, i: int) -> str:
    """1 in the draws in which a strategy has the greatest net benefit but for rounding, else 0."""
    worth = f"$A{TOP + k}*{plan.over('Draws', plan.effect_at + i)}"
    cost = plan.over("Draws", plan.cost_at + i)
    return f"({plan.over('Best', 1 + k)}-({worth}-{cost})<={TIED}*(ABS({worth})+ABS({cost})))"


def _benefit(row: int, i: int, value: float) -> Cell:
    means = (f"Answer!${column(k)}${TABLE + i}" for k in (EFFECT, COST))
    return Cell(Formula(f"$A{row}*{next(means)}-{next(means)}", value), "money")


def _benefits(plan: Plan, row: int) -> str:
    n = len(plan.strategies)
    return f"${column(1 + n)}{row}:${column(2 * n)}{row}"


def _best(plan: Plan, row: int, told: str) -> Given:
    if not plan.tells_chances:
        return WITHHELD
    n = len(plan.strategies)
    names, worth = ([f"${column(1 + n + i)}${at}" for i in range(n)] for at in (TOP - 1, row))
    return Formula(first_best(names, worth, sizes_at(f"$A{row}", plan), TIED), told)


def _evpi(plan: Plan, k: int, value: float) -> Given:
    if not plan.tells_evpi:
        return WITHHELD
    greatest = plan.over("Best", 1 + k)
    return Cell(Formula(f"MAX(0,AVERAGE({greatest})-MAX({_benefits(plan, TOP + k)}))", value), "money")


def _put_chart(book: Book, sheet: Sheet, plan: Plan) -> None:
    chart = book.chart({"type": "scatter", "subtype": "straight"})
    last = TOP - 1 + len(plan.thresholds) - 1  # counted from 0, as the library does
    for i in range(len(plan.strategies)):
        chart.add_series(
            {
                "name": ["CEAC", TOP - 2, 1 + i],
                "categories": ["CEAC", TOP - 1, 0, last, 0],
                "values": ["CEAC", TOP - 1, 1 + i, last, 1 + i],
            }
        )
    chart.set_title({"name": "Acceptability", "overlay": False})
    chart.set_y_axis({"min": 0, "max": 1, "num_format": "0%", "name": "Probability of being best"})
    chart.set_x_axis({"name": "Willingness to pay", "num_format": "#,##0"})
    chart.set_size({"width": 640, "height": 380})
    sheet.inner.insert_chart(TOP, 4 + 2 * len(plan.strategies), chart)


def put_best(book: Book, plan: Plan) -> None:
    """The greatest net benefit of every draw, by willingness to pay: what the curve and the EVPI are made of."""
    if not plan.tells_chances:
        return
    sheet = book.sheet("Best", [8, 14], (FIRST - 1, 1))
    sheet.row("A row a draw: the greatest net benefit of all strategies at each willingness to pay of CEAC.")
    sheet.row()
    values = plan.thresholds.tolist()
    heads = (Cell(Formula(f"CEAC!$A${TOP + k}", v), "head") for k, v in enumerate(values))
    sheet.row(Cell("draw", "head"), *heads)
    most = np.column_stack(list(_most(plan))).tolist()
    texts = [_greatest(plan, 1 + k) for k in range(len(values))]
    for d, row in enumerate(most):
        at = str(FIRST + d)
        sheet.row(float(d + 1), *(Formula(t.replace("§", at), v) for t, v in zip(texts, row, strict=True)))


def _most(plan: Plan) -> Iterator[Floats]:
    for threshold in plan.thresholds.tolist():
        yield net_benefit(plan.result.cost, plan.result.effect, threshold).max(axis=1)


def _greatest(plan: Plan, k: int) -> str:
    each = (
        f"{column(k)}${FIRST - 1}*Draws!${column(plan.effect_at + i)}§-Draws!${column(plan.cost_at + i)}§"
        for i in range(len(plan.strategies))
    )
    return f"MAX({','.join(each)})"
