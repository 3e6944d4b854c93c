"""What the summaries of the catalogue say of their effects: what is averted is never gained, whatever its sign."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from models.catalogue import problem, problem_ids
from models.contract import DecisionProblem, EffectMeasure
from parameters import ParameterSet
from simulate.ask.case import load
from simulate.present.english.glossary import Glossary
from simulate.present.terminal.decision import _verdict, decision
from simulate.present.terminal.view import View
from simulate.result.judgement import DIRECTIONS, _changes

RECORDS = load("safewards").parameters  # of which only the money is read


def measures() -> Iterator[tuple[DecisionProblem, EffectMeasure]]:
    for name in problem_ids():
        found = problem(name)
        yield from ((found, effect) for effect in found.effects)


MEASURES = list(measures())


def row(found: DecisionProblem, cost: float, effect: float, verdict: str, icer: float | None) -> dict[str, Any]:
    """An increment, as a summary holds it."""
    ids = [s.id for s in found.strategies]
    described = {"low": -1.0, "high": 1.0, "mcse": 0.001}
    told = {"told": {"cost": True, "effect": True}, "unseen": [], "blind_to": "", "p_cost_saving": 0.4}
    same = {"p_same_sign": {"cost": 0.6, "effect": 0.6}}
    means = {"cost": {"mean": cost, **described}, "effect": {"mean": effect, **described}}
    return {"strategy": ids[1], "versus": ids[0], "verdict": verdict, "icer": icer, **means, **told, **same}


def view(found: DecisionProblem, effect: EffectMeasure, records: ParameterSet = RECORDS, **more: Any) -> View:
    setting = found.settings[0]
    withheld: dict[str, Any] = dict.fromkeys(("probability", "evpi", "threshold", "icer"), "") | {"narrow": []}
    summary = {"effect": effect.name, "withheld": withheld, "exact": None, "draws": 8, "assumed": [], **more}
    return View(summary, Glossary(found, setting, records), 100)


@pytest.mark.parametrize("mean", [0.04, -0.04])
def test_what_is_averted_is_never_gained(mean: float) -> None:
    seen = 0
    for found, effect in MEASURES:
        if len(found.strategies) < 2:
            continue
        verdicts = {
            "dominates": (-5.0, None),
            _changes(effect, mean): (5.0, 125.0),
            "costs more, toss-up in x": (5, None),
        }
        for verdict, (cost, icer) in verdicts.items():
            told = f"{verdict}. {_verdict(view(found, effect), row(found, cost, mean, verdict, icer))}"
            words = DIRECTIONS[effect.counted]
            if effect.counted == "averted":
                seen += 1
                assert not re.search(r"\b(gain|los)(s|ed|es)?\b", told), told
                assert re.search(r"\bavert|\badd", told), told
                assert (words.more if mean > 0 else words.less) in told, told
    assert seen > 20


def test_the_words_of_an_effect_that_is_averted_are_seen_where_they_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DIRECTIONS, "averted", DIRECTIONS["gained"])
    with pytest.raises(AssertionError):
        test_what_is_averted_is_never_gained(0.04)


def text_of(v: View) -> str:
    from rich.console import Console

    console = Console(width=100)
    with console.capture() as seen:
        for piece in decision(v):
            console.print(piece)
    return " ".join(seen.get().split())


def decided(cost: tuple[float, float], effect: tuple[float, float], verdict: str, tied: list[str]) -> str:
    """The decision of a synthetic summary of a ward, in words."""
    found = problem("safewards")
    measure = next(e for e in found.effects if e.counted == "averted")
    ids = [s.id for s in found.strategies]
    told = zip(ids, cost, effect, strict=True)
    strategies = [{"id": s, "cost": {"mean": c}, "effect": {"mean": e}} for s, c, e in told]
    chance = dict.fromkeys(ids, 0.5)
    best = {"threshold": 100.0, "probability": chance, "corrected": chance, "optimal": ids[1], "tied": tied}
    evpi = {"value": 3.0, "corrected": 2.0, "mcse": 0.5}
    rows = [row(found, cost[1] - cost[0], effect[1] - effect[0], verdict, None)]
    more: dict[str, Any] = {"strategies": strategies, "ceac": [best], "evpi": [evpi], "incremental": rows}
    return text_of(view(found, measure, **more))


def test_from_which_price_on_a_strategy_is_best() -> None:
    told = decided((100, 122), (-0.5, -0.1), "costs more, averts restraints", [])
    assert "Usual ward is best below £55 per restraint averted; Safewards is best above £55." in told
    assert "is best at every willingness to pay" in decided((100, 90), (-0.5, -0.1), "dominates", [])
    toss_up = decided((100, 122), (-0.5, -0.1), "costs more, toss-up in restraints", [])
    assert "is best below" not in toss_up and "every willingness" not in toss_up


def test_a_tie_is_called_one() -> None:
    tied = decided((100, 90), (-0.5, -0.1), "dominates", ["usual_ward"])
    assert "a tie with" in tied and "within its Monte Carlo error" in tied
    assert "a tie" not in decided((100, 90), (-0.5, -0.1), "dominates", [])
