"""What a run or an evaluation left in a folder of ours, as a finished table, and all that was found in it."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.contract import ModelError
from parameters.files.content import MEBIBYTE, content_of, digest_of
from parameters.mistakes import why
from parameters.money.currencies import sign_in
from simulate.result.finished.evaluation import Evaluation, study_of
from simulate.result.finished.psa_table import PsaTable, Terms
from simulate.result.finished.reading import read_psa

DRAWS, SUMMARY, CURVE = "psa.csv", "summary.json", "ceac.csv"
LARGEST = 64 * MEBIBYTE


def read_draws(folder: Path, hashes: Mapping[str, str]) -> tuple[PsaTable, dict[str, str]]:
    """The table of a folder whose manifest says these `hashes`, and what a run withholds of its decision, in words.

    ``ModelError`` where a file is not there, or not as it was written.
    """
    summary = _summary(folder, hashes)
    withheld = summary.get("withheld") or {}
    return _table(folder, summary), {name: why for name, why in withheld.items() if isinstance(why, str)}


def read_evaluation(folder: Path, hashes: Mapping[str, str]) -> Evaluation:
    """All that an evaluation found, from its folder; ``ModelError`` as of ``read_draws``."""
    import pandas as pd

    summary = _summary(folder, hashes)
    declared = summary.get("study_declared")
    parameters, samples = (pd.DataFrame(summary[name]) if summary[name] else None for name in ("evppi", "evsi"))
    return Evaluation(
        _table(folder, summary),
        parameters if parameters is None else parameters.astype({"evppi": float, "se": float}),
        summary["groups"] or None,
        None if declared is None else study_of(declared),
        samples,
    )


def _summary(folder: Path, hashes: Mapping[str, str]) -> dict[str, Any]:
    """The summary of a folder, once the files are known to be as they were written."""
    for name in (DRAWS, SUMMARY, CURVE):
        if name not in hashes:
            raise ModelError(f"{folder}: has no {name}; allowed: a folder written by run or evaluate")
        try:
            same = digest_of(folder / name) == hashes[name]
        except OSError as fault:
            raise ModelError(f"{folder / name}: cannot be read: {why(fault)}") from fault
        if not same:
            raise ModelError(f"{folder / name}: is not as it was written; allowed: run it again")
    found: dict[str, Any] = json.loads(content_of(folder / SUMMARY, LARGEST))
    return found


def _table(folder: Path, summary: Mapping[str, Any]) -> PsaTable:
    strategies = [s if isinstance(s, str) else s["id"] for s in summary["strategies"]]
    with (folder / CURVE).open(encoding="utf-8", newline="") as lines:
        thresholds = tuple(float(row["threshold"]) for row in csv.DictReader(lines))
    at = summary.get("threshold")
    terms = Terms(str(summary.get("effect")), sign_in(summary), thresholds, thresholds[-1] if at is None else at)
    return read_psa(
        folder / DRAWS,
        strategies=strategies,
        comparator=summary.get("comparator"),
        terms=terms,
        separator="comma",
        decimal="point",
    )
