"""What parameters of a finished table are worth knowing, and what a study of them would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulate.evaluate.information.partial import DEGREES
from simulate.evaluate.uncertainty.precision import reach_of
from simulate.present.english.finished import context, money
from simulate.present.english.numbers import most_valuable
from simulate.present.figures import style
from simulate.present.figures.labels import wrapped
from simulate.result.finished.evaluation import ALL, study_words, worth_showing

if TYPE_CHECKING:
    from simulate.result.finished.evaluation import Evaluation

_REACH = reach_of(DEGREES)
_COLOUR = style.PALETTE[1]


def draw_parameters(found: Evaluation) -> style.Drawing | None:
    """EVPPI of the most valuable parameters and groups beside the EVPI; None where there are no parameters."""
    if found.parameters is None:
        return None
    frame = worth_showing(found.parameters).copy()
    frame["low"] = (frame["evppi"] - _REACH * frame["se"]).clip(lower=0)
    frame["high"] = frame["evppi"] + _REACH * frame["se"]
    labels = ["All parameters together (EVPI)" if g == ALL else wrapped(g, 40, 2) for g in frame["group"]]
    figure, (ax,) = style.paper(1, 1, 0.9 + 0.26 * len(frame))
    places, value = np.arange(len(frame))[::-1], frame["evppi"].to_numpy()
    reach = np.abs(frame[["low", "high"]].to_numpy().T - value)
    ax.barh(places, value, height=0.62, color=[style.GREY if g == ALL else _COLOUR for g in frame["group"]], alpha=0.75)
    ax.errorbar(value, places, xerr=reach, fmt="none", ecolor="black", elinewidth=1, capsize=2.5)
    ax.set_yticks(places, labels)
    ax.grid(visible=False, axis="y")
    top = float(frame["high"].max())
    ax.set_xlim(-0.015 * top if top > 0 else -0.015, 1.05 * top if top > 0 else 1.0)
    ax.set_xlabel(f"Expected value of learning it exactly, {found.table.terms.currency} per person")
    style.number_axes(ax.xaxis)
    shown = f"{most_valuable(len(frame) - 1, len(found.parameters) - 1)}." if _more(found, len(frame)) else None
    style.crown(figure, "What the parameters are worth knowing (EVPPI)", *context(found.table), _at(found), shown)
    return style.Drawing("evppi", figure, frame)


def draw_study(found: Evaluation) -> style.Drawing | None:
    """EVSI by size, with the EVPI above it; None where no study was declared."""
    if found.samples is None or found.study is None or found.parameters is None:
        return None
    frame = found.samples.copy()
    frame["low"] = (frame["evsi"] - _REACH * frame["se"]).clip(lower=0)
    frame["high"] = frame["evsi"] + _REACH * frame["se"]
    n, evpi = frame["n"].to_numpy(), float(found.parameters["evppi"].iloc[0])
    figure, (ax,) = style.paper(1, 1, 3.4)
    ax.fill_between(n, frame["low"], frame["high"], color=_COLOUR, alpha=0.2, linewidth=0)
    ax.plot(n, frame["evsi"], "o-", color=_COLOUR, markersize=4)
    ax.axhline(evpi, color=style.GREY, linestyle="--", linewidth=1.2)
    top = max(evpi, float(frame["high"].max()))
    ax.set_ylim(-0.02 * top if top > 0 else -0.02, 1.08 * top if top > 0 else 1.0)
    ax.set_xscale("log")
    ax.set_xticks(n, [f"{k:,}" for k in n], rotation=45)
    ax.set_xticks([], minor=True)
    ax.set_xlabel("People in each arm")
    ax.set_ylabel(f"EVSI, {found.table.terms.currency} per person")
    style.number_axes(ax.yaxis)
    said = f"A study that {study_words(found.study)}. Dashed: the EVPI."
    style.crown(figure, "What a study is worth (EVSI)", *context(found.table), _at(found), said)
    return style.Drawing("evsi", figure, frame)


def _more(found: Evaluation, shown: int) -> bool:
    return found.parameters is not None and shown < len(found.parameters)


def _at(found: Evaluation) -> str | None:
    """At which willingness to pay."""
    table = found.table
    return None if table.of_benefit else f"At {money(table, table.threshold)} per {table.terms.effect}."
