"""``results.xlsx``: a result with its answer as formulas."""

from __future__ import annotations

from models.contract import ModelError
from simulate.present.workbook import NAME
from simulate.present.workbook.answer import put_answer
from simulate.present.workbook.book import Book
from simulate.present.workbook.by_draw import put_drawn, put_draws, put_line_prices, put_statistics
from simulate.present.workbook.curve import put_best, put_curve
from simulate.present.workbook.plan import Plan
from simulate.present.workbook.records import put_about, put_parameters, put_prices
from simulate.result.valued import Valued

SHEETS = (
    put_answer, put_curve, put_draws, put_statistics, put_prices, put_line_prices, put_drawn, put_best, put_parameters,
    put_about,
)  # fmt: skip


def workbook_of(result: Valued) -> bytes:
    """The workbook of a result; ``ModelError`` where there is none, with why."""
    plan = Plan.of(result)
    if why := plan.refusal():
        raise ModelError(f"{NAME}: {why}")
    return workbook_as(plan)


def workbook_as(plan: Plan) -> bytes:
    """The same of a plan that nothing speaks against."""
    book = Book(f"{plan.result.case.problem.label}: results with formulas")
    for put in SHEETS:
        put(book, plan)
    return book.content()
