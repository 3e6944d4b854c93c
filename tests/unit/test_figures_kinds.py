"""What holds of every figure of a kind: outlines within draws, shares of 100%, frontier, loss, words for readers."""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.path import Path as PolygonPath
from PIL import Image

from models.contract import Domain, ModelError
from simulate import load, read_psa, run
from simulate.analyse import sweep
from simulate.ask.case import Case
from simulate.evaluate.decision.table import Table
from simulate.evaluate.rare.lacking import Lacking
from simulate.evaluate.uncertainty.precision import reach_of
from simulate.present.english.numbers import most_valuable, whole_percents
from simulate.present.figures import labels, style
from simulate.present.figures.decision import cost_difference, frontier, loss, plane
from simulate.present.figures.decision.outline import hull, outline
from simulate.present.figures.finished import scatter
from simulate.present.figures.pathway import diagram, occupancy
from simulate.present.figures.sensitivity import sweep as drawn
from simulate.result.finished.psa_table import PsaTable
from simulate.result.result import Result
from tests.unit.synthetic_result import fake_result, problem
from tests.unit.test_figures_tidy import untidy


@pytest.fixture(scope="module")
def result() -> Result:
    return fake_result()


def words_of(figure: Figure) -> str:
    return style.described(style.Drawing("x", figure, Table({})))[1]


# --- outlines -------------------------------------------------------------------------------------


def test_an_outline_holds_95_percent_of_a_cloud_and_never_leaves_it() -> None:
    rng = np.random.default_rng(3)
    x, y = (rng.normal(size=(20_000, 2)) @ [[2.0, 1.0], [0.0, 0.5]] + [3, -1]).T
    inside = PolygonPath(outline(x, y)).contains_points(np.stack([x, y], axis=1), radius=1e-9)
    assert 0.948 < inside.mean() < 0.951


def test_an_outline_of_what_cannot_fall_below_0_does_not() -> None:
    """Where an ellipse of the same mean and covariance does."""
    rng = np.random.default_rng(4)
    x, y = rng.exponential(size=(2, 500))
    size, axes = np.linalg.eigh(np.cov(x, y))
    lowest = x.mean() - 2.45 * np.sqrt((size * axes[0] ** 2).sum())
    assert lowest < -0.5 and outline(x, y).min() >= 0.0


@pytest.mark.parametrize(("x", "y"), [([1.0, 2.0, 3.0], [2.0, 4.0, 6.0]), ([1.0, 1.0, 1.0], [0.0, 1.0, 2.0])])
def test_an_outline_of_a_line_is_its_ends(x: list[float], y: list[float]) -> None:
    found = outline(np.array(x), np.array(y), share=1.0)
    assert {tuple(p) for p in found.tolist()} == {(x[0], y[0]), (x[-1], y[-1])}


def test_a_hull_is_that_of_every_half_plane() -> None:
    """By its meaning: in any direction no point lies further out than some corner; and each corner is a point."""
    points = [tuple(p) for p in np.random.default_rng(5).integers(0, 6, (40, 2)).tolist()]
    corners = hull(points)
    assert set(corners) <= set(points) and len(set(corners)) == len(corners)
    for angle in np.linspace(0, 2 * np.pi, 73):
        way = np.array([np.cos(angle), np.sin(angle)])
        assert max(np.array(corners) @ way) == pytest.approx(max(np.array(points) @ way))


# --- shares ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shares", "whole"),
    [
        ((0.594, 0.402, 0.004), [60, 40, 0]),
        ((1 / 3, 1 / 3, 1 / 3), [34, 33, 33]),
        ((0.29, 0.57, 0.14), [29, 57, 14]),
        ((1.0, 0.0), [100, 0]),
        ((0.005, 0.995), [1, 99]),
    ],
)
def test_whole_percentages_add_to_100(shares: tuple[float, ...], whole: list[int]) -> None:
    assert whole_percents(shares) == whole and sum(whole) == 100


def test_the_corners_of_a_plane_add_to_100(result: Result) -> None:
    """Where each share rounded by itself does not: 59.4% and 40.2% and 0.4% came to 59 and 40."""
    for seed in range(20):
        draws = np.random.default_rng(seed).normal(size=(2, 199))
        ax = style.paper(1, 1, 3.0)[1][0]
        plane._corners(ax, plane.shares(*draws), several=True, valued=True)
        assert sum(int(n) for text in ax.texts for n in re.findall(r"(\d+)%", text.get_text())) == 100


