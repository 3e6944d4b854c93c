"""What is asked of a finished table: decisions by plain loops, columns that tell nothing, very many parameters."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.contract import ModelError
from simulate import PsaTable, Terms, read_psa
from simulate.evaluate import TrialOfMeans, TrialOfShares, evppi
from simulate.present.faces.exchange.evaluate import figures
from simulate.present.figures.style import house_style
from simulate.result.finished import worth
from simulate.result.finished.evaluation import evaluate, study_of
from simulate.result.finished.likeness import moving_together

pytestmark = pytest.mark.usefixtures("solved_once")

GERMAN = "scripts/examples/psa_german.csv"


def table_of(cost: Any, effect: Any, parameters: dict[str, Any] | None = None, **given: Any) -> PsaTable:
    c, e = np.array(cost, dtype=float), np.array(effect, dtype=float)
    x = parameters or {}
    values = np.column_stack([*map(np.asarray, x.values())]) if x else np.empty((len(c), 0))
    names = tuple("ABCDEFGHIJK"[: c.shape[1]])
    return PsaTable(c, e, names, given.pop("comparator", "A"), values.astype(float), tuple(x), **given)


def drawn(draws: int = 400, seed: int = 5) -> PsaTable:
    """Two strategies whose increment in effect is normal about 0 with SD x, which half of it is."""
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((2, draws))
    effect = np.stack([np.zeros(draws), 0.1 * (x + y)], axis=1)
    noise = {"x": x, "y": y, "fixed": np.full(draws, 3.0), "idle": rng.random(draws), "again": 2 - 5 * x}
    return table_of(np.zeros((draws, 2)), effect, noise)


def test_the_ranking_and_differences_by_hand() -> None:
    cost = [[0, 10, 20, 100], [0, 10, 40, 100], [0, 10, 30, 100]]
    effect = [[0, 1, 1, 3], [0, 1, 3, 3], [0, 1, 1.1, 2.7]]
    table = table_of(cost, effect, comparator="B", terms=Terms(threshold=20.0, thresholds=(0.0, 20.0)))
    ranking = table.ranking().set_index("strategy")
    benefit = (20 * np.array(effect) - cost).mean(axis=0)
    assert list(ranking.index) == [("A", "B", "C", "D")[s] for s in np.argsort(-benefit)]
    assert ranking["net_benefit"].loc[["A", "B", "C", "D"]].tolist() == pytest.approx(benefit.tolist())
    assert ranking["rank"].tolist() == [1, 2, 3, 4]
    assert ranking["p_best"].sum() == pytest.approx(1)
    assert ranking["status"]["C"] == "on frontier" and ranking["status"]["A"] == "on frontier"
    assert replace(table, comparator="A").ranking().set_index("strategy")["status"]["A"] == "reference"
    rows = table.differences().set_index("strategy")
    assert list(rows.index) == ["A", "C", "D"] and set(rows["versus"]) == {"B"}
    assert rows["icer"]["C"] == pytest.approx((30 - 10) / (5.1 / 3 - 1))
    assert rows["cost"]["A"] == -10 and rows["verdict"]["A"] == "saves money, loses health"
    assert rows["p_cost_effective"]["D"] == 0.0
    assert rows["net_benefit_low"]["C"] < rows["net_benefit"]["C"] < rows["net_benefit_high"]["C"]


def test_frames_make_the_same_table(checkout: Path) -> None:
    """As voi's ``outputs`` and ``inputs`` are: a frame each of costs, effects and parameters."""
    read = read_psa(checkout / GERMAN, comparator="Einzeln")
    cost, effect = (pd.DataFrame(x, columns=list(read.strategies)) for x in (read.cost, read.effect))
    inputs = pd.DataFrame(read.parameters, columns=list(read.names))
    table = PsaTable.of(cost, effect, inputs, comparator="Einzeln")
    assert table.ranking().equals(read.ranking()) and table.differences().equals(read.differences())
    with pytest.raises(ValueError, match="columns differ"):
        PsaTable.of(cost, effect[effect.columns[::-1]])
    with pytest.raises(ModelError, match="comparator"):
        PsaTable.of(cost, effect, comparator="x")
    with pytest.raises(ValueError, match="199 rows for 200 draws"):
        PsaTable.of(cost, effect, inputs.iloc[1:])
    with pytest.raises(ModelError, match="cost_Gruppe; the name of a strategy's column"):
        PsaTable.of(cost, effect, inputs.rename(columns={"u_stabil": "cost_Gruppe"}))
    with pytest.raises(ModelError, match="thresholds"):
        Terms(thresholds=(-1.0,))


