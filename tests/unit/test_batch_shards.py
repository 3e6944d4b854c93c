"""A batch in shards: whole analyses by machine, merged to the bits of one batch, and nothing else gets in."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from simulate.analyse.batch.analysis import Analysis
from simulate.analyse.batch.dealing import AN_ANALYSIS, LARGE, Group, dealt, groups_of, too_large
from simulate.engine.keeping.words import algebra_parts
from simulate.present.batches import working
from simulate.present.folder.manifest import sealed
from simulate.present.terms.exit_codes import BAD_INPUT, DONE, FAILED
from simulate.running import running
from tests.unit.batches import file_of, read_text

TEXT = """
[defaults]
problem = "recovery_college"
draws = 16
people = 4
[analyses.base]
[analyses.other]
seed = 2
cohort = "people.csv"
[analyses.employer]
perspective = "employer"
"""
PEOPLE = "id,weight\na,1\nb,1\n"
NAMES = ("base", "other", "employer")
BAD = "[analyses.bad]\nsetting = 'mars'\n"


def contents(folder: Path) -> dict[str, str]:
    """Hashes of every file but manifests, which name the command and the time."""
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != "manifest.json"
    }


def table_of(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "batch" / "batch.csv").drop(columns=["seconds"])


def sealed_again(folder: Path) -> None:
    """A folder whose files were changed, with hashes and seal as of one that was not."""
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    whole = sealed({n: v for n, v in told.items() if n not in ("seal", "files")}, folder)
    (folder / "manifest.json").write_text(json.dumps(whole), encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder with a batch, and the same in two shards."""
    command = request.getfixturevalue("command")
    folder = tmp_path_factory.mktemp("made")
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    path = file_of(folder, TEXT)
    assert command("batch", path, "--out", folder / "plain").code == DONE
    for k in (1, 2):
        assert command("batch", path, "--shard", f"{k}/2", "--out", folder / f"{k}").code == DONE
    return folder


