"""Who is simulated: each person's start state and hidden multipliers, drawn from keyed uniforms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.contract import Frailty, Mixture, ModelError
from simulate.engine.random import seed_key, stream, uniforms
from simulate.engine.tables import Floats, Ints, Lookup, Lowered, collapse

Keys = npt.NDArray[np.uint64]


class Cohort(NamedTuple):
    """The people of some draws, the same under every strategy."""

    seed: np.uint64
    draw_keys: Keys  # [draw]: the draw that random numbers belong to
    start: Ints  # [draw, person] joint state at entry
    multiplier: Floats  # [draw, person, group] on the hazards, mean 1


def frailty_values(variance: Floats, uniform: Floats) -> Floats:
    """Gamma quantiles with mean 1 and the given variance, [draws, people]; exactly 1 where the variance is 0.

    `variance` [draws], `uniform` [draws, people].
    """
    from scipy.special import gammaincinv

    v = np.broadcast_to(variance[:, None], uniform.shape)
    safe = np.where(v > 0, v, 1.0)
    return np.where(v > 0, gammaincinv(1.0 / safe, uniform) * safe, 1.0)


def make_cohort(lowered: Lowered, lookup: Lookup, draws: slice, people: int, seed: int, draw_keys: Keys) -> Cohort:
    """The people of the draws in `draws`; `draw_keys` [all draws] name the draw each one's numbers belong to."""
    keys = draw_keys[draws]
    return Cohort(
        seed=seed_key(seed),
        draw_keys=keys,
        start=_start(lowered, lookup, draws, people, seed, keys),
        multiplier=_multipliers(lowered, lookup, draws, people, seed, keys),
    )


def _multipliers(lowered: Lowered, lookup: Lookup, draws: slice, people: int, seed: int, keys: Keys) -> Floats:
    frailties = {f.name: f for f in lowered.pathway.frailties}
    values = {name: _frailty(f, lookup, draws, people, seed, keys) for name, f in frailties.items()}
    out = np.ones((len(keys), people, len(lowered.multiplier_groups)))
    for g, names in enumerate(lowered.multiplier_groups):
        for name in names:
            out[:, :, g] *= values[name]
    return out


def _frailty(frailty: Frailty, lookup: Lookup, draws: slice, people: int, seed: int, keys: Keys) -> Floats:
    variance = lookup(frailty.variance)[draws]
    if not (np.isfinite(variance) & (variance >= 0)).all():
        raise ModelError(f"Frailty {frailty.name}.variance: must be finite and not negative")
    return frailty_values(variance, uniforms(seed_key(seed), keys, people, stream(frailty.name, "frailty")))


def _start(lowered: Lowered, lookup: Lookup, draws: slice, people: int, seed: int, keys: Keys) -> Ints:
    pathway, states = lowered.pathway, lowered.names.states
    levels: dict[str, npt.NDArray[np.str_]] = {}
    for domain in pathway.domains:
        start = pathway.start[domain.name]
        if isinstance(start, str):
            levels[domain.name] = np.full((len(keys), people), start)
        else:
            u = uniforms(seed_key(seed), keys, people, stream(domain.name, "baseline"))
            levels[domain.name] = _mixed(start, u, lookup, draws, domain.name)
    out = np.full((len(keys), people), -1, dtype=np.int64)
    for s, state in enumerate(states):
        here = np.ones(out.shape, dtype=bool)
        for name, level in state.items():
            here &= levels[name] == level
        out[here & (out < 0)] = s
    return out


def _mixed(start: Mixture, u: Floats, lookup: Lookup, draws: slice, domain: str) -> npt.NDArray[np.str_]:
    out = np.full(
        u.shape, start.otherwise, dtype=np.dtype(f"<U{max(len(s) for s in [*start.shares, start.otherwise])}")
    )
    below = np.zeros((u.shape[0], 1))
    for level, share in start.shares.items():
        p = lookup(share)[draws][:, None]
        if not ((p >= 0) & (below + p <= 1)).all():
            raise ModelError(f"start of {domain}: the share of {level!r} leaves 0 to 1")
        out[(u >= below) & (u < below + p)] = level
        below = below + p
    return out


def start_state(lowered: Lowered, levels: Mapping[str, str]) -> int:
    """The joint state of the given levels."""
    return lowered.names.states.index(collapse(lowered.pathway, levels))
