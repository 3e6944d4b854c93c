"""The kinds of hostile input: how each is made from a sound one, and how it is read."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from scripts.verify.hostile_values import FORMS, NUMBERS, as_json, changed_archive, changed_json, damaged, toml, value


class Escaped(Exception):
    """What no input may bring about: another error, a draw that is none, a file left behind, too long a time."""


@dataclass(frozen=True)
class Kind:
    """A kind of input: how one is made in a folder, and how it is read."""

    make: Callable[[random.Random, Path], Any]
    read: Callable[[Any, Path], None]


# --- parameter files, and scenarios --------------------------------------------------------------------

NAMES = ["c_recovery_college", "r_discount_costs", "c_bed_day", "u_stable", "x", "sources", "__class__"]


def distribution(rng: random.Random) -> dict[str, Any]:
    """A distribution of some form, its arguments likely or not."""
    kind = rng.choice(list(FORMS))
    found: dict[str, Any] = {}
    for name in rng.choice(FORMS[kind]):
        if rng.random() < 0.15:
            found[name] = value(rng)
        elif name == "values":
            found[name] = [rng.choice(NUMBERS) for _ in range(rng.randrange(5))]
        elif name in ("file", "column"):
            found[name] = rng.choice(["people.csv", "x", "", "/dev/null", "\x00"])
        elif kind == "dirichlet" and name in ("counts", "mean"):
            found[name] = {s: rng.choice([*NUMBERS, 0.5, 1e-4, 0.02]) for s in rng.choice(["a", "ab", "abc"])}
        else:
            found[name] = rng.choice(
                [rng.choice(NUMBERS), rng.random(), rng.uniform(0, 10), 10 ** rng.uniform(-60, 60)]
            )
    if not set(found) & {"values", "file", "counts"} and kind != "dirichlet" and rng.random() < 0.4:
        found = dict(zip(found, sorted(found.values(), key=toml), strict=True))
    return {kind: found}


def record(rng: random.Random) -> dict[str, Any]:
    """A record, with some of its keys changed, missing or added."""
    from parameters.units import UNITS

    unit = rng.choice(list(UNITS))
    found: dict[str, Any] = {
        "label": "x",
        "unit": unit,
        "distribution": distribution(rng),
        "source": "assumption",
        "status": "assumed",
        "note": "x",
        **({"price_year": "2023/24"} if UNITS[unit].money else {}),
    }
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        key = rng.choice([*found, "interval", "price_year", "extra"])
        if rng.random() < 0.2:
            found.pop(key, None)
        else:
            found[key] = value(rng)
    return found


def as_toml(tables: dict[str, Any]) -> str:
    """Tables as TOML."""
    lines = []
    for name, table in tables.items():
        lines.append(f"[{json.dumps(name)}]" if isinstance(table, dict) else f"{json.dumps(name)} = {toml(table)}")
        lines += [f"{json.dumps(k)} = {toml(v)}" for k, v in table.items()] if isinstance(table, dict) else []
    return "\n".join(lines)


def written(rng: random.Random, tables: dict[str, Any], path: Path) -> Path:
    """Tables as a TOML file, which may be damaged."""
    content = as_toml(tables).encode()
    path.write_bytes(damaged(rng, content) if rng.random() < 0.2 else content)
    return path


def make_parameters(rng: random.Random, folder: Path) -> Path:
    """A file of one to three records."""
    tables = {
        name: record(rng) if rng.random() < 0.95 else value(rng) for name in rng.sample(NAMES, rng.randrange(1, 4))
    }
    return written(rng, tables, folder / "mine.toml")


def read_parameters(path: Path, folder: Path) -> None:
    """Read, drawn, and asked for with a problem that reads some of the names."""
    from parameters import load, sample
    from parameters.units import UNITS
    from simulate import load as load_case

    read = load([path])
    drawn = sample(read, list(read), 16, 1)
    for k, name in enumerate(drawn.names):
        known, column = UNITS[read[name].unit], drawn.values[:, k]
        if not (np.isfinite(column).all() and known.low <= column.min() and column.max() <= known.high):
            raise Escaped(f"{name} of {read[name].distribution}: drawn as {column.min()} to {column.max()}")
    case = load_case("recovery_college", parameters=[path])
    engine = sample(case.parameters, case.names(), 16, 1)
    if not all(np.isfinite(engine.engine(n)).all() for n in engine.names):
        raise Escaped("draws in the engine's units are not finite")


SCENARIO_KEYS = [
    "setting",
    "perspective",
    "effect",
    "variant",
    "set",
    "parameters",
    "horizon",
    "discount",
    "wtp",
    "extra",
]
LIKELY: dict[str, list[Any]] = {
    "setting": ["base", "x"],
    "perspective": ["everybody", "nhs"],
    "effect": ["qaly", "people"],
    "set": [{"c_recovery_college": 450.0}, {"c_recovery_college": -1.0}, {"x": 1.0}],
    "horizon": [1.0, 200.0, -1.0],
    "discount": [0.0, 3.5, 0.035],
    "wtp": [1.0, -1.0],
    "parameters": [["people.csv"], ["x.toml"], ["."]],
}


def make_scenarios(rng: random.Random, folder: Path) -> Path:
    """A file of one or two scenarios."""

    def one() -> dict[str, Any]:
        found: dict[str, Any] = {"label": "x", "reason": "y"}
        for key in rng.sample(SCENARIO_KEYS, rng.randrange(1, 4)):
            found[key] = value(rng) if rng.random() < 0.6 else rng.choice(LIKELY.get(key, [1.0]))
        return found

    names = rng.sample(["one", "two", "base", "\x1b[0m", ""], rng.randrange(1, 3))
    return written(rng, {n: one() if rng.random() < 0.95 else value(rng) for n in names}, folder / "scenarios.toml")


def read_scenarios(path: Path, folder: Path) -> None:
    """Read against a problem in closed form."""
    from simulate.analyse.sweep.scenario_file import read

    usual = {"setting": None, "parameters": (), "inline": None, "changes": None}
    read(path, "recovery_college", usual, {"draws": 16, "people": 10, "seed": 1, "fixed": False})


# --- people ---------------------------------------------------------------------------------------------

CELLS = [
    "",
    "1",
    "0",
    "-1",
    "1e308",
    "1e-308",
    "1e60",
    "nan",
    "inf",
    "detained",
    "ward",
    "x",
    '"',
    "1,2",
    "9" * 5000,
    "٣",
]


def make_cohort(rng: random.Random, folder: Path) -> Path:
    """A file of people of the ward example, with cells and columns changed."""
    header = ["id", "weight", "legal", "place", "elapsed"]
    rows = [[str(i), "1", "detained", "ward", "0"] for i in range(rng.randrange(5))]
    for _ in range(rng.randrange(4)):
        table = rng.choice([header, *rows])
        if table:
            table[rng.randrange(len(table))] = rng.choice([*CELLS, *header])
        if rng.random() < 0.1:
            table += rng.sample(CELLS, 2)
    path = folder / "people.csv"
    content = "\n".join(",".join(row) for row in [header, *rows]).encode()
    path.write_bytes(damaged(rng, content) if rng.random() < 0.25 else content)
    return path


def read_cohort_file(path: Path, folder: Path) -> None:
    """Read against the ward example, weights added up."""
    from models import contract as m
    from simulate.ask.cohort_file import read_cohort

    legal = m.Characteristic("legal", m.Mixture({"detained": 0.4}, "informal"))
    stay = m.Event("discharge", m.When(place="ward"), m.Exponential(1.0), {"place": "home"})
    pathway = m.Pathway(
        "ward", (m.Domain("place", ("ward", "home")),), (stay,), {"place": "ward"}, characteristics=(legal,)
    )
    people = read_cohort(path, pathway).people
    if not (np.isfinite(people.weight.sum()) and np.isfinite((people.weight**2).sum()) and people.weight.min() > 0):
        raise Escaped("weights cannot be added up")


# --- command lines ----------------------------------------------------------------------------------------

COMMANDS = ["run", "sweep", "impact", "equity", "league", "plan", "trace", "voi", "virtual-trials", "claims", "list"]
COMMANDS += ["check", "compare", "describe", "guide", "doctor", "nonsense"]
OPTIONS = [
    "--set", "--parameters", "--setting", "--draws", "--people", "--seed", "--threads", "--method", "--rng", "--cohort",
    "--perspective", "--effect", "--subgroup", "--ages", "--until-mcse", "--out", "--wtp", "--wtp-grid", "--switch",
    "--one-way",
    "--two-way", "--scenarios", "--points", "--population", "--uptake", "--prevalent", "--cashable", "--implementation",
    "--strategy", "--budget", "--target", "--person", "--sizes", "--trial", "--groups", "--discount", "--years",
    "--population-per-year", "--fixed-cost", "--cost-per-person", "--study-years", "--baseline", "--aversion", "--json",
    "--overwrite", "--fixed", "--sobol", "--subgroups", "--by-year", "--whole", "--check", "--figure", "--range",
]  # fmt: skip
ARGUMENTS = [
    "recovery_college", "joint_crisis_plan", "c_bed_day", "c_bed_day=450", "c_bed_day=1,000", "c_bed_day=£450",
    "c_bed_day = 450", "=", "==", "x=1", "c_bed_day=nan", "c_bed_day=1e999", "c_bed_day=" + "9" * 5000, "0", "-1",
    "2.5", "1e400", "nan", "inf", "9" * 400, "9" * 5000, "0.1,0.2", "18,35,65", "65,18", ",", ",,", "a=b,c", "\x1b[2J",
    "", " ", "mine.toml", "people.csv", "missing.toml", ".", "..", "/dev/null", "sobol", "philox", "qaly", "nhs",
    "everybody", "costs", "uptake=2", "fidelity=70", "10@500", "@", "10@", "é", "x" * 3000, "%", "{}", "$(x)", "--",
    "-h", "--help", "1e308", "5e-324", "1_000", "2024-01-01", "true", "٣", "\u202e", "a\u200b", "\udcff",
    "c_bed_day=\udcff",
    "/dev/zero", "pipe", "loop", "link.toml", "1000000000", "18446744073709551616", "c_bed_day=" + " " * 60_000 + "£x",
    "scenarios.toml", "groups.csv", "published.toml", "recovery_college:base", "recovery_college=1e9", "/",
    "/proc", "/usr",
]  # fmt: skip


def make_command(rng: random.Random, folder: Path) -> list[str]:
    """Words of a command line; files that it may name are there."""
    make_parameters(rng, folder)
    make_cohort(rng, folder)
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to("loop")
    (folder / "link.toml").symlink_to("mine.toml")
    words = [rng.choice(COMMANDS)]  # most of the arguments are ids of problems
    words += rng.choices(ARGUMENTS, weights=[20, 20, *[1] * (len(ARGUMENTS) - 2)], k=rng.choice([0, 1, 1, 1, 2]))
    for _ in range(rng.randrange(4)):
        words += [rng.choice(OPTIONS), *([rng.choice(ARGUMENTS)] if rng.random() < 0.9 else [])]
    return words


def read_command(words: list[str], folder: Path) -> None:
    """Run as the command line runs, up to where parameters are drawn."""
    from models.contract import ModelError
    from simulate.engine import driver
    from simulate.present import cli
    from simulate.running import forecast, running

    def stop(*given: Any, **more: Any) -> Any:
        raise ModelError("not simulated")

    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.object(sys, "argv", ["recovery-cea", *words]),
        mock.patch.object(running, "sample", stop),
        mock.patch.object(forecast, "sample", stop),
        mock.patch.object(driver, "_work", stop),
    ):
        code = cli._code()
    if code not in (0, 2, 3, 4) or "Traceback" in err.getvalue():
        raise Escaped(f"exit code {code}: {err.getvalue()[-500:]}")


# --- folders of results -------------------------------------------------------------------------------------


def sound_folder(place: Path) -> Path:
    """A small run's folder, of a problem in closed form."""
    from simulate.present import cli

    if not place.is_dir():
        words = ["run", "recovery_college", "--draws", "16", "--people", "4", "--out", str(place)]
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            mock.patch.object(sys, "argv", ["recovery-cea", *words]),
        ):
            assert cli._guarded(lambda: cli.app(args=words, standalone_mode=False)) == 0
    return place


