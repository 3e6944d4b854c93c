"""A traced history is the history of the run, to the last bit, and what a fault tells to type shows that very one."""

from __future__ import annotations

import csv
import re
import shlex
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from models.contract import ModelError
from simulate import load, run, trace
from simulate.ask.asked import ask
from simulate.ask.case import Case
from simulate.engine import driver
from simulate.engine.arithmetic.random_numbers import GENERATORS
from simulate.engine.lower.collect import Collect
from simulate.running import known, solving, tracing
from simulate.running.lowering import lower_case
from simulate.running.running import drawn_for
from simulate.running.tracing import END, ENTRY, Step, follow, in_words
from simulate.solve.calibration import Calibration

DRAWS, PEOPLE = 32, 30
ROWS = 100_000

Example = Callable[[str], ModuleType]


@pytest.fixture(scope="module")
def solved() -> dict[str, Calibration]:
    """Calibrations of this module, each made once: they are the same every time."""
    return {}


@pytest.fixture(autouse=True)
def solved_once(solved: dict[str, Calibration], hasty_calibration: None, monkeypatch: pytest.MonkeyPatch) -> None:
    real = solving.solved_for

    def solved_for(case: Case, **how: Any) -> Calibration:
        key = f"{case.asked} {case.problem.id} {how['fixed']}"
        if key not in solved:
            solved[key] = real(case, **how)
        return solved[key]

    for module in (known, tracing):
        monkeypatch.setattr(module, "solved_for", solved_for)


@pytest.fixture
def cases(example: Example) -> dict[str, Case]:
    ward, illness = example("ward_restraint"), example("illness_death")
    return {
        "joint_crisis_plan": load("joint_crisis_plan"),
        "ward_restraint": load(ward.PROBLEM),
        "illness_death": load(illness.PROBLEM, inline=illness.INLINE),
    }


def cohort(folder: Path, people: int = 12) -> Path:
    """People of the ward, some of whom enter at home or part of the way through a stay."""
    path = folder / "people.csv"
    rows = [
        [f"p{k}", 1 + k % 3, ("detained", "informal")[k % 2], ("ward", "ward", "home")[k % 3], k / 100]
        for k in range(people)
    ]
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([["id", "weight", "legal", "place", "elapsed"], *rows])
    return path


def of_a_run(case: Case, **asked: Any) -> dict[tuple[int, int | str, str], list[tuple[object, ...]]]:
    """Every history of a run, by draw, person and strategy: its rows without entry and end, all draws at once."""
    whole = ask(case, draws=DRAWS, people=PEOPLE, **asked)
    o, people, file = whole.options, whole.options.people, whole.options.file
    calibration = solving.solved_for(case, fixed=False, threads=2, progress=lambda *_: None)
    lowered, lookup = lower_case(case, calibration.apply(drawn_for(whole)), Collect())
    _, rows = driver.simulate(
        lowered, lookup, people=people, seed=o.seed, histories=ROWS, generator=GENERATORS[o.rng], file=file
    )
    assert 0 < len(rows) < ROWS
    names = lowered.names
    out: dict[tuple[int, int | str, str], list[tuple[object, ...]]] = {}
    for d, p, s, time, before, outcome, after in rows.tolist():
        person = int(p) if file is None else file.ids[int(p)]
        row = (time, names.outcomes[int(outcome)], dict(names.states[int(before)]), dict(names.states[int(after)]))
        out.setdefault((int(d), person, names.strategies[int(s)]), []).append(row)
    return out


def happened(steps: tuple[Step, ...], person: int | str, strategy: str) -> list[tuple[object, ...]]:
    """The events of one traced history."""
    mine = [s for s in steps if (s.person, s.strategy) == (person, strategy) and s.event not in (ENTRY, END)]
    return [(s.time, s.event, dict(s.before or {}), dict(s.after)) for s in mine]


@pytest.mark.parametrize("name", ["joint_crisis_plan", "ward_restraint", "illness_death"])
@pytest.mark.parametrize("rng", ["splitmix64", "philox4x32-10", "sobol-owen"])
def test_histories_are_those_of_a_run(name: str, rng: str, cases: dict[str, Case]) -> None:
    case = cases[name]
    asked: dict[str, Any] = {"seed": 11, "rng": rng}
    whole = of_a_run(case, **asked)
    events = 0
    for draw in (0, 17, DRAWS - 1):
        found = follow(case, people=PEOPLE, draw=draw, draws=DRAWS, **asked)
        assert found.people == tuple(range(PEOPLE))
        for person in found.people:
            for strategy in found.strategies:
                history = happened(found.steps, person, strategy)
                assert history == whole.get((draw, person, strategy), [])
                events += len(history)
    assert events > 100


