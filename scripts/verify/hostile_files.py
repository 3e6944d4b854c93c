"""More kinds of hostile input: tables of groups, published results, records in scripts, labels, and odd files."""

from __future__ import annotations

import contextlib
import io
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from scripts.verify.hostile_kinds import (
    CELLS,
    NAMES,
    Escaped,
    as_toml,
    read_cohort_file,
    read_command,
    read_folder,
    read_parameters,
    read_scenarios,
    record,
    sound_folder,
    written,
)
from scripts.verify.hostile_values import WORDS, damaged, value

# --- health of groups, published results, records of a script ------------------------------------------


def make_groups(rng: random.Random, folder: Path) -> Path:
    """A table of groups for `equity`, with cells and columns changed."""
    rows = [["level", "share", "health", "borne"], ["black", "0.1", "60", "1"], ["white", "0.9", "68", "1"]]
    for _ in range(rng.randrange(4)):
        row = rng.choice(rows)
        if row:
            row[rng.randrange(len(row))] = rng.choice([*CELLS, *WORDS, "level", "borne"])
        if rng.random() < 0.2:
            row += rng.sample(CELLS, 2)
    path = folder / "groups.csv"
    content = "\n".join(",".join(row) for row in rows[: rng.choice([0, 1, 3, 3, 3])]).encode("utf-8", "replace")
    path.write_bytes(damaged(rng, content) if rng.random() < 0.25 else content)
    return path


def read_groups(path: Path, folder: Path) -> None:
    """Read; shares and what is borne are then numbers that add up."""
    from simulate.result.priorities.equity import Baseline

    read = Baseline.read(path)
    if abs(sum(s * b for s, b in zip(read.share, read.borne, strict=True)) - 1) > 1e-6:
        raise Escaped(f"what is borne does not add up: {read}")


PUBLISHED: dict[str, Any] = {
    "problem": "recovery_college",
    "settings": ["base"],
    "label": "x",
    "unit": "share",
    "values": {"a": 0.5, "b": {"top": 1, "bottom": 2}},
    "intervals": {"a": [0.1, 0.9]},
    "source": "assumption",
    "status": "derived",
    "note": "x",
    "contrast": "value",
    "people": {"a": 80, "b": 90},
    "counts": {"a": 40, "b": 45},
    "sd": {"b": 2.5},
}
WHOSE: dict[str, dict[str, Any]] = {  # what only one of the two files takes
    "published.toml": {"by_construction": True},
    "targets.toml": {"role": "watched", "months": 12, "miss": "x"},
}


def make_published(rng: random.Random, folder: Path) -> Path:
    """A file of published results, some of the keys changed."""
    name = rng.choice(list(WHOSE))
    found: dict[str, Any] = {**PUBLISHED, **WHOSE[name]}
    for key in rng.sample(list(found), rng.randrange(4)):
        found[key] = value(rng)
    return written(rng, {rng.choice([*NAMES, *WORDS]): found}, folder / name)


def read_published(path: Path, folder: Path) -> None:
    """Checked as `check` does it, and loaded where that finds nothing."""
    from parameters.published import check_published, load_published

    if not check_published(path):
        for record in load_published(path).values():
            for strategy in record.values:
                record.interval(strategy)


def make_script(rng: random.Random, folder: Path) -> dict[str, Any]:
    """Records as a script gives them."""
    return {rng.choice([*NAMES, *WORDS]): record(rng) for _ in range(rng.randrange(3))}


def read_script(records: dict[str, Any], folder: Path) -> None:
    """Taken in and drawn."""
    from parameters import inline, sample

    read = inline(records)
    sample(read, list(read), 16, 1)


# --- labels ----------------------------------------------------------------------------------------------

SOUND: dict[str, Any] = {
    "label": "Cost",
    "unit": "GBP",
    "price_year": "2023/24",
    "distribution": {"fixed": {"value": 450.0}},
    "source": "mine",
    "status": "assumed",
    "note": "x",
}
SOURCE: dict[str, Any] = {
    "authors": "A",
    "year": 2020,
    "title": "T",
    "journal": "J",
    "design": "d",
    "supports": "s",
}


def make_labels(rng: random.Random, folder: Path) -> list[str]:
    """A sound record with hostile words in it, and a command that tells them."""
    words = [w for w in WORDS if w and w != "\ud800"]
    table = {**SOUND, "label": rng.choice(words), "note": rng.choice(words)}
    source = {**SOURCE, **{key: rng.choice(words) for key in ("authors", "title", "journal", "design", "supports")}}
    text = as_toml({"c_recovery_college": table, "sources": {"mine": source}})
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    command = rng.choice([["describe", "recovery_college"], ["describe", "recovery_college"], ["check"]])
    return [*command, *(["mine.toml"] if command == ["check"] else ["--parameters", "mine.toml"])]


