"""In words: where the points that a trial printed lie among the acceptability curves that it could have printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.present.english.numbers import percent

if TYPE_CHECKING:
    from simulate.analyse.credibility.virtual_trials import VirtualTrials


def on_the_fan(found: VirtualTrials) -> str:
    """A sentence: each point's rank, and how far two of one trial lie apart.

    By the share of the virtual trials, with the effects as modelled, that lie below.
    """
    rows = [f.row() for f in found.figures]
    told = [
        f"{percent(r['published'])} ({r['figure'][0].lower()}{r['figure'][1:]}) has {percent(r['modelled_rank'], 2)} of"
        " the virtual trials below it"
        for r in rows
        if r["kind"] == "probability"
    ]
    for r in (r for r in rows if r["kind"] == "gap"):
        rank, low, high = (percent(r[f"modelled_{name}"], 2) for name in ("rank", "low", "high"))
        told.append(
            f"the first less the second, {percent(r['published'])} in one trial, has {rank} below it, and nine in ten"
            f" virtual trials have {low} to {high}"
        )
    return f"The trial's own points on the fan: {'; '.join(told)}."
