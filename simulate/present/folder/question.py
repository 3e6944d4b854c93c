"""What the command line is asked: the question that an answer is to, whatever place it is written to."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from parameters.files.content import MEBIBYTE, content_of, digest_of
from simulate.ask.own.naming import is_model_file

LARGEST = 64 * MEBIBYTE
LONGEST = 300  # characters of a name
QUOTED = re.compile(r'"([^"\n]+)"|\'([^\'\n]+)\'')
IMPORTED = re.compile(r"^\s*(?:from|import)\s+([A-Za-z_][A-Za-z0-9_]*)", re.M)

# Change nothing of an answer, but where it goes, how fast it comes and how it is told.
NO_PART_OF_IT = ("out", "figure", "figures", "overwrite", "threads", "as_json", "no_store", "store", "cluster")
_asked: ContextVar[Mapping[str, Any] | None] = ContextVar("asked", default=None)


def ask(command: str, given: Mapping[str, Any]) -> None:
    """Note what the command line is asked: a command, and its arguments by name."""
    _asked.set(question_of(command, given))


def question_of(command: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The question that a command with these arguments would be asked, as JSON holds it."""
    kept = {name: _plain(value) for name, value in given.items() if name not in NO_PART_OF_IT}
    if is_model_file(kept.get("problem")):
        kept["problem"] = _model(Path(kept["problem"]))
    for name in ("shard", "posterior"):
        if kept.get(name, "") is None:  # a question that has none says nothing of it
            del kept[name]
    return {"command": command, **kept}


def ask_again(question: Mapping[str, Any]) -> None:
    """Note that this is what is answered, whatever was typed."""
    _asked.set(question)


def _plain(value: Any) -> Any:
    """As JSON holds it, a file by its content, and that of the files which it names."""
    if isinstance(value, Path):
        if (posterior := value / "posterior.toml").is_file():  # of a folder: what is read of it
            return _plain(posterior)
        try:
            content = content_of(value, LARGEST)
        except (OSError, ValueError):  # no file to be read, which the command will say
            return str(value)
        named = {name: digest for name, path in _named(value, content).items() if (digest := _digest(path))}
        return {"sha256": hashlib.sha256(content).hexdigest()} | ({"names": named} if named else {})
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value


def _named(file: Path, content: bytes) -> dict[str, Path]:
    """Files that a file of numbers or a model names, from its own folder: in quotes, or as a module that it imports.

    More may be found than it reads, and then one that changes makes another question of the same.
    """
    if file.suffix not in (".toml", ".py"):
        return {}
    text = content.decode("utf-8", "replace")
    words = dict.fromkeys(one or other for one, other in QUOTED.findall(text))
    found = {word: file.parent / word for word in words if len(word) <= LONGEST and "\0" not in word}
    if file.suffix == ".py":
        found |= {f"{name}.py": file.parent / f"{name}.py" for name in dict.fromkeys(IMPORTED.findall(text))}
    return found


def _digest(path: Path) -> str:
    """Of a regular file; "" where there is none."""
    try:
        return digest_of(path) if path.is_file() else ""
    except (OSError, ValueError):
        return ""


def _model(path: Path) -> dict[str, Any]:
    """A model of one's own by its name and content, and that of the numbers beside it."""
    beside = path.with_suffix(".toml")
    return {"model": path.name, "content": _plain(path), "beside": _plain(beside) if beside.is_file() else None}


def asked() -> Mapping[str, Any] | None:
    """The question of the command that runs, as JSON holds it; None outside the command line."""
    return _asked.get()
