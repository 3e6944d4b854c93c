"""What all figures share: the drawing type, colours, paper, headers, legends, tick labels and files."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple
from xml.sax.saxutils import escape

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.legend import Legend
from matplotlib.ticker import ScalarFormatter

from models.contract import ModelError
from simulate.present.figures.labels import plain, rows_of_text

if TYPE_CHECKING:
    import pandas as pd

    from simulate.evaluate.decision.table import Table

Keywords = dict[str, Any]  # of matplotlib

WIDTH = 7.5  # inches: A4 less margins of 10 mm, so that 9 points in the file are 9 points on paper
DPI = 150
GREY = "#595959"
PALE = "#E6EBEF"
LINE = 0.19  # inches, one line of a header

# Okabe and Ito's palette (jfly.uni-koeln.de/color) without its yellow, too light on paper; grey is the comparator.
PALETTE = (GREY, "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "osD^vPXp"  # a second sign beside colour, for print without any

# Levels of a domain, from light to dark in the order declared; distinct in grey and to colour-blind eyes.
LEVELS = ("#F6D48F", "#E58A4E", "#B23A5B", "#5B2A6E", "#1F2A5A", "#96C9CF", "#4A8B98", "#275A68")

# Over matplotlib's own defaults, never over a reader's matplotlibrc: the same inputs give the same bytes.
_STYLE: Keywords = {
    "text.parse_math": False,  # text from parameter files is data: a $ is a $
    "text.usetex": False,
    "svg.hashsalt": "recovery-cea",  # else the ids inside an SVG are random
    # Text stays text in an SVG: it can be searched, read aloud and edited. DejaVu is wider than what a
    # viewer without it takes instead, so nothing comes to overlap.
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#8C8C8C",
    "axes.linewidth": 0.7,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": PALE,
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.6,
    "figure.constrained_layout.use": False,
}


class Drawing(NamedTuple):
    """A figure and the numbers plotted in it; `stem` names their files."""

    stem: str
    figure: Figure
    table: pd.DataFrame | Table


@contextmanager
def house_style() -> Iterator[None]:
    """Settings under which every figure is both made and written; the caller's come back afterwards."""
    settings: dict[Any, Any] = {k: v for k, v in mpl.rcParamsDefault.items() if k != "backend"}
    with mpl.rc_context(settings | _STYLE), warnings.catch_warnings():
        # A label may hold a character the font lacks: a box in the PNG, itself in the SVG.
        warnings.filterwarnings("ignore", r"Glyph \d+")
        yield


# --- paper ----------------------------------------------------------------------------------------


class Sheet(Figure):
    """A figure that a notebook shows although nobody imported ``matplotlib.pyplot``, which would see to that."""

    def _repr_png_(self) -> bytes:
        image = BytesIO()
        self.savefig(image, format="png")
        return image.getvalue()


_given: ContextVar[list[Axes] | None] = ContextVar("given", default=None)  # axes of somebody else's, to draw into


@contextmanager
def drawn_into(axes: Sequence[Axes]) -> Iterator[None]:
    """Within it, a figure is drawn into these axes, one a panel, and no paper of our own is taken.

    They keep their place and size: of what stands around panels only the title, where a panel has none, and the legend
    are there, inside the axes. ``ModelError`` says how many axes it takes.
    """
    before = _given.set(list(axes))
    try:
        yield
    finally:
        _given.reset(before)


def _theirs(panels: int, share: bool = False) -> tuple[Figure, list[Axes]] | None:
    """The axes that were given for so many panels, and the figure they stand in; None where none were."""
    axes = _given.get()
    if axes is None:
        return None
    if len(axes) != panels:
        panel = "panel" if panels == 1 else "panels"
        raise ModelError(f"ax: {len(axes)} for {panels} {panel}; allowed: as many axes as panels, in their order")
    for other in axes[1:] if share else ():
        for group, join in ((other.get_shared_x_axes(), other.sharex), (other.get_shared_y_axes(), other.sharey)):
            if not group.joined(other, axes[0]):
                join(axes[0])
    return axes[0].figure, axes  # type: ignore[return-value]  # or a part of a figure, which has all that is asked


