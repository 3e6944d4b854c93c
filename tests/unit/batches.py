"""A batch that takes a moment: a problem without events, two analyses and a grid of four."""

from __future__ import annotations

from pathlib import Path

from simulate.analyse.batch.file import Batch, read
from simulate.present.terms.face import FIGURES

QUICK = """
[defaults]
problem = "recovery_college"
draws = 32
people = 20

[analyses.base]

[analyses.public]
perspective = "public_sector"
set.c_recovery_college = 400

[[grid]]
name = "grid"
setting = "regression_25"
seed = 3
[grid.over]
set.c_recovery_college = [350.5, 400]
seed = [1, 2]
"""


def file_of(folder: Path, text: str) -> Path:
    path = folder / "analyses.toml"
    path.write_text(text, encoding="utf-8")
    return path


def read_text(folder: Path, text: str) -> Batch:
    return read(file_of(folder, text), FIGURES)
