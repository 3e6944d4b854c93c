"""The result of a run on a terminal, or as plain text: what is assumed first, then what was found.

Labels and notes come from files: they reach rich as ``Text``, never as markup.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from models.contract import DecisionProblem, EffectMeasure, Ever, EverRatio, MeanTime, Target
from simulate.present.words import (
    Glossary,
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
    to_error,
)

if TYPE_CHECKING:
    from parameters import ParameterSet

Row = Mapping[str, Any]

PLAIN_WIDTH = 110  # columns where there is no terminal to ask
DAYS_PER_YEAR = 365.25
QALY_THRESHOLDS = (0.0, 20_000.0, 25_000.0, 30_000.0, 35_000.0)  # GBP per QALY, those NICE has used
DECISIONS = 5  # thresholds shown for any other effect
NONE = "not known"


def print_summary(
    summary: Row, problem: DecisionProblem, parameters: ParameterSet, *, console: Console | None = None
) -> None:
    """Print what ``Result.summary`` holds; with colour on a terminal only.

    Money is GBP of the base price year per person; intervals are over parameter draws; MCSE is the
    Monte Carlo standard error of the mean before it.
    """
    out = console or _console()
    view = _View(summary, Glossary(problem, problem.setting(summary["setting"]), parameters))
    for section in SECTIONS:
        for piece in section(view):
            out.print(piece)


def _console() -> Console:
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    return Console(width=width, markup=False, highlight=False, emoji=False)


@dataclass(frozen=True)
class _View:
    """A summary with the words for its ids."""

    summary: Row
    words: Glossary

    @property
    def measure(self) -> EffectMeasure:
        return self.words.problem.effect(self.summary["effect"])

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


# --- layout -----------------------------------------------------------------------------------


def _heading(text: str) -> Text:
    return Text(f"\n{clean(text)}", style="bold")


def _line(text: str, style: str = "", indent: int = 0) -> RenderableType:
    told = Text(clean(text), style=style)
    return Padding(told, (0, 0, 0, indent)) if indent else told


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> Table:
    """A table whose first `left` columns are text and the others figures."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="")
    for k, name in enumerate(columns):
        table.add_column(Text(clean(name)), justify="left" if k < left else "right", overflow="fold", vertical="top")
    for row in rows:
        table.add_row(*(Text("\n".join(map(clean, cell.split("\n")))) for cell in row))
    return table


# --- figures ----------------------------------------------------------------------------------


def _money(found: Row, several: bool) -> str:
    """A described cost: mean, interval and Monte Carlo error, one a line."""
    lines = [pounds(found["mean"])]
    if several:
        lines.append(f"{pounds(found['low'])} to {pounds(found['high'])}")
    return "\n".join([*lines, f"MCSE {_or_none(found['mcse'], lambda e: pounds(e, 2))}"])


def _gain(found: Row, several: bool) -> str:
    """A described effect, as ``_money``."""
    error = found["mcse"]
    mean, low, high = to_error([found["mean"], found["low"], found["high"]], error)
    interval = [f"{low} to {high}"] if several else []
    return "\n".join([mean, *interval, f"MCSE {_or_none(error, lambda e: number(e, 2))}"])


def _or_none(value: float | None, tell: Any) -> str:
    return NONE if value is None else str(tell(value))


def _share(value: float | None, digits: int = 3) -> str:
    return NONE if value is None else percent(value, digits)


def _mean(value: Any) -> tuple[float | None, float | None]:
    """Mean and Monte Carlo error of an entry that may or may not carry one."""
    if isinstance(value, Mapping):
        return value["mean"], value.get("mcse")
    return value, None


def _amount(value: float, unit: str) -> str:
    return f"{number(value)} {plural(unit, value)}"


# --- what was run, and on what it rests -----------------------------------------------------------


def _what(v: _View) -> Iterator[RenderableType]:
    s, w = v.summary, v.words
    yield Text(f"{clean(w.problem.label)} ({s['problem']})", style="bold")
    yield _line(f"Setting: {clean(w.setting.label)} ({s['setting']}). Evidence: {s['evidence']}.")
    perspective = w.problem.perspective(s["perspective"])
    yield _line(f"Costs: {clean(perspective.label)} ({perspective.name}), {_base_year()} prices, per person.")
    yield _line(f"Effect: {clean(v.measure.label)} ({v.measure.name}), {_per_unit(v)}.")
    yield _line(
        f"{s['draws']:,} parameter {plural('draw', s['draws'])} of {s['people']:,}"
        f" {'person' if s['people'] == 1 else 'people'} each, the same under every strategy;"
        f" seed {s['seed']}; recovery-cea {s['version']}."
    )
    yield from _draws_note(int(s["draws"]))


