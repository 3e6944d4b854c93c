"""Drawings of the page as SVG: small, sharp on any screen and on paper, and the same bytes on every machine.

Nothing here has a colour: each mark has a class, and the page's style sheet says what it looks like. The program of
the page draws the same again when a reader moves something.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from textwrap import wrap

from markupsafe import Markup

from parameters.arrays import Floats

WIDTH, HEIGHT = 460, 300  # of a drawing, in its own units
RIGHT, TOP, BOTTOM = 22, 10, 46  # margins; the left one is as wide as the labels there
LETTER = 6.2  # the width of a letter, about
MOST_POINTS = 1000  # of a strategy on a plane
FEW_POINTS = 200  # or fewer are drawn larger
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)

Tell = Callable[[float], str]


@dataclass(frozen=True)
class Axis:
    """A range, its title, and how a value on it is told."""

    low: float
    high: float
    title: str
    tell: Tell

    def ticks(self, most: int = 6) -> list[float]:
        """Round values in the range, `most` at most."""
        return ticks(self.low, self.high, most)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values from `low` to `high`, `most` at most; none where nothing lies between."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    rough = (high - low) / max(most - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in STEPS if s * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [k * step for k in range(first, last + 1)]


def span(values: Iterable[float], *, zero: bool = True, room: float = 0.05) -> tuple[float, float]:
    """From the least to the greatest, with 0 if `zero` and some room; never nothing."""
    known = [v for v in values if math.isfinite(v)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return low - 1.0, high + 1.0
    more = room * (high - low)
    return (low - more if low < 0 or not zero else low), (high + more if high > 0 or not zero else high)


@dataclass(frozen=True)
class Frame:
    """Two axes on a drawing."""

    x: Axis
    y: Axis
    width: int = WIDTH
    height: int = HEIGHT

    @cached_property
    def left(self) -> float:
        """The margin for the labels of the vertical axis and its title."""
        return 28 + LETTER * max((len(self.y.tell(v)) for v in self.y.ticks()), default=0)

    def at_x(self, value: float) -> float:
        return self.left + (value - self.x.low) / (self.x.high - self.x.low) * (self.width - self.left - RIGHT)

    def at_y(self, value: float) -> float:
        return self.height - BOTTOM - (value - self.y.low) / (self.y.high - self.y.low) * (self.height - TOP - BOTTOM)

    def marks(self) -> Iterator[Markup]:
        """Grid, tick labels and titles."""
        left, right, base = self.left, self.width - RIGHT, self.height - BOTTOM
        for value in self.y.ticks():
            y = self.at_y(value)
            yield _line(left, y, right, y, "axis" if value == 0 else "grid")
            yield _text(left - 5, y + 4, self.y.tell(value), "tick end")
        for value in _told_apart(self.x, right - left):
            x = self.at_x(value)
            yield _line(x, TOP, x, base, "axis" if value == 0 and self.x.low < 0 else "grid")
            yield _text(x, base + 15, self.x.tell(value), "tick middle")
        yield _text((left + right) / 2, self.height - 6, _fitted(self.x.title, self.width - 20), "title middle")
        title = _fitted(self.y.title, self.height - 20)
        yield Markup('<text class="title middle" transform="translate(12 {}) rotate(-90)">{}</text>').format(
            at((TOP + base) / 2), title
        )


def _told_apart(axis: Axis, room: float) -> list[float]:
    """Ticks of a horizontal axis whose labels do not touch."""
    for most in (6, 5, 4, 3):
        found = axis.ticks(most)
        widest = max((len(axis.tell(v)) for v in found), default=0) * LETTER + 8
        if widest * len(found) <= room:
            return found
    return axis.ticks(2)


def _fitted(title: str, room: float) -> str:
    """A title cut where it would not fit."""
    most = int(room / LETTER)
    return title if len(title) <= most else f"{title[: most - 2].rstrip()} …"


def at(value: float) -> str:
    """A coordinate, to a tenth."""
    text = f"{value:.1f}"
    return "0" if text in ("0.0", "-0.0") else text.removesuffix(".0")


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    line = '<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>'
    return Markup(line).format(kind, at(x1), at(y1), at(x2), at(y2))


def _text(x: float, y: float, words: str, kind: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}">{}</text>').format(kind, at(x), at(y), words)


def drawing(parts: Iterable[Markup], told: str, width: int = WIDTH, height: int = HEIGHT) -> Markup:
    """The whole of a drawing; `told` is what it shows, for who cannot see it."""
    head = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">').format(width, height, told)
    return head + Markup("").join(parts) + Markup("</svg>")


def path(points: Iterable[tuple[float, float]], kind: str) -> Markup:
    """A line through points of the drawing."""
    told = " ".join(f"{at(x)} {at(y)}" for x, y in points)
    return Markup('<path class="{}" d="M{}"/>').format(kind, told) if told else Markup("")


# --- kinds of drawing ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Series:
    """A line of a drawing: what it is called, its class, and its values."""

    label: str
    kind: str
    x: Sequence[float]
    y: Sequence[float]


def lines(frame: Frame, series: Sequence[Series], told: str) -> Markup:
    """Lines through values over a range."""

    def drawn() -> Iterator[Markup]:
        yield from frame.marks()
        for one in series:
            points = [(frame.at_x(x), frame.at_y(y)) for x, y in zip(one.x, one.y, strict=True) if math.isfinite(y)]
            yield path(points, f"line {one.kind}")

    return drawing(drawn(), told, frame.width, frame.height)


@dataclass(frozen=True)
class Cloud:
    """A strategy's differences from the comparator, [draw]."""

    kind: str
    effect: Floats
    cost: Floats


