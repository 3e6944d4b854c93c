"""Folders of results: summary, tables, statistics, figures, histories, and a manifest that says how they were made."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from models.contract import ModelError
from simulate.present.folder.manifest import MANIFEST, Kind, copy_inputs, hash_of, made_with, manifest
from simulate.result.result import Result

if TYPE_CHECKING:
    from simulate.analyse.credibility.virtual_trials import VirtualTrials
    from simulate.analyse.impact import Impact
    from simulate.analyse.sweep import Sweep
    from simulate.result.priorities.equity import Equity
    from simulate.result.priorities.league import League
    from simulate.result.voi import Learning
    from simulate.running.tracing import Trace

T = TypeVar("T")


def refuse_foreign_folder(folder: Path, kind: Kind = "run") -> None:
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


def write(result: Result, folder: Path, command: Sequence[str] = ()) -> dict[str, Any]:
    """Write everything into `folder` and return the summary. A folder appears whole or not at all."""
    return _whole(folder, "run", lambda made: _fill(result, made, command))


def write_trace(trace: Trace, folder: Path, command: Sequence[str] = ()) -> None:
    """Write histories as a table and a figure into `folder`. A folder appears whole or not at all."""
    _whole(folder, "trace", lambda made: _fill_trace(trace, made, command))


def write_learning(found: Learning, source: Path, folder: Path, command: Sequence[str] = ()) -> dict[str, Any]:
    """Write the value of learning more about the result in `source` into `folder`, whole or not at all; its summary."""
    return _whole(folder, "voi", lambda made: _fill_learning(found, source, made, command))


def write_sweep(found: Sweep, folder: Path, command: Sequence[str] = ()) -> dict[str, Any]:
    """Write a sensitivity analysis into `folder`, whole or not at all; its summary."""
    return _whole(folder, "sweep", lambda made: _fill_sweep(found, made, command))


def write_impact(found: Impact, folder: Path, command: Sequence[str] = ()) -> dict[str, Any]:
    """Write budget impact, returns and payback into `folder`, whole or not at all; its summary."""
    return _whole(folder, "impact", lambda made: _fill_impact(found, made, command))


def write_league(found: League, folder: Path, command: Sequence[str] = ()) -> dict[str, Any]:
    """Write a league table into `folder`, whole or not at all; its summary."""
    return _whole(folder, "league", lambda made: _fill_league(found, made, command))


def write_equity(found: Equity, folder: Path, command: Sequence[str] = ()) -> dict[str, Any]:
    """Write the distribution of costs and health into `folder`, whole or not at all; its summary."""
    return _whole(folder, "equity", lambda made: _fill_equity(found, made, command))


def write_virtual(found: VirtualTrials, folder: Path, command: Sequence[str] = ()) -> dict[str, Any]:
    """Write virtual trials into `folder`, whole or not at all; their summary."""
    return _whole(folder, "virtual-trials", lambda made: _fill_virtual(found, made, command))


def _whole(folder: Path, kind: Kind, fill: Callable[[Path], T]) -> T:
    """What `fill` returns, once all that it made stands in `folder`."""
    refuse_foreign_folder(folder, kind)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        found = fill(made)
        made.chmod(0o755)
        _swap(made, folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return found


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
    from simulate.present.figures.gallery import draw_figures

    summary = result.summary()
    _json(folder / "summary.json", summary)
    _csv(result.psa(), folder / "psa.csv")
    _csv(result.ceac(), folder / "ceac.csv")
    _csv(result.incremental(), folder / "incremental.csv")
    _csv(result.evpi(), folder / "evpi.csv")
    if result.options.by_year:
        _csv(result.by_year(), folder / "by_year.csv")
    if result.options.ages:
        _csv(result.by_age(), folder / "by_age.csv")
    if result.options.subgroup is not None:
        _csv(result.subgroups(), folder / "subgroups.csv")
    result.statistics.save(folder / "statistics.npz")
    inputs = copy_inputs(result.case, result.options, folder / "inputs")
    _json(folder / MANIFEST, manifest(result, inputs, command))
    draw_figures(result, folder / "figures")
    return summary


def _fill_trace(trace: Trace, folder: Path, command: Sequence[str]) -> None:
    from simulate.present.figures.gallery import draw_lifelines

    _csv(trace.table(), folder / "trace.csv")
    inputs = copy_inputs(trace.case, trace.options, folder / "inputs")
    told = {"draw": trace.draw, "variant": trace.variant, "people": list(trace.people)}
    _json(folder / MANIFEST, {**made_with("trace", trace.case, trace.options, inputs, command), **told})
    draw_lifelines(trace, folder / "figures")


def _fill_learning(found: Learning, source: Path, folder: Path, command: Sequence[str]) -> dict[str, Any]:
    from importlib.metadata import version

    from simulate.present.figures.gallery import draw_information

    summary = found.summary()
    _json(folder / "voi.json", summary)
    _csv(found.result.evpi(), folder / "evpi.csv")
    _csv(found.parameters, folder / "evppi.csv")
    if found.samples is not None:
        _csv(found.samples, folder / "evsi.csv")
    made_from = {name: hash_of(source / name) for name in (MANIFEST, "psa.csv", "statistics.npz")}
    told = {"kind": "voi", "command": ["recovery-cea", *command], "made_from": made_from}
    _json(folder / MANIFEST, {**told, "version": version("recovery-cea")})
    draw_information(found, folder / "figures")
    return summary


def _fill_sweep(found: Sweep, folder: Path, command: Sequence[str]) -> dict[str, Any]:
    from simulate.analyse.sweep.scenario_file import Scenarios
    from simulate.present.figures.gallery import draw_sweep

    summary = found.summary()
    _json(folder / "summary.json", summary)
    _csv(found.table(), folder / f"{found.kind}.csv")
    inputs = copy_inputs(found.result.case, found.result.options, folder / "inputs")
    told: dict[str, Any] = {"sweep": found.kind, "people": found.result.options.people}
    if isinstance(found, Scenarios):
        shutil.copyfile(found.file, folder / "scenarios.toml")
        told["scenarios"] = {"file": str(found.file), "sha256": hash_of(found.file)}
    _json(folder / MANIFEST, {**made_with("sweep", found.result.case, found.result.options, inputs, command), **told})
    draw_sweep(found, folder / "figures")
    return summary


def _fill_impact(found: Impact, folder: Path, command: Sequence[str]) -> dict[str, Any]:
    from simulate.present.figures.gallery import draw_impact

    summary = found.summary()
    _json(folder / "summary.json", summary)
    _csv(_named(found.budget, "new_minus_comparator_gbp"), folder / "budget.csv")
    _csv(found.returns, folder / "returns.csv")
    _csv(_named(found.months, "saving_per_person_gbp"), folder / "months.csv")
    inputs = copy_inputs(found.result.case, found.result.options, folder / "inputs")
    told = {"people": found.result.options.people, "strategy": found.strategy}
    _json(folder / MANIFEST, {**made_with("impact", found.result.case, found.result.options, inputs, command), **told})
    draw_impact(found, folder / "figures")
    return summary


def _fill_league(found: League, folder: Path, command: Sequence[str]) -> dict[str, Any]:
    from importlib.metadata import version

    summary = found.summary()
    _json(folder / "summary.json", summary)
    _csv(found.table, folder / "league.csv")
    told = {"kind": "league", "command": ["recovery-cea", *command], "version": version("recovery-cea")}
    _json(folder / MANIFEST, told)
    return summary


def _fill_equity(found: Equity, folder: Path, command: Sequence[str]) -> dict[str, Any]:
    from simulate.present.figures.gallery import draw_equity

    summary = found.summary()
    _json(folder / "summary.json", summary)
    _csv(found.groups, folder / "groups.csv")
    _csv(found.weighted, folder / "weighted.csv")
    inputs = copy_inputs(found.result.case, found.result.options, folder / "inputs")
    told = {"people": found.result.options.people, "baseline": asdict(found.baseline)}
    _json(folder / MANIFEST, {**made_with("equity", found.result.case, found.result.options, inputs, command), **told})
    draw_equity(found, folder / "figures")
    return summary


def _fill_virtual(found: VirtualTrials, folder: Path, command: Sequence[str]) -> dict[str, Any]:
    from simulate.present.figures.gallery import draw_virtual

    summary = found.summary()
    _json(folder / "summary.json", summary)
    _csv(found.table(), folder / "figures.csv")
    inputs = copy_inputs(found.case, found.options, folder / "inputs")
    told = {"trials": found.trials, "arms": dict(found.arms)}
    _json(folder / MANIFEST, {**made_with("virtual-trials", found.case, found.options, inputs, command), **told})
    draw_virtual(found, folder / "figures")
    return summary


def _json(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=2, allow_nan=False, default=_plain) + "\n", encoding="utf-8")


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot stand in JSON")


def _named(frame: Any, what: str) -> Any:
    """The frame whose mean, low and high say what they are of, with its sign and unit."""
    return frame.rename(columns={"mean": what, "low": f"{what}_low", "high": f"{what}_high"})


def _csv(frame: Any, path: Path) -> None:
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
