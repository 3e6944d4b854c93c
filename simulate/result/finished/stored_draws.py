"""The draws in a folder of ours, left by a run or by an evaluation, as a finished table."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from models.contract import ModelError
from parameters.files.content import MEBIBYTE, content_of, digest_of
from parameters.mistakes import why
from parameters.money.currencies import sign_in
from simulate.result.finished.psa_table import PsaTable, Terms
from simulate.result.finished.reading import read_psa

DRAWS, SUMMARY, CURVE = "psa.csv", "summary.json", "ceac.csv"
LARGEST = 64 * MEBIBYTE


def read_draws(folder: Path, hashes: dict[str, str]) -> tuple[PsaTable, dict[str, str]]:
    """The table of a folder whose manifest says these `hashes`, and what a run withholds of its decision, in words.

    ``ModelError`` where a file is not there, or not as it was written.
    """
    for name in (DRAWS, SUMMARY, CURVE):
        if name not in hashes:
            raise ModelError(f"{folder}: has no {name}; allowed: a folder written by run or evaluate")
        try:
            same = digest_of(folder / name) == hashes[name]
        except OSError as fault:
            raise ModelError(f"{folder / name}: cannot be read: {why(fault)}") from fault
        if not same:
            raise ModelError(f"{folder / name}: is not as it was written; allowed: run it again")
    summary = json.loads(content_of(folder / SUMMARY, LARGEST))
    strategies = [s if isinstance(s, str) else s["id"] for s in summary["strategies"]]
    with (folder / CURVE).open(encoding="utf-8", newline="") as lines:
        thresholds = tuple(float(row["threshold"]) for row in csv.DictReader(lines))
    terms = Terms(str(summary.get("effect")), sign_in(summary), thresholds, thresholds[-1])
    if summary.get("effect") is None:
        raise ModelError(f"{folder}: holds net benefit at one price; other programs take costs and effects")
    found = read_psa(
        folder / DRAWS,
        strategies=strategies,
        comparator=summary.get("comparator"),
        terms=terms,
        separator="comma",
        decimal="point",
    )
    withheld = summary.get("withheld") or {}
    return found, {name: why for name, why in withheld.items() if isinstance(why, str)}
