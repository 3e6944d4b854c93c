"""Example tables of published packages through ``recovery-cea evaluate``, a command each: what those packages print.

BCEA's ``summary`` of its vaccine example at 25,000; the figures of voi's own page for its chemotherapy example;
dampack's ``calculate_icers`` of its C. difficile example (``vignettes/cdiff_icers.csv``), whose means are given here.
SAVI prints nothing that is kept: what it does with three files is held against a closed form.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

# Strategy, mean cost, mean effect, ICER and place, as dampack 1.0.1 prints them.
CDIFF = """
s3 57336.0059896538 12.9399639202408 - ND
s27 57541.2526373815 13.0140640696275 2769.85470915263 ND
s33 57642.2587507842 13.0389116321918 4065.03105249231 ND
s31 57934.0743411241 13.0966257932217 5056.2216470406 ND
s43 58072.1137208494 13.11285766912 8504.2160616553 ND
s44 58665.7823044647 13.1283328397025 38362.6519947134 ND
s39 57814.6470919581 13.0462790163185 - ED
s4 57887.481549326 12.9970657153765 - D
s13 58018.6252420203 13.0650412387992 - D
s37 58081.7947984323 13.1029711156978 - D
s20 58634.2026441398 13.1100568867995 - D
"""
PLACES = {"ND": ("reference", "on frontier"), "ED": ("extendedly dominated",), "D": ("dominated",)}


@pytest.fixture
def evaluated(command: Callable[..., Any], tmp_path: Path, no_figures: None) -> Callable[..., dict[str, Any]]:
    def evaluate(*words: object) -> dict[str, Any]:
        done = command("evaluate", *words, "--json", "--out", tmp_path / "out")
        assert done.code == 0, done.err
        found: dict[str, Any] = json.loads(done.out)
        return found

    return evaluate


def test_the_vaccine_of_bcea(shared: Path, evaluated: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    """Its table, and its e and c as two files as R writes them."""
    table = shared / "oracles" / "bcea_vaccine_ec.csv"
    found = evaluated(table, "--wtp", 25_000)
    (row,) = found["differences"]
    assert (row["strategy"], row["versus"], round(row["icer"])) == ("Vaccination", "Status.Quo", 20098)
    assert round(row["net_benefit"], 4) == 1.2284  # its EIB
    assert round(next(r["value"] for r in found["evpi"] if r["threshold"] == 25_000), 4) == 2.4145
    assert next(r["probability_Vaccination"] for r in found["ceac"] if r["threshold"] == 25_000) == 0.529
    utility = {r["strategy"]: round(r["net_benefit"], 3) for r in found["ranking"]}
    assert utility == {"Vaccination": -34.826, "Status.Quo": -36.054}
    assert [s["before"] for s in found["switches"]] == ["Status.Quo"]
    read = pd.read_csv(table)
    for kind in "ec":
        one = read.filter(regex=f"^{kind}_").rename(columns=lambda name: str(name)[2:])
        one.index += 1
        one.to_csv(tmp_path / f"{kind}.csv", quoting=csv.QUOTE_NONNUMERIC, index_label="")
    again = evaluated(tmp_path / "e.csv", tmp_path / "c.csv", "--wtp", 25_000, "--overwrite")
    for name in ("differences", "ranking", "incremental", "ceac", "evpi"):
        assert again[name] == found[name]


def test_smoking_cessation_of_bcea(shared: Path, evaluated: Callable[..., dict[str, Any]]) -> None:
    found = evaluated(shared / "oracles" / "bcea_smoking_ec.csv", "--wtp-grid", "0:500:10", "--wtp", 250)
    switches = [(s["after"], round(s["threshold"], 2)) for s in found["switches"]]
    assert switches == [("Self.help", 158.66), ("Group.counselling", 224.67)]
    assert {r["strategy"]: r["status"] for r in found["incremental"]}[
        "Individual.counselling"
    ] == "extendedly dominated"


def test_chemotherapy_of_voi(shared: Path, evaluated: Callable[..., dict[str, Any]]) -> None:
    """EVPI 368.6; EVPPI of the risk of side effects 262.1 (GAM); a trial of 100 an arm 242.1, within error."""
    oracles = shared / "oracles"
    found = evaluated(
        "--net-benefit", oracles / "voi_chemo_nb20000.csv", "--parameters", oracles / "voi_chemo_params.csv",
        "--study", "shares:p_side_effects_t1,p_side_effects_t2", "--sizes", "100",
    )  # fmt: skip
    assert round(found["evpi"][0]["value"], 1) == 368.6
    worth = {r["group"]: r for r in found["evppi"]}
    assert worth["everything"]["evppi"] == found["evpi"][0]["value"]
    risk, (study,) = worth["p_side_effects_t2"], found["evsi"]
    assert abs(risk["evppi"] - 262.1) < 2 * risk["se"] < 20
    assert abs(study["evsi"] - 242.1) < 2 * study["se"] < 20


def test_eleven_strategies_of_dampack(evaluated: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    """Two draws about its means: costs and effects as two files, strategies in another order than they end in."""
    rows = [line.split() for line in CDIFF.split("\n") if line]
    shuffled = [rows[k] for k in (0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5)]
    for kind, k, spread in (("cost", 1, 64.0), ("effectiveness", 2, 0.25)):
        means = [float(row[k]) for row in shuffled]
        table: list[list[Any]] = [
            [row[0] for row in shuffled],
            [m - spread for m in means],
            [m + spread for m in means],
        ]
        with (tmp_path / f"cdiff_{kind}.csv").open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(table)
    found = evaluated(tmp_path / "cdiff_cost.csv", tmp_path / "cdiff_effectiveness.csv")
    assert found["strategies"] == [row[0] for row in shuffled] and found["comparator"] == "s3"
    told = {r["strategy"]: r for r in found["incremental"]}
    for strategy, cost, effect, icer, place in rows:
        assert told[strategy]["cost"] == pytest.approx(float(cost), rel=1e-12)
        assert told[strategy]["effect"] == pytest.approx(float(effect), rel=1e-12)
        assert told[strategy]["status"] in PLACES[place]
        if icer != "-":
            assert told[strategy]["icer"] == pytest.approx(float(icer), rel=1e-9)
    assert [s["threshold"] for s in found["switches"]] == pytest.approx([float(r[3]) for r in rows if r[3] != "-"])


def test_three_files_as_savi_takes_them(evaluated: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    """Costs, effects and parameters named as SAVI's own test data are; a model of normal distributions throughout.

    Incremental net benefit 10,000 (theta1 + theta2) - theta3, mean m and SD s: EVPPI of a part with SD t is
    t phi(m/t) - m Phi(-m/t), for m above 0.
    """
    rng = np.random.default_rng(8)
    one, two, three = rng.standard_normal((3, 4000)) * [[0.05], [0.03], [200.0]] + [[0.01], [0.0], [50.0]]
    flat = np.zeros_like(one)
    for name, columns, header in (
        ("costs", (flat, three), "costs1,costs2"),
        ("effects", (flat, one + two), "effects1,effects2"),
        ("parameters", (one, two, three), "theta1,theta2,theta3"),
    ):
        np.savetxt(tmp_path / f"{name}.csv", np.column_stack(columns), delimiter=",", header=header, comments="")
    files = (tmp_path / f"{name}.csv" for name in ("parameters", "effects", "costs"))
    found = evaluated(*files, "--wtp", 10_000, "--group", "effects=theta1,theta2")
    worth = {r["group"]: r for r in found["evppi"]}
    for group, sd in {
        "everything": math.hypot(500, 300, 200),
        "effects": math.hypot(500, 300),
        "theta1": 500.0,
        "theta2": 300.0,
        "theta3": 200.0,
    }.items():
        m = 50.0
        exact = sd * math.exp(-((m / sd) ** 2) / 2) / math.sqrt(2 * math.pi) - m * 0.5 * math.erfc(
            m / sd / math.sqrt(2)
        )
        assert abs(worth[group]["evppi"] - exact) < 4 * worth[group]["se"] < 60, group
