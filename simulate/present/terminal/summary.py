"""The result of a run on a terminal, or as plain text: what is assumed first, then what was found.

Labels and notes come from files: they reach rich as ``Text``, never as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from models.contract import CalibrationTarget, DecisionProblem, EffectMeasure, MeanTime, is_share, parameter_names
from simulate.present.english.glossary import Glossary
from simulate.present.english.numbers import (
    about,
    capital,
    clean,
    figure,
    in_unit,
    listed,
    number,
    percent,
    plural,
    pounds,
    sentence,
    spaced,
    titled,
    to_error,
    worded,
)
from simulate.present.terminal.layout import heading, make_table, numbered, plain_console, text_line

if TYPE_CHECKING:
    from parameters import ParameterSet

Row = Mapping[str, Any]

DAYS_PER_YEAR = 365.25
QALY_THRESHOLDS = (0.0, 20_000.0, 25_000.0, 30_000.0, 35_000.0)  # GBP per QALY, those NICE has used

SHORT_NOTE = 40  # characters: such as that the user has set it
DECISIONS = 5  # thresholds shown for any other effect
NONE = "not known"


def print_summary(
    summary: Row, problem: DecisionProblem, parameters: ParameterSet, *, console: Console | None = None
) -> None:
    """Print what ``Result.summary`` holds; with colour on a terminal only.

    Money is GBP of the base price year per person; intervals are over parameter draws; MCSE is the
    Monte Carlo standard error of the mean before it.
    """
    out = console or plain_console()
    view = _View(summary, Glossary(problem, problem.setting(summary["setting"]), parameters), out.width)
    with out.capture() as printed:
        for section in SECTIONS:
            for piece in section(view):
                out.print(piece)
    lines = (line.rstrip() for line in printed.get().split("\n"))  # rich fills lines up with spaces
    out.file.write("\n".join(lines))


@dataclass(frozen=True)
class _View:
    """A summary with the words for its ids."""

    summary: Row
    words: Glossary
    width: int  # columns

    @property
    def measure(self) -> EffectMeasure:
        return self.words.problem.effect(self.summary["effect"])

    @property
    def measured(self) -> str:
        """What the effect is called."""
        return worded(self.measure.label, self.measure.name)

    @property
    def unit(self) -> str:
        """The effect's unit, in the singular."""
        return clean(self.measure.unit)

    @property
    def several(self) -> bool:
        """Whether parameter uncertainty was sampled at all."""
        return int(self.summary["draws"]) > 1

    @property
    def strategies(self) -> tuple[str, ...]:
        return tuple(row["id"] for row in self.summary["strategies"])


def _money(found: Row, several: bool) -> str:
    """A described cost: mean, interval and Monte Carlo error, one a line."""
    lines = [about(found["mean"])]
    if several:
        lines.append(f"{about(found['low'])} to {about(found['high'])}")
    return "\n".join([*lines, f"MCSE {_or_none(found['mcse'], lambda e: pounds(e, 2))}"])


def _gain(found: Row, several: bool) -> str:
    """A described effect, as ``_money``."""
    error = found["mcse"]
    interval = [f"{number(found['low'])} to {number(found['high'])}"] if several else []
    return "\n".join([to_error(found["mean"], error), *interval, f"MCSE {_or_none(error, lambda e: number(e, 2))}"])


def _or_none(value: float | None, tell: Any) -> str:
    return NONE if value is None else str(tell(value))


def _share(value: float | None, digits: int = 3) -> str:
    return NONE if value is None else percent(value, digits)


def _amount(value: float, unit: str) -> str:
    return f"{number(value)} {plural(unit, value)}"


