"""The pages beside the code: every block runs, every link leads somewhere, every command and option exists.

Blocks are run in the order of their page, in a folder that looks like a checkout and keeps what earlier blocks left.
Commands run in this process on quick calibrations, without figures, and small, by adding the options of ``SMALL`` that
a line does not give itself; with ``--fixed`` and ``--until-mcse`` the line's own size is made smaller.
``python3 scripts/start.py X`` is run as ``recovery-cea X`` (its set-up has tests of its own), and a Python script by a
process of its own.

A comment on its own line before a block says what is special: ``<!-- file: NAME -->`` writes a block of data there,
``<!-- slow: WHY -->`` runs it with the slow tests only, ``<!-- skip: WHY -->`` not at all, and pytest shows why;
of ``<!-- differs: WHY -->`` every command ends with exit code 1, which says that what it compares differs.
"""

from __future__ import annotations

import importlib.util
import io
import os
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.main import get_command

from simulate import Result, load, run
from simulate.present.cli import app
from simulate.present.commands.inspection import guide
from simulate.present.terminal.encoding import writable
from simulate.present.terms.exit_codes import DONE, FAILED
from simulate.solve import surface

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted(
    p.relative_to(ROOT).as_posix()
    for top in (
        ".",
        "parameters",
        "models",
        "simulate",
        "simulate/*",
        "scripts",
        "scripts/examples/gallery",
        "tests",
        "benchmarks",
    )
    for p in ROOT.glob(f"{top}/README.md" if top != "." else "README.md")
)
README_BYTES = 8_192
COMMANDS: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]

