"""Words on figures: labels from files are data, units are said in full."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from models.contract import EffectMeasure
from parameters.units import number_of
from simulate.ask.changes import changed_parameters
from simulate.present.english.changes import changed_note
from simulate.present.english.numbers import plural
from simulate.result.per_person import follows_people
from simulate.result.published import differences, missed

if TYPE_CHECKING:
    from simulate.ask.case import Case
    from simulate.result.valued import Valued

MISSED = " The published difference is not reproduced."


class Told(Protocol):
    """What was run or traced, and under which strategies."""

    @property
    def case(self) -> Case: ...

    @property
    def strategies(self) -> tuple[str, ...]: ...


def plain(text: str) -> str:
    """`text` on one line, without characters that no font draws and no SVG may hold."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in " ".join(text.split()))


def wrapped(text: str, width: int, lines: int = 3) -> str:
    """`plain` text in at most `lines` lines of `width` characters."""
    found = balanced(plain(text), width)
    if len(found) > lines:
        found = textwrap.wrap(plain(text), width, max_lines=lines, placeholder=" …")
    return "\n".join(found)


def balanced(text: str, width: int) -> list[str]:
    """`text` in as few lines of at most `width` characters as can be, of about one length: no word is left alone."""
    found = textwrap.wrap(text, width, break_on_hyphens=False)
    narrow, wide = min(width, max(map(len, text.split()), default=0)), width
    while len(found) > 1 and narrow < wide:  # to the least width that takes no more lines
        middle = (narrow + wide) // 2
        tried = textwrap.wrap(text, middle, break_on_hyphens=False)
        if len(tried) > len(found):
            narrow = middle + 1
        else:
            wide, found = middle, tried
    return found


def lines_of(labels: Sequence[str]) -> float:
    """How many lines high rows of one height are, together, where no label touches the next."""
    each = [label.count("\n") + 1 for label in labels]
    pairs = [(above + below) / 2 for above, below in pairwise(each)]
    return max(sum(each), len(each) * max(pairs, default=0.0))


def rows_of_text(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` characters, of about one length where the last would be a few words alone."""
    found = textwrap.wrap(text, width)
    return balanced(text, width) if len(found) > 1 and len(found[-1]) < width / 3 else found


def label_or_id(label: str, name: str) -> str:
    """The label, or the id in words where there is none."""
    return plain(label) or name.replace("_", " ")


def strategy_labels(result: Told, width: int = 40) -> list[str]:
    """Labels of the strategies, in the order they are told in, wrapped."""
    labels = {s.id: label_or_id(s.label, s.id) for s in result.case.problem.strategies}
    return [wrapped(labels[s], width) for s in result.strategies]


def label_of(result: Told, strategy: str) -> str:
    """The label of one strategy."""
    return next(label_or_id(s.label, s.id) for s in result.case.problem.strategies if s.id == strategy)


def one_draw(result: Valued) -> str | None:
    """What a figure of a single draw has to say about itself; None where there are several draws."""
    if len(result.cost) > 1:
        return None
    which = "One draw, at the published point estimates" if result.options.fixed else "One draw"
    return f"{which}: parameter uncertainty is not shown."


def no_difference(result: Valued) -> str | None:
    """What a figure has to say where every strategy equals the comparator in every draw."""
    same = np.ptp(result.cost, axis=1).max() == 0 and np.ptp(result.effect, axis=1).max() == 0
    return "No strategy differs from the comparator in any draw." if same else None


def context(result: Told) -> str:
    """Problem and setting, and on a line of its own what was changed from the shipped case."""
    problem, setting = result.case.problem, result.case.setting
    words = f"{label_or_id(problem.label, problem.id)}. {label_or_id(setting.label, setting.name)}."
    return "\n".join([words, *changes(result)])


def changes(result: Told) -> list[str]:
    """What was changed from the shipped case, a line; nothing where nothing was."""
    note = changed_note(changed_parameters(result.case))
    return [plain(note)] if note else []


def size(result: Valued) -> str:
    """How much was simulated."""
    draws, people, cohort = len(result.cost), result.options.people, result.options.cohort
    whose = "" if cohort is None else f" of {plain(Path(cohort.file).name)}"
    place = " One place, not the mean of places." if result.options.predictive else ""
    share = result.options.implementation
    place += "" if share == 1.0 else f" Made for {share:.0%} of those offered it."
    if not follows_people(result):
        how = "expected values" if result.options.exact else "nobody is simulated"
        return f"{number_of(draws, 'draw')}, {how}, seed {result.options.seed}.{place}"
    sizes = f"{number_of(draws, 'draw')} × {number_of(people, 'person')}"
    return f"{sizes}{whose}, seed {result.options.seed}.{place}"


def viewpoint(result: Valued) -> str:
    """Whose costs are counted, and how much was simulated."""
    perspective = result.case.problem.perspective(result.options.perspective or "")
    missing = MISSED if any(missed(result, item) for item in differences(result)) else ""
    return f"Costs: {label_or_id(perspective.label, perspective.name)}, {money_of(result)}. {size(result)}{missing}"


def chosen_effect(result: Valued) -> EffectMeasure:
    """The measure that the result's effects are in."""
    return result.case.problem.effect(result.options.effect or "")


def effect_axis(measure: EffectMeasure, each: str = "person") -> str:
    """What an incremental effect is, with its unit: points averted by 100 people, or a gain per person."""
    label, unit = label_or_id(measure.label, measure.name), plain(measure.unit)
    units = plural(unit, 2)
    if measure.ever is not None or measure.achieved is not None:
        return f"{label}, new minus comparator, {units}"
    if measure.counted != "gained" or measure.items:
        return f"{label} per {each}, new minus comparator, {units}"
    return f"{label} gained per {each}, {units}"


def sign_of(result: Told) -> str:
    """What stands before an amount."""
    return result.case.money.sign


def money_of(result: Told) -> str:
    """What money is in, with its year."""
    return f"{sign_of(result)} of {result.case.money.price_year}"


def per_effect(result: Valued) -> str:
    """What a threshold is for, e.g. ``per QALY``."""
    return f"per {plain(chosen_effect(result).per)}"


def threshold_axis(result: Valued) -> str:
    """What a unit of effect may cost, for an axis; a percentage point is a hundredth of a person."""
    measure = chosen_effect(result)
    points = measure.ever is not None or measure.achieved is not None
    return f"Willingness to pay, {sign_of(result)} {per_effect(result)}{'; a person is 100 points' if points else ''}"


def in_large(most: float, sign: str) -> tuple[float, str]:
    """What an axis of money up to `most` is divided by, and what it is then in."""
    return (1e6, f"{sign} million") if most >= 1e6 else (1e3, f"{sign} thousand") if most >= 1e4 else (1.0, sign)
