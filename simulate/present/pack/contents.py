"""The files of a pack, by where they stand in it: all of it from a run's folder, and the same bytes each time."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from models.contract import ModelError
from parameters.files.content import MEBIBYTE, content_of, digest_of
from parameters.mistakes import why
from simulate.engine.keeping.words import everything, program
from simulate.present.english.model import describe
from simulate.present.folder.manifest import MANIFEST
from simulate.present.pack.checklist import as_html, as_markdown, items
from simulate.present.pack.verification import Check, checks
from simulate.present.terms.face import REPORT
from simulate.present.workbook import NAME
from simulate.present.workbook.plan import Plan
from simulate.present.workbook.results import workbook_as
from simulate.process.guard import HOME
from simulate.result.plain import json_text
from simulate.result.stored import read_result

if TYPE_CHECKING:
    from simulate.result.result import Result

LARGEST = 1024 * MEBIBYTE  # of one file
BESIDE = ("requirements.lock", "pyproject.toml")  # of a checkout; an installed program has none
MADE = (1980, 1, 1, 0, 0, 0)  # of every file of the archive: the earliest that it can say
SUMS, ARCHIVE = "SHA256SUMS", "pack.zip"


@dataclass(frozen=True, eq=False)
class Pack:
    """What a pack holds, what was checked for it, and of what run."""

    files: Mapping[str, bytes]
    checks: Sequence[Check]
    result: Result


def pack(folder: Path, manifest: Mapping[str, Any]) -> Pack:
    """That of a run's folder with this sealed manifest; ``ModelError`` with what is not as it was written."""
    found = _results(folder, manifest["files"])
    result = read_result(folder)
    looked = checks(folder, manifest, result)
    plan = Plan.of(result)
    if f"results/{NAME}" not in found and not plan.refusal():
        found[f"results/{NAME}"] = workbook_as(plan)
    case = result.case
    title = f"CHEERS 2022: {case.problem.label}"
    ticked = items(result)
    found |= {
        "README.md": _readme(result, {name for name in (REPORT, NAME) if f"results/{name}" in found}).encode(),
        "model.txt": (describe(case.problem, case.setting, case.parameters) + "\n").encode(),
        "verification.json": (json_text([check.row() for check in looked]) + "\n").encode(),
        "code.json": (json_text(_code()) + "\n").encode(),
        "checklist.md": as_markdown(ticked, title).encode(),
        "checklist.html": as_html(ticked, title).encode(),
        "reproduce.R": _script("pack.R"),
        "tables.R": _script("tables.R"),
    }
    found[SUMS] = "".join(f"{_sha256(data)}  {name}\n" for name, data in sorted(found.items())).encode()
    whole = {**found, ARCHIVE: _archive(found)}
    return Pack(whole, looked, result)


def _results(folder: Path, hashes: Mapping[str, str]) -> dict[str, bytes]:
    """The files of the run, as they were written."""
    found, wrong = dict[str, bytes](), list[str]()
    for name, digest in hashes.items():
        try:
            data = content_of(folder / name, LARGEST)
        except (OSError, ValueError) as fault:
            wrong.append(f"{name} ({why(fault)})")
            continue
        if _sha256(data) != digest:
            wrong.append(f"{name} (changed)")
        found[f"results/{name}"] = data
    if wrong:
        raise ModelError(f"{folder}: not as it was written: {', '.join(wrong)}; allowed: run it again")
    found[f"results/{MANIFEST}"] = content_of(folder / MANIFEST, LARGEST)
    return found


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _script(name: str) -> bytes:
    return files("simulate.result.finished").joinpath("scripts").joinpath(name).read_bytes()


def _code() -> dict[str, Any]:
    """Hashes of every source and shipped number of the program, of its lock file, and the versions that it runs on."""
    sources = {p.relative_to(HOME).as_posix(): digest_of(p) for p in everything()}
    beside = {name: digest_of(HOME / name) if (HOME / name).is_file() else None for name in BESIDE}
    installed = {d.metadata["Name"].lower(): d.version for d in distributions() if d.metadata["Name"]}
    return {"program": program(), **beside, "installed": dict(sorted(installed.items())), "sources": sources}


def _archive(found: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as parts:
        for name, data in sorted(found.items()):
            entry = ZipInfo(f"pack/{name}", MADE)
            entry.external_attr, entry.compress_type, entry.create_system = 0o644 << 16, ZIP_DEFLATED, 3
            parts.writestr(entry, data)
    return out.getvalue()


def _readme(result: Result, there: Container[str]) -> str:
    case = result.case
    told = [f"- `results/{REPORT}`: the report"] if REPORT in there else []
    if NAME in there:
        told.append(f"- `results/{NAME}`: the answer as formulas; change a price in sheet Prices, and it follows")
    else:
        told.append(f"- there is no `results/{NAME}`: {Plan.of(result).refusal()}")
    return "\n".join(
        [
            f"# Submission pack of {case.problem.id}, setting {case.setting.name}",
            "",
            *told,
            "- `results/`: the run as it was written: summary, tables, draws, statistics, inputs, its own manifest",
            "- `model.txt`: the model in English, with every parameter, its status and its source",
            "- `reproduce.R`: `Rscript reproduce.R` comes to the decision tables from the draws, in base R",
            "- `verification.json`: what was looked at again when this was packed, and what was found",
            "- `code.json`: hashes of the program's sources and of its lock file, and versions",
            "- `checklist.html`, `checklist.md`: CHEERS 2022, item by item, with where to look",
            f"- `{SUMS}`: hashes of these files, for `sha256sum -c {SUMS}`; `{ARCHIVE}`: all of them in one file",
            "",
        ]
    )
