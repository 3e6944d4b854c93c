"""Sensitivity analysis: the same people in every cell, so that differences are signal.

>>> from simulate import load, sweep
>>> sweep.one_way(load("joint_crisis_plan"), threshold=500).tornado()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulate.analyse.sweep.by_subgroup import Subgroups, subgroups
    from simulate.analyse.sweep.cells import simulate_cells
    from simulate.analyse.sweep.decision_switch import Switching, threshold_value
    from simulate.analyse.sweep.global_sensitivity import Sobol, sobol
    from simulate.analyse.sweep.one_and_two_way import OneWay, TwoWay, one_way, two_way
    from simulate.analyse.sweep.scenario_file import Scenarios, scenarios

    Sweep = OneWay | TwoWay | Switching | Scenarios | Subgroups | Sobol

_HOMES = {
    "simulate_cells": "cells",
    "Sobol": "global_sensitivity",
    "sobol": "global_sensitivity",
    "Subgroups": "by_subgroup",
    "subgroups": "by_subgroup",
    "Scenarios": "scenario_file",
    "scenarios": "scenario_file",
    "Switching": "decision_switch",
    "threshold_value": "decision_switch",
    "OneWay": "one_and_two_way",
    "TwoWay": "one_and_two_way",
    "one_way": "one_and_two_way",
    "two_way": "one_and_two_way",
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
        raise AttributeError(f"module 'simulate.analyse.sweep' has no attribute {name!r}")
    return getattr(import_module(f"simulate.analyse.sweep.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """What is public, for who completes a name."""
    return sorted(__all__)
