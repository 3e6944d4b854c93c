"""The bibliography: what a record's `source` refers to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parameters.mistakes import ID_PATTERN, Problem, not_an_id
from parameters.records import Source
from parameters.toml_files import Key, TomlFile, number, read_table, text, words
from parameters.units import Range

_SOURCE = {
    "authors": Key(words),
    "year": Key(number(Range(1800, 2100), whole=True)),
    "title": Key(words),
    "journal": Key(words),
    "design": Key(text),
    "supports": Key(words),
    "doi": Key(text, None),
    "n": Key(number(Range(1, math.inf), whole=True), None),
    "url": Key(text, None),
}


@dataclass(frozen=True)
class Bibliography:
    sources: dict[str, Source] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Bibliography:
        file = TomlFile.read(path)
        sources, problems = read_sources(file, file.data, ())
        return cls(sources, (*file.problems, *problems))


def read_sources(
    file: TomlFile, data: Mapping[str, Any], under: tuple[str, ...]
) -> tuple[dict[str, Source], list[Problem]]:
    """Sources by id from the table of `file` that the keys `under` lead to, and what is wrong with the others."""
    found: dict[str, Source] = {}
    problems: list[Problem] = []
    for name, entry in data.items():
        where = (*under, name)
        if not ID_PATTERN.match(name):
            problems.append(file.problem(where, not_an_id(name)))
        read, wrong = read_table(file, where, _SOURCE, entry)
        problems += wrong
        if not wrong:
            found[name] = Source(id=name, **read)
    return found, problems