def _what(v: _View) -> Iterator[RenderableType]:
    s, w = v.summary, v.words
    yield Text(titled(w.problem.label, w.problem.id), style="bold")
    yield text_line(f"Setting: {titled(w.setting.label, w.setting.name)}. Evidence: {s['evidence']}.")
    perspective = w.problem.perspective(s["perspective"])
    yield text_line(f"Costs: {titled(perspective.label, perspective.name)}, {_base_year()} prices, per person.")
    yield text_line(f"Effect: {titled(v.measure.label, v.measure.name)}, {_per_unit(v)}.")
    people = f"{s['people']:,} {'person' if s['people'] == 1 else 'people'}{' each' if v.several else ''}"
    yield text_line(
        f"{s['draws']:,} parameter {plural('draw', s['draws'])} of {people}, the same under every strategy;"
        f" seed {s['seed']}; recovery-cea {s['version']}."
    )
    yield from _draws_note(int(s["draws"]))


def _base_year() -> str:
    from parameters import price_index

    return price_index().base


def _per_unit(v: _View) -> str:
    points = v.measure.ever is not None or v.measure.achieved is not None
    return f"in {plural(v.unit, 2)}" if points else f"in {plural(v.unit, 2)} per person"


def _draws_note(draws: int) -> Iterator[RenderableType]:
    if draws == 1:
        yield text_line("One draw: there is no parameter uncertainty, so no interval, probability or EVPI.", "yellow")
    elif draws & (draws - 1):
        below = 1 << (draws.bit_length() - 1)
        yield text_line(
            f"{draws:,} is no power of two, and powers of two are best: {below:,} or {2 * below:,}.", "yellow"
        )


def _assumed(v: _View) -> Iterator[RenderableType]:
    names: Sequence[str] = v.summary["assumed"]
    if not names:
        yield heading("No parameter is assumed: each has published or derived evidence.")
        return
    order = ", most influential on the difference in cost first" if v.several else ""
    yield heading(f"ASSUMED, without published evidence{order}:")
    yield numbered([f"{v.words.named(name)}: {_estimate(v, name)}" for name in names])


def _estimate(v: _View, name: str) -> str:
    if name not in v.words.parameters:
        return NONE
    p = v.words.parameters[name]
    told = figure(p).removesuffix(", assumed")
    return f"{told} ({p.note})" if p.note and len(p.note) <= SHORT_NOTE else told


def _strategies(v: _View) -> Iterator[RenderableType]:
    rows: Sequence[Row] = v.summary["strategies"]
    interval = "mean, 95% interval, MCSE" if v.several else "mean, MCSE"
    lines = [
        [f"Cost, £ per person\n{interval}", *(_money(r["cost"], v.several) for r in rows)],
        [f"{v.measured}, {plural(v.unit, 2)}\n{interval}", *(_gain(r["effect"], v.several) for r in rows)],
    ]
    if any(r["bed_days"] is not None for r in rows):
        lines.append(["Bed-days per person", *(_plain(r["bed_days"], r["mcse"]["bed_days"]) for r in rows)])
    if tracked := _tracked(v):
        lines.append(["Share with at least one, and mean number:", *("" for _ in rows)])
        lines += [_ever(v, name) for name in tracked]
    yield heading("Strategies")
    yield make_table(v.width, ["Per person, over the follow-up", *(titled(r["label"], r["id"]) for r in rows)], lines)
    yield from _strategy_notes(v)


def _plain(mean: float | None, error: float | None) -> str:
    if mean is None:
        return NONE
    return number(mean) if error is None else f"{to_error(mean, error)}\nMCSE {number(error, 2)}"


def _tracked(v: _View) -> list[str]:
    """Groups, then events that no group holds; without those that happen to nobody."""
    pathway = v.words.problem.pathway
    grouped = {o for g in pathway.groups for o in pathway.resolve(g.name)}
    loose = [e.name for e in pathway.events if not grouped & set(e.outcomes())]
    rows: Sequence[Row] = v.summary["strategies"]
    return [n for n in [g.name for g in pathway.groups] + loose if any(r["events"].get(n) != 0 for r in rows)]


