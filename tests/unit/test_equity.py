"""Health and its distribution: equivalents by hand, who bears what, and the command on a problem with two groups."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parameters import InputError
from simulate.evaluate.impact.inequality import equity_weighted, equivalent, less_inequality, net_health
from simulate.result.priorities.equity import Baseline

pytestmark = pytest.mark.usefixtures("solved_once")

HALF = [0.5, 0.5]


@pytest.mark.parametrize(
    ("index", "aversion", "expected"),
    [
        ("atkinson", 0.0, 65.0),
        ("atkinson", 1.0, math.sqrt(60 * 70)),
        ("atkinson", 2.0, 2 / (1 / 60 + 1 / 70)),  # the harmonic mean
        ("kolm", 0.0, 65.0),
        ("kolm", 0.1, -math.log((math.exp(-6) + math.exp(-7)) / 2) / 0.1),
    ],
)
def test_equivalents_by_hand(index: Any, aversion: float, expected: float) -> None:
    assert equivalent([60.0, 70.0], HALF, aversion, index) == pytest.approx(expected)


@pytest.mark.parametrize("index", ["atkinson", "kolm"])
def test_aversion_goes_to_the_worst_off(index: Any) -> None:
    assert equivalent([60.0, 70.0], HALF, 500.0, index) == pytest.approx(60.0, abs=0.1)
    assert equivalent([65.0, 65.0], HALF, 5.0, index) == pytest.approx(65.0)


def test_kolm_is_absolute_and_atkinson_relative() -> None:
    up = equivalent([70.0, 80.0], HALF, 0.1, "kolm") - equivalent([60.0, 70.0], HALF, 0.1, "kolm")
    assert up == pytest.approx(10.0)
    assert equivalent([120.0, 140.0], HALF, 3.0) == pytest.approx(2 * equivalent([60.0, 70.0], HALF, 3.0))


def test_a_gain_of_the_worse_off_is_worth_more_and_is_fairer() -> None:
    worse, better = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    for index in ("atkinson", "kolm"):
        w, b = (equity_weighted(x, [60.0, 70.0], HALF, [0.0, 5.0], index) for x in (worse, better))
        assert w[0] == pytest.approx(b[0]) and w[1, 0] > b[1, 0]
    assert less_inequality(worse, [60.0, 70.0], HALF, 5.0)[0] > 0 > less_inequality(better, [60.0, 70.0], HALF, 5.0)[0]


def test_what_money_displaces_falls_on_everybody() -> None:
    """£10,000 on one half is £5,000 each: 0.25 QALY at £20,000, or all of it on the other half."""
    cost, effect = np.array([[10_000.0, 0.0]]), np.array([[0.5, 0.0]])
    assert net_health(cost, effect, HALF, [1.0, 1.0], 20_000.0) == pytest.approx(np.array([[0.25, -0.25]]))
    assert net_health(cost, effect, HALF, [0.0, 2.0], 20_000.0) == pytest.approx(np.array([[0.5, -0.5]]))
    with pytest.raises(ValueError, match="borne"):
        net_health(cost, effect, HALF, [1.0, 2.0], 20_000.0)


def test_a_baseline_is_read_strictly(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("level,share,health\nblack,0.5,x\nblack,0.4,60\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Baseline.read(bad)
    assert [p.key for p in caught.value.problems] == ["health", "level"]
    bad.write_text("level,health,wealth\na,1,1\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Baseline.read(bad)
    assert [p.key for p in caught.value.problems] == ["share", "wealth"]


@pytest.mark.usefixtures("hasty_calibration")
def test_the_command(command: Any, tmp_path: Path) -> None:
    base = tmp_path / "base.csv"
    base.write_text("level,share,health\nblack,0.1,60\nwhite,0.9,68\n", encoding="utf-8")
    words = ("--setting", "ethnicity", "--subgroup", "ethnicity", "--draws", 16, "--people", 300)
    done = command("equity", "joint_crisis_plan", *words, "--baseline", base, "--out", tmp_path / "out", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert [g["level"] for g in found["groups"]] == ["black", "white"]
    assert (tmp_path / "out" / "figures" / "equity_plane.png").exists()
    base.write_text("level,share,health\nblack,0.1,60\nbrown,0.9,68\n", encoding="utf-8")
    other = command("equity", "joint_crisis_plan", *words, "--baseline", base, "--out", tmp_path / "no")
    assert other.code == 2 and "brown, white" in other.err
