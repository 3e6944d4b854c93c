"""No text of any figure runs over another or off the paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from models.catalogue import problem, problem_ids
from simulate import load, run
from simulate.present.faces.run import figures
from simulate.present.figures import style

TICK = re.compile(r"[−\-\d.,%£]+")  # those beyond an axis are there, but are not drawn
CASES = [(i, s.name) for i in problem_ids() for s in problem(i).settings]
SHOWN = [
    ("supported_accommodation", "quest_england"),
    ("recovery_portfolio", "leaving_crisis_care"),
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


def test_what_is_untidy_is_found() -> None:
    figure = style.paper(1, 1, 2.0)[0]
    figure.text(0.5, 0.5, "one")
    assert list(untidy(figure)) == []
    figure.text(0.505, 0.505, "two")
    figure.text(0.99, 0.1, "beyond")
    assert list(untidy(figure)) == ["off the paper: 'beyond'", "over each other: 'one' and 'two'"]
