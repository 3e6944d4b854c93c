"""Batches at length: two hundred analyses as each by itself, and one that is killed and goes on."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simulate.analyse.batch.file import read
from simulate.engine import driver

ROOT = Path(__file__).resolve().parent.parent.parent

MANY = """
[defaults]
draws = 16
people = 10

[[grid]]
name = "college"
problem = "recovery_college"
[grid.over]
perspective = ["nhs_pss", "public_sector"]
set.c_recovery_college = [300, 400.5, 500, 600]
seed = [1, 2, 3, 4, 5]

[[grid]]
name = "force"
problem = "no_force_first"
[grid.over]
setting = ["trust_wide", "pilot_wards"]
perspective = ["provider", "societal"]
effect = ["restraints", "seclusions"]
seed = [1, 2, 3, 4, 5]

[[grid]]
name = "safewards"
problem = "safewards"
[grid.over]
fixed = [true, false]
perspective = ["provider", "nhs_pss", "societal"]
seed = [1, 2, 3, 4, 5, 6]

[[grid]]
name = "violence"
problem = "violence_reduction_collaborative"
rng = "philox"
[grid.over]
setting = ["east_london", "taylor_watt_2017"]
draws = [8, 16, 24]
by_year = [true, false]
seed = [1, 2, 3]

[[grid]]
name = "six"
problem = "six_core_strategies"
[grid.over]
method = ["sobol", "random"]
variants = [true, false]
effect = ["restraints", "violent_incidents", "seclusions"]
seed = [1, 2, 3]

[[grid]]
name = "jcp"
problem = "joint_crisis_plan"
variants = false
[grid.over]
perspective = ["nhs_pss", "societal"]
effect = ["qaly", "detention_pp"]
set.c_bed_day = [400, 450, 500]
"""


def file_of(folder: Path, text: str) -> Path:
    path = folder / "analyses.toml"
    path.write_text(text, encoding="utf-8")
    return path


def digests(folder: Path) -> dict[str, str]:
    """Of every file but the manifest, which names the command and the time."""
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != "manifest.json"
    }


@pytest.mark.slow
def test_two_hundred_over_six_problems_are_those_run_one_by_one(
    tmp_path: Path, command: Callable[..., Any], hasty_calibration: None
) -> None:
    path, out = file_of(tmp_path, MANY), tmp_path / "out"
    analyses = read(path).analyses
    assert len(analyses) == 200 and len({a.problem for a in analyses}) == 6
    before = driver.kernel_runs
    assert command("batch", path, "--out", out).code == 0
    together, differing = driver.kernel_runs - before, []
    for analysis in analyses:
        alone = tmp_path / "alone" / analysis.name
        assert command(*analysis.command(), "--out", alone).code == 0
        mine, theirs = digests(out / analysis.name), digests(alone)
        differing += [f"{analysis.name}/{n}" for n in {*mine, *theirs} if mine.get(n) != theirs.get(n)]
    assert differing == []
    assert together < 0.5 * (driver.kernel_runs - before - together)  # what is shared was simulated once


FEW = """
[defaults]
draws = 16
people = 10
[[grid]]
name = "safewards"
problem = "safewards"
[grid.over]
perspective = ["provider", "societal"]
seed = [1, 2, 3]
[[grid]]
name = "jcp"
problem = "joint_crisis_plan"
[grid.over]
effect = ["qaly", "detention_pp"]
set.c_bed_day = [400, 450]
seed = [1, 2]
[[grid]]
name = "six"
problem = "six_core_strategies"
[grid.over]
method = ["sobol", "random"]
[analyses.college]
problem = "recovery_college"
figures = "main"
"""


@pytest.mark.slow
@pytest.mark.parametrize("of", [1, 3, 7])
def test_shards_merged_are_the_batch(
    of: int, tmp_path: Path, command: Callable[..., Any], hasty_calibration: None
) -> None:
    """Each shard with a store of its own, as machines without a shared disk have it."""
    path = file_of(tmp_path, FEW)
    assert command("batch", path, "--out", tmp_path / "whole", "--no-store").code == 0
    shards = [tmp_path / f"{k}-of-{of}" for k in range(1, of + 1)]
    for k, shard in enumerate(shards, 1):
        words = ("--shard", f"{k}/{of}", "--store", tmp_path / f"store-{k}", "--out", shard)
        assert command("batch", path, *words).code == 0
    assert command("merge", *reversed(shards), "--out", tmp_path / "merged").code == 0
    mine, theirs = digests(tmp_path / "merged"), digests(tmp_path / "whole")
    assert mine.keys() == theirs.keys() and len(read(path).analyses) == 17
    assert {n for n in mine if mine[n] != theirs[n]} <= {"batch/batch.csv", "batch/summary.json"}
    one, other = (pd.read_csv(tmp_path / n / "batch" / "batch.csv") for n in ("merged", "whole"))
    pd.testing.assert_frame_equal(one.drop(columns=["seconds"]), other.drop(columns=["seconds"]), check_exact=True)


@pytest.mark.slow
def test_a_batch_that_is_killed_goes_on(tmp_path: Path) -> None:
    """By force, at several moments; nothing that was finished is made again, and nothing is left behind.

    Each time in a process of its own, which settles whose arithmetic linear algebra uses.
    """
    text = "[[grid]]\nname='x'\nproblem='recovery_college'\ndraws=64\npeople=20\nover.seed=[1,2,3,4,5,6,7,8,9,10,11,12]"
    path, out = file_of(tmp_path, text), tmp_path / "out"
    words = ["-m", "simulate.present.cli", "batch", str(path), "--out", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
    finished: dict[str, int] = {}
    for wanted in (1, 4, 9):
        process = subprocess.Popen([sys.executable, *words], env=environment, stderr=subprocess.DEVNULL)
        while len(list(out.glob("x-*/manifest.json"))) < wanted and process.poll() is None:
            time.sleep(0.01)
        process.kill()
        process.wait()
        now = {p.parent.name: p.stat().st_mtime_ns for p in out.glob("x-*/manifest.json")}
        assert {n: now[n] for n in finished} == finished
        finished = now
    assert 0 < len(finished) < 12
    done = subprocess.run([sys.executable, *words, "--json"], env=environment, capture_output=True, check=True)
    told = {a["name"]: a["status"] for a in json.loads(done.stdout)["analyses"]}
    assert {n for n, status in told.items() if status == "kept"} == set(finished)
    assert len(list(out.iterdir())) == 13 and not list(tmp_path.glob(".*"))
    subprocess.run([sys.executable, *words[:-1], str(tmp_path / "whole")], env=environment, check=True)
    for name in told:
        assert digests(out / name) == digests(tmp_path / "whole" / name)
