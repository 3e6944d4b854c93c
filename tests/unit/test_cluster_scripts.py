"""The array jobs of ``scripts/cluster``, each run as its scheduler would: one task after another, then merged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts" / "cluster"
ASKED = ("recovery_college", "--draws", "8", "--people", "5", "--figures", "none")
SCHEDULERS = {
    "slurm.sh": ("SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_ID", "SLURM_CPUS_PER_TASK"),
    "sge.sh": ("SGE_TASK_LAST", "SGE_TASK_ID", "NSLOTS"),
}


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A search path on which the command is this checkout's."""
    command = tmp_path / "bin" / "recovery-cea"
    command.parent.mkdir()
    words = "import sys; sys.argv[0] = 'recovery-cea'; from simulate.present.cli import main; main()"
    command.write_text(f'#!/bin/bash\nexec "{sys.executable}" -P -c "{words}" "$@"\n')
    command.chmod(0o755)
    return f"{command.parent}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="array jobs are scripts of a shell")
@pytest.mark.parametrize("script", sorted(SCHEDULERS))
def test_an_array_makes_shards_that_merge(script: str, path: str, tmp_path: Path) -> None:
    last, mine, cores = SCHEDULERS[script]
    surroundings = {**os.environ, "PATH": path, "PYTHONPATH": str(SCRIPTS.parents[1]), last: "2", cores: "1"}
    for task in ("1", "2"):
        words = [str(SCRIPTS / script), str(tmp_path / "runs"), *ASKED]
        subprocess.run(words, env={**surroundings, mine: task}, check=True, capture_output=True, cwd=tmp_path)
    shards = [str(tmp_path / "runs" / f"shard-{task}") for task in (1, 2)]
    merge = ["recovery-cea", "merge", *shards, "--figures", "none", "--out", str(tmp_path / "merged")]
    subprocess.run(merge, env=surroundings, check=True, capture_output=True, cwd=tmp_path)
    plain = ["recovery-cea", "run", *ASKED, "--no-store", "--out", str(tmp_path / "plain")]
    subprocess.run(plain, env=surroundings, check=True, capture_output=True, cwd=tmp_path)
    for name in ("psa.csv", "statistics.npz", "summary.json"):
        assert (tmp_path / "merged" / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="array jobs are scripts of a shell")
@pytest.mark.parametrize("script", sorted(SCHEDULERS))
def test_an_array_makes_shards_of_a_batch_that_merge(script: str, path: str, tmp_path: Path) -> None:
    last, mine, cores = SCHEDULERS[script]
    surroundings = {**os.environ, "PATH": path, "PYTHONPATH": str(SCRIPTS.parents[1]), last: "2", cores: "1"}
    text = "[[grid]]\nname = 'x'\nproblem = 'recovery_college'\ndraws = 8\npeople = 5\nover.seed = [1, 2, 3]\n"
    (tmp_path / "analyses.toml").write_text(text, encoding="utf-8")
    for task in ("1", "2"):
        words = [str(SCRIPTS / script), str(tmp_path / "runs"), "analyses.toml"]
        told = {**surroundings, mine: task, "COMMAND": "batch"}
        subprocess.run(words, env=told, check=True, capture_output=True, cwd=tmp_path)
    shards = [str(tmp_path / "runs" / f"shard-{task}") for task in (1, 2)]
    merge = ["recovery-cea", "merge", *shards, "--out", "merged"]
    subprocess.run(merge, env=surroundings, check=True, capture_output=True, cwd=tmp_path)
    made = sorted(p.name for p in (tmp_path / "merged").iterdir())
    assert made == ["batch", "x-seed=1", "x-seed=2", "x-seed=3"]


@pytest.mark.skipif(os.name == "nt", reason="array jobs are scripts of a shell")
@pytest.mark.parametrize("script", sorted(SCHEDULERS))
def test_outside_an_array_it_says_so(script: str, tmp_path: Path) -> None:
    surroundings = {n: v for n, v in os.environ.items() if n not in SCHEDULERS[script]}
    done = subprocess.run(
        [str(SCRIPTS / script), str(tmp_path), *ASKED], env=surroundings, capture_output=True, text=True
    )
    assert done.returncode != 0 and "submit it as an array" in done.stderr
