"""One named analysis of a batch: the words of a run, whole, wherever in the file they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from models.contract import ModelError
from parameters.mistakes import Mistakes
from simulate.ask.asked import Asked
from simulate.ask.case import Case, load
from simulate.ask.own.model import OwnModel
from simulate.ask.own.naming import is_model_file
from simulate.running.request import asked_for
from simulate.running.wanted_error import WantedError

FIGURES = "none"  # of an analysis of many, unless it asks for some: drawing takes longer than a small run
VALUED = ("perspective", "effect", "wtp", "wtp_grid", "figures", "until_mcse")  # words that alter no simulation


class Words(BaseModel):
    """The words of an analysis, by what ``recovery-cea run`` calls them; all may stand under ``defaults``."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    problem: str | None = None
    setting: str | None = None
    set: dict[str, float] | None = None
    parameters: list[str] | None = None
    perspective: str | None = None
    effect: str | None = None
    draws: int | None = None
    people: int | None = None
    seed: int | None = None
    fixed: bool | None = None
    method: str | None = None
    rng: str | None = None
    cohort: str | None = None
    subgroup: str | None = None
    by_year: bool | None = None
    ages: list[float] | None = None
    occupancy: list[float] | None = None
    wtp: float | None = None
    wtp_grid: list[float] | None = None
    until_mcse: str | None = None
    predictive: bool | None = None
    implementation: float | None = None
    exact: bool | None = None
    variants: bool | None = None
    figures: str | None = None


NAMES = tuple(Words.model_fields)
OF_A_CASE = ("problem", "setting", "set", "parameters")
TOLD = ("variants", "figures")  # that are no wishes of ``ask``


@dataclass(frozen=True)
class Analysis:
    """A name, and the words of its run; `folder` is that of the file, from which its files are named."""

    name: str
    words: Mapping[str, Any]
    folder: Path
    where: tuple[str, ...]  # the table of the file that it stands in
    origin: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # where in the file each word stands
    models: Mapping[Path, OwnModel] = field(default_factory=dict)  # one's own, by their files: those that were named

    @property
    def problem(self) -> str:
        """The id of its problem, or the file of one's own model; ``ModelError`` where none is named."""
        word = self.words.get("problem")
        if word is None:
            raise ModelError('problem: none is named; allowed: problem = "ID", here or under [defaults]')
        return str(self.folder / word) if is_model_file(word) else str(word)

    @property
    def model(self) -> str | OwnModel:
        """The id, or the model in a file that the user named; one that the batch alone names is not run."""
        if not is_model_file(self.problem):
            return self.problem
        known = self.models.get(Path(self.problem).resolve())
        if known is None:
            raise ModelError(
                f"problem: {self.problem} is a Python file, which would be run; name it on the command line, if you"
                f" trust it: --model {self.problem}"
            )
        return known

    @property
    def figures(self) -> str:
        """Which are drawn."""
        return str(self.words.get("figures", FIGURES))

    @property
    def variants(self) -> bool:
        """Whether the setting's variants are run beside."""
        return bool(self.words.get("variants", True))

    @property
    def changes(self) -> dict[str, float]:
        """Parameters that are fixed, by name."""
        return {name: float(value) for name, value in self.words.get("set", {}).items()}

    @property
    def files(self) -> list[Path]:
        """Files of records that replace ours."""
        return [self.folder / name for name in self.words.get("parameters", ())]

    @property
    def cohort(self) -> Path | None:
        """The file of its people; None where they are drawn."""
        return self.folder / self.words["cohort"] if "cohort" in self.words else None

    @property
    def ages(self) -> tuple[float, ...]:
        """Where bands of age begin, years."""
        return tuple(float(age) for age in self.words.get("ages", ()))

    @property
    def occupancy(self) -> tuple[float, ...]:
        """Times at which it is told who is where, years."""
        return tuple(float(t) for t in self.words.get("occupancy", ()))

    @property
    def wtp_grid(self) -> tuple[float, ...]:
        """Willingness to pay of curves and tables, money a unit of effect."""
        return tuple(float(t) for t in self.words.get("wtp_grid", ()))

    def case(self) -> Case:
        """What is asked about; ``ModelError`` and ``InputError``, every mistake at once."""
        return load(self.model, self.words.get("setting"), parameters=self.files, changes=self.changes)

    def asked(self, case: Case) -> tuple[Asked, WantedError | None]:
        """How, and the error that it would not stop above; ``ModelError`` and ``InputError``, every mistake at once."""
        mistakes, asked, wanted = Mistakes(), None, None
        wishes: dict[str, Any] = {n: v for n, v in self.words.items() if n not in (*OF_A_CASE, *TOLD)}
        wishes |= {"cohort": self.cohort, "ages": self.ages, "occupancy": self.occupancy}
        wishes |= {"threshold": wishes.pop("wtp", None), "thresholds": self.wtp_grid}
        wishes.pop("wtp_grid", None)
        with mistakes.among():
            asked, wanted = asked_for(case, **wishes)
        if asked is not None:
            with mistakes.among():
                asked.to_be_judged()
        mistakes.tell()
        assert asked is not None  # or there was a mistake
        return asked, wanted

    def command(self) -> list[str]:
        """The words after ``recovery-cea`` of a run that does the same."""
        found = ["run", self.problem]
        for name in NAMES[1:]:
            found += self._command(name)
        return found

    def _command(self, name: str) -> list[str]:
        value, option = self.words.get(name), f"--{name.replace('_', '-')}"
        if name == "figures":
            return [option, self.figures] if self.figures != "main" else []
        if value is None:
            return []
        if name == "set":
            return [word for n, v in value.items() for word in (option, f"{n}={plain(v)}")]
        if name == "parameters":
            return [word for file in self.files for word in (option, str(file))]
        if isinstance(value, bool):
            return ([] if value else ["--no-variants"]) if name == "variants" else [option] * value
        listed = {"ages": self.ages, "occupancy": self.occupancy, "wtp_grid": self.wtp_grid}
        told = {"cohort": self.cohort, **{n: ",".join(map(plain, numbers)) for n, numbers in listed.items()}}
        return [option, str(told.get(name, plain(value)))]

    def alike(self, case: Case) -> tuple[object, ...]:
        """The same for analyses that are simulated alike: all that is asked, but for how it is valued."""
        may = case.changeable()
        fixed = sorted((n, v) for n, v in self.changes.items() if n not in may)
        others = {n: v for n, v in self.words.items() if n not in (*VALUED, "set", "setting")}
        return case.setting.name, repr(sorted(others.items())), tuple(fixed)


def plain(value: object) -> str:
    """A number as people write it, without a fraction that is none; anything else as it is."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))
    return str(value)
