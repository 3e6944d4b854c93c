"""A posterior of what a setting solves for: its fit, what was learnt, and the joint sample as files for a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from parameters.units import number_of
from simulate.present.english.numbers import number
from simulate.present.terms.face import Face, kind_of, written

if TYPE_CHECKING:
    import pandas as pd

    from simulate.analyse.credibility.calibration import Calibrated
    from simulate.present.figures.style import Drawing

KIND = kind_of(__name__)


def face(found: Calibrated) -> Face:
    """What a calibration shows."""
    from simulate.analyse.credibility.posterior_file import RECORDS, records

    return Face(
        kind=KIND,
        data=found.summary(),
        lines=lambda: lines(found),
        tables=tables(found),
        others={RECORDS: written(records(found).encode())},
        figures=lambda: figures(found),
        simulated=found,
        manifest={"draws": found.options.draws},
    )


def tables(found: Calibrated) -> dict[str, pd.DataFrame]:
    """The joint draws, what was learnt of each parameter, and how each published figure comes out."""
    return {"posterior": found.draws(), "parameters": found.parameters(), "fit": found.fit()}


def figures(found: Calibrated) -> Iterator[Drawing | None]:
    """The fit, prior against posterior, and pairs."""
    from simulate.present.figures.credibility import posterior

    yield posterior.draw_fit(found)
    yield posterior.draw_learnt(found)
    yield posterior.draw_pairs(found)


def lines(found: Calibrated) -> Iterator[str]:
    """What was learnt of each parameter, how each figure comes out, how good the sampling is, and caveats."""
    summary = found.summary()
    told = summary["diagnostics"]
    yield f"{headline(found)} Medians and 95% intervals."
    for r in summary["parameters"]:
        yield f"\n{r['label'] or r['parameter']} ({r['parameter']}), {r['unit']}"
        prior = _told(r, "prior_median", "prior_low", "prior_high")
        yield f"  prior {prior}; posterior {_told(r, 'median', 'low', 'high')};"
        yield f"  best fit {number(r['best'])}; spread {r['share_of_prior_sd']:.0%} of the prior's"
    yield "\nPublished figures"
    for r in summary["targets"]:
        yield f"  {r['figure']} ({r['unit'].replace('_', ' ')}; {r['likelihood']}):"
        published = _told(r, "published", "published_low", "published_high")
        yield f"    published {published}; posterior {_told(r, 'median', 'low', 'high')}; best fit {number(r['best'])}"
    yield (
        f"\nImportance sampling is worth {told['effective']:,.0f} independent draws. Of the"
        f" {told['weighed_by_simulation']:,} that the simulation itself weighed, what is left is worth"
        f" {told['effective_of_these']:,.0f}. Independent runs agree to"
        f" {told['agreement']:.3f} (1: entirely)."
    )
    for text in summary["caveats"]:
        yield f"Caveat: {text}."


def headline(found: Calibrated) -> str:
    """Of how many parameters it is, and from how many figures, in a sentence."""
    records = len(found.posterior.priors) - found.unknowns
    learnt = f" and of {number_of(records, 'other record')}" if records else ""
    unknowns, figures = (number_of(found.unknowns, noun) for noun in ("unknown", "published figure"))
    return f"Posterior of {unknowns}{learnt}, from {figures}: {number_of(found.options.draws, 'joint draw')}."


def _told(row: dict[str, float], middle: str, low: str, high: str) -> str:
    return f"{number(row[middle])} ({number(row[low])} to {number(row[high])})"
