"""A run in shards: merged in any order it has the bits of one run, and nothing that is not of it gets in."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import driver
from simulate.engine.keeping.words import algebra_parts
from simulate.present.terms.exit_codes import BAD_INPUT, DONE

ASKED = ("run", "safewards", "--draws", 24, "--people", 20, "--figures", "none")
RESULTS = ("psa.csv", "statistics.npz", "summary.json")


def hashes(folder: Path) -> list[str]:
    return [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in RESULTS]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder with a plain run and its shards: one, and three."""
    command = request.getfixturevalue("command")
    folder = tmp_path_factory.mktemp("runs")
    assert command(*ASKED, "--out", folder / "plain").code == DONE
    for of in (1, 3):
        for mine in range(1, of + 1):
            assert command(*ASKED, "--shard", f"{mine}/{of}", "--out", folder / f"{mine}-{of}").code == DONE
    return folder


@pytest.mark.parametrize("shards", [["1-1"], ["3-3", "1-3", "2-3"], ["2-3", "2-3", "1-3", "3-3"]])
def test_merged_they_are_the_run(runs: Path, tmp_path: Path, command: Any, shards: list[str]) -> None:
    before = driver.kernel_runs
    done = command("merge", *(runs / s for s in shards), "--figures", "none", "--out", tmp_path / "merged")
    assert done.code == DONE, done.err
    assert hashes(tmp_path / "merged") == hashes(runs / "plain")
    assert driver.kernel_runs == before


def test_no_shard_is_all_of_it(runs: Path) -> None:
    kept = [set(json.loads((runs / f"{mine}-3" / "shard.json").read_text())["chunks"]) for mine in (1, 2, 3)]
    whole = set(json.loads((runs / "1-1" / "shard.json").read_text())["chunks"])
    assert all(kept) and not (kept[0] & kept[1] & kept[2]) and whole


def test_what_is_lacking_is_told_with_what_makes_it(runs: Path, tmp_path: Path, command: Any) -> None:
    done = command("merge", runs / "1-3", "--out", tmp_path / "merged")
    assert done.code == BAD_INPUT and not (tmp_path / "merged").exists()
    for mine in (2, 3):
        assert f"run safewards --draws 24 --people 20 --figures none --shard {mine}/3" in done.err


def test_a_wrong_chunk_is_told_with_what_makes_it(runs: Path, tmp_path: Path, command: Any) -> None:
    shutil.copytree(runs / "2-3", tmp_path / "2-3")
    for file in (tmp_path / "2-3" / "chunks").iterdir():
        content = file.read_bytes()
        file.write_bytes(content[: len(content) // 2] + b"x" + content[len(content) // 2 + 1 :])
    done = command("merge", runs / "1-3", tmp_path / "2-3", runs / "3-3", "--out", tmp_path / "merged")
    assert done.code == BAD_INPUT and "--shard 2/3" in done.err and "--shard 1/3" not in done.err
    assert not (tmp_path / "merged").exists()


def test_another_run_is_refused_by_name(runs: Path, tmp_path: Path, command: Any) -> None:
    assert command(*ASKED, "--seed", 2, "--shard", "2/3", "--out", tmp_path / "seed").code == DONE
    done = command("merge", runs / "1-1", tmp_path / "seed", runs / "plain", tmp_path / "none", "--out", tmp_path / "m")
    assert (
        done.code == BAD_INPUT and f"{runs / 'plain'}: is no shard" in done.err and str(tmp_path / "none") in done.err
    )
    done = command("merge", runs / "1-3", tmp_path / "seed", "--out", tmp_path / "m")
    assert done.code == BAD_INPUT and "another seed" in done.err
    assert not (tmp_path / "m").exists()


def test_another_arithmetic_is_refused_by_name(
    runs: Path, tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {**algebra_parts(), "numpy": "0.1"}
    monkeypatch.setattr("simulate.present.folder.shards.algebra_parts", lambda: other)
    done = command("merge", runs / "1-1", "--out", tmp_path / "merged")
    assert done.code == BAD_INPUT and "another arithmetic" in done.err and "numpy" in done.err


@pytest.mark.parametrize(
    "words",
    [
        ("--shard", "0/3"),
        ("--shard", "4/3"),
        ("--shard", "x"),
        ("--shard", "1/2", "--exact"),
        ("--shard", "1/2", "--until-mcse", "50"),
    ],
)
def test_shards_that_cannot_be(tmp_path: Path, command: Any, words: tuple[str, ...]) -> None:
    done = command(*ASKED, *words, "--out", tmp_path / "out")
    assert done.code == BAD_INPUT and "--shard" in done.err and not (tmp_path / "out").exists()


def test_a_shard_takes_another_ones_place_for_nothing(runs: Path, command: Any) -> None:
    done = command(*ASKED, "--shard", "2/3", "--out", runs / "1-3")
    assert done.code == BAD_INPUT and "another shard" in done.err


def test_merging_leaves_the_files_of_others_alone(runs: Path, tmp_path: Path, command: Any) -> None:
    shutil.copytree(runs / "plain", tmp_path / "theirs")
    (tmp_path / "theirs" / "board.docx").write_text("x")
    before = sorted((p.name, p.read_bytes()) for p in (tmp_path / "theirs").glob("*") if p.is_file())
    done = command("merge", runs / "1-1", "--out", tmp_path / "theirs")
    assert done.code == BAD_INPUT and "board.docx" in done.err
    assert before == sorted((p.name, p.read_bytes()) for p in (tmp_path / "theirs").glob("*") if p.is_file())


def test_a_shard_of_other_numbers_is_there_and_said_to_be_of_others(
    runs: Path, tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose chunks are then of other keys: as if it were not there, which its owner sees that it is."""
    shutil.copytree(runs / "1-1", tmp_path / "shard")
    for chunk in (tmp_path / "shard" / "chunks").iterdir():
        chunk.unlink()
    for whose, told in (("here", "is not there, or not whole"), ("elsewhere", "was made by another version")):
        if whose == "elsewhere":
            monkeypatch.setattr("simulate.present.folder.shards.program", lambda: "another")
        done = command("merge", tmp_path / "shard", "--out", tmp_path / "merged")
        assert done.code == BAD_INPUT and told in done.err and done.err.count("it is made by: recovery-cea run") == 1
    assert not (tmp_path / "merged").exists()
