"""The results folder: summary, tables, statistics, figures and a manifest that says how they were made."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.contract import ModelError
from simulate.result import Result

MANIFEST = "manifest.json"


def refuse_foreign_folder(folder: Path) -> None:
    """Raise ``ModelError`` when `folder` holds something that no run of ours wrote, or a file is in its way."""
    for place in (folder, *folder.parents):
        if place.exists():
            if not place.is_dir():
                raise ModelError(f"--out {folder}: {place} is a file; allowed: a new folder or one from an earlier run")
            break
    if Path.cwd().is_relative_to(folder.resolve()):
        raise ModelError(f"--out {folder}: holds the current folder; allowed: a folder that can be replaced")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise ModelError(f"--out {folder}: holds other files; allowed: a new folder or one from an earlier run")


def write(result: Result, folder: Path, command: Sequence[str] = ()) -> dict[str, Any]:
    """Write everything into `folder` and return the summary. A folder appears whole or not at all."""
    refuse_foreign_folder(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        summary = _fill(result, made, command)
        made.chmod(0o755)
        _swap(made, folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return summary


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


def _fill(result: Result, folder: Path, command: Sequence[str]) -> dict[str, Any]:
    from simulate.present.gallery import draw_figures

    summary = result.summary()
    _json(folder / "summary.json", summary)
    _csv(result.psa(), folder / "psa.csv")
    _csv(result.ceac(), folder / "ceac.csv")
    _csv(result.incremental(), folder / "incremental.csv")
    _csv(result.evpi(), folder / "evpi.csv")
    result.statistics.save(folder / "statistics.npz")
    inputs = _copy_inputs(result, folder / "inputs")
    _json(folder / MANIFEST, manifest(result, inputs, command))
    draw_figures(result, folder / "figures")
    return summary


def manifest(result: Result, inputs: Mapping[str, str], command: Sequence[str]) -> dict[str, Any]:
    """How the result was made: command, options, sampling table, calibration, versions and hashes of inputs."""
    import platform
    from importlib.metadata import version

    from simulate.engine.jit import source_hash

    options = result.options
    return {
        "command": ["recovery-cea", *command],
        "problem": result.case.problem.id,
        "setting": result.case.setting.name,
        "seed": options.seed,
        "draws": len(result.drawn.values),
        "people": options.people,
        "fixed": options.fixed,
        "sampling": result.drawn.manifest(),
        "inputs": dict(inputs),
        "engine": source_hash(),
        "versions": {
            "python": platform.python_version(),
            "platform": platform.platform(),
            **{name: version(name) for name in ("recovery-cea", "numpy", "scipy", "numba", "llvmlite", "pandas")},
        },
        "seconds": {k: round(v, 3) for k, v in result.seconds.items()},
    }


def _copy_inputs(result: Result, folder: Path) -> dict[str, str]:
    """Copies of the parameter files used, and their hashes by name."""
    folder.mkdir()
    hashes: dict[str, str] = {}
    for file in sorted({Path(p.file) for p in result.case.parameters.values() if Path(p.file).is_file()}):
        name, n = file.name, 1
        while name in hashes:
            n += 1
            name = f"{file.stem}-{n}{file.suffix}"
        data = file.read_bytes()
        (folder / name).write_bytes(data)
        hashes[name] = hashlib.sha256(data).hexdigest()
    return hashes


def _json(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=2, allow_nan=False, default=_plain) + "\n", encoding="utf-8")


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot stand in JSON")


def _csv(frame: Any, path: Path) -> None:
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
