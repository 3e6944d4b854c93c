"""The manifest of a results folder, and the copies of its inputs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from parameters import PARAMETERS_DIR
from simulate.ask.case import Case
from simulate.ask.options import Options
from simulate.result.result import Result

MANIFEST = "manifest.json"
Kind = Literal["run", "trace", "voi", "impact", "league", "equity", "sweep", "virtual-trials"]


def manifest(result: Result, inputs: Mapping[str, str], command: Sequence[str]) -> dict[str, Any]:
    """How the result was made: command, options, sampling table, calibration, versions and hashes of inputs."""
    options = result.options
    return {
        **made_with("run", result.case, options, inputs, command),
        "people": options.people,
        "collected": {"subgroup": options.subgroup, "by_year": options.by_year, "ages": list(options.ages)},
        "sampling": result.drawn.manifest(),
        "seconds": {k: round(v, 3) for k, v in result.seconds.items()},
    }


def made_with(
    kind: Kind, case: Case, options: Options, inputs: Mapping[str, str], command: Sequence[str]
) -> dict[str, Any]:
    """What every manifest says."""
    import platform
    from importlib.metadata import version

    from simulate.engine.arithmetic.compiled import source_hash
    from simulate.engine.check.fingerprint import libm_fingerprint

    cohort = None if options.cohort is None else {"file": options.cohort, "sha256": hash_of(Path(options.cohort))}
    return {
        "kind": kind,
        "command": ["recovery-cea", *command],
        "problem": case.problem.id,
        "setting": case.setting.name,
        "seed": options.seed,
        "draws": options.draws,
        "fixed": options.fixed,
        "method": options.method,
        "rng": options.rng,
        "cohort": cohort,
        "inputs": dict(inputs),
        "engine": source_hash(),
        "libm": libm_fingerprint(),
        "versions": {
            "python": platform.python_version(),
            "platform": platform.platform(),
            **{name: version(name) for name in ("recovery-cea", "numpy", "scipy", "numba", "llvmlite", "pandas")},
        },
    }


def copy_inputs(case: Case, options: Options, folder: Path) -> dict[str, str]:
    """Copies of the parameter files and the people used, and their hashes by name."""
    folder.mkdir()
    hashes: dict[str, str] = {}
    used = {Path(p.file) for p in case.parameters.values()} | {Path(c) for c in [options.cohort] if c is not None}
    # Every price hangs on the index, and what results are shown beside on the published figures.
    used |= {PARAMETERS_DIR / name for name in ("price_index.toml", "sources.toml", "targets.toml")}
    for file in sorted(f for f in used if f.is_file()):
        name, n = file.name, 1
        while name in hashes:
            n += 1
            name = f"{file.stem}-{n}{file.suffix}"
        data = file.read_bytes()
        (folder / name).write_bytes(data)
        hashes[name] = hashlib.sha256(data).hexdigest()
    return hashes


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
