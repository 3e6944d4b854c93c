"""What a newcomer types wrongly, and what the texts say in the singular: each refusal names what to type."""

from __future__ import annotations

import math
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import models as m
from parameters import InputError
from parameters.mistakes import ModelError
from parameters.units import number_of
from simulate import load, run
from simulate.present.commands.inspection.check import check
from simulate.present.english.finished import money
from simulate.present.english.model import describe
from simulate.present.english.numbers import short_amount
from tests.conftest import Command

TEMPLATE = Path(m.__file__).parent / "template"


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my").mkdir()
    shutil.copy(TEMPLATE / "model.py", tmp_path / "my" / "my.py")
    shutil.copy(TEMPLATE / "model.toml", tmp_path / "my" / "my.toml")
    return tmp_path / "my" / "my.py"


def changed(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.parametrize("word", ["my", "my/", "my/my", "./my"])
@pytest.mark.parametrize("asked", ["check", "run", "describe", "plan", "trace", "sweep"])
def test_a_folder_or_a_name_without_its_ending_is_told_its_file(
    mine: Path, asked: str, word: str, command: Command
) -> None:
    done = command(asked, word, *["--one-way"] * (asked == "sweep"))
    assert done.code == 2 and "a model of your own is named by its file: my/my.py" in done.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--two-way", "r_relapse"), "requires 2 arguments; type --two-way A B"),
        (("--two-way", "c_relapse", "u_stable", "r_death"), "3 parameters, c_relapse, u_stable, r_death; type two, as"),
        (("--two-way", "c_relapse", "--people", "100"), "one parameter, c_relapse, and then --people; type two, as in"),
        (("--switch",), "requires an argument; type --switch NAME"),
    ],
)
def test_two_ways_take_two_names(mine: Path, words: tuple[str, ...], told: str, command: Command) -> None:
    done = command("sweep", mine, *words)
    assert done.code == 2 and told in done.err


PRICE = 'm.StateTime(RELAPSE), "c_relapse"'


@pytest.mark.parametrize(
    ("text", "unit", "told"),
    [
        ("c_relapse*r_death", "GBP_per_year", 'CostItem relapse.unit_cost: "c_relapse*r_death": comes to'),
        ("c_relaps*2", "GBP_per_year", '"c_relaps*2": column 1: c_relaps is no record; did you mean c_relapse?'),
        ("c_relapse*year", "GBP", '"c_relapse*year": GBP stands at'),
    ],
)
def test_an_expression_is_refused_by_its_text_and_place_by_check_and_load(
    mine: Path, text: str, unit: str, told: str
) -> None:
    changed(mine, PRICE, f'm.StateTime(RELAPSE), m.Expression("{text}", "{unit}")')
    report = "\n".join(check([str(mine)]).errors)
    assert told in report and "expression_" not in report
    with pytest.raises((InputError, ModelError)) as fault:
        load(mine)
    assert told in str(fault.value) and "expression_" not in str(fault.value)


def test_check_refuses_what_a_run_does_before_it_simulates(mine: Path, command: Command) -> None:
    """A state without a utility, which only a run asked for."""
    assert check([str(mine)]).errors == ()
    changed(
        mine, '(m.Utility(STABLE, "u_stable"), m.Utility(RELAPSE, "u_relapse"))', '(m.Utility(STABLE, "u_stable"),)'
    )
    numbers = mine.with_suffix(".toml")
    text = numbers.read_text(encoding="utf-8")
    numbers.write_text(re.sub(r"(?ms)^\[u_relapse\].*?(?=^\[|\Z)", "", text), encoding="utf-8")
    checked, ran = command("check", mine), command("run", mine)
    assert checked.code == ran.code == 2 and "no level for the state health relapse" in checked.err
    assert {*ran.err.splitlines()} <= {*checked.err.splitlines()}


def test_a_plain_price_below_nothing_is_refused_and_a_sign_is_not(mine: Path) -> None:
    changed(mine, 'm.Delivery("support"), "c_support"', 'm.Delivery("support"), -5.0')
    told = "\n".join(check([str(mine)]).errors)
    assert "CostItem support.unit_cost: -5; allowed: 0 or more, and sign=-1 where it is a gain" in told
    changed(mine, "-5.0", 'm.Product("c_support", -1.0)')
    told = "\n".join(check([str(mine)]).errors)
    assert "CostItem support.unit_cost: c_support x -1.0; allowed: 0 or more, and sign=-1 where it is a gain" in told
    changed(mine, 'm.Product("c_support", -1.0)', "5.0, sign=-1")
    assert "unit_cost" not in "\n".join(check([str(mine)]).errors)


