"""Finished tables of draws as people and programs save them: what is recognised, and what is asked about."""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.contract import ModelError
from parameters import InputError
from parameters.mistakes import MissingExtra
from simulate import PsaTable, read_psa

HEADER = ["cost_A", "cost_B", "effect_A", "effect_B"]
PLAIN = "cost_A,cost_B,effect_A,effect_B\n"
ROWS = [[1234.5, 2000.25, 0.5, 0.625], [1100.75, 2100.5, 0.25, 0.75]]


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., PsaTable]:
    def save(text: str | bytes, encoding: str = "utf-8", **words: Any) -> PsaTable:
        path = tmp_path / "psa.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return read_psa(path, **words)

    return save


def refusal(read: Callable[..., PsaTable], *given: Any, **words: Any) -> str:
    with pytest.raises((InputError, ModelError)) as told:
        read(*given, **words)
    return str(told.value)


def written(separator: str, mark: str, thousands: str = "", quote: str = "") -> str:
    def number(x: float) -> str:
        text = f"{x:,}".replace(",", "\0").replace(".", mark).replace("\0", thousands)
        return f"{quote}{text}{quote}"

    return "\n".join([separator.join(HEADER), *(separator.join(map(number, row)) for row in ROWS)])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("mark", "thousands"), [(".", ""), (",", ""), (".", ","), (",", "."), (",", " "), (",", "\u202f"), (".", "'")]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_same_numbers_in_any_dress(
    saved: Callable[..., PsaTable], separator: str, mark: str, thousands: str, encoding: str
) -> None:
    quote = '"' if separator == "," and "," in mark + thousands else ""
    table = saved(written(separator, mark, thousands, quote), encoding)
    assert (table.strategies, table.names, len(table)) == (("A", "B"), (), 2)
    assert np.hstack([table.cost, table.effect]).tolist() == ROWS


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1,234;2,500;5,123;6,125\n", ("1234 or 1.234", "decimal='point' for 1234, decimal='comma' for 1.234")),
        ("1.234;2.500;5.123;6.125\n", ("1234 or 1.234", "decimal='comma' for 1234, decimal='point' for 1.234")),
    ],
)
def test_a_mark_that_may_be_either_is_asked_about(
    saved: Callable[..., PsaTable], text: str, readings: tuple[str, str]
) -> None:
    whole = ";".join(HEADER) + "\n" + text * 3
    told = refusal(saved, whole)
    assert all(words in told for words in readings) and ":2: cost_A" in told
    assert saved(whole, decimal="comma").cost[0, 0] == (1.234 if "," in text else 1234)
    assert saved(whole, decimal="point").cost[0, 0] == (1234 if "," in text else 1.234)
    one = whole.replace("5,123", "0,123").replace("5.123", "0.123")  # no thousand begins with 0
    assert saved(one).cost[0, 0] == 1.234


def test_three_decimals_between_commas_are_decimals(saved: Callable[..., PsaTable]) -> None:
    quoted = '"' + '","'.join(HEADER) + '"\n1.234,2.500,1.111,2.222\n'
    assert saved(quoted).cost.tolist() == [[1.234, 2.5]]
    assert "1234 or 1.234" in refusal(saved, PLAIN + '"1,234","2,500",1,2\n')


def test_a_cell_with_the_other_mark_is_told_where_it_stands(saved: Callable[..., PsaTable]) -> None:
    told = refusal(saved, ";".join(HEADER) + "\n1,5;2,5;0,5;0,6\n1,5;2.5;0,5;0,6\n")
    assert told.endswith(
        "psa.csv:3: cost_B: '2.5' is no number (decimals have a comma elsewhere in this table; or decimal='point')"
    )


def test_two_separators_that_both_make_a_table_are_asked_about(saved: Callable[..., PsaTable]) -> None:
    text = "a;cost_A,b;cost_B,c;effect_A,d;effect_B\n1;2,3;4,5;6,7;8\n"
    assert "separator='comma' or separator='semicolon'" in refusal(saved, text)


