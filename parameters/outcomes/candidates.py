"""Published figures that were looked at as targets of validation and are none, each with the reason."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

CANDIDATES = Path(__file__).resolve().parent / "candidates.toml"


@dataclass(frozen=True)
class Candidate:
    """A published figure that is no target, and why; `instead` are the targets, results and records that tell of it."""

    id: str
    problem: str
    figure: str
    reason: str
    instead: tuple[str, ...]


@functools.cache
def candidates() -> tuple[Candidate, ...]:
    """All of them, in the order of their file."""
    tables = tomllib.loads(CANDIDATES.read_text(encoding="utf-8"))
    return tuple(Candidate(name, **{**table, "instead": tuple(table["instead"])}) for name, table in tables.items())
