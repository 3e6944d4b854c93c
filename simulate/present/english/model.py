"""A model told in English, for a clinician or committee member to review before anything runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from models.contract import (
    Component,
    ComponentTime,
    CostItem,
    DecisionProblem,
    Delivery,
    Effect,
    EventCount,
    Payer,
    Perspective,
    PublishedResult,
    Quantity,
    Setting,
    StateTime,
    StayBand,
    Strategy,
    Utility,
    Variant,
    Waning,
    When,
)
from simulate.ask.reads import sampled_names
from simulate.present.english.glossary import Glossary
from simulate.present.english.natural_history import events, groups, people, states
from simulate.present.english.numbers import (
    capital,
    clean,
    in_unit,
    listed,
    number,
    pounds,
    quoted,
    sentence,
    spaced,
    titled,
    told_unit,
    unit_name,
    worded,
)
from simulate.present.english.prose import numbered, points, prose, title

if TYPE_CHECKING:
    from parameters import Parameter, ParameterSet

CALIBRATION, NUMBERS = "What is solved for", "Parameters"  # headings that the text refers to

PAYERS: Mapping[Payer, str] = {
    "nhs": "the NHS",
    "social_care": "social care",
    "criminal_justice": "criminal justice",
    "housing": "housing",
    "public_other": "other public bodies",
    "employer": "employers",
    "person": "the person and family",
    "productivity": "production in paid work",
}


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
    yield prose(f"The evidence is graded {problem.evidence}.{claims}")
    yield prose(
        "Estimates are told with the 95% interval of what is sampled; one without an interval is taken as exact."
        " Labels and ids stand in brackets behind them."
    )
    used = _used(w)
    assumed = _leading_first(w, [n for n in used if w.parameters[n].status == "assumed"])
    if assumed:
        count = f"{len(assumed)} of the {len(used)} parameters {'is' if len(assumed) == 1 else 'are'} assumed"
        yield prose(f"Read this first: {count}, without published evidence. The reasons stand under {NUMBERS}.")
        yield points(f"{w.named(n)}." for n in assumed)


def _people(w: Glossary) -> Iterator[str]:
    pathway, setting = w.problem.pathway, w.setting
    yield prose(f"The people are: {worded(pathway.label, pathway.name)}. {_setting_words(w)}")
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
    if not strategy.components:
        return prose(f"{head} Nothing is added to the pathway described below.", lead=lead)
    blocks = [prose(head, lead=lead)]
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
    return f"; the effect fades: its logarithm {how}, in steps of {in_unit(12 * waning.step, 'months')}"


def _multiplied_by(w: Glossary, effects: Sequence[Effect]) -> str:
    """What effects alike but for their events act on."""
    one = effects[0]
    last = "or" if one.branch else "and"
    events = listed([f"{w.happening(e.event)} ({e.event})" for e in effects], last)
    outcome = f"{events} has outcome {quoted(one.branch or '')}"
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
            [f"{capital(w.named(t.unknown))}{told_unit(t.unit)}: such that {w.goal(t)}."] for t in targets
        )
    if w.setting.given:
        yield prose("This setting states outright:")
        yield points(f"{capital(w.named(n))}: {w.told(value)}." for n, value in w.setting.given.items())


# --- economics ----------------------------------------------------------------------------------


def _perspective(w: Glossary) -> Iterator[str]:
    chosen = w.problem.perspective(w.setting.perspective)
    yield prose(f"Costs are counted from this perspective: {titled(chosen.label, chosen.name)}. {_counted(chosen)}")
    others = [p for p in w.problem.perspectives if p.name != chosen.name]
    if others:
        yield prose("Other perspectives can be chosen afterwards, without simulating again:")
        yield points(f"{titled(p.label, p.name)}. {_counted(p)}" for p in others)
    yield prose(
        f"Costs are discounted by {w.told(w.problem.discount_costs, 'per_year_effective')},"
        f" quality-adjusted life-years by {w.told(w.problem.discount_effects, 'per_year_effective')}"
        f"{_compounded(w)}. All costs are brought to {_base_year()} prices."
    )


def _compounded(w: Glossary) -> str:
    """How a discount rate is meant."""
    return ", continuously: by exp(-rate x years)" if w.problem.discounting == "continuous" else ""


def _base_year() -> str:
    from parameters import price_index

    return price_index().base


def _counted(perspective: Perspective) -> str:
    kinds = "" if "transfer" in perspective.kinds else ", leaving out transfers such as benefits and taxes"
    return f"It counts what falls on {listed(PAYERS[p] for p in perspective.payers)}{kinds}."


def _costs(w: Glossary) -> Iterator[str]:
    chosen = w.problem.perspective(w.setting.perspective)
    for payer, name in PAYERS.items():
        items = [c for c in w.problem.costs if c.payer == payer]
        if items:
            counted = "" if payer in chosen.payers else f" (not counted from the perspective {chosen.name})"
            yield "\n".join([prose(f"Falling on {name}{counted}:"), points(_cost(w, c) for c in items)])


def _cost(w: Glossary, item: CostItem) -> str:
    factors = [_basis(w, item), *(w.told(q) for q in item.quantities), w.told(item.unit_cost, _price_unit(item))]
    words = f"{titled(item.label, item.name)}: {', times '.join(factors)}."
    words += " It is subtracted from costs." if item.sign < 0 else ""
    return words + (" It is a transfer." if item.kind == "transfer" else "")


def _price_unit(item: CostItem) -> str:
    """What a price given as a plain number is for."""
    return "GBP_per_year" if isinstance(item.basis, StateTime | StayBand | ComponentTime) else "GBP"


def _basis(w: Glossary, item: CostItem) -> str:
    basis = item.basis
    components = {c.name: worded(c.label, c.name) for s in w.problem.strategies for c in s.components}
    if isinstance(basis, StateTime):
        return _time(w, basis.when) + (f", under {components[basis.component]} only" if basis.component else "")
    if isinstance(basis, StayBand):
        low, high = in_unit(365.25 * basis.low, "days"), in_unit(365.25 * basis.high, "days")
        until = "" if math.isinf(basis.high) else f" until {high}"
        return f"{_time(w, basis.when)}, from {low}{until} after each spell began"
    if isinstance(basis, EventCount):
        return f"each {w.happening(basis.name)}{_which(basis)}"
    given = components[basis.component]
    return f"each person given {given}" if isinstance(basis, Delivery) else f"time alive under {given}"


def _time(w: Glossary, when: When) -> str:
    return f"time with {w.condition(when)}" if when.levels else "time alive"


def _which(basis: EventCount) -> str:
    """Which of a person's occurrences count."""
    if basis.last is None:
        return f", from number {basis.first} of a person on" if basis.first > 1 else ""
    if basis.first == basis.last == 1:
        return ", only the first of a person"
    return f", only numbers {basis.first} to {basis.last} of a person"


