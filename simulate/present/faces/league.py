"""A league table of programmes, and what a budget reaches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from parameters.money.currencies import signed
from parameters.units import number_of
from simulate.present.english.numbers import AT_LEAST, about, number, percent, titled
from simulate.present.terms.face import Face, kind_of

if TYPE_CHECKING:
    from simulate.result.priorities.league import League

KIND = kind_of(__name__)


def face(found: League) -> Face:
    """What a league table shows; it has no figure."""
    return Face(kind=KIND, data=found.summary(), lines=lambda: lines(found), tables={"league": found.table})


def lines(found: League) -> Iterator[str]:
    """One line a programme, best first within its unit of effect, and what the budget reaches."""
    sign = found.sign
    for unit, group in groupby(found.table.to_dict("records"), key=lambda r: r["unit"]):
        rows = list(group)
        at = signed(sign, f"{rows[0]['threshold']:,.0f}")
        yield f"\nPer {unit}, at {at} each; new minus comparator, 95% intervals:"
        for r in rows:
            share = r["funded"]
            place = "funded" if share == 1 else f"{percent(share)} funded" if share else "not funded"
            chance = r["p_cost_effective"]
            narrow = AT_LEAST * (chance is None)
            yield (
                f"  {_called(r['programme'])}, {r['setting']}: cost {about(r['cost'], sign)} ({narrow}"
                f"{about(r['cost_low'], sign)} to {about(r['cost_high'], sign)}), effect {number(r['effect'])},"
                f" {r['verdict']}; cost-effective with"
                f" probability {'not known' if chance is None else percent(chance)};"
                f" {number_of(round(r['people']), 'person')}, outlay {about(r['outlay'], sign)}: {place}"
            )


def _called(programme: str) -> str:
    """A programme of the catalogue by its label and id; a model of one's own by its id."""
    from models.catalogue import problem, problem_ids

    return titled(problem(programme).label, programme) if programme in problem_ids() else programme
