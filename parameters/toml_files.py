"""A TOML file read once, with the line of every key, and validation errors in our own words."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from parameters.mistakes import Problem, short, short_text, spelling_hint, unknown_key
from parameters.records import STATUSES

LARGEST_FILE = 64 * 2**20  # bytes; the whole catalogue has half of one


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
        """Parse a file, with or without a byte order mark; unreadable or malformed TOML is a problem, no exception."""
        try:
            content = _content(path)
            return cls(path, *_parsed(_text(content)), content=content)
        except OSError as fault:
            return cls._broken(path, f"cannot be read: {fault.strerror or fault}")
        except tomllib.TOMLDecodeError as fault:
            line = re.search(r"line (\d+)", str(fault))
            words = re.sub(r"\s*\(at .*\)", "", str(fault))
            return cls._broken(path, f"not TOML: {short_text(words)}", int(line[1]) if line else 0)
        except RecursionError:
            return cls._broken(path, "is nested too deeply to be read")
        except ValueError as fault:  # what is no text, or a whole number of thousands of digits
            return cls._broken(path, str(fault))

    @classmethod
    def _broken(cls, path: Path, text: str, line: int = 0) -> TomlFile:
        return cls(path, {}, {}, (Problem(str(path), line, "file", text),))

    def problem(self, where: Sequence[str], text: str) -> Problem:
        """A problem at a table or key, on the nearest line known."""
        for length in range(len(where), 0, -1):
            if tuple(where[:length]) in self.lines:
                return Problem(str(self.path), self.lines[tuple(where[:length])], ".".join(where), text)
        return Problem(str(self.path), 0, ".".join(where), text)


def _content(path: Path) -> bytes:
    if path.is_file() and path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"is larger than {LARGEST_FILE // 2**20} MiB")
    return path.read_bytes()


def _text(content: bytes) -> str:
    """The text of a file in UTF-8; ``ValueError`` says what else it seems to be."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValueError("is UTF-16 text, not UTF-8; save it as UTF-8")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        raise ValueError(f"is not UTF-8 text (line {line}); save it as UTF-8") from fault


def _refuse_long_numbers(data: Any) -> None:
    """Raise ``ValueError`` on a whole number that no float can hold; a hexadecimal one may have any length."""
    if isinstance(data, Mapping):
        for value in data.values():
            _refuse_long_numbers(value)
    elif isinstance(data, list):
        for value in data:
            _refuse_long_numbers(value)
    elif isinstance(data, int) and abs(data) >= 2**1023:
        raise ValueError("holds a whole number of hundreds of digits, which cannot be computed with")


@lru_cache(maxsize=64)
def _parsed(text: str) -> tuple[Mapping[str, Any], Mapping[tuple[str, ...], int]]:
    """Data and lines, not to be changed: problems share files, and parsing one takes longer than reading it."""
    data = tomllib.loads(text)
    _refuse_long_numbers(data)
    return data, _lines(text)


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
            yield file.problem(where, unknown_key(short(error["input"]).strip("'"), STATUSES))
        else:
            yield file.problem(where, f"{error['msg'][0].lower()}{error['msg'][1:]}; got {short(error['input'])}")