def _utilities(w: Glossary) -> Iterator[str]:
    levels = [u for u in w.problem.utilities if u.role == "level"]
    gains = [u for u in w.problem.utilities if u.role == "gain"]
    if levels:
        absorbed = [quoted(level) for d in w.problem.pathway.domains for level in d.absorbing]
        ends = f", and a person who has reached {listed(absorbed, 'or')} counts 0" if absorbed else ""
        yield prose(f"Quality of life is the first of these that applies; 1 is full health{ends}:")
        yield points(_utility(w, u) for u in levels)
    if gains:
        yield prose("To it is added:")
        yield points(_utility(w, u) for u in gains)


def _utility(w: Glossary, utility: Utility) -> str:
    return f"{capital(w.people_in(utility.when))}: {w.told(utility.value)}."


def _measures(w: Glossary) -> Iterator[str]:
    chosen = w.problem.effect(w.setting.effect)
    yield prose(f"This setting judges by: {titled(chosen.label, chosen.name)}, {w.measured(chosen)}. {_range(w)}")
    others = [e for e in w.problem.effects if e.name != chosen.name]
    if others:
        yield prose("Other measures can be chosen afterwards, without simulating again:")
        yield points(f"{titled(e.label, e.name)}: {w.measured(e)}." for e in others)


def _range(w: Glossary) -> str:
    values = w.problem.thresholds.get(w.setting.effect, ())
    if not values:
        return ""
    unit = clean(w.problem.effect(w.setting.effect).unit)
    low, high = pounds(min(values)), pounds(max(values))
    return f"The decision is shown for a willingness to pay of {low} to {high} per {unit}."


# --- what stands beside -------------------------------------------------------------------------


def _shown(w: Glossary) -> Iterator[str]:
    if w.setting.shown:
        yield prose("These published results are shown beside ours and never fitted:")
        yield points(_shown_one(w, s) for s in w.setting.shown)


def _shown_one(w: Glossary, shown: PublishedResult) -> str:
    money = shown.unit.startswith("GBP")
    unit = "" if money else f" {spaced(clean(shown.unit))}"
    figures = [f"{pounds(v) if money else number(v)}{unit} under {w.strategy(s)}" for s, v in shown.published.items()]
    note = f" {sentence(shown.note)}" if shown.note else ""
    return f"{clean(shown.label)}: {listed(figures)} ({w.source(shown.source)}).{note}"


def _notes(w: Glossary) -> Iterator[str]:
    if w.setting.notes:
        yield points(sentence(n) for n in w.setting.notes)


