"""The page of a run or of a finished table: ``write(folder)`` from what stands in a folder, or ``page`` of a result.

The run writes the same bytes as ``recovery-cea report DIR`` does later, since both are made of the summary, the
manifest and the draws as they stand in files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from simulate.present.folder.manifest import read_sealed
from simulate.present.report.parts.blocks import Section
from simulate.present.report.parts.live import Data, live_data
from simulate.present.report.parts.material import Material, material
from simulate.present.report.parts.setting import set_page
from simulate.present.report.sections import (
    answer,
    checklists,
    commissioner,
    decision,
    evidence,
    pathway,
    payers,
    provenance,
    revaluation,
    scenarios,
    sensitivity,
)
from simulate.present.terms.face import REPORT
from simulate.result.result import Result
from simulate.result.stored import read_kept, read_result

Row = Mapping[str, Any]

SECTIONS = (
    answer.answer,
    answer.changed,
    commissioner.commissioner,
    answer.asked,
    answer.strategies_compared,
    decision.decision,
    decision.frontier,
    sensitivity.sensitivity,
    payers.payers,
    scenarios.scenarios,
    pathway.model,
    pathway.events,
    pathway.time,
    evidence.validation,
    evidence.assumed,
    answer.chance,
    evidence.parameters,
    checklists.checklists,
    provenance.provenance,
)


def write(folder: Path, to: Path | None = None) -> Path:
    """The page of the run in `folder`, written to `to` (``folder/report.html`` when not given); where it stands.

    ``ModelError`` as ``read_result``.
    """
    path = folder / REPORT if to is None else to
    result, summary = read_result(folder), read_kept(folder).summary
    written_page(path, result, summary, read_sealed(folder) or {})
    return path


def written_page(path: Path, result: Result, summary: Row, made: Row) -> None:
    """Write ``page`` to a file."""
    path.write_text(page(result, summary, made), encoding="utf-8", newline="\n")


def page(result: Result, summary: Row | None = None, made: Row | None = None) -> str:
    """The whole page of a result as HTML, with its `summary` (asked of the result where not given).

    `made` is the manifest of its folder, which says by what command it was made; without one the page says that it was
    made from Python. A result that was read back from a folder needs the summary that stands there.
    """
    m = material(result, result.summary() if summary is None else summary, made or {})
    data = live_data(m)
    return set_page(title_of(m), list(sections(m, data)), data)


def sections(m: Material, data: Data | None) -> Iterator[Section]:
    """All that there is something to say in; a reader's own figures where there are `data` for them."""
    for told in SECTIONS:
        found = told(m)
        if found is not None:
            yield found
        if told is decision.frontier and data is not None:
            yield revaluation.revaluation(m)


def title_of(m: Material) -> str:
    """What the page is called."""
    return m.words.problem.label or m.words.problem.id