def test_eleven_strategies_agree_with_loops() -> None:
    rng = np.random.default_rng(2)
    cost, effect = rng.normal(1000, 300, (50, 11)), rng.normal(5, 0.1, (50, 11))
    table = table_of(cost, effect)
    frame = table.ceac([5000.0]).iloc[0]
    benefit = 5000 * effect - cost
    wins = [sum(row.argmax() == s for row in benefit) / 50 for s in range(11)]
    assert [frame[f"probability_{s}"] for s in table.strategies] == pytest.approx(wins)
    assert frame["optimal"] == table.strategies[benefit.mean(axis=0).argmax()]
    assert frame["frontier"] == wins[benefit.mean(axis=0).argmax()]
    loss = table.expected_loss([5000.0]).iloc[0]
    by_hand = [sum(max(row) - row[s] for row in benefit) / 50 for s in range(11)]
    assert [loss[f"loss_{s}"] for s in table.strategies] == pytest.approx(by_hand)
    known = table.evpi([5000.0]).iloc[0]
    assert known["value"] == pytest.approx(min(by_hand))
    best = benefit.max(axis=1) - benefit[:, benefit.mean(axis=0).argmax()]
    assert known["mcse"] == pytest.approx(best.std(ddof=1) / np.sqrt(50))
    assert len(table.incremental()) == 11 and table.psa().shape == (50, 22)


def test_what_parameters_are_worth_where_it_is_known() -> None:
    """Net benefit 2,000 (x + y) against 0: EVPPI of a normal about 0 is its SD / sqrt(2 pi)."""
    table = drawn(2000)
    found = table.evppi().set_index("group")
    for name in ("x", "y", "again"):
        assert abs(found["evppi"][name] - 2000 / np.sqrt(2 * np.pi)) < 4 * found["se"][name] < 300, name
    assert found["evppi"]["idle"] < 60 and found["se"]["idle"] > 0
    both = table.evppi({"both": ["x", "y"], "x twice": ["x", "again", "fixed"]}).set_index("group")
    assert both["evppi"]["both"] == pytest.approx(float(table.evpi([20_000.0])["value"].iloc[0]), rel=0.02)
    assert both["evppi"]["x twice"] == pytest.approx(found["evppi"]["x"], rel=1e-12)  # the same knowledge
    study = table.evsi(TrialOfMeans("fixed", "x", 2.0), [1, 10_000]).set_index("n")["evsi"]
    assert study[1] < 0.6 * study[10_000] and study[10_000] == pytest.approx(found["evppi"]["x"], rel=0.05)


def test_what_is_the_same_in_every_draw_is_worth_nothing() -> None:
    found = drawn().evppi().set_index("group")
    assert (found["evppi"]["fixed"], found["se"]["fixed"], found["method"]["fixed"]) == (0.0, 0.0, "certain")
    assert drawn().evppi({"f": ["fixed"]})["evppi"].tolist() == [0.0]


def test_columns_that_move_together_are_told() -> None:
    table = drawn()
    assert moving_together(table.parameters, table.names) == [["x", "again"]]
    rng = np.random.default_rng(1)
    x = rng.standard_normal((30, 3))
    unlike = np.column_stack([x, x[:, 0] ** 3, x[:, 0] + 1e-3 * x[:, 1], x[:, 0] * 1e-30 + 5e-30, -x[:, 1]])
    assert moving_together(unlike, list("abcdefg")) == [["a", "f"], ["b", "g"]]
    for digits in (5, 6, 9):  # as a table is saved
        saved = np.array([[float(f"{x:.{digits}g}") for x in row] for row in unlike])
        assert moving_together(saved, list("abcdefg")) == [["a", "f"], ["b", "g"]]


