"""The page of a run or of an evaluation, from the folder that it left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from parameters.files.content import digest_of
from simulate.present.folder.manifest import read_sealed
from simulate.present.terms.face import REPORT, Face, kind_of
from simulate.result.finished.stored_draws import SUMMARY
from simulate.result.stored import FILES, read_kept

if TYPE_CHECKING:
    from simulate.result.finished.evaluation import Evaluation
    from simulate.result.result import Result

KIND = kind_of(__name__)


def face(result: Result, source: Path) -> Face:
    """The page of the result in the folder `source`: the same bytes as the run wrote there."""
    made, summary = read_sealed(source) or {}, read_kept(source).summary

    def page(path: Path) -> None:
        from simulate.present.report import report

        report.save(path, report.page(result, summary, made))

    return Face(
        kind=KIND,
        data={"problem": result.case.problem.id, "setting": result.case.setting.name, "made_from": str(source)},
        data_file=None,
        lines=lambda: [f"The report of the run in {source}."],
        others={REPORT: page},
        about=result.case,
        rests_on=result,
        manifest={"made_from": {name: digest_of(source / name) for name in FILES}},
    )


def face_of_table(found: Evaluation, source: Path) -> Face:
    """The page of the evaluation in the folder `source`."""
    made, summary = read_sealed(source) or {}, json.loads((source / SUMMARY).read_text(encoding="utf-8"))

    def page(path: Path) -> None:
        from simulate.present.report import report

        report.save(path, report.page_of_table(found, summary, made))

    return Face(
        kind=KIND,
        data={"strategies": list(found.table.strategies), "made_from": str(source)},
        data_file=None,
        lines=lambda: [f"The report of the evaluation in {source}."],
        others={REPORT: page},
        manifest={"made_from": dict(found.table.files)},
    )
