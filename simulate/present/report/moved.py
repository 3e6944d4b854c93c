"""The page of what moved a decision: which changed record, by how much, and what was changed in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulate.present.english import changes
from simulate.present.english.numbers import about, amount, clean, sentence, worded
from simulate.present.report.parts import charts
from simulate.present.report.parts.blocks import Block, Chart, Line, Listing, grid, section
from simulate.present.report.parts.charts import Axis, Bar
from simulate.present.report.parts.setting import set_page

if TYPE_CHECKING:
    from simulate.analyse.comparison.moved import Moved

MOST = 20  # records drawn


def page(found: Moved) -> str:
    """The whole page as HTML, with nothing in it that a browser would fetch or run."""
    parts = (
        section("answer", "What became of the decision", _answer(found)),
        section("steps", "Which changed record moved it", _steps(found)),
        section("records", "What was changed", _records(found)),
        section("how", "How this was made", _made(found)),
    )
    title = f"{worded(found.case.problem.label, found.case.problem.id)}: what moved"
    return set_page(title, [p for p in parts if p is not None])


def write(found: Moved, path: Path) -> None:
    """The page as a file, the same bytes on every system."""
    path.write_text(page(found), encoding="utf-8", newline="\n")


def _answer(found: Moved) -> Iterator[Block]:
    yield Line(changes.verdict(found), warns=not found.same_decision)
    yield from (Line(text) for text in changes.culprits(found, found.rows()))
    yield from (Line(text) for text in changes.ends(found))
    yield from (Line(text, warns=True) for text in changes.doubts(found))


def _steps(found: Moved) -> Iterator[Block]:
    rows = found.rows()
    if not found.moving:
        yield Line("No record that the setting reads was changed in any number.")
        return
    yield _drawing(found, rows)
    yield grid(changes.heads(found), [changes.cells(found, r) for r in rows], caption="Steps, the greatest first")
    yield Line(changes.reading(found))


def _drawing(found: Moved, rows: list[dict[str, Any]]) -> Chart:
    """Steps of net benefit as bars from none, put in first and last."""
    sign = found.case.money.sign
    steps = [r for r in rows if "nmb_last" in r][:MOST]
    low, high = charts.span([r[f"nmb_{how}"] for r in steps for how in ("first", "last")])
    axis = Axis(low, high, f"Change in net benefit, {sign} per {found.case.each}", lambda x: amount(x, sign))
    bars = [
        Bar(
            changes.cells(found, r)[0],
            ((0.0, r["nmb_first"], "low"), (0.0, r["nmb_last"], "high")),
            about(r["nmb_first"], sign),
            stacked=True,
        )
        for r in steps
    ]
    caption = f"What each changed record does to net benefit, at {changes.price(found)}"
    key = (("low", "put in first"), ("high", "put in last"))
    return Chart("moves", caption, charts.bars(bars, axis, caption, middle=0.0), key)


def _records(found: Moved) -> Iterator[Block]:
    altered, said, rest = changes.by_kind(found)
    if altered:
        yield Listing(tuple(map(clean, altered)))
    else:
        yield Line("No record that the setting reads was changed in any number.")
    if said:
        yield Line("Told otherwise, the same numbers:")
        yield Listing(tuple(map(clean, said)))
    yield from (Line(clean(text)) for text in rest)


def _made(found: Moved) -> Iterator[Block]:
    o, (old, new) = found.options, found.names
    yield Line(clean(f"Old: {old}. New: {new}. Setting {found.case.setting.name}, perspective {o.perspective}."))
    sizes = f"{o.draws:,} draws of {o.people:,} people, seed {o.seed}, in {len(found.runs)} runs"
    yield Line(f"{sizes}: the same people and draws in each.")
    yield from (Line(sentence(note), warns=True) for note in found.notes)
