"""A pack for a reviewer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from simulate.present.terms.face import Face, kind_of, written

if TYPE_CHECKING:
    from simulate.present.pack.contents import Pack

KIND = kind_of(__name__)


def face(found: Pack, source: Path) -> Face:
    """What is packed of the run in the folder `source`."""
    data = {
        "kind": KIND,
        "problem": found.result.case.problem.id,
        "setting": found.result.case.setting.name,
        "made_from": source.name,
        "checks": [check.row() for check in found.checks],
        "files": sorted(found.files),
    }
    return Face(
        kind=KIND,
        data=data,
        lines=lambda: _lines(found),
        others={name: written(content) for name, content in found.files.items()},
        listed=(*(n for n in sorted(found.files) if "/" not in n), "results/"),
    )


def _lines(found: Pack) -> Iterator[str]:
    yield "Looked at again:"
    for check in found.checks:
        yield f"  {'holds' if check.holds else 'DOES NOT HOLD'}: {check.what} ({check.found})"
    if not any(name.endswith("/report.html") for name in found.files):
        yield "No report.html stands in the folder: the pack is without one."
