"""A small finding to be written, and what a folder holds: for tests of what becomes of people's files."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from simulate.present.terms.face import Face


def face(n: int, kind: str = "run") -> Face:
    """A small finding; another `n`, other files."""
    rows = {"rows": pd.DataFrame({"x": [n]}), **({"more": pd.DataFrame({"y": [n]})} if n % 2 else {})}
    drawn = {"note.txt": lambda path: path.write_text(f"note {n}")}
    return Face(kind=kind, data={"answer": n}, lines=lambda: [str(n)], tables=rows, others=drawn)


def contents(folder: Path) -> dict[str, bytes | str]:
    """Every file and link by its path, and empty folders."""
    found: dict[str, bytes | str] = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"-> {os.readlink(path)}"
        elif path.is_file():
            found[name] = path.read_bytes()
        elif not any(path.iterdir()):
            found[name] = "empty"
    return found
