"""One event's clock for one person, and its hazard, in plain Python: what the kernel's channels do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.contract import Empirical, Event, Exponential, FixedTime
from simulate.engine.arithmetic.random_numbers import exponential
from simulate.engine.laws import families, splines, tabulated


@dataclass(frozen=True)
class Segment:
    """From `start` (years since entry) an effect multiplies the hazard by `ratio` and time runs at `speed`."""

    start: float
    ratio: float
    speed: float


@dataclass
class Channel:
    """One event's clock for one person."""

    event: Event
    hazard: Hazard
    segments: Sequence[Segment]
    own_hazard: float  # of the person
    own_speed: float
    own_before: float  # the same before entry
    key: np.uint64
    stream: np.uint64
    generator: int
    age_at_entry: float
    elapsed: float
    boost: float = 1.0  # by history
    slowed: float = 1.0  # by lengthening, in this spell
    level_hazard: float = 1.0  # by levels of domains
    level_pace: float = 1.0  # the same, of the speed of its clock
    drawn: int = 0
    residual: float | None = None
    age: float = 0.0
    since: float = 0.0
    origin: float = 0.0
    fires: float = math.inf

    @property
    def carries(self) -> bool:
        """Whether the residual outlives a spell without risk."""
        return isinstance(self.event.hazard, Exponential) or self.event.clock != "sojourn"

    def pieces(self, start: float) -> Iterator[tuple[float, float, float, float]]:
        """(from, to, hazard multiplier, speed) from `start` on, through the segments of the strategy's effects."""
        for i, segment in enumerate(self.segments):
            end = self.segments[i + 1].start if i + 1 < len(self.segments) else math.inf
            if end > start:
                hazard = self.own_hazard * (self.boost * self.level_hazard) * segment.ratio
                yield max(segment.start, start), end, hazard, self._pace * segment.speed

    @property
    def _pace(self) -> float:
        """The speed of its clock, effects aside."""
        return self.own_speed * (self.slowed * self.level_pace)

    def ran(self, start: float, now: float) -> float:
        """Operational time between two moments."""
        if len(self.segments) == 1:
            return self._pace * self.segments[0].speed * (now - start)
        total = 0.0
        for begin, end, _, speed in self.pieces(start):
            total += speed * (min(end, now) - begin)
            if end >= now:
                break
        return total

    def arm(self, now: float, entry: bool, again: bool) -> None:
        """Set the time at which it fires, from `now`; `again`: it has just fired and is at risk still."""
        if self.residual is None or not self.carries:
            self.residual = exponential(self.generator, self.key, self.stream, self.drawn)
            self.drawn += 1
        if not again:
            self.slowed = 1.0
        self.since = now
        clock = self.event.clock
        if clock == "sojourn":
            if not again:
                self.age = self.own_before * self.elapsed if entry else 0.0
        elif clock == "gap":
            self.age = self.ran(self.origin, now)
        else:
            self.age = self.ran(0.0, now)
            if clock == "age":
                self.age = self.own_before * self.age_at_entry + self.age
        if again and isinstance(self.event.hazard, Empirical) and clock != "gap":
            self.age = self.hazard.next_jump(self.age)  # rounding must not leave it short of the jump just made
        fixed_and_past = isinstance(self.event.hazard, FixedTime) and clock != "gap"
        if fixed_and_past and (again or (clock != "sojourn" and self.drawn > 1)):
            self.age = math.inf
        self.set_fire()

    def set_fire(self) -> None:
        """Find the moment at which the residual is used up, from `since` on."""
        assert self.residual is not None
        residual, age = self.residual, self.age
        for begin, end, hazard, speed in self.pieces(self.since):
            at = self.hazard.fires(begin, hazard, speed, age, residual)
            if at < end or math.isnan(at):
                self.fires = at
                return
            if end == math.inf:
                break
            residual = max(residual - self.hazard.used(hazard, speed, age, end - begin), 0.0)
            age += speed * (end - begin)
        self.fires = math.inf

    def settle(self, now: float) -> None:
        """Take off the residual what the hazard has used since the last change; nothing while paused."""
        assert self.residual is not None
        if now <= self.since:
            return
        used = 0.0
        for begin, end, hazard, speed in self.pieces(self.since):
            span = min(end, now) - begin
            used += self.hazard.used(hazard, speed, self.age, span)
            self.age += speed * span
            if end >= now:
                break
        self.residual = max(self.residual - used, 0.0)

    def bring_forward(self, by: float, now: float) -> None:
        """Take `by` years off what is left to wait, at the pace of the moment: of a pause first, then the residual."""
        assert self.residual is not None
        rest = by - (self.since - now)
        self.since = max(self.since - by, now)
        if rest > 0:
            _, _, hazard, speed = next(self.pieces(now))
            self.residual = max(self.residual - self.hazard.used(hazard, speed, self.age, rest), 0.0)
            age = self.age + speed * rest
            fixed = self.hazard.family == families.FIXED_TIME and self.age <= self.hazard.p[0]
            self.age = min(age, self.hazard.p[0]) if fixed else age

    def disarm(self, now: float) -> None:
        """Lose risk at `now`: the residual is kept where it carries over."""
        if self.carries and self.residual is not None:
            self.settle(now)

    def fire(self, now: float) -> None:
        """It has happened: the residual is spent, a sojourn clock runs on, a gap clock starts again."""
        if now > self.since:
            self.age += self.ran(self.since, now)
        self.origin = now
        self.residual = None


