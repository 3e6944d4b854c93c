"""Tables and folders from Python, with the bytes that the command line writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.contract import ModelError, check_one_of
from simulate.analyse.comparison.moved import Moved
from simulate.analyse.comparison.verdict import Comparison
from simulate.analyse.credibility.calibration import Calibrated
from simulate.analyse.credibility.structure import Structures
from simulate.analyse.credibility.validate import Validation
from simulate.analyse.credibility.verification.verification import Verification
from simulate.analyse.credibility.virtual_trials import VirtualTrials
from simulate.analyse.impact import Impact
from simulate.analyse.sweep.by_subgroup import Subgroups
from simulate.analyse.sweep.decision_switch import Switching
from simulate.analyse.sweep.global_sensitivity import Sobol
from simulate.analyse.sweep.one_and_two_way import OneWay, TwoWay
from simulate.analyse.sweep.scenario_file import Scenarios
from simulate.present.faces import equity, impact, run, sweep, trace, virtual_trials
from simulate.present.faces.credibility import calibrate, structure, validate
from simulate.present.faces.exchange import evaluate as finished
from simulate.present.faces.looks import moved
from simulate.present.folder.manifest import hashes_of, inputs_of
from simulate.present.folder.output import claim, write
from simulate.present.folder.place import Place
from simulate.present.report import moved as moved_page
from simulate.present.report import report as page
from simulate.present.terms.face import FIGURES, Face, chosen_figures
from simulate.present.terms.option_words import option_words
from simulate.result.finished.evaluation import Evaluation, evaluate
from simulate.result.finished.psa_table import PsaTable
from simulate.result.priorities.equity import Equity
from simulate.result.result import Result
from simulate.result.voi import Learning
from simulate.running.tracing import Trace

if TYPE_CHECKING:
    import pandas as pd

    from simulate.evaluate.decision.table import Table

Tables = Mapping[str, "pd.DataFrame | Table"]  # by the stem of the file


def to_csv(thing: object, path: str | Path, /, *, overwrite: bool) -> list[Path]:
    """Every table into a folder, or that of the file's name; where they stand.

    ``ModelError`` where there is none of that name, and, unless `overwrite`, where files stand in their places already.
    """
    place = Path(path)
    tables = TABLES[type(thing)](thing)
    if place.suffix.lower() != ".csv":
        files = {place / f"{stem}.csv": table for stem, table in tables.items()}
    elif len(tables) == 1:
        files = {place: next(iter(tables.values()))}
    else:
        check_one_of(place.stem, list(tables), "name of a table (or give a folder, for all of them)")
        files = {place: tables[place.stem]}
    there = [str(file) for file in files if file.exists() or file.is_symlink()]
    if there and not overwrite:
        raise ModelError(f"path: {', '.join(there)}: there already; allowed: another place, or overwrite=True")
    for file, table in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(file, index=False, lineterminator="\n", encoding="utf-8")
    return list(files)


def save(thing: object, folder: str | Path, /, *, figures: str, overwrite: bool) -> Path:
    """What the command of this analysis leaves in a folder; ``ModelError`` and ``OSError`` as ``write``."""
    check_one_of(figures, FIGURES, "figures")
    if type(thing) not in FACES:
        raise ModelError(f"{type(thing).__name__} has no folder of its own; to_csv writes its tables")
    face = FACES[type(thing)](thing, figures)
    place = Place(Path(folder), overwrite, _question(face))
    claim(place, face.kind)
    write(face, place.folder, _command(face), place=place)
    return place.folder


def report(thing: object, path: str | Path, /) -> Path:
    """The page of a run, a finished table or what moved a decision, as a new file.

    ``ModelError`` for anything else, and where a file stands.
    """
    place = Path(path)
    if type(thing) not in REPORTS:
        raise ModelError(f"{type(thing).__name__} has no report; allowed: {', '.join(k.__name__ for k in REPORTS)}")
    if place.exists() or place.is_symlink():
        raise ModelError(f"path: {place} is there already; allowed: a file that is not")
    text = REPORTS[type(thing)](thing)
    place.parent.mkdir(parents=True, exist_ok=True)
    page.save(place, text)
    return place


def _page_of_table(table: PsaTable) -> str:
    found = evaluate(table)
    face = finished.face(found, "none")
    return page.page_of_table(found, face.data, face.manifest)


def _question(face: Face) -> Mapping[str, Any]:
    """What the folder answers: another question's answer is never replaced by it."""
    told = face.manifest.items()
    about = {name: value for name, value in told if not isinstance(value, Mapping) or name in ("read", "weights")}
    asked: dict[str, Any] = {"command": f"save {face.kind}", **about}
    if (simulated := face.simulated) is None:
        return asked
    options = asdict(simulated.options) | {"cohort": None}  # whose content is among the inputs
    case = simulated.case
    chosen = {"problem": case.problem.id, "setting": case.setting.name, "asked": list(case.asked or ())}
    found = {**asked, **chosen, **options, "inputs": hashes_of(inputs_of(simulated))}
    return dict(json.loads(json.dumps(found)))  # as it is read back


def _command(face: Face) -> list[str]:
    """The words by which the command line does the same, where it can: results are read back by them."""
    simulated = face.simulated
    words = None if simulated is None else simulated.case.asked
    if face.kind != run.KIND or simulated is None or words is None:
        return []
    return ["run", *words, *option_words(simulated.options, simulated.case.setting)]


def _with_figures(face: Callable[[Any], Face]) -> Callable[[Any, str], Face]:
    """A face whose figures are all or none, for one that has few."""

    def chosen(found: Any, which: str) -> Face:
        made = face(found)
        return made if made.figures is None else replace(made, figures=chosen_figures(which, made.figures))

    return chosen


SWEEPS = (OneWay, TwoWay, Switching, Scenarios, Subgroups, Sobol)
FACES: Mapping[type, Callable[[Any, str], Face]] = {
    Result: run.face,
    PsaTable: lambda found, which: finished.face(evaluate(found), which),
    **dict.fromkeys(SWEEPS, _with_figures(sweep.face)),
    Impact: _with_figures(impact.face),
    Equity: _with_figures(equity.face),
    Calibrated: _with_figures(calibrate.face),
    VirtualTrials: _with_figures(virtual_trials.face),
    Validation: _with_figures(validate.face),
    Structures: _with_figures(structure.face),
    Moved: _with_figures(moved.face),
    Trace: _with_figures(trace.face),
}
REPORTS: Mapping[type, Callable[[Any], str]] = {
    Result: page.page,
    PsaTable: _page_of_table,
    Moved: moved_page.page,
}
TABLES: Mapping[type, Callable[[Any], Tables]] = {
    Result: run.tables,
    PsaTable: lambda found: finished.tables(Evaluation(found, None, None, None, None)),
    **dict.fromkeys(SWEEPS, lambda found: {found.kind: found.table()}),
    Impact: impact.tables,
    Equity: lambda found: {"groups": found.groups, "weighted": found.weighted},
    Learning: lambda found: {"evppi": found.parameters} | ({} if found.samples is None else {"evsi": found.samples}),
    Calibrated: calibrate.tables,
    VirtualTrials: lambda found: {"figures": found.table()},
    Validation: lambda found: {"validation": found.table()},
    Verification: lambda found: {"checks": found.table()},
    Structures: structure.tables,
    Comparison: lambda found: {"numbers": found.table()},
    Moved: moved.tables,
    Trace: lambda found: {"trace": found.table()},
}
