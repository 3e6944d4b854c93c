"""A result read back from the folder that a run left: valued and asked as before, and nothing is simulated."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from models.contract import ModelError
from parameters import PARAMETERS_DIR, Draws
from parameters.arrays import Floats
from parameters.files.content import MEBIBYTE, content_of, digest_of
from parameters.ground.given import as_path
from parameters.mistakes import in_short, short
from parameters.units import LARGEST
from simulate.ask.asked import Asked, ask
from simulate.ask.case import Case, load
from simulate.ask.options import Wishes
from simulate.ask.own.model import OwnModel
from simulate.engine.statistics import load as load_statistics
from simulate.result.result import Result
from simulate.solve.calibration import Calibration
from simulate.solve.given import with_given

Columns = Mapping[str, Floats]  # of psa.csv, [draws]

LARGEST_JSON = 32 * MEBIBYTE
OF_A_TABLE = "voi, figures and export, and read_psa of its psa.csv"
FILES = ("manifest.json", "summary.json", "psa.csv", "statistics.npz")


@dataclass(frozen=True, eq=False)
class Kept:
    """What a run left in a folder, as it stands there: of the right types, and no more is known of it."""

    place: Path
    manifest: Mapping[str, Any]
    summary: Mapping[str, Any]
    psa: Columns


def read_result(folder: str | Path) -> Result:
    """The result whose files ``recovery-cea run`` wrote to `folder`.

    Variants, subgroups and the map behind the calibration are not kept there. ``ModelError`` when a file is missing
    or none of ours, or when today's program and records do not give the costs and effects in ``psa.csv``.
    """
    kept = read_kept(folder)
    with taken_as_ours(kept.place):
        result = _rebuilt(kept.place, kept.manifest, kept.summary, kept.psa)
        _check_same(result, kept.psa, kept.place)
    return result


def read_kept(folder: str | Path) -> Kept:
    """The files of a run in `folder`, unvalued; ``ModelError`` when one is missing or none of ours."""
    place = as_path("folder", folder, "the folder of a run, a str or a pathlib.Path")
    manifest = _json(place / FILES[0]) if (place / FILES[0]).is_file() else {}
    if (kind := manifest.get("kind", "run")) != "run":
        hint = f"; of a finished table there are {OF_A_TABLE}" if kind == "evaluate" else ""
        raise ModelError(f"{place}: written by {kind}; allowed: a folder written by recovery-cea run{hint}")
    missing = [name for name in FILES if not (place / name).is_file()]
    if missing:
        raise ModelError(f"{place}: no {', '.join(missing)}; allowed: a folder written by recovery-cea run")
    summary = _json(place / "summary.json")
    if "kind" not in manifest:
        raise ModelError(
            f"{place}: its manifest does not say by what it was written; allowed: a folder written by recovery-cea run"
        )
    with taken_as_ours(place):
        manifest = {"exact": False, **manifest}  # folders from before there were expected values
        _check_types(manifest)
        psa = _columns(place / "psa.csv", manifest["draws"])
    return Kept(place, manifest, summary, psa)


@contextmanager
def taken_as_ours(place: Path) -> Iterator[None]:
    """Whatever is raised in the block because a file is not as we write it becomes a ``ModelError`` that says so."""
    try:
        yield
    except (
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
        csv.Error,
        OSError,
    ) as fault:
        raise ModelError(f"{place}: not as recovery-cea run leaves it ({in_short(fault)}); run again") from fault


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(content_of(path, LARGEST_JSON).decode("utf-8"), parse_constant=_no_number)
    except (OSError, ValueError, RecursionError) as fault:
        raise ModelError(f"{path}: not JSON ({fault}); allowed: a folder written by recovery-cea run") from fault
    if not isinstance(found, dict):
        raise ModelError(f"{path}: not an object; allowed: a folder written by recovery-cea run")
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


TYPES: Mapping[str, type] = {
    "problem": str,
    "setting": str,
    "command": list,
    "inputs": dict,
    "sampling": dict,
    "collected": dict,
    "draws": int,
    "people": int,
    "seed": int,
    "fixed": bool,
    "predictive": bool,
    "implementation": float,
    "exact": bool,
    "method": str,
    "rng": str,
}  # of what is read back from a manifest


def _check_types(manifest: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` on what a run does not write: a word for a number or a switch would be read otherwise."""
    for name, kind in TYPES.items():
        if type(manifest[name]) is not kind:
            raise ValueError(f"manifest.json: {name} is {short(manifest[name])}, no {kind.__name__}")
    if not all(0 <= manifest[name] <= LARGEST for name in ("draws", "people", "seed")):
        raise ValueError("manifest.json: draws, people or seed is out of range")
    if not all(isinstance(word, str) for word in manifest["command"]):
        raise ValueError("manifest.json: command holds what is no word")
    own = manifest.get("own", {"file": "", "sha256": "", "declared": "", "records": []})
    named = [own["file"], own["sha256"], own["declared"], *own["records"]]
    if not all(isinstance(name, str) and "\0" not in name for name in named):
        raise ValueError("manifest.json: own holds what is no word")
    if any(Path(name).name != name for name in manifest["inputs"]):
        raise ValueError("manifest.json: inputs names a file elsewhere")
    if not 1 <= manifest["sampling"]["replicates"] <= manifest["draws"]:
        raise ValueError("manifest.json: sampling.replicates is out of range")


