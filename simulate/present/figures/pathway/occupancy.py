"""Where people are over time: the share at each level of each domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from models.contract import Domain
from parameters.arrays import Floats
from simulate.present.english.numbers import capital
from simulate.present.figures import style
from simulate.present.figures.labels import context, label_or_id, one_draw, size, strategy_labels, wrapped

if TYPE_CHECKING:
    import pandas as pd

    from simulate.result.result import Result

CROWDED = 0.6  # a level that never holds fewer than this share is left white, so that the others are legible

GONE: style.Keywords = {"facecolor": "white", "edgecolor": "#737373", "hatch": "////", "linewidth": 0.5}  # in grey too


class _Shares(NamedTuple):
    """One domain; absorbed people are levels of their own, last."""

    domain: Domain
    levels: tuple[str, ...]
    gone: int  # how many of the levels, from the end, are those of absorbed people
    share: Floats  # [draw, strategy, grid, level]
    left_out: int | None  # the crowded level

    def mean(self) -> Floats:
        """Over draws, [strategy, grid, level]."""
        return np.asarray(self.share.mean(axis=0))

    def drawn_levels(self) -> list[int]:
        """Positions of the levels that get an area."""
        return [k for k in range(len(self.levels)) if k != self.left_out and self.share[..., k].any()]

    def label_of(self, k: int) -> str:
        """A level in words."""
        return wrapped(self.domain.label_of(self.levels[k]), 22, 2)

    def shows_living(self) -> bool:
        """Whether anybody alive has an area; where only the dead have, nobody moved here."""
        return any(k < len(self.levels) - self.gone for k in self.drawn_levels())

    def total(self) -> Floats:
        """Share of people, alive, at the levels shown, [draw, strategy, grid]."""
        alive = [k for k in self.drawn_levels() if k < len(self.levels) - self.gone]
        return np.asarray(self.share[..., alive].sum(axis=-1))


def draw(result: Result) -> style.Drawing | None:
    """Panels for each domain in which people move, one for each strategy; None without such a domain."""
    pathway = result.case.problem.pathway
    every = [_shares(result, domain) for domain in pathway.domains if _moves(domain) and pathway.events]
    found = [shares for shares in every if shares.shows_living()]
    if not found:
        return None
    figure, grid = style.panes(len(found), len(result.strategies), 3, 2.2)
    for axes, shares in zip(grid, found, strict=True):
        _paint(axes, shares, result)
    notes = (one_draw(result), _note(result, found))
    style.crown(figure, "Where people are over time", context(result), size(result), *notes)
    return style.Drawing("occupancy", figure, _table(result, found))


def _note(result: Result, found: list[_Shares]) -> str | None:
    if one_draw(result) or all(s.left_out is None for s in found):
        return None
    return "Shares are means over draws. Broken lines: 95% interval over draws of the total of the coloured levels."


def _table(result: Result, found: list[_Shares]) -> pd.DataFrame:
    """One row a domain, level, strategy and time: mean share of people and its 95% interval over draws."""
    import pandas as pd

    tables = [
        pd.DataFrame(
            {"domain": shares.domain.name, "level": level, "strategy": s, "years": result.statistics.grid}
        ).assign(**_described(shares.share[:, i, :, k]))
        for shares in found
        for k, level in enumerate(shares.levels)
        for i, s in enumerate(result.strategies)
    ]
    return pd.concat(tables, ignore_index=True)


def _described(share: Floats) -> dict[str, Floats]:
    low, high = np.quantile(share, [0.025, 0.975], axis=0)
    return {"mean": share.mean(axis=0), "low": low, "high": high}


# --- shares ---------------------------------------------------------------------------------------


def _moves(domain: Domain) -> bool:
    return len(set(domain.levels) - set(domain.absorbing)) > 1


def _shares(result: Result, domain: Domain) -> _Shares:
    statistics = result.statistics
    alive = [level for level in domain.levels if level not in domain.absorbing]
    at = [state.get(domain.name) or next(iter(state.values())) for state in statistics.states]
    gone = sorted(set(at) - set(alive))
    columns = [[j for j, level in enumerate(at) if level == name] for name in (*alive, *gone)]
    people = float(statistics.people.sum())
    share = np.stack([statistics.occupancy[..., c].sum(axis=-1) / people for c in columns], axis=-1)
    least = share.mean(axis=0).min(axis=(0, 1))[: len(alive)]
    crowded = int(least.argmax()) if least.max() >= CROWDED else None
    return _Shares(domain, (*alive, *gone), len(gone), share, crowded)


# --- drawing --------------------------------------------------------------------------------------


def _paint(axes: list[Axes], shares: _Shares, result: Result) -> None:
    labels = strategy_labels(result, 28)
    for i, ax in enumerate(axes):
        _areas(ax, shares, i, result.statistics.grid)
        ax.set_title(labels[i])
        ax.set_ylim(0, _top(shares))
        ax.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
        ax.yaxis.set_major_formatter(style.percent)
    label = capital(label_or_id(shares.domain.label, shares.domain.name))
    axes[0].set_ylabel(wrapped(label, 24) + ",\nshare of people")
    _key(axes[min(2, len(axes) - 1)], shares)


def _areas(ax: Axes, shares: _Shares, i: int, years: Floats) -> None:
    months = years[-1] <= 3
    x, mean = years * (12 if months else 1), shares.mean()[i]
    floor = np.zeros(len(x))
    for k in shares.drawn_levels():
        ax.fill_between(x, floor, floor + mean[:, k], **_fill(shares, k))
        floor = floor + mean[:, k]
    if shares.left_out is not None and len(shares.share) > 1:
        for edge in np.quantile(shares.total()[:, i], [0.025, 0.975], axis=0):
            ax.plot(x, edge, "--", color="black", linewidth=0.8)
    ax.set_xlim(x[0], x[-1] if x[-1] > x[0] else x[0] + 1)
    ax.set_xlabel("Months since entry" if months else "Years since entry")
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 3, 6, 10] if months else [1, 2, 5, 10]))
    style.number_axes(ax.xaxis)


def _top(shares: _Shares) -> float:
    """Where the axis ends: at everybody, or just above what is shown when one level is left out."""
    if shares.left_out is None:
        return 1.0
    stacked = shares.mean()[..., shares.drawn_levels()].sum(axis=-1).max(initial=0)
    widest = np.quantile(shares.total(), 0.975, axis=0).max(initial=0)
    return 1.08 * float(max(stacked, widest)) or 0.01


def _fill(shares: _Shares, k: int) -> style.Keywords:
    """How a level looks; those who are gone are hatched."""
    if k >= len(shares.levels) - shares.gone:
        return GONE
    return {"color": style.LEVELS[k % len(style.LEVELS)], "linewidth": 0}


def _key(ax: Axes, shares: _Shares) -> None:
    """Levels from top to bottom as they are stacked, and what the one left out holds."""
    signs: list[tuple[Artist, str]] = [
        (Patch(**_fill(shares, k)), shares.label_of(k)) for k in reversed(shares.drawn_levels())
    ]
    if shares.left_out is not None:
        rest = shares.mean()[..., shares.left_out]
        label = f"{shares.label_of(shares.left_out)}\nnot shown: {rest.min():.0%}–{rest.max():.0%}"
        signs.insert(0, (Patch(facecolor="white", edgecolor=style.GREY, linewidth=0.7), label))
    handles, words = zip(*signs, strict=True)
    ax.legend(handles, words, loc="upper left", bbox_to_anchor=(1.0, 1.0))
