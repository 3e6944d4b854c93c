"""Folders of results, written whole or not at all, whatever the analysis: its face says what stands in it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.contract import ModelError
from simulate.present.folder.manifest import MANIFEST, copy_inputs, manifest
from simulate.present.terms.face import Face
from simulate.result.plain import json_text


def refuse_foreign_folder(folder: Path, kind: str) -> None:
    """Raise ``ModelError`` when `folder` holds something that no earlier `kind` wrote, or a file is in its way.

    ``OSError`` when it could not be written.
    """
    place = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    if not place.is_dir():
        raise ModelError(f"--out {folder}: {place} is a file; allowed: a new folder or one from an earlier run")
    if Path.cwd().is_relative_to(folder.resolve()):
        raise ModelError(f"--out {folder}: holds the current folder; allowed: a folder that can be replaced")
    if folder.is_dir() and any(folder.iterdir()) and _kind(folder) != kind:
        raise ModelError(f"--out {folder}: holds other files; allowed: a new folder or one from an earlier {kind}")
    try:
        beside = next(p for p in folder.absolute().parents if p.exists())
        tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=beside).cleanup()
    except OSError as fault:
        raise OSError(f"--out {folder}: nothing can be written to {beside}: {fault.strerror}") from fault


def _kind(folder: Path) -> str | None:
    """What wrote a folder; None where it was none of ours."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return str(found.get("kind", "run")) if isinstance(found, dict) else None


def write(face: Face, folder: Path, command: Sequence[str] = ()) -> Any:
    """Write everything of a finding into `folder` and return its data. A folder appears whole or not at all.

    Its data as JSON, its tables and other files, copies of the inputs, a manifest that says how it was made (`command`
    are the words after ``recovery-cea``), and figures. ``ModelError`` and ``OSError`` as ``refuse_foreign_folder``.
    """
    refuse_foreign_folder(folder, face.kind)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _fill(face, made, command)
        made.chmod(0o755)
        _swap(made, folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return face.data


def _fill(face: Face, folder: Path, command: Sequence[str]) -> None:
    from simulate.present.figures.gallery import draw_figures

    if face.data_file is not None:
        _json(folder / face.data_file, face.data)
    for stem, frame in face.tables.items():
        frame.to_csv(folder / f"{stem}.csv", index=False, lineterminator="\n", encoding="utf-8")
    for name, fill in face.others.items():
        fill(folder / name)
    inputs = {} if face.simulated is None else copy_inputs(face.simulated, folder / "inputs")
    _json(folder / MANIFEST, manifest(face, inputs, command))
    if face.figures is not None:
        draw_figures(face.figures, folder / "figures")


def _json(path: Path, data: Any) -> None:
    path.write_text(json_text(data) + "\n", encoding="utf-8")


def _swap(made: Path, folder: Path) -> None:
    """Put `made` where `folder` is; if that fails, `folder` is as it was."""
    if not folder.exists():
        os.replace(made, folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    try:
        os.replace(folder, old / "before")
        try:
            os.replace(made, folder)
        except BaseException:
            os.replace(old / "before", folder)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
