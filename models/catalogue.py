"""Every decision problem in ``models/interventions``, found by file name: nothing to register."""

from __future__ import annotations

import importlib
from pathlib import Path

from models.contract import DecisionProblem, ModelError, Setting, parameter_names
from parameters.mistakes import allowed_names, short
from parameters.published import PUBLISHED, TARGETS, published_figures


def problem_ids() -> tuple[str, ...]:
    """Ids of all decision problems, in alphabetical order."""
    folder = Path(__file__).parent / "interventions"
    return tuple(sorted(p.stem for p in folder.glob("*.py") if not p.stem.startswith("_")))


def problem(problem_id: str) -> DecisionProblem:
    """The decision problem of that id; ``ModelError`` with the nearest spelling when there is none."""
    ids = problem_ids()
    if problem_id not in ids:
        hint = allowed_names(problem_id, ids)
        raise ModelError(f"{short(problem_id)} is no decision problem; {hint} (recovery-cea list)")
    found = importlib.import_module(f"models.interventions.{problem_id}").PROBLEM
    assert isinstance(found, DecisionProblem)
    if found.id != problem_id:
        raise ModelError(f"models/interventions/{problem_id}.py declares id {found.id!r}; it must be the file's name")
    _check_published(found)
    return found


def ownerless_results() -> tuple[str, ...]:
    """Published results and targets that are of no problem there is, a line each, with the file that has them."""
    ids = problem_ids()
    return tuple(
        f"{PUBLISHED if record.role is None else TARGETS}: {name}: problem: {record.problem!r} is no decision problem"
        for name, record in published_figures().items()
        if record.problem not in ids
    )


def _check_published(problem: DecisionProblem) -> None:
    """Every published result is of the setting that shows it, and every one of a setting is shown there.

    And no calibration reads one: what a model is held against cannot be what it was fitted to.
    """
    for one in problem.settings:
        for name in parameter_names(one.targets):
            if name in published_figures():
                raise ModelError(
                    f"{problem.id}: setting {one.name} is solved from {name}, which is a published result and no"
                    " parameter; nothing is fitted to what a model is held against"
                )
    recorded = {
        (name, setting)
        for name, record in published_figures().items()
        if record.problem == problem.id
        for setting in record.settings
    }
    used = {(name, setting.name) for setting in problem.settings for name in _results_of(setting)}
    for name, setting in sorted(used - recorded):
        raise ModelError(
            f"{problem.id}: setting {setting} shows {name}, which parameters has as a published result of another"
        )
    for name, setting in sorted(recorded - used):
        raise ModelError(f"{problem.id}: setting {setting} does not show {name}, as parameters says it does")


def _results_of(setting: Setting) -> tuple[str, ...]:
    trial = setting.trial.published if setting.trial is not None else ()
    return tuple(name for name in [*(x.id for x in setting.shown), *(x.id for x in trial)] if name)