def test_histories_of_a_file_are_those_of_a_run(cases: dict[str, Case], tmp_path: Path) -> None:
    case = cases["ward_restraint"]
    asked: dict[str, Any] = {"seed": 3, "rng": "splitmix64", "cohort": cohort(tmp_path)}
    whole = of_a_run(case, **asked)
    found = follow(case, draw=5, draws=DRAWS, **asked)
    assert found.people == tuple(f"p{k}" for k in range(12))
    for person in found.people:
        for strategy in found.strategies:
            assert happened(found.steps, person, strategy) == whole.get((5, person, strategy), [])
    alone = follow(case, draw=5, draws=DRAWS, person="p7", **asked)
    assert alone.steps == tuple(s for s in found.steps if s.person == "p7")


def spent(steps: list[Step], states: tuple[dict[str, str], ...]) -> np.ndarray:
    """Years in each joint state, added in the order in which they pass."""
    out = np.zeros(len(states))
    for before, after in pairwise(steps):
        out[states.index(dict(before.after))] += after.time - before.time
    return out


@pytest.mark.parametrize("variant", [None, "se_020"])
def test_the_totals_of_persons_are_those_of_their_traces(variant: str | None, cases: dict[str, Case]) -> None:
    case = cases["joint_crisis_plan"]
    result = run(case, draws=16, people=20, seed=4, persons=True, variants=True)
    x = (result if variant is None else result.variants[variant]).statistics
    found = follow(case, people=20, draws=16, seed=4, draw=9, variant=variant)
    for person in range(20):
        for s, strategy in enumerate(x.strategies):
            steps = [t for t in found.steps if (t.person, t.strategy) == (person, strategy)]
            if steps[-1].event == END:
                assert np.array_equal(x.person_time[9, s, person, 0], spent(steps, x.states))
            counts = [sum(t.event == o for t in steps) for o in x.outcomes]
            assert np.array_equal(x.person_count[9, s, person, 0], counts)


def test_a_person_alone_and_a_strategy_alone_are_the_same(cases: dict[str, Case]) -> None:
    case = cases["ward_restraint"]
    everybody = follow(case, people=50, draws=DRAWS)
    alone = follow(case, person=45, draws=DRAWS, strategy="programme")
    assert alone.steps == tuple(s for s in everybody.steps if s.person == 45 and s.strategy == "programme")
    assert len(alone.steps) > 3


# --- the table --------------------------------------------------------------------------------


def test_the_table_is_tidy_and_in_words(cases: dict[str, Case]) -> None:
    table = trace(cases["joint_crisis_plan"], people=15, draws=16)
    assert list(table.columns) == ["person", "strategy", "years", "days", "event", "from", "to"]
    assert np.allclose(table["days"], table["years"] * 365.25)
    for _, history in table.groupby(["person", "strategy"]):
        assert history["event"].iloc[0] == ENTRY and history["years"].is_monotonic_increasing
        assert (history["from"].iloc[1:].to_numpy() == history["to"].iloc[:-1].to_numpy()).all()
        assert history["event"].iloc[-1] == END or history["to"].iloc[-1] == "dead"
    assert {"community, out of work", "informal, out of work"} <= set(table["to"])


def test_states_in_words(example: Example) -> None:
    pathway = example("illness_death").PROBLEM.pathway
    assert [in_words(pathway, {"health": x}) for x in ("sick", "dead")] == ["sick", "dead"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"draw": 32}, "draw: 32; allowed 0 to 31"),
        ({"draw": -1}, "draw: -1; allowed 0 to 31"),
        ({"person": "anna"}, "person: 'anna'; allowed: a number from 0"),
        ({"person": 2**64}, "allowed: a number from 0"),
        ({"strategy": "programm"}, "did you mean programme?"),
        ({"variant": "wide"}, "Setting base: variant: 'wide' is unknown"),
        ({"people": 0}, "people: 0; need at least 1"),
        ({"rng": "philo"}, "rng: 'philo' is unknown; allowed: splitmix64, philox4x32-10"),
    ],
)
def test_what_cannot_be_traced_is_named(asked: dict[str, Any], words: str, example: Example) -> None:
    with pytest.raises(ModelError, match=re.escape(words)):
        follow(load(example("ward_restraint").PROBLEM), draws=DRAWS, **asked)


# --- faults -----------------------------------------------------------------------------------


