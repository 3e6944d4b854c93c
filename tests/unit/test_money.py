"""Money of any country and year: what it is brought to, by what, and what is refused."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import models as m
from parameters import InputError, check, to_engine
from parameters.money.currencies import CURRENCIES
from parameters.units import UNITS, from_engine, price_index
from simulate import load, read_result, run
from simulate.present.cli import app

pytestmark = pytest.mark.usefixtures("solved_once")

ROOT = Path(__file__).resolve().parents[2]
INDEX = m.PriceLevels((("2022", 100.0), ("2023", 104.0), ("2024", 107.0)), "Bureau of Labor Statistics")
EURO = m.ExchangeRate("EUR", "2023", 1.08, "European Central Bank")
DOLLARS = m.Money("USD", "2024", INDEX, (EURO,))


def record(unit: str, year: str | None, value: float) -> dict[str, Any]:
    return {"unit": unit, "price_year": year, "distribution": {"fixed": {"value": value}}}


def problem(money: m.Money | None = DOLLARS, **more: Any) -> m.DecisionProblem:
    """Two strategies and one state: a year of it costs what `c` says, and under the drug what `d` says besides."""
    state = m.Domain("health", ("well", "dead"), "Health", ("dead",))
    event = m.Event("dies", m.When(health="well"), m.Exponential(0.1), {"health": "dead"})
    drug = m.Component("drug", "Drug")
    return m.DecisionProblem(
        "dollars",
        "In dollars",
        m.Pathway("p", (state,), (event,), {"health": "well"}),
        (m.Strategy("usual", "Usual care"), m.Strategy("drug", "Drug", (drug,))),
        (m.Setting("base", "Base", horizon=2.0),),
        costs=(
            m.CostItem("care", "Care", "nhs", m.StateTime(m.When(health="well")), "c"),
            m.CostItem("pill", "Pill", "nhs", m.Delivery("drug"), "d"),
        ),
        utilities=(m.Utility(m.When(health="well"), 0.8),),
        discount_costs=0.0,
        money=money,
        **more,
    )


NUMBERS = {"c": record("USD_per_month", "2022", 100.0), "d": record("EUR", "2023", 50.0)}


# --- conversion ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "year", "worth"),
    [
        ("USD", "2024", 1.0),
        ("USD_per_event", "2022", 1.07),
        ("USD_per_person", "2023", 107 / 104),
        ("USD_per_month", "2022", 12 * 1.07),
        ("USD_per_day", "2024", 365.25),
        ("EUR", "2023", 1.08 * 107 / 104),
        ("EUR_per_week", "2023", 365.25 / 7 * 1.08 * 107 / 104),
    ],
)
def test_amounts_come_to_dollars_of_the_year(unit: str, year: str, worth: float) -> None:
    assert to_engine(np.array([3.0]), unit, year, DOLLARS) == pytest.approx([3 * worth])


@pytest.mark.parametrize(("unit", "year"), [("USD", "2022"), ("EUR", "2023"), ("EUR_per_day", "2023")])
def test_published_figures_go_there_and_back(unit: str, year: str) -> None:
    amount = np.array([5.0])
    assert from_engine(to_engine(amount, unit.partition("_")[0], year, DOLLARS), unit, year, DOLLARS) == pytest.approx(
        amount
    )


@pytest.mark.parametrize(
    ("unit", "year", "told"),
    [
        ("USD", "2021", "'2021' is not covered; allowed: 2022 to 2024"),
        ("USD", "2022/23", "'2022/23' is not covered"),
        ("EUR", "2022", "no exchange rate is given; there is one of 2023"),
        ("CAD", "2024", "CAD of 2024 in a model in USD: no exchange rate is given"),
        ("CAD", "2016/17", "no exchange rate is given"),  # though our own file has one, to pounds
        ("GBP", "2023/24", "GBP of 2023/24 in a model in USD"),
    ],
)
def test_what_nothing_says_how_to_bring_there_is_refused_at_its_record(unit: str, year: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        to_engine(np.ones(1), unit, year, DOLLARS)
    with pytest.raises(
        InputError, match=re.escape(f"inline: c.{'price_year' if unit == 'USD' else 'unit'}: ")
    ) as found:
        load(problem(), inline={**NUMBERS, "c": record(f"{unit}_per_year", year, 1.0)})
    assert told in str(found.value)


def test_a_model_that_declares_no_money_takes_no_dollars() -> None:
    """They once came in by a rate of ours, of one year, whatever year the record said."""
    for unit, year in (("USD_per_year", "2016/17"), ("CAD_per_year", "2016/17"), ("EUR_per_year", "2020")):
        with pytest.raises(InputError, match=r"in a model in GBP: no exchange rate is given"):
            load(problem(None), inline={"c": record(unit, year, 1.0), "d": record("GBP", "2023/24", 1.0)})


def test_published_figures_in_other_money_are_refused_at_load() -> None:
    def shown(unit: Any, year: str) -> m.DecisionProblem:
        beside = m.PublishedResult("Cost", "cost", {"usual": 1000.0}, unit, "assumption", price_year=year)
        return replace(problem(), settings=(m.Setting("base", "Base", horizon=2.0, shown=(beside,)),))

    with pytest.raises(m.ModelError, match="PublishedResult Cost: CAD in a model in USD: no exchange rate"):
        load(shown("CAD", ""), inline=NUMBERS)
    for unit, year, worth in (("EUR", "2023", 1.08 * 107 / 104), ("USD", "2022", 1.07), ("USD", "", 1.0)):
        result = run(load(shown(unit, year), inline=NUMBERS), fixed=True, exact=True)
        ours = result.published_beside_ours()[0]["simulated"]["usual"]
        assert ours == pytest.approx(result.cost[0, 0] / worth)


def test_levels_may_come_in_anything_that_holds_pairs() -> None:
    mine = m.PriceLevels({"2023": 104.0, "2024": np.float64(107.0)}, "x")  # type: ignore[arg-type]
    listed = m.PriceLevels([["2023", 104.0], ["2024", 107.0]], "x")  # type: ignore[arg-type]
    assert mine == listed and to_engine(np.ones(1), "USD", "2023", m.Money("USD", "2024", listed)) == 107 / 104


def test_without_an_index_all_is_of_one_year() -> None:
    yen = m.Money("JPY", "2020")
    with pytest.raises(InputError, match=r"c\.price_year: '2019' in a model of 2020: no price index is given"):
        load(problem(yen), inline={"c": record("JPY_per_year", "2019", 1.0), "d": record("JPY", "2020", 1.0)})
    assert load(problem(yen), inline={n: record(u, "2020", 1.0) for n, u in (("c", "JPY_per_day"), ("d", "JPY"))})


def test_pounds_of_another_year_have_our_index_or_ones_own() -> None:
    early = m.Money("GBP", "2010/11")
    assert to_engine(np.ones(1), "GBP", "2023/24", early) == pytest.approx([68.86 / 96.11])
    mine = m.Money("GBP", "1996", m.PriceLevels((("1995", 50.0), ("1996", 55.0)), "ours"))
    assert to_engine(np.ones(1), "GBP", "1995", mine) == pytest.approx([1.1])
    with pytest.raises(ValueError, match="'2023/24' is not covered; allowed: 1995 to 1996"):
        to_engine(np.ones(1), "GBP", "2023/24", mine)


def test_ours_is_what_it_was_to_the_bit() -> None:
    """As one function did it before there was any other money."""
    index = price_index()
    pounds, canadian = 365.25 * index.factor("2016/17"), 365.25 / index.foreign("CAD")
    assert np.array_equal(to_engine(np.array([520.0]), "GBP_per_day", "2016/17"), np.array([520.0]) * pounds)
    assert np.array_equal(to_engine(np.array([56.08]), "CAD_per_day", "2016/17"), np.array([56.08]) * canadian)
    assert np.array_equal(from_engine(np.array([7.7]), "CAD"), np.array([7.7]) * index.foreign("CAD"))
    assert np.array_equal(from_engine(np.array([7.7]), "GBP", "2010/11"), np.array([7.7]) / index.factor("2010/11"))
    assert m.Money() == m.Money("GBP", "2023/24") and m.Money().is_usual


def test_every_currency_has_every_unit() -> None:
    endings = {u.removeprefix("GBP") for u in UNITS if u.startswith("GBP")}
    assert {c + e for c in CURRENCIES for e in endings} == {u for u, x in UNITS.items() if x.money}
    assert all(UNITS[c + e].factor == UNITS["GBP" + e].factor for c in CURRENCIES for e in endings)


# --- a whole model ---------------------------------------------------------------------------------------


def test_a_model_in_dollars_by_hand() -> None:
    """Two years at 100 a month of 2022, less the dead; a pill of 50 euros of 2023 once."""
    result = run(load(problem(), inline=NUMBERS), fixed=True, exact=True)
    years = (1 - np.exp(-0.2)) / 0.1
    care, pill = years * 1200 * 1.07, 50 * 1.08 * 107 / 104
    assert result.cost[0] == pytest.approx([care, care + pill], rel=1e-6)
    summary = result.summary()
    assert (summary["currency"], summary["price_year"], summary["thresholds_assumed"]) == ("USD", "2024", True)
    assert result.thresholds[-1] == 50_000.0


def test_in_yen_the_grid_is_of_like_size_and_a_declared_one_is_kept() -> None:
    given = {"c": record("JPY_per_year", "2020", 1.0), "d": record("JPY", "2020", 1.0)}
    of_yen = run(load(problem(m.Money("JPY", "2020")), inline=given), fixed=True, exact=True)
    assert of_yen.thresholds[-1] == 5_000_000.0 and of_yen.assumes_thresholds
    declared = problem(m.Money("JPY", "2020"), thresholds={"qaly": (0.0, 1e6)})
    assert not run(load(declared, inline=given), fixed=True, exact=True).assumes_thresholds


def test_an_expression_is_in_the_models_own_money() -> None:
    given = {**NUMBERS, "c": {"unit": "USD_per_year", "value": "12 * d / year"}}
    result = run(load(problem(), inline=given), fixed=True, exact=True)
    assert result.draws.engine("c") == pytest.approx([12 * 50 * 1.08 * 107 / 104])
    with pytest.raises(InputError, match="cannot be in EUR_per_year; allowed: USD, to which"):
        load(problem(), inline={**NUMBERS, "c": {"unit": "EUR_per_year", "value": "12 * d / year"}})


# --- files -----------------------------------------------------------------------------------------------

GOOD_INDEX, GOOD_RATES = "year,index\n2022,100\n2023,104\n2024,107\n", "currency,year,rate\nEUR,2023,1.08\n"
MODEL = "import models as m\nfrom tests.unit.test_money import problem\nPROBLEM = problem(None)\n"
RECORDS = "".join(
    f'[{n}]\nlabel = "x"\nunit = "{u}"\nprice_year = "{y}"\nvalue = {v}\nsource = "assumption"\nstatus = "assumed"\n'
    'note = "n"\n'
    for n, u, y, v in (("c", "USD_per_month", "2022", 100), ("d", "EUR", "2023", 50))
)
TABLE = '[money]\ncurrency = "USD"\nprice_year = "2024"\nindex = "cpi.csv"\nrates = "fx.csv"\n'


def written(folder: Path, *, index: str = GOOD_INDEX, rates: str = GOOD_RATES, table: str = TABLE) -> Path:
    """A model's file of numbers with its money, and what it names beside it."""
    (folder / "cpi.csv").write_bytes(index.encode())
    (folder / "fx.csv").write_bytes(rates.encode())
    (folder / "dollars.toml").write_text(RECORDS + table, encoding="utf-8")
    return folder / "dollars.toml"


