"""Targets beside what virtual trials find of them: where ours lies, how sure it is, and why one is missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from parameters.units import number_of
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
            "not_taken": [c.id for c in found.not_taken],
            "asked_people": found.asked_people,
            "counts": found.counts(),
            "by_independence": found.by_independence(),
            "by_trial": found.by_trial(),
        },
    )


def figures(found: Validation) -> Iterator[Drawing | None]:
    """Every target beside ours, and how often ours hold the published figure."""
    from simulate.present.figures.credibility import validation

    yield validation.draw_forest(found)
    yield validation.draw_calibration(found)


def lines(found: Validation) -> Iterator[str]:
    """How many are inside our intervals; then every target, by setting; then what has none."""
    rows = found.summary()
    yield from _totals(found)
    for (problem, setting), group in groupby(rows, key=lambda r: (r["problem"], r["setting"])):
        yield from _setting(problem, setting, list(group))
    yield "\n" + prose(_method(found), width=WIDTH)
    if found.asked_for_fewer:
        yield prose(
            f"{found.people:,} people an arm where nobody knows how many were analysed, the fewest there may be:"
            f" {found.asked_people:,} were asked for.",
            width=WIDTH,
        )
    if found.without:
        yield prose(f"Without a target: {listed(clean(p) for p in found.without)}.", width=WIDTH)
    yield from _not_taken(found)
    missed = [r for r in rows if not r["inside"] and r["role"] == "required"]
    if missed:
        yield prose(f"REQUIRED AND MISSED: {listed(dict.fromkeys(r['target'] for r in missed))}.", width=WIDTH)


def _not_taken(found: Validation) -> Iterator[str]:
    """Published figures that were looked at and are no targets, each with why; of the whole catalogue how many."""
    if found.whole:
        told = f"{len(found.not_taken)} more published figures were looked at and are no targets;"
        yield prose(f"{told} `recovery-cea validate ID` says why of one problem's.", width=WIDTH)
    else:
        yield from (
            prose(f"No target: {clean(c.figure)}: {clean(c.reason)}.", indent="  ", width=WIDTH)
            for c in found.not_taken
        )


def _method(found: Validation) -> str:
    """What the columns are, and what the marks behind labels say."""
    return (
        f"Simulated: {found.draws:,} virtual trials, each with a draw of the parameters and people of its own, as many"
        " as were analysed; mean and 95% prediction interval. z: published less simulated, over the standard deviation"
        " of the trials, of logarithms for ratios; below it, the share of the trials that lie under the published"
        " figure. Of what was printed as over a figure, all above it is inside. (p): nobody knows how many were"
        " analysed, or nobody is followed: the interval is of the parameters alone, and the trial's own sampling is not"
        " counted; (a): there, the published interval tells that sampling, and it is. (w): a share of which our"
        " interval is wider than half of all there is, so that it could hardly be missed. (o): money of a year that was"
        " not printed, beside ours of today: that it lies inside says little; (y): its year was not printed and is"
        " assumed."
    )


COLUMNS = ["Targets", "Figures", "Inside", "Decisive\ntargets", "Of these\ninside", "Theirs\nhold ours"]


def _totals(found: Validation) -> Iterator[str]:
    """Shares inside by independence and by trial, each in a table; then how they are counted."""
    every = found.counts()
    kinds = [r for r in found.by_independence() if r["figures"]]
    rows = [[r["independence"], *_counted(r)] for r in kinds] + [["all", *_counted(every)]]
    first = ["What is shared with what is fitted", *COLUMNS]
    yield drawn(("Published results that nothing was fitted to", first, rows), WIDTH)
    trials = [[spaced(r["trial"]), *_counted(r)] for r in found.by_trial()]
    yield drawn(("The same, by the trial or other source they are of", ["", *COLUMNS], trials), WIDTH)
    wide = every["figures"] - every["decisive"]["figures"]
    sources = number_of(every["trials"], "source")
    yield "\n" + prose(
        "Inside: of targets, each weighing one, however many settings and strategies it has a figure in. Targets of one"
        f" trial are no independent witnesses: all are of {sources}. Shares that could hardly be missed (w):"
        f" {wide} of {number_of(every['figures'], 'figure')}; decisive are targets without them. Theirs hold ours:"
        " published 95% intervals with our mean in them.",
        width=WIDTH,
    )


def _counted(row: dict[str, Any]) -> list[str]:
    """Targets, figures, the share inside; targets that are decisive, and theirs; published intervals that hold ours."""
    share, decisive = row["share"]["95%"], row["decisive"]
    left = decisive["share"]["95%"]
    return [
        f"{row['targets']}",
        f"{row['figures']}",
        "none" if share is None else percent(share, 2),
        f"{decisive['targets']}",
        "none" if left is None else percent(left, 2),
        f"{row['covering']}/{row['intervals']}",
    ]


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
        label + _marks(row),
        ("over " if row["bound"] == "above" else "") + _figure(row, was["value"]),
        f"{value}\n{low} to {high}",
        ("" if row["z"] is None else number(row["z"], 2)) + f"\n{percent(row['rank'], 2)}",
        verdict,
    ]


def _marks(row: dict[str, Any]) -> str:
    """Behind a label: what its interval lacks, or what else makes it say little."""
    also = {"w": not row["decisive"], "o": row["old_prices"], "y": row["price_year_assumed"]}
    return SAMPLING[row["sampling"]] + "".join(f" ({mark})" for mark, holds in also.items() if holds)


def _figure(row: dict[str, Any], value: float | None) -> str:
    return "none" if value is None else shown_figure(row, value)