SMALL: dict[str, dict[str, object]] = {
    "run": {"--draws": 32, "--people": 50, "--no-variants": ""},
    "run --fixed": {"--people": 50, "--no-variants": ""},
    "sweep": {"--people": 200},
    "sweep --two-way": {"--people": 200, "--points": 3},
    "sweep --scenarios": {"--people": 50, "--draws": 32},
    "sweep --subgroups": {"--people": 50, "--draws": 32},
    "sweep --sobol": {"--people": 50, "--points": 16},
    "impact": {"--draws": 32, "--people": 50},
    "league": {"--draws": 32, "--people": 50},
    "equity": {"--draws": 32, "--people": 50},
    "virtual-trials": {"--trials": 20},
    "calibrate": {"--draws": 64, "--people": 100},
    "structure": {"--draws": 32, "--people": 50},
    "compare --problem": {"--draws": 32, "--people": 50},
    "validate": {"--draws": 64},
    "voi --trial": {"--sizes": "50,200"},
}
AT_ONCE = ("", "file", "differs")  # marks of blocks that are run in the order of their page
LANGUAGES = {"sh", "python", "toml", "csv"}
# The two commands of the first page: other pages have the first, and the second is what is running.
AGAIN = {"python3 scripts/start.py run joint_crisis_plan\npython3 scripts/start.py test"}
FENCE = re.compile(
    r"(?:<!-- (?P<mark>[a-z]+): (?P<what>[^>]*?) -->\n\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, and what the comment before it says of it."""

    page: str
    number: int
    language: str
    text: str
    mark: str
    what: str


def blocks(page: str) -> list[Block]:
    found = FENCE.finditer((ROOT / page).read_text(encoding="utf-8"))
    return [
        Block(page, k, m["language"], m["text"], m["mark"] or "", m["what"] or "") for k, m in enumerate(found, start=1)
    ]


def apart(mark: str) -> list[Any]:
    return [pytest.param(b, id=f"{b.page}:{b.number}") for p in PAGES for b in blocks(p) if b.mark == mark]


# --- running a page ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What pages share, as their reader's commands do: what one solved for, and what it simulated."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hasty_calibration: None, no_figures: None, store: Path
) -> Path:
    """A folder to work in that has what a checkout has, but leaves the checkout as it is; figures of no precision."""
    monkeypatch.setenv("RECOVERY_CEA_STORE", str(store))
    monkeypatch.setattr(surface, "DESIGN_PEOPLE", 60)
    for name in ("parameters", "scripts", "benchmarks"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_block(block: Block, desk: Path, command: Callable[..., Any], script: dict[str, Any]) -> None:
    if block.mark == "file":
        (desk / block.what).write_text(block.text, encoding="utf-8")
    elif block.language == "python":
        path = desk / f"block_{block.number}.py"
        path.write_text(block.text, encoding="utf-8")
        with redirect_stdout(io.StringIO()):
            script.update(runpy.run_path(str(path), init_globals=script))
    else:
        for words in commands(block.text):
            run_line(words, command, FAILED if block.mark == "differs" else DONE)


def commands(text: str) -> Iterator[list[str]]:
    """The command lines of a block as words, the start of each being ``recovery-cea`` or ``python``."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words[:2] == ["python3", "scripts/start.py"]:
            words = words[2:] if words[2] == "python" else ["recovery-cea", *words[2:]]
        if words:
            yield words


def run_line(words: list[str], command: Callable[..., Any], code: int = DONE) -> None:
    if words[0] == "python":
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, *words[1:]], env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return
    assert words[0] == "recovery-cea", f"not a command of ours: {shlex.join(words)}"
    finished = command(*small(words[1:]))
    assert finished.code == code, f"{shlex.join(words)}\n{finished.err}"
    assert finished.out.strip(), shlex.join(words)


def small(words: list[str]) -> list[str]:
    """The same command on few draws and people."""
    name, given = words[0], {w for w in words if w.startswith("--")}
    options = next((SMALL[k] for w in given if (k := f"{name} {w}") in SMALL), SMALL.get(name, {}))
    if "--until-mcse" in given:
        return [w if "@" not in w else f"200@{w.split('@')[1]}" for w in words] + ["--people", "50"]
    if "--fixed" in given and "--people" in given:
        at = words.index("--people")
        return [*words[: at + 1], "2000", *words[at + 2 :]]
    left = {k: v for k, v in options.items() if k not in given and not (k == "--people" and "--cohort" in given)}
    return [*words, *(str(x) for pair in left.items() for x in pair if x != "")]


@pytest.mark.parametrize("page", [p for p in PAGES if any(b.mark in AT_ONCE for b in blocks(p))])
def test_every_block_runs(page: str, desk: Path, command: Callable[..., Any]) -> None:
    script: dict[str, Any] = {}
    for block in blocks(page):
        if block.mark in AT_ONCE and block.text.strip() not in AGAIN:
            run_block(block, desk, command, script)


@pytest.mark.slow
@pytest.mark.parametrize("block", apart("slow"))
def test_a_longer_block_runs(block: Block, desk: Path, command: Callable[..., Any]) -> None:
    run_block(block, desk, command, {})


@pytest.mark.parametrize("block", apart("skip"))
def test_a_block_left_out_says_why(block: Block) -> None:
    assert block.what
    pytest.skip(f"{block.page}, block {block.number}: {block.what}")


@pytest.mark.parametrize("page", PAGES)
def test_every_block_has_a_language_that_is_run(page: str) -> None:
    assert (ROOT / page).read_text(encoding="utf-8").count("\n```") == 2 * len(blocks(page))
    for block in blocks(page):
        assert block.language in LANGUAGES, f"{page}, block {block.number}: {block.language!r}"
        assert block.mark in (*AT_ONCE, "slow", "skip"), block
        assert (block.mark == "file") == (block.language in ("toml", "csv")), block


# --- what a page names ------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", (ROOT / page).read_text(encoding="utf-8")):
        if not re.match(r"https?:", target):
            assert (ROOT / page).parent.joinpath(target.split("#")[0]).exists(), target


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_folder_named_is_there(page: str) -> None:
    """Paths in code spans that begin in the checkout; those with a wildcard or a gap name no file."""
    text = (ROOT / page).read_text(encoding="utf-8")
    tops = "parameters|models|simulate|scripts|tests|benchmarks"
    for path in re.findall(rf"`((?:{tops})/[\w./-]*)`", text):
        assert (ROOT / path).exists(), path


def known_options() -> set[str]:
    """Those of any command."""
    return {o for c in COMMANDS.values() for p in c.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}


@pytest.mark.parametrize("page", PAGES)
def test_every_command_and_option_named_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    starters = {*COMMANDS, "test", "setup", "python"}
    for named in re.findall(r"recovery-cea ([a-z][a-z-]*)", text):
        assert named in COMMANDS, named
    for named in re.findall(r"scripts/start\.py ([a-z][a-z-]*)", text):
        assert named in starters, named
    foreign = {
        "--weak",
        "--dieharder",
        "--only",
        "--seeds",
        "--keep",
    }  # of scripts/verify/random_battery.py and benchmarks
    for span in re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)):
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", span):
            assert option in known_options() | foreign, option


def test_every_command_is_told_of_in_the_table_of_questions() -> None:
    text = (ROOT / "simulate/analyse/README.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert re.search(rf"`{name}\b", text), name


# --- the first page and the generated tables --------------------------------------------------


def test_the_first_page_is_short() -> None:
    assert len((ROOT / "README.md").read_bytes()) <= README_BYTES


def test_the_first_page_leads_to_every_other() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [p for p in PAGES if p != "README.md" and f"({p})" not in text] == []


@pytest.mark.parametrize(
    ("page", "name"), [("README.md", "answer"), ("models/README.md", "trials"), ("models/README.md", "claims")]
)
def test_a_generated_table_has_its_marks_once(page: str, name: str) -> None:
    texts = {p: (ROOT / p).read_text(encoding="utf-8") for p in PAGES}
    inside = re.compile(rf"^<!-- {name} -->\n\n\|.*?\|\n\n<!-- end {name} -->$", re.M | re.S)
    assert [p for p, t in texts.items() if inside.search(t)] == [page]
    assert len(inside.findall(texts[page])) == 1


def generator(name: str) -> ModuleType:
    """A script of ``scripts/readme``, not run."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / "readme" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_tells_every_function_as_the_code_does() -> None:
    """``python scripts/readme/reference.py`` writes it anew."""
    reference = generator("reference")
    text = reference.PAGE.read_text(encoding="utf-8")
    assert reference.replaced(text) == text
    assert text.count("\n| `") > 80 and "| `run(case, draws=, people=," in text


@pytest.mark.slow
def test_the_first_page_tells_what_the_simulation_finds() -> None:
    """The generated answer is what its generator would write now."""
    draw = generator("draw")
    summary = run(load("joint_crisis_plan"), draws=1024, people=1000, seed=1, variants=True).summary()
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert draw.replaced(text, "answer", draw.decision(summary)) == text


# --- names that tables of the pages point to --------------------------------------------------


def test_methods_told_of_a_result_are_there() -> None:
    text = (ROOT / "simulate" / "result" / "README.md").read_text(encoding="utf-8")
    table = re.search(r"^\| method \| gives \|\n(.*?)\n\n", text, re.M | re.S)
    assert table is not None
    cells = [row.split("|")[1] for row in table[1].splitlines()[1:]]
    methods = [name for cell in cells for name in re.findall(r"`(\w+)", cell)]
    assert len(methods) > 15
    assert [name for name in methods if not hasattr(Result, name)] == []


def test_what_is_added_where_is_there() -> None:
    """``NAME in file``, as the table says it: the file holds the name."""
    text = (ROOT / "simulate" / "README.md").read_text(encoding="utf-8")
    table = text[text.index("| to add |") :].split("\n\n")[0]
    pairs = re.findall(r"((?:`\w+`(?:, | and | or ))*`\w+`) in `([\w/.]+)`", table)
    assert len(pairs) > 12
    missing = [
        (name, file)
        for names, file in pairs
        for name in re.findall(r"`(\w+)`", names)
        if not re.search(rf"^{name}\b", (ROOT / file).read_text(encoding="utf-8"), re.M)
    ]
    assert missing == []


# --- recovery-cea guide -----------------------------------------------------------------------


def test_the_guide_lists_every_page_of_the_packages(command: Callable[..., Any]) -> None:
    lines = command("guide").out.splitlines()
    inside = {Path(p).parent.name for p in PAGES if p.split("/")[0] in ("parameters", "models", "simulate")}
    assert {line.split()[0] for line in lines} == inside
    assert all(len(line) <= 100 and len(line.split()) > 3 for line in lines)


def test_the_guide_prints_a_page_without_its_comments(command: Callable[..., Any]) -> None:
    finished = command("guide", "evaluate")
    assert finished.code == 0 and finished.out.startswith("# The methods")
    assert "<!--" not in command("guide", "models").out


def test_an_unknown_page_is_refused_with_what_is_allowed(command: Callable[..., Any]) -> None:
    finished = command("guide", "evaluat")
    assert finished.code == 2 and not finished.out
    assert "'evaluat' is unknown; allowed: " in finished.err and "did you mean evaluate?" in finished.err


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "cp437", "utf-8"])
def test_any_terminal_can_show_every_page(encoding: str) -> None:
    for text in guide.pages().values():
        writable(text, encoding).encode(encoding)
    assert writable("£520 …", "ascii") == "GBP 520 ..."


def test_the_guide_writes_to_a_pipe_that_knows_only_ascii() -> None:
    program = (
        "import sys; sys.argv = ['recovery-cea', 'guide', 'models']; from simulate.present.cli import main; main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    done.stdout.decode("ascii")