@pytest.fixture
def few_events(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A history of more than two events is a fault, until the patch is undone."""
    monkeypatch.setattr(driver, "EVENT_CAP", 2)
    yield monkeypatch


OPTIONS = (
    "--draws",
    "64",
    "--seed",
    "9",
    "--rng",
    "philox",
    "--set",
    "r_police_contact=1.5",
    "--setting",
    "crimson_2013",
)


def test_a_faults_command_replays_that_history(command: Any, few_events: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = driver.simulate  # solving is not at fault here
    few_events.setattr(driver, "simulate", lambda *a, **k: real(*a, **{"event_cap": cap(k), **k}))
    done = command("run", "joint_crisis_plan", *OPTIONS, "--people", 50, "--out", tmp_path / "out")
    assert (done.code, done.out) == (3, "") and not (tmp_path / "out").exists()
    told = re.fullmatch(
        r"(?:.*: \d+ s\n)*error: more than 2 events in one history: (seed 9, draw (\d+), person (\d+), strategy (\w+));"
        r" replay: recovery-cea (trace joint_crisis_plan .*)\n",
        done.err,
    )
    assert told is not None, done.err
    place, draw, person, strategy, words = told.groups()
    replay = (*shlex.split(words), "--out", tmp_path / "replay")
    again = command(*replay)
    assert again.code == 3 and place in again.err  # the same history is at fault, and shown as far as it went
    assert len(events_in(tmp_path / "replay", strategy)) == 2
    few_events.setattr(driver, "EVENT_CAP", 100_000)
    whole = command(*replay)
    assert whole.code == 0, whole.err
    assert events_in(tmp_path / "replay", strategy)[:2] == events_in_run(int(draw), int(person), strategy)[:2]
    assert len(events_in(tmp_path / "replay", strategy)) > 2


def cap(options: dict[str, Any]) -> int | None:
    """Calibration asks for its own seeds; its histories may be as long as they like."""
    from simulate.solve.simulator import CALIBRATION_SEED

    return 100_000 if options["seed"] >= CALIBRATION_SEED else None


def events_in(folder: Path, strategy: str) -> list[tuple[float, str]]:
    with (folder / "trace.csv").open(encoding="utf-8", newline="") as handle:
        rows = [r for r in csv.DictReader(handle) if r["strategy"] == strategy and "(" not in r["event"]]
    return [(float(r["years"]), r["event"]) for r in rows]


def events_in_run(draw: int, person: int, strategy: str) -> list[tuple[float, str]]:
    case = load("joint_crisis_plan", "crimson_2013", changes={"r_police_contact": 1.5})
    found = follow(case, person=person, draw=draw, draws=64, seed=9, rng="philox")
    return [(s.time, s.event) for s in found.steps if s.strategy == strategy and "(" not in s.event]


def test_a_scripts_fault_tells_the_call_that_replays_it(
    example: Example, few_events: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case, path = load(example("ward_restraint").PROBLEM), cohort(tmp_path)
    with pytest.raises(driver.NumericalError) as fault:
        run(case, draws=16, seed=2, cohort=path)
    call = re.search(
        r"replay: simulate\.trace\(case, draws=16, seed=2, cohort='(.*)', draw=(\d+), person='(\w+)'\)$",
        str(fault.value),
    )
    assert call is not None, str(fault.value)
    assert call[1] == str(path)
    with pytest.warns(
        RuntimeWarning, match=f"more than 2 events in one history: seed 2, draw {call[2]}, person {call[3]}"
    ):
        table = trace(case, draws=16, seed=2, cohort=call[1], draw=int(call[2]), person=call[3])
    assert set(table["person"]) == {call[3]} and not (table["event"] == END).all()


def test_a_fault_while_solving_says_where_the_search_was(few_events: pytest.MonkeyPatch) -> None:
    from simulate.solve.calibration import calibrate

    case = load("joint_crisis_plan")
    with pytest.raises(
        driver.NumericalError, match=r"more than 2 events .* while solving for .*, at r_admission = 0\.25,"
    ):
        calibrate(case.problem, case.setting, case.parameters, fixed=True)


def test_long_histories_are_traced_whole(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    """More events than there is room for at first."""
    from simulate.engine import replay

    case = load(example("ward_restraint").PROBLEM, changes={"r_readmission": 300.0, "los_median": 1.0})
    whole = follow(case, person=0, fixed=True)
    monkeypatch.setattr(replay, "ROWS", 5)
    assert follow(case, person=0, fixed=True).steps == whole.steps and len(whole.steps) > 200
