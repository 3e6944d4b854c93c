"""The manifest of a results folder: how it was made, a hash of each file in it, and a seal on itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from parameters import PARAMETERS_DIR
from parameters.files.content import MEBIBYTE, content_of, digest_of
from simulate.ask.changes import changes_of
from simulate.ask.own.model import OwnModel
from simulate.present.terms.face import Face, Simulated

MANIFEST = "manifest.json"
LARGEST = 32 * MEBIBYTE
SEAL = "seal"


def manifest(
    face: Face, inputs: Mapping[str, str], command: Sequence[str], question: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """How a folder was made: kind, command, and what its face says; of what was simulated, all that repeats it."""
    from importlib.metadata import version

    made = {"kind": face.kind, "command": ["recovery-cea", *command], "question": question}
    if face.simulated is None:
        return {**made, **face.manifest, "version": version("recovery-cea")}
    return {**made, **made_with(face.simulated, inputs), **face.manifest}


def sealed(found: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The manifest with the hash of every file in `folder` by its path there, and its own."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / MANIFEST)
    whole = {**found, "files": {p.relative_to(folder).as_posix(): digest_of(p) for p in paths}}
    return {**whole, SEAL: _seal(whole)}


def read_sealed(folder: Path) -> dict[str, Any] | None:
    """The manifest of a folder of ours; None where there is none, or where it is not as we wrote it."""
    try:
        found = json.loads(content_of(folder / MANIFEST, LARGEST).decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("files"), dict):
        return None
    return found if found.pop(SEAL, None) == _seal(found) else None


def _seal(found: Mapping[str, Any]) -> str:
    """Of what stands in a manifest, whatever the order and spacing: numbers and words alone."""
    text = json.dumps(json.loads(json.dumps(found, default=str)), sort_keys=True)
    return hashlib.sha256(b"recovery-cea\0" + text.encode()).hexdigest()


def made_with(simulated: Simulated, inputs: Mapping[str, str]) -> dict[str, Any]:
    """Of what was or would be simulated: options, versions, and hashes of inputs and engine."""
    import platform
    from importlib.metadata import version

    from simulate.engine.arithmetic.compiled import source_hash
    from simulate.engine.arithmetic.one_thread import blas_kinds
    from simulate.engine.keeping.fingerprint import libm_fingerprint
    from simulate.engine.keeping.words import program

    case, options = simulated.case, simulated.options
    own = {} if case.own is None else {"own": _own(simulated, case.own)}
    cohort = None if options.cohort is None else {"file": options.cohort.file, "sha256": options.cohort.sha256}
    return {
        "problem": case.problem.id,
        **own,
        "setting": case.setting.name,
        "seed": options.seed,
        "draws": options.draws,
        "fixed": options.fixed,
        "predictive": options.predictive,
        "implementation": float(options.implementation),
        "exact": options.exact,
        "method": options.method,
        "rng": options.rng,
        "cohort": cohort,
        "changed": changes_of(case, options),
        "inputs": dict(inputs),
        **_renamed(simulated),
        "engine": source_hash(),
        "program": program(),
        "libm": libm_fingerprint(),
        "blas": blas_kinds(),
        "versions": {
            "python": platform.python_version(),
            "platform": platform.platform(),
            **{name: version(name) for name in ("recovery-cea", "numpy", "scipy", "numba", "llvmlite", "pandas")},
        },
    }


def copy_inputs(simulated: Simulated, folder: Path) -> dict[str, str]:
    """Copies of the parameter files and the people used, and their hashes by name."""
    folder.mkdir()
    found = inputs_of(simulated)
    for name, data in found.items():
        (folder / name).write_bytes(data)
    return hashes_of(found)


def hashes_of(inputs: Mapping[str, bytes]) -> dict[str, str]:
    """The hash of each, by name."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in inputs.items()}


def inputs_of(simulated: Simulated) -> dict[str, bytes]:
    """The parameter files and the people used, by the names of their copies."""
    return dict(_copies(simulated).values())


def _copies(simulated: Simulated) -> dict[Path, tuple[str, bytes]]:
    """What is copied, by where it stood: the name of the copy, and what is in it."""
    used = {Path(p.file) for p in simulated.case.parameters.values()}
    # Every price hangs on the index, and what results are shown beside on the published figures.
    used |= {PARAMETERS_DIR / name for name in ("price_index.toml", "sources.toml", "published.toml", "targets.toml")}
    read = {Path(file): data for file, data in simulated.case.parameters.contents.items()}  # whatever stands there now
    own = simulated.case.own
    if own is not None:
        read |= {own.path: own.content, own.declared_file: own.declared()}
    beside = {file: data for file, data in read.items() if file.suffix != ".toml"}  # values that records name
    contents = beside | {file: read.get(file) or file.read_bytes() for file in used if file in read or file.is_file()}
    cohort = simulated.options.cohort
    if cohort is not None:
        contents[Path(cohort.file)] = cohort.content  # as it was read
    copies: dict[Path, tuple[str, bytes]] = {}
    for file, data in sorted(contents.items()):
        name, n = file.name, 1
        while name in {taken for taken, _ in copies.values()}:
            n += 1
            name = f"{file.stem}-{n}{file.suffix}"
        copies[file] = name, data
    return copies


def _renamed(simulated: Simulated) -> dict[str, list[str]]:
    """Tables whose copies are called otherwise than where records name them, so that these cannot be read back."""
    named = _copies(simulated)
    found = sorted(name for file, (name, _) in named.items() if file.suffix != ".toml" and file.name != name)
    cohort = simulated.options.cohort
    theirs = [] if cohort is None else [named[Path(cohort.file)][0]]
    found = [name for name in found if name not in theirs]
    return {"renamed": found} if found else {}


def _own(simulated: Simulated, own: OwnModel) -> dict[str, Any]:
    """Of a model of one's own: its file, and the copies that it is read back from, none of which is run."""
    copies = _copies(simulated)
    return {
        "file": str(own.path),
        "sha256": hashlib.sha256(own.content).hexdigest(),
        "declared": copies[own.declared_file][0],
        "records": [copies[file][0] for file in own.files if file in copies],
    }
