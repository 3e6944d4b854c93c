"""Folders of results, written whole or not at all, whatever the analysis: its face says what stands in it.

Everything that writes results goes through ``write``. It replaces files of ours that are as they were written, and
nothing else.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.contract import ModelError
from parameters.ground.spoken import option
from simulate.engine.progress import StageProgress, of_stage, silent
from simulate.present.folder.exchange import NEW, SWAP, carry_over, put_in_place, recover, refuse_no_folder
from simulate.present.folder.hold import clear_beside, clear_within, hold, meant, real, release, work_folder
from simulate.present.folder.manifest import MANIFEST, copy_inputs, manifest, read_sealed, sealed
from simulate.present.folder.place import Place
from simulate.present.folder.progress_file import clear_progress
from simulate.present.folder.room import FULL, Parts, flush, no_room
from simulate.present.folder.survey import Survey, is_as_written, survey, words
from simulate.present.terms.face import Face, copied
from simulate.present.terms.surroundings import without_their_docstrings
from simulate.result.plain import json_text

if TYPE_CHECKING:
    import pandas as pd

    from simulate.evaluate.decision.table import Table


def claim(place: Place, kind: str) -> None:
    """Hold the folder for an answer of this `kind`, until ``write`` or ``release_all``; ``refuse_foreign_folder``'s
    errors, and ``ModelError`` when another process holds it."""
    refuse_foreign_folder(place, kind)
    hold(place.folder)
    try:
        for beside in clear_beside(place.folder):
            clear_progress(beside)
        clear_inside(place.folder)
        refuse_foreign_folder(place, kind)  # what was cleared away may have changed it
    except BaseException:
        release(place.folder)
        raise


def clear_inside(folder: Path) -> None:
    """Clear away what commands left that were killed while they wrote to folders inside one that is held."""
    clear_within(folder)


def refuse_foreign_folder(place: Place, kind: str, *, besides: Container[str] = ()) -> None:
    """Raise ``ModelError`` when the folder holds anything but an earlier `kind`'s answer to the same question, as it
    was written, or when a file is in its way. What is in folders inside called as one of `besides` is not looked at."""
    folder = place.folder
    there = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    if not there.is_dir():
        raise ModelError(
            f"{option('folder', str(folder))}: {there} is a file; allowed: a new folder or one from an earlier run"
        )
    if Path.cwd().is_relative_to(real(folder)):
        raise ModelError(
            f"{option('folder', str(folder))}: holds the current folder; allowed: a folder that can be replaced"
        )
    if folder.is_dir() and (why := _refusal(place, kind, besides)):
        raise ModelError(f"{option('folder', str(folder))}: {why}")


def put_back(folder: Path) -> None:
    """Where a run that replaced `folder` was killed after it took the old one out of its place: put that back."""
    if work_folder(real(folder)).is_dir() and not folder.exists():
        hold(folder)
        release(folder)


def _offer() -> str:
    return f"{option('overwrite')}, which replaces our own files and keeps all others, or another {option('folder')}"


def _refusal(place: Place, kind: str, besides: Container[str] = ()) -> str:
    """Why nothing may be written to a folder that is there; empty where it may."""
    found = survey(place.folder)
    if found.kind is None and (place.folder / MANIFEST).exists():
        names = [MANIFEST, *(name for name in found.strangers() if name != MANIFEST)]
        return (
            f"holds other files, or changed ones: {words(names)}; allowed: another {option('folder')}"
            f" ({option('overwrite')} replaces only files of ours, and by this manifest none is)"
        )
    if place.overwrite:
        return ""
    if strangers := [name for name in found.strangers() if name.split("/")[0] not in besides]:
        return f"holds other files, or changed ones: {words(strangers)}; allowed: {_offer()}"
    if found.kind not in (None, kind):
        return (
            f"holds an answer of {found.kind}; allowed: {_offer()}, such as a new folder or one from an earlier {kind}"
        )
    if None not in (found.question, place.question) and found.question != place.question:
        return f"holds the answer to another question ({_differing(found, place)}); allowed: {_offer()}"
    return ""


def _differing(found: Survey, place: Place) -> str:
    """What the two were asked otherwise."""
    one, other = dict(found.question), dict(place.question or {})
    names = [n for n in {**one, **other} if one.get(n) != other.get(n)]
    switches = [n for n in names if any(isinstance(x.get(n), bool) for x in (one, other))]
    told = [f"another {' and '.join(n.replace('_', '-') for n in names if n not in switches)}"]
    told = told if len(names) > len(switches) else []
    return ", ".join([*told, *(f"{'with' if one.get(n) else 'without'} {option(n)}" for n in switches)])


def write(
    face: Face,
    folder: Path,
    command: Sequence[str] = (),
    *,
    place: Place | None = None,
    tell: Callable[[str], object] = lambda text: None,
    progress: StageProgress = silent,
    finished: Callable[[Path], object] = lambda folder: None,
) -> Any:
    """Write everything of a finding into `folder` and return its data. A folder appears whole or not at all.

    Its data as JSON, its tables and other files, copies of the inputs, figures, and a manifest that says how it was
    made (`command` are the words after ``recovery-cea``), with a hash of each file. `place` is what was claimed for it
    beforehand, the same folder; what came there since is kept, and told where not under its own name. `finished` is
    handed the folder that nobody else knows yet, once all is in it. ``ModelError`` and ``OSError`` as ``claim``.
    """
    if place is None:
        place = Place(folder)
        claim(place, face.kind)
    claimed = place

    def fill(new: Path) -> None:
        _fill(face, new, command, claimed, progress)
        finished(new)

    _put(claimed, fill, lambda: _parts(face, {}, silent), tell)
    return face.data


def carry(
    source: Path, found: Mapping[str, Any], place: Place, tell: Callable[[str], object] = lambda text: None
) -> None:
    """Put a copy of an answer of ours in `source` in the place that was claimed for it.

    It has the manifest `found` and nothing is copied that this does not name; ``ModelError`` where any of it is not as
    it was written any more, and ``OSError`` as ``write``.
    """
    parts = {name: copied(source / name) for name in (*found["files"], MANIFEST)}

    def fill(new: Path) -> None:
        for name, copy in parts.items():
            copy(new / name)
        if read_sealed(new) != found or not all(is_as_written(new / n, d) for n, d in found["files"].items()):
            raise ModelError(f"{source}: was changed while it was copied")

    _put(place, fill, lambda: parts, tell)


def _put(
    place: Place, fill: Callable[[Path], object], parts: Callable[[], Parts], tell: Callable[[str], object]
) -> None:
    """Fill a new folder and put it in its place, whole or not at all; `parts` are those of it, to tell their size."""
    folder = meant(place.folder)
    work = work_folder(folder)
    _refuse_elsewhere(place.folder, folder)
    hold(folder)
    try:
        new = work / NEW
        new.mkdir()
        fill(new)
        flush(new)
        refuse_no_folder(folder)
        if folder.exists():
            shutil.copymode(folder, new)
            found = survey(folder)
            if found.answers and None not in (found.question, place.question) and found.question != place.question:
                tell(f"{folder}: {', '.join(found.answers)} inside stay, and are of what stood there before")
            carry_over(found, folder, new, tell)
        os.rename(new, work / SWAP)
        put_in_place(work, folder, tell)
    except OSError as fault:
        if fault.errno in FULL:
            raise no_room(fault, folder, work, parts()) from fault
        raise
    finally:
        try:
            recover(work, folder, tell)
        finally:
            release(folder)


def _refuse_elsewhere(named: Path, folder: Path) -> None:
    """Raise ``OSError`` where a name leads to another folder than it did when it was claimed."""
    try:
        leads_there = real(named) == folder
    except OSError:
        leads_there = False
    if not leads_there:
        raise OSError(
            f"{option('folder', str(named))}: a link came there while results were made: nothing was replaced; move it,"
            f" or choose another {option('folder')}, and ask the same again"
        )


def _fill(face: Face, folder: Path, command: Sequence[str], place: Place, progress: StageProgress) -> None:
    """Everything into a folder that is there and empty."""
    inputs: dict[str, str] = {}
    progress("writing results", 0, 0)
    for name, fill in _parts(face, inputs, progress).items():
        fill(folder / name)
    made = manifest(face, inputs, command, place.question)
    for name, page in face.pages.items():
        page(folder / name, made)
    _json(folder / MANIFEST, sealed(made, folder))


def _parts(face: Face, inputs: dict[str, str], progress: StageProgress) -> Parts:
    """What writes each file of a finding, or folder in its folder; hashes of `inputs` are told there, by name."""

    def table(frame: pd.DataFrame | Table) -> Callable[[Path], object]:
        return lambda path: frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")

    def drawn(path: Path) -> None:
        with without_their_docstrings():
            from simulate.present.figures import gallery

        assert face.figures is not None
        gallery.draw_figures(face.figures, path, of_stage(progress, "drawing figures"))

    parts: dict[str, Callable[[Path], object]] = {}
    if face.data_file is not None:
        parts[face.data_file] = lambda path: _json(path, face.data)
    parts |= {f"{stem}.csv": table(frame) for stem, frame in face.tables.items()}
    parts |= face.others
    if (simulated := face.simulated) is not None:
        parts["inputs"] = lambda path: inputs.update(copy_inputs(simulated, path))
    return parts if face.figures is None else {**parts, "figures": drawn}


def _json(path: Path, data: Any) -> None:
    path.write_text(json_text(data) + "\n", encoding="utf-8")
