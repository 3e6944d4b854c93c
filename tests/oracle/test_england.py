"""The English baseline kept as records is what the base case of joint crisis plans solves for."""

from __future__ import annotations

import pytest

from models.service_user import ENGLAND
from simulate import load, run


def test_the_records_are_the_calibration() -> None:
    solved = run(load("joint_crisis_plan"), fixed=True, people=10)
    records = load("individual_placement_and_support").parameters
    for name, record in ENGLAND.items():
        # both are found to a tolerance of 0.002 on the scale solved on; 1% allows for libraries of other machines
        assert records[str(record)].distribution.point == pytest.approx(solved.draws.column(name)[0], rel=0.01)
        assert records[str(record)].status == "calibrated"
