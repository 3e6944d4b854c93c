"""The bibliography: what a record's `source` refers to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from parameters.book.columns import SOURCE_LISTS
from parameters.mistakes import ID_PATTERN, Problem, not_an_id
from parameters.records import Source
from parameters.toml_files import TomlFile, translated


class _Source(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    authors: str = Field(min_length=1)
    year: int = Field(ge=1800, le=2100)
    title: str = Field(min_length=1)
    journal: str = Field(min_length=1)
    design: str
    supports: str = Field(min_length=1)
    doi: str | None = None
    n: int | None = Field(default=None, ge=1)
    url: str | None = None
    trial: str | None = None
    pools: list[str] = []
    countries: list[str] = []
    calibrated_to: list[str] = []


@dataclass(frozen=True)
class Bibliography:
    sources: dict[str, Source] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Bibliography:
        """The sources of a file, with all that is wrong with them."""
        file = TomlFile.read(path)
        sources, problems = read_sources(file, file.data, ())
        return cls(sources, (*file.problems, *problems))


def read_sources(
    file: TomlFile, data: Mapping[str, Any], under: tuple[str, ...], known: Collection[str] = ()
) -> tuple[dict[str, Source], list[Problem]]:
    """Sources by id from the table of `file` that the keys `under` lead to, and what is wrong with the others.

    Trials that they are of may be those of other sources there, or of those `known` already.
    """
    found: dict[str, Source] = {}
    problems: list[Problem] = []
    for name, entry in data.items():
        where = (*under, name)
        if not ID_PATTERN.match(name):
            problems.append(file.problem(where, not_an_id(name)))
        try:
            read = _Source.model_validate(entry).model_dump()
            found[name] = Source(id=name, **{**read, **{key: tuple(read[key]) for key in SOURCE_LISTS}})
        except ValidationError as fault:
            problems += translated(file, where, fault, list(_Source.model_fields))
    for name, source in found.items():
        named = {"trial": [source.trial] if source.trial else [], "pools": source.pools}
        wrong = [(key, other) for key, others in named.items() for other in others if other not in {*data, *known}]
        problems += [file.problem((*under, name, key), f"{other!r} is no source") for key, other in wrong]
    return found, problems


def told_of_assumption(source: object, status: object) -> str | None:
    """Why a number that nobody published cannot have its status; None where it can."""
    if source == "assumption" and status == "published":
        return "published, and the source is an assumption; allowed: assumed, or the source where it was read"
    return None