def _ever(v: _View, name: str) -> list[str]:
    rows: Sequence[Row] = v.summary["strategies"]
    cells = [_ever_cell(r, name) for r in rows]
    return [f"- {v.words.happening(name)}", *cells]


def _ever_cell(row: Row, name: str) -> str:
    share, error = row["ever"].get(name), row["mcse"]["ever"].get(name)
    mean, count_error = row["events"].get(name), row["mcse"]["events"].get(name)
    lines = [f"{_share(share)}; {NONE if mean is None else number(mean)}"]
    if error is not None and count_error is not None:
        lines.append(f"MCSE {percent(error, 2)}; {number(count_error, 2)}")
    return "\n".join(lines)


def _strategy_notes(v: _View) -> Iterator[RenderableType]:
    if v.measure.ever is not None:
        yield text_line(f"{v.measured}: {v.words.measured(v.measure)}.")


def _incremental(v: _View) -> Iterator[RenderableType]:
    rows: Sequence[Row] = v.summary["incremental"]
    if not rows:
        return
    new = v.words.strategy(rows[0]["strategy"]) if len(rows) == 1 else "Each strategy"
    yield heading(f"Differences: {new} against {v.words.strategy(v.strategies[0])}")
    labelled = [(v.words.strategy(row["strategy"]), row) for row in rows]
    yield _increments(v, labelled, "Strategy" if len(rows) > 1 else "")
    for row in rows:
        yield text_line(_verdict(v, row))


def _increments(v: _View, rows: Sequence[tuple[str, Row]], first: str) -> Table:
    """A row for each labelled increment, the labels in a column called `first` where that is given."""
    columns = [
        *([first] if first else []),
        "Verdict",
        "Difference in cost, £ per person",
        f"Difference in effect, {plural(v.unit, 2)}",
        f"ICER, £ per {v.unit}",
        *(["Probability that it saves money"] if v.several else []),
    ]
    cells = [[*([label] if first else []), *_increment(v, row)] for label, row in rows]
    return make_table(v.width, columns, cells, left=2 if first else 1)


def _increment(v: _View, row: Row) -> list[str]:
    icer = "none" if row["icer"] is None else about(row["icer"])
    saving = [percent(row["p_cost_saving"])] if v.several else []
    cost, effect = _money(row["cost"], v.several), _gain(row["effect"], v.several)
    return [_short_verdict(row), cost, effect, icer, *saving]


def _short_verdict(row: Row) -> str:
    """The verdict for any effect, of which health is only one."""
    return str(row["verdict"])


def _verdict(v: _View, row: Row) -> str:
    """An increment in one sentence."""
    new, old = v.words.strategy(row["strategy"]), v.words.strategy(row["versus"])
    cost, effect, icer = row["cost"]["mean"], row["effect"]["mean"], row["icer"]
    if row["verdict"] == "no difference":
        return f"{new} makes no difference to cost or effect against {old}."
    what = f"on average it {_cost_words(cost)} and {_effect_words(v, effect)}"
    head = {"dominates": f"{new} dominates {old}", "dominated": f"{new} is dominated by {old}"}.get(row["verdict"])
    if head is not None:
        return f"{head}: {what}."
    per = "saved for each" if cost < 0 else "for each"
    price = "" if icer is None else f": {about(icer)} {per} {v.unit} {'given up' if cost < 0 else 'gained'}"
    return f"{new}, against {old}: {what}{price}."


def _cost_words(cost: float) -> str:
    return "costs the same" if cost == 0 else f"costs {about(abs(cost))} {'less' if cost < 0 else 'more'} per person"


def _effect_words(v: _View, effect: float) -> str:
    if effect == 0:
        return "has the same effect"
    return f"{'gains' if effect > 0 else 'loses'} {_amount(abs(effect), v.unit)} ({v.measured})"


