"""The benchmarks run, measure what they say, and the figures on record meet what was asked for."""

from __future__ import annotations

import importlib
import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PROMISED = {
    "histories",
    "seconds",
    "histories_per_second",
    "threads",
    "events_per_history",
    "mean_qaly",
    "mean_cost",
    "peak_memory_mb",
}


Loader = Callable[[str], Any]


@pytest.fixture
def program(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loader]:
    """``program("compare")``: a program of ``benchmarks``, not run."""
    monkeypatch.syspath_prepend(str(checkout / "benchmarks"))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if name in {"illness_death", "compare", "record", "precision", "gate", "workloads", "scaling"}:
            del sys.modules[name]


def test_w1_prints_what_it_promises(program: Loader, capsys: pytest.CaptureFixture[str]) -> None:
    w1 = program("illness_death")
    w1.main(["--draws", "20", "--people", "50", "--threads", "2", "--fixed", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert set(found) == PROMISED
    assert (found["histories"], found["threads"], len(found["mean_cost"])) == (2000, 2, 2)
    assert found["histories_per_second"] == pytest.approx(2000 / found["seconds"])


def test_constant_hazards_agree_with_the_matrix_exponential(program: Loader) -> None:
    """QALYs and costs of both strategies within four standard errors of the closed form, 200,000 people."""
    from scipy.linalg import expm

    w1 = program("illness_death")
    found = w1.measure(draws=200, people=1000, exponential=True)
    for s, (ill, dies_well, recovers, dies_ill) in enumerate(w1.HAZARDS):
        q = np.array([[-(ill + dies_well), ill], [recovers, -(recovers + dies_ill)]]) - w1.DISCOUNT * np.eye(2)
        years = np.linalg.solve(q.T, expm(q.T * w1.HORIZON) @ [1.0, 0.0] - [1.0, 0.0])
        qaly = years @ list(w1.UTILITY.values())
        cost = years @ list(w1.MEDICAL.values()) + w1.DRUG[s] * years.sum()
        sd_qaly, sd_cost = ((3.4, 29_900), (3.7, 61_500))[s]  # of one person, simulated
        assert found["mean_qaly"][s] == pytest.approx(qaly, abs=4 * sd_qaly / 200_000**0.5)
        assert found["mean_cost"][s] == pytest.approx(cost, abs=4 * sd_cost / 200_000**0.5)


def test_the_c_program_is_the_same_model(program: Loader, tmp_path: Path) -> None:
    compare = program("compare")
    if compare.compiler() is None:
        pytest.skip("needs a C compiler, which is not there")
    assert compare.check_means(compare.build(tmp_path), draws=100, people=1000) < 1e-9


def test_factor_is_a_ratio_of_variances(program: Loader) -> None:
    """Two normals of correlation 0.96: independent 2, common 2(1 - 0.96); 20,000 draws, within four errors."""
    precision = program("precision")
    rng = np.random.default_rng(5)
    usual = rng.standard_normal(20_000)
    cost = np.stack([usual, 0.96 * usual + np.sqrt(1 - 0.96**2) * rng.standard_normal(20_000)], axis=1)
    found = precision.factor(cost)
    assert found["factor"] == pytest.approx(25.0, abs=4 * found["factor_se"])
    assert found["factor_se"] == pytest.approx(25 * (4 / 20_000) ** 0.5, rel=0.5)


def test_no_effect_is_no_difference(program: Loader) -> None:
    precision = program("precision")
    result = precision.simulated(precision.given(), 4, 50)
    more, review = result.cost[:, 1] - result.cost[:, 0], 90 / 1.035  # the plan, and its review after a year
    alive = (more - 497) / review * 50  # of 50 people, then
    assert alive == pytest.approx(np.rint(alive), abs=1e-6) and ((alive > 40) & (alive < 50.5)).all()
    assert (result.statistics.time[:, 0] == result.statistics.time[:, 1]).all()


def test_the_figures_on_record_meet_what_was_asked(checkout: Path) -> None:
    found = json.loads((checkout / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    speed, precision, decision = found["speed"], found["precision"], found["decision"]
    assert speed["weibull"]["ratio_to_c"] >= 0.6
    assert speed["two_threads"]["speed_up"] >= 1.6
    assert speed["peak_memory_mb"] < 300
    assert decision["curves_seconds"] < 0.3 and decision["evppi_seconds"] < 4 and decision["learning_seconds"] < 3
    assert precision["zero_effect_arm_identical"] is True
    assert next(iter(precision["cases"].values()))["factor"] >= 8


# --- the gate, on made-up times -----------------------------------------------------------------


class Machine:
    """A clock that only work moves, on a machine whose speed may change from one piece of work to the next."""

    def __init__(self, speeds: Iterator[float]) -> None:
        self.now, self.speeds, self.done = 0.0, speeds, list[str]()

    def clock(self) -> float:
        return self.now

    def work(self, name: str, seconds: float) -> Callable[[], None]:
        def work() -> None:
            self.now += seconds / next(self.speeds)
            self.done.append(name)

        return work


Gate = Callable[..., tuple[int, str]]


@pytest.fixture
def gated(program: Loader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Gate:
    """``gated({"w1": 2.0}, "--save", FILE)``: the gate on work of so many seconds, the yardstick's being one."""
    gate, workloads = program("gate"), program("workloads")

    def gated(seconds: dict[str, float], *words: object, speeds: Iterator[float] | None = None) -> tuple[int, str]:
        here = Machine(speeds or itertools.repeat(1.0))
        monkeypatch.setattr(gate, "yardstick", here.work("yardstick", 1.0))
        made = {
            name: workloads.Workload(name, lambda folder, n=name, s=s: here.work(n, s), rounds=5)
            for name, s in seconds.items()
        }
        monkeypatch.setattr(gate, "WORKLOADS", made)
        monkeypatch.setattr(gate.gate, "__defaults__", (here.clock,))
        code = gate.main([str(w) for w in words])
        return code, capsys.readouterr().out

    return gated


@pytest.mark.parametrize(("now", "code"), [(2.0, 0), (2.38, 0), (2.42, 1), (0.5, 0)])
def test_the_gate_fails_past_a_fifth_and_no_sooner(now: float, code: int, gated: Gate, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    assert gated({"w1": 2.0, "voi": 7.0}, "--save", saved)[0] == 0
    found, out = gated({"w1": now, "voi": 7.0}, "--against", saved)
    assert found == code
    assert out.count("SLOWER") == code and f"{now / 2 - 1:+.0%}" in out


def test_a_slower_machine_is_no_slower_program(gated: Gate, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    gated({"w1": 2.0}, "--save", saved)
    assert gated({"w1": 2.0}, "--against", saved, speeds=itertools.repeat(0.25))[0] == 0
    slowing = iter(np.geomspace(1.0, 0.5, 15))  # by half while it is measured
    assert gated({"w1": 2.0}, "--against", saved, speeds=slowing)[0] == 0


def test_what_is_past_the_limit_is_timed_again_before_it_fails(gated: Gate, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    gated({"w1": 2.0}, "--save", saved)
    disturbed = itertools.chain([1, 0.6, 1] * 3, itertools.repeat(1.0))  # three of the first five
    assert gated({"w1": 2.0}, "--against", saved, speeds=disturbed)[0] == 0
    assert gated({"w1": 2.0}, "--against", saved, speeds=itertools.cycle([1, 0.6, 1]))[0] == 1


def test_work_takes_turns_each_between_two_yardsticks(program: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, here = program("gate"), Machine(itertools.repeat(1.0))
    monkeypatch.setattr(gate, "yardstick", here.work("-", 2.0))
    found = gate.timed({n: here.work(n, 3.0) for n in "ab"}, {"a": 2, "b": 1}, here.clock)
    assert found == {"a": [1.5, 1.5], "b": [1.5]}
    assert "".join(here.done) == "-a--b--a-"


def test_the_gate_writes_what_it_is_told_to_and_nothing_else(gated: Gate, tmp_path: Path, checkout: Path) -> None:
    before = {p: p.read_bytes() for p in (checkout / "benchmarks").glob("*.json")}
    saved = tmp_path / "saved.json"
    gated({"w1": 2.0}, "--save", saved)
    kept = saved.read_bytes()
    gated({"w1": 3.0, "new": 1.0}, "--against", saved)
    assert saved.read_bytes() == kept and list(tmp_path.iterdir()) == [saved]
    assert {p: p.read_bytes() for p in (checkout / "benchmarks").glob("*.json")} == before
    assert gated({"new": 1.0}, "--against", saved)[0] == 2  # nothing of it is in the saved run: that is no pass


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"workloads": {}}', '{"workloads": {"w1": 2}}', '{"workloads": {"w1": {"median": 0}}}',
     '{"workloads": {"w1": {"median": NaN}}}', "[" * 100_000, " " * 2**21],
)  # fmt: skip
def test_what_is_no_saved_run_is_refused_before_anything_is_timed(content: str, gated: Gate, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    saved.write_text(content, encoding="utf-8")
    assert gated({"w1": 2.0}, "--against", saved) == (2, "")
    assert gated({"w1": 2.0}, "--against", tmp_path / "missing.json") == (2, "")


def test_the_saved_run_holds_every_workload(program: Loader, checkout: Path) -> None:
    assert set(program("gate").read(checkout / "benchmarks" / "baseline.json")) == set(program("workloads").WORKLOADS)


def test_processor_time_holds_that_of_children(program: Loader) -> None:
    gate = program("gate")
    before = gate.processor_time()
    subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)
    assert gate.processor_time() - before > 0.03


def test_time_on_record_grows_with_histories(program: Loader, checkout: Path) -> None:
    """Every size within two fifths of one line, on a crowded machine; the largest as the others foretell."""
    found = json.loads((checkout / "benchmarks" / "results.json").read_text(encoding="utf-8"))["scaling"]
    rows = found["sizes"]["draws"] + found["sizes"]["people"]
    line = program("scaling").line(rows)
    assert line == pytest.approx(found["sizes"]["line"])
    assert line["most_off"] < 0.4 and 0.75 < line["largest_over_foretold"] < 1.33
    bent = [{**r, "seconds": r["seconds"] * r["histories"] ** 0.3} for r in rows]
    assert program("scaling").line(bent)["largest_over_foretold"] > 1.33


def test_a_parameter_that_acts_late_is_told_from_one_that_acts_at_once(program: Loader) -> None:
    """What Safewards changes acts at once; moved to half a year after entry, it acts late."""
    from dataclasses import replace

    from simulate import load

    late_parameters = program("scaling").late_parameters
    case = load("safewards")
    assert late_parameters(case)[0] == set()
    usual, new = case.problem.strategies
    later = replace(new, components=tuple(replace(c, start=0.5) for c in new.components))
    costs = tuple(c for c in case.problem.costs if c.name != "safewards_delivery")  # its time is everybody's
    moved = replace(case, problem=replace(case.problem, strategies=(usual, later), costs=costs))
    assert late_parameters(moved)[0]
