"""What a strategy does to budgets: by calendar year and payer, and cumulative net saving by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from parameters.units import number_of
from simulate.evaluate.impact.budget import TOTAL
from simulate.present.english.numbers import duration
from simulate.present.english.payers import payback_words, payer_words
from simulate.present.figures import style
from simulate.present.figures.labels import context, in_large, label_or_id, sign_of, viewpoint

if TYPE_CHECKING:
    import pandas as pd

    from simulate.analyse.impact import Impact

_COLOUR = style.PALETTE[1]
_FILLS = style.LEVELS  # light to dark: told apart in grey
_HATCHES = ("", "///", "...", "xxx", "\\\\\\", "ooo", "---", "+++")


# --- by calendar year -------------------------------------------------------------------------------


def draw_years(found: Impact) -> style.Drawing:
    """Stacked bars of the payers counted, spending up and savings down, with the net and its 95% interval."""
    frame = year_table(found)
    figure, (ax,) = style.paper(1, 1, 3.3)
    scale, unit = _scale(frame[["low", "high"]].to_numpy(), sign_of(found.result))
    shown = [p for p in dict.fromkeys(frame["payer"]) if p != TOTAL]
    _bars(ax, frame, shown, scale)
    _net(ax, frame[frame["payer"] == TOTAL], scale)
    ax.set_xlabel("Calendar year since the start")
    ax.set_ylabel(f"Budget impact, {unit} a year,\nnew minus comparator (savings below 0)")
    signs: dict[str, Artist] = {payer_words(p): _patch(i) for i, p in enumerate(shown)}
    signs["net, with 95% interval over draws"] = Line2D(
        [], [], color="black", marker="o", markersize=4, markerfacecolor="white"
    )
    style.legend(figure, list(signs.values()), list(signs))
    style.crown(
        figure,
        "Budget impact by calendar year and payer",
        context(found.result),
        viewpoint(found.result),
        who(found),
        cohort_words(found),
    )
    return style.Drawing("budget_impact", figure, frame)


def year_table(found: Impact) -> pd.DataFrame:
    """The payers that the perspective counts, and their total, new minus comparator."""
    kept = [p for p, c in zip(found.payers, found.counted, strict=True) if c]
    frame: pd.DataFrame = found.budget[found.budget["payer"].isin([*kept, TOTAL])].reset_index(drop=True)
    return frame


def _bars(ax: Axes, frame: pd.DataFrame, payers: list[str], scale: float) -> None:
    years = sorted(set(frame["calendar_year"]))
    up, down = np.zeros(len(years)), np.zeros(len(years))
    for i, payer in enumerate(payers):
        mean = frame[frame["payer"] == payer]["mean"].to_numpy() / scale
        base = np.where(mean >= 0, up, down)
        fill: style.Keywords = {
            "color": _FILLS[i % len(_FILLS)],
            "hatch": _HATCHES[i % len(_HATCHES)],
            "edgecolor": "white",
        }
        ax.bar(years, mean, bottom=base, width=0.6, linewidth=0.4, **fill)
        up, down = up + np.maximum(mean, 0), down + np.minimum(mean, 0)
    ax.set_xticks(years, [str(y) for y in years])
    ax.grid(visible=False, axis="x")
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set_xlim(0.4, len(years) + 0.6)
    style.number_axes(ax.yaxis)


def _patch(i: int) -> Patch:
    fill, hatch = _FILLS[i % len(_FILLS)], _HATCHES[i % len(_HATCHES)]
    return Patch(facecolor=fill, hatch=hatch, edgecolor="white", linewidth=0.4)


def _net(ax: Axes, total: pd.DataFrame, scale: float) -> None:
    years, mean = total["calendar_year"].to_numpy(), total["mean"].to_numpy() / scale
    reach = np.abs(total[["low", "high"]].to_numpy().T / scale - mean)
    ax.errorbar(years, mean, yerr=reach, fmt="none", ecolor="black", elinewidth=1, capsize=3, zorder=4)
    ax.plot(years, mean, "o-", color="black", linewidth=1, markersize=5, markerfacecolor="white", zorder=5)


def _scale(values: np.ndarray, sign: str) -> tuple[float, str]:
    most = float(np.abs(values).max())
    return in_large(most, sign)


def who(found: Impact) -> str:
    """New strategy and comparator."""
    labels = {s.id: label_or_id(s.label, s.id) for s in found.result.case.problem.strategies}
    return f"{labels[found.strategy]} (new) against {labels[found.result.strategies[0]]} (comparator). Undiscounted."


def cohort_words(found: Impact) -> str:
    """Who enters, and what is counted."""
    c = found.cohort
    shares = ", ".join(f"{u:.0%}" for u in c.uptake)
    already = f", and {c.prevalent:,.0f} are eligible on the first day" if c.prevalent else ""
    return (
        f"Open cohort: {number_of(round(c.per_year), 'person')} become eligible in each calendar year, evenly through"
        f" it{already}; {shares} of those entering in year 1, 2, … get the new strategy. Each is followed for"
        f" {duration(found.years)}; nothing is counted afterwards."
    )


# --- by month ---------------------------------------------------------------------------------------


def draw_months(found: Impact) -> style.Drawing:
    """Cumulative net saving per person since entry, with a 95% band, and the month of payback where there is one."""
    frame = found.months
    figure, (ax,) = style.paper(1, 1, 3.1)
    month = frame["month"].to_numpy()
    scale = 1.0
    ax.fill_between(month, frame["low"] / scale, frame["high"] / scale, color=_COLOUR, alpha=0.2, linewidth=0)
    ax.plot(month, frame["mean"] / scale, "o-", color=_COLOUR, markersize=3)
    ax.axhline(0, color="black", linewidth=0.8)
    signs: dict[str, Artist] = {
        "mean": Line2D([], [], color=_COLOUR, marker="o", markersize=3),
        "95% interval over draws": Patch(color=_COLOUR, alpha=0.2, linewidth=0),
    }
    if found.payback is not None and found.payback.month is not None:
        ax.axvline(found.payback.month, color=style.GREY, linestyle="--", linewidth=1.2)
        signs["paid back from here on"] = Line2D([], [], color=style.GREY, linestyle="--", linewidth=1.2)
    ax.set_xlabel("Months since entry")
    ax.set_ylabel(f"Cumulative net saving, {sign_of(found.result)} per {found.result.case.each},\ncomparator minus new")
    ax.set_xlim(0, float(month[-1]))
    style.number_axes(ax.xaxis, ax.yaxis)
    style.legend(figure, list(signs.values()), list(signs))
    style.crown(
        figure,
        "When does it pay for itself?",
        context(found.result),
        viewpoint(found.result),
        who(found),
        payback_words(found),
    )
    return style.Drawing("payback", figure, frame)
