"""Published figures beside which a setting's results are shown, and the trials they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from models.measures import ItemCost, Statistic
from models.quantities import Quantity, check_kind, check_numbers, check_one_of, check_tuples, check_whole
from parameters.ground.brief import Brief
from parameters.mistakes import ModelError
from parameters.outcomes.intervals import Analysed, Contrast, OutcomeInterval, interval_of
from parameters.published import Bound, PublishedFigures, TargetRole, published_figures
from parameters.units import FigureUnit

TrialFigureKind = Literal["effect", "probability", "gap"]
# What of ours stands beside a published result.
ComparedStatistic = Statistic | ItemCost | Literal["cost", "effect", "icer"]


@dataclass(frozen=True, repr=False)
class CalibrationTarget(Brief):
    """A published figure that one unknown engine parameter is solved for.

    With `scale` ``value`` the statistic itself must equal `published`; with ``risk_ratio`` (any ratio of two values),
    ``odds_ratio`` or ``difference`` the statistic in `strategy` relative to the comparator must.
    `unknown` is the engine parameter moved (positive, moved on the log scale), searched from `start`
    and reported in `unit`. `prior` is the 95% interval, in that unit, of its log-normal prior where it is calibrated
    with a posterior; where it is not given, a wide one about `start`, or of a ratio about 1.
    """

    unknown: str
    strategy: str
    statistic: Statistic
    published: Quantity
    scale: Literal["value", "risk_ratio", "odds_ratio", "difference"] = "value"
    start: float = 1.0
    unit: str = "ratio"
    label: str = ""
    prior: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        where = f"CalibrationTarget {self.unknown}.prior"
        if self.prior is None:
            return
        check_kind(self.prior, tuple, where)
        if len(self.prior) != 2:
            raise ModelError(f"{where}: {len(self.prior)} numbers; allowed: (low, high), a 95% interval")
        check_numbers(where, *self.prior)
        low, high = self.prior
        if not 0 < low < high:
            raise ModelError(f"{where}: {low:g} to {high:g}; allowed: 0 < low < high, a 95% interval")


@dataclass(frozen=True, repr=False)
class PublishedResult(Brief):
    """A published result that is shown beside ours, and was not fitted unless `by_construction` says so.

    ``cost`` and ``effect`` are the means per person as the setting judges them, and ``icer`` the ratio of their
    differences. With a `contrast` other than ``value`` figures are those of new minus comparator, or over it.
    `by_construction` marks a result that is an input in disguise, or was solved for: it must come out as it went in,
    and validates nothing. What has a `role` is a target of validation, of which `parameters.published` says the rest.
    """

    label: str
    statistic: ComparedStatistic
    published: Mapping[str, float]  # strategy id -> figure as published
    unit: FigureUnit
    source: str
    note: str = ""
    contrast: Contrast = "value"
    by_construction: bool = False
    price_year: str = ""  # pounds are told in prices of this financial year; of the base year when not given
    scale: str = ""  # costs, effects and item costs for so much time as a scale of the problem says; else per person
    id: str = ""  # the record of ``parameters`` that it is read from; none when declared in a script
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # 95% intervals, where printed
    people: Mapping[str, int] = field(default_factory=dict)  # strategy id -> people analysed, the comparator's too
    counts: Mapping[str, int] = field(default_factory=dict)  # strategy id -> of them, how many had the outcome
    sd: Mapping[str, float] = field(default_factory=dict)  # strategy id -> standard deviation of people, in `unit`
    months: float = 0.0  # of follow-up; 0 where none was printed, or it is no target
    role: TargetRole | None = None  # of a target: whether validation fails where it is missed
    miss: str = ""  # why the model misses it, where it does
    bound: Bound = ""  # "above": more than the figure was printed, and no figure

    def interval(self, strategy: str) -> OutcomeInterval | None:
        """The 95% interval of a strategy's figure, as printed, or worked out of people; None where neither can be."""
        if strategy in self.intervals:
            return OutcomeInterval(*self.intervals[strategy], "printed")
        analysed = Analysed(self.people, self.counts, self.sd)
        return interval_of(strategy, self.published, self.contrast, self.unit, analysed)

    @property
    def is_relative(self) -> bool:
        """Whether figures are of new against comparator, so that the comparator has none."""
        return self.contrast != "value" or self.statistic == "icer"

    def __post_init__(self) -> None:
        check_one_of(self.contrast, get_args(Contrast), f"PublishedResult {self.label}.contrast")
        check_one_of(self.unit, get_args(FigureUnit), f"PublishedResult {self.label}.unit")
        if isinstance(self.statistic, str):
            check_one_of(self.statistic, ("cost", "effect", "icer"), f"PublishedResult {self.label}.statistic")