def _decision(v: _View) -> Iterator[RenderableType]:
    rows = _chosen([r["threshold"] for r in v.summary["ceac"]], v.measure)
    if not rows:
        return
    yield heading("Decision")
    if not v.several:
        yield text_line(f"Best, by willingness to pay per {v.unit}: {_best_at(v, rows)}.")
        return
    columns = [f"Willingness to pay per {v.unit}", "Best on average"]
    columns += [f"Probability that {v.words.strategy(s)} is best" for s in v.strategies]
    columns.append("EVPI, £ per person")
    yield make_table(v.width, columns, [_decision_row(v, k) for k in rows], left=2)
    yield text_line(
        "Probabilities and EVPI (expected value of perfect information) with person-level noise taken out; naive ones,"
        " which the noise distorts, beneath."
    )


def _chosen(thresholds: Sequence[float], measure: EffectMeasure) -> list[int]:
    """Positions of the few thresholds shown."""
    usual = [k for k, t in enumerate(thresholds) if measure.is_qaly and t in QALY_THRESHOLDS]
    if len(usual) > 1:
        return usual
    last = len(thresholds) - 1
    return sorted({round(last * i / (DECISIONS - 1)) for i in range(DECISIONS)}) if last >= 0 else []


def _best(v: _View, k: int) -> str:
    return v.words.strategy(v.summary["ceac"][k]["optimal"])


def _best_at(v: _View, rows: Sequence[int]) -> str:
    """Which strategy is best at which thresholds."""
    runs = [(best, list(ks)) for best, ks in groupby(rows, key=lambda k: _best(v, k))]
    return "; ".join(f"{best} at {listed(pounds(v.summary['ceac'][k]['threshold']) for k in ks)}" for best, ks in runs)


def _decision_row(v: _View, k: int) -> list[str]:
    row = v.summary["ceac"][k]
    chances = [f"{_share(row['corrected'][s])}\nnaive {_share(row['probability'][s])}" for s in v.strategies]
    return [pounds(row["threshold"]), _best(v, k), *chances, _evpi(v.summary["evpi"][k])]


def _evpi(row: Row) -> str:
    value = _or_none(row["corrected"], about)
    error = _or_none(row["mcse"], lambda e: pounds(e, 2))
    return f"{value}\nMCSE {error}\nnaive {_or_none(row['value'], about)}"


def _calibrated(v: _View) -> Iterator[RenderableType]:
    rows: Sequence[Row] = v.summary["calibrated"]
    if not rows:
        return
    yield heading("Calibration: solved for at the point estimates")
    yield numbered([_calibrated_line(v.words, r) for r in rows])
    if any(r["map_error"] is not None for r in rows):
        yield text_line(
            "Map error: standard deviation of the figure's logarithm (of a share: logit) over draws, cross-validated."
        )


def _calibrated_line(w: Glossary, row: Row) -> str:
    name, target = row["parameter"], w.solved().get(row["parameter"])
    value = f"{capital(w.named(name))}: {in_unit(row['value'], row['unit'])}."
    what = "Its figure" if target is None else f"{capital(_target_words(w, target))}{_where_from(w, target)}"
    figures = f"target {_target_figure(target, row['target'])}, achieved {_target_figure(target, row['achieved'])}"
    error = "" if row["map_error"] is None else f", map error {number(row['map_error'], 2)}"
    return f"{value} {what}: {figures}{error}."


def _where_from(w: Glossary, target: CalibrationTarget) -> str:
    """Where a target's figure comes from."""
    records = [w.parameters[n] for n in parameter_names(target) if n in w.parameters]
    found = dict.fromkeys("assumed" if p.status == "assumed" else w.source(p.source) for p in records)
    return f" ({listed(found)})" if found else ""


TARGETS = {"value": "", "risk_ratio": "ratio of ", "odds_ratio": "odds ratio of ", "difference": "difference in "}


