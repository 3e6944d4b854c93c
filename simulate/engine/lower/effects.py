"""What strategies do to channels and branches, draw by draw: ratios, speeds and weights, in segments of time.

A strategy is lowered once for each pattern of who takes up which of its components (a *variant*).
Effects that are null in a draw are dropped and equal neighbouring segments merged, so that a null
effect takes the very same path as none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from models.contract import Component, Effect, Event, ModelError, Quantity, Strategy, Waning
from parameters.arrays import Bools, Floats, Ints
from simulate.engine.arithmetic.elementary import pow

Lookup = Callable[[Quantity], Floats]  # a quantity's value in engine units, [draws]
MAX_UPTAKES = 6  # of one strategy: each doubles its variants
MOST_STEPS = 10_000  # of one effect that wanes


@dataclass(frozen=True)
class UptakeVariant:
    """A strategy with one pattern of uptake: the components that act."""

    strategy: int
    components: tuple[Component, ...]


@dataclass(frozen=True)
class UptakeVariants:
    """All variants, and how a person's uptake selects one."""

    all: tuple[UptakeVariant, ...]
    first: Ints  # [strategy]
    uptake: Ints  # [strategy, 1 + n]: n, then flat positions of components, lowest bit first


@dataclass(frozen=True)
class Active:
    """One effect in one draw: it raises its ratio to `power`, times what is left of it by then."""

    effect: Effect
    ratio: float
    power: float
    start: float
    end: float
    waning: Waning | None
    over: float

    def cuts(self, horizon: float) -> list[float]:
        """Times inside the horizon at which its value changes."""
        found = [self.start, self.end]
        if self.waning is not None:
            steps = math.ceil((min(self.end, horizon) - self.start) / self.waning.step)
            if steps > MOST_STEPS:
                raise ModelError(
                    f"Effect on {self.effect.event} ({self.effect.parameter}).waning.step: {self.waning.step:g} years;"
                    f" {steps:,} steps until the end, at most {MOST_STEPS:,}"
                )
            found += [self.start + i * self.waning.step for i in range(1, max(steps, 0))]
        return [t for t in found if 0 < t < horizon]

    def value(self, at: float) -> float:
        """Its ratio in the segment that begins `at`."""
        if not self.start <= at < self.end:
            return 1.0
        power = self.power * self._left(at)
        return self.ratio if power == 1.0 else pow(self.ratio, power)

    def holds(self, at: float) -> bool:
        """Whether anything is left of it in the segment that begins `at`, be it a ratio of 1."""
        return self.start <= at < self.end and self.power * self._left(at) > 0.0

    def _left(self, at: float) -> float:
        if self.waning is None:
            return 1.0
        step = self.waning.step
        middle = (math.floor((at - self.start) / step + 1e-9) + 0.5) * step
        if self.waning.kind == "linear":
            return max(0.0, 1.0 - middle / self.over)
        return pow(0.5, middle / self.over)


def flat_components(strategies: Sequence[Strategy]) -> list[tuple[int, Component]]:
    """Every (strategy, component), in order: the axis of components."""
    return [(s, c) for s, strategy in enumerate(strategies) for c in strategy.components]


def uncertain(component: Component, lookup: Lookup) -> bool:
    """Whether some people do not take the component up, in some draw."""
    return not bool((lookup(component.uptake) == 1.0).all())


def find_variants(strategies: Sequence[Strategy], lookup: Lookup) -> UptakeVariants:
    """The variants of every strategy; ``ModelError`` when one has more than MAX_UPTAKES uncertain components."""
    flat = flat_components(strategies)
    found: list[UptakeVariant] = []
    first = np.zeros(len(strategies), dtype=np.int64)
    uptake = np.zeros((len(strategies), 1 + MAX_UPTAKES), dtype=np.int64)
    for s, strategy in enumerate(strategies):
        first[s] = len(found)
        chosen = [c for c in strategy.components if uncertain(c, lookup)]
        if len(chosen) > MAX_UPTAKES:
            raise ModelError(
                f"Strategy {strategy.id}: {len(chosen)} components with uptake below 1; at most {MAX_UPTAKES}"
            )
        places = [i for i, (owner, c) in enumerate(flat) if owner == s and c in chosen]
        uptake[s, 0], uptake[s, 1 : 1 + len(places)] = len(places), places
        for pattern in product((False, True), repeat=len(chosen)):
            out = {c.name for c, taken in zip(reversed(chosen), pattern, strict=True) if not taken}
            found.append(UptakeVariant(s, tuple(c for c in strategy.components if c.name not in out)))
    return UptakeVariants(tuple(found), first, uptake)