def test_every_bad_cell_is_told_at_once(saved: Callable[..., PsaTable]) -> None:
    told = refusal(saved, PLAIN + "1,,NA,x\n1,2,inf,£3\n1,1e60,-,nan\n1,2,3,1_0\n1,2,3,4").splitlines()
    assert [line.partition("psa.csv:")[2] for line in told] == [
        "2: cost_B: missing",
        "2: effect_A: missing ('NA')",
        "2: effect_B: 'x' is no number",
        "3: effect_A: 'inf' is infinite; must be finite",
        "3: effect_B: '£3' is no number; write it without the sign",
        "4: cost_B: 1e60 is too large; allowed: up to 1e+50",
        "4: effect_A: missing ('-')",
        "4: effect_B: missing ('nan')",
        "5: effect_B: '1_0' is no number",
    ]


def test_a_column_of_words_is_told_once_and_can_be_left_out(saved: Callable[..., PsaTable]) -> None:
    text = PLAIN.replace("\n", ",label\n") + "1,2,3,4,a\n" * 50
    told = refusal(saved, text)
    assert len(told.splitlines()) == 1 and "'a' is no number, and so is every cell below" in told
    assert saved(text, ignore=["label"]).names == ()
    assert "no column 'lable'" in refusal(saved, text, ignore=["label", "lable"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        (PLAIN, "no draws below the header"),
        ("1,2,3,4\n1,2,3,5\n", "the first line holds numbers"),
        (PLAIN + "1,2,3\n1,2,3,4,5\n", "3 cells, where the header has 4"),
        ("cost_A,effect_A\n1,2\n", "no two strategies with a cost and an effect each"),
        ("cost_A,cost_B,effect_A,effect_C\n1,2,3,4\n", "'B', 'C': a cost or an effect without the other"),
        ("cost_A,cost_A,effect_A,effect_B\n1,2,3,4\n", "cost_A: given twice"),
        ("cost_A,costs_A,cost_B,effect_A,effect_B\n1,2,3,4,5\n", "cost of 'A', and so is 'cost_A'"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is no text, Excel workbook or Parquet file"),
        (PLAIN + '1,2,3,"4\n', "cannot be read"),
        (PLAIN.replace("_B", "_=B") + "1,2,3,4\n" * 9, "column '=B': begins with one of = + - @, which a spreadsheet"),
    ],
)
def test_what_is_no_table_is_refused(saved: Callable[..., PsaTable], text: str | bytes, words: str) -> None:
    assert words in refusal(saved, text)


@pytest.mark.parametrize(
    "header",
    [
        "cost_A,cost_B,effect_A,effect_B",
        "costs.A,costs.B,qalys.A,qalys.B",
        "Cost A,Cost B,QALY A,QALY B",
        "c_A,c_B,e_A,e_B",
        "c.A,c.B,e.A,e.B",  # data.frame(c = ..., e = ...) of R
        "A_cost,B_cost,A_qaly,B_qaly",
    ],
)
def test_names_that_people_and_packages_give(saved: Callable[..., PsaTable], header: str) -> None:
    table = saved(f"{header},p\n1,2,3,4,5\n1,2,3,4,6\n")
    assert (table.strategies, table.names) == (("A", "B"), ("p",))
    assert (table.cost[0].tolist(), table.effect[0].tolist()) == ([1, 2], [3, 4])


@pytest.mark.parametrize("header", ["cost_A,cost_B,effect_B,effect_A", "A_cost,B_qaly,B_cost,A_qaly"])
def test_costs_and_effects_go_together_by_name_in_any_order(saved: Callable[..., PsaTable], header: str) -> None:
    cells = {"cost_A": 1, "cost_B": 2, "effect_A": 3, "effect_B": 4, "A_cost": 1, "B_cost": 2, "A_qaly": 3, "B_qaly": 4}
    line = ",".join(str(cells[name]) for name in header.split(","))
    table = saved(f"{header}\n{line}\n{line}\n")
    assert table.strategies == ("A", "B")
    assert (table.cost[0].tolist(), table.effect[0].tolist()) == ([1, 2], [3, 4])


def test_half_a_strategy_or_a_parameter_is_asked_about(saved: Callable[..., PsaTable]) -> None:
    text = "c_A,c_B,e_A,e_B,c_drug\n1,2,3,4,5\n1,2,3,4,6\n"
    assert "that has no effect, or a parameter; say it is a parameter: strategies=['A', 'B']" in refusal(saved, text)
    assert saved(text, strategies=["A", "B"]).names == ("c_drug",)
    long = text.replace("c_A,c_B,e_A,e_B", "cost_A,cost_B,effect_A,effect_B")  # then c_drug is no cost of a strategy
    assert saved(long).names == ("c_drug",)


def test_two_ways_of_naming_are_asked_about(saved: Callable[..., PsaTable]) -> None:
    text = "c_X,c_Y,e_X,e_Y,cost_A,cost_B,effect_A,effect_B\n1,2,3,4,5,6,7,8\n"
    assert "cost_A and effect_A ('A', 'B') or c_A and e_A ('X', 'Y')" in refusal(saved, text)
    assert saved(text, strategies=["X", "Y"]).cost.tolist() == [[1, 2]]


def test_a_strategy_not_asked_for_is_no_parameter(saved: Callable[..., PsaTable]) -> None:
    text = "cost_A,cost_B,cost_C,effect_A,effect_B,effect_C,p\n1,2,3,4,5,6,7\n"
    table = saved(text, strategies=["C", "A"])
    assert (table.strategies, table.names) == (("A", "C"), ("p",))  # in the order of the file
    assert "strategies left out: 'B'" in table.said[0]


@pytest.mark.parametrize("name", ['""', "draw", ".index", "X", "iteration"])
def test_numbers_of_draws_are_no_parameter(saved: Callable[..., PsaTable], name: str) -> None:
    table = saved(f"{name},{PLAIN}1,1,2,3,4\n2,1,2,3,4\n3,1,2,3,4\n")
    assert table.names == () and "left out" in table.said[0]


def test_a_column_that_counts_is_no_parameter_whatever_its_name(saved: Callable[..., PsaTable], tmp_path: Path) -> None:
    lines = [f"{k},{k},2,3,4,{k % 7}" for k in range(1, 13)]
    table = saved("\n".join(["Ziehung,cost_A,cost_B,effect_A,effect_B,p", *lines]))
    assert table.names == ("p",) and "'Ziehung' left out" in table.said[0]
    assert table.strategies == ("A", "B")  # a cost that is called one is one
    text = "\n".join(["Ziehung,A,B", *(f"{k},{k % 5},7" for k in range(12))])
    assert read_psa(*files(tmp_path, costs=text, effects=text)).strategies == ("A", "B")


def test_numbers_of_draws_out_of_order_are_asked_about(saved: Callable[..., PsaTable]) -> None:
    text = f"draw,{PLAIN}3,1,2,3,4\n1,1,2,3,4\n2,1,2,3,4\n"
    assert "numbers of draws that do not go up evenly, or a parameter" in refusal(saved, text)
    assert len(saved(text, ignore=["draw"])) == 3


@pytest.mark.parametrize(
    "header",
    ["sample,strategy_id,costs,qalys,p", ".index,.strategy_names,.cost,.effect,p", "Draw,Strategy,Cost,Effect,p"],
)
def test_a_line_for_each_draw_and_strategy(saved: Callable[..., PsaTable], header: str) -> None:
    lines = ["1,B,10,0.5,3", "2,A,9,0.4,4", "1,A,8,0.3,3", "2,B,11,0.6,4"]
    table = saved("\n".join([header, *lines]))
    assert (table.strategies, table.names) == (("B", "A"), ("p",))
    assert (table.cost.tolist(), table.effect.tolist()) == ([[10, 8], [11, 9]], [[0.5, 0.3], [0.6, 0.4]])
    assert table.parameters.tolist() == [[3], [4]]
    twice = refusal(saved, "\n".join([header, *lines[:3], lines[1]]))
    assert "draw '2' of 'A' is there twice (line 3 too)" in twice and "draw '2' of 'B' is missing" in twice
    other = refusal(saved, "\n".join([header, *lines]).replace("0.6,4", "0.6,5"))
    assert "p: differs between strategies of one draw" in other


def test_a_long_table_without_numbers_of_draws_is_refused(saved: Callable[..., PsaTable]) -> None:
    assert "which lines are of one draw would be a guess" in refusal(saved, "strategy,cost,effect\nA,1,2\nB,1,2\n")


# --- several files ----------------------------------------------------------------------------------


def files(folder: Path, **texts: str) -> list[Path]:
    paths = [folder / f"{name}.csv" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def test_a_file_each_in_any_order(tmp_path: Path) -> None:
    given = files(tmp_path, parameters="p\n1\n2\n", e="Old,New\n1,2\n3,4\n", c="Old,New\n5,6\n7,8\n")
    table = read_psa(*given)
    assert (table.strategies, table.names) == (("Old", "New"), ("p",))
    assert (table.cost.tolist(), table.effect.tolist()) == ([[5, 6], [7, 8]], [[1, 2], [3, 4]])
    swapped = read_psa(costs=given[1], effects=given[2])
    assert swapped.cost.tolist() == table.effect.tolist()


def test_columns_of_two_files_go_together_by_name(tmp_path: Path) -> None:
    table = read_psa(*files(tmp_path, costs="costs1,costs2\n1,2\n", effects="effects2,effects1\n4,3\n"))
    assert table.effect.tolist() == [[3, 4]]
    told = refusal(read_psa, *files(tmp_path, costs="a,b\n1,2\n", effects="c,d\n1,2\n"))
    assert "name them alike" in told


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"costs": "a,b\n1,2\n", "effects": "a,b\n1,2\n1,2\n"}, "must be the same draws"),
        ({"one": "a,b\n1,2\n", "two": "a,b\n1,2\n"}, "cannot be told; say it: costs, effects"),
        ({"c_e": "a,b\n1,2\n", "effects": "a,b\n1,2\n"}, "cannot be told"),
        ({"costs": "a,b\n1,2\n", "parameters": "p\n1\n"}, "effects: missing"),
        ({"costs": "a,b\n1,2\n", "effects": "a,b\n1,2\n", "psa": f"{PLAIN}1,2,3,4\n"}, "there twice"),
        ({"costs": "a,b\n1,2\n", "effects": "a,b,c\n1,2,3\n"}, "costs of 2 strategies, effects of 3"),
        (
            {"costs": "a,b\n1,2\n", "effects": "a,b\n1,2\n", "parameters": "cost_a\n1\n"},
            "cost_a; the name of a strategy's column",
        ),
    ],
)
def test_files_that_do_not_go_together_are_refused(tmp_path: Path, texts: dict[str, str], words: str) -> None:
    assert words in refusal(read_psa, *files(tmp_path, **texts))


