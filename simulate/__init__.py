"""The machine: ``load`` a decision problem, ``run`` it, and ask the result; ``trace`` shows single histories.

>>> from simulate import load, run
>>> result = run("joint_crisis_plan", draws=1024, people=1000, seed=1)
>>> result.incremental()
>>> result.plot.ceac()
"""

from __future__ import annotations

from simulate.process.interrupts import PROGRAM, leave_at_once

if PROGRAM:  # before anything else is imported
    leave_at_once()

from typing import TYPE_CHECKING, Any

from simulate.process.shown import show_by

if TYPE_CHECKING:
    from simulate.analyse import sweep
    from simulate.analyse.comparison.moved import moved
    from simulate.analyse.comparison.verdict import compare
    from simulate.analyse.credibility.calibration import calibrate
    from simulate.analyse.credibility.structure import structure
    from simulate.analyse.credibility.validate import validate
    from simulate.analyse.credibility.verification.verification import verify
    from simulate.analyse.credibility.virtual_trials import virtual_trials
    from simulate.analyse.nested import evppi_nested
    from simulate.ask.case import Case, load
    from simulate.process.shown import Presenter
    from simulate.result.finished.psa_table import PsaTable, Terms
    from simulate.result.finished.reading import read_psa
    from simulate.result.result import Result
    from simulate.result.stored import read_result
    from simulate.running.running import run
    from simulate.running.tracing import trace

__all__ = ["Case", "PsaTable", "Result", "Terms", "calibrate", "compare", "evppi_nested", "load", "moved", "read_psa"]
__all__ += ["read_result", "run", "structure", "sweep", "trace", "validate", "verify", "virtual_trials"]

_HOMES = {
    "Case": "simulate.ask.case",
    "PsaTable": "simulate.result.finished.psa_table",
    "Terms": "simulate.result.finished.psa_table",
    "read_psa": "simulate.result.finished.reading",
    "calibrate": "simulate.analyse.credibility.calibration",
    "compare": "simulate.analyse.comparison.verdict",
    "moved": "simulate.analyse.comparison.moved",
    "structure": "simulate.analyse.credibility.structure",
    "validate": "simulate.analyse.credibility.validate",
    "verify": "simulate.analyse.credibility.verification.verification",
    "load": "simulate.ask.case",
    "Result": "simulate.result.result",
    "evppi_nested": "simulate.analyse.nested",
    "read_result": "simulate.result.stored",
    "run": "simulate.running.running",
    "trace": "simulate.running.tracing",
    "virtual_trials": "simulate.analyse.credibility.virtual_trials",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that the command line answers at once (no module may share a name with what it holds)."""
    from importlib import import_module

    if name == "sweep":
        return import_module("simulate.analyse.sweep")
    if name not in _HOMES:
        raise AttributeError(f"module 'simulate' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """What is public, for who completes a name."""
    return sorted(__all__)


def _presenter() -> Presenter:
    from simulate.present.notebook import presenter

    return presenter


show_by(_presenter)
