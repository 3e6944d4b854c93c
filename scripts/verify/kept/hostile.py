"""Hostile stores, and hostile shards of runs: only what verifies is used, and nothing of anybody else is changed."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from scripts.verify.hostile_kinds import Escaped, as_toml, read_command, record
from scripts.verify.hostile_values import WORDS, as_json, changed_json, damaged, value

Build = Callable[[Path], None]  # makes what is hostile in a folder
KEYS = [hashlib.sha256(bytes([i])).hexdigest() for i in range(4)]
WHAT = "numbers"


def arrays(key: str) -> dict[str, Any]:
    """What is kept under a key."""
    return {"x": np.arange(12.0).reshape(3, 4) + int(key[:4], 16), "places": np.arange(3), "good": np.array([True])}


# --- stores -------------------------------------------------------------------------------------------------


def lying(rng: random.Random, key: str) -> bytes:
    """A file that verifies, whose header says anything."""
    from simulate.engine.keeping.sealing import MAGIC

    shapes = [[10**12], [2**62, 2**62], [-1], [0, 10**18], [10**400], [True], [1.0], ["1"], "1", None, [[1]], [1] * 70]
    kinds = ["<f8", "|O", "(1", "<f8,<f8", "{'a'", "<U9", "(1000000000,)f8", ">f8", "V8", "|b1", "m8[ns]", "\\0", 5]
    told: Any = [[rng.choice(["x", 5, ""]), rng.choice(kinds), rng.choice(shapes)] for _ in range(rng.randrange(4))]
    header: Any = {"what": WHAT, "key": key, "arrays": told}
    if rng.random() < 0.4:
        header = changed_json(rng, header)
    if rng.random() < 0.2:
        header = {**header, "what": rng.choice(["\x1b[2J", "\ud800", "x" * 60_000])} if isinstance(header, dict) else 5
    text = as_json(header) if rng.random() < 0.95 else "[" * 50_000
    content = MAGIC + text.encode("utf-8", "surrogatepass") + b"\n" + bytes(rng.randrange(100))
    return content + hashlib.sha256(content).digest()


def _put(rng: random.Random, path: Path, sound: bytes, key: str) -> None:
    """In the place of one file, something else."""
    pick = rng.randrange(9)
    if pick == 0:
        path.mkdir()
    elif pick == 1:
        path.symlink_to(path.parent.parent / rng.choice(["outside", "nowhere", "store", f"store/{path.name}"]))
    elif pick == 2:
        os.mkfifo(path)
    elif pick == 3:
        with path.open("wb") as file:
            file.write(sound)
            file.truncate(rng.choice([2**26 + 1, 2**33, len(sound) + 1, 7]))
    elif pick < 6:
        path.write_bytes(damaged(rng, sound))
    else:
        path.write_bytes(lying(rng, key))


def make_store(rng: random.Random, folder: Path) -> Build:
    """A store with links and pipes under our names, whole files under those of others, and times in the future."""
    seed = rng.random()

    def build(place: Path) -> None:
        """Make it at `place`, the same every time."""
        from simulate.engine.keeping.sealing import sealed

        mine = random.Random(seed)
        place.mkdir()
        whole = {key: sealed(WHAT, key, arrays(key)) for key in KEYS}
        (place.parent / "outside").write_bytes(whole[KEYS[0]])
        os.utime(place.parent / "outside", (1.0, 1.0))
        for key in KEYS:
            path = place / f"{key}.found"
            if mine.random() < 0.5:
                _put(mine, path, whole[key], key)
            else:
                path.write_bytes(whole[key if mine.random() < 0.7 else mine.choice(KEYS)])
            if mine.random() < 0.2 and path.is_file() and not path.is_symlink():
                os.utime(path, (mine.choice([0.0, 4e9, 1e11]),) * 2)
        names = ["letters.txt", f"{KEYS[0]}.7.0123abcd.tmp", f"{KEYS[1]}.found.tmp", f"{'0' * 64}.found"]
        _put(mine, place / mine.choice(names), whole[KEYS[0]], KEYS[0])

    return build


def read_store(build: Build, folder: Path) -> None:
    """Looked through, verified by the command, asked for everything, written to while it is too small, and cleared."""
    from simulate.engine.keeping.store import Store

    place, outside = folder / "store", folder / "outside"
    try:
        build(place)
        for verb in ("list", "verify"):
            _command(["store", verb, "--store", str(place)])
        kept = Store(place, most=random.Random(str(place)).choice([2000, 10**9]))
        for key in KEYS:
            found = kept.kept(WHAT, key, lambda key=key: arrays(key))  # type: ignore[misc]
            if sum(a.nbytes for a in found.values()) > 2**27:
                raise Escaped("what was found is larger than any file")
        fresh = Store(place)
        for key in kept.used & {p.stem for p in place.iterdir() if not p.is_symlink() and p.is_file()}:
            if fresh.find(WHAT, key) is None:
                raise Escaped(f"{key} was made and is not there")
        print(kept.note.encode("utf-8", "replace"), file=io.StringIO())
        _command(["store", "clear", "--store", str(place)])
        if outside.stat().st_mtime != 1.0 or len(outside.read_bytes()) < 100:
            raise Escaped("a file outside was changed")
    finally:
        shutil.rmtree(place)
        outside.unlink()


def _command(words: list[str]) -> None:
    """As the command line runs; what it prints holds nothing that a terminal would obey."""
    from simulate.present import cli

    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch("sys.argv", ["recovery-cea", *words]),
    ):
        code = cli._code()
    told = out.getvalue() + err.getvalue()
    if code not in (0, 1, 2, 4) or "Traceback" in told or "\x1b" in told or len(told) > 20_000:
        raise Escaped(f"exit code {code}: {told[-500:]}")
    told.encode("utf-8")


# --- shards -------------------------------------------------------------------------------------------------


def sound_shards(place: Path) -> Path:
    """The two shards of a small run with a file of parameters."""
    from simulate.present import cli

    if not place.is_dir():
        place.mkdir()
        (place / "mine.toml").write_text(as_toml({"c_recovery_college": SOUND}), encoding="utf-8")
        for mine in (1, 2):
            words = ["run", "recovery_college", "--draws", "16", "--people", "4", "--shard", f"{mine}/2"]
            words += ["--parameters", str(place / "mine.toml"), "--out", str(place / str(mine))]
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
                mock.patch("sys.argv", ["recovery-cea", *words]),
            ):
                assert cli._guarded(lambda words=words: cli.app(args=words, standalone_mode=False)) == 0  # type: ignore[misc]
    return place


SOUND: dict[str, Any] = {
    **{"label": "x", "unit": "GBP", "price_year": "2023/24", "distribution": {"fixed": {"value": 500.0}}},
    **{"source": "assumption", "status": "assumed", "note": "for a test"},
}


def make_shard(rng: random.Random, folder: Path) -> Path:
    """Two shards, of which one says something else; most have the right hashes all the same."""
    from simulate.present.folder.manifest import sealed

    place = folder / "shards"
    shutil.copytree(sound_shards(folder.parent / "sound-shards"), place)
    mine = place / rng.choice("12")
    file = mine / rng.choice(["shard.json", "shard.json", "shard.json", "manifest.json", "given/0/mine.toml"])
    found: Any = json.loads((mine / "shard.json").read_text(encoding="utf-8"))
    if file.suffix == ".toml":
        file.write_text(as_toml({"c_recovery_college": record(rng)}), encoding="utf-8")
    elif rng.random() < 0.1:
        file.write_bytes(damaged(rng, file.read_bytes()))
    elif rng.random() < 0.4 and file.name == "shard.json":
        names = ["/etc/passwd", "../../mine.toml", "given/../shard.json", "given/0", "\x00", "chunks", 5, "shard.json"]
        change: list[dict[str, Any]] = [
            {"given": {**found["given"], rng.choice(["parameters", "cohort"]): rng.choice([rng.choice(names), names])}},
            {"of": rng.choice([10**12, 0, -1, True, 2.0, 999_999]), "shard": rng.choice([1, 2, 999_999])},
            {"question": {**found["question"], rng.choice([*found["question"], *map(str, WORDS)]): value(rng)}},
            {"chunks": [rng.choice(names)] * 3},
        ]
        file.write_text(as_json({**found, **rng.choice(change)}), encoding="utf-8")
    else:
        told = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(as_json(changed_json(rng, told)), encoding="utf-8")
    if file.name == "shard.json" and rng.random() < 0.6:  # and the other says the same
        _say_the_same(file, place / ("2" if mine.name == "1" else "1") / "shard.json")
    for mine in (place / "1", place / "2") if rng.random() < 0.8 else ():
        with contextlib.suppress(ValueError):
            told = json.loads((mine / "manifest.json").read_text(encoding="utf-8"))
            if isinstance(told, dict):
                whole = sealed({n: v for n, v in told.items() if n not in ("seal", "files")}, mine)
                (mine / "manifest.json").write_text(as_json(whole), encoding="utf-8")
    return place


def _say_the_same(one: Path, other: Path) -> None:
    """Have the other shard say what one says, but which it is."""
    with contextlib.suppress(ValueError):
        told, mine = (json.loads(path.read_text(encoding="utf-8", errors="replace")) for path in (one, other))
        if isinstance(told, dict):
            other.write_text(as_json({**told, "shard": mine["shard"]}), encoding="utf-8")


def read_shard(place: Path, folder: Path) -> None:
    """Merged as the command line merges them."""
    read_command(["merge", str(place / "1"), str(place / "2"), "--out", str(folder / "merged")], folder)
