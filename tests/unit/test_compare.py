"""Two folders of results held against each other: to the bit, within error, beyond it, and none of ours."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.contract import ModelError
from parameters import inline
from simulate import read_result
from simulate.analyse.comparison import compare
from simulate.analyse.comparison.estimates import Estimate, Name, estimates
from simulate.analyse.comparison.folders import Opened
from simulate.analyse.comparison.records import changes
from simulate.analyse.comparison.verdict import BEYOND, LEVEL, ROUNDED, SAME, WITHIN, judged
from simulate.present.report.parts import charts
from simulate.result.stored import Kept
from tests.unit.synthetic_result import statistics

pytestmark = pytest.mark.usefixtures("solved_once")

Change = Callable[[dict[str, list[float]]], None]


@pytest.fixture
def copy(small_run: Any, tmp_path: Path) -> Path:
    """The small run's folder again."""
    shutil.copytree(small_run.folder, tmp_path / "other")
    return tmp_path / "other"


def with_columns(folder: Path, change: Callable[[dict[str, list[float]]], None]) -> Path:
    """The folder, the columns of its draws changed."""
    with (folder / "psa.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    columns = {name: [float(row[j]) for row in rows] for j, name in enumerate(header)}
    change(columns)
    lines = [",".join(header), *(",".join(map(repr, row)) for row in zip(*columns.values(), strict=True))]
    (folder / "psa.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def with_manifest(folder: Path, **changed: Any) -> Path:
    found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**found, **changed}), encoding="utf-8")
    return folder


def _with_a_pipe(folder: Path) -> None:
    (folder / "ceac.csv").unlink()
    os.mkfifo(folder / "ceac.csv")


def costs(change: Callable[[float], float]) -> Change:
    def changed(columns: dict[str, list[float]]) -> None:
        columns["cost_usual_care"] = [change(c) for c in columns["cost_usual_care"]]

    return changed


def test_a_folder_from_before_expected_values_is_read(copy: Path) -> None:
    found = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    (copy / "manifest.json").write_text(json.dumps({n: v for n, v in found.items() if n != "exact"}), encoding="utf-8")
    assert not read_result(copy).options.exact


def test_a_folder_is_itself(small_run: Any, copy: Path, command: Any) -> None:
    done = command("compare", small_run.folder, copy)
    assert (done.code, done.err) == (0, "")
    assert "the same to the bit" in done.out and "0 differ" in done.out
    told = json.loads(command("compare", small_run.folder, copy, "--json").out)
    assert told["identical"] and told["paired"] and told["same_people"] and told["verdict"] == SAME
    assert set(told["counts"]) == {SAME, ROUNDED, WITHIN, BEYOND} and told["counts"][SAME] == len(told["numbers"]) > 100


@pytest.mark.parametrize(
    ("change", "verdict", "code"),
    [
        (costs(lambda c: c * (1 + 1e-12)), ROUNDED, 0),
        (costs(lambda c: c + 1.0), BEYOND, 1),  # far less than its own error of some hundreds of pounds
        (
            lambda columns: columns["cost_usual_care"].__setitem__(3, 0.0),
            WITHIN,
            0,
        ),  # one draw shows no more than itself
    ],
)
def test_draws_that_go_together_show_what_is_no_chance(
    change: Change, verdict: str, code: int, small_run: Any, copy: Path, command: Any
) -> None:
    with_columns(copy, change)
    found = compare(small_run.folder, copy)
    assert found.paired and found.verdict == verdict and not found.files.identical
    assert found.files.differing == found.changed[1] == ("psa.csv",)
    done = command("compare", small_run.folder, copy)
    assert done.code == code
    assert "differences between draws that go together" in done.out and "Changed in" in done.out
    assert ("BEYOND" in done.out) == bool(code)


def test_another_seed_is_within_the_errors_of_both(small_run: Any, copy: Path) -> None:
    with_columns(with_manifest(copy, seed=8), costs(lambda c: c + 1.0))
    found = compare(small_run.folder, copy)
    assert not found.paired and not found.same_people and found.verdict == WITHIN
    assert [(d.kind, d.name, d.values) for d in found.differences] == [("option", "seed", (7, 8))]
    with_columns(copy, costs(lambda c: c + 1e5))
    assert compare(small_run.folder, copy).verdict == BEYOND


