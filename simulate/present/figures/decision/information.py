"""The value of learning more: of parameters, as bars with whiskers; of a trial, by its size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from parameters.units import number_of
from simulate.evaluate.information.partial import DEGREES
from simulate.evaluate.uncertainty.precision import reach_of
from simulate.present.english.numbers import most_valuable, short_amount
from simulate.present.figures import style
from simulate.present.figures.labels import (
    context,
    in_large,
    label_or_id,
    lines_of,
    per_effect,
    sign_of,
    viewpoint,
    wrapped,
)
from simulate.result.voi import ALL, worth_showing

if TYPE_CHECKING:
    import pandas as pd

    from simulate.result.voi import Learning

_COLOUR = style.PALETTE[1]
_REACH = reach_of(DEGREES)  # standard errors in a 95% interval of an EVPPI, EVSI or ENBS


# --- parameters -------------------------------------------------------------------------------------


def draw_parameters(found: Learning) -> style.Drawing:
    """EVPPI of the most valuable parameters or groups, and of all together, with 95% whiskers."""
    frame = parameter_table(found)
    figure, (ax,) = style.paper(1, 1, 0.8 + 0.1 * len(frame) + 0.15 * lines_of(list(frame["label"])))
    _bars(ax, frame)
    ax.set_xlabel(f"Expected value of learning it exactly, {sign_of(found.result)} per {found.result.case.each}")
    style.legend(figure, *_bar_signs())
    style.crown(
        figure,
        "What the parameters are worth knowing (EVPPI)",
        context(found.result),
        viewpoint(found.result),
        _decision(found),
        _left_out(found, frame),
        None if frame["high"].any() else "Nothing that could be learnt would change the decision at this threshold.",
    )
    return style.Drawing("evppi", figure, frame)


def parameter_table(found: Learning) -> pd.DataFrame:
    """The bars shown, with their labels and 95% intervals."""
    frame = worth_showing(found.parameters)
    reach = np.where(frame["group"] == ALL, reach_of(found.benefit.degrees), _REACH)
    low, high = (frame["evppi"] + sign * reach * frame["se"] for sign in (-1, 1))
    labels = [_label(found, str(group)) for group in frame["group"]]
    return frame.assign(label=labels, low=low.clip(lower=0), high=high)


def _label(found: Learning, group: str) -> str:
    records = found.result.case.parameters
    if group == ALL:
        return "All parameters together (EVPI)"
    return wrapped(label_or_id(records[group].label, group) if group in records else group.replace("_", " "), 48, 4)


def _bars(ax: Axes, frame: pd.DataFrame) -> None:
    places = np.arange(len(frame))[::-1]
    value = frame["evppi"].to_numpy()
    reach = np.abs(frame[["low", "high"]].to_numpy().T - value)
    colours = [style.GREY if group == ALL else _COLOUR for group in frame["group"]]
    ax.barh(places, value, height=0.62, color=colours, alpha=0.75)
    ax.errorbar(value, places, xerr=reach, fmt="none", ecolor="black", elinewidth=1, capsize=2.5)
    ax.plot(frame["naive"], places, "o", markersize=4, markerfacecolor="white", markeredgecolor="black")
    ax.set_yticks(places, frame["label"])
    ax.grid(visible=False, axis="y")
    top = float(frame[["high", "naive"]].to_numpy().max())
    top = top if top > 0 else 1.0
    ax.set_xlim(-0.015 * top, 1.05 * top)  # a value of 0 is seen beside the axis
    ax.set_ylim(-0.6, len(frame) - 0.4)
    style.number_axes(ax.xaxis)


def _bar_signs() -> tuple[list[Artist], list[str]]:
    whisker = Line2D([], [], color="black", linewidth=1, marker="|", markersize=6)
    naive = Line2D([], [], linestyle="none", marker="o", markersize=4, markerfacecolor="white", markeredgecolor="black")
    signs: list[Artist] = [Patch(color=_COLOUR, alpha=0.75, linewidth=0), whisker, naive]
    return signs, ["noise-corrected", "95% interval, Monte Carlo", "draws as they are (naive)"]


def _decision(found: Learning) -> str:
    unit, sign = per_effect(found.result), sign_of(found.result)
    known = found.benefit
    return (
        f"At {short_amount(known.threshold, sign)} {unit}, {found.why}. Noise between simulated people is"
        f" {known.noise_share:.0%} of the variance of incremental net benefit."
    )


def _left_out(found: Learning, frame: pd.DataFrame) -> str | None:
    if len(frame) == len(found.parameters):
        return None
    rest = "the other is" if len(found.parameters) - len(frame) == 1 else "the others are"
    return f"{most_valuable(len(frame) - 1, len(found.parameters) - 1)}; {rest} worth no more."


# --- a trial ----------------------------------------------------------------------------------------


def draw_trial(found: Learning) -> style.Drawing | None:
    """EVSI per person by size and, where costs are known, the ENBS with its best size; None where no trial is asked."""
    if found.samples is None or found.trial is None:
        return None
    frame = trial_table(found)
    paid = "enbs" in frame
    figure, axes = style.paper(1 + paid, 2, 3.1)
    _samples(axes[0], frame, found)
    if paid:
        _net(axes[1], frame, found)
    for ax in axes:
        ax.set_xscale("log")
        ax.set_xticks(frame["n"], [f"{n:,}" for n in frame["n"]], rotation=45)
        ax.set_xticks([], minor=True)
        ax.set_xlabel("People in each arm")
    style.legend(figure, *_trial_signs(paid, found.best is not None))
    strategies = {s.id: label_or_id(s.label, s.id) for s in found.result.case.problem.strategies}
    new, old = strategies[found.trial.strategy], strategies[found.result.strategies[0]]
    style.crown(
        figure,
        "What a trial is worth (EVSI)" if not paid else "What a trial is worth (EVSI), and what is left of it (ENBS)",
        context(found.result),
        viewpoint(found.result),
        _decision(found),
        f"Trial of {new} against {old}: {found.trial.words}.",
        _money(found) if paid else None,
    )
    return style.Drawing("evsi", figure, frame)


def trial_table(found: Learning) -> pd.DataFrame:
    """``Learning.samples`` with 95% intervals."""
    assert found.samples is not None
    out = found.samples.copy()
    out["low"], out["high"] = (out["evsi"] - _REACH * out["se"]).clip(lower=0), out["evsi"] + _REACH * out["se"]
    if "enbs" in out:
        out["enbs_low"], out["enbs_high"] = (out["enbs"] + s * _REACH * out["enbs_se"] for s in (-1, 1))
    return out


def _samples(ax: Axes, frame: pd.DataFrame, found: Learning) -> None:
    n = frame["n"].to_numpy()
    ax.fill_between(n, frame["low"], frame["high"], color=_COLOUR, alpha=0.2, linewidth=0)
    ax.plot(n, frame["evsi"], "o-", color=_COLOUR, markersize=4)
    ax.axhline(found.benefit.evpi, color=style.GREY, linestyle="--", linewidth=1.2)
    top = max(float(frame["high"].max()), found.benefit.evpi)
    ax.set_ylim(-0.02 * top, 1.08 * top if top > 0 else 1.0)
    ax.set_ylabel(f"EVSI, {sign_of(found.result)} per {found.result.case.each}")
    style.number_axes(ax.yaxis)


def _net(ax: Axes, frame: pd.DataFrame, found: Learning) -> None:
    n = frame["n"].to_numpy()
    scale, unit = _scale(frame, sign_of(found.result))
    low, middle, high = (frame[column] / scale for column in ("enbs_low", "enbs", "enbs_high"))
    ax.fill_between(n, low, high, color=_COLOUR, alpha=0.2, linewidth=0)
    ax.plot(n, middle, "o-", color=_COLOUR, markersize=4)
    ax.axhline(0, color="black", linewidth=0.8)
    if found.best is not None:
        best = frame["n"] == found.best
        ax.plot(frame["n"][best], middle[best], "D", color="black", markersize=7, markerfacecolor="none")
    ax.set_ylabel(f"ENBS, {unit}")
    style.number_axes(ax.yaxis)


def _scale(frame: pd.DataFrame, sign: str) -> tuple[float, str]:
    most = float(np.abs(frame[["enbs_low", "enbs_high"]].to_numpy()).max())
    return in_large(most, sign)


def _trial_signs(paid: bool, worth_while: bool) -> tuple[list[Artist], list[str]]:
    signs: dict[str, Artist] = {
        "noise-corrected": Line2D([], [], color=_COLOUR, marker="o", markersize=4),
        "95% interval, Monte Carlo": Patch(color=_COLOUR, alpha=0.2, linewidth=0),
        "EVPI: what no trial exceeds": Line2D([], [], color=style.GREY, linestyle="--", linewidth=1.2),
    }
    if paid and worth_while:
        diamond = Line2D([], [], linestyle="none", marker="D", color="black", markersize=7, markerfacecolor="none")
        signs["best size"] = diamond
    return list(signs.values()), list(signs)


def _money(found: Learning) -> str:
    population, cost, sign = found.population, found.cost, sign_of(found.result)
    assert population is not None and cost is not None
    return (
        f"Decided for: {number_of(round(population.per_year), 'person')} a year, {number_of(population.years, 'year')},"
        f" discounted at {population.discount:.1%}. The trial: {short_amount(cost.fixed, sign)} and"
        f" {short_amount(cost.per_person, sign)} a person; nobody benefits for {number_of(cost.years, 'year')}."
    )