def _target_words(w: Glossary, target: CalibrationTarget) -> str:
    """A target's statistic, and whose it is, in few words."""
    kind = TARGETS[target.scale]
    statistic = w.statistic(target.statistic).replace(" by the end of follow-up", "").rstrip(",")
    versus = "" if target.scale == "value" else f" to {w.strategy(w.problem.strategies[0].id)}"
    return f"{kind}{statistic}, {w.strategy(target.strategy)}{versus}"


def _target_figure(target: CalibrationTarget | None, value: float) -> str:
    """A target's figure: ratios as they are, shares in percent, times (which come in years) in days."""
    if target is None or target.scale not in ("value", "difference"):
        return number(value, 4)
    if is_share(target.statistic):
        return percent(value)
    if isinstance(target.statistic, MeanTime):
        return f"{number(value * DAYS_PER_YEAR)} days"
    return number(value)


def _shown(v: _View) -> Iterator[RenderableType]:
    rows: Sequence[Row] = v.summary["shown"]
    if not rows:
        return
    yield heading("Published results beside ours")
    columns = ["", "Source", *(f"{v.words.strategy(s)}: published, ours" for s in v.strategies)]
    yield make_table(v.width, columns, [_shown_row(v, r) for r in rows], left=2)
    for row in rows:
        if row["note"]:
            yield text_line(f"{row['label']}: {sentence(row['note'])}")
    if any(r["by_construction"] for r in rows):
        yield text_line(
            "By construction: put in or solved for, so that agreement shows nothing. The others were never fitted."
        )


SHOWN = {
    "share": "%",
    "count": "",
    "ratio": "",
    "points": "points",
    "days_per_person_year": "days a person-year",
    "per_year": "a year",
    "per_1000_days": "per 1,000 days",
    "per_1000_years": "per 1,000 years",
    "GBP": "£",
    "GBP_per_day": "£ a day",
    "CAD": "Can$",
    "USD": "US$",
    "CAD_per_day": "Can$ a day",
}


def _shown_row(v: _View, row: Row) -> list[str]:
    cells = [f"{_shown_figure(row, 'published', s)}\n{_shown_figure(row, 'simulated', s)}" for s in v.strategies]
    unit = SHOWN.get(row["unit"], row["unit"])
    unit = f"{unit} of {row['price_year']}" if row["price_year"] else unit
    marks = [unit, "difference" if row["difference"] else "", "by construction" if row["by_construction"] else ""]
    return [", ".join([row["label"], *(m for m in marks if m)]), v.words.source(row["source"]), *cells]


def _shown_figure(row: Row, which: str, strategy: str) -> str:
    value = row[which].get(strategy)
    if value is None:
        return NONE
    if row["unit"] == "share":
        return percent(value)
    return about(value) if row["unit"].startswith("GBP") else number(value)


def _scaled(v: _View) -> Iterator[RenderableType]:
    labels = {x.name: x.label for x in v.words.problem.scales}
    for scale, group in groupby(v.summary["scaled"], key=lambda r: r["scale"]):
        rows = list(group)
        yield heading(f"For {labels[scale]}")
        several = len(v.strategies) > 2
        columns = [
            "",
            *(v.words.strategy(s) for s in v.strategies),
            *([] if several else ["Difference, new minus comparator"]),
        ]
        by_measure = {r["measure"]: [x for x in rows if x["measure"] == r["measure"]] for r in rows}
        told = {m: x for m, x in by_measure.items() if m in ("cost", "effect") or _moved(x)}
        yield make_table(v.width, columns, [_scaled_row(v, m, x, several) for m, x in told.items()])
        if several:
            yield text_line(f"Beneath: the difference from {v.words.strategy(v.strategies[0])}, with its 95% interval.")
        if len(told) < len(by_measure):
            yield text_line("Events of which no strategy changes the number are left out.")


def _moved(rows: Sequence[Row]) -> bool:
    """Whether some strategy changes it, in some draw that the interval knows of."""
    return any(r["difference"] is not None and any(x != 0 for x in r["difference"].values()) for r in rows)