def wide(path: Path, draws: int, parameters: int) -> None:
    rng = np.random.default_rng(3)
    x = rng.standard_normal((draws, parameters))
    effect = np.stack([np.zeros(draws), 0.1 * x[:, parameters // 2] + 0.02 * x[:, 1]], axis=1)
    rows = np.hstack([np.zeros((draws, 2)), effect, x])
    header = ["cost_A", "cost_B", "effect_A", "effect_B", *(f"p{k}" for k in range(parameters))]
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([header, *np.round(rows, 5).tolist()])


def check_wide(path: Path, parameters: int) -> None:
    found = evaluate(read_psa(path)).parameters
    assert found is not None and len(found) == 1 + parameters
    assert found["group"].tolist()[:2] == ["everything", f"p{parameters // 2}"]
    assert found["evppi"].notna().sum() == 1 + worth.MOST_SINGLY
    assert (found["method"] == worth.LEFT_OUT).sum() == parameters - worth.MOST_SINGLY
    assert 0.8 < found["evppi"][1] / found["evppi"][0] <= 1


def test_of_very_many_parameters_the_strongest_are_fitted(tmp_path: Path) -> None:
    wide(tmp_path / "psa.csv", 40, 5_000)
    check_wide(tmp_path / "psa.csv", 5_000)


@pytest.mark.slow
def test_five_thousand_parameters_take_seconds(tmp_path: Path) -> None:
    wide(tmp_path / "psa.csv", 1_000, 5_000)
    began = time.process_time()
    check_wide(tmp_path / "psa.csv", 5_000)
    assert time.process_time() - began < 60  # about ten, alone


def test_the_quick_look_sees_what_is_not_monotone() -> None:
    rng = np.random.default_rng(4)
    x = rng.standard_normal((500, 3))
    benefit = np.stack([np.zeros(500), x[:, 1] ** 2], axis=1)
    strength = worth.between_slices(benefit, x)
    assert strength[1] > 0.7 > 0.15 > max(strength[0], strength[2])
    assert worth.between_slices(np.zeros((500, 2)), x).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda t: t.evppi({"g": []}), "empty"),
        (lambda t: t.evppi({"g": ["z"]}), "allowed: x, y"),
        (lambda t: t.evppi({"g": ["x", "x"]}), "g"),
        (lambda t: t.evppi(None, -1.0), "threshold"),
        (lambda t: t.ceac([float("nan")]), "threshold"),
        (lambda t: t.evsi(TrialOfShares("x", "y"), [10]), "shares of people, 0 to 1"),
        (lambda t: t.evsi(TrialOfMeans("x", "z", 1.0), [10]), "study"),
        (lambda t: t.evsi(TrialOfMeans("x", "y", 0.0), [10]), "SD of 0"),
        (lambda t: t.evsi(TrialOfMeans("x", "x", 1.0), [10]), "'x' in both arms"),
        (lambda t: t.evsi(TrialOfMeans("x", "y", 1.0), []), "sizes"),
        (lambda t: evaluate(t, groups={"x": ["y"]}), "is the name of a parameter"),
        (lambda t: study_of("shares:x"), "allowed: shares:A,B"),
        (lambda t: study_of("means:x,y,z"), "SD 'z' is no number"),
    ],
)
def test_what_cannot_be_asked_is_refused(ask: Callable[[PsaTable], object], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        ask(drawn(40))


def test_without_parameters_or_draws_there_is_no_value_of_them() -> None:
    table = table_of(np.ones((5, 2)), np.ones((5, 2)), {"x": range(5)})
    assert evaluate(table).parameters is None
    with pytest.raises(ModelError, match="needs 10 at least"):
        table.evppi()
    with pytest.raises(ModelError, match="holds no parameters"):
        table_of(np.ones((50, 2)), np.ones((50, 2))).evppi()


def test_what_hardly_varies_is_worth_nothing_and_stops_nothing() -> None:
    """Squares of 1e-300 vanish, whether it is a parameter's spread or that of costs and effects."""
    x = 1e-300 * np.random.default_rng(2).standard_normal(60)
    table = replace(drawn(60), parameters=np.column_stack([x, drawn(60).parameters[:, 1:]]))
    found = table.evppi().set_index("group")["evppi"]
    assert found["x"] == 0.0 and found["y"] > 0.0
    assert table.evppi({"four": ["x", "y", "idle", "again"]})["evppi"][0] > 0.0
    tiny = table_of(np.column_stack([x, -x]), np.column_stack([-x, x]), {"p": range(60), "tiny": x})
    assert tiny.evppi()["evppi"].tolist() == [0.0, 0.0]
    assert evppi(np.column_stack([x, -x]), pd.DataFrame({"x": x}))["evppi"].tolist() == [0.0]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("--sheet", "x"), ["--sheet: is of an Excel workbook, and no file is one"]),
        (
            ("--wtp", "1e60"),
            ["--wtp: 1e+60 is out of range; allowed: a finite number from 0 on, 1e+50 at most in size"],
        ),
        (("--wtp-grid", "0,1e60"), ["numbers from 0 to 1e+12 with commas"]),
        (("--study", "means:p,q,1", "--sizes", "1000000000000"), ["allowed: whole numbers from 1 to 999999999 "]),
        (("--group", "G=p", "--group", "G=q"), ["'G' given twice"]),
        (("--ignore", "cost_a"), ["'a': a cost or an effect without", "each among 'cost_b', 'effect_a',"]),
    ],
)
def test_options_that_are_no_use_are_refused_once(
    tmp_path: Path, command: Callable[..., Any], asked: tuple[str, ...], words: list[str]
) -> None:
    path = tmp_path / "psa.csv"
    path.write_text("cost_a,cost_b,effect_a,effect_b,p,q\n1,2,3,4,5,6\n2,2,4,4,6,5\n", encoding="utf-8")
    done = command("evaluate", path, *asked, "--out", tmp_path / "out")
    told = [line for line in done.err.splitlines() if line.startswith("error:")]
    assert done.code == 2 and len(told) == len(words)
    assert all(word in line for word, line in zip(words, told, strict=True))


