"""A clinician's table: a few figures of a model that anybody at work there could judge, and what is known of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from models.contract import MeanTime
from models.shared.sanity_figures import ALIVE, sanity_figures
from models.shared.sanity_rows import AT_RISK, Amount, SanityFigure
from parameters import PARAMETERS_DIR, Parameter, load, to_engine
from parameters.money.model_money import usual
from parameters.units import UNITS, FigureUnit, from_engine
from simulate.ask.case import Case
from simulate.evaluate.measures import measure
from simulate.result.payers import costs_by_item
from simulate.result.result import Result
from simulate.running.running import run

PEOPLE = 20_000
KNOWN = PARAMETERS_DIR / "known.toml"


@dataclass(frozen=True)
class Check:
    """One figure by strategy, and what is known of it."""

    label: str
    unit: FigureUnit
    ours: Mapping[str, float]
    low: float | None
    high: float | None
    source: str | None  # id
    note: str
    independent: bool = False  # of every source of the model's own records

    @property
    def surprises(self) -> tuple[str, ...]:
        """Strategies whose figure lies outside what is known."""
        if self.low is None or self.high is None:
            return ()
        return tuple(s for s, x in self.ours.items() if not self.low <= x <= self.high)


def failed(checks: list[Check]) -> list[str]:
    """Labels of the figures that lie outside what is known already under the comparator."""
    return [c.label for c in checks if next(iter(c.ours), None) in c.surprises]


def sanity(case: Case, *, people: int = PEOPLE, threads: int | None = None) -> list[Check]:
    """The figures that the case has, at the point estimates, under each strategy."""
    result = run(case, fixed=True, people=people, threads=threads)
    known, own = load([KNOWN]), own_sources(case)
    figures = [(f, _ours(result, f, known)) for f in sanity_figures(case.problem)]
    checks = [_check(f, ours, known, own) for f, ours in figures if ours]
    return [*checks, *_must_avert(result, known, own), _cost(result)]


def own_sources(case: Case) -> set[str]:
    """Sources of the records that the case reads, those that anchor what it assumes, and those that its notes name.

    What is assumed between two published figures depends on both, whatever its own source says.
    """
    records = [case.parameters[n] for n in case.names()]
    named = {word for r in records if r.status == "assumed" for word in re.findall(r"\w+", r.note or "")}
    return {r.source for r in records} | {r.anchor for r in records if r.anchor is not None} | named


def chosen(known: Mapping[str, Parameter], names: tuple[str, ...], own: set[str]) -> Parameter | None:
    """The first of these records that is of no source of the model's own; the first of all where none is."""
    found = [known[n] for n in names]
    return next((r for r in found if r.source not in own), found[0] if found else None)


def _ours(result: Result, asked: SanityFigure, known: Mapping[str, Parameter]) -> dict[str, float]:
    """The figure by strategy, or a parameter's value; empty where the setting does not read it."""
    if isinstance(asked.statistic, Amount):
        return _amounts(result, asked.statistic, known)
    if not isinstance(asked.statistic, str):
        values = from_engine(
            measure(asked.statistic, result.statistics, result.case.problem)[0], asked.unit, None, usual()
        )
        return {s: float(values[i]) for i, s in enumerate(result.strategies)}
    name = asked.statistic
    if name not in result.drawn.names:
        return {}
    factor = UNITS[result.case.parameters[name].unit].factor  # an amount a day stays one
    return dict.fromkeys(result.strategies, float(result.drawn.engine(name)[0] / factor))


def _amounts(result: Result, asked: Amount, known: Mapping[str, Parameter]) -> dict[str, float]:
    """Money a person of each new strategy beyond the first, GBP, or in the price that it is told in; or its effect."""
    if asked.what == "effect":
        amount = result.effect[0]
    else:
        sign = 1 if asked.what == "cost" else -1
        wanted = [k for k, item in enumerate(result.case.problem.costs) if item.sign == sign]
        amount = sign * costs_by_item(result, result.statistics)[0][:, wanted].sum(axis=1)
    if asked.a_year:
        amount = amount / result.statistics.horizon
    price = 1.0
    if asked.over is not None:
        record = known[asked.over]
        middle = to_engine(record.distribution.ppf(np.array([0.5])), record.unit, record.price_year, usual())
        price = float(middle[0] / UNITS[record.unit].factor)
    return {s: float(amount[i] - amount[0]) / price for i, s in enumerate(result.strategies) if i > 0}


def _check(asked: SanityFigure, ours: Mapping[str, float], known: Mapping[str, Parameter], own: set[str]) -> Check:
    record = chosen(known, asked.known, own)
    if record is None:
        return Check(asked.label, asked.unit, ours, None, None, None, "")
    priced = isinstance(asked.statistic, str)
    low, high = (_limit(record, end, asked.unit, priced=priced) for end in (0.0, 1.0))
    independent = record.source not in own
    return Check(asked.label, asked.unit, ours, low, high, record.source, record.note or "", independent)


def _limit(record: Parameter, end: float, unit: FigureUnit, *, priced: bool) -> float:
    """An end of the record's range in the check's own unit."""
    value = to_engine(record.distribution.ppf(np.array([end])), record.unit, record.price_year, usual())
    return float((value / UNITS[record.unit].factor if priced else from_engine(value, unit, None, usual()))[0])


def _must_avert(result: Result, known: Mapping[str, Parameter], own: set[str]) -> Iterator[Check]:
    """Days that a strategy must avert to pay for itself (none where it saves already), beside those at risk."""
    record = known[AT_RISK]
    low, high = (float(record.distribution.ppf(np.array([end]))[0]) for end in (0.0, 1.0))
    for row in result.breakeven():
        if row["unit"] == "days_difference" and row["value"] is not None:
            label = f"{row['label']} and year, to pay for itself".capitalize()
            independent = record.source not in own
            ours = {row["strategy"]: max(float(row["value"]), 0.0) / result.statistics.horizon}
            yield Check(label, "days", ours, low, high, record.source, record.note or "", independent)


def _cost(result: Result) -> Check:
    """Undiscounted years alive are the denominator; costs are as the setting counts them."""
    years = measure(MeanTime(ALIVE), result.statistics, result.case.problem)[0]
    ours = {s: float(result.cost[0, i] / years[i]) for i, s in enumerate(result.strategies)}
    words = result.case.problem.perspective(result.options.perspective).label
    each = result.case.problem.each
    account = not result.case.problem.pathway.events  # which counts a service, and no care beside it
    year = ("person-year" if account else "person-year alive") if each == "person" else f"{each}-year"
    label = f"Cost a {year}{', of what is counted' if account else ''}"
    return Check(f"{label} ({words})", cast("FigureUnit", result.case.money.currency), ours, None, None, None, "")
