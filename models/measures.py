"""What is measured of simulated people: the statistics that targets, figures and sanity tables are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal, get_args

from models.pathway import Pathway, When
from models.quantities import check_kind
from parameters.mistakes import ModelError


@dataclass(frozen=True)
class Ever:
    """Statistic: share of people with at least one `name` by the horizon."""

    name: str


@dataclass(frozen=True)
class EverButNever:
    """Statistic: share of people with at least one `name` but no `never`, which `name` has to hold."""

    name: str
    never: str


@dataclass(frozen=True)
class EverRatio:
    """Statistic: share ever in `name` over the share ever in `among` (e.g. detained among those admitted)."""

    name: str
    among: str


@dataclass(frozen=True)
class CountRatio:
    """Statistic: mean count of `name` over the mean count of `among`."""

    name: str
    among: str


@dataclass(frozen=True)
class MeanTime:
    """Statistic: mean undiscounted years where `when` holds, per person; over the count of `per` where given,
    or over the share ever in `per_ever`."""

    when: When
    per: str | None = None
    per_ever: str | None = None


@dataclass(frozen=True)
class ShareOfTime:
    """Statistic: share of the time where `among` holds (while alive, when not given) in which `when` holds."""

    when: When
    among: When = field(default_factory=When)


@dataclass(frozen=True)
class Rate:
    """Statistic: events of `name` per year in which `when` holds."""

    name: str
    when: When


@dataclass(frozen=True)
class ShareWithTime:
    """Statistic: share of people with at least `years` where `when` holds, undiscounted; needs everybody's totals."""

    when: When
    years: float


@dataclass(frozen=True)
class ItemCost:
    """For ``PublishedResult`` alone: mean cost per person of one cost item, money, whoever pays."""

    item: str


Statistic = Ever | EverButNever | EverRatio | CountRatio | MeanTime | ShareOfTime | Rate | ShareWithTime


# What each is of: a share lies between 0 and 1 and is solved for on the logit scale, all else on the log scale.
MEASURED_AS: Mapping[type, Literal["share", "time", "rate"]] = {
    Ever: "share",
    EverButNever: "share",
    EverRatio: "share",
    CountRatio: "share",  # of events that had an outcome, say
    MeanTime: "time",
    ShareOfTime: "share",
    Rate: "rate",
    ShareWithTime: "share",
}


def is_share(statistic: Statistic) -> bool:
    """Whether a statistic lies between 0 and 1."""
    return MEASURED_AS[type(statistic)] == "share"


def check_statistic(pathway: Pathway, statistic: Statistic, where: str) -> None:
    """Raise ``ModelError``, about the field `where`, unless the pathway has all that a statistic names."""
    check_kind(statistic, get_args(Statistic), where)
    for part in (getattr(statistic, f.name) for f in fields(statistic)):
        if isinstance(part, When):
            pathway.check_when(part, where)
        elif isinstance(part, str):
            pathway.resolve(part, where)
    if isinstance(statistic, EverButNever):
        outside = set(pathway.resolve(statistic.never)) - set(pathway.resolve(statistic.name))
        if outside:
            told = f"{', '.join(sorted(outside))} of {statistic.never} is none of {statistic.name}"
            raise ModelError(f"{where}: {told}; allowed: a part of it, or the share is no difference of two")