def plane(frame: Frame, clouds: Sequence[Cloud], threshold: float | None, told: str) -> Markup:
    """Draws as points, their mean, and the line on which a strategy is worth its cost."""

    def drawn() -> Iterator[Markup]:
        yield from frame.marks()
        for cloud in clouds:
            step = -(-len(cloud.cost) // MOST_POINTS)
            pairs = zip(cloud.effect[::step], cloud.cost[::step], strict=True)
            dots = "".join(f"M{at(frame.at_x(e))} {at(frame.at_y(c))}h0" for e, c in pairs)
            few = " few" if len(cloud.cost) <= FEW_POINTS else ""
            yield Markup('<path class="dots{} {}" d="{}"/>').format(few, cloud.kind, dots)
        if threshold is not None:
            yield path(_through_origin(frame, threshold), "line price")
        for cloud in clouds:
            x, y = frame.at_x(float(cloud.effect.mean())), frame.at_y(float(cloud.cost.mean()))
            yield Markup('<circle class="mean {}" cx="{}" cy="{}" r="5"/>').format(cloud.kind, at(x), at(y))

    return drawing(drawn(), told)


def _through_origin(frame: Frame, slope: float) -> list[tuple[float, float]]:
    """The part within the frame of the line of this slope through the origin."""
    ends = [frame.x.low, frame.x.high]
    if slope > 0:
        ends = [max(ends[0], frame.y.low / slope), min(ends[1], frame.y.high / slope)]
    return [(frame.at_x(x), frame.at_y(slope * x)) for x in ends] if ends[0] < ends[1] else []


@dataclass(frozen=True)
class Bar:
    """A row: its label, and pieces from one value to another with their classes, side by side or one below another."""

    label: str
    pieces: tuple[tuple[float, float, str], ...]
    told: str  # the figures, behind the label
    stacked: bool = False  # one below another


ROW, WORDS, THICK = 34, 13, 12  # height of a row of bars, of a line of its words, and of its bars
UNDER = WORDS + 4  # where words end, with what hangs below a line of them


def bars(rows: Sequence[Bar], x: Axis, told: str, middle: float | None = None) -> Markup:
    """Rows of bars, each under its words, over one axis; a line at `middle`. No line runs through any words."""
    side = 8
    words = [_words(row, int((WIDTH - 2 * side) / LETTER)) for row in rows]
    tops = [*accumulate((ROW + WORDS * (len(lines) - 1) for lines in words), initial=0)]
    base = tops[-1] + 4
    height = base + BOTTOM

    def at_x(value: float) -> float:
        return side + (value - x.low) / (x.high - x.low) * (WIDTH - 2 * side)

    def down(at_value: float, kind: str) -> Iterator[Markup]:
        """A line beside the bars of each row, and none beside its words."""
        under = (WORDS * (len(lines) - 1) + UNDER for lines in words)
        for (top, end), words_end in zip(pairwise(tops), under, strict=True):
            yield _line(at_value, top + words_end, at_value, end, kind)

    def drawn() -> Iterator[Markup]:
        for value in _told_apart(x, WIDTH - 2 * side):
            place = "middle" if side + 20 < at_x(value) < WIDTH - side - 20 else "start" if at_x(value) < 99 else "end"
            yield from down(at_x(value), "grid")
            yield _text(at_x(value), base + 15, x.tell(value), f"tick {place}")
        if middle is not None:
            yield from down(at_x(middle), "axis")
        for row, lines, above in zip(rows, words, tops, strict=False):
            for k, line in enumerate(lines):
                yield from [_text(side, above + WORDS * (k + 1), line, "label start")] if line else []
            top = above + WORDS * (len(lines) - 1)
            yield _text(WIDTH - side, top + WORDS, row.told, "tick end over")
            thick = THICK / len(row.pieces) if row.stacked else THICK
            for n, (low, high, kind) in enumerate(row.pieces):
                bar = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>')
                start, y = at_x(min(low, high)), top + 18 + (n * thick if row.stacked else 0)
                yield bar.format(f"bar {kind}", at(start), at(y), at(abs(at_x(high) - at_x(low))), at(thick))
        yield _text(WIDTH / 2, height - 6, _fitted(x.title, WIDTH - 20), "title middle")

    return drawing(drawn(), told, height=height)


def _words(row: Bar, most: int) -> list[str]:
    """The label in full, in lines of at most `most` letters, the last of which leaves room for the figures."""
    lines = wrap(row.label, most, break_on_hyphens=False) or [""]
    return lines if len(lines[-1]) + 2 + len(row.told) <= most else [*lines, ""]


# --- states and what leads from one to another --------------------------------------------------


@dataclass(frozen=True)
class Arrow:
    """From one level to another, by place, and the number by which a list says what it is."""

    start: int
    end: int
    number: int


BOX, GAP = 30, 34  # height of a state, and between two


def states(levels: Sequence[tuple[str, str]], arrows: Sequence[Arrow], told: str) -> Markup:
    """States (label and class) one below another; arrows down on the right, up on the left, numbered."""
    middle, half = WIDTH / 2, 78
    height = len(levels) * (BOX + GAP) - GAP + 16
    lanes = _lanes(arrows)

    def y_of(place: int) -> float:
        return 8 + place * (BOX + GAP) + BOX / 2

    def drawn() -> Iterator[Markup]:
        for arrow, lane in zip(arrows, lanes, strict=True):
            side = 1 if arrow.end >= arrow.start else -1
            x, out = middle + side * half, 16 + 22 * lane
            top, end = y_of(arrow.start) + 4 * side, y_of(arrow.end) - 4 * side
            if arrow.start == arrow.end:
                top, end = y_of(arrow.start) - 6, y_of(arrow.start) + 6
            far = x + side * (out + 20)
            yield path_of(f"M{at(x)} {at(top)}C{at(far)} {at(top)} {at(far)} {at(end)} {at(x)} {at(end)}")
            tip = f"M{at(x + side * 7)} {at(end - 3.5)}L{at(x)} {at(end)}L{at(x + side * 7)} {at(end + 3.5)}"
            yield path_of(tip, "tip")
            mark_x, mark_y = x + side * (out + 20) * 0.75, (top + end) / 2
            yield Markup('<circle class="number" cx="{}" cy="{}" r="8"/>').format(at(mark_x), at(mark_y))
            yield _text(mark_x, mark_y + 4, str(arrow.number), "tick middle")
        for place, (label, kind) in enumerate(levels):
            y = y_of(place) - BOX / 2
            box = Markup('<rect class="state {}" x="{}" y="{}" width="{}" height="{}" rx="6"/>')
            yield box.format(kind, at(middle - half), at(y), at(2 * half), BOX)
            yield _text(middle, y + BOX / 2 + 4, _fitted(label, 2 * half - 8), "label middle")

    return drawing(drawn(), told, height=max(height, 46))


def path_of(shape: str, kind: str = "arrow") -> Markup:
    """A path of this shape."""
    return Markup('<path class="{}" d="{}"/>').format(kind, shape)


def _lanes(arrows: Sequence[Arrow]) -> list[int]:
    """How far out each arrow runs, so that no two of a side that share some way share a lane."""
    taken: list[tuple[int, int, int, int]] = []
    found = [0] * len(arrows)
    order = sorted(range(len(arrows)), key=lambda k: (abs(arrows[k].end - arrows[k].start), k))
    for k in order:
        side = 1 if arrows[k].end >= arrows[k].start else -1
        low, high = sorted((arrows[k].start, arrows[k].end))
        used = {lane for s, a, b, lane in taken if s == side and a <= high and low <= b}
        found[k] = next(n for n in range(len(arrows) + 1) if n not in used)
        taken.append((side, low, high, found[k]))
    return found


def key_of(kinds: Sequence[str], labels: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The classes and labels of a drawing's marks."""
    return tuple(zip(kinds, labels, strict=True))


def strategy_class(position: int) -> str:
    """The class of the strategy at a position; from the ninth on they come again."""
    return f"s{position % 8}"
