"""The twelve transitions solved: products of matrix exponentials, one for each piece of constant rates."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.linalg import expm

STATES = ("tx", "rec", "ae", "both", "rel", "dead")
HORIZON = 5.0
DATA = Path(__file__).resolve().parents[3] / "scripts" / "examples" / "gallery" / "ebmt4.csv"


def exact() -> dict[str, dict[str, float]]:
    """Years in the first four states and shares in the last two after five years, by period."""
    with DATA.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    edges = [*sorted({float(r["day"]) / 365.25 for r in rows}), HORIZON]
    return {f"from_{year}": _period(rows, edges, year) for year in ("1985", "1990", "1995")}


def _period(rows: list[dict[str, str]], edges: list[float], year: str) -> dict[str, float]:
    share, spent = np.eye(6)[0], np.zeros(6)
    for start, end in pairwise(edges):
        rates = np.zeros((6, 6))
        for r in rows:
            if float(r["day"]) / 365.25 == start:
                rates[STATES.index(r["from"]), STATES.index(r["to"])] = float(r[year])
        generator = rates - np.diag(rates.sum(1))
        both = expm(np.block([[generator, np.eye(6)], [np.zeros((6, 12))]]) * (end - start))  # Van Loan 1978
        spent += share @ both[:6, 6:]
        share = share @ both[:6, :6]
    return {"effect": float(spent[:4].sum()), "ever rel": float(share[4]), "ever dead": float(share[5])}
