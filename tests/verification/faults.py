"""Faults planted in the program, each with the check that must catch it: the table that proves the checks.

Each is what a slip of a line would do: a sum off by a hundredth, a sign turned, an argument not handed on.
"""

from __future__ import annotations

from tests.verification.faults_of_money import CHANCE, COSTS, DECISION, ENGINE
from tests.verification.faults_of_people import EFFECTS, INPUTS, PEOPLE

FAULTS = (*INPUTS, *PEOPLE, *EFFECTS, *COSTS, *DECISION, *CHANCE, *ENGINE)

__all__ = ["CHANCE", "FAULTS"]
