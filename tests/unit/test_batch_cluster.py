"""Batches by the workers of a cluster: one poison chunk, or one lost worker, is a matter of its own analysis."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simulate.engine import driver
from simulate.engine.keeping.chunks import WHAT, Portion, sizes_of
from simulate.engine.keeping.sealing import Arrays
from simulate.engine.keeping.workplace import WorkersLost, Workplace, here, using
from simulate.present.batches import working
from simulate.present.batches.crew import Crew
from simulate.present.commands import flags
from tests.unit.batches import file_of

TEXT = """
[defaults]
problem = "safewards"
draws = 16
people = 5
variants = false
[analyses.first]
seed = 7
[analyses.poison]
[analyses.priced]
perspective = "societal"
[analyses.last]
seed = 9
"""
SAME = ("psa.csv", "statistics.npz", "summary.json", "ceac.csv", "evpi.csv")
Met = tuple[Portion, Arrays | None]


@contextmanager
def by(sums: Callable[[Iterable[Portion]], Iterator[Met]]) -> Iterator[None]:
    """Workers that are functions of this process."""
    with using(Workplace(here().store, elsewhere=lambda portions, *more: sums(portions), at_least=8)):
        yield


def kept(portion: Portion) -> Arrays:
    """The sums of a portion, which are in the store too, as workers leave them."""
    sums = driver.sums_of(portion)
    sizes = sizes_of(portion.lowered, portion.drawing.people, portion.batches, portion.chunk, sums)
    here().store.keep(WHAT, portion.chunk.key, sums, sizes)
    return sums


def statuses(out: Path) -> dict[str, str]:
    table = pd.read_csv(out / "batch" / "batch.csv").drop_duplicates("name").set_index("name")
    return dict(table["status"])


def test_a_poison_chunk_is_met_once_and_fails_who_needs_it(
    tmp_path: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The analysis after it, which shares the simulation, fails too, and kills nobody again."""
    tried, numbers, poison = list[str](), list[int](), list[str]()

    def sums(portions: Iterable[Portion]) -> Iterator[Met]:
        for portion in portions:
            tried.append(portion.chunk.key)
            numbers.append(portion.number)
            if len(tried) == 10:  # of the second analysis
                poison.append(portion.chunk.key)
            yield portion, None if portion.chunk.key in poison else kept(portion)

    monkeypatch.setattr(flags, "workers", lambda address: by(sums))
    path, out = file_of(tmp_path, TEXT), tmp_path / "out"
    done = command("batch", path, "--out", out, "--cluster", "local:2", "--store", tmp_path / "store")
    assert done.code == 1 and "2 of 4 failed:" in done.out
    assert statuses(out) == {"first": "done", "poison": "failed", "priced": "failed", "last": "done"}
    assert tried.count(poison[0]) == 1 and numbers == [*range(8)] * 2 + [*range(8)]
    assert "killed; the others are done" in done.out and "replay: recovery-cea run safewards" in done.out
    assert "--shard 2/8" in done.out


@pytest.mark.parametrize("times", [1, 2, 9])
def test_workers_that_are_gone_end_it_and_it_goes_on(
    times: int, tmp_path: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [times]

    def sums(portions: Iterable[Portion]) -> Iterator[Met]:
        for portion in portions:
            if left[0]:
                left[0] -= 1
                raise OSError("--cluster local:2: the scheduler is gone")
            yield portion, driver.sums_of(portion)

    monkeypatch.setattr(flags, "workers", lambda address: by(sums))
    path, out = file_of(tmp_path, TEXT), tmp_path / "out"
    done = command("batch", path, "--out", out, "--cluster", "local:2")
    if times == 1:
        assert done.code == 1 and list(statuses(out).values()) == ["failed", "done", "done", "done"]
        return
    assert done.code == 4 and done.err.strip().endswith("the scheduler is gone") and left[0] == times - 2
    assert not (out / "batch").exists()


@pytest.mark.parametrize("after", [0, pytest.param(1, marks=pytest.mark.slow), 3])
def test_workers_of_whom_none_is_left_end_it_at_once(
    after: int, tmp_path: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the first analysis, a later one and the last that is simulated: never that analysis's own failure."""
    calls = [0]

    def sums(portions: Iterable[Portion]) -> Iterator[Met]:
        calls[0] += 1
        for portion in portions:
            if calls[0] > after:
                raise WorkersLost("--cluster local:2: the scheduler is gone")
            yield portion, driver.sums_of(portion)

    monkeypatch.setattr(flags, "workers", lambda address: by(sums))
    done = command("batch", file_of(tmp_path, TEXT), "--out", tmp_path / "out", "--cluster", "local:2")
    if calls[0] > after:
        assert done.code == 4 and done.err.strip().endswith("the scheduler is gone") and calls[0] == after + 1
    else:
        assert done.code == 0


@pytest.mark.parametrize("words", [("--cluster", "x"), ("--cluster", "local:0")])
def test_an_address_that_cannot_be_is_told_with_the_file(
    words: tuple[str, ...], tmp_path: Path, command: Callable[..., Any]
) -> None:
    done = command("batch", file_of(tmp_path, "[analyses.a]\ndraws = 'x'"), *words, "--out", tmp_path / "out")
    assert done.code == 2 and "--cluster" in done.err and "analyses.a.draws" in done.err
    assert not (tmp_path / "out").exists()


def test_no_workers_are_started_where_nothing_is_left(
    tmp_path: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    real = flags.workers

    def workers(address: str | None) -> Any:
        asked.append(address)
        return real(None)

    monkeypatch.setattr(flags, "workers", workers)
    path = file_of(tmp_path, "[analyses.a]\nproblem = 'recovery_college'\ndraws = 16\npeople = 4")
    words = (path, "--out", tmp_path / "out", "--cluster", "tcp://127.0.0.1:9")
    assert command("batch", *words).code == 0 and command("batch", *words).code == 0
    assert asked == ["tcp://127.0.0.1:9", None]


def test_a_full_disk_is_known_as_it_is_told() -> None:
    told = OSError("--out x: the results take more than there is")
    told.__cause__ = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert working._is_of_the_disk(told) and not working._is_of_the_disk(OSError(errno.EACCES, "no"))
    assert not Crew().is_lost()


@pytest.mark.slow
def test_two_workers_leave_the_bytes_of_one_process(tmp_path: Path, command: Callable[..., Any]) -> None:
    pytest.importorskip("distributed")
    out, plain = tmp_path / "out", tmp_path / "plain"
    assert command("batch", file_of(tmp_path, TEXT), "--out", plain, "--no-store").code == 0
    words = ("--cluster", "local:2", "--store", tmp_path / "store")
    assert command("batch", file_of(tmp_path, TEXT), "--out", out, *words).code == 0
    for name in ("first", "poison", "priced", "last"):
        assert all((out / name / f).read_bytes() == (plain / name / f).read_bytes() for f in SAME)
    mine, theirs = (pd.read_csv(o / "batch" / "batch.csv").drop(columns=["seconds", "status"]) for o in (out, plain))
    pd.testing.assert_frame_equal(mine, theirs)