def test_people_are_told_by_a_label_and_not_by_an_id(mine: Path) -> None:
    case = load(mine)
    assert "The people are: People who have had a relapse before." in describe(
        case.problem, case.setting, case.parameters
    )
    changed(mine, '    label="People who have had a relapse before",\n', "")
    case = load(mine)
    assert "The people are" not in describe(case.problem, case.setting, case.parameters)


def test_numbers_of_a_strategys_own_are_told_in_their_units(mine: Path) -> None:
    half = 'm.Strategy("half", "Half", (MEDICINE,), given={"c_medicine": 300.0, "r_relapse": 0.2}),'
    changed(mine, '    m.Strategy("both",', f'    {half}\n    m.Strategy("both",')
    case = load(mine)
    words = " ".join(describe(case.problem, case.setting, case.parameters).split())
    assert "[Medicine (c_medicine)] is £300 a year instead." in words
    assert "(r_relapse)] is 0.2 per person-year instead." in words


def test_one_thing_is_told_in_the_singular_and_what_is_not_known_in_no_currency() -> None:
    assert [number_of(n, "person") for n in (0, 1, 2, 1024)] == ["0 people", "1 person", "2 people", "1,024 people"]
    assert [number_of(n, "year") for n in (0.5, 1.0, 10.0)] == ["0.5 years", "1 year", "10 years"]
    assert m.Before(m.When(health="dead"), 1.0).words().startswith("in the last 1 year before")
    table: Any = SimpleNamespace(terms=SimpleNamespace(currency="£"))
    assert money(table, math.nan) == money(table, math.inf) == short_amount(math.nan, "£") == "unknown"
    assert money(table, -12.0) == "-£12"


def test_what_only_others_together_beat_is_called_extendedly_dominated(tmp_path: Path, command: Command) -> None:
    """B costs 10 for 1 where C costs 12 for 3; D costs more than C for less."""
    means = {"a": (0.0, 0.0), "b": (10.0, 1.0), "c": (12.0, 3.0), "d": (20.0, 2.0)}
    lines = [",".join(f"cost_{s},effect_{s}" for s in means)]
    lines += [",".join(f"{c + k % 3 / 10},{e + k % 5 / 100}" for c, e in means.values()) for k in range(64)]
    table = tmp_path / "psa.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    done = command("evaluate", table, "--wtp", "20", "--figures", "none", "--out", tmp_path / "out")
    assert done.code == 0, done.err
    against = done.out.partition("Each against")[2].partition("Best by")[0]
    assert " ".join(against.split()).count("extendedly") == 1 and "but dominated" in against


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--wtp", 20000, "--wtp", 30000), ["run: --wtp: given twice; allowed: once"]),
        (("--seed=1", "--seed=1"), ["run: --seed: given twice; allowed: once"]),
        (("--no-variants", "--variants"), ["run: --variants: given twice; allowed: once"]),
        (
            ("--draws", 4, "--draws", 8, "--people", "no"),
            ["run: --draws: given twice; allowed: once", "run: --people: 'no' is no whole number"],
        ),
        (("--drws", 4, "--out", "a", "--out", "b"), ["run: --drws: no such option", "run: --out: given twice"]),
        (("--fixed", "--draws", 64), ["draws: 64; with fixed there is one"]),
    ],
)
def test_of_options_that_contradict_each_other_none_wins_in_silence(
    words: tuple[object, ...], told: list[str], command: Command
) -> None:
    refused = command("run", "safewards", *words)
    lines = refused.err.splitlines()
    assert refused.code == 2 and len(lines) == len(told)
    assert all(line.startswith(f"error: {start}") for line, start in zip(lines, told, strict=True))


def test_a_flag_may_be_said_again_and_one_draw_asked_for(command: Command) -> None:
    assert command("check", "safewards", "--json", "--json").code == 0
    with pytest.raises(ModelError, match="draws: 64; with fixed there is one, at the point estimates"):
        run("safewards", fixed=True, draws=64)
    assert run("welfare_advice", fixed=True, draws=1, people=10).options.draws == 1


def test_check_notes_a_ratio_typed_as_a_percentage(mine: Path, command: Command) -> None:
    numbers = mine.with_suffix(".toml")
    text = numbers.read_text(encoding="utf-8")
    said = "{ lognormal = { mean = 0.70, low = 0.52, high = 0.94 } }"
    assert said in text
    numbers.write_text(text.replace(said, "{ lognormal = { mean = 70, low = 52, high = 94 } }"), encoding="utf-8")
    noted = command("check", mine)
    assert noted.code == 0 and "Effect on relapses: a hazard ratio of 70 (hr_medicine), beyond 0.05 to 20" in noted.out
