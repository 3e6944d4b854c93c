"""Figures of every analysis are tidy: those of a run are held over the catalogue elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulate.present.figures import gallery, style
from tests.unit.test_figures_tidy import untidy

pytestmark = pytest.mark.usefixtures("solved_once")

SMALL = ("--draws", 32, "--people", 50)
ASKED: dict[str, tuple[Any, ...]] = {
    "impact": ("impact", "safewards", *SMALL, "--population", 1000, "--uptake", "0.2,0.8"),
    "trace": ("trace", "safewards", "--people", 8),
    "tornado": ("sweep", "safewards", "--one-way", "--people", 100),
    "two_way": ("sweep", "safewards", "--two-way", "c_safewards_ward", "c_bed_day", "--people", 100, "--points", 3),
    "threshold": ("sweep", "safewards", "--switch", "c_safewards_ward", "--people", 100),
    "validate": ("validate", "personal_health_budgets", "--draws", 64),
    "evaluate": ("evaluate", "scripts/examples/psa_german.csv", "--figures", "all"),
}
DEARER: dict[str, tuple[Any, ...]] = {
    "equity": (
        *("equity", "joint_crisis_plan", *SMALL, "--setting", "ethnicity", "--subgroup", "ethnicity"),
        *("--baseline", "base.csv"),
    ),
    "sobol": ("sweep", "safewards", "--sobol", "--people", 50, "--points", 16),
    "virtual_trials": ("virtual-trials", "joint_crisis_plan", "--setting", "henderson_2004", "--trials", 20),
    "scenarios": ("sweep", "joint_crisis_plan", "--scenarios", "parameters/scenarios/joint_crisis_plan.toml", *SMALL),
    "subgroups": (
        *("sweep", "joint_crisis_plan", "--setting", "ethnicity", "--subgroups", "ethnicity", *SMALL),
        "--no-store",
    ),
    "claims": ("claims", "C6-7", "C10-24", "--figure", "drawn"),
}


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch, checkout: Path, tmp_path: Path) -> dict[str, list[str]]:
    """What is untidy in whatever is drawn from here on, by the figure's stem; nothing is written."""
    found: dict[str, list[str]] = {}

    def look(drawing: style.Drawing, folder: Path) -> list[Path]:
        found[drawing.stem] = list(untidy(drawing.figure))
        return []

    monkeypatch.setattr(gallery, "write", look)
    for name in ("scripts", "parameters"):
        (tmp_path / name).symlink_to(checkout / name)
    (tmp_path / "base.csv").write_text("level,share,health\nblack,0.1,60\nwhite,0.9,68\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return found


def check(words: tuple[Any, ...], command: Callable[..., Any], looked_at: dict[str, list[str]]) -> None:
    finished = command(*words)
    assert finished.code == 0, finished.err
    assert {stem: faults for stem, faults in looked_at.items() if faults} == {} and looked_at


@pytest.mark.parametrize("what", ASKED)
def test_figures_of_an_analysis_are_tidy(
    what: str, command: Callable[..., Any], looked_at: dict[str, list[str]]
) -> None:
    check(ASKED[what], command, looked_at)


@pytest.mark.slow
@pytest.mark.parametrize("what", DEARER)
def test_figures_of_a_dearer_analysis_are_tidy(
    what: str, command: Callable[..., Any], looked_at: dict[str, list[str]], hasty_calibration: None
) -> None:
    check(DEARER[what], command, looked_at)


def test_figures_of_the_value_of_learning_are_tidy(
    command: Callable[..., Any], looked_at: dict[str, list[str]], tmp_path: Path
) -> None:
    folder = tmp_path / "base"
    check(("run", "safewards", *SMALL, "--no-variants", "--out", folder), command, looked_at)
    asked = ("voi", folder, "--trial", "costs", "--sizes", "50,200", "--figures", "all")
    check(
        (*asked, "--fixed-cost", 1e5, "--cost-per-person", 500, "--population-per-year", 1e4, "--years", 10),
        command,
        looked_at,
    )
    assert {"evppi", "evsi", "plane"} <= set(looked_at)


def test_figures_of_the_model_that_init_writes_are_tidy(
    command: Callable[..., Any], looked_at: dict[str, list[str]], tmp_path: Path
) -> None:
    command("init", tmp_path / "mine")
    check(("run", tmp_path / "mine" / "mine.py", *SMALL, "--no-variants", "--figures", "all"), command, looked_at)
    assert {"frontier", "expected_loss", "occupancy"} <= set(looked_at)
