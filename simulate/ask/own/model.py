"""A model of one's own, as its file declares it: the problem, the numbers, and what they were read from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from models.contract import DecisionProblem, ModelError
from parameters import PARAMETERS_DIR, InputError, ParameterSet, Problem, inline, load
from parameters.ground.brief import Brief
from parameters.mistakes import Mistakes
from simulate.ask.own.spelling import as_data, from_data

Numbers = Mapping[str, Mapping[str, Any]]  # records as a script gives them, by name


@dataclass(frozen=True, repr=False)
class OwnModel(Brief):
    """A problem and its numbers: those of ``NUMBERS``, and those of TOML files beside."""

    problem: DecisionProblem
    path: Path
    content: bytes  # of the file, as it was read
    numbers: Numbers = field(default_factory=dict)
    files: tuple[Path, ...] = ()

    @property
    def declared_file(self) -> Path:
        """What a file that holds what it declares is called; there is none beside the model."""
        return self.path.with_suffix(".model.json")

    def declared(self) -> bytes:
        """The problem and the numbers of ``NUMBERS`` as data, in JSON."""
        told = {"problem": as_data(self.problem), "numbers": self.numbers}
        return json.dumps(told, indent=1, ensure_ascii=False).encode()

    @staticmethod
    def read_back(declared: bytes, path: Path, content: bytes, files: Sequence[Path]) -> OwnModel:
        """The model that ``declared`` told, its `files` those given; ``ValueError`` where it is not as we write it."""
        told = json.loads(declared)
        problem = from_data(told["problem"])
        if not isinstance(problem, DecisionProblem) or not isinstance(told["numbers"], dict):
            raise ModelError(f"{path}: holds no decision problem")
        return OwnModel(problem, path, content, told["numbers"], tuple(files))

    def records(self, parameters: Sequence[str | Path]) -> ParameterSet:
        """Its records, those of the user's files `parameters` in place of the same name.

        ``InputError`` with every problem of every file.
        """
        mistakes, found = Mistakes(), dict[str, ParameterSet]()
        with mistakes.among():
            found["shipped"] = load([PARAMETERS_DIR / name for name in self.problem.parameter_files])
        with mistakes.among():
            found["files"] = load(self.files, extra=[Path(p) for p in parameters], money=self.problem.money)
        money = found["files"].money_given if "files" in found else self.problem.money
        with mistakes.among():
            found["numbers"] = inline(self.numbers, self.path, money)
        mistakes.tell()
        shipped, files, numbers = found["shipped"], found["files"], found["numbers"]
        self._refuse_twice(files, numbers)
        left = replace(numbers, records={n: r for n, r in numbers.items() if n not in files.extra})
        whole = shipped.joined(left).joined(files)
        replaced = {n: known[n] for n in files.extra for known in (files.shipped, numbers, shipped) if n in known}
        own = dict.fromkeys([*numbers, *(n for n in files if n not in files.extra), *files.shipped])
        return replace(whole, extra=files.extra, shipped=replaced, own=tuple(own))

    def _refuse_twice(self, files: ParameterSet, numbers: ParameterSet) -> None:
        beside = {**{n: r for n, r in files.items() if n not in files.extra}, **files.shipped}
        twice = [
            Problem(*record.place, name, f"stands in NUMBERS of {self.path} too; allowed: once")
            for name, record in beside.items()
            if name in numbers
        ]
        if twice:
            raise InputError(twice)