def of_draws(numbers: list[int], *columns: str) -> str:
    """A file whose every cell is ten times the place of its draw, plus that of its column."""
    lines = [f"{n}," + ",".join(str(10 * n + k) for k in range(len(columns))) for n in numbers]
    return "\n".join([",".join(("draw", *columns)), *lines])


def test_lines_of_several_files_go_together_by_their_numbers_of_draws(tmp_path: Path) -> None:
    plain = of_draws([1, 2, 3], "a", "b")
    table = read_psa(*files(tmp_path, costs=plain, effects=plain, parameters=of_draws([3, 1, 2], "p")))
    assert table.parameters[:, 0].tolist() == table.cost[:, 0].tolist() == [10, 20, 30]
    assert "put in the order of their numbers" in table.said[-1]
    thinned = of_draws([60, 20, 40], "a", "b")
    other = read_psa(*files(tmp_path, costs=thinned, effects=of_draws([20, 40, 60], "a", "b")))
    assert other.cost.tolist() == other.effect.tolist() == [[200, 201], [400, 401], [600, 601]]
    zero = read_psa(*files(tmp_path, costs=of_draws([2, 0, 1], "a", "b"), effects=plain))
    assert (zero.cost[:, 0].tolist(), zero.effect[:, 0].tolist()) == ([0, 10, 20], [10, 20, 30])
    bare = read_psa(*files(tmp_path, costs=of_draws([4, 6, 8], "a", "b"), effects="a,b\n1,2\n3,4\n5,6\n"))
    assert bare.effect[:, 0].tolist() == [1, 3, 5]  # nothing says otherwise


