"""Labels of parameters stand in full beside their bars, in figures and on the page: no catalogue's is cut."""

from __future__ import annotations

import re
from html import unescape

import pytest

from models.catalogue import problem_ids
from simulate import load
from simulate.present.figures.labels import lines_of, wrapped
from simulate.present.figures.sensitivity import sweep
from simulate.present.report.parts import charts
from simulate.present.report.parts.charts import Axis, Bar

LETTERS = int((charts.WIDTH - 16) / charts.LETTER)


@pytest.fixture(scope="module")
def labels() -> list[str]:
    """Every label of a parameter of the catalogue, and a longer one than any."""
    cases = [load(name) for name in problem_ids()]
    found = {case.parameters[n].label for case in cases for n in case.names()}
    return [*sorted(found), max(found, key=len) + ", in England"]


def test_no_label_of_a_figure_is_cut(labels: list[str]) -> None:
    for label in labels:
        *told, _ = sweep._bar_label(label, "ratio", 1.0, 2.0).split("\n")
        assert " ".join(told) == label and max(map(len, told)) <= 52
        assert wrapped(label, 48, 4).replace("\n", " ") == label == wrapped(label, 36, 5).replace("\n", " ")


def test_rows_are_high_enough_for_labels_of_unequal_height() -> None:
    assert lines_of(["a", "b"]) == 2 and lines_of([]) == 0
    assert lines_of(["a\nb\nc", "a\nb\nc", "a"]) == 9  # three lines above three: a row is three lines high
    assert lines_of(["a\nb\nc", "a", "a\nb\nc", "a"]) == 8


@pytest.mark.parametrize("told", ["1 to 2", "£52.09 to £814", "£12,345,678 to £123,456,789 a person-year"])
def test_no_label_of_the_page_is_cut_or_runs_into_its_figures(labels: list[str], told: str) -> None:
    rows = [Bar(label, ((0.0, 1.0, "low"),), told) for label in labels]
    drawn = str(charts.bars(rows, Axis(0.0, 1.0, "x", str), "said"))
    text = [(m["kind"], float(m["y"]), unescape(m["said"])) for m in re.finditer(TEXT, drawn)]
    named, beside = ([(y, x) for kind, y, x in text if kind == wanted] for wanted in ("label start", "tick end over"))
    assert " ".join(x for _, x in named) == " ".join(labels)
    assert all(len(x) <= LETTERS for _, x in named)
    at = dict(named)
    assert len(at) == len(named) and len(beside) == len(labels)
    assert all(len(at.get(y, "")) + 2 + len(x) <= LETTERS for y, x in beside if y in at)
    bars = [float(y) for y in re.findall(r'<rect class="bar low" x="[^"]+" y="([^"]+)"', drawn)]
    assert len(bars) == len(labels) and all(top > y for top, (y, _) in zip(bars, beside, strict=True))


TEXT = r'<text class="(?P<kind>[^"]+)" x="[^"]+" y="(?P<y>[^"]+)">(?P<said>[^<]*)</text>'
