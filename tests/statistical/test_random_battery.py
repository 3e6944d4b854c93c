"""The battery of scripts/verify: passes the engine's numbers, fails weak ones; and they are the kernel's numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.contract import Exponential
from scripts.verify import random_battery
from scripts.verify.battery import BITS, LEAST, Gap, Result, battery, chi_square
from scripts.verify.random_battery import OCCURRENCES, WEAK, Blocks, good, report, run, verdict, weak
from simulate.engine.arithmetic.random_numbers import PHILOX, SPLITMIX
from tests.oracle.small import recurrent, simulate

PEOPLE, DRAWS = 1_563, 10  # a million numbers


def results(blocks: Blocks, draws: int) -> list[Result]:
    numbers = draws * PEOPLE * len(random_battery.streams()) * OCCURRENCES
    assert abs(numbers - draws * 100_000) < 100 * draws
    return run(blocks(3, draws), battery(numbers, OCCURRENCES))


@pytest.mark.parametrize(("generator", "draws"), [(SPLITMIX, DRAWS), (PHILOX, 3)])
def test_the_engines_numbers_pass(generator: int, draws: int) -> None:
    found = results(good(generator, PEOPLE), draws)
    assert len(found) >= 30 and len({r.name for r in found}) == len(found)
    assert verdict(found), report(found)
    assert "passed" in report(found)


@pytest.mark.parametrize("kind", WEAK)
def test_weak_numbers_fail(kind: str) -> None:
    """Negative control: each sort of weakness is found, and by the tests that are there to find it."""
    found = results(weak(kind, PEOPLE), 3)
    assert not verdict(found) and "FAILED" in report(found)
    by = {"lcg": "birthday", "truncated": "lowest", "added": "people 1 apart"}[kind]
    assert any(by in r.name and r.two_sided < 1e-12 for r in found), report(found)


def test_probabilities_are_uniform() -> None:
    """Over seeds, the whole battery's probabilities spread over 0 to 1: its laws are right, not only its verdict."""
    p = np.concatenate(
        [[r.p for r in run(good(SPLITMIX, 400)(seed, 3), battery(76_800, OCCURRENCES))] for seed in range(8)]
    )
    assert 0.4 < p.mean() < 0.6 and 0.05 < (p < 0.1).mean() < 0.16 and 0.05 < (p > 0.9).mean() < 0.16


def test_they_are_the_kernels_numbers() -> None:
    """The first visit at rate 1 comes at -log of the first number of its stream: same seed, draw, person, event."""
    first = random_battery.TIMES[0]
    visits = recurrent(Exponential(1.0))
    pathway = replace(visits, events=(replace(visits.events[0], name=first),))
    rows = simulate(pathway, 40, 60.0, seed=9, histories=True).events(first)
    gaps = np.stack([np.diff(rows[rows[:, 1] == p, 3], prepend=0.0)[:OCCURRENCES] for p in range(40)])
    block = next(good(SPLITMIX, 40)(9, 1))
    numbers = (block[:, :OCCURRENCES] + 0.5) * 2.0**-BITS
    np.testing.assert_allclose(gaps, -np.log(numbers), rtol=1e-9)


def test_a_chi_square_by_hand_and_too_even_is_far_out_too() -> None:
    found = chi_square("coin", [60, 40], 50.0)
    assert found.statistic == 4.0 and found.p == pytest.approx(0.0455, abs=1e-4)
    even = chi_square("too even", [1000] * 1000, 1000.0)
    assert even.p == 1.0 and even.two_sided == 0.0 and not verdict([even])


def test_gaps_by_hand() -> None:
    gap = Gap(0.0, 0.5, expected_events=LEAST * 16)
    half = 1 << (BITS - 1)
    gap.add(np.array([[0, half, half, 1], [half, half, half, half]]))
    gap.add(np.array([[half, 0]]))  # a gap goes on from block to block
    assert gap.counts.tolist()[:3] == [1, 0, 1] and gap.counts[-1] == 1 and gap.counts.sum() == 3


def test_the_command_writes_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(random_battery, "PEOPLE", 500)
    monkeypatch.setattr(random_battery, "good", lambda generator: good(generator, 500))
    out = tmp_path / "battery.json"
    assert random_battery.main(["--numbers", "64000", "--out", str(out)]) == 0
    told = json.loads(out.read_text(encoding="utf-8"))
    assert told["passed"] and told["numbers"] == 64_000 and told["draws"] == 2 and len(told["tests"]) > 20
    assert "passed" in capsys.readouterr().out


def test_the_full_run_is_on_record(checkout: Path) -> None:
    """What ``benchmarks/random_battery.json`` holds is a full run that passed."""
    told = json.loads((checkout / "benchmarks" / "random_battery.json").read_text(encoding="utf-8"))
    assert told["numbers"] >= 500_000_000 and told["generator"] == "splitmix64"
    assert told["passed"] and told["smallest_two_sided_p"] > told["limit"]