def test_a_long_table_and_its_parameters_go_together_by_draw(tmp_path: Path) -> None:
    psa = "draw,strategy,cost,effect\n" + "".join(f"{d},{s},{d},1\n" for d in (2, 1, 3) for s in "ab")
    table = read_psa(*files(tmp_path, psa=psa), parameters=files(tmp_path, more=of_draws([1, 2, 3], "p"))[0])
    assert (table.cost[:, 0].tolist(), table.parameters[:, 0].tolist()) == ([1, 2, 3], [10, 20, 30])


@pytest.mark.parametrize(
    ("costs", "effects", "words"),
    [
        ([0, 1, 2, 3], [60, 61, 62, 63], "costs.csv holds draws 0, 1, 2, ..., 3"),
        ([0, 1, 2, 3], [0, 2, 4, 6], "must be the same draws"),
        ([2, 3, 4], [1, 2, 3], "must be the same draws"),
        ([1, 1, 2], [1, 2, 3], "must number the draws, each once"),
        ([3, 1, 2], [], "effects.csv does not number its own"),
    ],
)
def test_numbers_of_draws_that_disagree_are_refused(
    tmp_path: Path, costs: list[int], effects: list[int], words: str
) -> None:
    other = of_draws(effects, "a", "b") if effects else "a,b\n1,2\n3,4\n5,6\n"
    told = refusal(read_psa, *files(tmp_path, costs=of_draws(costs, "a", "b"), effects=other))
    assert words in told and "ignore" not in told


