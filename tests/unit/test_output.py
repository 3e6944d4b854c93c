"""What a run leaves behind: the stable summary, the tables, the same bits, and values without a new simulation."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.contract import ModelError
from simulate import load, run
from simulate.engine import driver
from simulate.present.faces.run import face
from simulate.present.folder.output import write
from simulate.present.terminal.summary import summary_lines
from simulate.result.result import Result

PROBLEM = "joint_crisis_plan"
STRATEGIES = ["usual_care", "joint_crisis_plan"]
FIGURES = ["ceac", "plane"]  # of a plain run

# The interface other programs rely on: every key of it, and the type of what stands there.
NUMBER, NULLABLE, TEXT = (int, float), (int, float, type(None)), str
DESCRIBED = {"mean": NUMBER, "low": NUMBER, "high": NUMBER, "mcse": NULLABLE}
SUMMARY = {
    "problem": TEXT,
    "setting": TEXT,
    "perspective": TEXT,
    "effect": TEXT,
    "draws": int,
    "people": int,
    "seed": int,
    "version": TEXT,
    "strategies": list,
    "incremental": list,
    "ceac": list,
    "evpi": list,
    "assumed": list,
}
ROWS = {
    "strategies": {
        "id": TEXT,
        "label": TEXT,
        "cost": DESCRIBED,
        "effect": DESCRIBED,
        "events": {"admission": NUMBER, "detention": NUMBER, "restraint": NUMBER},
        "ever": {"admission": NUMBER, "detention": NUMBER},
        "bed_days": NUMBER,
    },
    "incremental": {
        "strategy": TEXT,
        "versus": TEXT,
        "cost": DESCRIBED,
        "effect": DESCRIBED,
        "icer": NULLABLE,
        "verdict": TEXT,
        "p_cost_saving": NUMBER,
    },
    "ceac": {
        "threshold": NUMBER,
        "probability": dict.fromkeys(STRATEGIES, NUMBER),
        "corrected": dict.fromkeys(STRATEGIES, NULLABLE),
        "optimal": TEXT,
    },
    "evpi": {"threshold": NUMBER, "value": NUMBER, "corrected": NULLABLE, "mcse": NULLABLE},
}
EXACT = ("cost", "effect", "probability", "corrected")  # mappings with these keys and no others


def check_shape(value: Any, shape: Any, where: str) -> None:
    """Fail where `value` lacks a key of `shape` or holds another type."""
    if not isinstance(shape, dict):
        assert isinstance(value, shape) and not isinstance(value, bool), f"{where}: {value!r}"
        return
    assert isinstance(value, dict) and set(shape) <= set(value), f"{where}: {value!r}"
    if where.split(".")[-1] in EXACT:
        assert set(value) == set(shape), where
    for key, inner in shape.items():
        check_shape(value[key], inner, f"{where}.{key}")


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.reader(handle))


@pytest.fixture(scope="module")
def result() -> Result:
    """The base case at the point estimates, in Python."""
    return run(load(PROBLEM), fixed=True, people=500)


# --- the summary ------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["small_run", "fixed_run"])
def test_the_summary_has_every_key_of_the_interface(which: str, request: pytest.FixtureRequest) -> None:
    summary = request.getfixturevalue(which).summary
    check_shape(summary, SUMMARY, "summary")
    for name, shape in ROWS.items():
        assert summary[name], name
        for row in summary[name]:
            check_shape(row, shape, name)


def test_the_summary_says_what_was_run(small_run: Any, fixed_run: Any) -> None:
    def told(summary: dict[str, Any]) -> list[Any]:
        return [summary[k] for k in ("problem", "setting", "perspective", "effect", "draws", "people", "seed")]

    assert told(small_run.summary) == [PROBLEM, "base", "service", "detention_pp", 64, 40, 7]
    assert told(fixed_run.summary) == [PROBLEM, "henderson_2004", "service", "admission_pp", 1, 500, 1]
    assert [s["id"] for s in small_run.summary["strategies"]] == STRATEGIES
    (row,) = small_run.summary["incremental"]
    assert (row["strategy"], row["versus"]) == ("joint_crisis_plan", "usual_care")


def test_probabilities_sum_to_one_and_intervals_hold_the_mean(small_run: Any) -> None:
    for row in small_run.summary["ceac"]:
        assert sum(row["probability"].values()) == pytest.approx(1, abs=1e-12)
        assert sum(row["corrected"].values()) == pytest.approx(1, abs=1e-12)
        assert row["optimal"] in STRATEGIES
    for strategy in small_run.summary["strategies"]:
        for name in ("cost", "effect"):
            assert strategy[name]["low"] < strategy[name]["mean"] < strategy[name]["high"]
            assert strategy[name]["mcse"] > 0


def test_errors_say_on_how_many_batches_or_replicates_they_rest(small_run: Any, fixed_run: Any, result: Result) -> None:
    assert (small_run.summary["mcse_degrees"], fixed_run.summary["mcse_degrees"]) == (7, 9)
    told = "10 batches of people and are t with 9 degrees of freedom: 95% intervals reach 2.26"
    lines = summary_lines(result.summary(), result.case.problem, result.case.parameters)
    assert told in " ".join(" ".join(lines).split())


def test_fields_that_do_not_apply_are_present_and_empty(fixed_run: Any) -> None:
    assert {row["corrected"][s] for row in fixed_run.summary["ceac"] for s in STRATEGIES} == {None}
    assert {row["corrected"] for row in fixed_run.summary["evpi"]} == {None}
    assert {row["mcse"] for row in fixed_run.summary["evpi"]} == {None}
    assert {row["value"] for row in fixed_run.summary["evpi"]} == {0.0}


def test_what_is_assumed_is_named_and_the_admission_effect_leads(small_run: Any) -> None:
    assert small_run.summary["assumed"][0] == "reading_voluntary_unchanged"
    assert {"c_joint_crisis_plan", "c_bed_day", "h_amhp", "h_mha_doctors"} <= set(small_run.summary["assumed"])


def keys(value: Any) -> set[str]:
    """Every key inside, but those that are names of strategies or events."""
    if isinstance(value, list):
        return set().union(*map(keys, value))
    if not isinstance(value, dict):
        return set()
    named = {"events", "ever", "probability", "corrected", "published", "simulated", "missed", "intervals"}
    named |= {"published_intervals"}
    return set(value) | set().union(*(keys(v) for k, v in value.items() if k not in named))


def test_the_page_of_results_names_every_field(small_run: Any, fixed_run: Any, checkout: Path) -> None:
    text = (checkout / "simulate" / "result" / "README.md").read_text(encoding="utf-8")
    fields = keys(small_run.summary) | keys(fixed_run.summary)
    assert [name for name in sorted(fields) if f"`{name}`" not in text and f"`{name}[]`" not in text] == []
    assert {"map_error", "p_flip", "note"} <= fields  # the rows were there to be read


@pytest.mark.parametrize(("draws", "people"), [(1, 1), (16, 3)])
def test_the_smallest_runs_are_valid_json(draws: int, people: int, hasty_calibration: None) -> None:
    found = run(load(PROBLEM), draws=draws, people=people).summary()
    check_shape(json.loads(json.dumps(found, allow_nan=False)), SUMMARY, "summary")


def test_one_person_in_several_draws_is_refused() -> None:
    with pytest.raises(ModelError, match="people: 1; several draws need at least 2"):
        run(load(PROBLEM), draws=2, people=1)


# --- the folder -------------------------------------------------------------------------------


def test_psa_has_costs_effects_then_every_parameter(small_run: Any) -> None:
    header, *rows = read(small_run.folder / "psa.csv")
    leading = [f"{kind}_{s}" for kind in ("cost", "effect") for s in STRATEGIES]
    assert header[:4] == leading
    dimensions = json.loads((small_run.folder / "manifest.json").read_text())["sampling"]["dimensions"]
    solved = [t.unknown for t in load(PROBLEM).setting.targets]
    assert header[4 : 4 + len(dimensions)] == list(dimensions)
    assert set(header[4:]) == {*dimensions, *solved, "tr_stay_jcp"}
    assert len(rows) == 64
    assert np.isfinite(np.array(rows, dtype=float)).all()


def test_the_tables_hold_what_the_summary_says(small_run: Any) -> None:
    psa = np.array(read(small_run.folder / "psa.csv")[1:], dtype=float)
    (row,) = small_run.summary["incremental"]
    assert (psa[:, 1] - psa[:, 0]).mean() == pytest.approx(row["cost"]["mean"], rel=1e-12)
    assert (psa[:, 3] - psa[:, 2]).mean() == pytest.approx(row["effect"]["mean"], rel=1e-12)
    ceac = read(small_run.folder / "ceac.csv")
    named = [f"{kind}_{s}" for kind in ("probability", "corrected") for s in STRATEGIES]
    assert ceac[0] == ["threshold", *named, "optimal"]
    assert [float(r[0]) for r in ceac[1:]] == [r["threshold"] for r in small_run.summary["ceac"]]
    assert len(read(small_run.folder / "incremental.csv")) == 1 + len(STRATEGIES)


def test_every_promised_file_is_there(small_run: Any, fixed_run: Any) -> None:
    for folder in (small_run.folder, fixed_run.folder):
        for name in ("summary.json", "psa.csv", "ceac.csv", "incremental.csv", "statistics.npz", "manifest.json"):
            assert (folder / name).stat().st_size > 0, name
    figures = small_run.folder / "figures"
    assert {p.name for p in figures.iterdir()} == {f"{s}.{k}" for s in FIGURES for k in ("png", "svg", "csv")}


def test_statistics_open_without_pickle(small_run: Any) -> None:
    with np.load(small_run.folder / "statistics.npz", allow_pickle=False) as arrays:
        shapes = {name: arrays[name].shape for name in arrays.files}
    assert any(shape[:2] == (64, len(STRATEGIES)) for shape in shapes.values())


def test_the_manifest_names_inputs_by_hash(small_run: Any) -> None:
    manifest = json.loads((small_run.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 7 and manifest["command"][:3] == ["recovery-cea", "run", PROBLEM]
    assert "pathway.toml" in manifest["inputs"] and "joint_crisis_plan.toml" in manifest["inputs"]
    for name, digest in manifest["inputs"].items():
        assert hashlib.sha256((small_run.folder / "inputs" / name).read_bytes()).hexdigest() == digest


def test_a_second_run_replaces_the_folder_whole(result: Result, no_figures: None, tmp_path: Path) -> None:
    write(face(result), tmp_path / "out")
    write(replace(face(result), tables={}), tmp_path / "out")
    assert not (tmp_path / "out" / "psa.csv").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


# --- the same bits, and nothing where nothing differs -----------------------------------------


def psa_bytes(command: Any, folder: Path, seed: int, threads: int) -> bytes:
    size = ("--draws", 64, "--people", 40, "--no-variants")
    done = command("run", PROBLEM, *size, "--seed", seed, "--threads", threads, "--json", "--out", folder)
    assert done.code == 0, done.err
    return (folder / "psa.csv").read_bytes()


def test_threads_change_no_byte_and_a_seed_does(
    small_run: Any, command: Any, hasty_calibration: None, no_figures: None, tmp_path: Path
) -> None:
    one = (small_run.folder / "psa.csv").read_bytes()
    assert psa_bytes(command, tmp_path / "two", seed=7, threads=2) == one
    assert psa_bytes(command, tmp_path / "other", seed=8, threads=2) != one


PRICES = ("c_joint_crisis_plan", "c_plan_set_up", "c_plan_review")
READINGS = ("rr_admission_jcp", "rr_voluntary_jcp", "reading_voluntary_unchanged")
NULLS = {
    "base": (*READINGS, "rr_detention_jcp", "u_detained"),
    "henderson_2004": (
        "rr_admission_henderson",
        "or_detained_given_admission_henderson",
        "ratio_voluntary_days_henderson",
    ),
    "crimson_2013": (*READINGS, "or_detention_crimson"),
}


@pytest.mark.parametrize(
    "setting", [pytest.param(s, marks=pytest.mark.slow) if s == "crimson_2013" else s for s in NULLS]
)
def test_a_null_plan_without_cost_changes_exactly_nothing(
    setting: str, command: Any, hasty_calibration: None, no_figures: None, tmp_path: Path
) -> None:
    changes = [f"--set={name}=1" for name in NULLS[setting]] + [f"--set={name}=0" for name in PRICES]
    size = ("--setting", setting, "--draws", 32, "--people", 40, "--json", "--out", tmp_path / "out")
    done = command("run", PROBLEM, *size, *changes)
    assert done.code == 0, done.err
    (row,) = json.loads(done.out)["incremental"]
    assert {row[kind][part] for kind in ("cost", "effect") for part in ("mean", "low", "high")} == {0.0}
    assert row["verdict"] == "no difference" and row["icer"] is None
    for line in read(tmp_path / "out" / "psa.csv")[1:]:
        assert line[0] == line[1] and line[2] == line[3]
    assert json.loads(done.out)["beside"] == []  # a variant would bring back what was fixed


def test_an_effect_alone_does_change_something(small_run: Any) -> None:
    assert any(line[0] != line[1] for line in read(small_run.folder / "psa.csv")[1:])


# --- values without a new simulation ----------------------------------------------------------


def test_new_perspectives_effects_and_prices_enter_no_kernel(result: Result) -> None:
    before = driver.kernel_runs
    assert before > 0
    societal = result.value(perspective="societal").summary()
    qaly = result.value(effect="qaly").summary()
    cheap = result.value(prices={"c_bed_day": 0.0}).summary()
    result.ceac(thresholds=[0.0, 500.0]), result.incremental(), result.psa()
    assert driver.kernel_runs == before
    cost = [s["strategies"][0]["cost"]["mean"] for s in (result.summary(), societal, cheap)]
    assert len(set(cost)) == 3
    assert 0 < qaly["strategies"][0]["effect"]["mean"] < 1.5


def test_a_price_changed_afterwards_is_a_price_set_before(result: Result) -> None:
    before = run(load(PROBLEM, changes={"c_bed_day": 400.0}), fixed=True, people=500)
    np.testing.assert_array_equal(result.value(prices={"c_bed_day": 400.0}).cost, before.cost)


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        ({"r_restraint": 1.0}, "run again"),
        ({"c_bed_dya": 1.0}, "unknown name"),
        ({"c_bed_day": -1.0}, "out of range"),
        ({"u_inpatient": 1.5}, "allowed for utility: -1 to 1"),
        ({"c_bed_day": float("nan")}, "out of range"),
    ],
)
def test_what_is_no_price_is_refused(result: Result, prices: dict[str, float], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        result.value(prices=prices)


def test_what_stands_beside_is_valued_otherwise_with_the_rest() -> None:
    """Variants told beside a result are of its perspective, effect and prices, as if run with them."""
    case = load("safewards")
    first = run(case, draws=16, people=50, variants=True)
    again = run(case, draws=16, people=50, variants=True, perspective="societal")
    told = first.value(perspective="societal")
    assert told.summary()["beside"] == again.summary()["beside"] != first.summary()["beside"]
    assert all(x.options.perspective == "societal" for x in told.variants.values())


def test_what_was_set_is_named_among_the_assumed(result: Result) -> None:
    changed = run(load(PROBLEM, changes={"rr_detention_jcp": 0.9}), fixed=True, people=50)
    assert "rr_detention_jcp" in changed.assumed() and "rr_detention_jcp" not in result.assumed()


def test_python_and_the_command_line_give_the_same_numbers(small_run: Any, hasty_calibration: None) -> None:
    again = run(load(PROBLEM), draws=64, people=40, seed=7, variants=True).summary()
    assert json.loads(json.dumps(again)) == small_run.summary


def test_every_figure_is_drawn_from_the_folder_too(small_run: Any, command: Any, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(small_run.folder, folder)
    done = command("figures", folder)
    assert done.code == 0, done.err
    drawn = {p.name: p.read_bytes() for p in (folder / "all" / "figures").iterdir()}
    assert {name.partition(".")[0] for name in drawn} > set(FIGURES) and len(drawn) == 27
    for path in (folder / "figures").iterdir():
        assert drawn[path.name] == path.read_bytes(), path.name


def test_twice_is_the_same_folder_to_the_byte(command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever, whenever and on whatever terminal it is asked for; the manifest too."""
    found = []
    for name, columns, zone in (("one", "60", "UTC"), ("two", "200", "Asia/Tokyo")):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        monkeypatch.setenv("COLUMNS", columns)
        monkeypatch.setenv("TZ", zone)
        assert command("run", "safewards", "--draws", 16, "--people", 10, "--no-variants", "--out", "out").code == 0
        found.append({p.relative_to("out").as_posix(): p.read_bytes() for p in Path("out").rglob("*") if p.is_file()})
    assert found[0].keys() == found[1].keys() >= {"manifest.json", "report.html", "results.xlsx", "figures/ceac.svg"}
    assert [name for name, content in found[0].items() if found[1][name] != content] == []