def paper(panels: int, columns: int, height: float, share: bool = False) -> tuple[Figure, list[Axes]]:
    """A figure with `panels` axes, `columns` a row, each row `height` inches."""
    if (theirs := _theirs(panels, share)) is not None:
        return theirs
    columns = min(columns, panels)
    rows = -(-panels // columns)
    figure = _sheet(rows * height)
    axes: list[Axes] = list(figure.subplots(rows, columns, squeeze=False, sharex=share, sharey=share).flat)
    for unused in axes[panels:]:
        unused.remove()
    return figure, axes[:panels]


def stack(heights: Sequence[float]) -> tuple[Figure, list[Axes]]:
    """A figure with axes of these heights (inches) one below another."""
    if (theirs := _theirs(len(heights))) is not None:
        return theirs
    figure = _sheet(sum(heights))
    return figure, list(figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights).flat)


def panes(blocks: int, panels: int, columns: int, height: float) -> tuple[Figure, list[list[Axes]]]:
    """A figure of several blocks, each with `panels` axes, `columns` a row, each row `height` inches."""
    if (theirs := _theirs(blocks * panels)) is not None:
        return theirs[0], [theirs[1][b * panels : (b + 1) * panels] for b in range(blocks)]
    columns = min(columns, panels)
    rows = -(-panels // columns)
    figure = _sheet(blocks * rows * height)
    axes = figure.subplots(blocks * rows, columns, squeeze=False)
    grid = [list(axes[b * rows : (b + 1) * rows].flat) for b in range(blocks)]
    for block in grid:
        for unused in block[panels:]:
            unused.remove()
    return figure, [block[:panels] for block in grid]


def _sheet(height: float) -> Figure:
    figure = Sheet(figsize=(WIDTH, height), dpi=DPI)
    FigureCanvasAgg(figure)
    figure.set_layout_engine(ConstrainedLayoutEngine(h_pad=0.06, w_pad=0.06))
    return figure


def crown(figure: Figure, title: str, *lines: str | None) -> None:
    """The title and smaller lines under it, above everything else; None and empty lines are left out.

    A line may hold several, parted by line feeds; labels in it have none of their own (see ``plain``).
    """
    if (axes := _given.get()) is not None:
        if not axes[0].get_title(loc="left"):
            axes[0].set_title(plain(title))
        return
    told = [row for line in lines if line for row in line.split("\n")]
    small = [part for row in told for part in rows_of_text(plain(row), 125)]
    height = float(figure.get_figheight()) + LINE * (len(small) + 1.6)
    figure.set_figheight(height)
    figure.text(0.012, 1 - 0.08 / height, plain(title), size=11, weight="bold", va="top")
    for row, line in enumerate(small):
        figure.text(0.012, 1 - (0.08 + LINE * (row + 1.2)) / height, line, size=8, color=GREY, va="top")
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(rect=(0, 0, 1, 1 - LINE * (len(small) + 1.6) / height))


def legend(figure: Figure, handles: Sequence[Artist], labels: Sequence[str], columns: int = 3) -> None:
    """A legend below all axes; room for it is added to the figure."""
    if (axes := _given.get()) is not None:
        axes[-1].legend(list(handles), list(labels))
        return
    rows = -(-len(handles) // columns)
    lines = rows * max(label.count("\n") + 1 for label in labels)
    figure.set_figheight(float(figure.get_figheight()) + 0.16 * lines + 0.1)
    figure.legend(list(handles), list(labels), loc="outside lower left", ncols=columns)


class Numbers(ScalarFormatter):
    """Tick labels in full, with commas between thousands: no offsets, no powers of ten."""

    def __init__(self) -> None:
        super().__init__(useOffset=False, useMathText=False)
        self.set_scientific(False)

    def __call__(self, x: float, pos: int | None = None) -> str:
        whole, point, rest = super().__call__(x, pos).partition(".")
        return re.sub(r"(?<=\d)(?=(\d{3})+$)", ",", whole) + point + rest


def percent(share: float, position: float) -> str:
    """A share as a tick label, without needless decimals."""
    return f"{100 * share:.6g}%"


def number_axes(*axes: Axis) -> None:
    """Give the axes plain numbers."""
    for axis in axes:
        axis.set_major_formatter(Numbers())


def colour(position: int) -> str:
    """Colour of the strategy at a position; from the ninth on they come again."""
    return PALETTE[position % len(PALETTE)]


def marker(position: int) -> str:
    """Marker of the strategy at a position."""
    return MARKERS[(position + position // len(PALETTE)) % len(MARKERS)]


def places(points: int, position: int) -> slice:
    """About eight places for markers along a curve of so many points, others for each strategy's position."""
    step = max(1, points // 8)
    return slice((position * step // 3) % step, None, step)


# --- files ----------------------------------------------------------------------------------------


def write(drawing: Drawing, folder: Path) -> list[Path]:
    """PNG at 150 dpi, SVG and CSV of a drawing, in that order; both pictures say in words what they show."""
    png, svg, csv = (folder / f"{drawing.stem}.{kind}" for kind in ("png", "svg", "csv"))
    title, description = write_png(drawing, png)
    vector: Any = FigureCanvasSVG(drawing.figure)
    vector.print_svg(svg, metadata={"Date": None, "Creator": "recovery-cea", "Title": title})
    told = _told(_renumbered(svg.read_text(encoding="utf-8")), description)
    svg.write_text(told, encoding="utf-8")
    drawing.table.to_csv(csv, index=False, lineterminator="\n", encoding="utf-8")
    return [png, svg, csv]


def write_png(drawing: Drawing, to: Path | BinaryIO) -> tuple[str, str]:
    """The picture alone at 150 dpi, into a file, and what it says in words: title and description."""
    _settle(drawing.figure)
    title, description = described(drawing)
    # ``savefig`` would draw each a second time, only to lay out what is laid out.
    agg: Any = FigureCanvasAgg(drawing.figure)  # matplotlib types neither writer
    agg.print_png(to, metadata={"Software": None, "Title": title, "Description": description})
    return title, description


def described(drawing: Drawing) -> tuple[str, str]:
    """Title, and in words what is drawn for who cannot see it: the small lines, panels, axes, signs and the file."""
    figure = drawing.figure
    title, *lines = [text.get_text() for text in figure.texts] or [drawing.stem]
    panels = [words for ax in figure.axes if (words := _panel_words(ax))]
    signs = [t.get_text() for key in _legends(figure) for t in key.get_texts()]
    told = [*lines, *dict.fromkeys(panels), f"Signs: {'; '.join(dict.fromkeys(signs))}." if signs else ""]
    return title, plain(" ".join([*filter(None, told), f"The numbers are in {drawing.stem}.csv."]))


def _panel_words(ax: Axes) -> str:
    """Title and axes of a panel; nothing where it has neither."""
    title, across, up = (plain(x) for x in (ax.get_title("left"), ax.get_xlabel(), ax.get_ylabel()))
    axes = "; ".join(f"{way}: {label}" for way, label in (("across", across), ("up", up)) if label)
    return f"{title}{' (' if title and axes else ''}{axes}{')' if title and axes else ''}." if title or axes else ""


def _legends(figure: Figure) -> list[Legend]:
    return [*figure.legends, *(key for ax in figure.axes if (key := ax.get_legend()) is not None)]


def _told(svg: str, description: str) -> str:
    """The drawing with its description after its title, as readers of pictures in words look for it."""
    title, found, rest = svg.partition("</title>\n")
    root = title.replace("<svg ", '<svg role="img" ', 1)
    return f"{root}{found} <desc>{escape(description)}</desc>\n{rest}" if found else svg


def _renumbered(svg: str) -> str:
    """The drawing with its clip paths numbered: matplotlib names some by where an object lies in memory."""
    names = dict.fromkeys(re.findall(r'<clipPath id="([^"]+)"', svg))
    new = {name: f"clip{i}" for i, name in enumerate(names)}
    return re.sub(r'(id="|url\(#)([^")]+)', lambda m: m[1] + new.get(m[2], m[2]), svg)


def _settle(figure: Figure) -> None:
    """Lay out once, so that both files show the same and cost nothing more."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    figure.set_layout_engine("none")
