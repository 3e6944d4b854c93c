"""The table of what proves each check: ``python -m tests.verification.table`` writes it from faults and models."""

from __future__ import annotations

import tomllib
from pathlib import Path

from simulate.analyse.credibility.verification.verification import THEMES
from tests.verification.faults import FAULTS

HERE = Path(__file__).resolve().parent
PAGE = HERE / "README.md"

HEAD = """# What proves the checks of `recovery-cea verify`

Written by `python -m tests.verification.table`; a test holds it to what is planted.

## Faults planted in the program, each caught by its check

| check | what must hold | planted |
|---|---|---|
"""
MIDDLE = """
## Models that `init` wrote, with a slip that `check` does not see

| slip | check | said | as |
|---|---|---|---|
"""


def page() -> str:
    """The page as it should stand."""
    rules = {check.name: check.rule for checks in THEMES.values() for check in checks}
    broken = tomllib.loads((HERE / "broken.toml").read_text(encoding="utf-8"))
    faults = "".join(f"| `{f.check}` | {rules[f.check]} | {f.words} |\n" for f in FAULTS)
    slips = "".join(f"| {s['slip']} | `{s['check']}` | {s['line']} | {s['status']} |\n" for s in broken.values())
    return f"{HEAD}{faults}{MIDDLE}{slips}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
