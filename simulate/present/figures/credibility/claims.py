"""The briefing's figures against ours: a forest plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from simulate.present.english.numbers import after_claimed, claimed
from simulate.present.figures import style
from simulate.present.figures.labels import plain, wrapped

if TYPE_CHECKING:
    import pandas as pd

    from simulate.analyse.credibility.claims import Answered

LOW, HIGH = -1.0, 3.0  # of the axis, in multiples of the briefing's figure; an arrow says that something lies beyond
LINE = 0.125  # inches, of a claim's text
BETWEEN = 0.1  # inches, between rows
CHALLENGE = 0.22  # inches, the heading of a challenge
CHARACTERS = 50  # of a claim's text a line
COLOUR = style.PALETTE[1]
HOLLOW = ("contradicted", "qualified", "unverified", "not_reproduced")  # what we do not bear out


def draw(answers: Sequence[Answered]) -> style.Drawing:
    """A row for each claim with a figure of the briefing and one of ours, by challenge, as a multiple of the former."""
    rows = [a for a in answers if a.value is not None and a.claim.value]
    labels = [wrapped(f"{a.claim.id}  {a.claim.claim}", CHARACTERS) for a in rows]
    at, headings, height = _places([a.claim.challenge for a in rows], labels)
    figure, (ax,) = style.stack([height + 0.6])
    for y, answer in zip(at, rows, strict=True):
        _row(ax, y, answer)
    for challenge, y in headings.items():
        ax.text(LOW, y, f" Challenge {challenge}", va="center", fontsize=7, weight="bold", color=style.GREY)
        ax.axhline(y - CHALLENGE / 2, color=style.PALE, linewidth=0.9)
    ax.axvline(1.0, color=style.GREY, linewidth=0.9)
    ax.axvline(0.0, color=style.GREY, linewidth=0.7, linestyle=":")
    ax.set_xlim(LOW, HIGH)
    ax.set_ylim(height, 0.0)
    ax.set_yticks(at, labels, fontsize=7)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("Our figure as a multiple of the briefing's (1: the same; below 0: the other direction)")
    style.number_axes(ax.xaxis)
    signs = {
        "ours, with the 95% interval of the parameters where drawn": Line2D([], [], color=COLOUR, marker="o"),
        "the briefing's figure": Line2D([], [], color=style.GREY),
    }
    style.legend(figure, list(signs.values()), list(signs), columns=2)
    style.crown(
        figure,
        "The briefing's figures against ours",
        "Claims with a figure that is computed here, by challenge. Filled: reproduced, an input or a scenario; hollow:"
        " contradicted, qualified, unverified or not reproduced;"
        " square: by construction, which validates nothing; arrow: beyond the axis."
        " Right: theirs, then ours.",
    )
    return style.Drawing("claims", figure, table(answers))


def table(answers: Sequence[Answered]) -> pd.DataFrame:
    """The numbers plotted, a row a claim."""
    import pandas as pd

    rows: list[dict[str, Any]] = [
        {
            "id": a.claim.id,
            "challenge": a.claim.challenge,
            "status": a.claim.status,
            "unit": a.claim.unit,
            "published": a.claim.value,
            "ours": a.value,
            "low": a.low,
            "high": a.high,
        }
        for a in answers
        if a.value is not None and a.claim.value
    ]
    names = ["id", "challenge", "status", "unit", "published", "ours", "low", "high"]
    return pd.DataFrame(rows, columns=names)


def _places(challenges: Sequence[int], labels: Sequence[str]) -> tuple[list[float], dict[int, float], float]:
    """Where each row and each challenge's heading lies, in inches from the top, and the height of all."""
    y, at, headings = 0.0, [], {}
    for challenge, label in zip(challenges, labels, strict=True):
        if challenge not in headings:
            headings[challenge] = y + CHALLENGE / 2
            y += CHALLENGE
        row = LINE * (label.count("\n") + 1) + BETWEEN
        at.append(y + row / 2)
        y += row
    return at, headings, max(y, LINE)


def _row(ax: Axes, y: float, a: Answered) -> None:
    assert a.value is not None and a.claim.value
    low, high = (a.value if x is None else x for x in (a.low, a.high))
    at, left, right = (x / a.claim.value for x in (a.value, low, high))
    left, right = min(left, right), max(left, right)
    inside = np.clip([left, right], LOW + 0.02, HIGH - 0.02)
    ax.plot(inside, [y, y], "-", color=COLOUR, linewidth=1.2)
    for end, beyond, sign in ((inside[0], left < LOW, "<"), (inside[1], right > HIGH, ">")):
        if beyond:
            ax.plot([end], [y], sign, color=COLOUR, markersize=5, clip_on=False)
    if LOW <= at <= HIGH:
        square, hollow = a.claim.status == "by_construction", a.claim.status in HOLLOW
        face = "white" if hollow else COLOUR
        ax.plot([at], [y], "s" if square else "o", color=COLOUR, markerfacecolor=face, markersize=5)
    theirs, ours = (claimed(value, a.claim.unit) for value in (a.claim.value, a.value))
    text = f"{theirs} : {ours} {after_claimed(a.claim.unit)}".rstrip()
    ax.text(1.025, y, plain(text), transform=ax.get_yaxis_transform(), va="center", fontsize=7)
