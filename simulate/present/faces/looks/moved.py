"""What moved a decision between old numbers and new."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from simulate.evaluate.decision.table import Table
from simulate.present.english import changes
from simulate.present.english.numbers import clean, sentence
from simulate.present.report import moved as report
from simulate.present.terminal.layout import drawn
from simulate.present.terms.face import Face, kind_of

if TYPE_CHECKING:
    from simulate.analyse.comparison.moved import Moved

KIND = kind_of(__name__)
PAGE = "moved.html"


def face(found: Moved) -> Face:
    """What is shown of it: a table, the same as JSON, and a page."""
    summary = found.summary()
    return Face(
        kind=KIND,
        data=summary,
        lines=lambda: lines(found, summary),
        tables=tables(found),
        others={PAGE: lambda path: report.write(found, path)},
        simulated=found,
        manifest={"sides": list(found.names), "people": found.options.people},
        listed=(PAGE, "moved.csv", "summary.json"),
    )


def tables(found: Moved) -> dict[str, Table]:
    """A row a changed record and new strategy; what a row has no word of is left empty."""
    rows = found.rows()
    names = list(dict.fromkeys(n for r in rows for n in r))
    return {"moved": Table({n: [r.get(n) for r in rows] for n in names})}


def lines(found: Moved, summary: dict[str, Any]) -> Iterator[str]:
    """The verdict, increments before and after, steps by size, and what was changed in words."""
    rows = summary["rows"]
    yield changes.verdict(found)
    yield from changes.culprits(found, rows)
    yield from changes.ends(found)
    yield from changes.doubts(found)
    if found.moving:
        yield drawn(
            (
                f"What each changed record does, at {changes.price(found)}:",
                changes.heads(found),
                [changes.cells(found, r) for r in rows],
            )
        )
        yield changes.reading(found)
    yield ""
    altered, said, rest = changes.by_kind(found)
    yield "Changed:" if altered else "No record that the setting reads was changed in any number."
    yield from (f"  {clean(text)}" for text in altered)
    if said:
        yield "Told otherwise, the same numbers:"
        yield from (f"  {clean(text)}" for text in said)
    yield from map(clean, rest)
    yield from (f"Note: {sentence(note)}" for note in found.notes)