def _numbers(rows: Iterable[list[str]], header: Sequence[str], draws: int) -> Iterator[list[float]]:
    """Rows as numbers; ``ValueError`` at the first that does not belong there, before the rest is read."""
    for number, row in enumerate(rows, 1):
        if number > draws or len(row) != len(header):
            raise ValueError(f"psa.csv: row {number} is one too many, or not as long as the header")
        yield [float(cell) for cell in row]


def _columns(path: Path, draws: int) -> Columns:
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        values = np.array(list(_numbers(rows, header, draws)))
    if not values.size:
        raise ValueError("psa.csv: no rows")
    if len(set(header)) < len(header) or not (np.abs(values) <= LARGEST).all():
        raise ValueError("psa.csv: a column given twice, or a number that is none")
    return dict(zip(header, values.T, strict=True))


def _rebuilt(place: Path, manifest: Mapping[str, Any], summary: Mapping[str, Any], psa: Columns) -> Result:
    if manifest.get("renamed"):
        raise ValueError("two tables that its numbers name were called alike, so that the copies cannot be told apart")
    case = load(
        model_in(place, manifest),
        str(manifest["setting"]),
        parameters=own_files(place, manifest),
        changes=fixed_by(manifest["command"]),
    )
    drawn = _drawn(case, manifest, psa)
    if manifest["draws"] != len(drawn.values):
        raise ValueError(f"psa.csv: {len(drawn.values)} rows for {manifest['draws']} draws")
    calibration = _calibration(case, summary["calibrated"])
    draws = with_given(case.setting, drawn)
    for target in case.setting.targets:
        draws = draws.with_column(target.unknown, psa[target.unknown], target.unit)
    statistics = load_statistics(place / "statistics.npz")
    return Result(_asked(place, manifest, summary, case).told, drawn, draws, calibration, statistics)


def model_in(place: Path, manifest: Mapping[str, Any]) -> str | OwnModel:
    """The id of a problem; of a model of one's own, what it declared when it ran. No file of its code is run."""
    own = manifest.get("own")
    if own is None:
        return str(manifest["problem"])
    inputs = place / "inputs"
    names = [own["declared"], *own["records"]]
    for name in names:
        if Path(name).name != name or digest_of(inputs / name) != manifest["inputs"][name]:
            raise ValueError(f"inputs/{name} is not as it was written")
    code = inputs / Path(own["file"]).name  # beside which stands what its numbers name
    return OwnModel.read_back(
        content_of(inputs / own["declared"], LARGEST_JSON), code, b"", [inputs / n for n in own["records"]]
    )


def model_note(manifest: Mapping[str, Any]) -> str:
    """What became of the file of a model of one's own since a run, in words; "" where it is as it was, or is none."""
    own = manifest.get("own")
    if own is None:
        return ""
    try:
        same = digest_of(Path(own["file"])) == own["sha256"]
    except (OSError, ValueError):
        return f"{own['file']} is not there any more: read is what it declared when it ran, which the folder keeps"
    changed = f"{own['file']} was changed since it ran: read is what it declared then, which the folder keeps"
    return "" if same else changed


def own_files(place: Path, manifest: Mapping[str, Any]) -> list[Path]:
    """The copies of the parameter files that the user gave."""
    ours = {path.name for path in PARAMETERS_DIR.rglob("*.toml")}
    known = {hashlib.sha256(path.read_bytes()).hexdigest() for path in PARAMETERS_DIR.rglob("*.toml")}
    read = {*manifest.get("own", {"records": ()})["records"]}
    books = {Path(word).name for word in _said(manifest["command"], "--parameters") if word.endswith(".xlsx")}
    copies = [
        place / "inputs" / name
        for name in manifest["inputs"]
        if (name.endswith(".toml") or name in books) and name not in read
    ]
    return [c for c in copies if c.name not in ours and manifest["inputs"][c.name] not in known]


