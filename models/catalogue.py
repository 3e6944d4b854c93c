"""Every decision problem in ``models/interventions``, found by file name: nothing to register."""

from __future__ import annotations

import importlib
from difflib import get_close_matches
from pathlib import Path

from models.contract import DecisionProblem, ModelError


def problem_ids() -> tuple[str, ...]:
    """Ids of all decision problems, in alphabetical order."""
    folder = Path(__file__).parent / "interventions"
    return tuple(sorted(p.stem for p in folder.glob("*.py") if not p.stem.startswith("_")))


def problem(problem_id: str) -> DecisionProblem:
    """The decision problem of that id; ``ModelError`` with the nearest spelling when there is none."""
    ids = problem_ids()
    if problem_id not in ids:
        close = get_close_matches(problem_id, ids, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ModelError(f"{problem_id!r} is no decision problem; allowed: {', '.join(ids)}{hint}")
    found = importlib.import_module(f"models.interventions.{problem_id}").PROBLEM
    assert isinstance(found, DecisionProblem)
    if found.id != problem_id:
        raise ModelError(f"models/interventions/{problem_id}.py declares id {found.id!r}; it must be the file's name")
    return found