def test_net_benefit_at_one_price_has_no_other(tmp_path: Path, command: Callable[..., Any]) -> None:
    path = tmp_path / "nb.csv"
    path.write_text("nb_a,nb_b\n1,2\n2,1\n", encoding="utf-8")
    done = command("evaluate", "--net-benefit", path, "--wtp", "5", "--wtp-grid", "0,1", "--out", tmp_path / "out")
    assert done.code == 2 and "--wtp: the table" in done.err and "--wtp-grid: the table" in done.err


def test_few_draws_and_ratios_of_noise_are_warned_of() -> None:
    assert "99 draws are few" in drawn(99).warnings()[0]
    assert not any("few:" in warning for warning in drawn(100).warnings())
    noise = table_of(np.tile([0.0, 100.0], (100, 1)), [[0, 1 if k % 2 else -0.9] for k in range(100)])
    assert "its ICER says little" in noise.warnings()[-1]


# --- the command --------------------------------------------------------------------------------------


def test_a_german_export_in_one_command(
    command: Callable[..., Any], checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_figures: None
) -> None:
    """The example file: Excel's CSV of a German locale, with umlauts, decimal commas and thousands apart."""
    monkeypatch.chdir(tmp_path)
    asked = (
        "evaluate",
        checkout / GERMAN,
        "--currency",
        "€",
        "--group",
        "p=p_Rückfall,u_stabil",
    )
    done = command(*asked)
    assert done.code == 0, done.err
    told = " ".join(done.out.split())
    for words in (
        "chance between simulated people",
        "row numbers in 'Ziehung' left out",
        "semicolons between cells; letters as cp1252; decimals with a comma",
        "costs in €",
        "Diskontsatz",
    ):
        assert words in told, words
    folder = tmp_path / "runs" / "evaluate-psa_german"
    rows = [line.split(";") for line in (checkout / GERMAN).read_text(encoding="cp1252").splitlines()]
    first = [float(text.replace(".", "").replace(",", ".")) for text in rows[1][1:]]
    kept = pd.read_csv(folder / "psa.csv")
    assert kept.iloc[0].tolist() == first and list(kept) == rows[0][1:]
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["currency"] == "€" and summary["noise_corrected"] is False
    assert [r["group"] for r in summary["evppi"]][:2] == ["everything", "p"]
    assert command(*asked).code == 0  # the same question, into the same folder
    assert [p.name for p in (tmp_path / "runs").iterdir()] == ["evaluate-psa_german"]
    again = command("evaluate", folder / "psa.csv", "--json", "--out", tmp_path / "again")
    assert again.code == 0, again.err  # what it writes it reads
    assert json.loads(again.out)["ranking"] == summary["ranking"]