# --- frontier and loss ----------------------------------------------------------------------------


def test_the_frontier_tells_the_means_and_places_of_the_result(result: Result) -> None:
    with style.house_style():
        drawing = frontier.draw(result)
    assert drawing is not None and isinstance(drawing.table, Table)
    found, own = drawing.table.frame(), result.incremental()
    assert found["strategy"].tolist() == own["strategy"].tolist()
    pd.testing.assert_frame_equal(found[["icer", "status"]], own[["icer", "status"]])
    for row in found.itertuples():
        i = result.strategies.index(str(row.strategy))
        assert row.incremental_cost == pytest.approx((result.cost[:, i] - result.cost[:, 0]).mean())
        assert row.incremental_effect == pytest.approx((result.effect[:, i] - result.effect[:, 0]).mean())
    assert found.loc[found["strategy"] == "usual_care", "cost_error"].item() == 0.0
    assert found.loc[found["strategy"] == "plan", "cost_error"].item() > 0.0


def test_what_is_beaten_is_hollow_and_off_the_line() -> None:
    ax = style.paper(1, 1, 3.0)[1][0]
    three = [("a", 0.0, 0.0, True), ("b", 1.0, 5.0, False), ("c", 2.0, 3.0, True)]
    frontier.paint(ax, [frontier.Place(i, e, c, stay, n) for i, (n, e, c, stay) in enumerate(three)])
    signs = [line for line in ax.lines if line.get_marker() != "None"]
    assert [line.get_markerfacecolor() == "white" for line in signs] == [False, True, False]
    lines = [line.get_xydata().tolist() for line in ax.lines if line.get_color() == "black"]  # type: ignore[union-attr]
    assert lines == [[[0.0, 0.0], [2.0, 3.0]]]


@pytest.mark.parametrize(
    ("status", "icer", "words"),
    [
        ("reference", np.nan, "where the frontier begins"),
        ("on frontier", 1234.6, "£1,235 per QALY"),
        ("on frontier", np.nan, "on frontier, at a ratio that is mere noise"),
        ("extendedly dominated", np.nan, "extendedly dominated"),
        ("reference, but for what was not seen", np.nan, "where the frontier begins, but for what was not seen"),
    ],
)
def test_a_place_is_told_in_words(status: str, icer: float, words: str) -> None:
    assert frontier.place_words(status, icer, "£", "per QALY") == words


def test_the_least_expected_loss_is_the_evpi(result: Result) -> None:
    with style.house_style():
        drawing = loss.draw(result)
    assert drawing is not None
    for kind, value in (("loss", "value"), ("corrected", "corrected")):
        least = np.min([drawing.table[f"{kind}_{s}"] for s in result.strategies], axis=0)
        assert least == pytest.approx(result.evpi_table[value], rel=1e-12), kind


def test_a_finished_table_has_a_frontier_of_its_own(checkout: Path) -> None:
    table = read_psa(checkout / "scripts" / "examples" / "psa_german.csv")
    with style.house_style():
        drawing = scatter.draw_frontier(table)
        again = scatter.draw_plane(table)
    assert drawing is not None and again is not None and isinstance(drawing.table, Table)
    assert drawing.table["status"] == list(table.incremental()["status"])
    means = table.cost.mean(axis=0) - table.cost[:, table.reference].mean()
    for row in drawing.table.rows():
        assert row["incremental_cost"] == pytest.approx(means[table.strategies.index(row["strategy"])], abs=1e-9)
    for figure in (drawing.figure, again.figure):
        assert list(untidy(figure)) == []
    assert scatter.draw_frontier(_benefits()) is None


def _benefits() -> PsaTable:
    draws = np.random.default_rng(1).normal(size=(8, 2))
    return PsaTable(draws, 0 * draws, ("a", "b"), "a", np.empty((8, 0)), (), of_benefit=True)


# --- an effect that is one number -----------------------------------------------------------------


