"""A published trial run again and again: how its figures lie among those of the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulate.present.english.numbers import number, percent
from simulate.present.english.prose import prose
from simulate.present.figures.credibility.printed_points import on_the_fan
from simulate.present.terms.face import Face, kind_of

if TYPE_CHECKING:
    from simulate.analyse.credibility.virtual_trials import VirtualTrials
    from simulate.present.figures.style import Drawing

KIND = kind_of(__name__)


def face(found: VirtualTrials) -> Face:
    """What virtual trials show."""
    return Face(
        kind=KIND,
        data=found.summary(),
        lines=lambda: lines(found),
        tables={"figures": found.table(), **({"curves": found.curve_table()} if found.curves else {})},
        figures=lambda: figures(found),
        simulated=found,
        manifest={"trials": found.trials, "arms": dict(found.arms)},
    )


def figures(found: VirtualTrials) -> Iterator[Drawing | None]:
    """Each published figure among the repeated ones, and the acceptability curves that the trial could have had."""
    from simulate.present.figures.credibility import acceptability_fan, virtual_trials

    yield virtual_trials.draw(found)
    yield acceptability_fan.draw(found)


def lines(found: VirtualTrials) -> Iterator[str]:
    """What was repeated, then a line a figure, and where the published one lies."""
    people = " and ".join(f"{n:,}" for n in found.arms.values())
    yield f"{found.trials:,} virtual trials of {people} people: {' and '.join(found.arms)}; means and 90% bands."
    for r in found.table().to_dict("records"):
        tell = number if r["kind"] == "effect" else percent
        yield f"\n{r['figure']}: published {'over ' * (r['bound'] == 'above')}{tell(r['published'])}"
        for name, words in (("modelled", "effects as modelled"), ("no_effect", "no effect at all   ")):
            mean, low, high = (tell(r[f"{name}_{k}"]) for k in ("mean", "low", "high"))
            yield f"  {words}: {mean} ({low} to {high}); {percent(r[f'{name}_rank'])} of the trials lie below it"
    if found.curves:
        yield f"\n{prose(on_the_fan(found))}"
    yield "\nA published figure that is common under both says little of the service."
