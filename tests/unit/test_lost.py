"""What a worker answers where it fails, and what is lost between it and a run: told in words, and sent again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from models.contract import ModelError
from simulate.engine import driver, worker
from simulate.engine.driver import NumericalError, Place
from simulate.engine.keeping.workplace import WorkersLost
from simulate.engine.memory import ResourceError
from simulate.engine.progress import silent
from simulate.running import cluster
from simulate.running.cluster import Crew, Sent

# --- errors in words --------------------------------------------------------------------------


class Awkward(Exception):
    """An error that neither a pickle nor a text can be made of."""

    def __str__(self) -> str:
        raise ValueError("no text")


@pytest.mark.parametrize(
    ("fault", "raised", "told"),
    [
        (NumericalError("more than 9: x", Place(1, 2, 3, "care")), NumericalError, "^more than 9: x$"),
        (ModelError("not like this"), ModelError, "not like this"),
        (ResourceError("too large"), ResourceError, "too large"),
        (MemoryError(), MemoryError, "MemoryError"),
        (FileNotFoundError(2, "gone", "a file"), OSError, "gone"),
        (RecursionError("too deep"), worker.WorkerError, r"(?s)stopped at RecursionError: too deep.*in sums_of"),
        (KeyboardInterrupt(), worker.WorkerError, "stopped at KeyboardInterrupt"),
        (Awkward(), worker.WorkerError, "stopped at Awkward"),
    ],
)
def test_an_error_of_a_worker_is_raised_here(
    fault: BaseException, raised: type[Exception], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sums_of(portion: object) -> None:
        raise fault

    monkeypatch.setattr(driver, "sums_of", sums_of)
    answer = worker.simulated(None, {}, None, "", 0)  # type: ignore[arg-type]
    with pytest.raises(raised, match=told) as caught:
        answer.opened()
    assert getattr(caught.value, "place", None) == getattr(fault, "place", None)


def test_another_arithmetic_is_refused_in_words() -> None:
    answer = worker.simulated(None, {"numpy": "0.1"}, None, "", 0)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=r"another \(numpy: .*, here '0\.1'\)"):
        answer.opened()


# --- what is lost is sent again ---------------------------------------------------------------


class Future:
    """One of dask's, as far as it is looked at."""

    def __init__(self, key: str) -> None:
        self.key, self.status, self.call = key, "pending", None

    def add_done_callback(self, call: Any) -> None:
        self.call = call


class Scheduler:
    """A scheduler and its client, that answer what they are told to."""

    def __init__(self) -> None:
        self.status, self.sent = "running", list[Future]()
        self.threads: Any = {"a": 1}
        self.held: Any = {"a": ()}
        self.scheduler = SimpleNamespace(ncores=lambda: self.threads, processing=lambda workers: self.held)

    def sync(self, ask: Any, callback_timeout: float, **what: Any) -> Any:
        found = ask(**what)
        if isinstance(found, Exception):
            raise found
        return found

    def submit(self, portion: object) -> Future:
        self.sent.append(Future(str(len(self.sent))))
        return self.sent[-1]


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> Scheduler:
    """One for which no time has to pass."""
    monkeypatch.setattr(cluster, "LOOK", 0.001)
    for name in ("LOOK_AT_WORKERS", "IDLE", "SILENCE"):
        monkeypatch.setattr(cluster, name, 0.0)
    return Scheduler()


def sent_to(scheduler: Scheduler, said: list[str] | None = None, patience: float = 1e9) -> tuple[Sent, Any]:
    """One portion that was sent to it; what is said goes to `said`."""
    portion: Any = type("Portion", (), {"number": 4})()
    crew = Crew(scheduler, "tcp://here:1", 1, patience=patience, say=silent if said is None else said.append)
    sent = Sent(crew, scheduler.submit)
    sent.send(portion)
    return sent, portion


@pytest.mark.parametrize("status", ["cancelled", "lost"])
def test_what_is_lost_is_sent_again_and_not_for_ever(scheduler: Scheduler, status: str) -> None:
    sent, _ = sent_to(scheduler)
    scheduler.held = {"a": ("0",)}
    submit = scheduler.submit

    def lost(portion: object) -> Future:
        future = submit(portion)
        future.status = status
        return future

    sent.submit = lost
    scheduler.sent[0].status = status
    with pytest.raises(OSError, match=r"chunk 5 was sent 6 times, and nothing came of it; what was done is kept"):
        sent.next()
    assert len(scheduler.sent) == cluster.SENDS


def test_what_nobody_works_at_is_sent_again(scheduler: Scheduler) -> None:
    sent, _ = sent_to(scheduler)
    with pytest.raises(OSError, match="sent 6 times"):
        sent.next()


def test_a_busy_scheduler_is_waited_for(scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others' work, or a chunk that takes long, is no loss; what comes is taken, also where nobody called."""
    sent, portion = sent_to(scheduler)
    scheduler.held = {"a": ("somebody's",)}
    looks: list[int] = []

    def ncores() -> dict[str, int]:
        looks.append(1)
        scheduler.sent[0].status = "finished" if len(looks) > 20 else "pending"
        return {"a": 1}

    scheduler.scheduler.ncores = ncores
    assert sent.next() == (portion, scheduler.sent[0])
    assert len(scheduler.sent) == 1 and len(looks) > 20
    sent.done(portion)
    assert not sent.waited_for


def test_a_silent_scheduler_ends_it(scheduler: Scheduler) -> None:
    sent, _ = sent_to(scheduler)
    scheduler.threads = TimeoutError()
    with pytest.raises(OSError, match=r"the scheduler has not answered for .* the same command goes on from there"):
        sent.next()


def test_that_there_is_no_worker_is_told_once(scheduler: Scheduler) -> None:
    said: list[str] = []
    sent, _ = sent_to(scheduler, said)
    answers: Iterator[Mapping[str, int]] = iter([{}, {}, {}, {"a": 1}, {"a": 1}])

    def ncores() -> Mapping[str, int]:
        threads = next(answers)
        if threads:
            sent._came.put(scheduler.sent[0])
        return threads

    scheduler.scheduler.ncores, scheduler.held = ncores, {}
    sent.next()
    assert [s.split(";")[0] for s in said] == ["no worker is there", "workers are there again: 1"]
    waiting, _ = sent_to(scheduler, patience=-1.0)
    scheduler.scheduler.ncores = lambda: {}
    with pytest.raises(OSError, match="there was no worker"):
        waiting.next()


def test_a_client_that_has_lost_its_scheduler_says_so_in_our_words(scheduler: Scheduler) -> None:
    """Whatever error sending ends in; one of a client that runs is its own."""
    sent, portion = sent_to(scheduler)

    def refuse(portion: object) -> Future:
        raise RuntimeError("Client is closed. Can't send update-graph message.")

    sent.submit = refuse
    with pytest.raises(RuntimeError, match="Client is closed"):
        sent.send(portion)
    scheduler.status = "closed"
    with pytest.raises(WorkersLost, match="the scheduler is gone"):
        sent.send(portion)
