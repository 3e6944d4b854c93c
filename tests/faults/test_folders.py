"""Files of people are safe: whatever writes results replaces what we wrote and nobody changed, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from models.contract import ModelError
from simulate.engine import driver
from simulate.present.folder import exchange, output
from simulate.present.folder.hold import HOLDER, hold, release_all, work_folder
from simulate.present.folder.output import write
from simulate.present.folder.place import Place
from simulate.present.folder.survey import survey
from simulate.present.terms.face import Face

PROBLEM = "joint_crisis_plan"
ACCOUNT = ("run", "welfare_advice", "--draws", 16, "--people", 10)  # nothing to compile or to solve for


def face(n: int, kind: str = "run") -> Face:
    """A small finding; another `n`, other files."""
    rows = {"rows": pd.DataFrame({"x": [n]}), **({"more": pd.DataFrame({"y": [n]})} if n % 2 else {})}
    drawn = {"note.txt": lambda path: path.write_text(f"note {n}")}
    return Face(kind=kind, data={"answer": n}, lines=lambda: [str(n)], tables=rows, others=drawn)


def contents(folder: Path) -> dict[str, bytes | str]:
    """Every file and link by its path, and empty folders."""
    found: dict[str, bytes | str] = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"-> {os.readlink(path)}"
        elif path.is_file():
            found[name] = path.read_bytes()
        elif not any(path.iterdir()):
            found[name] = "empty"
    return found


# --- strangers --------------------------------------------------------------------------------


def _manifest(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text, encoding="utf-8")


def _notes(folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "z").write_text("z", encoding="utf-8")


def _linked(folder: Path) -> None:
    shutil.move(folder / "rows.csv", folder.parent / "elsewhere.csv")
    (folder / "rows.csv").symlink_to("../elsewhere.csv")


def _nested(folder: Path) -> None:
    (folder / "site" / "deep").mkdir(parents=True)
    for name, text in (("manifest.json", '{"kind": "run", "files": {}}'), ("deep/index.html", "mine")):
        (folder / "site" / name).write_text(text, encoding="utf-8")


STRANGERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a board paper": (lambda f: (f / "board.docx").write_text("x"), "board.docx"),
    "a folder of notes": (_notes, "mine/"),
    "a hidden file": (lambda f: (f / ".notes").write_text("x"), ".notes"),
    "an empty folder": (lambda f: (f / "later").mkdir(), "later/"),
    "an annotated table": (lambda f: (f / "rows.csv").write_text("x,mine\n1,2\n"), "rows.csv"),
    "a copy of a table": (lambda f: shutil.copy(f / "rows.csv", f / "rows (copy).csv"), "rows (copy).csv"),
    "a link": (lambda f: (f / "link").symlink_to(f.parent), "link"),
    "a link for a table": (_linked, "rows.csv"),
    "a file where a folder was": (lambda f: (f / "figures").write_text("x"), "figures"),
    "a project inside": (_nested, "site/"),
    "a manifest with a note": (
        lambda f: _manifest(f, json.dumps({**json.loads((f / "manifest.json").read_text()), "note": "mine"})),
        "manifest.json",
    ),
    "a web app's manifest": (lambda f: _manifest(f, '{"name": "app", "icons": []}'), "manifest.json"),
    "a manifest that says it is ours": (lambda f: _manifest(f, '{"kind": "run", "files": {}}'), "manifest.json"),
    "a deep manifest": (lambda f: _manifest(f, "[" * 100_000), "manifest.json"),
    "no manifest": (lambda f: (f / "manifest.json").unlink(), "note.txt"),
}

WRITING: dict[str, tuple[object, ...]] = {  # every command that writes, and where
    "run": (PROBLEM, "--out"),
    "sweep": (PROBLEM, "--one-way", "--out"),
    "trace": (PROBLEM, "--out"),
    "impact": (PROBLEM, "--population", 10, "--uptake", "0.1", "--out"),
    "equity": (PROBLEM, "--subgroup", "ethnicity", "--baseline", "BASELINE", "--out"),
    "league": (PROBLEM, "--budget", 1, "--population", f"{PROBLEM}=1", "--out"),
    "virtual-trials": (PROBLEM, "--setting", "henderson_2004", "--out"),
    **dict.fromkeys(("voi", "figures", "report", "pack"), ("RUN", "--out")),
    "claims": ("--figure",),
    "batch": ("ANALYSES", "--out"),
    "evaluate": ("DRAWS", "--out"),
    "export": ("bcea", "RUN", "--out"),
    **dict.fromkeys(("structure", "validate"), ("joint_crisis_plan", "--out")),
    "calibrate": ("joint_crisis_plan", "--setting", "henderson_2004", "--out"),
    "compare": ("RUN", "RUN", "--why", "--out"),
}


def words_of(verb: str, tmp_path: Path, run: Path) -> list[object]:
    baseline = tmp_path / "baseline.csv"
    baseline.write_text("level,share,health\nwhite,0.5,60\nblack,0.3,60\nother,0.2,60\n", encoding="utf-8")
    analyses = tmp_path / "analyses.toml"
    analyses.write_text("[analyses.a]\nproblem = 'welfare_advice'", encoding="utf-8")
    draws = tmp_path / "draws.csv"
    draws.write_text("cost_a,cost_b,effect_a,effect_b\n" + "".join(f"{i},{i + 2},1,{i % 3}\n" for i in range(40)))
    named = {"BASELINE": baseline, "RUN": run, "ANALYSES": analyses, "DRAWS": draws}
    return [named.get(str(w), w) for w in WRITING[verb]]


def test_the_table_of_commands_that_write_is_complete() -> None:
    import inspect

    from simulate.present import cli

    takes = {name: inspect.signature(command).parameters for name, command in cli._commands()}
    by_way_of_run = {"merge"}  # see tests/unit/test_shards.py
    writing = {name for name, given in takes.items() if "out" in given or "figure" in given}
    assert writing == {*WRITING, *by_way_of_run}
    assert all("overwrite" in takes[name] for name in WRITING)


@pytest.mark.parametrize("verb", WRITING)
@pytest.mark.parametrize("which", ["a board paper", "a web app's manifest", "an annotated table"])
def test_a_folder_with_strangers_survives_every_command(
    verb: str, which: str, command: Any, small_run: Any, tmp_path: Path
) -> None:
    folder, (put, named) = tmp_path / "theirs", STRANGERS[which]
    write(face(1, verb), folder)
    put(folder)
    before, ran = contents(folder), driver.kernel_runs
    done = command(verb, *words_of(verb, tmp_path, small_run.folder), folder)
    assert (done.code, done.out, driver.kernel_runs) == (2, "", ran)
    assert named in done.err and "--overwrite" in done.err and "another --out" in done.err
    assert contents(folder) == before and not work_folder(folder).exists()


@pytest.mark.parametrize("which", STRANGERS)
def test_whatever_is_not_ours_is_named_and_kept(which: str, tmp_path: Path) -> None:
    folder, (put, named) = tmp_path / "out", STRANGERS[which]
    write(face(1), folder)
    put(folder)
    before = contents(tmp_path)
    with pytest.raises(ModelError, match="holds other files, or changed ones") as told:
        write(face(2), folder)
    assert named in str(told.value) and contents(tmp_path) == before


@pytest.mark.parametrize("which", STRANGERS)
def test_overwriting_keeps_every_byte_of_others(which: str, tmp_path: Path) -> None:
    folder, (put, _) = tmp_path / "out", STRANGERS[which]
    write(face(1), folder)
    put(folder)
    theirs = {name: contents(folder)[name.rstrip("/")] for name in survey(folder).others}
    place, told = Place(folder, overwrite=True), list[str]()
    try:
        output.claim(place, "run")
    except ModelError:
        assert (folder / "manifest.json").exists() and survey(folder).kind is None
        return
    write(face(2), folder, place=place, tell=told.append)
    after = contents(folder)
    assert after["note.txt"] == b"note 2" or "note.txt" in theirs
    for name, content in theirs.items():
        path = Path(name.rstrip("/"))
        kept = path.with_name(f"{path.stem}.kept{path.suffix}").as_posix()
        assert content in (after.get(path.as_posix()), after.get(kept)), name
        assert after.get(path.as_posix()) == content or any(kept in line for line in told)
    assert os.listdir(tmp_path).count("out") == 1 and not work_folder(folder).exists()


DROPPED = (
    *(".DS_Store", "._table.csv", "Thumbs.db", "desktop.ini", ".directory"),
    *("~$table.csv", ".~lock.table.csv#", "table.csv~", ".#table.csv", "#table.csv#", ".table.csv.swp"),
)


@pytest.mark.parametrize("name", DROPPED)
@pytest.mark.parametrize("within", ["", "voi/"])
def test_what_programs_leave_is_kept_and_in_nobodys_way(name: str, within: str, tmp_path: Path) -> None:
    """File managers, office programs and editors write beside what is looked at; nobody is asked about that."""
    write(face(1), tmp_path / "out")
    write(face(1, "voi"), tmp_path / "out" / "voi")
    (tmp_path / "out" / within / name).write_text("x")
    told: list[str] = []
    write(face(2), tmp_path / "out", tell=told.append)
    after = contents(tmp_path / "out")
    assert after[within + name] == b"x" and "more.csv" not in after and "voi/manifest.json" in after and told == []


@pytest.mark.parametrize("name", ["notes~.txt", ".env", "#1 board.txt", "swp", "lock.odt"])
def test_what_only_looks_like_it_is_still_somebodys(name: str, tmp_path: Path) -> None:
    write(face(1), tmp_path / "out")
    (tmp_path / "out" / name).write_text("x")
    with pytest.raises(ModelError, match="holds other files"):
        write(face(2), tmp_path / "out")


def test_what_comes_while_a_run_goes_on_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write(face(1), folder)
    place, told = Place(folder), list[str]()
    output.claim(place, "run")
    (folder / "board.docx").write_text("x")
    (folder / "rows.csv").write_text("mine")
    write(face(2), folder, place=place, tell=told.append)
    assert (contents(folder)["board.docx"], contents(folder)["rows.kept.csv"]) == (b"x", b"mine")
    assert len(told) == 1 and "rows.kept.csv" in told[0]


def test_what_comes_at_the_last_moment_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, real, told = tmp_path / "out", exchange.exchange, list[str]()
    write(face(1), folder)

    def late(one: Path, other: Path) -> bool:
        (folder / "board.docx").write_text("x")
        (folder / "rows.csv").write_text("mine")
        return real(one, other)

    monkeypatch.setattr(exchange, "exchange", late)
    place = Place(folder)
    output.claim(place, "run")
    write(face(2), folder, place=place, tell=told.append)
    assert (contents(folder)["board.docx"], contents(folder)["rows.kept.csv"]) == (b"x", b"mine")
    assert [p.name for p in tmp_path.iterdir()] == ["out"] and len(told) == 2


@pytest.mark.parametrize(
    ("when", "kind"), [("before it is written", "file"), ("at the last moment", "file"), ("at the last moment", "link")]
)
def test_a_file_that_comes_to_where_the_folder_goes_stays(
    when: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, elsewhere, real = tmp_path / "out", tmp_path / "elsewhere", exchange.exchange
    calls: list[int] = []
    elsewhere.mkdir()
    place = Place(folder)
    output.claim(place, "run")

    def comes() -> None:
        folder.write_text("precious") if kind == "file" else folder.symlink_to(elsewhere)

    if when == "before it is written":
        comes()
    else:
        folder.mkdir()

        def late(one: Path, other: Path) -> bool:
            if not calls:
                calls.append(1)
                other.rmdir()
                comes()
            return real(one, other)

        monkeypatch.setattr(exchange, "exchange", late)
    with pytest.raises(OSError, match="came while results were made, and is no folder"):
        write(face(1), folder, place=place)
    assert {p.name for p in tmp_path.iterdir()} == {"out", "elsewhere"} and not list(elsewhere.iterdir())
    assert folder.is_symlink() if kind == "link" else folder.read_text() == "precious"
    folder.unlink()
    write(face(1), folder)
    assert folder.is_dir()


@pytest.mark.parametrize("where", ["elsewhere", "nowhere", "out"])
def test_a_link_that_comes_while_a_run_goes_on_is_not_followed(where: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    (tmp_path / "elsewhere").mkdir()
    place = Place(folder)
    output.claim(place, "run")
    folder.symlink_to(tmp_path / where)
    with pytest.raises(OSError, match="a link came there while results were made"):
        write(face(1), folder, place=place)
    release_all()
    assert {p.name for p in tmp_path.iterdir()} == {"out", "elsewhere"} and not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files")
def test_a_pipe_is_kept_once(tmp_path: Path) -> None:
    folder, told = tmp_path / "out", list[str]()
    write(face(1), folder)
    os.mkfifo(folder / "pipe")
    for n in (2, 3):
        place = Place(folder, overwrite=True)
        output.claim(place, "run")
        write(face(n), folder, place=place, tell=told.append)
    assert [p.name for p in folder.iterdir() if "pipe" in p.name] == ["pipe"] and told == []


# --- questions --------------------------------------------------------------------------------


def test_answers_to_other_questions_stand_beside_each_other(
    command: Any, no_figures: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    runs = tmp_path / "runs"
    assert command(*ACCOUNT).code == 0
    first = contents(runs / "welfare_advice")
    other = command(*ACCOUNT, "--seed", 2)
    assert other.code == 0 and "Written to runs/welfare_advice-2" in other.out
    assert "Written to runs/welfare_advice:" in command(*ACCOUNT, "--threads", 1).out
    assert {name: data for name, data in contents(runs / "welfare_advice").items() if name != "manifest.json"} == {
        name: data for name, data in first.items() if name != "manifest.json"
    }
    assert sorted(p.name for p in runs.iterdir()) == ["welfare_advice", "welfare_advice-2"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--seed", 2), "another seed"),
        (("--set", "c_bed_day=9"), "another changes"),
        (("--perspective", "societal"), "another perspective"),
    ],
)
def test_another_question_is_refused_where_a_folder_is_named(
    more: tuple[object, ...], words: str, command: Any, no_figures: None, tmp_path: Path
) -> None:
    out = ("--out", tmp_path / "out")
    assert command(*ACCOUNT, *out).code == 0
    before = contents(tmp_path)
    done = command(*ACCOUNT, *more, *out)
    assert done.code == 2 and contents(tmp_path) == before
    assert words in done.err and "--overwrite" in done.err
    if "--seed" in more:
        assert command(*ACCOUNT, *more, *out, "--overwrite").code == 0
        assert json.loads((tmp_path / "out" / "manifest.json").read_text())["seed"] == 2


def test_an_answer_inside_outlives_the_same_question_and_refuses_another(
    command: Any, no_figures: None, tmp_path: Path
) -> None:
    out = ("--out", tmp_path / "out")
    assert command(*ACCOUNT, *out).code == 0
    write(face(3, "voi"), tmp_path / "out" / "voi")
    inside = contents(tmp_path / "out" / "voi")
    assert command(*ACCOUNT, *out).code == 0
    assert contents(tmp_path / "out" / "voi") == inside
    assert command(*ACCOUNT, "--seed", 3, *out).code == 2


# --- what was read is what is kept ------------------------------------------------------------

OWN = """
[c_welfare_advice]
label = "Advice"
unit = "GBP"
price_year = "2023/24"
distribution = { sample = { file = "prices.csv", column = "price" } }
source = "assumption"
status = "assumed"
note = "Ours."
"""


def test_files_that_change_while_a_run_goes_on_are_kept_as_they_were_read(no_figures: None, tmp_path: Path) -> None:
    from simulate import load, run
    from simulate.present.faces.run import face as shown

    own, prices = tmp_path / "own.toml", tmp_path / "prices.csv"
    name = next(n for n in load("welfare_advice").names() if n.startswith("c_"))
    record = load("welfare_advice").parameters[name]
    text = OWN.replace("c_welfare_advice", name).replace('"GBP"', f'"{record.unit}"')
    own.write_text(text, encoding="utf-8")
    prices.write_text("price\n100\n120\n", encoding="utf-8")
    result = run(load("welfare_advice", parameters=[own]), draws=4, people=10)
    for path in (own, prices):
        path.write_text("another", encoding="utf-8")
    write(shown(result), tmp_path / "out")
    inputs = json.loads((tmp_path / "out" / "manifest.json").read_text())["inputs"]
    for file, was in (("own.toml", text.encode()), ("prices.csv", b"price\n100\n120\n")):
        assert (tmp_path / "out" / "inputs" / file).read_bytes() == was
        assert inputs[file] == hashlib.sha256(was).hexdigest()


# --- one at a time ----------------------------------------------------------------------------


def test_who_holds_a_folder_says_so_in_it(tmp_path: Path) -> None:
    lock = hold(tmp_path / "out").work / "lock"
    found = HOLDER.fullmatch(lock.read_bytes())
    release_all()
    assert found is not None and int(found[1]) == os.getpid()


def test_a_folder_is_on_the_disk_before_it_takes_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed, placed = list[str](), list[int]()
    monkeypatch.setattr(os, "fsync", lambda f: flushed.append(os.readlink(f"/proc/self/fd/{f}")))
    rename = os.rename

    def renamed(one: Path, other: Path) -> None:
        placed.append(len(flushed))
        rename(one, other)

    monkeypatch.setattr(os, "rename", renamed)
    write(face(1), tmp_path / "out")
    files = {p.name for p in (tmp_path / "out").iterdir()}
    assert files | {"new"} == {Path(p).name for p in flushed[: placed[0]]}


@pytest.mark.skipif(os.name == "nt", reason="the lock is taken by hand with fcntl")
def test_a_second_process_is_refused_before_it_simulates(command: Any, tmp_path: Path) -> None:
    import fcntl

    work = work_folder(tmp_path / "out")
    work.mkdir()
    with (work / "lock").open("w") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        for who, told in (("4711 ward-7\n", " (process 4711 on ward-7);"), ("", ";"), ("1 \x1b[2J\n", ";")):
            (work / "lock").write_text(who, encoding="ascii")
            done = command(*ACCOUNT, "--out", tmp_path / "out")
            assert (done.code, done.out) == (2, "") and f"another run is writing to it{told}" in done.err
        assert sorted(contents(tmp_path)) == [".out.writing/lock"]
    assert command(*ACCOUNT, "--json", "--out", tmp_path / "out").code == 0
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_finding_with_nothing_to_draw_is_replaced_like_any_other(command: Any, tmp_path: Path) -> None:
    words = (*ACCOUNT, "--out", tmp_path / "out")  # nobody measured what decides it: no figure
    first, again = command(*words), command(*words)
    assert (first.code, again.code) == (0, 0) and "note" not in again.err
    assert "figures/" not in first.out and "summary.json" in first.out
    assert not [name for name, held in contents(tmp_path).items() if held == "empty"]


def test_a_full_disk_still_gives_the_answer(command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("simulate.present.figures.gallery.draw_figures", full)
    done = command(*ACCOUNT, "--json", "--out", tmp_path / "out")
    assert done.code == 4
    assert re.search(r"No space left.*: the results take more than 0\.[0-9]+ MiB, and [0-9.,]+ MiB is free", done.err)
    assert json.loads(done.out)["problem"] == "welfare_advice"
    assert contents(tmp_path) == {}
