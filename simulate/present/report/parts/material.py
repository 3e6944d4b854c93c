"""What a report is made from: a summary as JSON holds it, how the run was made, and the result it is of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from simulate.present.english.glossary import Glossary
from simulate.present.terminal.view import View
from simulate.result.plain import json_text
from simulate.result.result import Result

WIDE = 10_000  # columns: a page breaks its own lines

Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Material:
    """A run as its folder holds it; what a folder does not keep stands in the summary alone."""

    summary: Row
    made: Row  # the manifest, but the hashes of its files
    result: Result

    @cached_property
    def view(self) -> View:
        """The summary with the words for its ids."""
        case = self.result.case
        return View(self.summary, Glossary(case.problem, case.setting, case.parameters), WIDE)

    @property
    def words(self) -> Glossary:
        return self.view.words

    @property
    def sign(self) -> str:
        """What stands before an amount of the model's money."""
        return self.view.sign

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """What the strategies are called, comparator first."""
        return tuple(self.words.strategy(s) for s in self.result.strategies)


def material(result: Result, summary: Row, made: Row) -> Material:
    """The material of a result with its summary and manifest, as they stand in files: no more, and in the same words.

    A result's variants and subgroups are in its summary, and no section asks the result for them.
    """
    return Material(json.loads(json_text(summary)), json.loads(json_text(made)), result)