# --- hazards and clocks ---------------------------------------------------------------------------


@dataclass(frozen=True)
class ChannelEffects:
    """Ratios and speeds of every channel, as in ``Tables``."""

    ratio: Floats
    speed: Floats
    segments: Ints
    window: Ints
    start: Floats
    segment_ratio: Floats
    segment_speed: Floats


Segment = tuple[float, float, float]  # start, ratio, speed


def channel_effects(
    events: Sequence[Event], variants: UptakeVariants, lookup: Lookup, draws: int, horizon: float
) -> ChannelEffects:
    """Hazard and time ratios on every channel under every variant, for every draw."""
    shape = (draws, len(variants.all), len(events))
    ratio, speed = np.ones(shape), np.ones(shape)
    segments = np.zeros(shape, dtype=np.int64)
    walked: dict[tuple[int, int, int], list[Segment]] = {}
    for v, variant in enumerate(variants.all):
        for k, event in enumerate(events):
            columns = [
                effect_columns(c, e, lookup, draws)
                for c in variant.components
                for e in c.effects
                if e.event == event.name and e.branch is None
            ]
            ratio[:, v, k] = _steady(columns, "hazard", horizon, draws)
            speed[:, v, k] = 1.0 / _steady(columns, "time", horizon, draws)
            for d, found in _channel_segments(columns, horizon):
                _, ratio[d, v, k], speed[d, v, k] = found[0] if len(found) == 1 else (0.0, 1.0, 1.0)
                if len(found) > 1:
                    segments[d, v, k] = len(found)
                    walked[d, v, k] = found
    return _packed(shape, ratio, speed, segments, walked)


def _packed(
    shape: tuple[int, int, int],
    ratio: Floats,
    speed: Floats,
    segments: Ints,
    walked: dict[tuple[int, int, int], list[Segment]],
) -> ChannelEffects:
    windowed = sorted({k for _, _, k in walked})
    window = np.full(shape[2], -1, dtype=np.int64)
    window[windowed] = np.arange(len(windowed))
    longest = max([len(x) for x in walked.values()], default=1)
    out = np.zeros((3, shape[0], shape[1], max(len(windowed), 1), longest))
    for (d, v, k), found in walked.items():
        out[:, d, v, window[k], : len(found)] = np.array(found).T
    return ChannelEffects(ratio, speed, segments, window, out[0], out[1], out[2])


def _steady(columns: Sequence[EffectColumns], kind: str, horizon: float, draws: int) -> Floats:
    """Product of the effects of a kind, [draws]; of use where none of them changes within the horizon."""
    out = np.ones(draws)
    for column in columns:
        if column.effect.ratio == kind:
            out = out * column.steady(horizon)
    return out


def _channel_segments(columns: Sequence[EffectColumns], horizon: float) -> Iterator[tuple[int, list[Segment]]]:
    """Segments of one channel, draw by draw, in those draws in which an effect changes within the horizon."""
    before: list[Active] | None = None
    for d, active in active_in(columns, horizon, np.flatnonzero(changing(columns, horizon))):
        if active is not before:  # else they are those of the draw before
            cuts = sorted({0.0, *(t for a in active for t in a.cuts(horizon))})
            found = _merged([(t, _product(active, "hazard", t), 1.0 / _product(active, "time", t)) for t in cuts])
        before = active
        yield d, found


def _product(active: Sequence[Active], kind: str, at: float) -> float:
    out = 1.0
    for a in active:
        if a.effect.ratio == kind:
            out *= a.value(at)
    return out


def _merged(segments: Sequence[Segment]) -> list[Segment]:
    """The same with equal neighbours in one."""
    out = [segments[0]]
    for segment in segments[1:]:
        if segment[1:] != out[-1][1:]:
            out.append(segment)
    return out


