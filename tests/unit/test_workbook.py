"""``results.xlsx``: its formulas come to what the run found, whatever prices are typed in, and text stays text."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import openpyxl  # type: ignore[import-untyped]
import pytest

import models as m
from models.contract import ModelError
from parameters import inline
from parameters.money.model_money import Money
from parameters.sampling import sample
from simulate import load, read_result, run
from simulate.evaluate.rare.lacking import Lacking
from simulate.present.workbook import NAME
from simulate.present.workbook.answer import COST, EFFECT, ICER, TABLE
from simulate.present.workbook.by_draw import benefit_at
from simulate.present.workbook.plan import FIRST, Plan
from simulate.present.workbook.results import workbook_of
from simulate.result.result import Result
from simulate.result.summary import incremental_rows
from tests.unit.synthetic_result import NASTY, fake_result, problem

pytestmark = pytest.mark.usefixtures("solved_once")

Command = Callable[..., Any]
SOFFICE = shutil.which("soffice")
NASTIER = '=cmd|"/C calc"!A0'
RECORDS: Mapping[str, Mapping[str, Any]] = {
    "c_bed": {"unit": "USD_per_year", "price_year": "2024", "distribution": {"gamma": {"mean": 9e4, "se": 9e3}}},
    "c_plan": {"unit": "USD", "price_year": "2024", "distribution": {"gamma": {"mean": 400, "se": 60}}},
    "u_home": {"unit": "utility", "distribution": {"beta": {"mean": 0.7, "se": 0.02}}},
    "u_ward": {"unit": "utility", "distribution": {"beta": {"mean": 0.55, "se": 0.03}}},
    "share": {"unit": "probability", "distribution": {"beta": {"mean": 0.4, "se": 0.05}}},
}


def made_up(strategies: int, effect: str = "qaly", labels: tuple[str, ...] = (), difference: float = 0.2) -> Result:
    """A result of made-up statistics in US dollars, of several strategies of which some pay other prices."""
    names = (*labels, *(f"Strategy {k}" for k in range(strategies)))[:strategies]
    whole = problem(names)
    plan = m.Product("c_plan", m.Complement("share"))
    given = (replace(whole.strategies[-1], given={"c_plan": plan, "c_bed": m.Quotient("c_bed", m.Sum(1.0, "share"))}),)
    whole = replace(whole, strategies=(*whole.strategies[:-1], *given), money=Money("USD", "2024"))
    shown = fake_result(24, difference, effect, whole)
    records = inline({n: {"label": NASTIER, **r} for n, r in RECORDS.items()}, money=whole.money)
    case = replace(shown.case, parameters=replace(records, money_given=whole.money))
    drawn = sample(case.parameters, list(RECORDS), 24, 1)
    made = replace(shown, asked=replace(shown.asked, case=case), drawn=drawn, draws=drawn)
    vars(made)["lacking"] = Lacking((), frozenset())  # the sums are made up, and nobody is followed
    return made


def read(content: bytes, *, values: bool = True) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


@pytest.mark.parametrize(("strategies", "effect"), [(1, "qaly"), (2, "qaly"), (3, "admission_pp"), (10, "qaly")])
def test_lines_add_up_to_costs_and_effects_and_the_answer_stands_beside(strategies: int, effect: str) -> None:
    found = made_up(strategies, effect)
    plan = Plan.of(found)
    assert plan.refusal() == "" and {"c_bed", "u_home"} - {"u_home" if effect != "qaly" else ""} <= set(plan.free)
    answer = read(workbook_of(found))["Answer"]
    for i in range(strategies):
        told = [answer.cell(TABLE + i, k + 1).value for k in (COST, EFFECT)]
        assert told == pytest.approx([found.cost[:, i].mean(), found.effect[:, i].mean()], rel=1e-12)


def test_lines_that_do_not_add_up_are_no_workbook() -> None:
    found = made_up(2)
    plan = Plan.of(found)
    less = replace(plan, costs=plan.costs[:1])
    assert "do not add up" in less.refusal() and "24 draws are more than 23" in plan.refusal(23)
    long = replace(plan.costs[0], factors=(*plan.costs[0].factors, m.Sum(*[0.1] * 2_000)))
    assert "longer than a cell" in replace(plan, costs=(long, *plan.costs[1:])).refusal()
    assert "columns" in replace(plan, effects=plan.effects * 9_000).refusal()


def test_what_has_no_workbook_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    from simulate.present.workbook import plan

    monkeypatch.setattr(plan, "CLOSE", -1.0)
    with pytest.raises(ModelError, match=r"results\.xlsx: its lines do not add up"):
        workbook_of(made_up(2))


def test_costs_by_age_and_of_the_last_year_are_lines_too(example: Callable[[str], ModuleType]) -> None:
    model = example("norms_and_last_year")
    found = run(load(model.PROBLEM, inline=model.INLINE), draws=16, people=20, variants=False)
    assert Plan.of(found).refusal() == "" and workbook_of(found) == workbook_of(found)


def test_what_the_simulation_reads_is_no_price() -> None:
    assert "c_bed_day" in load("welfare_advice").changeable()
    case = load("joint_crisis_plan", "netherlands_2014")
    free = case.changeable()
    assert "c_bed_day" in free and not free & {
        "rr_admission_jcp",
        "r_death",
        *(t.unknown for t in case.setting.targets),
    }


def test_nothing_is_best_where_no_probability_is_told() -> None:
    told, held = made_up(3), made_up(3)
    vars(held)["withheld"] = replace(held.withheld, probability="nobody measured it", evpi="nobody measured it")
    best = [read(workbook_of(found))["Answer"]["C7"].value for found in (told, held)]
    assert best == ["Strategy 2", "not told"]


def test_an_icer_is_told_of_an_effect_that_does_not_see_everything_as_the_run_tells_it() -> None:
    found = made_up(2, difference=2.0)
    [row] = incremental_rows(found)
    vars(found)["once"]["increments"] = [{**row, "blind_to": "being detained", "told": {"cost": True, "effect": True}}]
    assert read(workbook_of(found))["Answer"].cell(TABLE + 1, ICER + 1).value != "not told"


def test_what_was_simulated_and_drawn_stands_there_to_the_bit() -> None:
    found = made_up(2)
    book, plan = read(workbook_of(found)), Plan.of(found)
    told = [[cell.value for cell in row[1:]] for row in book["Drawn"].iter_rows(min_row=FIRST)]
    assert np.array_equal(np.array(told), np.column_stack([found.draws.column(n) for n in plan.names]))


def test_the_command_beside_the_numbers_asks_for_all_that_was_asked() -> None:
    found = made_up(2)
    options = replace(found.options, implementation=0.8, threshold=12_000.0, thresholds=(0.0, 12_000.0), subgroup="sex")
    found = replace(found, asked=replace(found.asked, options=options))
    vars(found)["lacking"] = Lacking((), frozenset())
    command = read(workbook_of(found))["About"]["B2"].value
    for words in ("--implementation 0.8", "--wtp 12000.0", "--wtp-grid 0.0,12000.0", "--subgroup sex"):
        assert words in command


# --- the formulas ---------------------------------------------------------------------------------


def cells_in(book: Any, address: str) -> np.ndarray:
    sheet, _, range_ = address.partition("!")
    return np.array([[c.value for c in row] for row in book[sheet][range_.replace("$", "")]], dtype=float)


def test_formulas_name_the_cells_that_they_are_sums_of() -> None:
    content = workbook_of(made_up(3))
    formulas, values = read(content, values=False), read(content)
    sums = 0
    for row in range(FIRST, FIRST + 24):
        for column in range(2, 8):  # costs and effects of three strategies
            text = formulas["Draws"].cell(row, column).value
            parts = re.fullmatch(r"=SUMPRODUCT\(([^,]+),([^,]+)\)", text)
            assert parts is not None and f"{row}:" in text
            found = (cells_in(values, parts[1]) * cells_in(values, parts[2])).sum()
            assert found == pytest.approx(values["Draws"].cell(row, column).value, rel=1e-12)
            sums += 1
    assert sums == 144


def test_net_benefit_is_worth_less_cost_in_every_draw() -> None:
    """By the text of the formulas: the willingness to pay times the cell of effect, less that of cost."""
    found = made_up(3)
    content = workbook_of(found)
    formulas, values = read(content, values=False)["Draws"], read(content)
    plan, at = Plan.of(found), float(values["Answer"]["C5"].value)
    for i in range(3):
        for row in (FIRST, FIRST + 23):
            cell = formulas.cell(row, benefit_at(plan) + i + 1)
            parts = re.fullmatch(r"=Answer!\$C\$5\*([A-Z]+\d+)-([A-Z]+\d+)", cell.value)
            assert parts is not None
            effect, cost = (values["Draws"][parts[k]].value for k in (1, 2))
            assert effect == pytest.approx(found.effect[row - FIRST, i], rel=1e-12)
            assert cost == pytest.approx(found.cost[row - FIRST, i], rel=1e-12)
            assert at * effect - cost == pytest.approx(values["Draws"][cell.coordinate].value, rel=1e-12)


def test_text_of_files_is_text_in_the_workbook() -> None:
    content = workbook_of(made_up(2, labels=(NASTIER, NASTY)))
    formulas = read(content, values=False)
    ours = re.compile(r"=(SUMPRODUCT|AVERAGE|PERCENTILE|MAX|IF|INDEX|COUNT|COUNTIF|1\+|\$|CEAC!|Answer!|\()")
    told = [c for sheet in formulas for line in sheet.iter_rows() for c in line if c.value is not None]
    assert {c.value for c in told if c.data_type == "f" and not ours.match(c.value)} == set()
    hostile = [c for c in told if c.value == NASTIER]
    assert len(hostile) > 3 and {c.data_type for c in hostile} == {"s"} and all(c.quotePrefix for c in hostile)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert not [name for name in parts.namelist() if "external" in name or "hyperlink" in name]
        assert all(part.date_time[0] == 1980 for part in parts.infolist())


# --- of a run -------------------------------------------------------------------------------------


def test_a_run_leaves_the_workbook_that_its_folder_makes_again(
    small_run: Any, command: Command, tmp_path: Path
) -> None:
    done = command("export", "workbook", small_run.folder, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    content = (small_run.folder / NAME).read_bytes()
    assert (tmp_path / "out" / NAME).read_bytes() == content
    curve = read(content)["CEAC"]
    with (small_run.folder / "ceac.csv").open(encoding="utf-8", newline="") as lines:
        known = {float(row["threshold"]): row for row in csv.DictReader(lines)}
    with (small_run.folder / "evpi.csv").open(encoding="utf-8", newline="") as lines:
        worth = {float(row["threshold"]): float(row["value"]) for row in csv.DictReader(lines)}
    rows = [[c.value for c in row] for row in curve.iter_rows(min_row=5, max_col=7) if row[0].value is not None]
    assert len(rows) > 15 and rows[-1][0] == max(known)
    for threshold, usual, plan, *_, best, evpi in rows:
        ours = known[float(threshold)]
        assert [usual, plan] == [float(ours[f"probability_{s}"]) for s in ("usual_care", "joint_crisis_plan")]
        assert (best, evpi) == (ours["optimal"], pytest.approx(worth[float(threshold)], rel=1e-9, abs=1e-9))


def test_of_a_finished_table_there_is_none(command: Command, checkout: Path, tmp_path: Path) -> None:
    table = checkout / "scripts/examples/psa_german.csv"
    asked = ("--comparator", "Gruppe", "--figures", "none", "--out", tmp_path / "found")
    assert command("evaluate", table, *asked).code == 0
    done = command("export", "workbook", tmp_path / "found")
    assert done.code == 2 and "allowed: a folder written by recovery-cea run" in done.err


def test_many_draws_are_left_out_with_how_to_get_them(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from simulate.present.workbook import plan

    monkeypatch.setattr(plan, "MOST_DRAWS", 15)
    done = command("run", "welfare_advice", "--draws", 16, "--people", 10, "--figures", "none", "--out", tmp_path / "x")
    assert done.code == 0 and not (tmp_path / "x" / NAME).exists()
    assert "No results.xlsx: `recovery-cea export workbook` with this folder makes one." in done.out
    assert command("export", "workbook", tmp_path / "x").code == 0
    assert (tmp_path / "x" / "export-workbook" / NAME).is_file()


# --- worked out by another program ----------------------------------------------------------------


def recalculated(content: bytes, typed: Mapping[tuple[str, str], float], folder: Path) -> Any:
    """What LibreOffice makes of a workbook in which numbers were typed and no value is known of any formula."""
    book = read(content, values=False)
    for (sheet, cell), value in typed.items():
        book[sheet][cell] = value
    folder.mkdir()
    book.save(folder / "typed.xlsx")  # openpyxl keeps formulas alone
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    asked = [str(SOFFICE), profile, "--headless", "--convert-to", "xlsx", "--outdir", str(folder / "out")]
    subprocess.run([*asked, folder / "typed.xlsx"], check=True, capture_output=True, timeout=180)
    return openpyxl.load_workbook(folder / "out" / "typed.xlsx", data_only=True)


def differing(ours: Any, theirs: Any, sheets: tuple[str, ...]) -> tuple[int, list[str]]:
    """How many cells were compared, and those that are not the same to 1e-9."""
    count, wrong = 0, []
    for name in sheets:
        for row in ours[name].iter_rows():
            for cell in row:
                one, other = cell.value, theirs[name][cell.coordinate].value
                if one in (None, "") and other in (None, ""):
                    continue
                count += 1
                numbers = isinstance(one, (int, float)) and isinstance(other, (int, float))
                if not (abs(one - other) <= 1e-9 * max(1.0, abs(one)) if numbers else one == other):
                    wrong.append(f"{name}!{cell.coordinate}: {one!r}, {other!r}")
    return count, wrong


COMPUTED = ("CEAC", "Draws", "LinePrices", "Best")


@pytest.mark.slow
@pytest.mark.skipif(SOFFICE is None, reason="needs LibreOffice (soffice)")
@pytest.mark.parametrize(("strategies", "difference"), [(1, 0.2), (2, 0.2), (10, 0.2), (4, 0.0)])
def test_another_program_works_out_the_same(strategies: int, difference: float, tmp_path: Path) -> None:
    """Also where strategies tie in every draw, and share it."""
    found = made_up(strategies, difference=difference)
    content = workbook_of(found)
    count, wrong = differing(
        read(content), recalculated(content, {}, tmp_path / "base"), (*COMPUTED, "Answer", "Prices")
    )
    assert count > 300 and wrong == []


@pytest.mark.slow
@pytest.mark.skipif(SOFFICE is None, reason="needs LibreOffice (soffice)")
@pytest.mark.parametrize("name", ["joint_crisis_plan", "recovery_portfolio"])
def test_new_prices_are_those_of_a_run_with_them(
    name: str, command: Command, tmp_path: Path, hasty_calibration: None
) -> None:
    """Three prices typed in are `run --set` of them, to 1e-9: costs, effects, curve, EVPI and the decision table."""
    asked: tuple[object, ...] = ("--draws", 16, "--people", 40, "--no-variants", "--figures", "none")
    asked += ("--setting", "leaving_crisis_care") if name == "recovery_portfolio" else ()
    assert command("run", name, *asked, "--out", tmp_path / "base").code == 0
    found = read_result(tmp_path / "base")
    plan = Plan.of(found)
    new = {n: float(found.draws.column(n).mean()) * 1.5 for n in plan.free if n.startswith("c_")}
    new = dict(list(new.items())[:3])
    typed = {("Prices", f"F{plan.price_row(n)}"): value for n, value in new.items()}
    theirs = recalculated((tmp_path / "base" / NAME).read_bytes(), typed, tmp_path / "book")
    fixed = [word for n, value in new.items() for word in ("--set", f"{n}={value!r}")]
    assert command("run", name, *asked, *fixed, "--out", tmp_path / "set").code == 0
    ours = read((tmp_path / "set" / NAME).read_bytes())
    count, wrong = differing(ours, theirs, COMPUTED)
    assert count > 500 and wrong == [] and theirs["Answer"]["C6"].value == len(new) == 3
    answer = [(cell.coordinate, cell.value) for row in ours["Answer"].iter_rows(max_col=20) for cell in row]
    for place, value in answer:
        if isinstance(value, float) and place != "C6":
            assert theirs["Answer"][place].value == pytest.approx(value, rel=1e-9, abs=1e-9), place