def test_our_own_table_of_draws_is_read(small_run: Any, command: Callable[..., Any], tmp_path: Path) -> None:
    """Of a run, naive as the run's own naive columns: c_bed_day is a parameter, no cost of a strategy."""
    done = command(
        "evaluate",
        small_run.folder / "psa.csv",
        "--wtp-grid",
        "0",
        "--out",
        tmp_path / "out",
        "--json",
        "--wtp",
        0,
        "--figures",
        "none",
    )
    assert done.code == 0, done.err
    ours = pd.read_csv(small_run.folder / "evpi.csv")
    found = pd.read_csv(tmp_path / "out" / "evpi.csv")
    assert found["value"][0] == pytest.approx(ours["value"][0])
    assert "c_bed_day" in pd.read_csv(tmp_path / "out" / "psa.csv")


def test_every_figure_has_something_to_show_in(checkout: Path) -> None:
    found = evaluate(read_psa(checkout / GERMAN), study=TrialOfMeans("p_Rückfall", "rr_Einzeln", 1.0), sizes=[10, 99])
    few = evaluate(table_of([[1, 2]], [[1, 1]]))
    with house_style():
        stems = [drawing.stem for drawing in figures(found) if drawing is not None]
        alone = [drawing.stem for drawing in figures(few) if drawing is not None]
    assert stems == ["plane", "ceac", "frontier", "evppi", "expected_loss", "evpi", "evsi"]
    assert alone == ["plane", "ceac", "frontier", "expected_loss", "evpi"]


@pytest.mark.slow
def test_the_figures_are_written(command: Callable[..., Any], checkout: Path, tmp_path: Path) -> None:
    done = command("evaluate", checkout / GERMAN, "--figures", "all", "--out", tmp_path / "out")
    assert done.code == 0, done.err
    drawn = {p.stem for p in (tmp_path / "out" / "figures").glob("*.png")}
    assert drawn == {"plane", "ceac", "frontier", "evppi", "expected_loss", "evpi"}


@pytest.mark.parametrize(
    ("effect", "allowed"),
    [
        ("DALY", False), ("deaths", False), ("Events a year", False), ("case", False), ("DALYs averted", True),
        ("event-free year", True), ("QALY", True), ("life-year", True), ("casebook", True), ("cases cured", True),
        ("disability-adjusted life-years", False), ("mortality", False),
    ],
)  # fmt: skip
def test_more_of_a_harm_is_never_better_in_silence(effect: str, allowed: bool) -> None:
    if allowed:
        assert Terms(effect).effect == effect
    else:
        with pytest.raises(ModelError, match=r"would count as better; allowed: .* averted"):
            Terms(effect)


def test_every_mistake_in_the_options_is_told_at_once(command: Callable[..., Any], tmp_path: Path) -> None:
    done = command(
        "evaluate", "none.csv", "--wtp", -1, "--wtp-grid", "5:1:1", "--group", "g", "--sizes", "1.5",
        "--study", "x", "--figures", "some", "--effect", " ",
    )  # fmt: skip
    assert done.code == 2 and not done.out
    for words in ("--wtp", "--group", "--sizes", "--figures", "--effect", "study"):
        assert words in done.err, words
    assert command("evaluate", tmp_path / "none.csv").code == 2
    assert "no file" in command("evaluate").err
