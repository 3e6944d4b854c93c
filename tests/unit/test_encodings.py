"""Output on any terminal: what the encoding lacks is spelled, and nothing ever fails for a letter."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulate.present import cli
from simulate.present.terminal.encoding import writable

pytestmark = pytest.mark.usefixtures("solved_once")

ENCODINGS = ("cp1252", "ascii", "cp437", "latin-1", "utf-8")
COMMANDS = sorted(info.name or "" for info in cli.app.registered_commands)
SMALL = ("run", "safewards", "--draws", "16", "--people", "10", "--no-variants")


def told(encoding: str, *words: str, columns: int | None = None) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command whose streams take only `encoding`, strictly."""
    with pytest.MonkeyPatch.context() as patch:
        streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2)]
        patch.setattr(sys, "stdout", streams[0])
        patch.setattr(sys, "stderr", streams[1])
        patch.setattr(sys, "argv", ["recovery-cea", *words])
        if columns is not None:
            patch.setenv("COLUMNS", str(columns))
        with pytest.raises(SystemExit) as left:
            cli.main()
        sys.stdout.flush()
        sys.stderr.flush()
        out, err = (s.buffer.getvalue().decode(encoding) for s in streams)
    assert isinstance(left.value.code, int)
    return left.value.code, out, err


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_can_be_written(command: str, encoding: str) -> None:
    code, out, err = told(encoding, command, "--help")
    assert (code, err) == (0, "") and "Usage" in out and "?" not in out.replace("?]", "")


@pytest.mark.parametrize("columns", [10, 40])
def test_help_fits_a_narrow_terminal(columns: int) -> None:
    assert told("ascii", "equity", "--help", columns=columns)[0] == 0


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
@pytest.mark.usefixtures("no_figures")
def test_a_run_can_be_written(encoding: str, tmp_path: Path) -> None:
    code, out, _ = told(encoding, *SMALL, "--out", str(tmp_path / "out"))
    pounds = "GBP " if encoding == "ascii" else "£"
    assert code == 0 and f"Cost, {pounds}" in out and "Written to" in out


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_mistake_is_told_in_any_encoding(encoding: str) -> None:
    code, _, err = told(encoding, "run", "safewärds–ε\udcff")
    assert code == 2 and "is no decision problem" in err and "Traceback" not in err


@pytest.mark.parametrize("words", [("list",), ("describe", "safewards"), ("guide", "models")])
def test_what_prints_much_prints_in_ascii(words: tuple[str, ...]) -> None:
    code, out, _ = told("ascii", *words)
    assert code == 0 and out


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "POSIX"},
    ],
)
def test_help_in_a_pipe_of_a_new_process(environment: dict[str, str], checkout: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if k not in ("LC_ALL", "LANG", "PYTHONIOENCODING", "PYTHONUTF8")}
    run = subprocess.run(
        [sys.executable, "-P", "-m", "simulate.present.cli", "equity", "--help"],
        env={**kept, "PYTHONPATH": str(checkout), **environment},
        capture_output=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, b"") and b"Usage" in run.stdout


@pytest.mark.parametrize(
    ("text", "encoding", "plain"),
    [
        ("£520 … ε ± ½", "ascii", "GBP 520 ... e +- 1/2"),
        ("£520 ε → 字", "cp1252", "£520 e -> ?"),
        ("a\udcffb", "utf-8", "a?b"),
        ("£520 ε", "utf-8", "£520 ε"),
    ],
)
def test_what_is_lacking_is_spelled(text: str, encoding: str, plain: str) -> None:
    assert writable(text, encoding) == plain


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes the streams")
@pytest.mark.parametrize("closed", ["<&- >&-", "2>&-"])
def test_closed_streams_lose_nothing_but_what_was_for_them(closed: str, tmp_path: Path) -> None:
    program = "import sys; sys.argv[0] = 'recovery-cea'; from simulate.present.cli import main; sys.exit(main())"
    words = ("run", "welfare_advice", "--draws", "16", "--people", "10", "--out", str(tmp_path / "out"))
    shell = ("sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-P", "-c", program)
    done = subprocess.run([*shell, *words], capture_output=True, text=True)
    assert done.returncode == 0 and (tmp_path / "out" / "summary.json").exists() and "Traceback" not in done.stderr
    assert (done.stdout == "") == (closed != "2>&-")
    wrong = subprocess.run([*shell, "run", "nonsense"], capture_output=True, text=True)
    assert (wrong.returncode, wrong.stdout) == (2, "") and ("nonsense" in wrong.stderr) == ("2>" not in closed)