def fixed_by(command: Sequence[str]) -> dict[str, float]:
    """What the command fixed by ``--set``."""
    words = _said(command, "--set")
    return {name.strip(): float(value) for name, _, value in (word.partition("=") for word in words)}


def _said(command: Sequence[str], option: str) -> list[str]:
    """What the command gave an option, each time."""
    pairs = zip(command, [*command[1:], ""], strict=True)
    return [b if a == option else a.removeprefix(f"{option}=") for a, b in pairs if a.split("=", 1)[0] == option]


def _drawn(case: Case, manifest: Mapping[str, Any], psa: Columns) -> Draws:
    sampling = manifest["sampling"]
    names = tuple(sorted(sampling["dimensions"], key=lambda n: int(sampling["dimensions"][n])))
    unknown = [n for n in names if n not in case.parameters]
    if unknown:
        raise ValueError(f"no record of {', '.join(unknown)}")
    draws = len(next(iter(psa.values())))
    values = np.column_stack([psa[n] for n in names]) if names else np.empty((draws, 0))  # a model of plain numbers
    records = [case.parameters[n] for n in names]
    units, years = tuple(r.unit for r in records), tuple(r.price_year for r in records)
    replicate = np.arange(len(values)) % int(sampling["replicates"])
    return Draws(names, values, units, years, replicate, str(sampling["method"]), int(sampling["seed"]), case.money)


def _asked(place: Path, manifest: Mapping[str, Any], summary: Mapping[str, Any], case: Case) -> Asked:
    """As the run was asked, but for subgroups, whose statistics are not kept; the people are those of its copy."""
    collected = manifest["collected"]
    told: Wishes = {
        "by_year": bool(collected["by_year"]),
        "ages": tuple(float(a) for a in collected["ages"]),
        "occupancy": tuple(float(t) for t in collected.get("occupancy", ())),
        "thresholds": tuple(float(t) for t in manifest.get("wtp_grid", ())),
    }
    wishes: Wishes = {**wishes_in(place, manifest, summary), **told}
    return ask(case, **wishes)


def wishes_in(place: Path, manifest: Mapping[str, Any], summary: Mapping[str, Any]) -> Wishes:
    """What was wished for of the run in a folder, but for what is only told beside costs and effects."""
    return {
        "draws": int(manifest["draws"]),
        "people": int(manifest["people"]),
        "seed": int(manifest["seed"]),
        "fixed": bool(manifest["fixed"]),
        "predictive": bool(manifest["predictive"]),
        "implementation": float(manifest["implementation"]),
        "exact": bool(manifest["exact"]),
        "method": manifest["method"],
        "perspective": summary["perspective"],
        "effect": summary["effect"],
        "rng": manifest["rng"],
        "threshold": None if manifest.get("wtp") is None else float(manifest["wtp"]),
        "cohort": None if manifest["cohort"] is None else _people_of(place, manifest["cohort"]),
    }


def _people_of(place: Path, recorded: Mapping[str, Any]) -> Path:
    """The copy of the file of people, which must be what the run read."""
    wanted, inputs = str(recorded["sha256"]), place / "inputs"
    copies = sorted(inputs.iterdir()) if inputs.is_dir() else []
    for copy in copies:
        if copy.is_file() and digest_of(copy) == wanted:
            return copy
    raise ModelError(
        f"{place}: the people of {recorded['file']} as the run read them are not in {inputs} (none has the recorded"
        " hash); run again"
    )


def _calibration(case: Case, rows: Sequence[Mapping[str, Any]]) -> Calibration:
    """What was solved for at the point estimates; the map over the draws is not kept, and says so when asked."""
    found = {row["parameter"]: row for row in rows}
    targets = case.setting.targets
    value, published, achieved, error = (
        np.array([_number(found[t.unknown][key]) for t in targets])
        for key in ("value", "target", "achieved", "map_error")
    )
    share = np.array([_number(found[t.unknown].get("map_error_share")) for t in targets])  # older folders have none
    return Calibration(case.setting, targets, value, published, achieved, error, share, (), None if targets else ())


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _check_same(result: Result, psa: Columns, place: Path) -> None:
    for i, strategy in enumerate(result.strategies):
        for kind, values in (("cost", result.cost), ("effect", result.effect)):
            told = psa[f"{kind}_{strategy}"]
            if not np.allclose(values[:, i], told, rtol=1e-9, atol=1e-9):
                raise ModelError(
                    f"{place}: today's program and records give another {kind} of {strategy} than psa.csv; run again"
                )


__all__ = [
    "Kept",
    "fixed_by",
    "model_in",
    "model_note",
    "own_files",
    "read_kept",
    "read_result",
    "taken_as_ours",
    "wishes_in",
]