def make_folder(rng: random.Random, folder: Path) -> Path:
    """A copy of a sound folder, one of the files that are read back tampered with."""
    place = folder / "result"
    shutil.copytree(sound_folder(folder.parent / "sound"), place, ignore=shutil.ignore_patterns("*.png", "*.svg"))
    file = place / rng.choice(["manifest.json", "manifest.json", "summary.json", "psa.csv", "statistics.npz"])
    if rng.random() < 0.2:
        file.write_bytes(damaged(rng, file.read_bytes()))
    elif file.suffix == ".json":
        file.write_text(as_json(changed_json(rng, json.loads(file.read_text(encoding="utf-8")))), encoding="utf-8")
    elif file.suffix == ".csv":
        rows = [line.split(",") for line in file.read_text(encoding="utf-8").splitlines()]
        row = rng.choice(rows)
        row[rng.randrange(len(row))] = rng.choice(CELLS)
        file.write_text("\n".join(map(",".join, rows)), encoding="utf-8")
    else:
        changed_archive(rng, file)
    return place


def read_folder(place: Path, folder: Path) -> None:
    """Read back; what is read gives finite results."""
    from simulate import read_result

    result = read_result(place)
    if not (np.isfinite(result.cost).all() and np.isfinite(result.effect).all()):
        raise Escaped("costs or effects are not finite")


def compare_folder(place: Path, folder: Path) -> None:
    """Held against the sound one that it was made from, and told in JSON."""
    from simulate.analyse.comparison import compare
    from simulate.result.plain import json_text

    json_text(compare(sound_folder(folder.parent / "sound"), place).summary())
