"""Published figures beside which a setting's results are shown, and the trials they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from models.measures import ItemCost, Statistic
from models.quantities import Quantity, check_one_of, check_tuples
from parameters.mistakes import ModelError


@dataclass(frozen=True)
class Target:
    """A published figure that one unknown engine parameter is solved for.

    With `scale` ``value`` the statistic itself must equal `published`; with ``risk_ratio`` (any ratio of two values),
    ``odds_ratio`` or ``difference`` the statistic in `strategy` relative to the comparator must.
    `unknown` is the engine parameter moved (positive, moved on the log scale), searched from `start`
    and reported in `unit`.
    """

    unknown: str
    strategy: str
    statistic: Statistic
    published: Quantity
    scale: Literal["value", "risk_ratio", "odds_ratio", "difference"] = "value"
    start: float = 1.0
    unit: str = "ratio"
    label: str = ""


# GBP are of the base price year; other currencies of their own year (see parameters/price_index.toml).
ShownUnit = Literal[
    "share", "count", "ratio", "years", "months", "weeks", "days", "days_per_person_year", "per_year", "per_1000_days",
    "per_1000_years", "GBP", "GBP_per_day", "CAD", "CAD_per_day", "USD", "points",
]  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A published result that is shown beside ours, and was not fitted unless `by_construction` says so.

    ``cost`` and ``effect`` are the means per person as the setting judges them, and ``icer`` the ratio of their
    differences. With `difference` figures are those of new minus comparator. `by_construction` marks a result that
    is an input in disguise, or was solved for: it must come out as it went in, and validates nothing.
    """

    label: str
    statistic: Statistic | ItemCost | Literal["cost", "effect", "icer"]
    published: Mapping[str, float]  # strategy id -> figure as published
    unit: ShownUnit
    source: str
    note: str = ""
    difference: bool = False
    by_construction: bool = False
    price_year: str = ""  # pounds are told in prices of this financial year; of the base year when not given
    scale: str = ""  # costs, effects and item costs for so much time as a scale of the problem says; else per person

    def __post_init__(self) -> None:
        check_one_of(self.unit, get_args(ShownUnit), f"Shown {self.label}.unit")
        if isinstance(self.statistic, str):
            check_one_of(self.statistic, ("cost", "effect", "icer"), f"Shown {self.label}.statistic")


@dataclass(frozen=True)
class TrialFigure:
    """What a trial published of the decision, to be found again in trials simulated at its size.

    Of `kind` "effect" it is the difference in effect, new minus comparator; of `kind` "probability" the probability,
    as the trial's own people leave it open, that the new strategy is worth its cost at `threshold`, GBP per unit of
    effect. `effect` and `perspective` are the setting's when not given.
    """

    label: str
    kind: Literal["effect", "probability"]
    value: float
    source: str
    threshold: float = 0.0
    effect: str = ""
    perspective: str = ""
    note: str = ""


@dataclass(frozen=True)
class Trial:
    """The two arms of the trial that a setting is, and what it published of the decision."""

    arms: Mapping[str, int]  # strategy id -> people analysed; the comparator first
    published: tuple[TrialFigure, ...] = ()

    def __post_init__(self) -> None:
        check_tuples(self, published=TrialFigure)
        if len(self.arms) != 2 or min(self.arms.values(), default=0) < 2:
            raise ModelError(f"Trial.arms: {dict(self.arms)}; must be two strategies with at least 2 people each")
