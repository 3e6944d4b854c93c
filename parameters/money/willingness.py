"""What a unit of effect is usually worth where we know of a range that is used, and else a grid, which is nobody's."""

from __future__ import annotations

from parameters.money.currencies import CURRENCIES, USUAL

# Of England's National Institute for Health and Care Excellence, in pounds per QALY: nothing, and the ends of the
# ranges it has used; and the lower end of the one it used until 2025.
QALY_THRESHOLDS = (0.0, 20_000.0, 25_000.0, 30_000.0, 35_000.0)
QALY_THRESHOLD = 20_000.0
STEPS = 50


def plain_grid(step: float = CURRENCIES[USUAL].step) -> tuple[float, ...]:
    """Fifty steps from 0: of a thousand pounds, or of like size in another currency."""
    return tuple(step * k for k in range(STEPS + 1))
