"""Figures: every file is there and well formed, its numbers are the result's own, and labels stay text."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from models.contract import (
    Branch,
    Component,
    CostItem,
    DecisionProblem,
    Delivery,
    Domain,
    EffectMeasure,
    Event,
    Exponential,
    Group,
    Pathway,
    Perspective,
    Setting,
    StateTime,
    Strategy,
    Utility,
    When,
)
from simulate.case import Case
from simulate.engine.statistics import Statistics
from simulate.evaluate.frontier import verdict
from simulate.present.figures import ceac, events, evpi, occupancy, plane, style, words
from simulate.present.gallery import draw_figures
from simulate.result import Options, Result

STEMS = ("plane", "ceac", "ceac_per_point", "events", "occupancy", "evpi")
PEOPLE = np.full(4, 25)
GRID = np.arange(19) / 12
NASTY = "$x$ & <b>bold</b> \\frac{1}{2}"

PATHWAY = Pathway(
    name="toy",
    domains=(
        Domain("life", ("alive", "dead"), absorbing=("dead",)),
        Domain("care", ("community", "informal", "detained"), "Care setting"),
        Domain("work", ("none", "job")),
    ),
    start={"life": "alive", "care": "community", "work": "none"},
    events=(
        Event(
            "admission",
            When(care="community"),
            Exponential("r"),
            branches=(Branch("informal", 1.0, {"care": "informal"}), Branch("detained", 1.0, {"care": "detained"})),
            label="admission to hospital; informal or not",
        ),
        Event("discharge", When(care=("informal", "detained")), Exponential("r"), {"care": "community"}),
        Event("restraint", When(care="detained"), Exponential("r"), label=f"restraint {NASTY}"),
        Event("job_entry", When(work="none"), Exponential("r"), {"work": "job"}),
        Event("never", When(), Exponential("r")),
        Event("death", When(), Exponential("r"), {"life": "dead"}),
    ),
    groups=(
        Group("detention", ("admission.detained",), "detention"),
        Group("in_hospital", ("admission",), "admission, of any kind"),
    ),
)
STATES = (
    {"life": "alive", "care": "community", "work": "none"},
    {"life": "alive", "care": "community", "work": "job"},
    {"life": "alive", "care": "informal", "work": "none"},
    {"life": "alive", "care": "detained", "work": "none"},
    {"life": "dead"},
)
SHARES = np.array([0.75, 0.15, 0.05, 0.03, 0.02])
OUTCOMES = ("admission.informal", "admission.detained", "discharge", "restraint", "job_entry", "never", "death")
MEAN_COUNTS = np.array([0.4, 0.2, 0.6, 0.05, 0.1, 0.0, 0.02])
TRACKERS = ("admission", "discharge", "restraint", "job_entry", "never", "death", "detention", "in_hospital")


def problem(labels: Iterable[str] = ("Usual care", "Plan"), points: bool = True) -> DecisionProblem:
    ids = ("usual_care", "plan", "team", "both", "more", "most", "even_more", "last", "ninth", "tenth")
    strategies = tuple(
        Strategy(name, label, (Component("plan", ""),) if i else ())
        for i, (name, label) in enumerate(zip(ids, labels, strict=False))
    )
    averted = (
        EffectMeasure("admission_pp", "Admissions averted", "percentage point", ever="in_hospital"),
        EffectMeasure("detention_pp", "Detentions averted", "percentage point", ever="detention"),
    )
    effects = (EffectMeasure("qaly", "Quality-adjusted life-years", "QALY"), *(averted if points else ()))
    return DecisionProblem(
        id="toy",
        label="A toy",
        question="",
        pathway=PATHWAY,
        strategies=strategies,
        settings=(Setting("base", "Here", 1.5, (), "nhs", "qaly"),),
        costs=(
            CostItem("bed", "", "nhs", StateTime(When(care=("informal", "detained"))), "c_bed"),
            CostItem("plan", "", "nhs", Delivery("plan"), "c_plan"),
        ),
        utilities=(Utility(When(care="community"), "u_home"), Utility(When(), "u_ward")),
        effects=effects,
        perspectives=(Perspective("nhs", "NHS", ("nhs",)),),
        parameter_files=(),
        discount_costs=0.035,
        discount_effects=0.035,
        thresholds={"qaly": tuple(5000.0 * k for k in range(11)), "admission_pp": (0.0, 500.0, 1000.0)}
        | {"detention_pp": (0.0, 250.0, 500.0)},
    )


@dataclass(frozen=True)
class FakeDraws:
    """What figures and valuation ask of parameter draws."""

    names: tuple[str, ...]
    values: np.ndarray

    def engine(self, quantity: str, /) -> np.ndarray:
        return self.values[:, self.names.index(quantity)]


def fake_draws(draws: int) -> FakeDraws:
    spread = np.random.default_rng(1).normal(size=(draws, 4)) * [20_000, 60, 0.02, 0.03]
    return FakeDraws(("c_bed", "c_plan", "u_home", "u_ward"), [180_000, 400, 0.7, 0.55] + spread)


def statistics(draws: int, strategies: tuple[str, ...], difference: float) -> Statistics:
    """Synthetic sums; each strategy after the first has `difference` less of hospital, draw by draw a little other."""
    rng = np.random.default_rng(2)
    less = 1 - difference * np.arange(len(strategies)) * rng.normal(1, 0.8, (draws, 1))
    noise = difference * rng.normal(0, 0.05, (draws, len(strategies), len(PEOPLE)))
    factor = (less[:, :, None] + noise)[..., None]
    time = np.repeat((PEOPLE[:, None] * 1.5 * SHARES * _scaled(factor))[:, :, :, None, :], 3, axis=3)
    count = np.repeat((PEOPLE[:, None] * MEAN_COUNTS * factor)[:, :, :, None, :], 3, axis=3)
    ever = PEOPLE[:, None] * np.linspace(0.05, 0.4, len(TRACKERS)) * factor
    leaving = (1 - np.exp(-6 * GRID))[:, None] * SHARES[2:] * 100 * factor.mean(axis=2)[:, :, None, :]
    away = np.rint(leaving).astype(np.int64)
    home = 100 - away.sum(axis=-1, keepdims=True)
    occupancy = np.concatenate([home - home // 6, home // 6, away], axis=-1)
    return Statistics(
        strategies, STATES, OUTCOMES, TRACKERS, PEOPLE, 1.5, time, count, ever, ever, occupancy, GRID
    )


def _scaled(factor: np.ndarray) -> np.ndarray:
    return np.where([False, False, True, True, False], factor, 1.0)


def fake_result(
    draws: int = 60,
    difference: float = 0.2,
    effect: str = "qaly",
    of: DecisionProblem | None = None,
    fixed: bool = False,
) -> Result:
    chosen = of or problem()
    drawn = cast(Any, fake_draws(draws))
    if not difference:
        drawn = replace(drawn, values=drawn.values * [1, 0, 1, 1])
    case = Case(chosen, chosen.settings[0], cast(Any, {}))
    options = Options(draws, int(PEOPLE.sum()), 1, fixed, "sobol", "nhs", effect)
    found = statistics(draws, tuple(s.id for s in chosen.strategies), difference)
    return Result(case, options, drawn, drawn, cast(Any, None), found)


@pytest.fixture(scope="module")
def result() -> Result:
    return fake_result()


@pytest.fixture(scope="module")
def folder(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("figures") / "new"
    draw_figures(result, made)
    return made


def text_of(svg: Path) -> str:
    return " ".join(" ".join(ElementTree.parse(svg).getroot().itertext()).split())


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("stem", STEMS)
def test_every_figure_is_a_picture_a_drawing_and_a_table(folder: Path, stem: str) -> None:
    assert imread(folder / f"{stem}.png").std() > 0.02  # something is on it
    assert ElementTree.parse(folder / f"{stem}.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert len(pd.read_csv(folder / f"{stem}.csv")) > 1
    assert "A toy. Here. 60 draws × 100 people, seed 1" in text_of(folder / f"{stem}.svg")


def test_the_paths_come_back_in_order(result: Result, folder: Path) -> None:
    paths = draw_figures(result, folder)
    assert [p.name for p in paths] == [f"{s}.{kind}" for s in STEMS for kind in ("png", "svg", "csv")]
    assert sorted(paths) == sorted(folder.iterdir())


def test_the_same_result_gives_the_same_bytes_in_another_process(folder: Path, tmp_path: Path) -> None:
    """A matplotlibrc of the reader's changes nothing either."""
    (tmp_path / "matplotlibrc").write_text("axes.facecolor: red\nfont.size: 20\nsvg.fonttype: path\n")
    again = tmp_path / "again"
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}; from pathlib import Path; "
        "from tests.unit.test_figures import fake_result, draw_figures; "
        f"draw_figures(fake_result(), Path({str(again)!r}))"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", f"sys=__import__('sys'); sys.path.insert(0, {str(root)!r}); {code}"],
                   cwd=tmp_path, check=True)
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name
