"""Sensitivity analysis: the same people in every cell, so that differences are signal.

>>> from simulate import load, sweep
>>> sweep.one_way(load("joint_crisis_plan"), wtp=500).tornado()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulate.sweep.cells import simulate_cells
    from simulate.sweep.indices import Sobol, sobol
    from simulate.sweep.levels import Subgroups, subgroups
    from simulate.sweep.named import Scenarios, scenarios
    from simulate.sweep.switching import Switching, threshold_value
    from simulate.sweep.ways import OneWay, TwoWay, one_way, two_way

_HOMES = {
    "simulate_cells": "cells",
    "Sobol": "indices",
    "sobol": "indices",
    "Subgroups": "levels",
    "subgroups": "levels",
    "Scenarios": "named",
    "scenarios": "named",
    "Switching": "switching",
    "threshold_value": "switching",
    "OneWay": "ways",
    "TwoWay": "ways",
    "one_way": "ways",
    "two_way": "ways",
}

__all__ = [
    "OneWay",
    "Scenarios",
    "Sobol",
    "Subgroups",
    "Switching",
    "TwoWay",
    "one_way",
    "scenarios",
    "simulate_cells",
    "sobol",
    "subgroups",
    "threshold_value",
    "two_way",
]


def __getattr__(name: str) -> Any:
    """Import on first use."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'simulate.sweep' has no attribute {name!r}")
    return getattr(import_module(f"simulate.sweep.{_HOMES[name]}"), name)
