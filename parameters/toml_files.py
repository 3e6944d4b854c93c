"""A TOML file read once, with the line of every key, and validation errors in our own words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from parameters.mistakes import Problem, spelling_hint, unknown_key
from parameters.records import STATUSES


@dataclass(frozen=True)
class TomlFile:
    """A parsed file with the line of every table and key."""

    path: Path
    data: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int]
    problems: tuple[Problem, ...] = ()
    content: bytes = b""  # all that `data` was made from: the file may be another by now
    beside: dict[str, bytes] = field(default_factory=dict)  # by path, files that records name, as they were read

    @classmethod
    def read(cls, path: Path) -> TomlFile:
        """Parse a file; unreadable or malformed TOML is a problem, not an exception."""
        try:
            content = path.read_bytes()
            text = content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
            return cls(path, *_parsed(text), content=content)
        except OSError as fault:
            return cls(path, {}, {}, (Problem(str(path), 0, "file", f"cannot be read: {fault.strerror}"),))
        except UnicodeDecodeError:
            return cls(path, {}, {}, (Problem(str(path), 0, "file", "is not UTF-8 text"),))
        except tomllib.TOMLDecodeError as fault:
            line = re.search(r"line (\d+)", str(fault))
            words = re.sub(r"\s*\(at .*\)", "", str(fault))
            return cls(path, {}, {}, (Problem(str(path), int(line[1]) if line else 0, "file", f"not TOML: {words}"),))

    def problem(self, where: Sequence[str], text: str) -> Problem:
        """A problem at a table or key, on the nearest line known."""
        for length in range(len(where), 0, -1):
            if tuple(where[:length]) in self.lines:
                return Problem(str(self.path), self.lines[tuple(where[:length])], ".".join(where), text)
        return Problem(str(self.path), 0, ".".join(where), text)


@lru_cache(maxsize=64)
def _parsed(text: str) -> tuple[Mapping[str, Any], Mapping[tuple[str, ...], int]]:
    """Data and lines, not to be changed: problems share files, and parsing one takes longer than reading it."""
    return tomllib.loads(text), _lines(text)


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """Line of every table header and key (tomllib tells none)."""
    table: tuple[str, ...] = ()
    found: dict[tuple[str, ...], int] = {}
    quoted = False  # inside a multi-line string
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?$", line)
        key = re.match(r"\s*([A-Za-z0-9_.\"'/-]+)\s*=", line)
        if quoted:
            pass
        elif header:
            table = tuple(part.strip(" \"'") for part in header[1].split("."))
            found.setdefault(table, number)
        elif key:
            found.setdefault((*table, *(part.strip("\"'") for part in key[1].split("."))), number)
        quoted ^= (line.count('"""') + line.count("'''")) % 2 == 1
    return found


def translated(
    file: TomlFile, under: Sequence[str], fault: ValidationError, allowed: Sequence[str], what: str = "record"
) -> Iterator[Problem]:
    """pydantic's errors in our words, about the table at `under`, which is a `what` with the keys `allowed`."""
    for error in fault.errors():
        where = [*under, *(str(part) for part in error["loc"])]
        if error["type"] == "extra_forbidden":
            yield file.problem(where, f"unknown key; allowed: {', '.join(allowed)}{spelling_hint(where[-1], allowed)}")
        elif error["type"] == "missing":
            yield file.problem(where, f"missing; every {what} needs it")
        elif error["type"] == "literal_error":
            yield file.problem(where, unknown_key(str(error["input"]), STATUSES))
        else:
            yield file.problem(where, f"{error['msg'][0].lower()}{error['msg'][1:]}; got {error['input']!r}")