def _variants(w: Glossary) -> Iterator[str]:
    if w.setting.variants:
        yield prose("These are run beside the main result, on the same random numbers:")
        yield points(_variant(w, v) for v in w.setting.variants)


def _variant(w: Glossary, variant: Variant) -> str:
    changes = [
        f"{w.named(old)} becomes {w.told(new)} in place of {w.told(old).rpartition(' [')[0]}"
        for old, new in variant.replace.items()
    ]
    return f"{capital(titled(variant.label, variant.name))}: {listed(changes)}."


# --- numbers and sources ------------------------------------------------------------------------


def _used(w: Glossary) -> list[str]:
    """Every parameter with a record that this setting uses, each once."""
    return [n for n in sampled_names(w.problem, w.setting) if n in w.parameters]


def _leading_first(w: Glossary, names: Sequence[str]) -> list[str]:
    """The names with the setting's leading assumptions first."""
    return sorted(names, key=lambda n: n not in w.setting.leading)


def _names(w: Glossary) -> list[str]:
    """The same with those that only its variants use."""
    variants = [n for v in w.setting.variants for n in v.replace.values()]
    return list(dict.fromkeys([*_used(w), *(n for n in variants if n in w.parameters)]))


def _parameters(w: Glossary) -> Iterator[str]:
    records = [w.parameters[n] for n in _leading_first(w, _names(w))]
    assumed = [p for p in records if p.status == "assumed"]
    rest = [p for p in records if p.status != "assumed"]
    yield prose(
        "Point estimate and, in parentheses, the 95% interval of the distribution that is sampled; then unit and price"
        " year, status and source."
    )
    widths = _widths(w, records)
    if assumed:
        yield prose("ASSUMED, without published evidence:")
        yield "\n".join(line for p in assumed for line in _row(w, p, widths))
    if rest:
        yield prose("With evidence:" if assumed else "All have evidence:")
        yield "\n".join(line for p in rest for line in _row(w, p, widths))
    pairs = [f"{a} and {b}: {number(rho)}" for (a, b), rho in w.problem.correlations.items()]
    if pairs:
        yield prose(f"Sampled with these correlations: {listed(pairs)}. All others are sampled independently.")


def _cells(w: Glossary, p: Parameter) -> list[str]:
    low, high = p.distribution.interval95()
    interval = f"({_in_column(low, p.unit)} to {_in_column(high, p.unit)})" if low < high else "(exact)"
    estimate = f"{_in_column(p.distribution.point, p.unit, 6 if low == high else 4)} {interval}"
    return [p.name, estimate, unit_name(p.unit, p.price_year), p.status, w.source(p.source)]


def _in_column(value: float, unit: str, digits: int = 3) -> str:
    """A figure beside its unit's own column."""
    return pounds(value).replace("£", "") if unit.startswith("GBP") else number(value, digits)


def _widths(w: Glossary, records: Sequence[Parameter]) -> list[int]:
    return [max((len(_cells(w, p)[k]) for p in records), default=0) for k in range(4)] + [0]


def _row(w: Glossary, p: Parameter, widths: Sequence[int]) -> Iterator[str]:
    """One line of figures, then the label and any note beneath."""
    yield "  ".join(c.ljust(n) for c, n in zip(_cells(w, p), widths, strict=True)).rstrip()
    yield prose(sentence(p.label) + (f" {sentence(p.note)}" if p.note else ""), "    ")


def _sources(w: Glossary) -> Iterator[str]:
    ids = dict.fromkeys([*(w.parameters[n].source for n in _names(w)), *(s.source for s in w.setting.shown)])
    for source_id in sorted(ids, key=lambda i: (w.source(i).lower(), i)):
        yield prose(_cited(w, source_id), lead="")


def _cited(w: Glossary, source_id: str) -> str:
    found = w.parameters.sources.get(source_id)
    if found is None:
        return f"[{source_id}] is in no bibliography."
    size = f", n = {found.n:,}" if found.n is not None else ""
    design = f" {sentence(found.design)[:-1]}{size}." if found.design else ""
    url = f" {clean(found.url)}" if found.url else ""
    return f"[{source_id}] {clean(found.cite())}.{design} Supports: {sentence(found.supports)}{url}".replace("..", ".")


SECTIONS: Mapping[str, Callable[[Glossary], Iterable[str]]] = {
    "The question": _question,
    "People and setting": _people,
    "Strategies": _strategies,
    "States": states,
    "Events": events,
    "Counted together": groups,
    "Differences between people": people,
    CALIBRATION: _calibration,
    "Perspective, discounting and prices": _perspective,
    "Costs": _costs,
    "Quality of life": _utilities,
    "What counts as effect": _measures,
    "Published results beside ours": _shown,
    "Notes": _notes,
    "Variants": _variants,
    NUMBERS: _parameters,
    "Sources": _sources,
}
