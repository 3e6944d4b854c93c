"""Hostile shards of batches: what is merged is what the shards hold, and these stay as they are."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import random
import shutil
from pathlib import Path
from typing import Any
from unittest import mock

from scripts.verify.hostile_kinds import Escaped
from scripts.verify.hostile_values import WORDS, as_json, changed_json, damaged, value

TEXT = """
[defaults]
problem = "recovery_college"
draws = 16
people = 4
[analyses.a]
[analyses.b]
seed = 2
[analyses.bad]
setting = "mars"
"""
NAMES: list[Any] = ["a", "b", "../2/b", "/tmp/x", "..", "batch", "A", "\x1b[2J", "\x00", "x" * 300, "", None, 5]


def sound_shards(place: Path) -> Path:
    """The two shards of a small batch, of which one analysis is refused."""
    from simulate.present import cli

    if not place.is_dir():
        place.mkdir()
        (place / "analyses.toml").write_text(TEXT, encoding="utf-8")
        for mine in (1, 2):
            words = ["batch", str(place / "analyses.toml"), "--shard", f"{mine}/2", "--out", str(place / str(mine))]
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
                mock.patch("sys.argv", ["recovery-cea", *words]),
            ):
                cli._code()
            assert (place / str(mine) / "batch" / "shard.json").is_file()
    return place


def make_batch_shards(rng: random.Random, folder: Path) -> Path:
    """Two shards, of which one says or holds something else; most have the right hashes all the same."""
    place = folder / "shards"
    shutil.copytree(sound_shards(folder.parent / "sound-batch"), place)
    mine = place / rng.choice("12")
    answer = next(p for p in sorted(mine.iterdir()) if p.name != "batch")
    told, table = mine / "batch" / "shard.json", mine / "batch"
    pick = rng.randrange(10)
    if pick < 5:
        found = json.loads(told.read_text(encoding="utf-8"))
        told.write_text(as_json(_lying(rng, found) if pick < 3 else changed_json(rng, found)), encoding="utf-8")
        if rng.random() < 0.7:  # and the other says the same
            other = place / ("2" if mine.name == "1" else "1") / "batch" / "shard.json"
            theirs = json.loads(other.read_text(encoding="utf-8"))
            with contextlib.suppress(ValueError, TypeError):
                same = {**json.loads(told.read_text(encoding="utf-8")), "shard": theirs["shard"]}
                other.write_text(as_json(same), encoding="utf-8")
    elif pick == 5:
        (table / "analyses.toml").write_bytes(damaged(rng, TEXT.encode()))
    elif pick == 6:
        _replaced(rng, rng.choice([answer, *answer.rglob("*"), *table.iterdir()]), place)
    else:
        _changed(rng, answer / rng.choice(["manifest.json", "manifest.json", "summary.json", "psa.csv", "ceac.csv"]))
    for changed in (table, answer, place / "1" / "batch", place / "2" / "batch") if rng.random() < 0.8 else ():
        _seal(changed)
    return place


def _lying(rng: random.Random, found: dict[str, Any]) -> dict[str, Any]:
    """What a shard says of itself, with something else for one thing."""
    rows = found["analyses"]
    k = rng.randrange(len(rows))
    ours: dict[str, Any] = rows[k]
    change: list[dict[str, Any]] = [
        {"analyses": [*rows[:k], {**ours, rng.choice(["name", "shard", "inputs"]): rng.choice(NAMES)}, *rows[k + 1 :]]},
        {"analyses": [*rows[:k], {**ours, "question": {**ours["question"], "seed": value(rng)}}, *rows[k + 1 :]]},
        {"analyses": rng.choice([rows[1:], [*rows, *rows], [*rows, {**ours, "name": rng.choice(NAMES)}], {}, [[]]])},
        {"of": rng.choice([10**12, 0, -1, True, 2.0, 999_999, 1]), "shard": rng.choice([1, 2, 999_999, True])},
        {"file": rng.choice(["../../x.toml", "/etc/passwd", "\x1b[2J.toml", "x" * 5000, "", ".", "\x00", 5])},
        {"failed": rng.choice([{"a": "\x1b[2J"}, {"a": 5}, [], ["a"], {"x": "y"}, "a"])},
        {"refused": rng.choice([{"a": ["x"]}, {}, {"bad": "x"}, {"bad": [5]}, {"bad": ["\x1b[2J\n" * 100]}, []])},
        {rng.choice([*found, *map(str, WORDS)]): value(rng)},
    ]
    return {**found, **rng.choice(change)}


def _replaced(rng: random.Random, path: Path, place: Path) -> None:
    """In the place of a file or folder of a shard: nothing, a link, a pipe, a folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
    pick = rng.randrange(5)
    if pick == 1:
        path.symlink_to(rng.choice([place / "1", place / "analyses.toml", Path("/dev/zero"), path]))
    elif pick == 2:
        os.mkfifo(path)
    elif pick == 3:
        path.mkdir()
    elif pick == 4:
        path.write_bytes(b"x")


def _changed(rng: random.Random, path: Path) -> None:
    if path.suffix != ".json" or rng.random() < 0.2:
        path.write_bytes(damaged(rng, path.read_bytes()))
        return
    found = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(as_json(changed_json(rng, found)), encoding="utf-8")


def _seal(folder: Path) -> None:
    """Hashes and a seal as if nothing had been changed."""
    from simulate.present.folder.manifest import sealed

    if not (folder / "manifest.json").is_file():
        return
    with contextlib.suppress(ValueError, OSError):
        told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if isinstance(told, dict) and not folder.is_symlink():
            whole = sealed({n: v for n, v in told.items() if n not in ("seal", "files")}, folder)
            (folder / "manifest.json").write_text(as_json(whole), encoding="utf-8")


def _held(folder: Path) -> dict[str, str]:
    """Hashes of the files in a folder, links as what they say."""
    return {
        p.relative_to(folder).as_posix(): os.readlink(p)
        if p.is_symlink()
        else hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_symlink() or p.is_file()
    }


def read_batch_shards(place: Path, folder: Path) -> None:
    """Merged as the command line merges them."""
    from simulate.present import cli

    before, merged = _held(place), folder / "merged"
    words = ["merge", str(place / "1"), str(place / "2"), "--out", str(merged)]
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch("sys.argv", ["recovery-cea", *words]),
    ):
        code = cli._code()
    told = out.getvalue() + err.getvalue()
    if code not in (0, 1, 2, 4) or "Traceback" in told or "\x1b" in told or len(told) > 30_000:
        raise Escaped(f"exit code {code}: {told[-500:]}")
    if _held(place) != before:
        raise Escaped("a shard was changed")
    if code in (0, 1):
        held = {f"{k}/{name}": text for k in "12" for name, text in _held(place / k).items()}
        for name, text in _held(merged).items():
            if not name.startswith("batch/") and text not in (held.get(f"{k}/{name}") for k in "12"):
                raise Escaped(f"{name} is what no shard holds")
        shutil.rmtree(merged)
    if merged.exists() or list(folder.glob(".*.writing")):
        raise Escaped(f"exit code {code}, and something was left")
