"""What the page carries and works out by itself: the numbers of a valuation here, to the last digits there are."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from models.contract import ModelError
from simulate import load, read_result, run
from simulate.evaluate.decision import acceptability
from simulate.present.report import report
from simulate.present.report.parts import live
from simulate.present.report.parts.material import Material, material
from simulate.present.workbook.plan import Plan
from simulate.result.judgement import _is_apart
from simulate.result.parts.lines import cost_lines, worth_of
from simulate.result.parts.prices import prices_apart, taken_apart
from simulate.result.result import Result
from simulate.result.stored import read_kept
from simulate.result.summary import incremental_rows
from simulate.result.valued import Valued
from tests.unit.browser import CHROMIUM, Browser

pytestmark = pytest.mark.usefixtures("solved_once")

NODE = shutil.which("node")
PROGRAM = Path(report.__file__).parent / "page_files" / "valuation.js"
CLOSE = 1e-9  # relative, as promised; what is found is some 1e-14


class Choice(NamedTuple):
    perspective: str
    effect: str
    threshold: float
    prices: Mapping[str, float]


CHOICES = (
    Choice("service", "detention_pp", 500.0, {}),
    Choice("service", "detention_pp", 0.0, {"c_bed_day": 450.0, "c_joint_crisis_plan": 250.0}),
    Choice("societal", "qaly", 20_000.0, {"c_joint_crisis_plan": 0.0}),
)


@pytest.fixture(scope="module")
def result(small_run: Any) -> Result:
    return read_result(small_run.folder)


@pytest.fixture(scope="module")
def told(result: Result, small_run: Any) -> Material:
    return material(result, read_kept(small_run.folder).summary, {})


@pytest.fixture(scope="module")
def data(told: Material) -> dict[str, Any]:
    found = live.live_data(told)
    assert found is not None
    return dict(found)


def column(value: Any, draws: int) -> np.ndarray:
    if isinstance(value, str):
        return np.frombuffer(base64.b64decode(value), dtype="<f8")
    return np.full(draws, float(value))


def columns(values: list[Any], draws: int) -> np.ndarray:
    found: list[np.ndarray] = []
    for v in values:
        found.append(found[v["as"]] if isinstance(v, dict) else column(v, draws))
    return np.stack(found, axis=1)


def costs(data: dict[str, Any], perspective: str, fixed: Mapping[str, float]) -> np.ndarray:
    """Costs put together again from what a page carries, [draws, strategies]."""
    draws = data["draws"]
    seen = next(p["lines"] for p in data["perspectives"] if p["name"] == perspective)
    total = np.zeros((draws, len(data["strategies"])))
    for k in seen:
        price = np.ones(draws)
        for p in (data["prices"][i] for i in data["lines"][k]["prices"]):
            at = fixed.get(p["name"])
            price = price * (column(p["values"], draws) if at is None else at * p["factor"])
        total += columns(data["lines"][k]["amount"], draws) * price[:, None]
    return total


def quick(**asked: Any) -> Result:
    return run(load("safewards"), **{"draws": 16, "people": 20, "seed": 3, "variants": False, **asked})


def without_evpi(found: Result) -> Result:
    found.__dict__["withheld"] = replace(found.withheld, evpi="no study takes it away")
    return found


def valued(result: Result, choice: Choice) -> Result:
    return result.value(perspective=choice.perspective, effect=choice.effect, prices=choice.prices)


# --- what is carried --------------------------------------------------------------------------


@pytest.mark.parametrize("choice", CHOICES)
def test_what_a_page_carries_comes_to_the_same_costs_and_effects(
    result: Result, data: dict[str, Any], choice: Choice
) -> None:
    other = valued(result, choice)
    assert costs(data, choice.perspective, choice.prices) == pytest.approx(other.cost, rel=1e-12)
    effect = next(e["values"] for e in data["effects"] if e["name"] == choice.effect)
    assert columns(effect, data["draws"]) == pytest.approx(other.effect, rel=1e-12)


@pytest.mark.parametrize("problem", ["safewards", "welfare_advice", "personal_health_budgets", "recovery_college"])
def test_lines_and_prices_are_the_costs_of_every_perspective(problem: str) -> None:
    found = run(load(problem), draws=16, people=20, seed=3, variants=False)
    parts = taken_apart(found)
    drawn = {p.name: p.drawn for p in parts.prices}
    for seen in found.case.problem.perspectives:
        try:
            wanted = found.value(perspective=seen.name).cost
        except ModelError:
            continue
        mine = [x for x in parts.lines if x.payer in seen.payers and x.kind in seen.kinds]
        total = sum((x.amount * np.prod([drawn[n] for n in x.prices], axis=0)[..., None] for x in mine), np.zeros(1))
        assert np.broadcast_to(total, wanted.shape) == pytest.approx(wanted, rel=1e-12, abs=1e-9)


@pytest.mark.parametrize(
    ("problem", "setting", "price"),
    [("safewards", "england", "c_safewards_ward"), ("housing_first", "england", "c_hf_year_england")],
)
def test_what_delivers_may_be_moved_also_in_a_product_or_given_by_another_name(
    problem: str, setting: str, price: str
) -> None:
    found = run(load(problem, setting), draws=16, people=20, seed=3, variants=False)
    parts = taken_apart(found)
    first = parts.prices[0]
    assert first.name == price and first.delivers
    wanted = found.value(prices={price: 1234.5}).cost
    seen = found.case.problem.perspective(found.options.perspective)
    drawn = {p.name: p.drawn for p in parts.prices} | {price: np.full(16, 1234.5 * first.factor)}
    mine = [x for x in parts.lines if x.payer in seen.payers and x.kind in seen.kinds]
    total = sum((x.amount * np.prod([drawn[n] for n in x.prices], axis=0)[..., None] for x in mine), np.zeros(1))
    assert total == pytest.approx(wanted, rel=1e-12)


def test_page_and_workbook_take_a_result_apart_into_the_same_lines(result: Result) -> None:
    parts, lines = taken_apart(result, 3), cost_lines(result)
    assert Plan.of(result).costs[0].amount.tobytes() == lines[0].amount.tobytes()
    seen = result.case.problem.perspective(result.options.perspective)
    drawn = {p.name: p.drawn for p in parts.prices}
    mine = [x for x in parts.lines if x.payer in seen.payers and x.kind in seen.kinds]
    page = sum((x.amount * np.prod([drawn[n] for n in x.prices], axis=0)[..., None] for x in mine), np.zeros(1))
    book = sum((x.amount * worth_of(result, x.factors)[:, None] for x in lines), np.zeros(1))
    assert page == pytest.approx(book, rel=1e-14)


def test_prices_that_move_no_difference_but_by_rounding_come_by_what_is_spent_at_them() -> None:
    found = quick()
    names = [p.name for p in taken_apart(found, 100).prices]
    assert names.index("c_staff_day") < names.index("c_bed_day") < names.index("c_crisis_contact")
    assert names.index("c_crisis_contact") < names.index("c_amhp_hour")  # a day in bed costs more than all of these


def test_every_price_apart_may_be_moved_and_moves_costs_as_it_does_here(result: Result) -> None:
    parts, names = taken_apart(result, 100), {p.name for p in prices_apart(result)}
    assert {"c_bed_day", "c_joint_crisis_plan", "c_consultant_hour"} <= names
    for price in parts.prices:
        at = 1.7 * float(price.drawn.mean()) / price.factor
        wanted = result.value(prices={price.name: at}).cost
        seen = result.case.problem.perspective(result.options.perspective)
        total = np.zeros_like(wanted)
        for x in parts.lines:
            if x.payer in seen.payers and x.kind in seen.kinds:
                each = [
                    np.full(64, at * p.factor) if p is price else p.drawn for p in parts.prices if p.name in x.prices
                ]
                total += x.amount * np.prod(each, axis=0, initial=1.0)[..., None] if each else x.amount
        assert total == pytest.approx(wanted, rel=1e-12), price.name


def test_what_delivers_a_strategy_comes_first_and_what_is_not_apart_is_in_the_amounts(result: Result) -> None:
    parts = taken_apart(result, 2)
    assert [p.delivers for p in parts.prices] == [True, True]
    assert {n for x in parts.lines for n in x.prices} == {p.name for p in parts.prices}


def test_a_page_never_carries_more_than_it_may(told: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = live.live_data(told)
    assert whole is not None and live.size_of(whole) < live.LARGEST < 5_000_000
    monkeypatch.setattr(live, "LARGEST", live.size_of(whole) - 1)
    fewer = live.live_data(told)
    assert fewer is not None and len(fewer["prices"]) < len(whole["prices"])
    monkeypatch.setattr(live, "LARGEST", 100)
    assert live.live_data(told) is None
    text = report.page(told.result, told.summary)
    assert "<script" not in text and 'id="live"' not in text and "script-src &#39;none&#39;" in text


def test_what_is_withheld_of_another_effect_is_withheld_in_the_page(data: dict[str, Any]) -> None:
    kept = {(w["perspective"], w["effect"]): w for w in data["withheld"]}
    assert ("service", "detention_pp") not in kept
    table = live.live_table(_of_benefit(), "unit")
    assert table is not None and table["withheld"][0]["threshold"]


def _of_benefit() -> Any:
    import pandas as pd

    from simulate.result.finished.psa_table import PsaTable

    zero = pd.DataFrame({"a": [0.0, 0.0], "b": [0.0, 0.0]})
    found = PsaTable.of(pd.DataFrame({"a": [1.0, 2.0], "b": [2.0, 1.5]}), zero)
    object.__setattr__(found, "of_benefit", True)
    return found


# --- the program of the page ------------------------------------------------------------------


def by_program(data: dict[str, Any], choice: Choice, folder: Path) -> dict[str, Any]:
    """What the page's own program makes of it, in node."""
    (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
    words = (
        f"const V = require({json.dumps(str(PROGRAM))}), fs = require('fs');"
        f"const m = V.open(JSON.parse(fs.readFileSync({json.dumps(str(folder / 'data.json'))})));"
        f"const f = V.value(m, {json.dumps(choice._asdict())});"
        "const {increments, decision} = f;"
        "console.log(JSON.stringify({increments, decision, curve: V.curve(f)}));"
    )
    assert NODE is not None
    found: dict[str, Any] = json.loads(subprocess.run([NODE, "-e", words], capture_output=True, check=True).stdout)
    return found


def same_increments(found: list[dict[str, Any]], other: Valued) -> None:
    for ours, row in zip(found, incremental_rows(other), strict=True):
        for name in ("cost", "effect"):
            for what in ("mean", "low", "high", "mcse"):
                assert ours[name][what] == pytest.approx(row[name][what], rel=CLOSE), (name, what)
        assert ours["icer"] == (None if row["icer"] is None else pytest.approx(row["icer"], rel=CLOSE))
        assert ours["saves"] == row["p_cost_saving"]


@pytest.mark.skipif(NODE is None, reason="no node")
@pytest.mark.parametrize("choice", CHOICES)
def test_the_program_comes_to_the_numbers_of_a_run(
    result: Result, data: dict[str, Any], choice: Choice, tmp_path: Path
) -> None:
    found, other = by_program(data, choice, tmp_path), valued(result, choice)
    same_increments(found["increments"], other)
    at = [choice.threshold]
    share = acceptability.ceac(other.cost, other.effect, at)[0]
    assert found["decision"]["share"] == pytest.approx(share.tolist(), rel=CLOSE)
    loss = acceptability.expected_loss(other.cost, other.effect, at)[0]
    assert found["decision"]["loss"] == pytest.approx(loss.tolist(), rel=CLOSE)
    assert found["decision"]["evpi"] == pytest.approx(
        float(acceptability.evpi(other.cost, other.effect, at)[0]), rel=CLOSE
    )
    best = acceptability.ceaf(other.cost, other.effect, at).optimal[0]
    assert found["decision"]["best"] == best
    worth = choice.threshold * other.values.effect - other.values.cost
    apart = [_is_apart(other, worth[:, best] - worth[:, k]) for k in range(worth.shape[1])]
    assert found["decision"]["tied"] == [k for k, told in enumerate(apart) if k != best and not told]
    for row, told in zip(found["curve"], other.ceac_table.rows(), strict=True):
        assert row["threshold"] == told["threshold"]
        assert row["share"] == pytest.approx([told[f"probability_{s}"] for s in other.strategies], rel=CLOSE)


ROUNDED = np.array([[1.0, 1.0 + 1e-13, 2.0], [3.0, 2.0, 2.0], [5.0, 5.0, 5.0]])
NOTHING = np.zeros((3, 3))
SOLD = np.array([[0.0, -0.3, 1.0], [0.0, -0.3, 1.0], [0.0, -0.3, 1.0]])  # at 0.1 worth as much as 3 more, but for a bit
GAINED = np.array([[3.0, 0.0, 0.0], [3.0, 0.0, 0.0], [2.0, 0.0, 0.0]])


@pytest.mark.skipif(NODE is None, reason="no node")
@pytest.mark.parametrize(
    ("cost", "effect", "at", "shares"),
    [(ROUNDED, NOTHING, 0.0, [5 / 18, 8 / 18, 5 / 18]), (SOLD, GAINED, 0.1, [1 / 3, 2 / 3, 0])],
)
def test_ties_are_shared_by_the_program_as_they_are_here(
    data: dict[str, Any], tmp_path: Path, cost: np.ndarray, effect: np.ndarray, at: float, shares: list[float]
) -> None:
    assert at * 3.0 != 0.3 or at == 0
    only: dict[str, Any] = {"name": "x", "label": "", "lines": [0], "unit": "", "units": "", "per": ""}
    gains = only | {"thresholds": [at], "values": [live._column(c) for c in effect.T]}
    spent = {"prices": [], "amount": [live._column(c) for c in cost.T]}
    flat = {"prices": [], "lines": [spent], "withheld": [], "effects": [gains], "perspectives": [only], "draws": 3}
    toy = {**data, **flat, "strategies": ["a", "b", "c"], "labels": ["a", "b", "c"], "replicates": 0}
    found = by_program(toy, Choice("x", "x", at, {}), tmp_path)
    wanted = acceptability.ceac(cost, effect, [at])[0]
    assert wanted == pytest.approx(shares) and found["decision"]["share"] == pytest.approx(shares)


@pytest.mark.skipif(NODE is None, reason="no node")
def test_ties_are_of_what_is_paid_and_saved_and_not_of_the_rest_alone(data: dict[str, Any], tmp_path: Path) -> None:
    only: dict[str, Any] = {"name": "x", "label": "", "lines": [0, 1], "unit": "", "units": "", "per": ""}
    gains = only | {"thresholds": [0.0], "values": [0.0, 0.0]}
    spent = [{"prices": [], "amount": [1e6, 1e6]}, {"prices": [], "amount": [-999_999.0, -999_999.0 + 1e-7]}]
    flat = {"prices": [], "lines": spent, "withheld": [], "effects": [gains], "perspectives": [only], "draws": 3}
    toy = {**data, **flat, "strategies": ["a", "b"], "labels": ["a", "b"], "replicates": 0}
    decision = by_program(toy, Choice("x", "x", 0.0, {}), tmp_path)["decision"]
    assert decision["share"] == [0.5, 0.5] and decision["tied"] == [1]


@pytest.mark.skipif(NODE is None, reason="no node")
def test_errors_of_the_page_hold_what_nobody_met(tmp_path: Path) -> None:
    found = quick()
    data = live.live_data(material(found, found.summary(), {}))
    assert data is not None and found.lacking.found
    for seen in (p.name for p in found.case.problem.perspectives):
        choice = Choice(seen, found.options.effect, 500.0, {})
        same_increments(by_program(dict(data), choice, tmp_path)["increments"], valued(found, choice))


def test_where_the_evpi_is_withheld_no_expected_loss_tells_it(tmp_path: Path) -> None:
    found = without_evpi(quick())
    told = material(found, found.summary(), {})
    assert 'id="ceac"' in (text := report.page(found)) and 'id="loss"' not in text
    data = live.live_data(told)
    assert data is not None
    if NODE is not None:
        shown = by_program(dict(data), Choice(**data["usual"], prices={}), tmp_path)
        assert shown["decision"]["loss"] is shown["decision"]["evpi"] is None and shown["decision"]["share"]
        assert [row["loss"] for row in shown["curve"]] == [None] * len(shown["curve"])


# --- in a browser -----------------------------------------------------------------------------


FIGURES = """[...document.querySelectorAll('#live-table tbody tr')].map((row) =>
    [...row.querySelectorAll('[data-value]')].map((cell) => Number(cell.dataset.value)))"""


@pytest.mark.skipif(CHROMIUM is None, reason="no browser")
def test_moved_in_a_browser_the_page_tells_what_a_run_would(result: Result, small_run: Any) -> None:
    page = small_run.folder / "report.html"
    choice = Choice("service", "detention_pp", 300.0, {"c_bed_day": 450.0})
    other = valued(result, choice)
    with Browser() as browser:
        browser.open(page)
        assert browser.run("document.getElementById('live').hidden") is False
        for name, value in (("wtp", 300), ("c_bed_day", 450)):
            browser.run(
                f"(() => {{ const box = document.getElementById('{name}'); box.value = {value};"
                " box.dispatchEvent(new Event('change')); return 1; })()"
            )
        browser.settle()
        rows = browser.run(FIGURES)
        assert "c_bed_day=450" in browser.run("location.hash") and "wtp=300" in browser.run("location.hash")
        assert "--set c_bed_day=450" in browser.run("document.getElementById('live-moved').textContent")
        browser.run(
            "(() => { const box = document.getElementById('wtp'); box.value = -5;"
            " box.dispatchEvent(new Event('change')); return 1; })()"
        )
        browser.settle()
        assert browser.run("document.getElementById('wtp').value") == "300"
        refused = browser.run("[...document.querySelectorAll('.refused')].map((x) => x.textContent).join('')")
        assert refused == "-5 is not taken; allowed: 0 or more"
        browser.open(page, "?anew#perspective=societal&effect=qaly&wtp=20000&c_bed_day=nonsense&unknown=1")
        elsewhere = browser.run(FIGURES)
        browser.resize(390, 844)
        browser.settle()
        width = browser.run("document.documentElement.scrollWidth")
    [increment] = incremental_rows(other)
    share = acceptability.ceac(other.cost, other.effect, [300.0])[0]
    loss = acceptability.expected_loss(other.cost, other.effect, [300.0])[0]
    mean = other.cost.mean(axis=0)
    assert rows[0] == pytest.approx([mean[0], share[0], loss[0]], rel=CLOSE)
    means = [mean[1], increment["cost"]["mean"], increment["effect"]["mean"]]
    told = [x for x in rows[1] if x is not None]
    assert told[:3] == pytest.approx(means, rel=CLOSE)
    assert told[-3:] == pytest.approx([increment["p_cost_saving"], share[1], loss[1]], rel=CLOSE)
    society = result.value(perspective="societal", effect="qaly")
    assert elsewhere[1][:2] == pytest.approx(
        [society.cost[:, 1].mean(), incremental_rows(society)[0]["cost"]["mean"]], rel=CLOSE
    )
    assert width <= 390  # tables scroll within themselves, and the page does not
    assert browser.said == [] and {x.partition("?")[0] for x in browser.requested} == {page.resolve().as_uri()}


CELLS = "[...document.querySelectorAll('#live-table tbody tr:last-child td')].map((cell) => cell.textContent)"
LOST = "[document.getElementById('live-loss').hidden, document.getElementById('live-answer').dataset.evpi]"


@pytest.mark.skipif(CHROMIUM is None, reason="no browser")
def test_a_browser_shows_nothing_of_what_one_draw_or_a_withheld_evpi_does_not_tell(tmp_path: Path) -> None:
    for name, found in (("one", quick(fixed=True, draws=1)), ("held", without_evpi(quick()))):
        report.save(tmp_path / f"{name}.html", report.page(found))
    with Browser() as browser:
        browser.open(tmp_path / "one.html")
        alone = browser.run(CELLS)
        browser.open(tmp_path / "held.html")
        several, lost = browser.run(CELLS), browser.run(LOST)
    assert alone[3:] == ["not told"] * 4  # ICER, and what is of draws
    assert several[6] == "not told" and several[5].endswith("%")
    assert lost == [True, None] and browser.said == []


@pytest.mark.skipif(CHROMIUM is None, reason="no browser")
def test_a_price_may_have_the_name_of_something_of_the_page_s_own(tmp_path: Path) -> None:
    text = report.page(quick())
    for name, other in (("c_staff_day", "effect"), ("c_bed_day", "constructor")):
        assert f'"name":"{name}"' in text
        text = text.replace(f'"name":"{name}"', f'"name":"{other}"')
    report.save(tmp_path / "page.html", text)
    with Browser() as browser:
        browser.open(tmp_path / "page.html", "?x#price-effect=7&wtp=100")
        costs = browser.run(FIGURES)
        effect = browser.run("document.getElementById('move-effect').value")
        moved = browser.run("document.getElementById('live-moved').textContent")
    assert costs[0][0] > 0 and effect == "restraints" and "--set effect=7" in moved and browser.said == []


@pytest.mark.slow
def test_a_run_with_prices_set_comes_to_what_the_page_of_the_other_run_tells() -> None:
    fixed = {"c_bed_day": 450.0, "c_joint_crisis_plan": 250.0}
    base, again = (
        run(load("joint_crisis_plan", changes=changes), draws=64, people=40, seed=7, variants=False)
        for changes in ({}, fixed)
    )
    data = live.live_data(material(base, base.summary(), {}))
    assert data is not None
    assert costs(dict(data), "service", fixed) == pytest.approx(again.cost, rel=1e-12)