def _base_year() -> str:
    from parameters import price_index

    return price_index().base


def _per_unit(v: _View) -> str:
    return f"in {plural(v.unit, 2)} per person" if v.measure.ever is None else f"in {plural(v.unit, 2)}"


def _draws_note(draws: int) -> Iterator[RenderableType]:
    if draws == 1:
        yield _line("One draw: there is no parameter uncertainty, so no interval, probability or EVPI.", "yellow")
    elif draws & (draws - 1):
        below = 1 << (draws.bit_length() - 1)
        yield _line(f"{draws:,} is no power of two, and powers of two are best: {below:,} or {2 * below:,}.", "yellow")


def _assumed(v: _View) -> Iterator[RenderableType]:
    names: Sequence[str] = v.summary["assumed"]
    if not names:
        yield _heading("No parameter is assumed: each has published or derived evidence.")
        return
    order = ", most influential on the difference in cost first" if v.several else ""
    yield _heading(f"ASSUMED, without published evidence{order}:")
    for i, name in enumerate(names, 1):
        told = figure(v.words.parameters[name]).removesuffix(", assumed") if name in v.words.parameters else NONE
        yield _line(f"{i}. {v.words.named(name)}: {told}", indent=2)


# --- strategies -----------------------------------------------------------------------------------


def _strategies(v: _View) -> Iterator[RenderableType]:
    rows: Sequence[Row] = v.summary["strategies"]
    interval = "mean, 95% interval, MCSE" if v.several else "mean, MCSE"
    lines = [
        [f"Cost, £ per person\n{interval}", *(_money(r["cost"], v.several) for r in rows)],
        [f"{v.measure.label}, {plural(v.unit, 2)}\n{interval}", *(_gain(r["effect"], v.several) for r in rows)],
    ]
    if any(_mean(r["bed_days"])[0] is not None for r in rows):
        lines.append(["Bed-days per person", *(_plain(r["bed_days"]) for r in rows)])
    lines += [_ever(v, name) for name in _tracked(v)]
    yield _heading("Strategies")
    yield _table(["Per person, over the follow-up", *(f"{r['label']} ({r['id']})" for r in rows)], lines)
    yield from _strategy_notes(v)


def _plain(value: Any) -> str:
    mean, error = _mean(value)
    if mean is None:
        return NONE
    return number(mean) if error is None else f"{to_error([mean], error)[0]}\nMCSE {number(error, 2)}"


def _tracked(v: _View) -> list[str]:
    """Groups, then events that no group holds."""
    pathway = v.words.problem.pathway
    grouped = {o for g in pathway.groups for o in pathway.resolve(g.name)}
    loose = [e.name for e in pathway.events if not grouped & set(e.outcomes())]
    return [g.name for g in pathway.groups] + loose


def _ever(v: _View, name: str) -> list[str]:
    rows: Sequence[Row] = v.summary["strategies"]
    cells = [_ever_cell(r["ever"].get(name), r["events"].get(name)) for r in rows]
    return [f"Share with {v.words.at_least_one(name).rstrip(',')}; mean number", *cells]


def _ever_cell(ever: Any, count: Any) -> str:
    share, error = _mean(ever)
    mean, count_error = _mean(count)
    lines = [f"{_share(share)}; {NONE if mean is None else number(mean)}"]
    if error is not None and count_error is not None:
        lines.append(f"MCSE {percent(error, 2)}; {number(count_error, 2)}")
    return "\n".join(lines)


def _strategy_notes(v: _View) -> Iterator[RenderableType]:
    if v.measure.ever is not None:
        yield _line(f"{clean(v.measure.label)}: {v.words.measured(v.measure)}.")


# --- increments -----------------------------------------------------------------------------------


