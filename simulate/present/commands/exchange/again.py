"""What a run or an evaluation shows once more, from the folder it left: nothing is simulated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from simulate.present.commands import flags

if TYPE_CHECKING:
    from simulate.present.folder.place import Place
    from simulate.present.terms.face import Face
    from simulate.result.finished.evaluation import Evaluation
    from simulate.result.result import Result


def deliver_again(
    folder: Path,
    place: Place,
    kind: str,
    of_run: Callable[[Result, Path], Face],
    of_table: Callable[[Evaluation, Path], Face],
    *,
    as_json: bool,
) -> None:
    """Write and print what is shown of the run, or of the evaluation, in `folder`; ``ModelError`` of any other."""
    from simulate.present.folder.output import claim, put_back
    from simulate.result.finished.stored_draws import read_evaluation
    from simulate.result.stored import read_result

    put_back(folder)
    files = flags.evaluated(folder)
    shown = of_run(read_result(folder), folder) if files is None else of_table(read_evaluation(folder, files), folder)
    flags.note_model(folder)
    claim(place, kind)
    flags.deliver(shown, place, as_json=as_json)