def test_a_file_is_not_costs_and_effects_at_once(tmp_path: Path) -> None:
    (whole,) = files(tmp_path, psa=f"{PLAIN}1,2,3,4\n2,3,4,5\n")
    assert "given twice" in refusal(lambda: read_psa(costs=whole, effects=whole))
    again = files(tmp_path, more=whole.read_text(encoding="utf-8"))[0]
    told = refusal(lambda: read_psa(costs=whole, effects=again))
    assert "said to hold cost alone" in told


def test_net_benefit_at_one_price(tmp_path: Path) -> None:
    (path,) = files(tmp_path, psa="nb_A,nb_B,p\n1,3,5\n4,2,6\n")
    table = read_psa(path)
    assert table.of_benefit and table.names == ("p",)
    assert table.evpi()["value"].tolist() == [1.0]  # (3 + 4) / 2 less 2.5
    with pytest.raises(ModelError, match="at a price already chosen"):
        table.evpi([1000.0])


# --- workbooks and Parquet ---------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "library"), [(b"PK\x03\x04", "openpyxl"), (b"PAR1", "pyarrow")])
def test_a_library_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: bytes, library: str
) -> None:
    for name in ("openpyxl", "pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    (tmp_path / "psa.bin").write_bytes(start + b"x")
    with pytest.raises(MissingExtra, match=rf"pip install {library}.*or save the table as CSV"):
        read_psa(tmp_path / "psa.bin")


def test_a_workbook_is_read_by_its_sheet(tmp_path: Path) -> None:
    openpyxl: Any = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "notes"
    sheet = book.create_sheet("psa")
    for row in (HEADER, *ROWS, [1, 2, "0,5", None]):
        sheet.append(row)
    book.save(tmp_path / "psa.xlsx")
    told = refusal(read_psa, tmp_path / "psa.xlsx")
    assert ":4: effect_B: missing" in told and "effect_A" not in told
    sheet.delete_rows(4)
    book["notes"].append(["by", "somebody"])
    book.save(tmp_path / "psa.xlsx")
    assert "say which: sheet='NAME'" in refusal(read_psa, tmp_path / "psa.xlsx")
    table = read_psa(tmp_path / "psa.xlsx", sheet="psa")
    assert np.hstack([table.cost, table.effect]).tolist() == ROWS


def test_a_parquet_file_is_read(tmp_path: Path) -> None:
    arrow: Any = pytest.importorskip("pyarrow")
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    columns = dict(zip(HEADER, zip(*ROWS, strict=True), strict=True))
    parquet.write_table(arrow.table({k: list(v) for k, v in columns.items()}), tmp_path / "psa.parquet")
    table = read_psa(tmp_path / "psa.parquet")
    assert np.hstack([table.cost, table.effect]).tolist() == ROWS
    exact = arrow.table({k: [Decimal("1.5"), Decimal("2")] for k in HEADER})  # as databases write money
    parquet.write_table(exact, tmp_path / "psa.parquet")
    assert read_psa(tmp_path / "psa.parquet").cost.tolist() == [[1.5, 1.5], [2.0, 2.0]]
    parquet.write_table(arrow.table({k: [1.0, None] for k in HEADER}), tmp_path / "psa.parquet")
    assert ":2: cost_A: missing" in refusal(read_psa, tmp_path / "psa.parquet")


@pytest.mark.parametrize("name", ["ICER", "icer_B", "nmb_A", "inmb", "ly_A", "life_years_B", "inc_cost", "delta.e"])
def test_what_may_be_a_finding_is_asked_about(tmp_path: Path, name: str) -> None:
    """It is no parameter that anybody could learn; the options that it names settle it."""
    rows = "\n".join(f"{k},{2 * k},{k % 3},{k % 5},{k % 7}" for k in range(12))
    path = tmp_path / "psa.csv"
    path.write_text(f"cost_A,cost_B,effect_A,effect_B,{name}\n{rows}\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"may be a finding .*ignore=\['{name}'\], or .*strategies=\['A', 'B'\]"):
        read_psa(path)
    assert read_psa(path, ignore=[name]).names == ()
    assert read_psa(path, strategies=["A", "B"]).names == (name,)


def test_what_is_called_after_a_strategy_may_be_a_parameter(tmp_path: Path) -> None:
    header = "cost_A,cost_B,effect_A,effect_B,p_relapse_A,u_B,c_drug,rly,supply,family"
    with pytest.raises(InputError, match="c_drug"):  # which may be half of a strategy in another way of naming
        wide_of(tmp_path, "c_A,c_B,e_A,e_B,c_drug")
    assert len(wide_of(tmp_path, header).names) == 6


def wide_of(folder: Path, header: str) -> PsaTable:
    path = folder / "psa.csv"
    rows = "\n".join(",".join(str(k % (3 + i % 5)) for i in range(header.count(",") + 1)) for k in range(12))
    path.write_text(f"{header}\n{rows}\n", encoding="utf-8")
    return read_psa(path)


def test_increments_alone_are_told_what_they_lack(tmp_path: Path) -> None:
    for name, header in (("costs", "inc.costs"), ("effects", "diff.effects")):
        (tmp_path / f"{name}.csv").write_text(f"{header}\n1\n2\n3\n", encoding="utf-8")
    with pytest.raises(InputError, match="put one of cost 0 and effect 0"):
        read_psa(tmp_path / "costs.csv", tmp_path / "effects.csv")
    for header in ("cost_A,effect_A,p", "inc_cost,inc_effect,p"):
        with pytest.raises(InputError, match="put one of cost 0 and effect 0"):
            wide_of(tmp_path, header)