@dataclass(frozen=True)
class Hazard:
    """A hazard with its numbers: a family of four parameters, or a table of pieces."""

    family: int
    p: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    starts: tuple[float, ...] = (0.0,)
    rates: tuple[float, ...] = (0.0,)
    sums: tuple[float, ...] = (0.0,)

    def cumulative(self, age: float) -> float:
        """Cumulative hazard at an operational age."""
        if self.family == families.PIECEWISE:
            table = np.array(self.starts), np.array(self.rates), np.array(self.sums)
            return tabulated.piecewise_cumulative(*table, 0, len(self.starts), age)
        if self.family == families.EMPIRICAL:
            return tabulated.empirical_cumulative(np.array(self.starts), np.array(self.sums), 0, len(self.starts), age)
        if self.family == families.SPLINE:
            table = np.array(self.starts), np.array(self.rates), np.array(self.sums)
            return splines.spline_cumulative(self.p[0], *table, 0, len(self.starts), age)
        return families.cumulative(self.family, *self.p, age)

    def inverse(self, h: float) -> float:
        """Operational age at which the cumulative hazard reaches `h`."""
        if self.family == families.PIECEWISE:
            table = np.array(self.starts), np.array(self.rates), np.array(self.sums)
            return tabulated.piecewise_inverse(*table, 0, len(self.starts), h)
        if self.family == families.EMPIRICAL:
            return tabulated.empirical_inverse(np.array(self.starts), np.array(self.sums), 0, len(self.starts), h)
        if self.family == families.SPLINE:
            table = np.array(self.starts), np.array(self.rates), np.array(self.sums)
            return splines.spline_inverse(self.p[0], *table, 0, len(self.starts), h)
        return families.inverse(self.family, *self.p, h)

    def next_jump(self, age: float) -> float:
        """The jump of an empirical survival at this age, give or take rounding."""
        return tabulated.nearest_time(np.array(self.starts), 0, len(self.starts), age)

    def fires(self, now: float, hazard: float, speed: float, age: float, residual: float) -> float:
        """When a clock of this multiplier and speed uses up its residual, if nothing changes."""
        if self.family == families.EXPONENTIAL:
            rate = hazard * speed * self.p[0]
            return now + residual / rate if rate > 0 else math.inf
        if hazard <= 0:
            return math.inf
        if self.family == families.FIXED_TIME:
            return now + max(self.p[0] - age, 0.0) / speed if age <= self.p[0] or self.p[1] > 0 else math.inf
        goal = residual / hazard
        if age > 0:
            goal += self.cumulative(age)
        wait = (self.inverse(goal) - age) / speed
        return now + (0.0 if wait < 0 else wait)  # a tiny residual can round to before now

    def used(self, hazard: float, speed: float, age: float, span: float) -> float:
        """Integrated hazard over a span that began at an operational age."""
        if self.family == families.EXPONENTIAL:
            return hazard * speed * self.p[0] * span
        if self.family == families.FIXED_TIME or hazard <= 0:
            return 0.0
        before = self.cumulative(age)
        if before == math.inf:
            return 0.0
        return hazard * (self.cumulative(age + speed * span) - before)


def table_of(starts: Sequence[float], rates: Sequence[float]) -> Hazard:
    """The hazard that is constant from each of `starts` on (years), at `rates` (per year)."""
    sums = [0.0]
    for i in range(1, len(starts)):
        sums.append(sums[-1] + rates[i - 1] * (starts[i] - starts[i - 1]))
    return Hazard(families.PIECEWISE, starts=tuple(starts), rates=tuple(rates), sums=tuple(sums))