@dataclass(frozen=True, repr=False)
class TrialFigure(Brief):
    """What a trial published of the decision, to be found again in trials simulated at its size.

    Of `kind` "effect" it is the difference in effect, new minus comparator; of `kind` "probability" the probability,
    as the trial's own people leave it open, that the new strategy is worth its cost at `threshold`, money per unit of
    effect. `effect` and `perspective` are the setting's when not given. Of `kind` "gap" it is the first of two such
    probabilities, `parts`, less the second, in one trial.
    """

    label: str
    kind: TrialFigureKind
    value: float
    source: str
    threshold: float = 0.0
    effect: str = ""
    perspective: str = ""
    note: str = ""
    id: str = ""  # the record of ``parameters`` that it is read from; none when declared in a script
    role: TargetRole | None = None  # of a target: whether validation fails where it is missed
    miss: str = ""  # why the model misses it, where it does
    bound: Bound = ""  # "above": more than the figure was printed, and no figure
    parts: tuple[TrialFigure, ...] = ()  # of a gap, the two probabilities

    def __post_init__(self) -> None:
        kinds = [part.kind for part in self.parts]
        if kinds != (["probability"] * 2 if self.kind == "gap" else []):
            raise ModelError(f"TrialFigure {self.label}.parts: two probabilities of a gap, none of anything else")

    @property
    def valued(self) -> tuple[TrialFigure, ...]:
        """What is valued to tell it: its parts, or itself."""
        return self.parts or (self,)


@dataclass(frozen=True, repr=False)
class PublishedTrial(Brief):
    """The two arms of the trial that a setting is, and what it published of the decision."""

    arms: Mapping[str, int]  # strategy id -> people analysed; the comparator first
    published: tuple[TrialFigure, ...] = ()

    def __post_init__(self) -> None:
        check_tuples(self, published=TrialFigure)
        for strategy, people in self.arms.items():
            check_whole(people, 0, f"PublishedTrial.arms[{strategy}]")
        if len(self.arms) != 2 or min(self.arms.values(), default=0) < 2:
            raise ModelError(
                f"PublishedTrial.arms: {dict(self.arms)}; must be two strategies with at least 2 people each"
            )


def published(result: str, statistic: ComparedStatistic) -> PublishedResult:
    """The record `result` of ``published.toml`` or ``targets.toml``, to be shown beside `statistic` of ours.

    ``ModelError`` when there is none of that id, ``InputError`` when a file is not sound.
    """
    record = _record(result)
    return PublishedResult(
        label=record.label,
        statistic=statistic,
        published=record.values,
        unit=record.unit,
        source=record.source,
        note=record.note,
        contrast=record.contrast,
        by_construction=record.by_construction,
        price_year=record.price_year,
        scale=record.scale,
        id=record.id,
        intervals=record.intervals,
        people=record.people,
        counts=record.counts,
        sd=record.sd,
        months=record.months,
        role=record.role,
        miss=record.miss,
        bound=record.bound,
    )


def trial_figure(result: str, kind: TrialFigureKind) -> TrialFigure:
    """The record `result` of either file as what a trial found of the decision; errors likewise."""
    record = _record(result)
    if len(record.values) != 1:
        raise ModelError(f"{result}.values: {', '.join(record.values) or 'empty'}; must be of the new strategy alone")
    return TrialFigure(
        label=record.label,
        kind=kind,
        value=next(iter(record.values.values())),
        source=record.source,
        threshold=record.threshold,
        effect=record.effect,
        perspective=record.perspective,
        note=record.note,
        id=record.id,
        role=record.role,
        miss=record.miss,
        bound=record.bound,
        parts=tuple(trial_figure(part, "probability") for part in record.gap),
    )


def _record(result: str) -> PublishedFigures:
    records = published_figures()
    check_one_of(result, records, "published")
    return records[result]