def read_labels(words: list[str], folder: Path) -> None:
    """What is told moves no cursor and hides nothing."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        told = _told(words)
    odd = {c for c in told if not c.isprintable() and c not in "\n\t"}
    if odd:
        raise Escaped(f"{words}: told {sorted(map(ascii, odd))}")


def _told(words: list[str]) -> str:
    """What a command prints."""
    from simulate.present import cli

    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch("sys.argv", ["recovery-cea", *words]),
    ):
        code = cli._code()
    if code not in (0, 2, 4) or "Traceback" in err.getvalue():
        raise Escaped(f"exit code {code}: {err.getvalue()[-500:]}")
    return out.getvalue() + err.getvalue()


# --- pipes, devices, links, large files ----------------------------------------------------------------------

PATTERNS = [b"a,b\n", b"[", b"9", b"\n", b'{"a":', b"a.", b"id,weight\n", b"x = 1\n", b",", b'"', b"[a]\n", b"\0", b" "]


def odd(rng: random.Random, path: Path) -> None:
    """Something at a path that is not what a file there should be."""
    pick = rng.randrange(7)
    if pick == 0:
        os.mkfifo(path)
    elif pick == 1:
        path.symlink_to(rng.choice(["/dev/zero", "/dev/full", "/dev/random", "/dev/null", "/proc/self/mem"]))
    elif pick == 2:
        path.mkdir()
    elif pick == 3:
        path.symlink_to(rng.choice([path.name, "nowhere", ".", "/etc/passwd"]))
    elif pick == 4:  # 100 MB without the time to write them
        with path.open("wb") as file:
            file.write(rng.choice(PATTERNS))
            file.truncate(100_000_000)
    else:
        pattern = rng.choice(PATTERNS)
        path.write_bytes(pattern * (rng.choice([2**16, 2**19 - 10, 2**22]) // len(pattern)))


def _in_folder(path: Path, folder: Path) -> None:
    read_folder(path.parent, folder)


def _as_sample(path: Path, folder: Path) -> None:
    table = {**SOUND, "source": "assumption", "distribution": {"sample": {"file": path.name, "column": "a"}}}
    beside = folder / "with_sample.toml"
    beside.write_text(as_toml({"c_recovery_college": table}), encoding="utf-8")
    read_parameters(beside, folder)


def _in_the_way(path: Path, folder: Path) -> None:
    read_command(["run", "recovery_college", "--out", str(path.parent)], folder)


def _by_option(option: str) -> Callable[[Path, Path], None]:
    def read(path: Path, folder: Path) -> None:
        command = "sweep" if option == "--scenarios" else "equity" if option == "--baseline" else "run"
        read_command([command, "recovery_college", option, path.name], folder)

    return read


PLACES: list[tuple[str, Callable[[Path, Path], None]]] = [
    ("mine.toml", read_parameters),
    ("people.csv", read_cohort_file),
    ("scenarios.toml", read_scenarios),
    ("groups.csv", read_groups),
    ("published.toml", read_published),
    ("sample.csv", _as_sample),
    *[("result/" + name, _in_folder) for name in ("manifest.json", "summary.json", "psa.csv", "statistics.npz")],
    ("out/manifest.json", _in_the_way),
    ("out/summary.json", _in_the_way),
    *[("named.toml", _by_option(o)) for o in ("--parameters", "--cohort", "--scenarios", "--baseline", "--out")],
]


def make_file(rng: random.Random, folder: Path) -> tuple[Path, Callable[[Path, Path], None]]:
    """An odd file in one of the places from which files are read."""
    name, read = rng.choice(PLACES)
    path = folder / name
    if read is _in_folder:
        path.parent.mkdir()
        for sound in sound_folder(folder.parent / "sound").iterdir():
            if sound.is_file() and sound.name != path.name:
                (path.parent / sound.name).write_bytes(sound.read_bytes())
    path.parent.mkdir(exist_ok=True)
    odd(rng, path)
    return path, read


def read_file(made: tuple[Path, Callable[[Path, Path], None]], folder: Path) -> None:
    """Read as what it should be."""
    path, read = made
    try:
        read(path, folder)
    finally:
        (folder / "with_sample.toml").unlink(missing_ok=True)
