"""The machine: ``load`` a decision problem, ``run`` it, and ask the result; ``trace`` shows single histories.

>>> from simulate import load, run
>>> result = run(load("joint_crisis_plan"), draws=1024, people=1000, seed=1)
>>> result.incremental()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulate.case import Case, load
    from simulate.nested import evppi_nested
    from simulate.result import Result
    from simulate.running import run
    from simulate.stored import read_result
    from simulate.tracing import trace
    from simulate.virtual import virtual_trials

__all__ = ["Case", "Result", "evppi_nested", "load", "read_result", "run", "trace", "virtual_trials"]

_HOMES = {
    "Case": "simulate.case",
    "load": "simulate.case",
    "Result": "simulate.result",
    "evppi_nested": "simulate.nested",
    "read_result": "simulate.stored",
    "run": "simulate.running",
    "trace": "simulate.tracing",
    "virtual_trials": "simulate.virtual",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that the command line answers at once (no module may share a name with what it holds)."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'simulate' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
