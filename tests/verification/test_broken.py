"""Models of one's own with a slip that ``check`` does not see: ``verify`` says what is broken, in the line expected."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulate.analyse.credibility.verification.verification import THEMES, verify

ROOT = Path(__file__).resolve().parent.parent.parent
BROKEN: dict[str, Any] = tomllib.loads(Path(__file__).with_name("broken.toml").read_text(encoding="utf-8"))
Command = Callable[..., Any]


def written(folder: Path, slip: dict[str, Any]) -> Path:
    """The model that ``init`` writes, with the slip in it."""
    for ending, key in ((".py", "model"), (".toml", "numbers")):
        text = (ROOT / "models" / "template" / f"model{ending}").read_text(encoding="utf-8")
        for old, new in slip.get(key, ()):
            assert text.count(old) >= 1, old
            text = text.replace(old, new, 1)
        (folder / f"my_model{ending}").write_text(text, encoding="utf-8")
    return folder / "my_model.py"


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_model_is_told(name: str, tmp_path: Path) -> None:
    slip = BROKEN[name]
    (line,) = verify(written(tmp_path, slip), only=[slip["check"]]).lines
    assert line.status == slip["status"]
    assert slip["line"] in line.why


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_model_passes_check(name: str, tmp_path: Path, command: Command) -> None:
    done = command("check", written(tmp_path, BROKEN[name]))
    assert (done.code, done.err) == (0, "")


def test_every_check_of_sense_is_broken_by_a_model() -> None:
    assert {check.name for check in THEMES["sense"]} <= {slip["check"] for slip in BROKEN.values()}


def test_the_model_of_init_is_not_suspected(tmp_path: Path) -> None:
    sense = [check.name for check in THEMES["sense"]]
    found = verify(written(tmp_path, {}), only=sense)
    assert {line.status for line in found.lines} == {"pass"}


def test_a_model_without_utilities_is_judged_by_years_of_life(tmp_path: Path) -> None:
    utilities = 'UTILITIES = (m.Utility(STABLE, "u_stable"), m.Utility(RELAPSE, "u_relapse"))'
    model = written(tmp_path, {"model": [[utilities, "UTILITIES = ()"]]})
    numbers = model.with_suffix(".toml")
    text = numbers.read_text(encoding="utf-8")
    numbers.write_text(text[: text.index("[u_stable]")], encoding="utf-8")
    found = verify(model, only=["null_effect", "utilities_one", "qalys_by_hand", "evpi_by_hand"])
    assert [line.status for line in found.lines] == ["pass", "pass", "not applicable", "pass"]


def test_the_command_says_so_and_ends_with_1(tmp_path: Path, command: Command) -> None:
    broken, sound = written(tmp_path, BROKEN["back_from_the_dead"]), ["--only", "dead_stay_dead", "--threads", "1"]
    done = command("verify", broken, *sound)
    assert done.code == 1 and "FAIL" in done.out and BROKEN["back_from_the_dead"]["line"] in done.out
    assert "1 fail" in done.out and "Failed: dead_stay_dead." in done.out
    told = command("verify", broken, *sound, "--json")
    found = json.loads(told.out)
    assert told.code == 1 and found["counts"] == {"pass": 0, "fail": 1, "suspicious": 0, "not_applicable": 0}
    assert found["checks"][0]["check"] == "dead_stay_dead"
    assert command("verify", written(tmp_path, {}), *sound).code == 0


def test_a_check_that_there_is_not_is_refused(tmp_path: Path, command: Command) -> None:
    done = command("verify", written(tmp_path, {}), "--only", "dead_stay_ded")
    assert done.code == 2 and "did you mean dead_stay_dead?" in done.err and "--only" in done.err


def test_what_is_suspicious_ends_with_1_where_it_is_strict(tmp_path: Path, command: Command) -> None:
    odd, asked = written(tmp_path, BROKEN["discount_in_per_cent"]), ["--only", "discount_in_range", "--threads", "1"]
    assert command("verify", odd, *asked).code == 0
    assert command("verify", odd, *asked, "--strict").code == 1
    assert command("verify", written(tmp_path, {}), *asked, "--strict").code == 0


def test_every_check_that_there_is_not_is_told_at_once(tmp_path: Path, command: Command) -> None:
    done = command("verify", written(tmp_path, {}), "--only", "nope", "--only", "nah")
    assert done.code == 2 and "nope" in done.err and "nah" in done.err
