"""Every figure of a run or of an evaluation, drawn from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from parameters.files.content import digest_of
from simulate.present.faces import run
from simulate.present.faces.exchange import evaluate
from simulate.present.faces.voi import MADE_FROM
from simulate.present.terms.face import Face, kind_of

if TYPE_CHECKING:
    from simulate.result.finished.evaluation import Evaluation
    from simulate.result.result import Result

KIND = kind_of(__name__)


def face(result: Result, source: Path) -> Face:
    """All that a run may show as figures, of the result in the folder `source`."""
    return Face(
        kind=KIND,
        data={"problem": result.case.problem.id, "setting": result.case.setting.name, "drawn_from": str(source)},
        data_file=None,
        lines=lambda: [f"Every figure of the run in {source}."],
        figures=lambda: run.figures(result),
        about=result.case,
        rests_on=result,
        manifest={"made_from": {name: digest_of(source / name) for name in MADE_FROM}},
    )


def face_of_table(found: Evaluation, source: Path) -> Face:
    """All that the evaluation in the folder `source` may show as figures."""
    return Face(
        kind=KIND,
        data={"strategies": list(found.table.strategies), "drawn_from": str(source)},
        data_file=None,
        lines=lambda: [f"Every figure of the evaluation in {source}."],
        figures=lambda: evaluate.figures(found),
        manifest={"made_from": dict(found.table.files)},
    )
