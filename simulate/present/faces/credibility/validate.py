"""Targets beside what virtual trials find of them: where ours lies, how sure it is, and why one is missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from simulate.present.english.numbers import clean, listed, number, percent, sentence, spaced
from simulate.present.english.prose import prose
from simulate.present.terminal.layout import drawn
from simulate.present.terminal.view import shown_figure
from simulate.present.terms.face import Face, kind_of

if TYPE_CHECKING:
    from simulate.analyse.credibility.validate import Validation
    from simulate.present.figures.style import Drawing

KIND = kind_of(__name__)
WIDTH = 80  # columns

SAMPLING = {"simulated": "", "analytic": " (a)", "none": " (p)"}  # behind a label


def face(found: Validation) -> Face:
    """What a validation shows."""
    return Face(
        kind=KIND,
        data=found.summary(),
        data_file="validation.json",
        lines=lambda: lines(found),
        tables={"validation": found.table()},
        figures=lambda: figures(found),
        manifest={
            "draws": found.draws,
            "people": found.people,
            "seed": found.seed,
            "targets": [f"{r.aim.item.id} {r.aim.strategy}, {r.aim.case.setting.name}" for r in found.rows],
            "without_target": list(found.without),
            "by_independence": found.by_independence(),
        },
    )


def figures(found: Validation) -> Iterator[Drawing | None]:
    """Every target beside ours, and how often ours hold the published figure."""
    from simulate.present.figures.credibility import validation

    yield validation.draw_forest(found)
    yield validation.draw_calibration(found)


def lines(found: Validation) -> Iterator[str]:
    """How many are inside our intervals, by independence; then every target, by setting; then what has none."""
    rows = found.summary()
    yield _totals(found)
    for (problem, setting), group in groupby(rows, key=lambda r: (r["problem"], r["setting"])):
        yield from _setting(problem, setting, list(group))
    yield "\n" + prose(
        f"Simulated: {found.draws:,} virtual trials, each with a draw of the parameters and people of its own, as many"
        " as were analysed; mean and 95% prediction interval. z: published less simulated, over the standard deviation"
        " of the trials, of logarithms for ratios; below it, the share of the trials that lie under the published"
        " figure. Theirs hold ours: published 95% intervals with our mean in them. (a): nobody knows how many were"
        " analysed, or nobody is followed, and the published interval tells the error of sampling; (p): that of the"
        f" parameters, and of chance between {found.people:,} people where people are followed; (o): money of a year"
        " that was not printed, beside ours of today: that it lies inside says little.",
        width=WIDTH,
    )
    if found.without:
        yield prose(f"Without a target: {listed(clean(p) for p in found.without)}.", width=WIDTH)
    missed = [r for r in rows if not r["inside"] and r["role"] == "required"]
    if missed:
        yield prose(f"REQUIRED AND MISSED: {listed(dict.fromkeys(r['target'] for r in missed))}.", width=WIDTH)


def _totals(found: Validation) -> str:
    """Shares inside by independence, in a table."""
    every = [r for r in found.by_independence() if r["figures"]]
    rows = [
        [
            r["independence"],
            f"{r['targets']}",
            *_of(r["inside"]["95%"], r["figures"]),
            f"{r['covering']}/{r['intervals']}",
        ]
        for r in every
    ]
    columns = ["What is shared with what is fitted", "Targets", "Inside ours", "Share", "Theirs hold ours"]
    return drawn(("Published results that nothing was fitted to", columns, rows), WIDTH)


def _of(inside: int, figures: int) -> tuple[str, str]:
    """So many of so many, and as a share."""
    return f"{inside}/{figures}", percent(inside / figures, 2)


def _setting(problem: str, setting: str, rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    columns = ["", "Published", "Simulated", "z", ""]
    yield drawn((f"{problem}, {setting}", columns, [_cells(r, rows) for r in rows]), WIDTH)
    for target, group in groupby((r for r in rows if not r["inside"]), key=lambda r: r["target"]):
        why = next(group)["miss"]
        told = sentence(clean(why)) if why else "No reason is given yet."
        yield prose(f"Missed, {target}: {told}", indent="  ", width=WIDTH)


def _cells(row: dict[str, Any], rows: Sequence[dict[str, Any]]) -> list[str]:
    """A line of the table; strategies are named where a target has several."""
    several = len({r["strategy"] for r in rows if r["target"] == row["target"]}) > 1
    label = clean(row["label"]) + (f" ({spaced(row['strategy'])})" if several else "")
    was, ours = row["published"], row["simulated"]
    value, low, high = (_figure(row, ours[k]) for k in ("value", "low", "high"))
    verdict = ("inside" if row["inside"] else "MISSED") + ("\nrequired" if row["role"] == "required" else "")
    return [
        label + SAMPLING[row["sampling"]] + " (o)" * row["old_prices"],
        _figure(row, was["value"]),
        f"{value}\n{low} to {high}",
        ("" if row["z"] is None else number(row["z"], 2)) + f"\n{percent(row['rank'], 2)}",
        verdict,
    ]


def _figure(row: dict[str, Any], value: float | None) -> str:
    return "none" if value is None else shown_figure(row, value)