def test_what_two_runs_were_made_of_is_told(small_run: Any, copy: Path, command: Any) -> None:
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    inputs = {**manifest["inputs"], "unit_costs.toml": "0" * 64}
    with_manifest(copy, inputs=inputs, versions={**manifest["versions"], "numpy": "9.9"}, engine="other", people=50)
    with_columns(copy, lambda columns: columns.update(c_bed_day=[500.0] * 64))
    told = compare(small_run.folder, copy).differences
    assert {(d.kind, d.name) for d in told} == {
        ("input", "unit_costs.toml"),
        ("version", "numpy"),
        ("program", "engine"),
        ("option", "people"),
        ("parameter", "c_bed_day"),
    }
    out = command("compare", small_run.folder, copy).out
    assert "numpy: " in out and "; 9.9" in out and "unit_costs.toml: other contents" in out


def test_another_arithmetic_is_named(small_run: Any, copy: Path, command: Any) -> None:
    kinds = {"libopenblas": "0.3.30 Nehalem"}
    one = with_manifest(shutil.copytree(small_run.folder, copy.parent / "one"), blas=kinds)
    with_manifest(copy, libm="0" * 32, blas={"libopenblas": "0.3.30 Haswell", "libmkl_rt": "2024.0"})
    assert {(d.kind, d.name) for d in compare(one, copy).differences} == {
        ("arithmetic", "libm"),
        ("arithmetic", "blas libopenblas"),
        ("arithmetic", "blas libmkl_rt"),
    }
    out = command("compare", one, copy).out
    assert "arithmetic blas libopenblas: 0.3.30 Nehalem; 0.3.30 Haswell" in out and "last digits may differ" in out
    assert "last digits" not in command("compare", one, one).out


def test_pictures_that_one_folder_lacks_are_no_difference(small_run: Any, copy: Path) -> None:
    found = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))["files"]
    shutil.rmtree(copy / "figures")
    with_manifest(copy, files={name: h for name, h in found.items() if not name.startswith("figures/")})
    assert compare(small_run.folder, copy).files.identical
    with_manifest(copy, files={name: h for name, h in found.items() if name != "ceac.csv"})
    assert not compare(small_run.folder, copy).files.identical


def test_a_strategy_that_one_folder_lacks_is_a_difference(monkeypatch: pytest.MonkeyPatch, small_run: Any) -> None:
    from simulate.analyse.comparison import verdict

    found = compare(small_run.folder, small_run.folder)
    assert replace(found, strategies=(("third",), ())).verdict == verdict.BEYOND


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: with_manifest(f, problem="recovery_college"), "different problems"),
        (lambda f: with_manifest(f, kind="sweep"), "written by sweep"),
        (lambda f: with_manifest(f, files={"../../etc/passwd": "0"}), "lies elsewhere"),
        (lambda f: with_manifest(f, files={"/dev/zero": "0"}), "lies elsewhere"),
        (lambda f: with_manifest(f, files=["psa.csv"]), "no table"),
        (lambda f: with_manifest(f, files=dict.fromkeys(map(str, range(20_000)), "0")), "no table of at most 10,000"),
        (lambda f: with_manifest(f, files={"inputs": "0"}), "Is a directory"),
        (lambda f: with_manifest(f, draws=65), "different numbers of draws"),
        (lambda f: (f / "psa.csv").unlink(), "no psa.csv"),
        (lambda f: (f / "psa.csv").write_text("cost_usual_care\n1\n"), "numbers of draws|no cost|effect"),
        (lambda f: (f / "statistics.npz").write_bytes(b"PK"), "not a statistics file"),
        (lambda f: (f / "summary.json").write_text("{}"), "different effects"),
        (_with_a_pipe, "pipe or a device"),
        (shutil.rmtree, "no manifest.json"),
    ],
)
def test_what_is_no_folder_of_ours_is_refused(
    change: Callable[[Path], object], told: str, small_run: Any, copy: Path, command: Any
) -> None:
    change(copy)
    for pair in ((small_run.folder, copy), (copy, small_run.folder)):
        with pytest.raises(ModelError, match=told):
            compare(*pair)
    done = command("compare", small_run.folder, copy, "--json")
    assert done.code == 2 and done.out == "" and done.err.startswith("error: ")


def test_a_single_draw_has_the_errors_of_its_summary(fixed_run: Any) -> None:
    found = compare(fixed_run.folder, fixed_run.folder)
    groups = {n.estimate.name.group: n for n in found.numbers}
    assert found.verdict == SAME and {"cost", "difference in cost", "events", "years"} <= set(groups)
    assert "EVPI" not in groups and groups["cost"].estimate.error > 0


# --- how often chance alone calls two runs different --------------------------------------------


