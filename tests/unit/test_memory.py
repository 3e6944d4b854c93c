"""Memory is told before a run begins, near enough to what it takes, and what cannot fit is refused at once."""

from __future__ import annotations

import subprocess
import sys
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from parameters.arrays import Floats
from simulate import load, run
from simulate.ask.asked import ask
from simulate.engine import driver, gathering, memory
from simulate.engine.progress import silent
from simulate.evaluate.bases import needed
from simulate.running import running
from simulate.running.forecast import predicted_bytes, refuse_unaffordable
from simulate.running.known import Known
from simulate.running.lowering import collected

# The peak is read from /proc: getrusage's would begin at the peak of the process that starts this one.
MEASURE = """
import re, sys
from pathlib import Path
from simulate import load, run
from simulate.ask.asked import ask
from simulate.running.forecast import predicted_bytes
from simulate.running.lowering import collected
from simulate.solve import centre, solution, surface
centre.SEARCH_PEOPLE, centre.CENTRE_PEOPLE, surface.DESIGN_PEOPLE = 4000, 20000, 250
solution.MOST_BEYOND, solution.FRESH_PEOPLE = (0, 0.0), 500
case, draws, people, variants = load(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "variants"
def field(name):
    return 1024 * int(re.search(name + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

size = {"by_year": True, "threads": 2, "variants": variants}
run(case, draws=16, people=4, **size).summary()
Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
before = field("VmRSS")
run(case, draws=draws, people=people, **size).summary()
asked = ask(case, draws=draws, people=people, by_year=True)
beside = len(case.setting.variants) if variants else 0
told = predicted_bytes(asked.delivered, collected(asked), draws=draws, people=people, threads=2, variants=beside)
print(told / (field("VmHWM") - before), field("VmHWM") / 1e9)
"""
MOST = 2.0  # GB of a whole process, of 10,000 draws of four strategies by year


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is counted otherwise elsewhere")
@pytest.mark.parametrize(
    ("problem", "draws", "people", "variants", "most"),
    [
        ("recovery_portfolio", 10_000, 10, "", 1.25),  # people are not kept: 5,000 of them take as much
        ("recovery_portfolio", 10_000, 10, "variants", 1.25),
        ("supported_accommodation", 6_000, 10, "", 1.25),
        ("joint_crisis_plan", 8_000, 10, "", 1.25),
        ("joint_crisis_plan", 2, 1_000_000, "", 2.0),  # people of both draws need not be there at once
    ],
)
def test_the_forecast_is_near_what_a_run_takes(
    problem: str, draws: int, people: int, variants: str, most: float, checkout: Path
) -> None:
    words = [sys.executable, "-c", MEASURE, problem, str(draws), str(people), variants]
    done = subprocess.run(words, cwd=checkout, check=True, capture_output=True, text=True)
    ratio, peak = map(float, done.stdout.split())
    assert 1.0 <= ratio < most, done.stdout
    assert peak < MOST, done.stdout


def test_more_of_anything_takes_more(example: Callable[[str], ModuleType]) -> None:
    case = load(example("ward_restraint").PROBLEM)
    collect, usual = needed(case.problem), {"draws": 1000, "people": 1000, "threads": 1}
    least = predicted_bytes(case, collect, **usual)
    for change in ({"draws": 2000}, {"people": 1_000_000}):
        assert predicted_bytes(case, collect, **{**usual, **change}) > least
    for more in ({"subgroup": "legal"}, {"years": True}, {"people": True}):
        assert predicted_bytes(case, replace(collect, **more), **usual) > least


def test_a_variants_sums_are_let_go_before_the_next_and_found_again_to_the_last_bit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = load("safewards")
    one = case.setting.variants[0]
    several = tuple(replace(one, name=name) for name in ("first", "second", "third"))
    case = replace(case, setting=replace(case.setting, variants=several))
    sums: list[weakref.ref[Floats]] = []
    held: list[int] = []
    simulate_draws = running.simulate_draws

    def watched(*args: Any, **words: Any) -> Any:
        held.append(sum(x() is not None for x in sums))
        found = simulate_draws(*args, **words)
        sums.extend(weakref.ref(getattr(found, name)) for name in ("count", "time", "year_count"))
        return found

    monkeypatch.setattr(running, "simulate_draws", watched)
    size: dict[str, Any] = {"draws": 16, "people": 20, "by_year": True}
    result = run(case, variants=True, **size)
    told = result.summary()
    assert held == [0, 3, 3, 3]
    assert sum(x() is not None for x in sums) == 3
    whole = running.answered(ask(case, **size), None, variants=True, threads=1, progress=silent, known=Known())
    before = len(held)
    assert whole.summary() == told and len(held) == before
    for name in ("first", "second"):
        mine, theirs = result.variants[name], whole.variants[name]
        assert (mine.cost == theirs.cost).all() and (mine.effect == theirs.effect).all()
        assert mine.statistics.draws == 16 and len(held) == before
    for name in ("first", "second"):
        ours, others = result.variants[name].statistics, whole.variants[name].statistics
        for array in ("count", "time", "occupancy", "grid", "year_time", "year_count"):
            assert np.array_equal(getattr(ours, array), getattr(others, array))
        before += 1
        assert len(held) == before  # once for all that is asked of one


