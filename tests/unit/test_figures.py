"""Figures: every file is there and well formed, its numbers are the result's own, and labels stay text."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from models.contract import Event
from simulate import load
from simulate.evaluate.decision.frontier import verdict
from simulate.evaluate.decision.table import Table
from simulate.evaluate.uncertainty.precision import mcse, reach_of
from simulate.present.english.numbers import duration, short_amount
from simulate.present.faces.run import figures as figures_of
from simulate.present.figures import labels, style
from simulate.present.figures.decision import ceac, evpi, plane
from simulate.present.figures.gallery import draw_figures
from simulate.present.figures.pathway import diagram, events, occupancy
from simulate.result.result import Result
from tests.unit.synthetic_result import GRID, NASTY, PATHWAY, PEOPLE, fake_result, problem

OF_MANY = ("ceac", "ceac_per_point", "expected_loss", "evpi")  # that say how sure a choice is
STEMS = ("plane", "ceac", "frontier", "ceac_per_point", "events", "occupancy", "diagram", "expected_loss", "evpi")


@pytest.fixture(scope="module")
def result() -> Result:
    return fake_result(of=problem(("_Usual care", f"Plan {NASTY}")))


@pytest.fixture(scope="module")
def paths(result: Result, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return draw_figures(lambda: figures_of(result), tmp_path_factory.mktemp("figures") / "new" / "folder")


@pytest.fixture(scope="module")
def folder(paths: list[Path]) -> Path:
    return paths[0].parent


def text_of(svg: Path) -> str:
    """What is drawn, without what is said of it to who cannot see it."""
    root = ElementTree.parse(svg).getroot()
    for told in [x for x in root if x.tag.rpartition("}")[2] in ("title", "desc", "metadata")]:
        root.remove(told)
    return " ".join(" ".join(root.itertext()).split())


def sketch(result: Result, folder: Path) -> None:
    """Drawings and tables without pictures, which take longest."""
    with style.house_style():
        for drawing in filter(None, figures_of(result)):
            drawing.figure.savefig(folder / f"{drawing.stem}.svg")
            drawing.table.to_csv(folder / f"{drawing.stem}.csv", index=False)


def read(folder: Path, stem: str) -> pd.DataFrame:
    """The table beside a figure, every number to the last bit (pandas' own reader rounds)."""
    with (folder / f"{stem}.csv").open(encoding="utf-8", newline="") as file:
        return pd.DataFrame([{name: number(cell) for name, cell in row.items()} for row in csv.DictReader(file)])


def number(cell: str) -> str | float:
    try:
        return float(cell or "nan")
    except ValueError:
        return cell


# --- files ----------------------------------------------------------------------------------------


def test_the_files_of_every_figure_come_back_in_order(paths: list[Path], folder: Path) -> None:
    assert [p.name for p in paths] == [f"{s}.{kind}" for s in STEMS for kind in ("png", "svg", "csv")]
    assert sorted(paths) == sorted(folder.iterdir())


@pytest.mark.parametrize("stem", STEMS)
def test_every_figure_is_a_picture_a_drawing_and_a_table(folder: Path, stem: str) -> None:
    picture = imread(folder / f"{stem}.png")
    assert picture.shape[1] == 150 * style.WIDTH and picture.std() > 0.02  # something is on it
    assert ElementTree.parse(folder / f"{stem}.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert len(read(folder, stem)) > 1
    words = text_of(folder / f"{stem}.svg")
    assert "A toy. Here." in words and (stem == "diagram" or "60 draws × 100 people, seed 1" in words)


def test_the_same_result_gives_the_same_bytes_whatever_the_readers_matplotlibrc(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("axes.facecolor: red\nfont.size: 20\nsvg.fonttype: path\n")
    code = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from simulate.present.faces.run import figures as figures_of
from simulate.present.figures.gallery import draw_figures
from tests.unit.synthetic_result import NASTY, fake_result, problem
import matplotlib
assert matplotlib.rcParams["font.size"] == 20
result = fake_result(of=problem(("_Usual care", f"Plan {NASTY}")))
draw_figures(lambda: figures_of(result), Path("again"))
assert "matplotlib.pyplot" not in sys.modules
"""
    root = str(Path(__file__).resolve().parents[2])
    subprocess.run([sys.executable, "-W", "error", "-c", code, root], cwd=tmp_path, check=True)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def test_the_callers_settings_come_back(result: Result) -> None:
    before = dict(mpl.rcParams)
    with style.house_style():
        evpi.draw(result)
        assert mpl.rcParams["svg.fonttype"] == "none"
    assert dict(mpl.rcParams) == before


# --- numbers --------------------------------------------------------------------------------------


def test_the_plane_holds_the_increments_of_every_draw(result: Result, folder: Path) -> None:
    psa, found = result.psa(), read(folder, "plane")
    assert found["draw"].tolist() == list(range(60))
    assert np.array_equal(found["incremental_cost"], psa["cost_plan"] - psa["cost_usual_care"])
    assert np.array_equal(found["incremental_effect"], psa["effect_plan"] - psa["effect_usual_care"])


def test_dots_of_the_plane_lie_by_effect_along_and_by_cost_up(result: Result) -> None:
    """What is drawn, and not the table beside it; the mean too."""
    with style.house_style():
        drawing = plane.draw(result)
        assert drawing is not None
        axes = drawing.figure.axes[0]
        effect, cost = (x[:, 1] - x[:, 0] for x in (result.effect, result.cost))
        drawn = [line.get_xydata() for line in axes.lines]
        assert any(np.array_equal(points, np.column_stack([effect, cost])) for points in drawn)
        assert any(np.array_equal(points, [[effect.mean(), cost.mean()]]) for points in drawn)
        assert "cost" in axes.get_ylabel() and "cost" not in axes.get_xlabel()


def test_error_bars_of_one_draw_are_students(result: Result) -> None:
    """Of ten batches 2.26 errors either side, not 1.96; of as many as there are."""
    one = fake_result(draws=1, fixed=True)
    values, people = one.values, one.values.people
    assert len(people) > 2
    error = float(mcse(values.cost[:, 1] - values.cost[:, 0], people))
    found = plane._cloud(one, 1).error
    assert found is not None and found[1] == pytest.approx(reach_of(len(people) - 1) * error)
    assert found[1] > 1.99 * error > 0 and plane._cloud(result, 1).error is None


def test_the_acceptability_curves_are_the_results_own(result: Result, folder: Path) -> None:
    found, own = read(folder, "ceac"), result.ceac()
    pd.testing.assert_frame_equal(found[own.columns], own, check_exact=True)
    assert found["effect"].unique().tolist() == ["qaly"]
    for _, row in found.iterrows():
        assert row["frontier"] == row[f"corrected_{row['optimal']}"]
        assert 0 <= row["low_plan"] <= row["corrected_plan"] <= row["high_plan"] <= 1


def test_points_averted_are_valued_anew(result: Result, folder: Path) -> None:
    found = read(folder, "ceac_per_point")
    for effect in ("admission_pp", "detention_pp"):
        own = result.value(effect=effect).ceac()
        part = found[found["effect"] == effect].reset_index(drop=True)
        pd.testing.assert_frame_equal(part[own.columns], own, check_exact=True)


def test_the_chosen_effect_is_not_valued_twice() -> None:
    chosen = fake_result(draws=20, effect="detention_pp")
    with style.house_style():
        once, panels = ceac.draw(chosen), ceac.draw_per_point(chosen)
    assert once is not None and panels is not None
    assert isinstance(once.table, Table) and isinstance(panels.table, Table)
    both = panels.table.frame()
    part = both[both["effect"] == "detention_pp"].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, once.table.frame())


def test_without_points_averted_there_is_no_such_figure() -> None:
    assert ceac.draw_per_point(fake_result(draws=2, of=problem(points=False))) is None


def test_the_value_of_information_is_the_results_own(result: Result, folder: Path) -> None:
    found, own = read(folder, "evpi"), result.evpi()
    pd.testing.assert_frame_equal(found[own.columns], own, check_exact=True)
    assert np.allclose(found["high"] - found["corrected"], reach_of(result.corrected.degrees) * own["mcse"])


def test_events_are_the_results_own_and_trivia_is_left_out(result: Result, folder: Path) -> None:
    found, counts = read(folder, "events"), result.event_counts()
    assert found["event"].unique().tolist() == ["in_hospital", "detention", "job_entry", "restraint", "death"]
    for row in found.itertuples():
        own = counts[str(row.event)][:, result.strategies.index(row.strategy)]
        assert row.mean == own.mean()
        assert (row.low, row.high) == tuple(np.quantile(own, [0.025, 0.975]))


def test_everybody_is_somewhere(result: Result, folder: Path) -> None:
    found = read(folder, "occupancy")
    assert np.allclose(found.groupby(["domain", "strategy", "years"])["mean"].sum(), 1)
    assert found["domain"].unique().tolist() == ["care", "work"]  # life only ends
    people = result.statistics.occupancy[:, 1, 7, 3]
    detained = found[(found["level"] == "detained") & (found["strategy"] == "plan")].reset_index(drop=True)
    assert detained["mean"][7] == pytest.approx(people.mean() / 100) and detained["years"][7] == GRID[7]


def test_a_level_that_holds_nearly_everybody_is_left_white(result: Result) -> None:
    found = occupancy._shares(result, PATHWAY.domains[1])
    assert found.left_out == 0 and found.drawn_levels() == [1, 2, 3]
    assert occupancy._top(found) < 0.2
    crowd = result.statistics.occupancy.copy()
    crowd[..., 2] += 200  # now hospital holds most
    changed = replace(result, statistics=replace(result.statistics, occupancy=crowd, people=PEOPLE * 3))
    busy = occupancy._shares(changed, PATHWAY.domains[1])
    assert busy.left_out == 1
    crowd[..., 3] += 200
    even = replace(result, statistics=replace(result.statistics, occupancy=crowd, people=PEOPLE * 5))
    assert occupancy._shares(even, PATHWAY.domains[1]).left_out is None


def test_quadrants_are_those_of_the_verdicts() -> None:
    cost, effect = (x.ravel() for x in np.meshgrid([-2.0, -1.0, 0.0, 3.0], [-1.0, 0.0, 2.0]))
    said: list[str] = [verdict(c, e) for c, e in zip(cost, effect, strict=True)]
    order = ("costs more, gains health", "dominates", "saves money, loses health", "dominated", "no difference")
    assert plane.shares(cost, effect) == pytest.approx([said.count(v) / 12 for v in order])


# --- cases at the edge ----------------------------------------------------------------------------


def test_one_draw_is_a_point_with_its_monte_carlo_error(tmp_path: Path) -> None:
    sketch(fake_result(1, fixed=True), tmp_path)
    for stem in set(STEMS) - {"diagram", *OF_MANY}:  # what can happen does not go by draws
        assert "One draw, at the published point estimates" in text_of(tmp_path / f"{stem}.svg")
    drawn = text_of(tmp_path / "plane.svg")
    assert "Monte Carlo error, 95%" in drawn and "around 95%" not in drawn
    assert [stem for stem in OF_MANY if (tmp_path / f"{stem}.svg").exists()] == []


def test_no_difference_at_all_is_said(tmp_path: Path) -> None:
    sketch(fake_result(difference=0.0), tmp_path)
    assert (read(tmp_path, "cost_difference")[["incremental_cost", "incremental_effect"]] == 0).all(axis=None)
    assert not (tmp_path / "plane.svg").exists()
    for stem in ("frontier", "ceac", "ceac_per_point", "expected_loss"):
        assert "No strategy differs from the comparator in any draw." in text_of(tmp_path / f"{stem}.svg")
    assert "costs the same in 100%" in text_of(tmp_path / "cost_difference.svg")
    assert "EVPI is 0 at every threshold" in text_of(tmp_path / "evpi.svg")


def test_many_draws_are_thinned_and_become_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plane, "MOST_POINTS", 25)
    monkeypatch.setattr(plane, "RASTERISED", 10)
    with style.house_style():
        drawing = plane.draw(fake_result())
        assert drawing is not None
        style.write(drawing, tmp_path)
    svg = (tmp_path / "plane.svg").read_text(encoding="utf-8")
    assert "<image" in svg and svg.count("<use") < 60
    assert "Every 3rd draw is shown; outlines and shares are of all draws." in text_of(tmp_path / "plane.svg")
    assert len(read(tmp_path, "plane")) == 60


def test_ten_strategies_fit(tmp_path: Path) -> None:
    """Nothing warns that axes collapsed, and no two strategies look the same."""
    many = fake_result(draws=8, of=problem([f"Strategy with rather a long name, number {i}" for i in range(10)]))
    with style.house_style():
        drawings = [plane.draw(many), ceac.draw(many), events.draw(many), occupancy.draw(many)]
        for drawing in drawings:
            assert drawing is not None
            drawing.figure.draw_without_rendering()
    assert len({(style.colour(i), style.marker(i)) for i in range(10)}) == 10


def test_one_strategy_has_no_plane() -> None:
    assert plane.draw(fake_result(draws=3, of=problem(["Usual care"]))) is None


# --- text is data ---------------------------------------------------------------------------------


def test_labels_stay_text(folder: Path) -> None:
    assert f"Plan {NASTY}" in text_of(folder / "ceac.svg")
    assert "_Usual care" in text_of(folder / "ceac.svg")  # a leading underscore hides nothing
    assert f"Plan {NASTY}" in text_of(folder / "occupancy.svg")
    assert f"Restraint {NASTY}" in text_of(folder / "events.svg")
    assert "&lt;b&gt;bold&lt;/b&gt;" in (folder / "plane.svg").read_text(encoding="utf-8")


def test_control_characters_and_unknown_glyphs_harm_nothing(tmp_path: Path) -> None:
    odd = fake_result(draws=4, of=problem(["Usual\x00\x1b care", "計画 \ud800\nin two lines"]))
    with style.house_style():
        drawing = events.draw(odd)
        assert drawing is not None
        style.write(drawing, tmp_path)
    assert "Usual\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} care" in text_of(tmp_path / "events.svg")
    assert "計画 \N{REPLACEMENT CHARACTER} in two lines" in text_of(tmp_path / "events.svg")


def test_words() -> None:
    measures = {m.name: m for m in problem().effects}
    assert labels.effect_axis(measures["qaly"]) == "Quality-adjusted life-years gained per person, QALYs"
    assert labels.effect_axis(measures["admission_pp"]) == "Admissions averted, new minus comparator, percentage points"
    assert labels.per_effect(fake_result().value(effect="admission_pp")) == "per percentage point averted"
    assert [duration(y) for y in (1 / 12, 1.25, 1.5, 10.0, 0.1)] == [
        "1 month", "15 months", "18 months", "10 years", "0.1 years"
    ]  # fmt: skip
    assert [short_amount(v, "£") for v in (0.5, 5, 20_000)] == ["£0.50", "£5", "£20,000"]
    assert labels.wrapped("word " * 50, 20).count("\n") == 2


def test_tick_labels_are_plain_numbers() -> None:
    ticks = style.Numbers()
    ticks.create_dummy_axis()
    ticks.set_locs([-1_500_000, 0, 1_500_000])
    assert ticks(-1_500_000) == "\N{MINUS SIGN}1,500,000"
    ticks.set_locs([1_000, 1_000.25, 1_000.5])
    assert ticks(1_000.25) == "1,000.25"


def test_the_diagram_tells_every_way_once_and_what_acts_on_it() -> None:
    """Of joint crisis plans: an admission leads to two levels, restraint to none; the plan acts where it is said to."""
    case = load("joint_crisis_plan")
    few: Any = SimpleNamespace(case=case, strategies=tuple(s.id for s in case.problem.strategies))
    pathway = few.case.problem.pathway
    told = {d.name: [*diagram.steps(few, d)] for d in pathway.domains}
    moving = [(o, d) for e in pathway.events for o, b in _ends(e) for d in b]
    assert sorted((s.outcome, d) for d, some in told.items() for s in some if s.target) == sorted(moving)
    care = {s.outcome: s for s in told["care"]}
    acted = {o for o, s in care.items() if s.strategies}
    plan = few.case.problem.strategies[1].components
    assert acted == {
        o
        for o in care
        for c in plan
        for e in c.effects
        if o.partition(".")[0] == e.event and e.branch in (None, *o.split(".")[1:])
    }
    assert care["restraint"].target is None and len(care["restraint"].sources) == 2


def _ends(event: Event) -> list[tuple[str, Mapping[str, str]]]:
    """Ways an event can end, and the levels each leads to."""
    return [(f"{event.name}.{b.name}", b.becomes) for b in event.branches] or [(event.name, event.becomes)]
