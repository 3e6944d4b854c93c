"""Individual histories: as text, as data for another program, as a table and as lifelines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from parameters.units import DAYS_PER_YEAR
from simulate.present.english.glossary import Glossary
from simulate.present.english.numbers import clean
from simulate.present.terms.face import Face, kind_of
from simulate.running.tracing import END, ENTRY, Step, Trace, in_words

if TYPE_CHECKING:
    from simulate.present.figures.style import Drawing

KIND = kind_of(__name__)
MOST = 300  # lines on a terminal; the file holds all


def face(trace: Trace) -> Face:
    """What histories show."""
    return Face(
        kind=KIND,
        data=as_data(trace),
        data_file=None,
        lines=lambda: lines(trace),
        tables={"trace": trace.table()},
        figures=lambda: figures(trace),
        simulated=trace,
        manifest={"draw": trace.draw, "variant": trace.variant, "people": list(trace.people)},
        listed=("trace.csv", "figures/lifelines.png", "figures/lifelines.svg"),
    )


def figures(trace: Trace) -> Iterator[Drawing]:
    """Individual histories side by side."""
    from simulate.present.figures.pathway import lifelines

    yield lifelines.draw(trace)


def as_data(trace: Trace) -> dict[str, Any]:
    """What ``recovery-cea trace --json`` prints: how it was made, every step, and what could not be finished."""
    o = trace.options
    return {
        "problem": trace.case.problem.id,
        "setting": trace.case.setting.name,
        "variant": trace.variant,
        "seed": o.seed,
        "draw": trace.draw,
        "draws": o.draws,
        "fixed": o.fixed,
        "rng": o.rng,
        "cohort": o.cohort,
        "horizon_years": trace.horizon,
        "steps": trace.step_rows(),
        "faults": [str(f) for f in trace.faults],
    }


def lines(trace: Trace) -> list[str]:
    """Lines of text: each person under each strategy, what happened and when."""
    every = list(_lines(trace))
    if len(every) <= MOST:
        return every
    return [*every[:MOST], f"... and {len(every) - MOST:,} more lines; trace.csv holds every event."]


def _lines(trace: Trace) -> Iterator[str]:
    case, o = trace.case, trace.options
    words = Glossary(case.problem, case.setting, case.parameters)
    which = "at the published point estimates" if o.fixed else f"draw {trace.draw}"
    yield f"{clean(case.problem.label) or case.problem.id}, setting {case.setting.name}, seed {o.seed}, {which}"
    for (person, strategy), steps in groupby(trace.steps, key=lambda s: (s.person, s.strategy)):
        yield ""
        yield f"Person {clean(str(person))}, {words.strategy(strategy)}:"
        for step in steps:
            yield f"  {DAYS_PER_YEAR * step.time:9,.1f} days  {_what(words, step, trace)}"


def _what(words: Glossary, step: Step, trace: Trace) -> str:
    """One step in words, with the state it leads to where that is another one."""
    state = in_words(trace.case.problem.pathway, step.after)
    if step.event == ENTRY:
        return f"entry: {state}"
    if step.event == END:
        return f"end of follow-up: {state}"
    what = words.happening(step.event)
    return what if step.before == step.after else f"{what}: {state}"