def constant(result: Result) -> Result:
    """The same costs, and an effect of 1 under the plan in every draw."""
    other = replace(result)
    vars(other).update(vars(result))
    vars(other)["cost"], vars(other)["effect"] = result.cost, np.broadcast_to([0.0, 1.0], result.cost.shape)
    return other


def test_an_effect_that_is_one_number_has_no_plane_but_its_costs(result: Result) -> None:
    one = constant(result)
    with style.house_style():
        assert plane.draw(one) is None and cost_difference.draw(result) is None
        drawing = cost_difference.draw(one)
    assert drawing is not None and isinstance(drawing.table, Table)
    heights = [bar.get_height() for bar in drawing.figure.axes[0].patches if isinstance(bar, Rectangle)]
    assert sum(heights) == len(one.cost)  # every draw stands in one bar
    told = words_of(drawing.figure)
    saving = round(100 * float((one.cost[:, 1] < one.cost[:, 0]).mean()))
    assert "is 1 QALY in every draw" in told and f"saves money in {saving}%" in told
    assert list(untidy(drawing.figure)) == []


# --- sweeps ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def case() -> Case:
    return load("safewards")


def test_a_tornado_shows_how_sure_each_end_is(case: Case) -> None:
    found = sweep.one_way(case, ["c_safewards_ward", "rr_containment_safewards"], people=100, threads=1)
    with style.house_style():
        drawing = drawn.draw_tornado(found, "cost")
    frame, values = drawing.table, found.result.values
    assert isinstance(frame, pd.DataFrame) and len(frame) == 2
    gained = values.cost[:, 1] - values.cost[:, 0]  # base case, then low and high of each name
    for row in frame.itertuples():
        k = found.names.index(str(row.parameter))
        for told, at in ((row.error_at_low, 1 + 2 * k), (row.error_at_high, 2 + 2 * k)):
            moved = gained[at] - gained[0]
            by_hand = np.sqrt(np.cov(moved, aweights=values.people, ddof=0) / (len(moved) - 1))
            assert told == pytest.approx(reach_of(len(moved) - 1) * by_hand, rel=1e-6, abs=1e-9)
    assert "Monte Carlo error of the move" in words_of(drawing.figure)
    assert list(untidy(drawing.figure)) == []


def test_what_is_changed_stands_on_every_figure_of_a_sweep_and_nothing_is_named_by_its_id(case: Case) -> None:
    dearer = load("safewards", changes={"c_safewards_ward": 20_000.0})
    one = sweep.one_way(dearer, ["c_bed_day"], people=100, threads=1)
    switch = sweep.threshold_value(dearer, "rr_containment_safewards", people=100, threads=1)
    two = sweep.two_way(dearer, "c_bed_day", "rr_containment_safewards", points=3, people=100, threads=1)
    with style.house_style():
        drawings = [drawn.draw_tornado(one, "nmb"), drawn.draw_switching(switch), drawn.draw_two_way(two)]
        for drawing in drawings:
            assert "Changed from the shipped case" in words_of(drawing.figure), drawing.stem
            assert list(untidy(drawing.figure)) == [], drawing.stem


# --- words ----------------------------------------------------------------------------------------


def test_no_last_line_holds_a_few_words_alone() -> None:
    text = "word " * 26 + "alone"  # one word too many for 130 characters
    assert [len(row) for row in labels.rows_of_text(text, 130)] == [69, 65]
    assert labels.wrapped("Peer support against usual care, of any kind", 40).split("\n") == [
        "Peer support against", "usual care, of any kind",
    ]  # fmt: skip
    long = "word " * 44
    assert labels.rows_of_text(long, 125)[0] == ("word " * 25).strip()  # the second of two is no orphan: as it comes


def test_balanced_lines_are_as_few_as_can_be() -> None:
    rng = np.random.default_rng(6)
    for _ in range(200):
        text = " ".join("x" * n for n in rng.integers(1, 12, rng.integers(1, 30)))
        found = labels.balanced(text, 40)
        assert " ".join(found) == text and max(map(len, found)) <= 40
        assert len(found) == len(textwrap.wrap(text, 40))


def test_one_is_not_several() -> None:
    assert [most_valuable(n, 9) for n in (1, 2)] == ["The most valuable of 9", "The 2 most valuable of 9"]


