"""The list of planted bugs stays one that can be planted, and what the script takes for a catch is one."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from scripts.verify.planted.planted_bugs import (
    FAILED,
    PASSED,
    ROOT,
    TABLE,
    Bug,
    Outcome,
    chosen,
    control,
    is_caught,
    read_bugs,
    table_of,
    try_bug,
)

BUGS = read_bugs()
STOREYS = ("parameters", "models", "engine", "evaluate", "solve", "result", "analyse", "present")


def test_every_bug_can_be_planted() -> None:
    """Each text stands once in its file as it is now, and what takes its place is still a program."""
    assert [told for bug in BUGS if (told := bug.refusal(ROOT))] == []
    for bug in (b for b in BUGS if b.file.endswith(".py")):
        ast.parse((ROOT / bug.file).read_text(encoding="utf-8").replace(bug.old, bug.new))


def test_the_list_is_long_enough_and_reaches_every_storey() -> None:
    assert len(BUGS) >= 25
    assert [n for n, times in Counter(b.what for b in BUGS).items() if times > 1] == []
    assert [s for s in STOREYS if not any(s in b.file.split("/")[:2] for b in BUGS)] == []


def test_every_named_test_is_there() -> None:
    for bug in BUGS:
        path, _, name = bug.test.partition("::")
        assert f"\ndef {name.partition('[')[0]}(" in (ROOT / path).read_text(encoding="utf-8"), bug.test


def test_the_table_is_of_this_list_and_all_are_caught() -> None:
    """``python scripts/verify/planted/planted_bugs.py`` writes it anew."""
    assert TABLE.read_text(encoding="utf-8") == table_of(BUGS, [True] * len(BUGS))


def test_bugs_are_chosen_by_their_words_and_their_file() -> None:
    of_posterior = [b for b in BUGS if "solve/posterior/" in b.file]
    assert len(of_posterior) >= 12 and chosen(BUGS, ["SOLVE/posterior"]) == of_posterior
    assert [b.what for b in chosen(BUGS, ["upside down"])] == [b.what for b in BUGS if "upside down" in b.what]
    assert chosen(BUGS, []) == BUGS and chosen(BUGS, ["no such bug"]) == []


# --- what is a catch ------------------------------------------------------------------------------

CODE = "def double(x):\n    return 2 * x\n\n\ndef half(x):\n    return x / 2\n"
TESTS = "from models.sums import double\n\n\ndef test_it() -> None:\n    assert double(3) == 6\n"


def bug(new: str, old: str = "2 * x", test: str = "test_it") -> Bug:
    return Bug("a slip", "models/sums.py", old, new, f"tests/test_sums.py::{test}")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in (("models/__init__.py", ""), ("models/sums.py", CODE), ("tests/test_sums.py", TESTS)):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "tree"


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        (bug("3 * x"), FAILED),
        (bug("{}[x]"), "fails, but on no assertion: KeyError"),
        pytest.param(bug("x * 2"), PASSED, marks=pytest.mark.slow),
        pytest.param(bug("2 *"), "fails, but on no assertion: ", marks=pytest.mark.slow),
        pytest.param(bug("3 * x", test="test_another"), "is not run: ", marks=pytest.mark.slow),
    ],
)
def test_only_a_failed_assertion_is_a_catch(tree: Path, tmp_path: Path, planted: Bug, found: str) -> None:
    outcome = try_bug(tree, planted, tmp_path)
    assert outcome.what.startswith(found)
    assert is_caught(planted, {planted.test: Outcome(PASSED, 0.0)}, {planted: outcome}) == (found == FAILED)
    assert (tree / "models" / "sums.py").read_text(encoding="utf-8") == CODE  # the copy was changed, and it alone


def test_a_test_that_fails_anyway_catches_nothing(tree: Path, tmp_path: Path) -> None:
    always = bug("3 * x")
    bug("4 * x").plant(tree)
    without = control(tree, [always.test], tmp_path)
    assert without[always.test].what == FAILED
    assert not is_caught(always, without, {always: Outcome(FAILED, 0.0)})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (bug("3 * x", old="x"), "stands 4 times"),
        (bug("3 * x", old="y"), "stands 0 times"),
        (bug("3 * x", old=""), "stands 0 times"),
        (bug("2 * x"), "changes nothing"),
        (Bug("a slip", "models/none.py", "a", "b", "t"), "there is no models/none.py"),
    ],
)
def test_what_does_not_stand_once_is_refused(tree: Path, wrong: Bug, told: str) -> None:
    assert told in wrong.refusal(tree)
    with pytest.raises(ValueError, match="a slip"):
        wrong.plant(tree)
