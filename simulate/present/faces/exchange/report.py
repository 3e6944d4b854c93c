"""The page of a run or of an evaluation, from the folder that it left."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from parameters.files.content import digest_of
from simulate.present.faces import run
from simulate.present.faces.exchange import evaluate
from simulate.present.folder.manifest import read_sealed
from simulate.present.terms.face import DOCUMENT, REPORT, Face, chosen_figures, kind_of
from simulate.result.finished.stored_draws import SUMMARY
from simulate.result.stored import FILES, read_kept

if TYPE_CHECKING:
    from simulate.present.figures.gallery import Picture
    from simulate.present.figures.style import Drawing
    from simulate.result.finished.evaluation import Evaluation
    from simulate.result.result import Result

KIND = kind_of(__name__)


def face(result: Result, source: Path, *, word: bool = False) -> Face:
    """The page of the result in the folder `source`: the same bytes as the run wrote there; a document for `word`."""
    made, summary = read_sealed(source) or {}, read_kept(source).summary

    def page(path: Path) -> None:
        from simulate.present.report import report

        report.save(path, report.page(result, summary, made))

    def document(path: Path) -> None:
        from simulate.present.report import report

        path.write_bytes(report.document(result, summary, made, _pictures(lambda: run.figures(result))))

    return Face(
        kind=KIND,
        data={"problem": result.case.problem.id, "setting": result.case.setting.name, "made_from": str(source)},
        data_file=None,
        lines=lambda: [f"The report of the run in {source}."],
        others={REPORT: page} | ({DOCUMENT: document} if word else {}),
        about=result.case,
        rests_on=result,
        manifest={"made_from": {name: digest_of(source / name) for name in FILES}},
    )


def face_of_table(found: Evaluation, source: Path, *, word: bool = False) -> Face:
    """The same of the evaluation in the folder `source`."""
    made, summary = read_sealed(source) or {}, json.loads((source / SUMMARY).read_text(encoding="utf-8"))

    def page(path: Path) -> None:
        from simulate.present.report import report

        report.save(path, report.page_of_table(found, summary, made))

    def document(path: Path) -> None:
        from simulate.present.report import report

        path.write_bytes(report.document_of_table(found, summary, made, _pictures(lambda: evaluate.figures(found))))

    return Face(
        kind=KIND,
        data={"strategies": list(found.table.strategies), "made_from": str(source)},
        data_file=None,
        lines=lambda: [f"The report of the evaluation in {source}."],
        others={REPORT: page} | ({DOCUMENT: document} if word else {}),
        manifest={"made_from": dict(found.table.files)},
    )


def _pictures(figures: Callable[[], Iterable[Drawing | None]]) -> list[Picture]:
    """The two figures that tell most."""
    from simulate.present.figures.gallery import pictures

    return pictures(chosen_figures("main", figures) or figures)