def _scaled_row(v: _View, measure: str, rows: Sequence[Row], several: bool) -> list[str]:
    told = {"cost": "Cost, £", "effect": f"{v.measured}, {plural(v.unit, 2)}"}
    tell = about if measure == "cost" else number
    cells = [NONE if r["mean"] is None else tell(r["mean"]) for r in rows]
    differences = ["" if r["difference"] is None else _interval(r["difference"], tell) for r in rows]
    name = told.get(measure) or capital(v.words.happening(measure))
    if several:
        return [name, *("\n".join(filter(None, pair)) for pair in zip(cells, differences, strict=True))]
    return [name, *cells, differences[-1]]


def _breakeven(v: _View) -> Iterator[RenderableType]:
    rows: Sequence[Row] = v.summary["breakeven"]
    if not rows:
        return
    yield heading("Pays for itself")
    for row in rows:
        value = NONE if row["value"] is None else in_unit(row["value"], row["unit"])
        between = "" if row["low"] is None else f" (95% interval {number(row['low'])} to {number(row['high'])})"
        yield text_line(
            f"{v.words.strategy(row['strategy'])}: {row['label']}: {row['pays_from']} {value}{between};"
            f" probability at the values drawn {percent(row['probability'])}."
        )


def _interval(found: Row, tell: Callable[[float], str]) -> str:
    if found["mean"] is None:
        return NONE
    return f"{tell(found['mean'])} ({tell(found['low'])} to {tell(found['high'])})"


def _beside(v: _View) -> Iterator[RenderableType]:
    rows: Sequence[Row] = v.summary["beside"]
    if not rows:
        return
    yield heading("Variants beside the main result, on the same random numbers")
    pairs = [("Main result", r) for r in v.summary["incremental"]]
    pairs += [(capital(titled(b["label"], b["name"])), r) for b in rows for r in b["incremental"]]
    if len(v.strategies) > 2:
        pairs = [(f"{label}: {v.words.strategy(row['strategy'])}", row) for label, row in pairs]
    yield _increments(v, pairs, "Variant")


def _subgroups(v: _View) -> Iterator[RenderableType]:
    rows: Sequence[Row] = v.summary["subgroups"]
    if not rows:
        return
    name = str(rows[0]["characteristic"])
    label = v.words.problem.pathway.characteristic(name).label
    yield heading(f"Differences by {titled(label, name)}, from the same simulation")
    pairs = [(_level(r), i) for r in rows for i in r["incremental"]]
    if len(v.strategies) > 2:
        pairs = [(f"{label}: {v.words.strategy(row['strategy'])}", row) for label, row in pairs]
    if pairs:
        yield _increments(v, pairs, "People")
    for row in rows:
        if row["people"] is None:
            yield text_line(f"In some draw nobody is {spaced(row['level'])}: simulate more people.", "yellow")


def _level(row: Row) -> str:
    return f"{capital(spaced(row['level']))}, {number(row['people'])} a draw"


def _noise(v: _View) -> Iterator[RenderableType]:
    noise: Row = v.summary["noise"]
    if not noise:
        return
    yield heading("Monte Carlo noise")
    yield text_line(
        f"Noise between people is at most {_share(noise['share_of_variance'], 2)} of the variance of incremental net"
        f" benefit, and is taken out by {noise['method']}. The probability that Monte Carlo error alone makes another"
        f" strategy look best is at most {_share(noise['p_flip'], 2)}, where the choice is closest."
    )
    for warning in noise["warnings"]:
        yield text_line(f"Warning: {sentence(warning)}", "yellow")


SECTIONS = (
    _what,
    _assumed,
    _strategies,
    _incremental,
    _decision,
    _calibrated,
    _shown,
    _scaled,
    _breakeven,
    _beside,
    _subgroups,
    _noise,
)
