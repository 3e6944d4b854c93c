"""What a pilot recommends, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from parameters.mistakes import as_spelt
from parameters.money.currencies import signed
from parameters.units import number_of
from simulate.present.english.glossary import Glossary
from simulate.present.english.numbers import clean
from simulate.present.terms.face import Face, kind_of

if TYPE_CHECKING:
    from simulate.ask.case import Case
    from simulate.running.planning import Plan

KIND = kind_of(__name__)


def face(found: Plan, case: Case, effect: str | None = None) -> Face:
    """What a plan of a case shows; nothing is written of it."""
    return Face(kind=KIND, data=found.row(), data_file=None, lines=lambda: lines(found, case, effect), about=case)


def lines(found: Plan, case: Case, effect: str | None = None) -> Iterator[str]:
    """The spread that was met, the draws and people it takes, and what they cost."""
    from simulate.running.wanted_error import MOST_DRAWS

    sign = case.money.sign
    error, reached = signed(sign, f"{found.target.mcse:g}"), signed(sign, f"{found.mcse:.3g}")
    at = signed(sign, f"{found.threshold:,.0f}")
    w = Glossary(case.problem, case.setting, case.parameters)
    names = [e.name for e in case.problem.effects]
    measure = case.problem.effect(as_spelt(effect, names) if effect else case.setting.effect)
    price = f"{at} per {clean(measure.per)}"
    yield f"Incremental net benefit of {w.strategy(found.strategy)} at {price}, {sign} per {w.each}:"
    yield f"  standard deviation from parameters   {found.sd_parameters:,.0f}"
    yield f"  standard deviation between people    {found.sd_person:,.0f}"
    yield f"For a standard error of {error}: --draws {found.draws} --people {found.people}"
    yield f"  predicted standard error             {reached}"
    yield f"  people's share of draws' variance    {found.noise_share:.0%}"
    yield f"  predicted time                       {found.seconds:,.0f} s, without figures and variants"
    yield f"  predicted memory                     {max(found.bytes / 1e6, 1):,.0f} MB"
    if found.draws > MOST_DRAWS:
        yield f"That is more than the {number_of(MOST_DRAWS, 'draw')} of --until-mcse: ask for less."
