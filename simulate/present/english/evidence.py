"""Every parameter with its figure, status and source, and the sources themselves, in English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from parameters.units import UNITS
from simulate.ask.reads import sampled_names, variant_names
from simulate.present.english.glossary import Glossary
from simulate.present.english.numbers import amount, clean, listed, number, sentence, unit_name, year_named
from simulate.present.english.prose import prose

if TYPE_CHECKING:
    from parameters import Parameter


def used_names(w: Glossary) -> list[str]:
    """Every parameter with a record that this setting uses, each once."""
    return [n for n in sampled_names(w.problem, w.setting) if n in w.parameters]


def leading_first(w: Glossary, names: Sequence[str]) -> list[str]:
    """The names with the setting's leading assumptions first."""
    return sorted(names, key=lambda n: n not in w.setting.leading)


def _names(w: Glossary) -> list[str]:
    """The same with those that only its variants use."""
    return list(dict.fromkeys([*used_names(w), *(n for n in variant_names(w.setting) if n in w.parameters)]))


def records(w: Glossary) -> Iterator[str]:
    """Every number with its interval, status and source, the assumed first."""
    used = [w.parameters[n] for n in leading_first(w, _names(w))]
    assumed = [p for p in used if p.status == "assumed"]
    rest = [p for p in used if p.status != "assumed"]
    yield prose(
        "Point estimate and, in parentheses, the 95% interval of the distribution that is sampled; then unit and price"
        " year, status and source."
    )
    widths = _widths(w, used)
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
    interval = f"({_in_column(w, low, p.unit)} to {_in_column(w, high, p.unit)})" if low < high else "(exact)"
    estimate = f"{_in_column(w, p.distribution.point, p.unit, 6 if low == high else 4)} {interval}"
    return [p.name, estimate, unit_name(p.unit, year_named(p)), p.status, w.source(p.source)]


def _in_column(w: Glossary, value: float, unit: str, digits: int = 3) -> str:
    """A figure beside its unit's own column."""
    return amount(value, "") if UNITS[unit].currency == w.parameters.money.currency else number(value, digits)


def _widths(w: Glossary, records: Sequence[Parameter]) -> list[int]:
    return [max((len(_cells(w, p)[k]) for p in records), default=0) for k in range(4)] + [0]


def _row(w: Glossary, p: Parameter, widths: Sequence[int]) -> Iterator[str]:
    """One line of figures, then the label and any note beneath."""
    yield "  ".join(c.ljust(n) for c, n in zip(_cells(w, p), widths, strict=True)).rstrip()
    yield prose(sentence(p.label) + (f" {sentence(p.note)}" if p.note else ""), "    ")


def sources(w: Glossary) -> Iterator[str]:
    """Every source in full, by author."""
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
