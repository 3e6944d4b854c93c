"""The value of learning more of a finished table as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from parameters.units import number_of
from simulate.present.english.finished import money
from simulate.present.english.numbers import clean
from simulate.present.terminal.finished.text import NOT_CORRECTED, left_out
from simulate.present.terminal.layout import drawn, plain_console
from simulate.result.finished.evaluation import study_words, worth_showing

if TYPE_CHECKING:
    import pandas as pd

    from simulate.result.finished.learning import TableLearning


def worth_lines(learnt: TableLearning) -> list[str]:
    """EVPI and EVPPI a person and of a population, and a study's worth with its best size."""
    width = plain_console().width
    return [line if "\n" in line else textwrap.fill(clean(line), width) for line in _lines(learnt)]


def _lines(learnt: TableLearning) -> Iterator[str]:
    table = learnt.found.table
    at = "" if table.of_benefit else f", at {money(table, table.threshold)} per {table.terms.effect}"
    yield f"Value of information, {table.terms.currency} per person{at}."
    yield from (f"Warning: {warning}." for warning in table.warnings())
    yield _parameters(learnt)
    yield from left_out(learnt.parameters)
    if learnt.samples is not None:
        yield _study(learnt)
        yield _verdict(learnt)
    yield NOT_CORRECTED


def _parameters(learnt: TableLearning) -> str:
    table, of_all = learnt.found.table, learnt.population is not None
    rows = []
    for row in worth_showing(learnt.parameters).to_dict("records"):
        told = [str(row["group"]), money(table, row["evppi"]), money(table, row["se"])]
        rows.append([*told, *([money(table, row["population"])] if of_all else []), str(row["method"])])
    columns = ["parameters", "value", "error", *(["population"] if of_all else []), "method"]
    return drawn(("Worth of learning exactly (EVPPI)", columns, rows))


def _study(learnt: TableLearning) -> str:
    assert learnt.samples is not None and learnt.found.study is not None
    table, paid = learnt.found.table, "enbs" in learnt.samples
    rows = []
    for row in learnt.samples.to_dict("records"):
        told = [f"{row['n']:,}", money(table, row["evsi"]), money(table, row["se"])]
        rows.append(told + ([money(table, row["enbs"]), money(table, row["enbs_se"])] if paid else []))
    columns = ["people an arm", "EVSI", "error", *(["ENBS", "error of it"] if paid else [])]
    return drawn((f"A study that {study_words(learnt.found.study)}", columns, rows))


def _verdict(learnt: TableLearning) -> str:
    if learnt.samples is None or learnt.cost is None or learnt.population is None:
        return (
            "For what is left after paying for it (ENBS), give --fixed-cost, --cost-per-person, --study-years,"
            " --population-per-year and --years."
        )
    told = f"Nobody benefits for {number_of(learnt.cost.years, 'year')}; costs and population are as given."
    if learnt.best is None:
        return f"No size is worth its cost. {told}"
    edge = learnt.best in (learnt.samples["n"].min(), learnt.samples["n"].max())
    end = ", the end of the sizes tried: try others" if edge else ""
    near = _not_told_apart(learnt.samples, learnt.best)
    doubt = f" By their errors these cannot be told from it: {', '.join(f'{n:,}' for n in near)}." if near else ""
    return f"Best size: {number_of(learnt.best, 'person')} an arm{end}.{doubt} {told}"


def _not_told_apart(samples: pd.DataFrame, best: int) -> list[int]:
    """Sizes whose ENBS lies within two standard errors of the best one's."""
    first = samples.loc[samples["n"] == best].iloc[0]
    reach = 2 * np.hypot(samples["enbs_se"], first["enbs_se"])
    near = samples.loc[(samples["n"] != best) & (first["enbs"] - samples["enbs"] < reach), "n"]
    return [int(n) for n in near]