def _incremental(v: _View) -> Iterator[RenderableType]:
    yield _heading("Differences")
    yield _increments(v, [("", row) for row in v.summary["incremental"]])
    for row in v.summary["incremental"]:
        yield _line(_verdict(v, row))


def _increments(v: _View, rows: Sequence[tuple[str, Row]], first: str = "") -> Table:
    columns = [
        *([first] if first else []),
        "Strategy, against",
        "Difference in cost, £",
        f"Difference in {v.measure.label}, {plural(v.unit, 2)}",
        f"ICER, £ per {v.unit}",
        "Verdict",
        "Probability that it saves money",
    ]
    cells = [[*([label] if first else []), *_increment(v, row)] for label, row in rows]
    return _table(columns, cells, left=2 if first else 1)


def _increment(v: _View, row: Row) -> list[str]:
    icer = "none" if row["icer"] is None else pounds(row["icer"])
    saving = percent(row["p_cost_saving"]) if v.several else "needs draws"
    against = f"{v.words.strategy(row['strategy'])},\nagainst {v.words.strategy(row['versus'])}"
    return [against, _money(row["cost"], v.several), _gain(row["effect"], v.several), icer, _short_verdict(row), saving]


def _short_verdict(row: Row) -> str:
    """The verdict for any effect, of which health is only one."""
    return str(row["verdict"]).replace("loses health", "loses effect").replace("gains health", "gains effect")


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
    price = "" if icer is None else f": {pounds(icer)} {per} {v.unit} {'given up' if cost < 0 else 'gained'}"
    return f"{new}, against {old}: {what}{price}."


def _cost_words(cost: float) -> str:
    return "costs the same" if cost == 0 else f"costs {pounds(abs(cost))} {'less' if cost < 0 else 'more'} per person"


def _effect_words(v: _View, effect: float) -> str:
    if effect == 0:
        return "has the same effect"
    return f"{'gains' if effect > 0 else 'loses'} {_amount(abs(effect), v.unit)} ({clean(v.measure.label)})"


# --- decision -------------------------------------------------------------------------------------


def _decision(v: _View) -> Iterator[RenderableType]:
    rows = _chosen([r["threshold"] for r in v.summary["ceac"]], v.measure)
    if not rows:
        return
    yield _heading("Decision")
    if not v.several:
        best = listed(f"{pounds(v.summary['ceac'][k]['threshold'])}: {_best(v, k)}" for k in rows)
        yield _line(f"Best at a willingness to pay per {v.unit} of {best}.")
        return
    columns = [f"Willingness to pay per {v.unit}", "Best on average"]
    columns += [f"Probability that {v.words.strategy(s)} is best" for s in v.strategies]
    columns.append("EVPI, £ per person")
    yield _table(columns, [_decision_row(v, k) for k in rows], left=2)
    yield _line(
        "Probabilities and EVPI (expected value of perfect information) with person-level noise taken out; naive ones,"
        " which the noise distorts, beneath."
    )


def _chosen(thresholds: Sequence[float], measure: EffectMeasure) -> list[int]:
    """Positions of the few thresholds shown."""
    usual = [k for k, t in enumerate(thresholds) if measure.ever is None and t in QALY_THRESHOLDS]
    if len(usual) > 1:
        return usual
    last = len(thresholds) - 1
    return sorted({round(last * i / (DECISIONS - 1)) for i in range(DECISIONS)}) if last >= 0 else []


def _best(v: _View, k: int) -> str:
    return v.words.strategy(v.summary["ceac"][k]["optimal"])


def _decision_row(v: _View, k: int) -> list[str]:
    row = v.summary["ceac"][k]
    chances = [f"{_share(row['corrected'][s])}\nnaive {_share(row['probability'][s])}" for s in v.strategies]
    return [pounds(row["threshold"]), _best(v, k), *chances, _evpi(v.summary["evpi"][k])]


def _evpi(row: Row) -> str:
    value = _or_none(row["corrected"], pounds)
    error = _or_none(row["mcse"], lambda e: pounds(e, 2))
    return f"{value}, MCSE {error}\nnaive {_or_none(row['value'], pounds)}"


# --- against what is published --------------------------------------------------------------------


