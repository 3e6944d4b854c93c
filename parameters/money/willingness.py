"""What a unit of effect is usually worth where we know of a range that is used, and else a grid, which is nobody's."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real
from typing import cast

from parameters.ground.mistakes import ModelError, as_float, short
from parameters.money.currencies import CURRENCIES, USUAL

# Of England's National Institute for Health and Care Excellence, in pounds per QALY: nothing, and the ends of the
# ranges it has used; and the lower end of the one it used until 2025.
QALY_THRESHOLDS = (0.0, 20_000.0, 25_000.0, 30_000.0, 35_000.0)
QALY_THRESHOLD = 20_000.0
STEPS = 50


def plain_grid(step: float = CURRENCIES[USUAL].step) -> tuple[float, ...]:
    """Fifty steps from 0: of a thousand pounds, or of like size in another currency."""
    return tuple(step * k for k in range(STEPS + 1))


def given_grid(thresholds: Iterable[object]) -> tuple[float, ...]:
    """Thresholds that were asked about, as numbers; ``ModelError`` for none, and for what is no price."""
    given = list(thresholds) if isinstance(thresholds, Iterable) and not isinstance(thresholds, str) else [thresholds]
    found = [as_float(cast(float, k)) if isinstance(k, Real) and not isinstance(k, bool) else math.nan for k in given]
    if wrong := [k for k, x in zip(given, found, strict=True) if not 0 <= x < math.inf]:
        raise ModelError(f"thresholds: {short(wrong[0])}; allowed: finite numbers, 0 or more")
    if not found:
        raise ModelError("thresholds: none; allowed: one at least")
    return tuple(found)
