"""No text of any figure runs over another, a line or off the paper; none is an id; no sign or grey misleads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from models.catalogue import problem, problem_ids
from simulate import load, run
from simulate.present.faces.run import figures
from simulate.present.figures import style
from simulate.present.figures.pathway.occupancy import GONE

RAW = re.compile(r"\b(?:[a-z]+_[a-z_0-9]+|GBP\w*|nan|None)\b(?!\.\w)")  # ids, bare units and what is no number
APART = 0.06  # of the way from black to white, by which two greys are told apart
TICK = re.compile(r"[−\-\d.,%£]+")  # those beyond an axis are there, but are not drawn
CASES = [(i, s.name) for i in problem_ids() for s in problem(i).settings]
SHOWN = [
    ("supported_accommodation", "quest_england"),
    ("debt_advice", "england"),
]


def untidy(figure: Figure) -> Iterator[str]:
    """What runs over something else or off the paper, in pixels; corners may touch."""
    figure.draw_without_rendering()
    said = [t for t in figure.findobj(Text) if isinstance(t, Text) and t.get_visible() and t.get_text().strip()]
    boxes = [(t.get_text(), t.get_window_extent()) for t in said if not TICK.fullmatch(t.get_text())]
    width, height = figure.bbox.width, figure.bbox.height
    for text, box in boxes:
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1:
            yield f"off the paper: {text!r}"
    for (one, a), (two, b) in combinations(boxes, 2):
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 2 and min(a.y1, b.y1) - max(a.y0, b.y0) > 3:
            yield f"over each other: {one!r} and {two!r}"
    yield from (f"an id: {text!r}" for text, _ in boxes if RAW.search(text))
    for ax in figure.axes:
        yield from crossed(ax)
        yield from alike(ax)
    yield from not_drawn(figure)


def crossed(ax: Axes) -> Iterator[str]:
    """Words in a panel with a line through them; those of a grid, which are pale, are not counted."""
    for text in ax.texts:
        if not text.get_text().strip() or text.axes is None:
            continue
        box = text.get_window_extent()
        for line in ax.lines:
            path = line.get_transform().transform_path(line.get_path())
            solid = line.get_linestyle() != "None" and line.get_color() != style.PALE
            if solid and len(np.asarray(path.vertices)) > 1 and path.intersects_bbox(box, filled=False):
                yield f"a line through {text.get_text()!r}"


def alike(ax: Axes) -> Iterator[str]:
    """Areas one upon another that are told apart by nothing once the colour is gone."""
    areas = [c for c in ax.collections if isinstance(c, FillBetweenPolyCollection) and (c.get_alpha() or 1) == 1]
    greys = [grey(c.get_facecolor()[0]) for c in areas if not c.get_hatch()]
    yield from (f"greys {a:.2f} and {b:.2f}" for a, b in combinations(greys, 2) if abs(a - b) < APART)


def grey(colour: Any) -> float:
    """Perceived lightness of a colour, 0 to 1 (CIE 1976 L*, from sRGB)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    y = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 1.16 * y ** (1 / 3) - 0.16 if y > 0.008856 else 9.033 * y


def not_drawn(figure: Figure) -> Iterator[str]:
    """Broken lines and markers of a legend that stand nowhere in the panels."""
    lines = [line for ax in figure.axes for line in ax.lines]
    drawn = {line.get_linestyle() for line in lines} | {line.get_marker() for line in lines}
    for key in figure.legends:
        for sign, text in zip(key.legend_handles, key.get_texts(), strict=True):
            if not isinstance(sign, Line2D) or sign.get_linestyle() == "-":  # whiskers and bands' edges are no lines
                continue
            if not {sign.get_linestyle(), sign.get_marker()} & (drawn - {"None"}):
                yield f"in the legend, not in the figure: {text.get_text()!r}"


def check(name: str, setting: str) -> None:
    result = run(load(name, setting), draws=32, people=40)
    with style.house_style():
        drawings = [drawing for drawing in figures(result) if drawing is not None]
        found = [f"{d.stem}: {fault}" for d in drawings for fault in untidy(d.figure)]
    assert found == []
    assert len(drawings) >= (0 if result.withheld.probability or result.withheld.threshold else 3)


@pytest.mark.parametrize(("name", "setting"), SHOWN)
def test_text_of_some_figures_has_its_place(name: str, setting: str, hasty_calibration: None) -> None:
    check(name, setting)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "setting"), [c for c in CASES if c not in SHOWN])
def test_text_of_every_figure_has_its_place(name: str, setting: str) -> None:
    check(name, setting)


def test_levels_are_told_apart_without_colour() -> None:
    """Any two, though no domain has as many; those who are gone by their hatching."""
    greys = [grey(colour) for colour in style.LEVELS]
    assert min(abs(a - b) for a, b in combinations(greys, 2)) >= APART
    assert GONE["hatch"]


def test_what_is_untidy_is_found() -> None:
    figure = style.paper(1, 1, 2.0)[0]
    figure.text(0.5, 0.5, "one")
    assert list(untidy(figure)) == []
    figure.text(0.505, 0.505, "two")
    figure.text(0.99, 0.1, "beyond")
    assert list(untidy(figure)) == ["off the paper: 'beyond'", "over each other: 'one' and 'two'"]


def test_what_misleads_is_found() -> None:
    figure, (ax,) = style.paper(1, 1, 2.0)
    ax.plot([0, 1], [0, 1], "-")
    ax.text(0.5, 0.5, "c_bed_day")
    ax.fill_between([0, 1], [0, 0], [0.1, 0.1], color="#E58A4E")
    ax.fill_between([0, 1], [0.1, 0.1], [0.2, 0.2], color="#A6A6A6")
    style.legend(figure, [Line2D([], [], linestyle="--")], ["nowhere"])
    found = list(untidy(figure))
    assert [fault.partition(":")[0].partition(" 0")[0] for fault in found] == [
        "an id", "a line through 'c_bed_day'", "greys", "in the legend, not in the figure",
    ]  # fmt: skip
