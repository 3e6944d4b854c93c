"""95% intervals of published figures that were printed without one, worked out of the people they are of.

A share's is Wilson's (1927); a difference of shares' Newcombe's (1998, method 10), of two of these; that of a ratio of
risks or of odds normal on the log scale (Katz 1978; Woolf 1955), half a person added to each cell where one is empty; a
mean's and a difference of means' normal, by standard deviations. Each is of sampling alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

from parameters.families.moments import Z95

Contrast = Literal["value", "difference", "risk_ratio", "odds_ratio"]


class OutcomeInterval(NamedTuple):
    """The ends of a 95% interval, and where it is from."""

    low: float
    high: float
    by: Literal["printed", "counts", "sd"]


class Analysed(NamedTuple):
    """Who was analysed, by strategy: how many, of them how many had the outcome, and their standard deviation."""

    people: Mapping[str, int]
    counts: Mapping[str, float]
    sd: Mapping[str, float]  # in the unit of the figure


def interval_of(
    strategy: str, values: Mapping[str, float], contrast: Contrast, unit: str, analysed: Analysed
) -> OutcomeInterval | None:
    """The interval of a strategy's figure in its own `unit`; None where who was analysed does not tell it.

    A share of so many people has a count, though none was printed.
    """
    people, counts, sd = analysed
    arms = [strategy] if contrast == "value" else [strategy, *(s for s in people if s != strategy)]
    if not all(s in people for s in arms) or len(arms) != (1 if contrast == "value" else 2):
        return None
    if contrast == "value" and unit == "share":
        count = counts.get(strategy, values[strategy] * people[strategy])
        return OutcomeInterval(*share_interval(count, people[strategy]), "counts")
    if contrast != "value" and all(s in counts for s in arms):
        new, old = ((counts[s], people[s]) for s in arms)
        return OutcomeInterval(*contrast_interval(contrast, new, old), "counts")
    if contrast in ("value", "difference") and all(s in sd for s in arms):
        half = Z95 * math.sqrt(sum(sd[s] * sd[s] / people[s] for s in arms))
        return OutcomeInterval(values[strategy] - half, values[strategy] + half, "sd")
    return None


def share_interval(count: float, people: int) -> tuple[float, float]:
    """Wilson's interval of `count` of `people`."""
    share, z = count / people, Z95**2 / people
    centre = (share + z / 2) / (1 + z)
    half = math.sqrt(share * (1 - share) * z + z**2 / 4) / (1 + z)
    return max(0.0, centre - half), min(1.0, centre + half)


def contrast_interval(contrast: Contrast, new: tuple[float, int], old: tuple[float, int]) -> tuple[float, float]:
    """The interval of a contrast of two shares, each as how many of how many."""
    (a, n), (b, m) = new, old
    if contrast == "difference":
        (low_a, high_a), (low_b, high_b) = share_interval(a, n), share_interval(b, m)
        below = math.hypot(a / n - low_a, high_b - b / m)
        above = math.hypot(high_a - a / n, b / m - low_b)
        return a / n - b / m - below, a / n - b / m + above
    if min(a, n - a, b, m - b) == 0:
        a, b, n, m = a + 0.5, b + 0.5, n + 1, m + 1
    if contrast == "risk_ratio":
        ratio, error = (a / n) / (b / m), math.sqrt(1 / a - 1 / n + 1 / b - 1 / m)
    else:
        ratio, error = (a / (n - a)) / (b / (m - b)), math.sqrt(1 / a + 1 / (n - a) + 1 / b + 1 / (m - b))
    return ratio * math.exp(-Z95 * error), ratio * math.exp(Z95 * error)