def test_what_is_refused_holds_the_variants(monkeypatch: pytest.MonkeyPatch) -> None:
    case, before = load("safewards"), driver.kernel_runs
    asked = ask(case, draws=4096, people=100, by_year=True)
    sizes = [
        predicted_bytes(asked.delivered, collected(asked), draws=4096, people=100, threads=1, variants=n)
        for n in (0, 1)
    ]
    monkeypatch.setattr(memory, "available", lambda: int(sum(sizes) / 2 / memory.FILLED))
    words: dict[str, Any] = {"draws": 4096, "people": 100, "by_year": True, "threads": 1}
    with pytest.raises(memory.ResourceError, match="or leave the variants out"):
        run(case, variants=True, **words)
    assert driver.kernel_runs == before
    refuse_unaffordable(asked, threads=1, variants=0)


def test_too_many_draws_are_refused_before_anything_runs(command: Any, tmp_path: Path) -> None:
    before, started = driver.kernel_runs, time.monotonic()
    done = command("run", "joint_crisis_plan", "--draws", 200_000_000, "--out", tmp_path / "out")
    assert (done.code, done.out) == (4, "")
    assert "GiB is free; ask for fewer than 200,000,000 draws of 1,000 people" in done.err
    assert driver.kernel_runs == before and list(tmp_path.iterdir()) == []
    assert time.monotonic() - started < 10  # far less, on a quiet machine


def test_too_many_people_are_refused(example: Callable[[str], ModuleType]) -> None:
    with pytest.raises(memory.ResourceError, match="GiB is free"):
        run(load(example("ward_restraint").PROBLEM), draws=1, people=10**12)


def test_what_is_free_decides(example: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> None:
    case = load(example("ward_restraint").PROBLEM)
    monkeypatch.setattr(memory, "available", lambda: 2**20)
    with pytest.raises(memory.ResourceError, match=r"needs about \d+\.\d GiB and 0\.0 GiB is free"):
        run(case, draws=64, people=50)
    monkeypatch.setattr(memory, "available", lambda: None)
    run(case, draws=1, people=50)


def test_a_containers_limit_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, "_CGROUPS", ((str(tmp_path), "max", "current", "inactive_file"),))
    machine = memory.available()
    (tmp_path / "current").write_text("700\n")
    (tmp_path / "max").write_text("max\n")
    assert memory.available() is not None and machine is not None
    (tmp_path / "max").write_text("1000\n")
    assert memory.available() == 300
    (tmp_path / "memory.stat").write_text("anon 5\ninactive_file 100\n")
    assert memory.available() == 400  # cached files give way


def test_statistics_are_gathered_a_few_draws_at_a_time_and_sums_let_go(
    example: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    def bits() -> list[bytes]:
        found = run(load(example("ward_restraint").PROBLEM), draws=40, people=60, by_year=True).statistics
        return [np.ascontiguousarray(v).tobytes() for v in vars(found).values() if isinstance(v, np.ndarray)]

    let_go: list[tuple[int, int]] = []

    def give_back(array: Floats, low: int, high: int) -> None:
        memory.give_back(array, low, high)
        let_go.append((low, high))

    at_once = bits()
    monkeypatch.setattr(memory, "SLAB", 4096)
    monkeypatch.setattr(gathering, "SLAB", 4096)
    monkeypatch.setattr(gathering, "give_back", give_back)
    assert bits() == at_once
    assert len(let_go) > 100


def test_what_is_given_back_is_gone_and_nothing_else() -> None:
    array = memory.zeros((100, 2**16))
    array[...] = 1.0
    memory.give_back(array, 30, 60)
    assert array[:30].all() and array[60:].all()
    if sys.platform.startswith("linux"):
        assert not array[31:59].any()
    few = memory.zeros((3, 2))
    memory.give_back(few, 0, 3)
    assert few.base is None
