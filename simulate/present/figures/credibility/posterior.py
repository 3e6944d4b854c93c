"""A calibration: published figures and the posterior's, prior against posterior, and what hangs together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from parameters.units import number_of
from simulate.present.english.numbers import unit_name
from simulate.present.figures import style
from simulate.present.figures.labels import context, label_or_id, wrapped

if TYPE_CHECKING:
    import pandas as pd

    from simulate.analyse.credibility.calibration import Calibrated

PRIOR, POSTERIOR = style.GREY, style.PALETTE[1]
BINS = 24
MOST_PAIRED = 6  # parameters whose pairs are drawn, those that hang together most
MOST_DOTS = 400  # draws in a panel


def draw_fit(found: Calibrated) -> style.Drawing:
    """A row a target: the published 95% interval and the posterior's, in standard errors of the published figure."""
    told, frame = found.posterior.published, found.fit()
    scaled = (found.posterior.figures - told.mean) / told.sd
    best = (found.posterior.best_figures - told.mean) / told.sd
    labels = [wrapped(f"{r['figure']} ({r['likelihood']})", 46, 2) for r in frame.to_dict("records")]
    figure, (ax,) = style.stack([0.6 + 0.36 * len(labels)])
    for y, row in enumerate(scaled.T):
        low, middle, high = np.quantile(row, [0.025, 0.5, 0.975])
        ax.plot([-1.96, 1.96], [y - 0.14] * 2, color=PRIOR, linewidth=3.0, alpha=0.6)
        ax.plot([low, high], [y + 0.14] * 2, color=POSTERIOR)
        ax.plot([middle], [y + 0.14], "o", color=POSTERIOR, markersize=4)
        ax.plot([best[y]], [y + 0.14], "x", color="black", markersize=5)
    ax.axvline(0.0, color=style.GREY, linewidth=0.9)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.set_yticks(range(len(labels)), labels, fontsize=7)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("Standard errors of the published figure, on the scale of its likelihood")
    style.number_axes(ax.xaxis)
    signs = {
        "published, 95%": Line2D([], [], color=PRIOR, linewidth=3.0, alpha=0.6),
        "posterior, median and 95%": Line2D([], [], color=POSTERIOR, marker="o", markersize=4),
        "best fit": Line2D([], [], color="black", marker="x", linestyle=""),
    }
    style.legend(figure, list(signs.values()), list(signs))
    style.crown(figure, "Published figures and the posterior's", context(found), _size(found))
    return style.Drawing("fit", figure, frame)


def draw_learnt(found: Calibrated) -> style.Drawing:
    """A panel a parameter: the density of its prior and of its posterior."""
    import pandas as pd

    frame = found.parameters()
    figure, axes = style.paper(len(frame), 3, 1.9)
    rows: list[pd.DataFrame] = []
    for j, (ax, row) in enumerate(zip(axes, frame.to_dict("records"), strict=True)):
        rows.append(_densities(found, j))
        _panel(ax, rows[-1], row["label"] or row["parameter"], row["unit"])
    signs = {
        "prior": Line2D([], [], color=PRIOR, linestyle="--"),
        "posterior": Patch(color=POSTERIOR, alpha=0.6),
    }
    style.legend(figure, list(signs.values()), list(signs))
    style.crown(figure, "Prior and posterior", context(found), _size(found))
    return style.Drawing("prior_and_posterior", figure, pd.concat(rows))


def _densities(found: Calibrated, j: int) -> pd.DataFrame:
    """Densities of prior and posterior on the prior's scores, in bins of equal width, by the value in the middle."""
    import pandas as pd

    prior, scores = found.posterior.priors[j], found.posterior.scores[:, j]
    edges = np.linspace(min(-3.0, scores.min()), max(3.0, scores.max()), BINS + 1)
    middle, width = (edges[1:] + edges[:-1]) / 2, float(edges[1] - edges[0])
    return pd.DataFrame(
        {
            "parameter": prior.name,
            "score": middle,
            "value": prior.at(middle),
            "prior": np.exp(-(middle**2) / 2) / np.sqrt(2 * np.pi),
            "posterior": np.histogram(scores, edges)[0] / (len(scores) * width),
        }
    )


def _panel(ax: Axes, rows: pd.DataFrame, label: str, unit: str) -> None:
    score = rows["score"].to_numpy()
    ax.fill_between(score, rows["posterior"].to_numpy(), step="mid", color=POSTERIOR, alpha=0.6, linewidth=0)
    ax.plot(score, rows["prior"].to_numpy(), color=PRIOR, linestyle="--", linewidth=1.2)
    places = np.interp([-2.0, 0.0, 2.0], score, np.arange(len(score))).round().astype(int)
    ax.set_xticks(score[places], [f"{v:.2g}" for v in rows["value"].to_numpy()[places]])
    ax.set_yticks([])
    ax.set_ylim(bottom=0.0)
    ax.set_title(wrapped(label, 34, 2), fontsize=8)
    ax.set_xlabel(wrapped(unit_name(unit) or "ratio", 30), fontsize=8)


def draw_pairs(found: Calibrated) -> style.Drawing | None:
    """Draws of those parameters that hang together most, pair by pair; nothing where there is but one."""
    together = found.correlations()
    chosen = _paired(together, found.unknowns)
    if len(chosen) < 2:
        return None
    frame, priors = found.draws(), found.posterior.priors
    pairs = [(a, b) for k, b in enumerate(chosen) for a in chosen[:k]]
    figure, axes = style.paper(len(pairs), 3, 2.1)
    for ax, (a, b) in zip(axes, pairs, strict=True):
        x, y = found.posterior.scores[:MOST_DOTS, a], found.posterior.scores[:MOST_DOTS, b]
        ax.plot(x, y, ".", color=POSTERIOR, markersize=2, alpha=0.5)
        ax.set_xlabel(wrapped(priors[a].label or priors[a].name, 34, 2), fontsize=7)
        ax.set_ylabel(wrapped(priors[b].label or priors[b].name, 26, 2), fontsize=7)
        ax.set_title(f"correlation {together[a, b]:.2f}", fontsize=8)
        style.number_axes(ax.xaxis, ax.yaxis)
    names = ", ".join(label_or_id(priors[k].label, priors[k].name) for k in chosen)
    style.crown(
        figure,
        "What hangs together in the posterior",
        context(found),
        f"Standard scores of the priors: 0 is a prior's median. {_size(found)}",
        f"Drawn: {names}." if len(chosen) < len(priors) else None,
    )
    return style.Drawing("pairs", figure, frame[[priors[k].name for k in chosen]])


def _paired(together: np.ndarray, unknowns: int) -> list[int]:
    """Those whose greatest correlation with another is greatest, in order; unknowns before records where alike."""
    greatest = np.abs(together - np.eye(len(together))).max(axis=1)
    order = sorted(range(len(together)), key=lambda j: (-round(float(greatest[j]), 2), j >= unknowns, j))
    return sorted(order[:MOST_PAIRED])


def _size(found: Calibrated) -> str:
    o = found.options
    return f"{o.draws:,} joint draws, {number_of(o.people, 'person')} simulated at each point, seed {o.seed}."
