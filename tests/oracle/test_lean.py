"""The lean kernel against the full one, bit for bit, and the writer of both."""

from __future__ import annotations

import math
from types import FunctionType
from typing import Any, cast

import pytest

from models.contract import Branch, Component, Domain, Effect, Event, Exponential, Frailty, Pathway, Strategy, When
from models.hazards import FixedTime, Gompertz, LogNormal, Weibull
from simulate.engine.arithmetic import written
from simulate.engine.kernel import histories
from simulate.engine.lower.collect import Collect
from tests.oracle.rich import equal
from tests.oracle.small import USUAL, Run, one_way, recurrent, simulate

PLAN = Strategy("plan", "Plan", (Component("plan", "Plan", (Effect("falls_ill", "hazard", 0.7),), uptake=0.5),))


def illness(ill: Any) -> Pathway:
    """Well, ill or dead, with two ways to recover, a frailty, and a check-up now and then."""
    return Pathway(
        "illness",
        (Domain("health", ("well", "ill", "dead"), absorbing=("dead",)), Domain("work", ("out", "in"))),
        (
            Event("falls_ill", When(health="well"), ill, {"health": "ill"}),
            Event(
                "recovers",
                When(health="ill"),
                LogNormal(0.3, 0.8),
                branches=(
                    Branch("wholly", 2.0, {"health": "well", "work": "in"}),
                    Branch("partly", 1.0, {"health": "well"}),
                ),
            ),
            Event("checked", When(), Weibull(1.4, 0.9), clock="gap"),
            Event("dies", When(), Gompertz(0.05, 0.1), {"health": "dead"}, clock="start"),
        ),
        {"health": "well", "work": "out"},
        frailties=(Frailty("burden", 0.5, ("falls_ill",)),),
    )


PATHWAYS = {
    "once": one_way(Weibull(1.3, 2.0)),
    "again": recurrent(Exponential(1.5)),
    "by_chance": illness(Exponential(1.0)),
    "by_age": illness(Weibull(0.8, 1.2)),
}


def found(pathway: Pathway, **more: Any) -> Run:
    strategies = (USUAL, PLAN) if pathway.name == "illness" else (USUAL,)
    return simulate(pathway, 300, 4.0, strategies, forces=(0.03, 0.01), grid=(0.0, 2.0, 4.0), **more)


def kernels_asked_for(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each call of a kernel was of the full one."""
    asked: list[bool] = []
    choose = histories._kernel

    def noted(full: bool) -> Any:
        asked.append(full)
        return choose(full)

    monkeypatch.setattr(histories, "_kernel", noted)
    return asked


@pytest.mark.parametrize("name", PATHWAYS)
def test_lean_and_full_find_the_same_bits(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = kernels_asked_for(monkeypatch)
    lean = found(PATHWAYS[name])
    monkeypatch.setattr(histories, "needs_all", lambda t: True)
    full = found(PATHWAYS[name])
    assert set(asked[: len(asked) // 2]) == {False} and set(asked[len(asked) // 2 :]) == {True}
    assert equal(lean.statistics, full.statistics)
    assert lean.statistics.count.sum() > 100


@pytest.mark.parametrize(
    "pathway, more",
    [
        (one_way(FixedTime(1.0)), {}),
        (recurrent(Exponential(1.0)), {"histories": True}),
        (recurrent(Exponential(1.0)), {"collect": Collect(nth={"visit": 2})}),
        (recurrent(Exponential(1.0)), {"collect": Collect(years=True)}),
        (recurrent(Exponential(1.0)), {"collect": Collect(people=True)}),
    ],
)
def test_what_the_lean_kernel_lacks_is_left_to_the_full(
    pathway: Pathway, more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = kernels_asked_for(monkeypatch)
    simulate(pathway, 20, 3.0, **more)
    assert set(asked) == {True}


# --- the writer -----------------------------------------------------------------------------------


def clipped(x: float, low: float) -> float:
    """`x`, or `low` if that is more."""
    if x < low:
        return low
    if x > 10.0:
        x = 10.0
    return x


def halved(x: float) -> tuple[float, float]:
    y = clipped(x, 1.0)
    return x / 2.0, y


def looping(x: float) -> float:
    for _ in range(3):
        if x > 1.0:
            return x
    return 0.0


def whole(run: Any, x: float) -> float:
    total = 0.0
    y = x
    x, y = halved(y)
    if run.more and x > 0.0:
        total += math.floor(run.step)
    elif not run.more:
        total -= 100.0
    return total + x + 10.0 * y


def within(x: float) -> float:
    return 1.0 + clipped(x, 0.0)


def looped(x: float) -> float:
    x = looping(x)
    return x


class Given:
    more, step = True, 2.5


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "PIECES", {clipped, halved, looping})


@pytest.mark.parametrize("x", [0.5, 3.0, 12.0])
@pytest.mark.parametrize("more", [False, True])
def test_what_is_written_out_says_the_same(x: float, more: bool, pieces: None) -> None:
    class Other(Given):
        pass

    Other.more = more
    found = written.written_out(cast(FunctionType, whole), "known", {"run.more": more})
    assert found(Other, x) == written.written_out(cast(FunctionType, whole), "plain", {})(Other, x) == whole(Other, x)
    assert not {"clipped", "halved"} & set(found.__code__.co_names)
    assert ("floor" in found.__code__.co_names) == more


@pytest.mark.parametrize("function, why", [(within, "within an expression"), (looped, "returns within a loop")])
def test_what_cannot_be_written_out_is_refused(function: Any, why: str, pieces: None) -> None:
    with pytest.raises(TypeError, match=why):
        written.written_out(function, "x", {})