@pytest.fixture
def shards(made: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Copies of the two shards, to be changed."""
    for k in "12":
        shutil.copytree(made / k, tmp_path / k)
    return tmp_path / "1", tmp_path / "2"


def test_merged_they_are_the_batch_and_nothing_is_run(
    made: Path, tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "answered", None)
    monkeypatch.setattr(running, "simulated", None)
    done = command("merge", made / "2", made / "1", made / "2", "--out", tmp_path / "out", "--json")
    assert done.code == DONE, done.err
    assert [(a["name"], a["status"]) for a in json.loads(done.out)["analyses"]] == [(n, "done") for n in NAMES]
    mine, plain = contents(tmp_path / "out"), contents(made / "plain")
    assert mine.keys() == plain.keys()
    assert {n for n in plain if mine[n] != plain[n]} == {"batch/batch.csv", "batch/summary.json"}  # seconds
    pd.testing.assert_frame_equal(table_of(tmp_path / "out"), table_of(made / "plain"))
    again = command("merge", made / "1", made / "2", "--out", tmp_path / "out", "--json")
    assert {a["status"] for a in json.loads(again.out)["analyses"]} == {"kept"}
    monkeypatch.undo()
    whole = command("batch", made / "analyses.toml", "--out", tmp_path / "out", "--json")
    assert {a["status"] for a in json.loads(whole.out)["analyses"]} == {"kept"}


def test_each_analysis_is_made_once_and_those_that_share_a_simulation_together(made: Path) -> None:
    one, two = ({p.name for p in (made / k).iterdir()} - {"batch"} for k in "12")
    assert one | two == set(NAMES) and not one & two
    assert {"base", "employer"} <= one or {"base", "employer"} <= two


def test_what_is_lacking_is_told_with_what_makes_it(
    made: Path, shards: tuple[Path, Path], tmp_path: Path, command: Any
) -> None:
    done = command("merge", shards[1], "--out", tmp_path / "out")
    how = f"recovery-cea batch {made / 'analyses.toml'} --shard 1/2"
    told = f"shard 1 of 2 is not there, or not whole; it is made by: {how}"
    assert done.code == BAD_INPUT and told in done.err
    name = next(p.name for p in shards[0].iterdir() if p.name != "batch")
    (shards[0] / name / "psa.csv").write_text("x", encoding="utf-8")
    done = command("merge", *shards, "--out", tmp_path / "out")
    assert done.code == BAD_INPUT and f"of shard 1 of 2, {name} is not there" in done.err and "--shard 1/2" in done.err
    shutil.rmtree(shards[0] / name)
    (shards[0] / name).symlink_to(made / "plain" / name)
    assert command("merge", *shards, "--out", tmp_path / "out").code == BAD_INPUT
    assert not (tmp_path / "out").exists()


def test_of_two_copies_of_a_shard_what_is_whole_in_either_is_taken(
    shards: tuple[Path, Path], tmp_path: Path, command: Any
) -> None:
    names = [p.name for p in shards[0].iterdir() if p.name != "batch"]
    shutil.copytree(shards[0], tmp_path / "copy")
    (shards[0] / names[0] / "psa.csv").write_text("x", encoding="utf-8")
    for name in names[1:]:
        shutil.rmtree(tmp_path / "copy" / name)
    for k, order in enumerate((shards, shards[::-1])):
        done = command("merge", *order, tmp_path / "copy", "--out", tmp_path / f"out {k}")
        assert done.code == DONE, done.err
    (tmp_path / "copy" / names[0] / "psa.csv").write_text("x", encoding="utf-8")
    done = command("merge", *shards, tmp_path / "copy", "--out", tmp_path / "out")
    assert done.code == BAD_INPUT and f"of shard 1 of 2, {names[0]} is not there" in done.err, done.err


def test_another_batch_is_refused_by_name(
    made: Path, shards: tuple[Path, Path], tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()

    def refused(text: str, people: str, shard: str, told: str) -> None:
        (other / "people.csv").write_text(people, encoding="utf-8")
        out = other / f"{len(list(other.iterdir()))}"
        assert command("batch", file_of(other, text), "--shard", shard, "--out", out).code == DONE
        done = command("merge", shards[0], out, "--out", tmp_path / "out")
        assert done.code == BAD_INPUT and told in done.err, done.err

    refused(TEXT.replace("seed = 2", "seed = 3"), PEOPLE, "2/2", "another file")
    refused(TEXT, PEOPLE.replace("b,1", "b,2"), "2/2", "other files, or another share, of other")
    refused(TEXT, PEOPLE, "3/3", "one of 3 and not of 2")  # to which nothing falls
    done = command("merge", shards[0], made / "plain", tmp_path / "none", "--out", tmp_path / "out")
    assert all(f"{p}: is no shard of a batch" in done.err for p in (made / "plain", tmp_path / "none"))
    monkeypatch.setattr("simulate.present.batches.merging.program", lambda: "99.0")
    assert "or of other models or numbers, than is here" in command("merge", *shards, "--out", tmp_path / "out").err
    monkeypatch.setattr("simulate.present.folder.shards.algebra_parts", lambda: {**algebra_parts(), "numpy": "0"})
    done = command("merge", *shards, "--out", tmp_path / "out")
    assert done.code == BAD_INPUT and "another arithmetic" in done.err and not (tmp_path / "out").exists()


def test_an_answer_to_another_question_gets_in_under_no_name(
    made: Path, shards: tuple[Path, Path], tmp_path: Path, command: Any
) -> None:
    held = next(s for s in shards if (s / "base").is_dir())
    shutil.rmtree(held / "base")
    shutil.copytree(made / "plain" / "employer", held / "base")
    done = command("merge", *shards, "--out", tmp_path / "out")
    assert done.code == BAD_INPUT and "base is not there, or not whole" in done.err


@pytest.mark.parametrize(
    "change", [{"shard": 7}, {"file": "../x"}, {"analyses": []}, {"failed": {"base": 1}}, {"of": 0}]
)
def test_what_a_shard_cannot_say_is_refused(
    change: dict[str, Any], shards: tuple[Path, Path], tmp_path: Path, command: Any
) -> None:
    for shard in shards:
        told = json.loads((shard / "batch" / "shard.json").read_text(encoding="utf-8"))
        (shard / "batch" / "shard.json").write_text(json.dumps({**told, **change}), encoding="utf-8")
        sealed_again(shard / "batch")
    done = command("merge", *shards, "--out", tmp_path / "out")
    assert done.code == BAD_INPUT and "shard.json" in done.err and not (tmp_path / "out").exists()


def test_nothing_of_anybody_is_overwritten(made: Path, shards: tuple[Path, Path], tmp_path: Path, command: Any) -> None:
    out = tmp_path / "out"
    for place in (shards[0], shards[0] / "in", tmp_path):
        done = command("merge", *shards, "--out", place)
        assert done.code == BAD_INPUT and "is a shard; allowed: a folder beside them" in done.err
    (out / "base").mkdir(parents=True)
    (out / "base" / "board.docx").write_text("x", encoding="utf-8")
    done = command("merge", *shards, "--out", out)
    assert (
        done.code == BAD_INPUT
        and "board.docx" in done.err
        and [p.name for p in out.rglob("*")] == ["base", "board.docx"]
    )
    assert command("merge", *shards, "--out", out, "--overwrite").code == DONE
    assert (out / "base" / "board.docx").read_text(encoding="utf-8") == "x" and (out / "base" / "psa.csv").is_file()
    done = command("batch", made / "analyses.toml", "--shard", "2/2", "--out", shards[0])
    assert done.code == BAD_INPUT and "another shard" in done.err
    done = command("batch", made / "analyses.toml", "--out", shards[0])  # all of it
    assert done.code == BAD_INPUT and "another shard" in done.err and (shards[0] / "batch" / "shard.json").is_file()
    done = command("batch", made / "analyses.toml", "--shard", "1/2", "--out", made / "plain")
    assert done.code == BAD_INPUT and "another shard" in done.err
    assert "--figures" in command("merge", *shards, "--out", out, "--figures", "all").err


@pytest.mark.slow
def test_what_failed_or_was_refused_is_told_by_one_shard_and_by_the_whole(
    tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    path, real = file_of(tmp_path, TEXT + BAD), running.answered

    def fails(asked: Any, *given: Any, **more: Any) -> Any:
        if asked.options.seed == 2:
            raise KeyError("odd")
        return real(asked, *given, **more)

    monkeypatch.setattr(working, "answered", fails)
    codes = [command("batch", path, "--shard", f"{k}/3", "--out", tmp_path / f"{k}").code for k in (1, 2, 3)]
    assert codes == [FAILED, FAILED, DONE]
    done = command("merge", tmp_path / "1", tmp_path / "2", "--out", tmp_path / "out", "--json")
    assert done.code == FAILED  # nothing falls to the third
    told = {a["name"]: a["status"] for a in json.loads(done.out)["analyses"]}
    assert told == {"base": "done", "other": "failed", "employer": "done", "bad": "refused"}
    assert "mars" in str(table_of(tmp_path / "out").set_index("name").loc["bad", "error"])
    monkeypatch.undo()
    assert command("batch", path, "--shard", "2/3", "--out", tmp_path / "2").code == DONE
    done = command("merge", tmp_path / "1", tmp_path / "2", "--out", tmp_path / "out", "--json")
    assert [a["status"] for a in json.loads(done.out)["analyses"]] == ["kept", "done", "kept", "refused"]


# --- dealing -------------------------------------------------------------------------------------------------


def drawn(seed: int) -> list[Group[None]]:
    rng = random.Random(seed)
    one = cast("Analysis", None)
    return [
        Group((one,), rng.choice([1.0, 5.0, 1e3 * rng.random()]), rng.choice([0.0, 800.0]), rng.randrange(4), None)
        for _ in range(rng.randrange(1, 40))
    ]


def loads(groups: list[Group[None]], given: list[int], of: int) -> Iterator[float]:
    for k in range(1, of + 1):
        mine = [g for g, shard in zip(groups, given, strict=True) if shard == k]
        yield sum(g.work for g in mine) + sum({g.kind: g.solving for g in mine}.values())


def test_shards_are_about_alike(tmp_path: Path) -> None:
    """No shard has more than a fair share and one whole group besides, solving twice: the bound of list scheduling."""
    for seed in range(60):
        solving = {k: 800.0 * (k % 2) for k in range(4)}  # the same for all of a kind
        groups = [Group(g.analyses, g.work, solving[g.kind], g.kind, None) for g in drawn(seed)]
        of = 1 + seed % 9
        given = dealt(groups, of)
        assert given == dealt(groups, of) and set(given) <= set(range(1, of + 1))
        apart = sum(g.work + g.solving for g in groups)
        assert max(loads(groups, given, of)) <= apart / of + max(g.work + 2 * g.solving for g in groups) + 1e-6
    alike = [Group(g.analyses, 1.0, 0.0, 0, None) for g in drawn(3)] * 4
    assert max(loads(alike, dealt(alike, 4), 4)) == -(-len(alike) // 4)


def test_what_is_solved_alike_goes_together_where_solving_is_most_of_it() -> None:
    groups = [Group((cast("Analysis", None),), 1.0, 100.0, k // 4, None) for k in range(8)]
    given = dealt(groups, 2)
    assert len({(g.kind, shard) for g, shard in zip(groups, given, strict=True)}) == 2


def test_one_larger_than_the_rest_is_told(tmp_path: Path, command: Callable[..., Any]) -> None:
    text = "[defaults]\nproblem='safewards'\n[[grid]]\nname='x'\nover.draws=[16, 16384]\n[analyses.y]\ndraws = 32"
    batch = read_text(tmp_path, text)
    groups = groups_of(batch, lambda asked: asked.options.draws)
    assert [g.seen for g in groups] == [32, 16, 16384] and groups[0].work >= 2 * 32_000 + AN_ANALYSIS
    ((large, share),) = too_large(groups, 2)
    assert large.seen == 16384 and share > LARGE / 2
    done = command("batch", tmp_path / "analyses.toml", "--shard", "1/8", "--dry-run")
    assert "note: shards beyond 3 have nothing to do" in done.err
    assert "note: x-draws=16384: 9" in done.err and "in parts: recovery-cea run safewards --draws 16384" in done.err
    assert "1 analyses: 1 to be simulated" in done.out


@pytest.mark.parametrize("shard", ["0/3", "4/3", "x"])
def test_shards_that_cannot_be(shard: str, tmp_path: Path, command: Any) -> None:
    done = command("batch", file_of(tmp_path, TEXT), "--shard", shard, "--out", tmp_path / "out")
    assert done.code == BAD_INPUT and "--shard" in done.err and not (tmp_path / "out").exists()
