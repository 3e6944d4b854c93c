"""The page of a run (``page``) or of a finished table (``page_of_table``).

The run writes the same bytes as ``recovery-cea report DIR`` does later, since both are made of the summary, the
manifest and the draws as they stand in files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from simulate.present.english.numbers import clean, worded
from simulate.present.figures.gallery import Picture
from simulate.present.report.document import document as document_of
from simulate.present.report.parts.blocks import Section
from simulate.present.report.parts.live import Data, live_data, live_table
from simulate.present.report.parts.material import Material, material
from simulate.present.report.parts.setting import set_page
from simulate.present.report.sections import (
    answer,
    checklists,
    commissioner,
    decision,
    evidence,
    finished,
    pathway,
    payers,
    provenance,
    revaluation,
    scenarios,
    sensitivity,
)
from simulate.result.finished.evaluation import Evaluation
from simulate.result.plain import json_text
from simulate.result.result import Result

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

DOCUMENTED = (
    answer.answer,
    answer.changed,
    answer.asked,
    answer.strategies_compared,
    decision.decision,
    decision.frontier,
    evidence.validation,
    evidence.assumed,
    evidence.parameters,
    checklists.checklists,
    provenance.provenance,
)


def save(path: Path, text: str) -> None:
    """A page as a file, whole or not at all, the same bytes on every system."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def page(result: Result, summary: Row | None = None, made: Row | None = None) -> str:
    """The whole page of a result as HTML, with its `summary` (asked of the result where not given).

    `made` is the manifest of its folder, which says by what command it was made; without one the page says that it was
    made from Python. A result that was read back from a folder needs the summary that stands there.
    """
    m = material(result, result.summary() if summary is None else summary, made or {})
    data = live_data(m)
    return set_page(title_of(m), list(sections(m, data)), data)


def page_of_table(found: Evaluation, summary: Row, made: Row) -> str:
    """The page of a finished table that was evaluated, with the summary and manifest of its folder."""
    summary, made = json.loads(json_text(summary)), json.loads(json_text(made))
    data = live_table(found.table, finished.unit_of(found.table))
    told = list(finished.of_table(found, summary, made))
    if data is not None:
        told.insert(3, revaluation.of_table(len(found.table)))
    return set_page(_title_of_table(made), told, data)


def document(result: Result, summary: Row, made: Row, pictures: Sequence[Picture]) -> bytes:
    """The same result as a document for Word, which its author goes on with; ``MissingExtra`` without its library."""
    m = material(result, summary, made)
    return document_of(title_of(m), filter(None, (tell(m) for tell in DOCUMENTED)), pictures)


def document_of_table(found: Evaluation, summary: Row, made: Row, pictures: Sequence[Picture]) -> bytes:
    """The same of a finished table."""
    summary, made = json.loads(json_text(summary)), json.loads(json_text(made))
    return document_of(_title_of_table(made), finished.of_table(found, summary, made), pictures)


def _title_of_table(made: Row) -> str:
    files = ", ".join(PurePath(name).name for name in made.get("read", {}))
    return clean(f"Evaluation of {files}") if files else "Evaluation of a table of draws"


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
    return worded(m.words.problem.label, m.words.problem.id)
