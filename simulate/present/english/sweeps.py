"""Findings of sensitivity analyses in sentences, with labels and units for ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from simulate.evaluate.decision.equality import best
from simulate.present.english.glossary import Glossary
from simulate.present.english.numbers import amount, bare, capital, clean, in_unit, listed, small

if TYPE_CHECKING:
    from simulate.analyse.sweep.decision_switch import SwitchAt, Switching
    from simulate.analyse.sweep.idle import Idle
    from simulate.result.valued import Valued


def words_of(result: Valued) -> Glossary:
    """The glossary of a result's case."""
    return Glossary(result.case.problem, result.case.setting, result.case.parameters)


def price_of_effect(result: Valued, threshold: float) -> str:
    """A willingness to pay with what it is for: ``… 500 per point averted (Relapses averted)``."""
    measure = result.case.problem.effect(result.options.effect)
    label = "" if measure.is_qaly else f" ({clean(measure.label)})"
    return f"{amount(threshold, result.case.money.sign)} per {clean(measure.per)}{label}"


def switching_sentence(found: Switching, *, ids: bool = True) -> str:
    """Where the decision changes as one parameter moves; with the parameter's id, for who is to type it."""
    w, unit = words_of(found.result), found.result.case.parameters[found.name].unit
    low, high = found.range
    named = w.label_and_id(found.name) if ids else small(w.label(found.name))
    within = f"{named} from {bare(low, unit)} to {in_unit(high, unit)}"
    if found.inside:
        return f"Within {within}: {'; '.join(_switches(w, found.inside, unit))}."
    always = w.strategy(found.result.strategies[int(best(found.worth()[0]))])
    beyond = "".join(f"; beyond it, {s}" for s in _switches(w, found.outside, unit))
    return f"No change within {within}: {always} is best throughout{beyond}."


def _switches(w: Glossary, switches: Sequence[SwitchAt], unit: str) -> Iterator[str]:
    for s in switches:
        below, above = w.strategy(s.below), w.strategy(s.above)
        yield f"{below} is best below {in_unit(s.value, unit, 4)}, {above} above"


def idle_sentences(result: Valued, idle: Sequence[Idle], *, ids: bool = True) -> Iterator[str]:
    """Which parameters move nothing, what holds them still, where else to look; with ids, for who is to type them."""
    if not idle:
        return
    w, records = words_of(result), result.case.parameters
    named = w.label_and_id if ids else lambda name: small(w.label(name))
    names = listed(named(i.name) for i in idle)
    yield f"{'Does' if len(idle) == 1 else 'Do'} not move it at all: {names}."
    held: dict[tuple[str, float, float], list[str]] = {}
    for i in idle:
        if i.held_by is not None and i.at is not None and i.away is not None:
            held.setdefault((i.held_by, i.at, i.away), []).append(i.name)
    for (name, at, away), still in held.items():
        unit = records[name].unit
        yield (
            f"That is only because {named(name)} stands at exactly {in_unit(at, unit)}, no effect: with it at"
            f" {in_unit(away, unit)}, {listed(capital(named(n)) for n in still)}"
            f" {'moves' if len(still) == 1 else 'move'} it."
        )
    known = "" if result.withheld.evpi else ", and `recovery-cea voi` tells what knowing them is worth"
    yield (
        f"What matters over all draws at once: `recovery-cea run {result.case.typed}` ranks the assumptions by"
        f" it{known}."
    )


def point_words(value: float, unit: str, error: float | None) -> str:
    """A value of a parameter with its Monte Carlo error."""
    told = in_unit(value, unit, 4)
    return f"{told} (MCSE {bare(error, unit)})" if error else told