def test_a_table_of_a_file_says_the_same_as_the_declaration(tmp_path: Path) -> None:
    found = load(problem(None), parameters=[written(tmp_path, index="\ufeff" + GOOD_INDEX)])
    declared = load(problem(), inline=NUMBERS)
    assert found.money.name == "US dollars of 2024" and found.money.rates[0].source == "fx.csv"
    here, there = (run(case, fixed=True, exact=True).cost for case in (found, declared))
    assert np.array_equal(here, there)
    with pytest.raises(InputError, match=r"money: stands beside what the model says of it; allowed: once"):
        load(problem(), parameters=[tmp_path / "dollars.toml"])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"index": "year,index\n2022,100\n2024,107\n"}, "cpi.csv:3: year: nothing stands between 2022 and 2024"),
        ({"index": GOOD_INDEX + "2024,108\n"}, "cpi.csv:5: year: 2024 is given twice"),
        ({"index": "year,index\n2022,0\n2024,-1\n"}, "cpi.csv:2: index: '0' is out of range"),
        ({"index": "year,index\n2022,100\n2023,nan\n"}, "cpi.csv:3: index: 'nan' is out of range"),
        ({"index": "year,index\n2022,100\n2023,\n"}, "cpi.csv:3: index: '' is out of range"),
        ({"index": 'year,index\n2022,"98,5"\n'}, "cpi.csv:2: index: '98,5' is no number; write 98.5"),
        ({"index": "year,index\n2022,98,5\n"}, "cpi.csv:2: file: has not 2 cells"),
        ({"index": "year;index\n2022;98,5\n"}, "cpi.csv: file: cannot be read: cells are not parted by commas"),
        ({"index": "year,cpi\n2022,100\n"}, "cpi.csv:1: index: no such column; it has 'year', 'cpi'"),
        ({"index": "year,index\n2022,100\n2023/24,100\n"}, "cpi.csv: year: holds calendar and financial years"),
        ({"index": "year,index\n22,100\n"}, "cpi.csv:2: year: '22' is no year"),
        ({"index": "year,index\n2022/24,100\n"}, "cpi.csv:2: year: '2022/24' is no year"),
        ({"index": "year,index\n"}, "cpi.csv: year: holds no year"),
        ({"index": ""}, "cpi.csv:1: year: no such column; it has none"),
        ({"rates": "currency,year,rate\nEUR,2023,0\n"}, "fx.csv:2: rate: '0' is out of range"),
        ({"rates": GOOD_RATES + "EUR,2023,1.1\n"}, "fx.csv:3: currency: EUR of 2023 stands in line 2 too"),
        ({"rates": "currency,year,rate\nEUX,2023,1\n"}, "fx.csv:2: currency: 'EUX' is unknown"),
        ({"rates": 'currency,year,rate\nEUR,2023,"1,08"\n'}, "fx.csv:2: rate: '1,08' is no number; write 1.08"),
        ({"rates": "currency,year,rate\n"}, "fx.csv:1: file: holds no rate"),
        ({"rates": GOOD_RATES + "USD,2023,1\n"}, "rates: USD is the model's own"),
        ({"table": TABLE.replace('"USD"', '"US"')}, "dollars.toml:18: money.currency: 'US' is unknown"),
        ({"table": TABLE.replace('"2024"', "2024")}, "dollars.toml:19: money.price_year: 2024 is no text"),
        ({"table": TABLE.replace('"2024"', '"2025"')}, "dollars.toml:19: money.price_year: 2025 is not in the index"),
        ({"table": TABLE.replace("index =", "cpi =")}, "dollars.toml:20: money.cpi: 'cpi' is unknown"),
        ({"table": TABLE.replace("cpi.csv", "none.csv")}, "none.csv: file: cannot be read"),
        ({"table": TABLE.replace('"fx.csv"', '[{ currency = "EUR" }]')}, "money.rates: rate 1: must have currency,"),
        ({"table": TABLE.replace('"fx.csv"', "3")}, "money.rates: 3; allowed:"),
        ({"table": TABLE.replace('"cpi.csv"', '{ column = "x" }')}, "money.index: "),
        ({"table": "money = 3\n"}, "money"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_at_its_place(tmp_path: Path, changed: Mapping[str, str], told: str) -> None:
    with pytest.raises(InputError) as found:
        load(problem(None), parameters=[written(tmp_path, **changed)])
    assert told in str(found.value)


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    file = written(tmp_path, index="year,index\n2022,0\n2022,-1\n", rates="currency,year,rate\nXXX,1,0\n")
    with pytest.raises(InputError) as found:
        load(problem(None), parameters=[file])
    assert len(found.value.problems) >= 6


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: m.Money("usd", "2024"), "Money.currency: 'usd' is unknown"),
        (lambda: m.Money("USD", "24"), "Money.price_year: '24' is no year"),
        (lambda: m.Money("USD", "2024", "cpi.csv"), "Money.index: 'cpi.csv'; allowed: PriceLevels"),  # type: ignore[arg-type]
        (lambda: m.Money("USD", "2024", rates=(EURO, EURO)), "EUR of 2023 is given twice"),
        (lambda: m.Money("EUR", "2023", rates=(EURO,)), "EUR is the model's own"),
        (lambda: m.Money("USD", "2024", rates=[EURO]), "Money.rates: "),  # type: ignore[arg-type]
        (
            lambda: m.Money("GBP", "1990/91"),
            "price_year: 1990/91 is not in the index; allowed: 2003/04 to 2024/25",
        ),
        (lambda: m.ExchangeRate("EUR", "2023", float("inf"), "x"), "ExchangeRate.rate: inf"),
        (lambda: m.ExchangeRate("EUR", "2023", True, "x"), "ExchangeRate.rate: True"),
        (lambda: m.ExchangeRate("EUR", "2023", 1.0, " "), "ExchangeRate.source: empty"),
        (lambda: m.PriceLevels((("2020", 0.0),), "x"), "level 0.0 of 2020"),
        (lambda: m.PriceLevels((("2020", 1.0), ("2022", 1.0)), "x"), "nothing stands between 2020 and 2022"),
        (lambda: m.PriceLevels((), "x"), "holds no year"),
        (lambda: m.PriceLevels((("2020", 1.0),), ""), "source: empty"),
        (lambda: m.PriceLevels("2020", "x"), "must hold pairs"),  # type: ignore[arg-type]
        (lambda: m.PriceLevels(((2020, 1.0),), "x"), '2020 is a number; write "2020"'),  # type: ignore[arg-type]
        (lambda: m.Money("USD", 2020), 'price_year: 2020 is a number; write "2020"'),  # type: ignore[arg-type]
    ],
)
def test_declarations_are_checked(make: Any, told: str) -> None:
    with pytest.raises(m.ModelError, match=re.escape(told)):
        make()


