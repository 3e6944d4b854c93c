"""Differences between strategies, and which is best at what a unit of effect is worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import RenderableType

from parameters.money.currencies import USUAL_SIGN
from parameters.money.willingness import QALY_THRESHOLDS
from parameters.units import FIGURE_SCALES
from simulate.ask.reads import sampled_names
from simulate.evaluate.decision.frontier import switch_points
from simulate.present.english.changes import notes_of
from simulate.present.english.numbers import (
    about,
    amount,
    capital,
    clean,
    listed,
    number,
    percent,
    plural,
    sentence,
    small,
)
from simulate.present.english.prose import people_words
from simulate.present.terminal.layout import heading, make_table, numbered, text_line
from simulate.present.terminal.view import NONE, Row, View, increments, or_none, share_words, shown_figure
from simulate.result.judgement import A_SCENARIO, DIRECTIONS, NOT_ANSWERABLE, NOT_COMPARED, TOSS_UP, bare

DECISIONS = 5  # thresholds shown for any other effect


def incremental(v: View) -> Iterator[RenderableType]:
    """Each strategy against the comparator: the table, the verdict in a sentence, and what qualifies it."""
    rows: Sequence[Row] = v.summary["incremental"]
    if not rows:
        return
    new = v.words.strategy(rows[0]["strategy"]) if len(rows) == 1 else "Each strategy"
    yield heading(f"Differences: {new} against {v.words.strategy(v.strategies[0])}")
    labelled = [(v.words.strategy(row["strategy"]), row) for row in rows]
    yield increments(v, labelled, "Strategy" if len(rows) > 1 else "")
    for row in rows:
        yield text_line(_verdict(v, row))
    yield from by_people(v)
    yield from _readings(v)
    yield from _turned(v)
    yield from _missed(v)
    yield from _notes(v)


def by_people(v: View) -> Iterator[RenderableType]:
    """Where it is material, how much of the spread of differences is chance between the people of each draw."""
    for row in v.summary["incremental"]:
        name = f"{v.words.strategy(row['strategy'])}: " if len(v.strategies) > 2 else ""
        if words := people_words(row["by_people"]):
            yield text_line(f"{name}{words}", "yellow")


def in_short(v: View) -> Iterator[RenderableType]:
    """The verdict again, where it is read first on a terminal: at the end, with up to which price it holds."""
    rows: Sequence[Row] = v.summary["incremental"]
    kept: Row = v.summary["withheld"]
    if rows:
        yield heading("In short")
    for row in rows:
        yield text_line(_verdict(v, row))
    yield from by_people(v)
    yield from _readings(v)
    if rows and v.several and not kept["probability"] and v.summary["ceac"] and (words := _breaks_even(v)):
        yield text_line(words)


def _readings(v: View) -> Iterator[RenderableType]:
    """Base cases side by side, and what decides where they disagree."""
    readings = [b for b in v.summary["beside"] if b["weight"] is not None]
    for k, row in enumerate(v.summary["incremental"] if readings else ()):
        told = [(b, b["incremental"][k]) for b in readings]
        if not _apart([r["cost"] for _, r in told]):
            continue
        lines = [f"{clean(b['label'])} (weight {percent(b['weight'])}): {_difference(v, r)}" for b, r in told]
        name = f"{v.words.strategy(row['strategy'])}: " if len(v.strategies) > 2 else ""
        yield text_line(f"{name}The evidence bears {len(told)} readings. {capital('; '.join(lines))}.")
        if len({r["cost"]["mean"] > 0 for _, r in told}) > 1:
            yield text_line("They disagree in sign: the choice between them decides, and not chance.", "yellow")
        elif len({r["verdict"] for _, r in told}) > 1:
            yield text_line("They agree in sign; how sure the answer is hangs on the choice between them.", "yellow")


def _turned(v: View) -> Iterator[RenderableType]:
    """Variants under which the difference in cost has another sign, beside the verdict that knows nothing of them."""
    for k, main in enumerate(v.summary["incremental"]):
        others = [(b["label"], b["incremental"][k]) for b in v.summary["beside"] if b["weight"] is None]
        told = [f"{clean(label)} ({_more_or_less(v, row)})" for label, row in others if _is_turned(main, row)]
        name = f" of {v.words.strategy(main['strategy'])}" if len(v.strategies) > 2 else ""
        if told:
            line = f"The sign of the difference in cost{name} is another where it is so: {'; '.join(told)}."
            yield text_line(line, "yellow")


def _is_turned(main: Row, other: Row) -> bool:
    """Whether both differences in cost can be told from 0, on either side of it."""
    told = main["told"]["cost"] and other["told"]["cost"]
    return bool(told and main["cost"]["mean"] * other["cost"]["mean"] < 0)


def _apart(costs: Sequence[Row]) -> bool:
    """Whether the readings differ for a strategy by more than chance between simulated people makes them."""
    means, errors = [c["mean"] for c in costs], [c["mcse"] or 0.0 for c in costs]
    return bool(max(means) - min(means) > 2 * max(errors))


def _missed(v: View) -> Iterator[RenderableType]:
    """Published costs and effects that do not come out, beside the verdict that rests on ours."""
    found = [(row, s, ends) for row in v.summary["shown"] for s, ends in row["missed"].items()]
    if v.summary["withheld"]["probability"]:
        return
    for row, s, (low, high) in found:
        ours = shown_figure(row, row["simulated"][s])
        between = f" ({shown_figure(row, low)} to {shown_figure(row, high)})" if v.several else ""
        where = f"{row['label']}, {v.words.strategy(s)}"
        yield text_line(
            f"Not reproduced: {clean(where)}: {shown_figure(row, row['published'][s])} published"
            f" ({v.words.source(row['source'])}), {ours}{between} here{_in_prices(row)}.",
            "yellow",
        )
    if found:
        sure = "intervals and probabilities" if v.summary["withheld"]["evpi"] else "intervals, probabilities and EVPI"
        yield text_line(f"Why ours differs from what was published is not modelled: {sure} are too sure.", "yellow")


def _in_prices(row: Row) -> str:
    if not FIGURE_SCALES[row["unit"]].currency:
        return ""
    return f", in prices of {row['price_year']}" if row["price_year"] else ", theirs in prices of an unknown year"


def _notes(v: View) -> Iterator[RenderableType]:
    """What the setting says of itself, and a reader of its verdict has to know."""
    if notes := notes_of(v.words):
        yield heading("What to know of this setting")
        yield numbered([sentence(clean(n)) for n in notes])


def _more_or_less(v: View, row: Row) -> str:
    mean = row["cost"]["mean"]
    return f"{about(abs(mean), v.sign)} {'less' if mean < 0 else 'more'} per {v.each}"


def _difference(v: View, row: Row) -> str:
    """The difference in cost of a reading in few words."""
    cost, saving, amount = row["cost"], row["p_cost_saving"], _more_or_less(v, row)
    sure = "" if saving is None else f", saving money in {percent(saving)} of draws"
    return f"{amount} ({about(cost['low'], v.sign)} to {about(cost['high'], v.sign)}){sure}"


def _verdict(v: View, row: Row) -> str:
    """An increment in one sentence, with what it leaves out."""
    told = _plain_verdict(v, row)
    if not row["unseen"]:
        return told
    return f"{told.removesuffix('.')}, but for what was not seen: {listed(v.words.thing(n) for n in row['unseen'])}."


def _plain_verdict(v: View, row: Row) -> str:
    new, old = v.words.strategy(row["strategy"]), v.words.strategy(row["versus"])
    cost, icer = row["cost"]["mean"], row["icer"]
    verdict = bare(row["verdict"])
    if verdict == "no difference":
        return f"{new} makes no difference to cost or effect against {old}."
    what = f"on average it {_cost_words(v, row)}" + ("" if v.is_count else f" and {_effect_words(v, row)}")
    blind = f"; the outcome does not see {row['blind_to']}" if row["blind_to"] else ""
    head = {"dominates": f"{new} dominates {old}", "dominated": f"{new} is dominated by {old}"}.get(verdict)
    if head is not None:
        return f"{head}: {what}{blind}."
    if verdict == NOT_COMPARED:
        return f"{new} beside {old}, not compared with it: {_described(v, row)}."
    if verdict == A_SCENARIO:
        return f"{new}, against {old}, as a scenario and no finding: {what}."
    if verdict == NOT_ANSWERABLE:
        held = "with what nobody measured held at its point estimate"
        if not row["effect"]["mean"]:
            what = f"on average it {_cost_words(v, row)}; no effect is put in"
        return f"{new}, against {old}: {held}, {what}."
    words, sold = DIRECTIONS[v.measure.counted], cost < 0
    each = f"{'saved for each' if sold else 'for each'} {v.unit} {words.undone if sold else words.done}"
    price = "" if icer is None else f": {about(icer, v.sign)} {each}{_a_person(v, icer, sold)}"
    return f"{new}, against {old}: {what}{price}{blind}{_doubt(v, row)}."


def _described(v: View, row: Row) -> str:
    """What the people of one column differ by from those of another, which nothing gave them or took from them."""
    cost, effect = row["cost"]["mean"], row["effect"]["mean"]
    money = f"its people cost {about(abs(cost), v.sign)} {'less' if cost < 0 else 'more'} each"
    more = "more" if effect > 0 else "fewer"
    return f"{money} and have {number(abs(effect))} {more} {plural(v.unit, effect)}{_of(v)}"


def _a_person(v: View, price: float, sold: bool = False) -> str:
    """A price of a percentage point as that of one person, of whom a point is a hundredth."""
    if v.measure.ever is None and v.measure.achieved is None:
        return ""
    averted, person = v.measure.ever is not None, about(100 * price, v.sign)
    if sold:
        return f", {person} saved for each person {'more to have it' if averted else 'fewer to get there'}"
    return f", {person} a person {'spared it' if averted else 'who gets there'}"


def _cost_words(v: View, row: Row) -> str:
    cost = row["cost"]["mean"]
    if cost == 0:
        return "costs the same"
    if not row["told"]["cost"]:
        told = f"{amount(cost, v.sign)} per {v.each}{_error(v, row, 'cost')}"
        return f"has a cost whose difference ({told}) cannot be told from 0"
    return f"costs {about(abs(cost), v.sign)} {'less' if cost < 0 else 'more'} per {v.each}"


def _effect_words(v: View, row: Row) -> str:
    effect = row["effect"]["mean"]
    if effect == 0:
        return "has the same effect"
    amount = f"{number(abs(effect))} {plural(v.unit, effect)}{_of(v)}"
    if not row["told"]["effect"]:
        told = f"{'-' * (effect < 0)}{amount}{_error(v, row, 'effect')}"
        return f"has an effect whose difference ({told}) cannot be told from 0"
    words = DIRECTIONS[v.measure.counted]
    return f"{words.more if effect > 0 else words.less} {amount}"


def _of(v: View) -> str:
    """What the unit is of, in parentheses, where the unit itself does not say."""
    noun = clean(v.measure.noun)
    if v.measure.counted == "averted" and noun != plural(v.unit, 2):
        return f" ({noun})"
    twice = v.measure.counted == "averted" and v.measured.lower().startswith(noun.lower())  # days, days averted
    said = v.measure.averted is not None or v.measure.counted == "reached" or twice
    return "" if said else f" ({small(v.measured)})"


def _error(v: View, row: Row, name: str) -> str:
    error = row[name]["mcse"]
    return (
        ""
        if error is None or not v.simulates
        else f", MCSE {amount(error, v.sign, 2) if name == 'cost' else number(error, 2)}"
    )


def _doubt(v: View, row: Row) -> str:
    """What makes a toss-up of what would be dominance, or of an effect with its price."""
    if TOSS_UP not in row["verdict"]:
        return ""
    cost, effect, shares = row["cost"]["mean"], row["effect"]["mean"], row["p_same_sign"]
    toss_up = f"That is a toss-up{bare(row['verdict']).partition(TOSS_UP)[2]}"
    words = DIRECTIONS[v.measure.counted]
    parts = []
    if cost:
        parts.append(f"it {'saves money' if cost < 0 else 'costs more'} in {percent(shares['cost'])} of draws")
    if effect and not v.summary["withheld"]["icer"]:
        doing = words.more if effect > 0 else words.less
        parts.append(f"{doing} {clean(v.measure.noun)} in {percent(shares['effect'])}")
    priceless = ", so no price of it is told" if cost and effect and (cost > 0) == (effect > 0) else ""
    return f". {toss_up}: {' and '.join(parts)}{priceless}"


def decision(v: View) -> Iterator[RenderableType]:
    """The best strategy at a few thresholds, or why that is not told."""
    kept: Row = v.summary["withheld"]
    if kept["probability"]:
        yield heading("Decision")
        yield text_line(f"Not answerable: {kept['probability']}.")
        guess = "comparison that nobody made" if v.words.problem.described else "guess"
        yield text_line(f"No probability, acceptability or EVPI is told: they would be those of a {guess}.")
        return
    yield from _decided(v)
    if v.summary.get("thresholds_assumed"):
        yield text_line("The model declares no willingness to pay: this grid is a plain one, and nobody's.")
    if kept["threshold"]:
        yield text_line(f"Only at {amount(0, v.sign)}: {kept['threshold']}.")


def _decided(v: View) -> Iterator[RenderableType]:
    rows = _chosen(v, [r["threshold"] for r in v.summary["ceac"]])
    if not rows:
        return
    yield heading("Decision")
    if not v.several:
        yield text_line(f"Best, by willingness to pay per {v.per}: {_best_at(v, rows)}.")
        yield from _cost_of_one(v)
        return
    if words := _breaks_even(v):
        yield text_line(words)
    columns = [f"Willingness to pay per {v.per}", "Best on average"]
    columns += [f"Probability that {v.words.strategy(s)} is best" for s in v.strategies]
    columns.append(f"EVPI, {v.sign} per {v.each}")
    if kept := v.summary["withheld"]["evpi"]:
        yield text_line(f"No EVPI is told: {kept}.")
    yield make_table(v.width, columns, [_decision_row(v, k) for k in rows], left=2)
    noisy = "with person-level noise taken out; naive ones, which the noise distorts, beneath."
    how = noisy if v.simulates else "without any noise of people, since nobody is simulated."
    yield text_line(f"Probabilities and EVPI (expected value of perfect information) {how}")
    if any(v.summary["ceac"][k]["tied"] for k in rows):
        more = "people" if v.simulates else "draws"
        yield text_line(f"A tie: the difference in net benefit is within its Monte Carlo error; more {more} settle it.")
    if guessed := len(_guesses(v)):
        yield text_line(
            f"The spread of {guessed} of the parameters behind them is assumed and not measured: see what is assumed."
        )
    yield from _cost_of_one(v)
    if any(row["unseen"] for row in v.summary["incremental"]):
        yield text_line("They know nothing of what was not seen, which could turn the choice.", "yellow")


def _guesses(v: View) -> set[str]:
    """Parameters whose spread is assumed: those that are assumed, and those printed without an error."""
    used = v.words.parameters
    names = sampled_names(v.words.problem, v.words.setting)
    return {*v.summary["assumed"], *(n for n in names if n in used and used[n].error_assumed)}


def _cost_of_one(v: View) -> Iterator[RenderableType]:
    """What one of the events costs, beside the prices of being spared it."""
    one: Row | None = v.summary.get("cost_of_one")
    if one is None or v.measure.ever is None:
        return
    what = small(v.words.thing(v.measure.ever))
    total, usual = one["stay"] + one["process"], v.words.strategy(v.strategies[0])
    parts = f"{number(one['days'], 2)} days at the price of a day ({about(one['stay'], v.sign)})"
    if one["process"]:
        parts += f" and what goes with each ({about(one['process'], v.sign)})"
    yield text_line(
        f"Beside a person spared it: one {what} costs {about(total, v.sign)} under {usual}, computed from this"
        f" run: {parts}."
        " That is in the costs already, and less is spared where another stay takes its place; the price is what being"
        " spared is worth beyond it."
    )


def _chosen(v: View, thresholds: Sequence[float]) -> list[int]:
    """Positions of the few thresholds shown."""
    asked = {k for k, t in enumerate(thresholds) if t == v.summary.get("wtp")}
    usual = {k for k, t in enumerate(thresholds) if v.measure.is_qaly and v.sign == USUAL_SIGN and t in QALY_THRESHOLDS}
    if len(usual) > 1:
        return sorted(usual | asked)
    last = len(thresholds) - 1
    return sorted({round(last * i / (DECISIONS - 1)) for i in range(DECISIONS)} | asked) if last >= 0 else []


def _best(v: View, k: int) -> str:
    return v.words.strategy(v.summary["ceac"][k]["optimal"])


def _best_or_tie(v: View, k: int) -> str:
    """Which is best, and what Monte Carlo error leaves level with it."""
    others = v.summary["ceac"][k]["tied"]
    return f"{_best(v, k)}; a tie with {listed(v.words.strategy(s) for s in others)}" if others else _best(v, k)


def _breaks_even(v: View) -> str:
    """Which strategy is best below and above which willingness to pay; empty where the means do not bear a price."""
    rows: Sequence[Row] = v.summary["strategies"]
    cost, effect = ([[row[name]["mean"] for row in rows]] for name in ("cost", "effect"))
    found = switch_points(cost, effect, v.strategies)
    named = {name for s in found for name in (s.before, s.after)}
    verdicts = [str(row["verdict"]) for row in v.summary["incremental"] if row["strategy"] in named or not found]
    if any(TOSS_UP in said or "can be told" in said for said in verdicts) or v.summary["withheld"]["icer"]:
        return ""
    if not found:
        return f"{_best(v, -1)} is best at every willingness to pay."
    prices = [about(s.threshold, v.sign) for s in found]
    first = f"{v.words.strategy(found[0].before)} is best below {prices[0]} per {v.per}"
    between = [
        f"{v.words.strategy(s.after)} from there to {price}" for s, price in zip(found, prices[1:], strict=False)
    ]
    return f"{'; '.join([first, *between, f'{v.words.strategy(found[-1].after)} is best above {prices[-1]}'])}."


def _best_at(v: View, rows: Sequence[int]) -> str:
    """Which strategy is best at which thresholds."""
    runs = [(best, list(ks)) for best, ks in groupby(rows, key=lambda k: _best(v, k))]
    prices = [amount(row["threshold"], v.sign) for row in v.summary["ceac"]]
    return "; ".join(f"{best} at {listed(prices[k] for k in ks)}" for best, ks in runs)


def _decision_row(v: View, k: int) -> list[str]:
    row = v.summary["ceac"][k]
    naive = {s: f"\nnaive {share_words(row['probability'][s])}" for s in v.strategies if v.simulates}
    chances = [f"{share_words(row['corrected'][s])}{naive.get(s, '')}" for s in v.strategies]
    price = row["threshold"]
    person = [_a_person(v, price).removeprefix(", ")] if price else []
    told = "\n".join([amount(price, v.sign), *filter(None, person)])
    return [told, _best_or_tie(v, k), *chances, _evpi(v, v.summary["evpi"][k], noisy=v.simulates)]


def _evpi(v: View, row: Row, *, noisy: bool) -> str:
    if row["value"] is None:
        return NONE
    value = or_none(row["corrected"], lambda x: about(x, v.sign))
    error = or_none(row["mcse"], lambda e: amount(e, v.sign, 2))
    naive = or_none(row["value"], lambda x: about(x, v.sign))
    return f"{value}\nMCSE {error}\nnaive {naive}" if noisy else value
