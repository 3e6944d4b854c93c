"""The figure of individual histories, and what ``recovery-cea trace`` leaves and prints."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from simulate import load
from simulate.present.faces.trace import figures
from simulate.present.figures import style
from simulate.present.figures.gallery import draw_figures
from simulate.present.figures.pathway import lifelines
from simulate.running.tracing import END, ENTRY, Trace, follow

pytestmark = pytest.mark.usefixtures("solved_once")

Example = Callable[[str], ModuleType]


@pytest.fixture(scope="module")
def ill(example: Example) -> Trace:
    script = example("illness_death")
    return follow(load(script.PROBLEM, inline=script.INLINE), people=25, draws=16, draw=2)


@pytest.fixture(scope="module")
def ward(example: Example) -> Trace:
    return follow(load(example("ward_restraint").PROBLEM), people=60, fixed=True)


def drawn(trace: Trace) -> style.Drawing:
    with style.house_style():
        return lifelines.draw(trace)


# --- what is drawn ----------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["ill", "ward"])
def test_lines_cover_the_time_alive_and_no_more(which: str, request: pytest.FixtureRequest) -> None:
    trace: Trace = request.getfixturevalue(which)
    table = drawn(trace).table
    assert isinstance(table, pd.DataFrame)
    assert list(table.columns) == ["person", "strategy", "level", "begin", "end"]
    for (person, strategy), mine in table.groupby(["person", "strategy"]):
        steps = [s for s in trace.steps if (s.person, s.strategy) == (person, strategy)]
        begin, end, level = mine["begin"].to_numpy(), mine["end"].to_numpy(), mine["level"].to_numpy()
        assert begin[0] == 0 and (begin[1:] == end[:-1]).all() and (end > begin).all()
        assert end[-1] == steps[-1].time  # the end of follow-up, or death
        assert (level[1:] != level[:-1]).all()  # one line for as long as the level lasts


def test_events_have_their_signs(ward: Trace) -> None:
    domain = lifelines.coloured(ward.case.problem.pathway)
    marks = list(lifelines._marks(ward, domain))
    assert len(marks) == sum(s.event not in (ENTRY, END) for s in ward.steps)
    assert {m.event for m in marks} == {"restraint", lifelines.MOVES}


def test_death_is_a_cross_and_ends_the_line(ill: Trace) -> None:
    marks = list(lifelines._marks(ill, lifelines.coloured(ill.case.problem.pathway)))
    deaths = [m for m in marks if m.event == lifelines.ENDS]
    assert len(deaths) == sum(s.after == {"health": "dead"} for s in ill.steps) > 20
    figure = drawn(ill).figure
    crosses = [line for ax in figure.axes for line in ax.lines if line.get_marker() == "X"]
    assert sum(len(np.atleast_1d(line.get_xdata())) for line in crosses) == len(deaths)


def test_strategies_stand_side_by_side_with_people_in_one_order(ill: Trace) -> None:
    left, right = drawn(ill).figure.axes
    assert (left.get_title(loc="left"), right.get_title(loc="left")) == ("Old drug", "New drug")
    assert left.get_ylim() == right.get_ylim() and left.get_xlim() == right.get_xlim() == (0, 40)
    assert [t.get_text() for t in left.get_yticklabels()] == [str(k) for k in range(25)]
    assert {t.get_text() for t in right.get_yticklabels()} == {""}


def test_the_domain_with_most_levels_to_move_between_is_coloured(example: Example) -> None:
    assert lifelines.coloured(load("joint_crisis_plan").problem.pathway).name == "care"
    assert lifelines.coloured(example("illness_death").PROBLEM.pathway).name == "health"


@pytest.mark.parametrize("asked", [{"person": 45}, {"people": 1, "strategy": "usual"}, {"people": 150}])
def test_any_number_of_people_fits(asked: dict[str, Any], example: Example, tmp_path: Path) -> None:
    trace = follow(load(example("ward_restraint").PROBLEM), fixed=True, **asked)
    files = draw_figures(lambda: figures(trace), tmp_path)
    assert [f.name for f in files] == ["lifelines.png", "lifelines.svg", "lifelines.csv"]
    assert imread(files[0]).shape[1] == 7.5 * 150
    ElementTree.parse(files[1])


def test_a_crowd_of_events_is_not_marked(ward: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifelines, "CROWD", 3)
    figure = drawn(ward).figure
    words = " ".join(t.get_text() for t in figure.texts)
    assert "More than 3 events under one strategy: only deaths are marked there." in words
    assert not [line for ax in figure.axes for line in ax.lines if line.get_marker() == "o"]


def test_labels_stay_text(example: Example, tmp_path: Path) -> None:
    from dataclasses import replace

    problem = example("ward_restraint").PROBLEM
    nasty = "$x$ & <b>bold</b> \\frac{1}{2}"
    strategies = tuple(replace(s, label=f"{nasty} {s.id}") for s in problem.strategies)
    trace = follow(load(replace(problem, strategies=strategies)), fixed=True)
    files = draw_figures(lambda: figures(trace), tmp_path)
    texts = " ".join("".join(t.itertext()) for t in ElementTree.parse(files[1]).iter() if t.tag.endswith("text"))
    assert nasty in texts


def test_the_same_trace_gives_the_same_bytes(ward: Trace, tmp_path: Path) -> None:
    first, second = (draw_figures(lambda: figures(ward), tmp_path / name) for name in "ab")
    assert [f.read_bytes() for f in first] == [f.read_bytes() for f in second]


# --- the command line -------------------------------------------------------------------------


@pytest.mark.usefixtures("ward_in_catalogue")
def test_the_command_writes_a_table_and_a_figure(command: Any, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    done = command("trace", "ward_restraint", "--people", 5, "--fixed", "--seed", 4, "--out", folder)
    assert done.code == 0, done.err
    with (folder / "trace.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert list(rows[0]) == ["person", "strategy", "years", "days", "event", "from", "to"]
    assert {r["person"] for r in rows} == set("01234") and {r["strategy"] for r in rows} == {"usual", "programme"}
    assert {p.name for p in (folder / "figures").iterdir()} == {f"lifelines.{x}" for x in ("png", "svg", "csv")}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["kind"], manifest["draw"], manifest["seed"], manifest["rng"]) == ("trace", 0, 4, "splitmix64")
    assert len(manifest["libm"]) == 32 and "ward_restraint.toml" in manifest["inputs"]
    assert "Person 3, Programme:" in done.out and "days  entry: ward" in done.out
    assert str(folder) in done.out and "discharge: home" in done.out


@pytest.mark.usefixtures("ward_in_catalogue")
def test_json_is_all_there_is_on_stdout(command: Any, tmp_path: Path) -> None:
    words = ("trace", "ward_restraint", "--person", 45, "--draw", 3, "--draws", 16, "--rng", "philox", "--json")
    done = command(*words, "--out", tmp_path / "out")
    found = json.loads(done.out)
    assert (found["draw"], found["rng"], found["horizon_years"], found["faults"]) == (3, "philox4x32-10", 1.0, [])
    assert {s["person"] for s in found["steps"]} == {45}
    assert set(found["steps"][0]) == {"person", "strategy", "years", "days", "event", "from", "to"}


@pytest.mark.usefixtures("ward_in_catalogue")
def test_long_output_is_cut_and_says_so(command: Any, tmp_path: Path) -> None:
    done = command("trace", "ward_restraint", "--people", 200, "--fixed", "--out", tmp_path / "out")
    assert "more lines; trace.csv holds every event." in done.out and len(done.out.splitlines()) < 320


@pytest.mark.usefixtures("ward_in_catalogue", "no_figures")
def test_a_trace_and_a_run_do_not_replace_one_another(command: Any, tmp_path: Path) -> None:
    """Each would lose the other's work."""
    small = ("ward_restraint", "--fixed", "--people", 20, "--out", tmp_path / "out")
    assert command("run", *small).code == 0
    done = command("trace", *small)
    assert done.code == 2 and "a new folder or one from an earlier trace" in done.err
    assert (tmp_path / "out" / "summary.json").is_file()
    assert command("trace", *small[:-1], tmp_path / "other").code == 0
    done = command("run", *small[:-1], tmp_path / "other")
    assert done.code == 2 and "a new folder or one from an earlier run" in done.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--draw", "1024"], "draw: 1024; allowed 0 to 1023"),
        (["--person", "anna"], "person: 'anna'; allowed: a number from 0"),
        (["--strategy", "joint_crisis_plann"], "did you mean joint_crisis_plan?"),
        (["--variant", "se_05"], "did you mean se_005?"),
        (["--method", "sobl"], "allowed: sobol, random"),
        (["--people", "0"], "--people"),
        (["--set", "c_bed_dya=1"], "did you mean c_bed_day?"),
    ],
)
def test_bad_options_are_refused_before_anything_is_solved(
    options: list[str], words: str, command: Any, tmp_path: Path
) -> None:
    from simulate.engine import driver

    before = driver.kernel_runs
    done = command("trace", "joint_crisis_plan", *options, "--out", tmp_path / "out")
    assert (done.code, done.out) == (2, "") and words in done.err
    assert driver.kernel_runs == before and list(tmp_path.iterdir()) == []