def _calibrated(v: _View) -> Iterator[RenderableType]:
    rows: Sequence[Row] = v.summary["calibrated"]
    if not rows:
        return
    columns = ["Solved for", "So that", "Value", "Published", "Achieved", "Map error"]
    yield _heading("Calibration, at the published estimates")
    yield _table(columns, [_calibrated_row(v, r) for r in rows], left=2)
    if any(r["map_error"] is not None for r in rows):
        yield _line("Map error: standard deviation of the figure (log or logit) away from the published estimates.")


def _calibrated_row(v: _View, row: Row) -> list[str]:
    w = v.words
    target = w.solved().get(row["parameter"])
    statistic = NONE if target is None else _target_words(w, target)
    published = row["published"] if row["published"] in w.parameters else None
    source = f" ({w.source(w.parameters[published].source)})" if published else ""
    value = in_unit(row["value"], row["unit"])
    figures = [value, _target_figure(target, row["target"]), _target_figure(target, row["achieved"])]
    error = "" if row["map_error"] is None else number(row["map_error"], 2)
    return [f"{w.label(row['parameter'])} ({row['parameter']})", f"{statistic}{source}", *figures, error]


def _target_words(w: Glossary, target: Target) -> str:
    """A target's statistic, and whose it is, in few words."""
    kind = {"value": "", "risk_ratio": "ratio of ", "odds_ratio": "odds ratio of "}[target.scale]
    statistic = w.statistic(target.statistic).rstrip(",").replace(" by the end of follow-up", "")
    versus = "" if target.scale == "value" else f" to {w.strategy(w.problem.strategies[0].id)}"
    return f"{kind}{statistic}, {w.strategy(target.strategy)}{versus}"


def _target_figure(target: Target | None, value: float) -> str:
    """A target's figure: ratios as they are, shares in percent, times (which come in years) in days."""
    if target is None or target.scale != "value":
        return number(value, 4)
    if isinstance(target.statistic, Ever | EverRatio):
        return percent(value)
    if isinstance(target.statistic, MeanTime):
        return f"{number(value * DAYS_PER_YEAR)} days"
    return number(value)


def _shown(v: _View) -> Iterator[RenderableType]:
    rows: Sequence[Row] = v.summary["shown"]
    if not rows:
        return
    yield _heading("Published results beside ours, never fitted")
    columns = ["", "Source", *(f"{v.words.strategy(s)}: published, ours" for s in v.strategies)]
    yield _table(columns, [_shown_row(v, r) for r in rows], left=2)
    for row in rows:
        if row["note"]:
            yield _line(f"{clean(row['label'])}: {sentence(row['note'])}")


def _shown_row(v: _View, row: Row) -> list[str]:
    cells = [f"{_shown_figure(row, 'published', s)}\n{_shown_figure(row, 'simulated', s)}" for s in v.strategies]
    unit = "£" if row["unit"].startswith("GBP") else spaced(row["unit"])
    return [f"{clean(row['label'])}, {unit}", v.words.source(row["source"]), *cells]


def _shown_figure(row: Row, which: str, strategy: str) -> str:
    value, _ = _mean(row[which].get(strategy))
    if value is None:
        return NONE
    return pounds(value) if row["unit"].startswith("GBP") else number(value)


def _beside(v: _View) -> Iterator[RenderableType]:
    rows: Sequence[Row] = v.summary["beside"]
    if not rows:
        return
    yield _heading("Variants beside the main result, on the same random numbers")
    pairs = [("main result", r) for r in v.summary["incremental"]]
    pairs += [(f"{capital(clean(b['label']))} ({b['name']})", r) for b in rows for r in b["incremental"]]
    yield _increments(v, pairs, first="Variant")


# --- how far to trust it --------------------------------------------------------------------------


def _noise(v: _View) -> Iterator[RenderableType]:
    noise: Row = v.summary["noise"]
    if not noise:
        return
    yield _heading("Monte Carlo noise")
    yield _line(
        f"Noise between people is at most {_share(noise['share_of_variance'], 2)} of the variance of incremental net"
        f" benefit, and is taken out by {noise['method']}. The probability that Monte Carlo error alone makes another"
        f" strategy look best is at most {_share(noise['p_flip'], 2)} at any threshold."
    )
    for warning in noise["warnings"]:
        yield _line(f"Warning: {sentence(warning)}", "yellow")


SECTIONS = (_what, _assumed, _strategies, _incremental, _decision, _calibrated, _shown, _beside, _noise)
