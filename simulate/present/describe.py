"""A model told in English, for a clinician or committee member to review before anything runs."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from models.contract import (
    Branch,
    Component,
    CostItem,
    DecisionProblem,
    Delivery,
    Domain,
    Effect,
    Event,
    EventCount,
    Exponential,
    Frailty,
    Gompertz,
    Mixture,
    Payer,
    Perspective,
    Quantity,
    Setting,
    Shown,
    StateTime,
    Strategy,
    Utility,
    Variant,
    Weibull,
)
from simulate.case import sampled_names
from simulate.present.words import (
    Glossary,
    capital,
    clean,
    listed,
    number,
    percent,
    pounds,
    quoted,
    sentence,
    spaced,
    unit_name,
)

if TYPE_CHECKING:
    from parameters import Parameter, ParameterSet

WIDTH = 100  # columns of prose
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
    blocks = [_title(f"{clean(problem.label)} ({problem.id})", "=")]
    for heading, section in SECTIONS.items():
        lines = list(section(words))
        if lines:
            blocks.append(_title(heading, "-"))
            blocks += lines
    return "\n\n".join(blocks)


# --- layout -----------------------------------------------------------------------------------


def _title(text: str, rule: str) -> str:
    return f"{text}\n{rule * min(len(text), WIDTH)}"


def _prose(text: str, indent: str = "", lead: str = "") -> str:
    """One wrapped paragraph; `lead` (a number or dash) stands before its first line, the rest hangs under it."""
    first, rest = indent + lead, indent + " " * len(lead)
    return textwrap.fill(
        clean(text), WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def _points(texts: Iterable[str], indent: str = "") -> str:
    """A list with dashes, one block."""
    return "\n".join(_prose(t, indent, "- ") for t in texts)


def _numbered(texts: Iterable[Sequence[str]]) -> Iterator[str]:
    """Numbered paragraphs, each followed by its own points."""
    for i, (head, *points) in enumerate(texts, 1):
        lead = f"{i}. "
        yield "\n".join([_prose(head, lead=lead), *([_points(points, " " * len(lead))] if points else [])])


# --- question, people, strategies ---------------------------------------------------------------


def _question(w: Glossary) -> Iterator[str]:
    problem = w.problem
    yield _prose(problem.question)
    claims = f" It speaks to {listed(problem.claims)} of the briefing's claims." if problem.claims else ""
    yield _prose(f"The evidence is graded {problem.evidence}.{claims}")
    yield _prose(
        "Estimates are told with the 95% interval of what is sampled; one without an interval is taken as exact."
        " Labels and ids stand in brackets behind them."
    )
    used = _used(w)
    assumed = [n for n in used if w.parameters[n].status == "assumed"]
    if assumed:
        count = f"{len(assumed)} of the {len(used)} parameters {'is' if len(assumed) == 1 else 'are'} assumed"
        yield _prose(f"Read this first: {count}, without published evidence. The reasons stand under {NUMBERS}.")
        yield _points(f"{w.named(n)}." for n in assumed)


def _people(w: Glossary) -> Iterator[str]:
    pathway, setting = w.problem.pathway, w.setting
    yield _prose(f"The people are: {clean(pathway.label) or spaced(pathway.name)}. {_setting_words(w)}")
    yield _prose(f"Everybody is followed for {w.told(setting.horizon)}.")
    others = [f"{clean(s.label)} ({s.name})" for s in w.problem.settings if s.name != setting.name]
    if others:
        yield _prose("The same question can be put in other settings:")
        yield _points(sentence(o) for o in others)


def _setting_words(w: Glossary) -> str:
    return f"The setting is: {clean(w.setting.label) or spaced(w.setting.name)} ({w.setting.name})."


def _strategies(w: Glossary) -> Iterator[str]:
    count = len(w.problem.strategies)
    first = w.strategy(w.problem.strategies[0].id)
    yield _prose(f'{count} {"strategy is" if count == 1 else "strategies are"} compared; the comparator is "{first}".')
    yield from _numbered(_strategy(w, s) for s in w.problem.strategies)


def _strategy(w: Glossary, strategy: Strategy) -> list[str]:
    head = f"{w.strategy(strategy.id)} ({strategy.id})."
    if not strategy.components:
        return [f"{head} Nothing is added to the pathway described below."]
    parts = [_component(w, c) for c in strategy.components]
    return [f"{head} {' '.join(p[0] for p in parts)}", *(point for p in parts for point in p[1:])]


def _component(w: Glossary, component: Component) -> list[str]:
    label = clean(component.label) or spaced(component.name)
    if not component.effects:
        return [f"It delivers: {label} ({component.name}), which changes no event."]
    alike = groupby(component.effects, key=lambda e: e.parameter)
    points = [_effects(w, quantity, list(effects)) for quantity, effects in alike]
    return [f"It delivers: {label} ({component.name}). This", *points]


def _effects(w: Glossary, quantity: Quantity, effects: Sequence[Effect]) -> str:
    """What effects by the same quantity do, in one sentence."""
    alike = groupby(effects, key=lambda e: (e.ratio, e.branch))
    what = " and ".join(_multiplied_by(w, list(group)) for _, group in alike)
    return f"multiplies {what} by {w.told(quantity)}{_why(w, quantity)}."


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


# --- states and events --------------------------------------------------------------------------


def _states(w: Glossary) -> Iterator[str]:
    domains = w.problem.pathway.domains
    sides = "one side" if len(domains) == 1 else f"{len(domains)} sides"
    yield _prose(f"A person's state has {sides}, each at exactly one of its levels at any moment:")
    yield _points(_domain(w, d) for d in domains)
    yield _prose("People enter the model as follows.")
    yield _points(_start(w, d) for d in domains)


def _domain(w: Glossary, domain: Domain) -> str:
    words = f"{capital(w.domain(domain.name))} ({domain.name}): {listed(map(quoted, domain.levels), 'or')}."
    if domain.absorbing:
        words += f" Nothing more happens to a person who has reached {listed(map(quoted, domain.absorbing), 'or')}."
    return words


def _start(w: Glossary, domain: Domain) -> str:
    start = w.problem.pathway.start[domain.name]
    if not isinstance(start, Mixture):
        return f"{capital(w.domain(domain.name))}: {quoted(start)}."
    shares = listed(f"{quoted(level)} with probability {w.told(share)}" for level, share in start.shares.items())
    return f"{capital(w.domain(domain.name))}: {shares}; otherwise {quoted(start.otherwise)}."


def _events(w: Glossary) -> Iterator[str]:
    yield _prose(
        "Events compete in continuous time: of all those that a person is at risk of, the earliest happens."
        f" How figures are solved for is told under {CALIBRATION}."
    )
    yield from _numbered(_event(w, e) for e in w.problem.pathway.events)
    if any(e.priority for e in w.problem.pathway.events):
        order = sorted(w.problem.pathway.events, key=lambda e: (e.priority, e.name))
        yield _prose(f"Events at the very same moment happen in this order: {listed(e.name for e in order)}.")


def _event(w: Glossary, event: Event) -> list[str]:
    _, _, aside = clean(event.label).partition(";")
    parts = [
        f"{capital(w.happening(event.name))} ({event.name}).",
        _at_risk(w, event),
        _hazard(w, event),
        _clock(event),
        _multiplied(w, event),
        _leads_to(w, event),
        sentence(aside) if aside.strip() else "",
    ]
    return [" ".join(p for p in parts if p), *(_branch(w, b) for b in event.branches)]


def _at_risk(w: Glossary, event: Event) -> str:
    if event.when.levels:
        return f"At risk are {w.people_in(event.when)}."
    ends = [f"{w.domain(d.name)} is {quoted(level)}" for d in w.problem.pathway.domains for level in d.absorbing]
    return f"Everybody is at risk until {listed(ends, 'or')}." if ends else "Everybody is at risk at all times."


def _hazard(w: Glossary, event: Event) -> str:
    h = event.hazard
    if isinstance(h, Exponential):
        return f"The hazard is constant: {w.told(h.rate)}{_once_in(w, h.rate)}."
    if isinstance(h, Weibull):
        return (
            f"The time to it follows a Weibull distribution with shape {w.told(h.shape)} and scale {w.told(h.scale)};"
            f" {_weibull_shape(w.value(h.shape))}."
        )
    if isinstance(h, Gompertz):
        return f"The hazard starts at {w.told(h.rate)} and grows exponentially by {w.told(h.growth)}{_growth(w, h)}."
    return (
        f"The time to it is log-normal: half happen within the median, {w.told(h.median)},"
        f" and the standard deviation of its logarithm is {w.told(h.sigma)}."
    )


def _once_in(w: Glossary, rate: Quantity) -> str:
    """What a constant rate means as a waiting time."""
    value = w.value(rate)
    if value is None or value <= 0:
        return ""
    years = 1 / value
    wait = f"{number(years, 2)} years" if years >= 2 else f"{number(years * 12, 2)} months"
    wait = wait if years >= 1 / 6 else f"{number(years * 365.25, 2)} days"
    return f"; on average once in {wait} at risk"


def _weibull_shape(shape: float | None) -> str:
    if shape is None:
        return "its hazard changes as time passes"
    if shape == 1:
        return "a shape of 1 means that the hazard is constant and the scale is the mean"
    where, how = ("above", "rises") if shape > 1 else ("below", "falls")
    return f"a shape {where} 1 means that the hazard {how} as time passes"


def _growth(w: Glossary, hazard: Gompertz) -> str:
    growth = w.value(hazard.growth)
    return "" if growth is None else f", that is by {percent(math.expm1(growth), 2)} a year compounded"


def _clock(event: Event) -> str:
    if isinstance(event.hazard, Exponential):
        return ""  # no memory
    return {
        "sojourn": "Time is counted from when the person came to be at risk, afresh in every spell.",
        "gap": "Time is counted from its own last occurrence, the first time from entry.",
        "start": "Time is counted from entry into the model.",
    }[event.clock]


def _multiplied(w: Glossary, event: Event) -> str:
    names = [f for f in w.problem.pathway.frailties if event.name in f.events]
    if not names:
        return ""
    multipliers = listed(f"{spaced(f.name)} ({f.name})" for f in names)
    return f"The person's hidden multiplier, {multipliers}, multiplies the hazard."


def _leads_to(w: Glossary, event: Event) -> str:
    if event.branches:
        return "It has one of these outcomes, in proportion to their weights:"
    if event.becomes:
        return f"Then {_becomes(w, event.becomes)}."
    return "It changes no state: it is counted, and may happen again."


def _becomes(w: Glossary, levels: Mapping[str, str]) -> str:
    return listed(f"{w.domain(d)} becomes {quoted(level)}" for d, level in levels.items())


def _branch(w: Glossary, branch: Branch) -> str:
    then = _becomes(w, branch.becomes) or "no state changes"
    return f"{quoted(branch.name)}, weight {w.told(branch.weight)}: then {then}."


def _groups(w: Glossary) -> Iterator[str]:
    groups = w.problem.pathway.groups
    if groups:
        yield _points(
            f"{capital(w.happening(g.name))} ({g.name}) is any of: {listed((w.happening(m) for m in g.members), 'or')}."
            for g in groups
        )


def _frailties(w: Glossary) -> Iterator[str]:
    frailties = w.problem.pathway.frailties
    if frailties:
        yield _prose(
            "People differ in ways that no record shows. Each person has a hidden multiplier, drawn once from a gamma"
            " distribution of mean 1, the same under every strategy."
        )
        yield _points(_frailty(w, f) for f in frailties)


def _frailty(w: Glossary, frailty: Frailty) -> str:
    why = f" ({clean(frailty.label)})" if frailty.label else ""
    events = listed(w.happening(e) for e in frailty.events)
    return (
        f"{capital(spaced(frailty.name))} ({frailty.name}) multiplies the hazards of {events}{why}."
        f" Its variance is {w.told(frailty.variance)}."
    )


# --- calibration --------------------------------------------------------------------------------


def _calibration(w: Glossary) -> Iterator[str]:
    targets = w.setting.targets
    if targets:
        yield _prose(
            "A published share or ratio is the outcome of a follow-up, not a rate of the model. So these parameters are"
            " not typed in: they are solved for together, so that the simulated follow-up shows the published figures,"
            " and again for every draw of the figures and of the other parameters."
        )
        yield from _numbered(
            [f"{capital(w.named(t.unknown))}, {unit_name(t.unit)}, is such that {w.goal(t)}."] for t in targets
        )
    if w.setting.given:
        yield _prose("This setting states outright:")
        yield _points(f"{w.told(n)}." for n in w.setting.given)


# --- economics ----------------------------------------------------------------------------------


def _perspective(w: Glossary) -> Iterator[str]:
    chosen = w.problem.perspective(w.setting.perspective)
    yield _prose(f"Costs are counted from this perspective: {clean(chosen.label)} ({chosen.name}). {_counted(chosen)}")
    others = [p for p in w.problem.perspectives if p.name != chosen.name]
    if others:
        yield _prose("Other perspectives can be chosen afterwards, without simulating again:")
        yield _points(f"{clean(p.label)} ({p.name}). {_counted(p)}" for p in others)
    yield _prose(
        f"Costs are discounted by {w.told(w.problem.discount_costs)},"
        f" quality-adjusted life-years by {w.told(w.problem.discount_effects)}."
        f" All costs are brought to {_base_year()} prices."
    )


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
            yield "\n".join([_prose(f"Falling on {name}{counted}:"), _points(_cost(w, c) for c in items)])


def _cost(w: Glossary, item: CostItem) -> str:
    factors = [_basis(w, item), *(w.told(q) for q in item.quantities), w.told(item.unit_cost)]
    words = f"{clean(item.label) or spaced(item.name)} ({item.name}): {', times '.join(factors)}."
    words += " It is subtracted from costs." if item.sign < 0 else ""
    return words + (" It is a transfer." if item.kind == "transfer" else "")


def _basis(w: Glossary, item: CostItem) -> str:
    basis = item.basis
    if isinstance(basis, StateTime):
        return f"time with {w.condition(basis.when)}" if basis.when.levels else "time alive"
    if isinstance(basis, EventCount):
        return f"number of {w.happening(basis.name)}".rstrip(",")
    assert isinstance(basis, Delivery)
    components = {c.name: clean(c.label) or spaced(c.name) for s in w.problem.strategies for c in s.components}
    return f"each person given {components[basis.component]}"


def _utilities(w: Glossary) -> Iterator[str]:
    levels = [u for u in w.problem.utilities if u.role == "level"]
    gains = [u for u in w.problem.utilities if u.role == "gain"]
    if levels:
        yield _prose("Quality of life is the first of these that applies (1 is full health; the dead count 0):")
        yield _points(_utility(w, u) for u in levels)
    if gains:
        yield _prose("To it is added:")
        yield _points(_utility(w, u) for u in gains)


def _utility(w: Glossary, utility: Utility) -> str:
    return f"{capital(w.people_in(utility.when))}: {w.told(utility.value)}."


def _measures(w: Glossary) -> Iterator[str]:
    chosen = w.problem.effect(w.setting.effect)
    yield _prose(f"This setting judges by: {clean(chosen.label)} ({chosen.name}), {w.measured(chosen)}. {_range(w)}")
    others = [e for e in w.problem.effects if e.name != chosen.name]
    if others:
        yield _prose("Other measures can be chosen afterwards, without simulating again:")
        yield _points(f"{clean(e.label)} ({e.name}): {w.measured(e)}." for e in others)


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
        yield _prose("These published results are shown beside ours and never fitted:")
        yield _points(_shown_one(w, s) for s in w.setting.shown)


def _shown_one(w: Glossary, shown: Shown) -> str:
    money = shown.unit.startswith("GBP")
    unit = "" if money else f" {spaced(clean(shown.unit))}"
    figures = [f"{pounds(v) if money else number(v)}{unit} under {w.strategy(s)}" for s, v in shown.published.items()]
    note = f" {sentence(shown.note)}" if shown.note else ""
    return f"{clean(shown.label)}: {listed(figures)} ({w.source(shown.source)}).{note}"


def _notes(w: Glossary) -> Iterator[str]:
    if w.setting.notes:
        yield _points(sentence(n) for n in w.setting.notes)


def _variants(w: Glossary) -> Iterator[str]:
    if w.setting.variants:
        yield _prose("These are run beside the main result, on the same random numbers:")
        yield _points(_variant(w, v) for v in w.setting.variants)


def _variant(w: Glossary, variant: Variant) -> str:
    changes = [f"{w.told(old)} gives way to {w.told(new)}" for old, new in variant.replace.items()]
    return f"{capital(clean(variant.label))} ({variant.name}): {listed(changes)}."


# --- numbers and sources ------------------------------------------------------------------------


def _used(w: Glossary) -> list[str]:
    """Every parameter with a record that this setting uses, each once."""
    return [n for n in sampled_names(w.problem, w.setting) if n in w.parameters]


def _names(w: Glossary) -> list[str]:
    """The same with those that only its variants use."""
    variants = [n for v in w.setting.variants for n in v.replace.values()]
    return list(dict.fromkeys([*_used(w), *(n for n in variants if n in w.parameters)]))


def _parameters(w: Glossary) -> Iterator[str]:
    records = [w.parameters[n] for n in _names(w)]
    assumed = [p for p in records if p.status == "assumed"]
    rest = [p for p in records if p.status != "assumed"]
    yield _prose(
        "Point estimate and, in parentheses, the 95% interval of the distribution that is sampled; then unit and price"
        " year, status and source."
    )
    widths = _widths(w, records)
    if assumed:
        yield _prose("ASSUMED, without published evidence:")
        yield "\n".join(line for p in assumed for line in _row(w, p, widths))
    if rest:
        yield _prose("With evidence:" if assumed else "All have evidence:")
        yield "\n".join(line for p in rest for line in _row(w, p, widths))
    pairs = [f"{a} and {b}: {number(rho)}" for (a, b), rho in w.problem.correlations.items()]
    if pairs:
        yield _prose(f"Sampled with these correlations: {listed(pairs)}. All others are sampled independently.")


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
    yield _prose(sentence(p.label) + (f" {sentence(p.note)}" if p.note else ""), "    ")


def _sources(w: Glossary) -> Iterator[str]:
    ids = dict.fromkeys([*(w.parameters[n].source for n in _names(w)), *(s.source for s in w.setting.shown)])
    for source_id in sorted(ids, key=lambda i: (w.source(i).lower(), i)):
        yield _prose(_cited(w, source_id), lead="")


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
    "States": _states,
    "Events": _events,
    "Counted together": _groups,
    "Differences between people": _frailties,
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