def test_a_picture_says_in_words_what_it_shows(result: Result, tmp_path: Path) -> None:
    with style.house_style():
        drawings = [d for d in (plane.draw(result), occupancy.draw(result)) if d is not None]
        for drawing in drawings:
            style.write(drawing, tmp_path)
    assert len(drawings) == 2
    for drawing in drawings:
        title, told = style.described(drawing)
        root = ElementTree.parse(tmp_path / f"{drawing.stem}.svg").getroot()
        first, second = root[0], root[1]
        assert (root.get("role"), first.text, second.text) == ("img", title, told)
        assert (first.tag, second.tag) == tuple(f"{{http://www.w3.org/2000/svg}}{x}" for x in ("title", "desc"))
        assert told.endswith(f"The numbers are in {drawing.stem}.csv.") and "A toy. Here." in told
        with Image.open(tmp_path / f"{drawing.stem}.png") as picture:
            assert (picture.info["Title"], picture.info["Description"]) == (title, told)


def test_a_description_is_data_too(tmp_path: Path) -> None:
    """Labels that look like markup, and characters that no Latin alphabet has, come back as they were."""
    odd = fake_result(draws=4, of=problem(("Usual </desc><script>", "計画 \ud800")))
    with style.house_style():
        drawing = plane.draw(odd)
        assert drawing is not None
        style.write(drawing, tmp_path)
    root = ElementTree.parse(tmp_path / "plane.svg").getroot()
    assert root[1].text == style.described(drawing)[1] and "Usual </desc><script>" in (root[1].text or "")
    assert not [x for x in root.iter() if x.tag.endswith("script")]
    with Image.open(tmp_path / "plane.png") as picture:
        assert picture.info["Description"] == root[1].text


def test_levels_are_told_in_the_words_of_their_domain() -> None:
    domain = Domain("care", ("home", "crisis_team"), labels=("at home", ""))
    assert [domain.label_of(level) for level in (*domain.levels, "out_of_work")] == [
        "at home", "crisis team", "out of work",
    ]  # fmt: skip
    with pytest.raises(ModelError, match=r"Domain care\.labels: 1 for 2 levels; allowed: one for each"):
        Domain("care", ("home", "away"), labels=("at home",))
    few: Any = SimpleNamespace(case=load("joint_crisis_plan"), strategies=("usual_care",))
    with style.house_style():
        drawing = diagram.draw(few)
    assert drawing is not None
    words = {" ".join(text.get_text().split()) for ax in drawing.figure.axes for text in ax.texts}
    assert {"home treatment", "informal inpatient"} <= words and not {"crisis", "informal"} & words


def test_a_domain_in_which_nobody_moves_has_no_panel(result: Result) -> None:
    crowd = result.statistics.occupancy.copy()
    crowd[..., 0] += crowd[..., 1]
    crowd[..., 1] = 0  # nobody ever in a job
    still = replace(result, statistics=replace(result.statistics, occupancy=crowd))
    with style.house_style():
        drawings = [occupancy.draw(result), occupancy.draw(still)]
    told = [
        d.table["domain"].unique().tolist() for d in drawings if d is not None and isinstance(d.table, pd.DataFrame)
    ]
    assert told == [["care", "work"], ["care"]]


def test_where_nobody_is_simulated_no_noise_of_people_is_drawn_or_told(result: Result) -> None:
    nobody = replace(result, statistics=replace(result.statistics, grid_error=1e-9))
    vars(nobody)["lacking"] = Lacking((), frozenset())
    for name in ("ceac", "evpi", "expected_loss"):
        figure = getattr(nobody.plot, name)()
        told = [t.get_text() for key in figure.legends for t in key.get_texts()]
        assert told and not any("noise" in words or "naive" in words for words in told), name
        lines = [line for line in figure.axes[0].lines if line.get_linestyle() == "--"]
        assert lines == [], name


def test_a_notebook_and_figures_tell_no_people_where_there_are_none() -> None:
    account = run(load("health_coaching"), draws=16, people=20, variants=False)
    assert "16 draws, nobody is simulated, seed 1" in labels.viewpoint(account)
    html = account._repr_html_()
    assert html is not None and "MCSE" not in html and "people, seed" not in html