def test_a_file_alone_is_not_refused_for_what_its_model_may_say(tmp_path: Path) -> None:
    file = written(tmp_path, table="")
    assert check([file]) == []
    assert [p.key for p in check([written(tmp_path, table=TABLE.replace('rates = "fx.csv"\n', ""))])] == ["d.unit"]


def test_the_catalogue_takes_rates_and_an_index_but_no_other_currency(tmp_path: Path) -> None:
    (tmp_path / "fx.csv").write_text("currency,year,rate\nEUR,2023/24,0.86\n", encoding="utf-8")
    mine = tmp_path / "mine.toml"
    price = RECORDS.partition("[d]")[0].replace("[c]", "[c_bed_day]").replace("USD_per_month", "EUR_per_day")
    mine.write_text(price.replace('"2022"', '"2023/24"'), encoding="utf-8")
    with pytest.raises(InputError, match=r"mine\.toml:1: c_bed_day\.unit: EUR of 2023/24 in a model in GBP"):
        load("joint_crisis_plan", parameters=[mine])
    table = '[money]\ncurrency = "GBP"\nprice_year = "2023/24"\nrates = "fx.csv"\n'
    mine.write_text(mine.read_text(encoding="utf-8") + table, encoding="utf-8")
    case = load("joint_crisis_plan", parameters=[mine])
    assert case.parameters.engine_value("c_bed_day", 100.0) == pytest.approx(86 * 365.25)
    mine.write_text(table.replace("GBP", "EUR").replace('rates = "fx.csv"\n', ""), encoding="utf-8")
    with pytest.raises(ValueError, match=r"euros of 2023/24; allowed for a problem of the catalogue: pounds of"):
        load("joint_crisis_plan", parameters=[mine])


