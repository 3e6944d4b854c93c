"""Virtual trials as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulate.present.english.numbers import number, percent
from simulate.present.terminal.impact import frame_rows

if TYPE_CHECKING:
    from simulate.analyse.credibility.virtual_trials import VirtualTrials


def told_virtual(found: VirtualTrials) -> Iterator[str]:
    """What was repeated, then a line a figure, and where the published one lies."""
    people = " and ".join(f"{n:,}" for n in found.arms.values())
    yield f"{found.trials:,} virtual trials of {people} people: {' and '.join(found.arms)}; means and 90% bands."
    for r in frame_rows(found.table()):
        tell = percent if r["kind"] == "probability" else number
        yield f"\n{r['figure']}: published {tell(r['published'])}"
        for name, words in (("modelled", "effects as modelled"), ("no_effect", "no effect at all   ")):
            mean, low, high = (tell(r[f"{name}_{k}"]) for k in ("mean", "low", "high"))
            yield f"  {words}: {mean} ({low} to {high}); {percent(r[f'{name}_rank'])} of the trials lie below it"
    yield "\nA published figure that is common under both says little of the service."
