"""The curves of a decision and the plane, drawn alike of a run and of a finished table of draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parameters.arrays import Floats
from simulate.present.english.numbers import number, short_amount
from simulate.present.report.parts import charts
from simulate.present.report.parts.blocks import Chart
from simulate.present.report.parts.charts import Axis, Cloud, Frame, Series, strategy_class


@dataclass(frozen=True)
class Choices:
    """What is chosen among, and what its axes say: labels of the strategies, and money by its sign."""

    labels: Sequence[str]
    sign: str
    each: str  # whom costs are of
    price: str  # the title of an axis of willingness to pay

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """The classes and labels of all strategies."""
        return charts.key_of([strategy_class(i) for i in range(len(self.labels))], self.labels)

    def money(self, title: str, low: float, high: float) -> Axis:
        """An axis of money per person."""
        return Axis(low, high, f"{title}, {self.sign} per {self.each}", self.tell)

    def tell(self, amount: float) -> str:
        """An amount, in few letters."""
        return ("-" if amount < 0 else "") + short_amount(abs(amount), self.sign)

    def prices(self, at: Sequence[float]) -> Axis:
        """Willingness to pay."""
        return Axis(min(at), max(at), self.price, self.tell)


def acceptability(
    c: Choices,
    at: Sequence[float],
    told: Sequence[Sequence[float]],
    frontier: Sequence[float],
    caption: str,
    raw: Sequence[Sequence[float]] = (),
) -> Chart:
    """Probability of being best by willingness to pay `at`, [strategy][threshold]; dashed, the same as `raw` draws."""
    series = [Series("frontier", "frontier", at, frontier)]
    series += [Series(x, f"{strategy_class(i)} raw", at, raw[i]) for i, x in enumerate(c.labels) if raw]
    series += [Series(x, strategy_class(i), at, told[i]) for i, x in enumerate(c.labels)]
    frame = Frame(c.prices(at), Axis(0.0, 1.0, "Probability of being best", share))
    return Chart("ceac", caption, charts.lines(frame, series, caption), c.key)


def share(value: float) -> str:
    """A share, in whole per cent."""
    return f"{100 * value:.0f}%"


def loss(c: Choices, at: Sequence[float], lost: Sequence[Sequence[float]], note: str) -> Chart:
    """What each strategy loses on average by willingness to pay `at`, [strategy][threshold]; `note` says of what."""
    series = [Series(x, strategy_class(i), at, lost[i]) for i, x in enumerate(c.labels)]
    frame = Frame(c.prices(at), c.money("Expected loss", *charts.span([x for one in lost for x in one])))
    caption = f"Expected loss: what choosing each strategy gives up on average{note}; the least of them is the EVPI"
    return Chart("loss", caption, charts.lines(frame, series, caption), c.key)


def plane(
    c: Choices, cost: Floats, effect: Floats, reference: int, unit: str, at: float | None, raw: str, line: str
) -> Chart:
    """Differences in `cost` and `effect`, both [draw, strategy], from the strategy `reference`, a point a draw.

    A line through the origin at the price `at`, of which `line` speaks in the caption; `raw` says of what draws are.
    """
    others = [i for i in range(len(c.labels)) if i != reference]
    clouds = [
        Cloud(strategy_class(i), effect[:, i] - effect[:, reference], cost[:, i] - cost[:, reference]) for i in others
    ]
    x = charts.span([float(v) for cloud in clouds for v in (cloud.effect.min(), cloud.effect.max())])
    y = charts.span([float(v) for cloud in clouds for v in (cloud.cost.min(), cloud.cost.max())])
    frame = Frame(Axis(*x, f"Difference in effect, {unit}", number), c.money("Difference in cost", *y))
    caption = f"Cost and effect against {c.labels[reference]}, a point a draw{raw}; circles: means.{line}"
    key = charts.key_of([strategy_class(i) for i in others], [c.labels[i] for i in others])
    return Chart("plane", caption, charts.plane(frame, clouds, at, caption), key)