def made(rng: np.random.Generator, draws: int, shift: float = 0.0, seed: int = 1) -> Opened:
    """A run whose replicates are independent and whose draws inside one are not."""
    common = np.repeat(rng.normal(0, 30, (8, 2)), draws // 8, axis=0)[
        np.argsort(np.arange(draws) % 8, kind="stable").argsort()
    ]
    values = common + rng.normal(0, 300, (draws, 2))
    psa = {"cost_usual_care": 10_000 + values[:, 0], "cost_plan": 9_900 + shift + values.sum(axis=1) / 1.4}
    psa |= {"effect_usual_care": np.zeros(draws), "effect_plan": 0.01 + 0.01 * rng.standard_normal(draws)}
    manifest = {"draws": draws, "seed": seed, "method": "sobol", "fixed": False, "sampling": {"replicates": 8}}
    rows = [{"threshold": t, "probability": {"usual_care": 0.5, "plan": 0.5}} for t in (0.0, 20_000.0)]
    nothing: dict[str, Any] = {"strategies": [], "incremental": [], "beside": [], "subgroups": [], "evpi": []}
    x = statistics(draws, ("usual_care", "plan"), 0.1)
    x = replace(x, count=x.count * rng.normal(1, 0.1, x.count.shape), ever=x.ever * rng.normal(1, 0.1, x.ever.shape))
    return Opened(Kept(Path("x"), manifest, {"ceac": rows, **nothing}, psa), x, {}, ())


@pytest.mark.parametrize("seeds", [(1, 1), (1, 2)])
def test_chance_alone_seldom_calls_two_runs_different(seeds: tuple[int, int]) -> None:
    """100 pairs: at 1 in 100 more than five are a matter of 0.05%; a shift of seven errors shows in nine of ten."""
    rng = np.random.default_rng(4)

    def beyond(shift: float) -> bool:
        a, b = made(rng, 64, seed=seeds[0]), made(rng, 64, shift, seeds[1])
        return any(n.verdict == BEYOND for n in judged(estimates(a, b)))

    assert sum(beyond(0.0) for _ in range(100)) <= 5
    assert sum(beyond(700.0) for _ in range(20)) >= 18


@pytest.mark.parametrize(
    ("values", "error", "verdict"),
    [
        ((1.0, 1.0), np.nan, SAME),
        ((1.0, 1.0 + 1e-12), 0.0, ROUNDED),
        ((1.0, 1.1), 0.0, BEYOND),
        ((1.0, 1.1), np.nan, BEYOND),
        ((1.0, 1.1), 0.1, WITHIN),
        ((1.0, 2.0), 0.1, BEYOND),
    ],
)
def test_a_number_is_judged_by_its_error(values: tuple[float, float], error: float, verdict: str) -> None:
    (found,) = judged([Estimate(Name("cost", "a"), values, error, 7.0)])
    assert found.verdict == verdict


def test_the_more_numbers_there_are_the_further_out_one_must_lie() -> None:
    few, many = (
        judged([Estimate(Name("events", "a", str(k)), (0.0, 1.0), 1.0, 7.0) for k in range(n)])[0].allowed
        for n in (1, 100)
    )
    assert 3.5 < few < many and LEVEL == 0.01


def test_shares_written_in_one_record_change_together(tmp_path: Path) -> None:
    numbers = {"p": {"unit": "probability", "distribution": {"dirichlet": {"counts": {"a": 3.0, "b": 5.0, "c": 2.0}}}}}
    one = inline(numbers)
    numbers["p"]["distribution"]["dirichlet"]["counts"]["a"] = 4.0  # type: ignore[index]
    (change,) = changes(one, inline(numbers), one)
    assert change.name == "p" and set(change.names) == {"p_a", "p_b", "p_c"}


def test_no_line_of_a_chart_of_bars_runs_through_its_words() -> None:
    axis = charts.Axis(-10.0, 1.0, "Change", lambda x: f"{x:g}")
    rows = [charts.Bar(f"record {k}", ((0.0, -8.0, "low"), (0.0, -8.0, "high")), "-8", stacked=True) for k in range(3)]
    drawn = str(charts.bars(rows, axis, "Bars", middle=0.0))
    lines = [(float(a), float(b)) for a, b in re.findall(r'<line [^>]*y1="([0-9.]+)"[^>]*y2="([0-9.]+)"', drawn)]
    words = [float(y) for y in re.findall(r'<text class="label start"[^>]* y="([0-9.]+)"', drawn)]
    assert len(words) == 3 and lines
    assert not any(top < y + 3 and bottom > y - 10 for top, bottom in lines for y in words)