def changing(columns: Sequence[EffectColumns], horizon: float) -> Bools:
    """Draws in which an effect that acts changes within the horizon, [draws]; none where there is no effect."""
    found = [column.acts(horizon) & column.changes(horizon) for column in columns]
    return np.any(found, axis=0) if found else np.zeros(0, dtype=np.bool_)


def active_in(columns: Sequence[EffectColumns], horizon: float, draws: Ints) -> Iterator[tuple[int, list[Active]]]:
    """The effects that are not null in each of `draws`: the very same list where they are those of the draw before."""
    acting = np.stack([column.acts(horizon) for column in columns], axis=1)[draws].tolist() if len(draws) else []
    rows = [column.rows(draws) for column in columns]
    before: tuple[tuple[float, ...], ...] | None = None
    for d, acts, *row in zip(draws.tolist(), acting, *rows, strict=True):
        if tuple(row) != before:
            found = [
                Active(c.effect, ratio, power, start, end, c.effect.waning, over)
                for c, (ratio, power, start, end, over), a in zip(columns, row, acts, strict=True)
                if a
            ]
        before = tuple(row)
        yield d, found


@dataclass(frozen=True, eq=False)
class EffectColumns:
    """One effect in every draw, each [draws]: what ``Active`` is in one."""

    effect: Effect
    ratio: Floats
    power: Floats
    start: Floats
    end: Floats
    over: Floats
    among: bool = False  # a risk ratio beside that of another branch: one of 1 holds its branch where it is

    def acts(self, horizon: float) -> Bools:
        """Where it is not null."""
        inside = (self.power != 0.0) & (self.start < np.minimum(self.end, horizon))
        return np.asarray(inside & ((self.ratio != 1.0) | self.among))

    def changes(self, horizon: float) -> Bools:
        """Where its value is not the same all the time."""
        inside = ((self.start > 0) & (self.start < horizon)) | ((self.end > 0) & (self.end < horizon))
        return np.asarray(inside | (self.effect.waning is not None))

    def steady(self, horizon: float) -> Floats:
        """Its ratio, where it is the same all the time; 1 where it is null."""
        out = np.where(self.acts(horizon), self.ratio, 1.0)
        raised = np.flatnonzero((out != 1.0) & (self.power != 1.0))
        out[raised] = [pow(r, p) for r, p in zip(out[raised].tolist(), self.power[raised].tolist(), strict=True)]
        return out

    def rows(self, draws: Ints) -> list[tuple[float, ...]]:
        """Its numbers in some draws, in the order of the fields."""
        columns = (self.ratio, self.power, self.start, self.end, self.over)
        return list(zip(*(x[draws].tolist() for x in columns), strict=True))


def effect_columns(component: Component, effect: Effect, lookup: Lookup, draws: int) -> EffectColumns:
    """Ratio, power (fidelity), start, end and waning time of one effect."""
    where = f"Effect on {effect.event} ({effect.parameter})"
    ratio = checked(lookup(effect.parameter), where)
    power = checked(lookup(component.fidelity), f"Component {component.name}.fidelity", low=0.0)
    start = lookup(component.start if effect.start is None else effect.start)
    end_of = component.end if effect.end is None else effect.end
    end = np.full(draws, math.inf) if end_of is None else lookup(end_of)
    over = checked(lookup(effect.waning.over), f"{where}.waning.over") if effect.waning else np.ones(draws)
    start = checked(start, f"{where}.start", low=0.0)
    if np.isnan(end).any() or (end < start).any():
        raise ModelError(f"{where}: ends before it starts in some draw")
    return EffectColumns(effect, ratio, power, start, end, over)


# --- numbers ---------------------------------------------------------------------------------------


def checked(values: Floats, where: str, low: float | None = float(np.nextafter(0.0, 1.0))) -> Floats:
    """`values` once they are all finite and, unless `low` is None, at least `low`."""
    bad = ~np.isfinite(values) if low is None else ~(np.isfinite(values) & (values >= low))
    if bad.any():
        draw = int(np.flatnonzero(bad)[0])
        need = "finite" if low is None else "finite and positive" if low else "finite and not negative"
        raise ModelError(f"{where}: {values[draw]} in draw {draw}; must be {need}")
    return np.asarray(values, dtype=np.float64)
