"""The files by which a run takes a posterior: records that name the columns of a table of draws."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.contract import ModelError, parameter_names
from models.quantities import names_in
from parameters.files.content import MEBIBYTE, content_of, digest_of
from parameters.ground.spoken import option
from parameters.mistakes import short
from simulate.analyse.credibility.calibration import Calibrated, figure_records
from simulate.ask.case import Case
from simulate.ask.reads import AUTHORS, engine_names, source_of

RECORDS, DRAWS = "posterior.toml", "posterior.csv"


def records(found: Calibrated) -> str:
    """A TOML file of a record for each parameter of a posterior, its draws a column of ``posterior.csv`` beside it."""
    return "\n".join([*_source(found), *_records(found)])


def _source(found: Calibrated) -> Iterator[str]:
    case, targets = found.case, found.case.setting.targets
    read = {r.source for t in targets for r in figure_records(case, t.unknown)}
    years = [case.parameters.sources[s].year for s in read if s in case.parameters.sources]
    where = f"{case.problem.id}, setting {case.setting.name}"
    yield f"# A posterior of {where}, for `recovery-cea run` in place of what it solves for.\n"
    yield f"[sources.{source_of(found.case.problem, found.case.setting.name)}]"
    yield f"authors = {_quoted(AUTHORS)}"
    yield f"year = {max(years, default=2024)}"
    yield f"title = {_quoted(f'Posterior of what is solved for: {where}')}"
    yield 'journal = "Unpublished"'
    yield 'design = "calibration"'
    yield 'supports = "joint draws of engine parameters, given the published figures of the targets"\n'


def _records(found: Calibrated) -> Iterator[str]:
    for j, prior in enumerate(found.posterior.priors):
        yield f"[{prior.name}]"
        yield f"label = {_quoted(prior.label or prior.name)}"
        yield f"unit = {_quoted(prior.unit)}"
        if j >= found.unknowns and (year := found.case.parameters[prior.name].price_year):
            yield f"price_year = {_quoted(year)}"
        yield f'distribution = {{ sample = {{ file = "{DRAWS}", column = "{prior.name}" }} }}'
        yield f"source = {_quoted(source_of(found.case.problem, found.case.setting.name))}"
        yield 'status = "calibrated"'
        if j < found.unknowns:
            read = figure_records(found.case, prior.name)
            told = f"Given what was published as {', '.join(r.name for r in read)}"
            if any(r.status == "assumed" or r.error_assumed for r in read):
                yield "error_assumed = true"
                told += ", of which the figure or its error is assumed"
            yield f"note = {_quoted(told + '.')}"
        yield ""


def _quoted(text: str) -> str:
    """Text as TOML writes it."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def posterior_records(place: Path) -> Path:
    """The file of records that a posterior in a folder, or beside a table of draws, is read by.

    ``ModelError`` where there is none, or where a file is not as the manifest beside it says.
    """
    file = place / RECORDS if place.is_dir() else place.with_name(RECORDS) if place.name == DRAWS else place
    if file.suffix != ".toml" or not file.is_file():
        told = f"allowed: a folder of recovery-cea calibrate, or the {RECORDS} or {DRAWS} in one"
        raise ModelError(f"{option('posterior')} {short(str(place))}: no posterior; {told}")
    hashes = _manifest(file.parent).get("files", {})
    changed = [n for n in (RECORDS, DRAWS) if n in hashes and _digest(file.with_name(n)) != hashes[n]]
    if changed:
        told = f"{', '.join(changed)}: changed or gone since it was calibrated; calibrate again"
        raise ModelError(f"{option('posterior')} {short(str(place))}: {told}")
    return file


def calibrated_to(found: Calibrated) -> dict[str, list[Any]]:
    """What the simulation and the targets of a calibration read, by name, but for what it learnt of."""
    learnt, case = {p.name for p in found.posterior.priors}, found.case
    names = [*engine_names(case.problem), *parameter_names((case.setting.targets, case.setting.horizon))]
    read = dict.fromkeys(r for n in names for r in names_in(case.setting.given.get(n, n)))
    return _as_read(case, [n for n in read if n not in learnt and n in case.parameters])


def refuse_stale(place: Path, case: Case) -> None:
    """Raise ``ModelError`` where records or the horizon are others than those that a posterior was calibrated to."""
    then = _manifest(posterior_records(place).parent).get("calibrated_to", {})
    now = _as_read(case, [n for n in then if n in case.parameters])
    if changed := [n for n, values in then.items() if now.get(n) != values]:
        told = f"calibrated to another {', '.join(changed)}; calibrate again"
        raise ModelError(f"{option('posterior')} {short(str(place))}: {told}")


def _as_read(case: Case, names: list[str]) -> dict[str, list[Any]]:
    records = [case.parameters[n] for n in names]
    ends = [[float(x) for x in (r.distribution.point, *r.distribution.interval95())] for r in records]
    found: dict[str, list[Any]] = {r.name: [r.unit, *e] for r, e in zip(records, ends, strict=True)}
    return {**found, "horizon": [str(case.setting.horizon)]}


def _manifest(folder: Path) -> dict[str, Any]:
    file = folder / "manifest.json"
    if not file.exists():
        return {}
    try:
        found = json.loads(content_of(file, MEBIBYTE))
    except (OSError, ValueError) as fault:
        raise ModelError(f"{file}: cannot be read; calibrate again") from fault
    if not isinstance(found, dict) or not all(isinstance(found.get(n, {}), dict) for n in ("files", "calibrated_to")):
        raise ModelError(f"{file}: is no manifest of ours; calibrate again")
    return found


def _digest(path: Path) -> str:
    return digest_of(path) if path.is_file() else "gone"
