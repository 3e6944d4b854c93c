"""How a run is asked for, checked once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from numbers import Integral
from typing import Any, Literal

from models.contract import AGE, ModelError, check_one_of
from models.states import check_utilities, subgroup_levels
from parameters.mistakes import Mistakes
from simulate.ask.case import Case
from simulate.engine.arithmetic.random_numbers import GENERATORS

DRAWS, PEOPLE = 1024, 1000  # unless asked otherwise
METHODS = ("sobol", "random")
SHORT_NAMES = {"splitmix": "splitmix64", "philox": "philox4x32-10"}


@dataclass(frozen=True)
class Options:
    """How a run was asked for."""

    draws: int
    people: int
    seed: int
    fixed: bool
    method: Literal["sobol", "random"]
    perspective: str | None
    effect: str | None
    rng: str = "splitmix64"
    subgroup: str | None = None
    by_year: bool = False
    ages: tuple[float, ...] = ()
    persons: bool = False  # keep the totals of every person
    cohort: str | None = None  # the file of people

    def checked(self, case: Case) -> Options:
        """The same with defaults filled in and names in full; ``ModelError`` on what is not allowed."""
        rng = SHORT_NAMES.get(self.rng, self.rng)
        perspective = self.perspective or case.setting.perspective
        effect = self.effect or case.setting.effect
        mistakes = Mistakes()
        with mistakes.among():
            self._check_size()
        with mistakes.among():
            if not 0 <= self.seed < 2**64:
                raise ModelError(f"seed: {self.seed}; allowed 0 to 2^64 - 1")
        with mistakes.among():
            check_one_of(self.method, METHODS, "method")
        with mistakes.among():
            check_one_of(rng, GENERATORS, "rng")
        with mistakes.among():
            case.problem.perspective(perspective)
        with mistakes.among():
            if case.problem.effect(effect).is_qaly and (self.effect is not None or case.problem.utilities):
                check_utilities(case.problem)
        with mistakes.among():
            subgroup_levels(case.problem.pathway, self.subgroup)
        with mistakes.among():
            self._check_ages(case)
        mistakes.tell()
        return replace(self, perspective=perspective, effect=effect, rng=rng)

    def _check_size(self) -> None:
        for name in ("draws", "people"):
            if not isinstance(getattr(self, name), Integral):
                raise ModelError(f"{name}: {getattr(self, name)!r}; must be a whole number")
            if getattr(self, name) < 1:
                raise ModelError(f"{name}: {getattr(self, name)}; need at least 1")
        if self.draws > 1 and self.people < 2:
            raise ModelError("people: 1; several draws need at least 2, or noise between people passes for uncertainty")

    def _check_ages(self, case: Case) -> None:
        finite = all(math.isfinite(a) and a >= 0 for a in self.ages)
        if not finite or any(a >= b for a, b in pairwise(self.ages)):
            raise ModelError(f"ages: {', '.join(f'{a:g}' for a in self.ages)}; must rise, from 0 or more, in years")
        if self.ages and not any(c.name == AGE for c in case.problem.pathway.characteristics):
            raise ModelError(f"ages: pathway {case.problem.pathway.name} has no characteristic called age")

    def drawing(self) -> dict[str, Any]:
        """The options on which draws and random numbers depend, by name; those at their defaults left out."""
        chosen: dict[str, Any] = {"fixed": True} if self.fixed else {"draws": self.draws}
        chosen |= {"seed": self.seed, "method": self.method, "rng": self.rng, "cohort": self.cohort}
        usual = {"draws": DRAWS, "method": "sobol", "rng": "splitmix64", "cohort": None}
        return {name: value for name, value in chosen.items() if name not in usual or value != usual[name]}

    def words(self, more: Mapping[str, Any]) -> list[str]:
        """Those options, and `more`, as the command line takes them."""
        pairs = [
            (f"--{name}",) if value is True else (f"--{name}", str(value))
            for name, value in {**self.drawing(), **more}.items()
        ]
        return [word for pair in pairs for word in pair]
