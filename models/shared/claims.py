"""The briefing's claims and what this program does about each: the words of ``parameters/claims.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from models.quantities import check_one_of
from parameters.mistakes import ModelError

Answer = Literal[
    "reproduced", "by_construction", "not_reproduced", "input", "scenario", "contradicted", "qualified", "unverified",
    "context",
]  # fmt: skip
GIVEN_A_REASON: tuple[Answer, ...] = ("contradicted", "qualified", "not_reproduced", "unverified", "context")
RESTS_ON_READING: tuple[Answer, ...] = ("contradicted", "qualified")  # what a source says that was read, never recalled
# What a figure that was predicted shares with what was fitted: people, their trial, or nothing.
Independence = Literal["", "none", "same trial, other outcome", "other trial"]
FigureKind = Literal[
    "target", "shown", "parameter", "cost_difference", "effect_difference", "icer", "p_cost_saving", "p_cost_effective",
    "saving", "breakeven", "return", "cost_ratio", "effect_ratio", "parameter_product",
]  # fmt: skip
PUT_IN: tuple[FigureKind, ...] = ("target", "parameter", "parameter_product")  # what was put in or solved for comes out

FEWEST_WORDS = 3  # of a source that is quoted


@dataclass(frozen=True)
class Figure:
    """Where our own figure comes from: a run of a problem under a setting, or a parameter record.

    `kind`: ``target`` and ``shown`` name a calibration target (its unknown) or a published result (its label), read
    from a run at the point estimates; ``parameter`` a record. The others are read from parameter draws:
    ``parameter_product`` of two parameters, `name` times `by`; ``return`` the gross saving per pound of delivery;
    ``cost_ratio`` and ``effect_ratio`` the mean of `strategy` over the comparator's; the rest new minus comparator, of
    `strategy`, for a person or for a `scale` of the problem; probabilities at `threshold`.
    """

    kind: FigureKind
    name: str = ""
    strategy: str = ""
    threshold: float = 0.0
    perspective: str = ""
    effect: str = ""
    by: str = ""
    scale: str = ""
    times: float = 1.0  # our figure is multiplied by so much to be in the claim's unit


@dataclass(frozen=True)
class Read:
    """What was read against a claim, or of it with a limit: the source's id in the bibliography, and its words."""

    source: str
    words: str  # as they stand in the source

    def __post_init__(self) -> None:
        if len(self.words.split()) < FEWEST_WORDS:
            raise ModelError(f"read.words: {self.words!r} is no quotation; give at least {FEWEST_WORDS} of its words")


@dataclass(frozen=True)
class Claim:
    """One claim: what the briefing says in our words, its figure, and our answer."""

    id: str
    challenge: int
    claim: str
    status: Answer
    published: str  # the figure as the briefing prints it; "" where it prints none
    value: float | None  # the same as a number, in `unit`
    unit: str
    problem: str
    setting: str
    figure: Figure | None
    reason: str  # in one sentence, where the answer is not plain
    source: str = ""  # id of the study whose figure it is, where one is reproduced
    independence: Independence = ""
    read: Read | None = None  # the evidence that contradicts or qualifies it

    def __post_init__(self) -> None:
        where = f"claim {self.id}"
        check_one_of(self.status, get_args(Answer), f"{where}.status")
        check_one_of(self.independence, get_args(Independence), f"{where}.independence")
        if self.status == "reproduced" and self.figure is None:
            raise ModelError(f"{where}.figure: missing; what is reproduced is computed")
        if self.status == "reproduced" and self.figure is not None and self.figure.kind in PUT_IN:
            raise ModelError(
                f"{where}.status: reproduced; a {self.figure.kind} comes out as it went in: by_construction"
            )
        if self.independence == "none" and self.status == "reproduced":
            raise ModelError(f"{where}.status: reproduced; what shares people with what was fitted is by_construction")
        if self.status == "not_reproduced" and self.figure is None:
            raise ModelError(f"{where}.figure: missing; what is not reproduced has a figure that came out instead")
        if self.status in RESTS_ON_READING and self.read is None:
            raise ModelError(
                f"{where}.read: missing; {self.status} rests on a source that was read: give its id and its words"
            )
        if self.read is not None and self.status not in RESTS_ON_READING:
            raise ModelError(f"{where}.read: with status {self.status}; allowed with {' or '.join(RESTS_ON_READING)}")
        if self.status in ("reproduced", "by_construction", "not_reproduced", "scenario") and not self.problem:
            raise ModelError(f"{where}.problem: missing; an answer that is {self.status} points at what runs")
        if self.status == "input" and (self.figure is None or self.figure.kind != "parameter"):
            raise ModelError(f"{where}.figure: must be a parameter; an input names its record")
        if self.status in GIVEN_A_REASON and not self.reason:
            raise ModelError(f"{where}.reason: missing")

    @property
    def points_to(self) -> str:
        """What answers it, in the words of the command line."""
        if not self.problem:
            return self.figure.name if self.figure is not None else ""
        place = f"{self.problem} --setting {self.setting}" if self.setting else self.problem
        return f"{place}: {self.figure.name or self.figure.kind}" if self.figure is not None else place
