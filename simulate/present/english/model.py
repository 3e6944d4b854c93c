"""A model told in English, for a clinician or committee member to review before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from models.contract import (
    Alternative,
    Component,
    DecisionProblem,
    Effect,
    PublishedResult,
    Quantity,
    Setting,
    Strategy,
    Variant,
    Waning,
)
from parameters.money.currencies import CURRENCIES
from parameters.units import FIGURE_SCALES, MONTHS_PER_YEAR
from simulate.ask.reads import expression_names
from simulate.present.english.changes import notes_of
from simulate.present.english.economics import costs, measures, prices, utilities
from simulate.present.english.evidence import leading_first, records, sources, used_names
from simulate.present.english.glossary import Glossary
from simulate.present.english.natural_history import events, groups, people, states
from simulate.present.english.numbers import (
    amount,
    capital,
    clean,
    in_unit,
    listed,
    number,
    percent,
    quoted,
    sentence,
    spaced,
    titled,
    told_unit,
)
from simulate.present.english.prose import numbered, points, prose, title

if TYPE_CHECKING:
    from parameters import ParameterSet

CALIBRATION, NUMBERS = "What is solved for", "Parameters"  # headings that the text refers to


def describe(problem: DecisionProblem, setting: Setting, parameters: ParameterSet) -> str:
    """The model under one setting: question, structure, economics, every parameter and its source.

    Prose is wrapped at 100 columns; tables may be wider. Nothing is simulated.
    """
    words = Glossary(problem, setting, parameters)
    blocks = [title(titled(problem.label, problem.id), "=")]
    for heading, section in SECTIONS.items():
        lines = list(section(words))
        if lines:
            blocks.append(title(heading, "-"))
            blocks += lines
    return "\n\n".join(blocks)


# --- question, people, strategies ---------------------------------------------------------------


def _question(w: Glossary) -> Iterator[str]:
    problem = w.problem
    if problem.question:
        yield prose(problem.question)
    claims = f" It speaks to these claims of the briefing: {listed(problem.claims)}." if problem.claims else ""
    graded = "not graded" if problem.evidence == "not graded" else f"graded {problem.evidence}"
    yield prose(f"The evidence is {graded}.{claims}")
    yield prose(
        "Estimates are told with the 95% interval of what is sampled; one without an interval is taken as exact."
        " Labels and ids stand in brackets behind them."
    )
    used = used_names(w)
    assumed = leading_first(w, [n for n in used if w.parameters[n].status == "assumed"])
    if assumed:
        count = f"{len(assumed)} of the {len(used)} parameters {'is' if len(assumed) == 1 else 'are'} assumed"
        yield prose(f"Read this first: {count}, without published evidence. The reasons stand under {NUMBERS}.")
        yield points(f"{w.label_and_id(n)}." for n in assumed)


def _people(w: Glossary) -> Iterator[str]:
    pathway, setting = w.problem.pathway, w.setting
    people = f"The people are: {clean(pathway.label)}. " if clean(pathway.label) else ""  # its id names an illness
    yield prose(f"{people}{_setting_words(w)}")
    yield prose(f"Everybody is followed for {w.told(setting.horizon, 'years')}.")
    others = [titled(s.label, s.name) for s in w.problem.settings if s.name != setting.name]
    if others:
        yield prose("The same question can be put in other settings:")
        yield points(sentence(o) for o in others)


def _setting_words(w: Glossary) -> str:
    return f"The setting is: {titled(w.setting.label, w.setting.name)}."


def _strategies(w: Glossary) -> Iterator[str]:
    first = w.strategy(w.problem.strategies[0].id)
    yield prose(f'These strategies are compared; the first, "{first}", is the comparator.')
    yield from (_strategy(w, i, s) for i, s in enumerate(w.problem.strategies, 1))


def _strategy(w: Glossary, place: int, strategy: Strategy) -> str:
    """One strategy as a numbered block, its components below."""
    lead = f"{place}. "
    indent = " " * len(lead)
    head = f"{w.strategy(strategy.id)} ({strategy.id})."
    given = [f"Under it {w.told(n)} is {w.told_for(n, quantity)} instead." for n, quantity in strategy.given.items()]
    if not strategy.components:
        nothing = "" if given else " Nothing is added to the pathway described below."
        return "\n".join([prose(f"{head}{nothing}", lead=lead), *([points(given, indent)] if given else [])])
    blocks = [prose(head, lead=lead), *([points(given, indent)] if given else [])]
    for component in strategy.components:
        blocks.append(prose(_component(w, component), indent))
        effects = _effects_of(w, component)
        blocks += [points(effects, indent)] if effects else []
    return "\n".join(blocks)


def _component(w: Glossary, component: Component) -> str:
    """What is delivered, to whom, when and how well."""
    parts = [
        f"It delivers: {titled(component.label, component.name)}.",
        ""
        if component.uptake == 1.0
        else f"It is taken up with probability {w.told(component.uptake, 'probability')}.",
        _fidelity(w, component),
        "It can be made for a share of those offered it (--implementation); the offer is paid for all the same."
        if component.scalable
        else "",
        sentence(f"it is offered{when}") if (when := _window(w, component.start, component.end)) else "",
        "This" if component.effects else "It changes no event.",
    ]
    return " ".join(p for p in parts if p)


def _fidelity(w: Glossary, component: Component) -> str:
    if component.fidelity == 1.0:
        return ""
    return f"Its fidelity is {w.told(component.fidelity)}: every ratio is raised to this power."


def _window(w: Glossary, start: Quantity | None, end: Quantity | None) -> str:
    """From when until when, as durations since entry; empty where neither is stated."""
    begins = "" if start is None or start == 0.0 else f" from {w.told(start, 'years')} after entry"
    return begins + ("" if end is None else f" until {w.told(end, 'years')} after entry")


def _effects_of(w: Glossary, component: Component) -> list[str]:
    alike = groupby(component.effects, key=lambda e: (e.parameter, e.start, e.end, e.waning))
    return [_effects(w, list(effects)) for _, effects in alike]


def _effects(w: Glossary, effects: Sequence[Effect]) -> str:
    """What effects by the same quantity do, in one sentence."""
    one = effects[0]
    alike = groupby(effects, key=lambda e: (e.ratio, e.branch))
    what = " and ".join(_multiplied_by(w, list(group)) for _, group in alike)
    when = _window(w, one.start, one.end)
    return f"multiplies {what} by {w.told(one.parameter)}{_why(w, one.parameter)}{when}{_waning(w, one.waning)}."


def _waning(w: Glossary, waning: Waning | None) -> str:
    """How an effect fades."""
    if waning is None:
        return ""
    over = w.told(waning.over, "years")
    how = f"is halved every {over}" if waning.kind == "exponential" else f"falls in a straight line to 0 over {over}"
    return f"; the effect fades: its logarithm {how}, in steps of {in_unit(MONTHS_PER_YEAR * waning.step, 'months')}"


def _multiplied_by(w: Glossary, effects: Sequence[Effect]) -> str:
    """What effects alike but for their events act on."""
    one = effects[0]
    last = "or" if one.branch else "and"
    events = listed([f"{w.happening(e.event)} ({e.event})" for e in effects], last)
    outcome = f"{events} has outcome {quoted(one.branch or '')}"
    if one.branch is None and one.ratio in ("odds", "risk"):
        return f"the {'odds' if one.ratio == 'odds' else 'probability'} of {events} in a cycle"
    return {
        "hazard": f"the hazard of {events}",
        "time": f"the time to {events}",
        "odds": f"the odds that {outcome}",
        "risk": f"the probability that {outcome} (its other outcomes share what is left)",
    }[one.ratio]


def _why(w: Glossary, quantity: Quantity) -> str:
    """For a solved parameter, what it is solved for; for a ratio of 1, that it changes nothing."""
    if isinstance(quantity, str) and quantity in w.solved():
        return f", so that {w.goal(w.solved()[quantity])}"
    return ", which changes nothing" if w.value(quantity) == 1.0 and quantity in w.setting.given else ""


# --- calibration --------------------------------------------------------------------------------


def _calibration(w: Glossary) -> Iterator[str]:
    targets = w.setting.targets
    if targets:
        yield prose(
            "A published share or ratio is the outcome of a follow-up, not a rate of the model. So these parameters are"
            " not typed in: they are solved for together, so that the simulated follow-up shows the published figures,"
            " and again for every draw of the figures and of the other parameters."
        )
        yield from numbered(
            [f"{capital(w.label_and_id(t.unknown))}{told_unit(t.unit)}: such that {w.goal(t)}."] for t in targets
        )
    computed = expression_names(w.setting)
    stated = {n: value for n, value in w.setting.given.items() if n not in computed}
    if stated:
        yield prose("This setting states outright:")
        yield points(f"{capital(w.label_and_id(n))}: {w.told_for(n, value)}." for n, value in stated.items())
    if computed:
        yield prose("Computed from other parameters, in every draw of these:")
        yield points(f"{capital(w.label_and_id(n))}: {w.told(w.setting.given[n])}." for n in computed)


# --- what stands beside -------------------------------------------------------------------------


def _shown(w: Glossary) -> Iterator[str]:
    put_in = [s for s in w.setting.shown if s.by_construction]
    others = [s for s in w.setting.shown if not s.by_construction]
    if put_in:
        yield prose("These published results were put in or solved for, and come out as they went in:")
        yield points(_shown_one(w, s) for s in put_in)
    if others:
        yield prose("These published results are shown beside ours and never fitted:")
        yield points(_shown_one(w, s) for s in others)


def _shown_one(w: Glossary, shown: PublishedResult) -> str:
    currency = FIGURE_SCALES[shown.unit].currency
    unit = "" if currency else f" {spaced(clean(shown.unit))}"
    tell = (lambda x: amount(x, CURRENCIES[currency].sign)) if currency else number
    figures = [f"{tell(x)}{unit} under {w.strategy(s)}" for s, x in shown.published.items()]
    note = f" {sentence(shown.note)}" if shown.note else ""
    return f"{clean(shown.label)}: {listed(figures)} ({w.source(shown.source)}).{note}"


def _notes(w: Glossary) -> Iterator[str]:
    if notes := notes_of(w):
        yield points(map(sentence, notes))


def _variants(w: Glossary) -> Iterator[str]:
    if w.setting.variants:
        yield prose("These are run beside the main result, on the same random numbers:")
        yield points(_variant(w, v) for v in w.setting.variants)


def _variant(w: Glossary, variant: Variant) -> str:
    changes = [
        f"{w.label_and_id(old)} becomes {w.told(new)} in place of {w.told(old).rpartition(' [')[0]}"
        for old, new in variant.replace.items()
    ]
    told = f"{capital(titled(variant.label, variant.name))}: {listed(changes)}."
    if variant.weight is None:
        return told
    return f"{told} This is a base case of its own, with a weight of {w.told(variant.weight)}."


def _structures(w: Glossary) -> Iterator[str]:
    if not w.problem.structures:
        return
    yield prose("No trial decides these choices; `recovery-cea structure` runs them side by side and averages them:")
    for structure in w.problem.structures:
        yield prose(f"{capital(titled(structure.label, structure.name))}. {sentence(clean(structure.reason))}")
        yield points(_alternative(w, a) for a in structure.alternatives)


def _alternative(w: Glossary, alternative: Alternative) -> str:
    changes = [f"{w.label_and_id(old)} becomes {w.told(new)}" for old, new in alternative.replace.items()]
    changes += [f"{w.label_and_id(name)} is {number(value)}" for name, value in alternative.fixed.items()]
    changes += ["the natural history is another, of the same states"] if alternative.reshapes else []
    told = f"{capital(titled(alternative.label, alternative.name))}: {listed(changes) or 'as it stands here'}."
    weight = w.value(alternative.weight)
    return f"{told} Its weight is {'unknown' if weight is None else percent(weight)}, which is assumed."


SECTIONS: Mapping[str, Callable[[Glossary], Iterable[str]]] = {
    "The question": _question,
    "People and setting": _people,
    "Strategies": _strategies,
    "States": states,
    "Events": events,
    "Counted together": groups,
    "Differences between people": people,
    CALIBRATION: _calibration,
    "Perspective, discounting and prices": prices,
    "Costs": costs,
    "Quality of life": utilities,
    "What counts as effect": measures,
    "Published results beside ours": _shown,
    "Notes": _notes,
    "Variants": _variants,
    "Structural alternatives": _structures,
    NUMBERS: records,
    "Sources": sources,
}
