"""The file of a batch: named analyses, their defaults, and grids that make more of them; every mistake at once.

What is wrong with the file (no TOML, an unknown word or table, a value of another type, a name that is none or is given
twice) refuses all of it. What is wrong with what an analysis asks for (a problem, parameter, number or file that there
is not) refuses that analysis.

``[defaults]`` are the words of all, ``[analyses.NAME]`` those of one, and ``[[grid]]`` makes one of each combination of
the values under its ``over``, named after them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from parameters import InputError
from parameters import Problem as InputProblem
from parameters.mistakes import short, unknown_key
from parameters.toml_files import TomlFile, translated
from simulate.analyse.batch.analysis import NAMES, Analysis, Words, plain
from simulate.analyse.batch.checks import checked
from simulate.ask.own.model import OwnModel
from simulate.engine.progress import StageProgress, of_stage, silent

TABLES = ("defaults", "analyses", "grid")
MOST = 2_000  # analyses: a file of more takes longer to check than anybody waits, and its table hundreds of megabytes
LONGEST = 120  # characters of a name, which is a folder's
TABLE = "batch"  # the folder of the table over all
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.=+-]*")
DEVICES = re.compile(
    r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE
)  # that no folder of Windows is called
Where = tuple[str, ...]


class _Grid(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    name: str
    over: dict[str, Any] = Field(min_length=1)


@dataclass(frozen=True)
class Batch:
    """The analyses of a file, in its order, and how they are simulated: alike where that is the same.

    Those that are `refused` cannot be run; the others can.
    """

    path: Path
    content: bytes
    analyses: tuple[Analysis, ...]
    alike: Mapping[str, tuple[object, ...]]  # by name, of those that can be run
    notes: tuple[str, ...] = ()  # what is no mistake, and may not be meant
    refused: Mapping[str, tuple[InputProblem, ...]] = field(default_factory=dict)  # by name, and all that is wrong
    wrong: tuple[InputProblem, ...] = ()  # the same once each, with whose it is

    def in_order(self) -> list[Analysis]:
        """The analyses as they are run: those that share a simulation together, otherwise as they stand."""
        first: dict[tuple[object, ...], int] = {}
        sound = [a for a in self.analyses if a.name not in self.refused]
        for analysis in sound:
            first.setdefault(self.alike[analysis.name], len(first))
        return sorted(sound, key=lambda a: first[self.alike[a.name]])

    def only(self, names: Container[str]) -> Batch:
        """A batch of those of these names alone."""
        refused = {n: wrong for n, wrong in self.refused.items() if n in names}
        return replace(self, analyses=tuple(a for a in self.analyses if a.name in names), refused=refused)


def read(
    path: Path,
    figures: Sequence[str] = (),
    progress: StageProgress = silent,
    models: Mapping[Path, OwnModel] | None = None,
) -> Batch:
    """The analyses of a file, each checked as ``run`` would check it; `figures` are the choices that there are.

    `models` are those of one's own that it may name, by their files.

    ``InputError`` with everything that is wrong, each at its line and with its name, where that is something with the
    file, or no analysis could be run.
    """
    file = _toml(path)
    named, wrong = _named(file)
    found = [replace(analysis, models=models or {}) for analysis in named]
    told = checked(file, found, figures, of_stage(progress, f"checking {len(found):,} analyses"))
    if wrong or len(told.refused) == len(found):
        raise InputError(list(dict.fromkeys([*wrong, *told.problems])))
    return Batch(path, file.content, tuple(found), told.alike, told.notes, told.refused, told.problems)


def read_again(path: Path, name: str) -> Batch:
    """The analyses of a file that was read before as one called `name`: who they are, and not whether they can be run.

    ``InputError`` where something is wrong with the file.
    """
    file = _toml(path)
    found, wrong = _named(file)
    if wrong:
        raise InputError(wrong)
    return Batch(Path(name), file.content, tuple(found), {})


def _toml(path: Path) -> TomlFile:
    file = TomlFile.read(path)
    if file.problems:
        raise InputError(file.problems)
    return file


def _named(file: TomlFile) -> tuple[list[Analysis], list[InputProblem]]:
    """Its analyses, and what is wrong with the file; ``InputError`` where they are too many to be looked at."""
    wrong, found = [*_unknown(file)], list[Analysis]()
    defaults = _words(file, ("defaults",), file.data.get("defaults", {}), wrong)
    for name, entry in _tables(file, "analyses", wrong):
        where = ("analyses", name)
        found.append(
            _analysis(file, name, where, (("defaults",), defaults), (where, _words(file, where, entry, wrong)))
        )
    for k, entry in _grids(file, wrong):
        found += _expanded(file, k, entry, defaults, len(found), wrong)
    if len(found) > MOST:
        told = f"{len(found):,} analyses; allowed: {MOST:,} in all"
        raise InputError([InputProblem(str(file.path), 0, "file", told)])
    if not found and not wrong:
        wrong.append(InputProblem(str(file.path), 0, "file", "no analysis; allowed: [analyses.NAME] and [[grid]]"))
    return found, [*wrong, *_unusable(file, found)]


# --- tables ------------------------------------------------------------------------------------------


def _unknown(file: TomlFile) -> Iterator[InputProblem]:
    for name in file.data:
        if name not in TABLES:
            yield file.problem((name,), unknown_key(name, TABLES))


def _tables(file: TomlFile, name: str, wrong: list[InputProblem]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    found = file.data.get(name, {})
    if not isinstance(found, Mapping):
        wrong.append(file.problem((name,), f"is no table; allowed: [{name}.NAME]"))
        return
    yield from found.items()


def _grids(file: TomlFile, wrong: list[InputProblem]) -> Iterator[tuple[int, Any]]:
    found = file.data.get("grid", [])
    if not isinstance(found, list):
        wrong.append(file.problem(("grid",), "is no list of tables; allowed: [[grid]], once for each"))
        return
    yield from enumerate(found)


def _words(
    file: TomlFile, where: Where, entry: Any, wrong: list[InputProblem], beside: Sequence[str] = ()
) -> dict[str, Any]:
    """The words of a table, in which others may stand `beside`.

    Of one that is none, or holds others, what is `wrong` is told, and those that are right are taken.
    """
    if not isinstance(entry, Mapping):
        wrong.append(file.problem(where, f"is no table; allowed: one with {', '.join(NAMES)}"))
        return {}
    given = {n: v for n, v in entry.items() if n not in beside}
    try:
        return _validated(given)
    except ValidationError as fault:
        wrong += translated(file, where, fault, (*beside, *NAMES), "analysis")
        bad = [error["loc"] for error in fault.errors(include_url=False, include_context=False)]
        values = {loc[1] for loc in bad if loc[0] == "set" and len(loc) > 1}
        left = {n: v for n, v in given.items() if n not in {loc[0] for loc in bad}}
        return _validated({**left, **({"set": _but(given["set"], values)} if values else {})})


def _but(table: Mapping[str, Any], names: Container[int | str]) -> dict[str, Any]:
    return {n: v for n, v in table.items() if n not in names}


def _validated(entry: Mapping[str, Any]) -> dict[str, Any]:
    found = Words.model_validate(entry).model_dump(exclude_unset=True)
    return {n: float(v) if isinstance(v, float) else v for n, v in found.items()}  # not as printed: as a command has it


def _analysis(file: TomlFile, name: str, where: Where, *given: tuple[Where, Mapping[str, Any]]) -> Analysis:
    """Of words by where they stand, the nearest last: each has the last word, and of what is set each parameter."""
    words: dict[str, Any] = {}
    origin: dict[str, Where] = {}
    for place, here in given:
        if "cohort" in here and "people" not in here:
            words.pop("people", None)  # of the usual ones: these are others
        if here.get("fixed") and "draws" not in here:
            words.pop("draws", None)  # of the others: this has one
        words |= {**here, **({"set": {**words.get("set", {}), **here["set"]}} if "set" in here else {})}
        origin |= {n: (*place, n) for n in here} | {f"set.{n}": (*place, "set", n) for n in here.get("set", ())}
    return Analysis(name, words, file.path.parent, where, origin)


# --- grids ---------------------------------------------------------------------------------------------


def _expanded(
    file: TomlFile, k: int, entry: Any, defaults: Mapping[str, Any], before: int, wrong: list[InputProblem]
) -> list[Analysis]:
    """The analyses that a grid makes, the values of the last word changing first."""
    where = ("grid", str(k))
    if not isinstance(entry, Mapping):
        wrong.append(file.problem(where, "is no table; allowed: [[grid]] with name and over"))
        return []
    own = _words(file, where, entry, wrong, tuple(_Grid.model_fields))
    try:
        grid = _Grid.model_validate({n: v for n, v in entry.items() if n in _Grid.model_fields})
    except ValidationError as fault:
        wrong += translated(file, where, fault, list(_Grid.model_fields), "grid")
        return []
    axes = list(_axes(file, (*where, "over"), grid.over, wrong))
    size = math.prod(len(values) for _, values in axes)
    if before + size > MOST:
        wrong.append(file.problem((*where, "over"), f"makes {size:,} analyses; allowed: {MOST:,} in all"))
        return []
    made = []
    for values in product(*(values for _, values in axes)) if axes else ():
        over = _put(zip((names for names, _ in axes), values, strict=True))
        name = "-".join([grid.name, *(f"{n[-1]}={_told(v)}" for (n, _), v in zip(axes, values, strict=True))])
        layers = (("defaults",), defaults), (where, own), ((*where, "over"), over)
        made.append(_analysis(file, name, where, *layers))
    return made


def _axes(
    file: TomlFile, where: Where, over: Mapping[str, Any], wrong: list[InputProblem]
) -> Iterator[tuple[Where, list[Any]]]:
    """Each word that takes several values, and these; a parameter that is set is ``("set", NAME)``."""
    for name, given in over.items():
        inside = given.items() if name == "set" and isinstance(given, Mapping) else [("", given)]
        for parameter, values in inside:
            names = (name, parameter) if parameter else (name,)
            if not isinstance(values, list) or not values:
                wrong.append(file.problem((*where, *names), "is no list of values; allowed: such as [1, 2]"))
                continue
            tried = [_words(file, where, {name: {parameter: v} if parameter else v}, wrong) for v in values]
            yield names, [v[name][parameter] if parameter else v[name] for v in tried if _is_there(v, *names)]


def _is_there(words: Mapping[str, Any], name: str, parameter: str = "") -> bool:
    return name in words and (not parameter or parameter in words[name])


def _put(chosen: Iterable[tuple[Where, Any]]) -> dict[str, Any]:
    words: dict[str, Any] = {}
    for names, value in chosen:
        if len(names) > 1:
            words.setdefault("set", {})[names[1]] = value
        else:
            words[names[0]] = value
    return words


def _told(value: Any) -> str:
    """A value as it can stand in the name of a folder."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "+".join(f"{n}={_told(v)}" for n, v in value.items())
    text = "+".join(map(plain, value)) if isinstance(value, list) else plain(value)
    return re.sub(r"[^A-Za-z0-9_.=+-]", "_", text)


# --- names ---------------------------------------------------------------------------------------------


def _unusable(file: TomlFile, found: Sequence[Analysis]) -> Iterator[InputProblem]:
    """Names that no folder can have, or that two would share: also where capitals are no other letters."""
    counts, told = Counter(a.name.casefold() for a in found), set[str]()
    for analysis in found:
        name, folded = analysis.name, analysis.name.casefold()
        if not NAME.fullmatch(name) or name.endswith(".") or DEVICES.fullmatch(name) or folded == TABLE:
            allowed = f"letters, digits and _ . = + -, first a letter or digit, and not {TABLE}"
            yield file.problem(analysis.where, f"{short(name)} is no name of a folder; allowed: {allowed}")
        elif len(name) > LONGEST:
            yield file.problem(analysis.where, f"{short(name)} is too long a name; allowed: {LONGEST} characters")
        elif counts[folded] > 1 and folded not in told:
            told.add(folded)
            yield file.problem(analysis.where, f"{counts[folded]} analyses are called {name}; allowed: one")


__all__ = ["Batch", "read", "read_again"]
