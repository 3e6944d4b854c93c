"""The file of a batch: names, defaults and grids, and what is wrong told at once, where it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parameters import InputError
from parameters.toml_files import TomlFile
from simulate.analyse.batch.analysis import NAMES
from simulate.analyse.batch.forecast import FIGURES as DRAWN
from simulate.present.terms.face import FIGURES
from tests.unit.batches import QUICK, file_of, read_text


def test_a_grid_makes_an_analysis_of_each_combination_named_after_it(tmp_path: Path) -> None:
    found = {a.name: a.words for a in read_text(tmp_path, QUICK).analyses}
    assert list(found) == [
        "base",
        "public",
        *(f"grid-c_recovery_college={c}-seed={s}" for c in ("350.5", "400") for s in (1, 2)),
    ]
    last = found["grid-c_recovery_college=400-seed=2"]
    assert last == {
        **{"problem": "recovery_college", "draws": 32, "people": 20, "setting": "regression_25", "seed": 2},
        "set": {"c_recovery_college": 400.0},
    }
    assert found["base"] == {"problem": "recovery_college", "draws": 32, "people": 20}


def test_the_nearest_word_counts_and_what_is_set_is_put_together(tmp_path: Path) -> None:
    text = """
    [defaults]
    problem = "recovery_college"
    people = 20
    set = { c_recovery_college = 1, r_discount_costs = 0 }
    [analyses.a]
    set.c_recovery_college = 2
    [analyses.b]
    problem = "debt_advice"
    set = {}
    """
    batch = read_text(tmp_path, text)
    (told,) = batch.wrong
    assert "defaults.set.c_recovery_college: is no parameter of debt_advice" in str(told) and str(told).endswith("(b)")
    assert set(batch.refused) == {"b"}
    found = {a.name: a for a in batch.analyses}
    assert found["a"].changes == {"c_recovery_college": 2.0, "r_discount_costs": 0.0}


def test_people_of_a_file_take_the_place_of_the_usual_number(tmp_path: Path) -> None:
    text = "[defaults]\nproblem = 'recovery_college'\npeople = 3\n[analyses.a]\ncohort = 'x.csv'"
    with pytest.raises(InputError) as fault:
        read_text(tmp_path, text)
    assert f"analyses.a.cohort: {tmp_path / 'x.csv'}: cannot be read" in str(fault.value) and "people:" not in str(
        fault.value
    )


def test_everything_wrong_is_told_at_once_where_it_stands(tmp_path: Path, command: Callable[..., Any]) -> None:
    text = """[defaults]
problem = "recovery_colege"
draws = 0
drws = 3

[analyses."a/b"]
set.c_x = "a"

[analyses.nhs]
problem = "recovery_college"
perspective = "x"
set = { c_recovery_collge = 400, c_bed_day = nan }

[analyses.NHS]
figures = "some"
rng = "mersenne"

[[grid]]
name = "g"
cohort = "people.csv"
people = 3
[grid.over]
seed = [1, -1, 1.5]
sed = [1]

[[grid]]
nam = "x"

[[grid]]
name = "huge"
[grid.over]
seed = 3
draws = []

[analysis]
"""
    path = file_of(tmp_path, text)
    done = command("batch", path, "--out", tmp_path / "out")
    assert done.code == 2 and not (tmp_path / "out").exists() and not done.out
    told = [line.removeprefix(f"error: {path}:") for line in done.err.splitlines()]
    for line, words in (
        (2, "defaults.problem: 'recovery_colege' is no decision problem"),
        (3, "defaults.draws: draws: 0; need at least 1"),
        (4, "defaults.drws: unknown key"),
        (6, "analyses.a/b: 'a/b' is no name of a folder"),
        (7, "analyses.a/b.set.c_x: input should be a valid number"),
        (9, "analyses.nhs: 2 analyses are called nhs; allowed: one"),
        (11, "analyses.nhs.perspective: recovery_college: perspective: 'x' is unknown"),
        (12, "analyses.nhs.set.c_bed_day: input should be a finite number"),
        (15, "analyses.NHS.figures: figures: 'some' is unknown"),
        (23, "grid.0.over.seed: input should be a valid integer; got 1.5"),
        (24, "grid.0.over.sed: unknown key"),
        (26, "grid.1.name: missing; every grid needs it"),
        (27, "grid.1.nam: unknown key"),
        (32, "grid.2.over.seed: is no list of values"),
        (33, "grid.2.over.draws: is no list of values"),
        (35, "analysis: 'analysis' is unknown; allowed: defaults, analyses, grid; did you mean analyses?"),
    ):
        assert any(t.startswith(f"{line}: {words}") for t in told), (line, words, done.err)
    assert "did you mean draws?" in done.err and "did you mean c_recovery_college?" in done.err
    assert len(told) == len(set(told))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no analysis; allowed"),
        ("[analyses.a]", 'a: problem: none is named; allowed: problem = "ID"'),
        ("analyses = 3", "analyses: is no table"),
        ("[grid]\nname = 'x'", "grid: is no list of tables; allowed: [[grid]]"),
        ("defaults = 1", "defaults: is no table"),
        ("[analyses]\na = 1", "analyses.a: is no table"),
        ("[analyses.batch]\nproblem = 'recovery_college'", "'batch' is no name of a folder"),
        ("[analyses.Nul]\nproblem = 'recovery_college'", "'Nul' is no name of a folder"),
        ("[analyses.'..']\nproblem = 'recovery_college'", "'..' is no name of a folder"),
        ("[analyses.a]\nproblem = 'recovery_college'\nuntil_mcse = 20", "until_mcse: input should be a valid string"),
        ("[analyses.a]\nproblem = 'recovery_college'\nset.c = true", "valid number; got True"),
        (
            "[[grid]]\nname = 'x'\nproblem = 'recovery_college'\n[grid.over]\nseed = [1, 1]",
            "grid.0: 2 analyses are called x-seed=1",
        ),
        (
            "[[grid]]\nname = 'x'\n[grid.over]\n"
            + "\n".join(f"{n} = [{', '.join(['1'] * 50)}]" for n in ("seed", "draws", "people")),
            "makes 125,000 analyses; allowed: 2,000 in all",
        ),
        ("x = [", "not TOML"),
    ],
)
def test_what_cannot_be_is_refused(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as fault:
        read_text(tmp_path, text)
    assert told in str(fault.value)


def test_tables_of_an_array_have_lines_of_their_own(tmp_path: Path) -> None:
    lines = TomlFile.read(
        file_of(tmp_path, "a = 1\n[[g]]\na = 1\n[g.over]\nb = 1\n[[g]]\n[g.over]\nb = 2\n[h]\na=1")
    ).lines
    assert lines[("g", "0", "a")] == 3 and lines[("g", "0", "over", "b")] == 5
    assert lines[("g", "1")] == 6 and lines[("g", "1", "over", "b")] == 8 and lines[("h", "a")] == 10
    assert lines[("a",)] == 1


def test_words_are_those_of_a_run() -> None:
    import inspect

    from simulate.present.commands.run import run_command

    theirs = {"changes" if n == "set" else n for n in NAMES}
    mine = set(inspect.signature(run_command).parameters)
    of_the_whole = {"threads", "no_store", "store", "shard", "cluster", "out", "overwrite", "quiet", "as_json"}
    by_another_name = {"posterior"}  # parameters = ["DIR/posterior.toml"]
    assert mine - theirs == of_the_whole | by_another_name and theirs <= mine
    assert set(DRAWN) == set(FIGURES)