# --- as it is told ---------------------------------------------------------------------------------------


def invoked(*words: str) -> str:
    found = CliRunner().invoke(app, list(words))
    assert found.exit_code == 0, found.output
    return str(found.output)


@pytest.mark.slow
def test_a_model_on_the_command_line_speaks_its_own_currency(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every table, figure and file; and the folder is read back with it."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    (tmp_path / "dollars.py").write_text(MODEL, encoding="utf-8")
    options = ("--people", "20", "--draws", "16", "--out", "out", "--overwrite")
    told = invoked("run", "dollars.py", *options)
    told += invoked("describe", "dollars.py") + invoked("voi", "out") + invoked("check", "dollars.py")
    words = " ".join(told.split())
    assert "US$" in words and "US dollars of 2024" in words and "euros of 2023 at 1.08 US dollars (fx.csv)" in words
    kept = [
        p for p in Path("out").rglob("*") if p.suffix in (".csv", ".json", ".svg", ".md") and "inputs" not in p.parts
    ]
    assert len(kept) > 5
    told += "".join(p.read_text(encoding="utf-8") for p in kept)
    assert not re.search("£|GBP|[^_]pounds?", told)
    assert read_result("out").case.money.name == "US dollars of 2024"


def test_what_is_imported_first_brings_no_numbers() -> None:
    """The command line settles on which processor's linear algebra it computes, before numpy is there."""
    code = "import sys, simulate.present.cli; print([m for m in ('numpy', 'parameters') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# --- the one room for money ------------------------------------------------------------------------------

HARD_WIRED = re.compile(
    "|".join(["£", "€", "¥", *(rf"\b{c}\b|\b{c}_" for c in CURRENCIES), r"(?i:\bpounds?\b|per_pound|gbp)"])
)
ELSEWHERE = {  # strings that name a currency outside the room for money, and why they may
    "parameters/units.py": "the names of units of published figures are a closed list of words",
    "parameters/published.py": "the catalogue's own results, which are in pounds",
    "simulate/evaluate/impact/budget.py": "per_pound, a column that is renamed to the model's own money",
    "simulate/result/payers.py": "where it is renamed",
    "simulate/analyse/credibility/claims.py": "the same column, of the catalogue's claims",
}


def literals(source: str) -> Iterator[str]:
    """Every string of a source that is no docstring and no comment."""
    tree = ast.parse(source)
    homes = [n for n in ast.walk(tree) if isinstance(n, (ast.Module, ast.ClassDef, ast.FunctionDef)) and n.body]
    said = {id(home.body[0].value) for home in homes if isinstance(home.body[0], ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def hard_wired(root: Path) -> dict[str, list[str]]:
    rooms = [*(root / "simulate").rglob("*.py"), *(root / "parameters").rglob("*.py"), *(root / "models").glob("*.py")]
    sources = {p: p.read_text("utf-8") for p in rooms if p.parent != root / "parameters" / "money"}
    found = {
        path.relative_to(root).as_posix(): [x for x in literals(source) if HARD_WIRED.search(x)]
        for path, source in sources.items()
        if HARD_WIRED.search(source)
    }
    return {name: some for name, some in found.items() if some}


def test_no_currency_is_hard_wired_outside_the_room_for_money() -> None:
    assert hard_wired(ROOT).keys() == ELSEWHERE.keys()


@pytest.mark.parametrize(
    "text", ['"Cost, £"', 'f"{x} GBP"', 'unit == "GBP_per_day"', '"whole pounds"', '"_gbp"', 'f"€{x}"']
)
def test_a_hard_wired_currency_is_seen(text: str) -> None:
    assert any(HARD_WIRED.search(x) for x in literals(f"x = {text}"))
    assert not list(literals(f"def f():\n    'pounds'\n    # {text}\n"))


def test_whoever_converts_says_what_the_models_money_is() -> None:
    """A call that left it out would take a model's money for pounds."""
    sources = [path.read_text("utf-8") for path in (ROOT / "simulate").rglob("*.py")]
    calls = [
        node
        for source in sources
        if "_engine(" in source
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("to_engine", "from_engine")
    ]
    assert len(calls) >= 4 and all(len(call.args) == 4 for call in calls)
