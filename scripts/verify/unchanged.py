"""Whether a change of the code leaves every result as it was: hashes of what each setting of each problem writes.

    python scripts/verify/unchanged.py record before.json    run every setting, small, and keep the hashes
    python scripts/verify/unchanged.py compare before.json after.json

Run `record` with the Python of each of the two checkouts (it uses only the command line, so one copy of this script
serves both); `--ignore-null KEY` leaves a key of `summary.json` out where it is null, for one that came or went on
purpose. A setting that does not run is told with its message, the others run all the same, and `record` exits 1.
`compare` prints a line for every file that differs and exits 1 if any does.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FILES = ("psa.csv", "statistics.npz", "summary.json")
COMMAND = [sys.executable, "-P", "-c", "import sys; from simulate.present.cli import main; sys.exit(main())"]
SIZE = ["--draws", "64", "--people", "100", "--seed", "1", "--json"]
ENVIRONMENT = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "RECOVERY_CEA_STORE": ""}


class Failed(Exception):
    """A command that failed, with its own message."""


def call(*words: str) -> str:
    """What a command prints; its own message where it fails."""
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, env=ENVIRONMENT, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def settings() -> list[tuple[str, str]]:
    """Every problem with each of its settings."""
    return [(row["id"], setting) for row in json.loads(call("list", "--json")) for setting in names_in(row)]


def names_in(row: dict[str, object]) -> list[str]:
    """The settings' names, whichever way `list --json` tells them."""
    found = row["settings"]
    assert isinstance(found, list)
    return [s if isinstance(s, str) else s["name"] for s in found]


def hashes(problem: str, setting: str, ignored: tuple[str, ...] = ()) -> dict[str, str]:
    """The hash of each file that a small run of a setting writes."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "out"
        call("run", problem, "--setting", setting, "--out", str(folder), *SIZE)
        if ignored:
            summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
            (folder / "summary.json").write_text(json.dumps(without_nulls(summary, ignored)), encoding="utf-8")
        return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}


def tried(pair: tuple[str, str], ignored: tuple[str, ...]) -> dict[str, str] | str:
    """The same, or the message of a setting that did not run."""
    try:
        return hashes(*pair, ignored)
    except Failed as fault:
        return str(fault)


def without_nulls(value: object, keys: tuple[str, ...]) -> object:
    """The same, at every depth, without those keys where they are null."""
    if isinstance(value, dict):
        return {k: without_nulls(v, keys) for k, v in value.items() if v is not None or k not in keys}
    return [without_nulls(v, keys) for v in value] if isinstance(value, list) else value


def record(target: Path, jobs: int, ignored: tuple[str, ...] = ()) -> int:
    """Write the hashes of every setting to a file."""
    all_of_them = settings()
    with ThreadPoolExecutor(jobs) as pool:
        found = dict(zip(all_of_them, pool.map(lambda pair: tried(pair, ignored), all_of_them), strict=True))
    kept = {f"{problem}:{setting}": row for (problem, setting), row in found.items() if isinstance(row, dict)}
    target.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    for row in found.values():
        if isinstance(row, str):
            print(row)
    print(f"{len(kept)} settings, {len(kept) * len(FILES)} files; {len(found) - len(kept)} did not run")
    return int(len(kept) < len(found))


def compare(before: Path, after: Path) -> int:
    """Print what differs; 1 if anything does."""
    old, new = (json.loads(path.read_text(encoding="utf-8")) for path in (before, after))
    lines = [f"{name}: only in one of the two" for name in sorted(set(old) ^ set(new))]
    for name in sorted(set(old) & set(new)):
        lines += [f"{name}: {file} differs" for file in FILES if old[name][file] != new[name][file]]
    print("\n".join([*lines, f"{len(lines)} differences in {len(old)} settings"]))
    return int(bool(lines))


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record")
    recording.add_argument("target", type=Path)
    recording.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    recording.add_argument("--ignore-null", action="append", default=[], metavar="KEY")
    comparing = commands.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    asked = parser.parse_args()
    if asked.command == "record":
        return record(asked.target, asked.jobs, tuple(asked.ignore_null))
    return compare(asked.before, asked.after)


if __name__ == "__main__":
    sys.exit(main())
