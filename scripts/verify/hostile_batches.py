"""Hostile batch files: grids without end, names that lead elsewhere, words of other types, tables that are none."""

from __future__ import annotations

import contextlib
import io
import json
import random
import shutil
import sys
from pathlib import Path
from typing import Any
from unittest import mock

from scripts.verify.hostile_kinds import Escaped
from scripts.verify.hostile_values import WORDS, damaged, toml, value

FEW = 2  # analyses of a file that are run to the end

LIKELY: dict[str, list[Any]] = {
    "problem": ["recovery_college", "recovery_college", "debt_advice", "x", "../x", ""],
    "setting": ["england", "regression_25", "x"],
    "set": [{"c_recovery_college": 450.0}, {"c_recovery_college": -1.0}, {"x": 1.0}, {"\x1b[0m": 1}],
    "parameters": [["people.csv"], ["missing.toml"], ["."], ["/dev/zero"], ["../../x"], ["\x00"]],
    "perspective": ["nhs_pss", "societal", "x"],
    "effect": ["reached", "qaly", "x"],
    "draws": [16, 0, 2**62, 10**300, 1.5],
    "people": [10, 1, 0, 2**62],
    "seed": [1, 2**64, -1],
    "fixed": [True, False, 1],
    "method": ["sobol", "random", "x"],
    "rng": ["philox", "x"],
    "cohort": ["people.csv", "/dev/zero", ".", "pipe", "\x00", "a" * 5000],
    "subgroup": ["sex", "x"],
    "by_year": [True],
    "ages": [[18, 35], [35, 18], [1e308, 1e309], []],
    "until_mcse": ["20", "20@500", "@", "nan", "x" * 3000],
    "predictive": [True],
    "implementation": [0.5, 1, 2, 1e-300],
    "exact": [True],
    "variants": [True, False],
    "figures": ["main", "none", "x", "../x"],
    "shard": ["1/2"],
}
SOUND = ("set", "perspective", "draws", "people", "seed", "fixed", "method", "rng", "cohort", "variants", "figures")
NAMES = [
    *("base", "BASE", "batch", "a.b", "a/b", "..", ".", "", "../../x", "/tmp/x", "CON", "nul.txt", "a" * 300, "-x"),
    *("--out", "\x1b[31m", "\u202e", "a b", "é", "ａ", "x.", "$(x)", "%s", "manifest.json", "x\x00y", "~"),
]


def _word(rng: random.Random, key: str) -> Any:
    return value(rng) if rng.random() < 0.25 else rng.choice(LIKELY[key])


def _table(rng: random.Random, most: int = 4, *, sound: bool = False) -> dict[str, Any]:
    """Words of an analysis, most of them likely ones; of a `sound` one, such as can be run."""
    if sound:
        return {key: LIKELY[key][0] for key in rng.sample(SOUND, rng.randrange(most))}
    found = {key: _word(rng, key) for key in rng.sample(list(LIKELY), rng.randrange(most))}
    return {**({"problem": "recovery_college"} if rng.random() < 0.7 else {}), **found}


def _grid(rng: random.Random) -> dict[str, Any]:
    """A grid, which may be of more analyses than there are atoms."""
    keys = rng.sample(list(LIKELY), rng.randrange(4))
    over: dict[str, Any] = {key: [_word(rng, key) for _ in range(rng.randrange(4))] for key in keys}
    if rng.random() < 0.3:
        over |= {"seed": list(range(rng.choice([3, 3, 100, 6_000])))}
    if rng.random() < 0.2:
        over["set"] = {"c_recovery_college": rng.choice([[1, 2.5], [400.0, 400], [value(rng)], value(rng)])}
    if rng.random() < 0.1:
        over |= {key: [True] * 2000 for key in ("fixed", "exact", "by_year", "variants", "predictive")}
    grid = {**_table(rng, 3), "name": rng.choice(NAMES), "over": over if rng.random() < 0.95 else value(rng)}
    return {n: v for n, v in grid.items() if rng.random() < 0.95}


def make_batch(rng: random.Random, folder: Path) -> Path:
    """A file of a few analyses and grids, which may be damaged, and people for it."""
    import simulate.present.figures.gallery  # noqa: F401, which makes folders of its own when it is first imported

    (folder / "people.csv").write_text("id,weight\na,1\nb,1\n", encoding="utf-8")
    sound = rng.random() < 0.4
    usual = {"problem": "recovery_college", "draws": 16, "people": 10}
    lines = ["[defaults]", *_lines({**usual, **({} if sound else _table(rng, 3))})]
    for k in range(rng.randrange(1 if sound else 0, 4)):
        name = f"a{k}" if sound else rng.choice([*NAMES, *WORDS]).encode("utf-8", "replace").decode()
        words = {n: v for n, v in _table(rng, sound=sound).items() if n != "cohort" or not sound or k == 1}
        lines += [f"[analyses.{json.dumps(name)}]", *_lines(words)]
    for _ in range(rng.choice([0, 0, 1, 2])):
        grid = {"name": "g", "over": {"seed": [5, 6]}} if sound else _grid(rng)
        lines += [rng.choice(["[[grid]]", "[[grid]]", "[[grid]]", "[grid]"]), *_lines(grid)]
    if rng.random() < 0.1:
        lines = [f"{rng.choice(['defaults', 'analyses', 'grid', 'x'])} = {toml(value(rng))}", *lines]
    content = "\n".join(lines).encode("utf-8", "replace")
    path = folder / "analyses.toml"
    path.write_bytes(damaged(rng, content) if rng.random() < 0.2 else content)
    return path


def _lines(table: dict[str, Any]) -> list[str]:
    return [f"{json.dumps(key)} = {toml(v)}" for key, v in table.items()]


def read_batch(path: Path, folder: Path) -> None:
    """Run as the command line runs it, few of many to the end; what is written is in the folder named."""
    from models.contract import ModelError
    from parameters import sample
    from simulate.present import cli
    from simulate.present.commands.many.batch import batch_command
    from simulate.present.figures import gallery
    from simulate.running import running

    left = iter(range(FEW))

    def stop(*given: Any, **more: Any) -> Any:
        if next(left, None) is None:
            raise ModelError("not simulated")
        return sample(*given, **more)

    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.object(sys, "argv", ["recovery-cea", "batch"]),
        mock.patch.object(running, "sample", stop),
        mock.patch.object(gallery, "draw_figures", lambda figures, folder: []),
    ):
        try:
            code = cli._guarded(lambda: batch_command(path, out=folder / "out"))
        finally:
            cli._let_go()
    if code not in (0, 1, 2, 4) or "Traceback" in err.getvalue():
        raise Escaped(f"exit code {code}: {err.getvalue()[-500:]}")
    if any(ord(c) < 32 and c != "\n" for c in out.getvalue() + err.getvalue()):
        raise Escaped("what is told moves the cursor")
    if code == 2 and (folder / "out").exists():
        raise Escaped("wrote something for a file that it refused")
    if [p.name for p in folder.glob(".out*")]:
        raise Escaped("left its work folder")
    shutil.rmtree(folder / "out", ignore_errors=True)
