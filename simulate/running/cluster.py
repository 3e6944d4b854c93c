"""Chunks simulated by dask.distributed: by processes of this machine, or those of a scheduler anywhere.

A worker is handed all that a chunk takes and gives back its sums, sealed, or writes them to the store where it sees the
same folder; only this process puts a run together. Workers may be killed: what they did is done again by others. What
nobody works at any more, for whatever reason, is sent again.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import re
import secrets
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from models.contract import ModelError
from parameters.mistakes import MissingExtra, short
from simulate.engine import worker
from simulate.engine.arithmetic.temporary import passing_folder
from simulate.engine.keeping.chunks import WHAT, Portion
from simulate.engine.keeping.sealing import Arrays, opened
from simulate.engine.keeping.store import Store
from simulate.engine.keeping.words import arithmetic_parts
from simulate.engine.keeping.workplace import WorkersLost, Workplace, here, using
from simulate.engine.open_files import allow
from simulate.engine.progress import silent

A_WORKER = 2  # chunks under way for each
CHUNKS_A_WORKER = 4  # of a simulation, at least, so that none waits long for the last
DEATHS = 8  # of workers by a chunk that is tried by itself, beyond those with others under way, before it is set aside
STARTS = 20  # times that workers are started, where one is killed while it does
LOOK = 1.0  # seconds between two looks at what came
LOOK_AT_WORKERS = 5.0  # seconds between two looks at who is there
GREETING = 8.0  # seconds that a scheduler has to answer at first: loading dask takes some more
ANSWER = 10.0  # seconds that a scheduler has to answer such a look
SILENCE = 60.0  # seconds without any answer of it
PATIENCE = 1800.0  # seconds without any worker: longer ones are a matter of a queue, and of another day
PATIENCE_HERE = 300.0  # of this machine, where they are started again at once
IDLE = 30.0  # seconds in which nothing came and nobody worked at what was sent: it is sent again
STUCK = 900.0  # the same, though somebody says to work at it: a chunk is seconds of work
FILES, FILES_A_WORKER = 64, 16  # open at once: measured, 64 do for two workers
ENDING = 5.0  # seconds that a killed worker has to be gone
SENDS = 6  # of a chunk, beyond those that ended in a death
RESULT = 60.0  # seconds that what is done has to get here
ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx)://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})/?")
ALLOWED = "allowed: local:N, such as local:4, or an address such as tcp://host:8786"
ADVICE = "runs on a cluster need dask.distributed: pip install distributed"
KEPT = "what was done is kept where there is a store, and the same command goes on from there"


def check_address(text: str) -> int | None:
    """How many workers of this machine ``local:N`` asks for; None for a scheduler's address; ``ModelError`` else."""
    local = re.fullmatch(r"local:([0-9]{1,4})", text)
    if local and 1 <= int(local[1]) <= 1024:
        return int(local[1])
    found = ADDRESS.fullmatch(text)
    if found and 1 <= int(found[3]) < 2**16:
        return None
    raise ModelError(f"--cluster {short(text)}; {ALLOWED}")


@contextmanager
def cluster(address: str) -> Iterator[Workplace]:
    """Work with the workers at `address`: ``local:N`` starts N of this machine, ``tcp://…`` is a scheduler's.

    ``MissingExtra`` without dask.distributed; ``OSError`` where no scheduler answers; ``ModelError`` for other words.
    """
    workers = check_address(address)
    try:
        import distributed
    except ImportError as fault:
        raise MissingExtra(ADVICE) from fault
    with _quietly(), _crew(distributed, address, workers) as crew:
        there = here()
        sending = Sending(crew, there.store)
        at_least = CHUNKS_A_WORKER * crew.count
        with using(Workplace(there.store, elsewhere=sending.sums, at_least=at_least)) as workplace:
            yield workplace


@contextmanager
def _quietly() -> Iterator[None]:
    """Without what dask says of workers that were killed, which are no news, and of chunks that are large for it."""
    names = ("distributed", "tornado", "asyncio")
    known = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in names]
    loggers = [logging.getLogger(name) for name in {*names, *known}]  # dask gives several a level of their own
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sending large graph")
        warnings.filterwarnings("ignore", message=r"(?s).*Mismatched versions")  # a worker's arithmetic is looked at
        try:
            yield
        finally:
            for logger, level in zip(loggers, before, strict=True):
                logger.setLevel(level)


@contextmanager
def _crew(distributed: Any, address: str, workers: int | None) -> Iterator[Crew]:
    if workers is not None:
        with _local(distributed, workers) as crew:
            yield crew
        return
    try:
        asyncio.run(asyncio.wait_for(_greet(distributed, address), GREETING))
        client = distributed.Client(address, timeout=f"{ANSWER:.0f}s", set_as_default=False)
    except (OSError, ImportError, ValueError, TypeError, RuntimeError) as fault:  # of the last, for keys and protocols
        why = "" if isinstance(fault, OSError) else f" ({(str(fault).splitlines() or [''])[0]})"
        raise OSError(f"--cluster {address}: no scheduler answers there{why}") from fault
    with client:
        crew = Crew(client, address, 1)
        crew.count = max(1, sum((crew.asked(client.scheduler.ncores) or {}).values()))
        yield crew


async def _greet(distributed: Any, address: str) -> None:
    """``OSError`` where something else answers: a client would knock there for ever."""
    how = distributed.Security().get_connection_args("client")
    async with distributed.rpc(address, connection_args=how) as there:
        if (await there.identity()).get("type") != "Scheduler":
            raise OSError("it is no scheduler")


@contextmanager
def _local(distributed: Any, workers: int) -> Iterator[Crew]:
    """Workers of this machine, that end with this process at the latest and hold up nobody who ends it."""
    from dask import config

    preload = config.get("distributed.worker.preload", None) or []
    with (
        passing_folder() as passing,
        config.set({"distributed.deploy.lost-worker-timeout": "30s"}),  # time to start again on a busy machine
        _started(distributed, workers, passing, preload) as local,
        distributed.Client(local, set_as_default=False) as client,
    ):
        try:
            yield Crew(client, f"local:{workers}", workers, lambda: local.scale(workers), PATIENCE_HERE)
        finally:
            for nanny in local.workers.values():
                nanny.close_gracefully()  # starts no other
            theirs = [p for p in multiprocessing.active_children() if p.name.startswith("Dask Worker")]
            for process in theirs:
                process.kill()  # it has nothing that is needed
            for process in theirs:
                process.join(ENDING)  # or it would write to the folder while that is removed


def _started(distributed: Any, workers: int, passing: Path, preload: Iterable[str]) -> Any:
    """Workers that have started, tried again where one was killed meanwhile; ``OSError`` where none will."""
    allow(FILES + FILES_A_WORKER * workers, f"--cluster local:{workers}")
    options: dict[str, Any] = {"n_workers": workers, "threads_per_worker": 1, "processes": True}
    options |= {"dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
    options |= {"local_directory": str(passing), "preload": [*preload, worker.__name__]}
    options |= {"memory_limit": 0}  # forecast beforehand; by its share of a machine of many cores dask stops workers
    for left in reversed(range(STARTS)):
        try:
            return distributed.LocalCluster(**options)
        except RuntimeError as fault:
            if not left:
                raise OSError(f"--cluster local:{workers}: workers do not start here ({fault})") from fault
    raise AssertionError


@dataclass
class Crew:
    """Workers: a client of their scheduler, how many there were to begin with, what brings back lost ones, and how long
    they are waited for."""

    client: Any
    address: str
    count: int
    restore: Callable[[], object] = lambda: None
    patience: float = PATIENCE
    say: Callable[[str], object] = silent
    _looked: float = field(default_factory=time.monotonic)
    _heard: float = field(default_factory=time.monotonic)  # of the scheduler
    _seen: float = field(default_factory=time.monotonic)  # a worker
    _told: bool = False  # that there is none

    def look(self) -> None:
        """See to it that somebody works; ``OSError`` once nobody will."""
        if self.client.status not in ("running", "connecting"):
            raise self.gone()
        if time.monotonic() - self._looked < LOOK_AT_WORKERS:
            return
        threads = self.asked(self.client.scheduler.ncores)
        now = self._looked = time.monotonic()
        if threads is None:
            if now - self._heard > SILENCE:
                raise WorkersLost(
                    f"--cluster {self.address}: the scheduler has not answered for {SILENCE:.0f} s; {KEPT}"
                )
            return
        self._heard = now
        there = sum(threads.values())
        if there < self.count:
            self.restore()
        self.count = max(self.count, there)
        self._meet(there, now)

    def _meet(self, there: int, now: float) -> None:
        """So many workers are there."""
        if there:
            self._seen = now
            if self._told:
                self.say(f"workers are there again: {there}")
        elif now - self._seen > self.patience:
            raise WorkersLost(
                f"--cluster {self.address}: for {self.patience / 60:.0f} minutes there was no worker; {KEPT}"
            )
        elif not self._told:
            self.say(f"no worker is there; the scheduler is, and one is waited for {self.patience / 60:.0f} minutes")
        self._told = not there

    def asked(self, ask: Callable[..., Any], **what: object) -> Any:
        """What the scheduler answers; None where it does not in time."""
        if self.client.status != "running":
            return None
        with suppress(OSError, RuntimeError, asyncio.TimeoutError):
            return self.client.sync(ask, callback_timeout=ANSWER, **what)
        return None

    def is_idle(self) -> bool:
        """Whether workers are there and none has anything to do, of ours or of others."""
        held = self.asked(self.client.scheduler.processing, workers=None)
        return bool(held) and not any(held.values())

    def gone(self) -> WorkersLost:
        """What there is to say without a scheduler."""
        return self._lost("the scheduler is gone")

    def _lost(self, why: str) -> WorkersLost:
        return WorkersLost(f"--cluster {self.address}: {why}; {KEPT}")


@dataclass(eq=False)
class Sent:
    """Portions that were handed out: each comes once, however often it had to be sent."""

    crew: Crew
    submit: Callable[[Portion], Any]  # to its future
    waited_for: dict[Portion, int] = field(default_factory=dict)  # how often it was sent
    _futures: dict[str, tuple[Any, Portion]] = field(default_factory=dict)
    _came: SimpleQueue[Any] = field(default_factory=SimpleQueue)
    _heard: float = field(default_factory=time.monotonic)
    _looked: float = field(default_factory=time.monotonic)

    def send(self, portion: Portion) -> None:
        """Hand it out, once more where it was before; ``OSError`` where that was in vain too often."""
        times = self.waited_for.get(portion, 0) + 1
        if times > SENDS:
            raise OSError(
                f"--cluster {self.crew.address}: chunk {portion.number + 1} was sent {SENDS} times, and nothing came of"
                f" it; {KEPT}"
            )
        self.waited_for[portion] = times
        try:
            future = self.submit(portion)
        except Exception as fault:  # whatever a client says that has lost its scheduler
            if self.crew.client.status == "running":
                raise
            raise self.crew.gone() from fault
        self._futures[future.key] = future, portion
        future.add_done_callback(self._came.put)

    def next(self) -> tuple[Portion, Any]:
        """The portion that comes next, and its future, which is done."""
        while True:
            self.crew.look()
            with suppress(Empty):
                future, portion = self._futures.pop(self._came.get(timeout=LOOK).key, (None, None))
                if portion in self.waited_for:
                    self._heard = time.monotonic()
                    return portion, future
            if time.monotonic() - self._looked > LOOK_AT_WORKERS:
                self._send_lost()
                self._looked = time.monotonic()

    def done(self, portion: Portion) -> None:
        """It is waited for no longer; what was sent of it and has not come is forgotten."""
        self.waited_for.pop(portion, None)
        self._futures = {key: pair for key, pair in self._futures.items() if pair[1] is not portion}

    def _send_lost(self) -> None:
        """Send again what nobody works at, and take what came unheard."""
        if self.crew.client.status != "running":
            return
        for key, (future, portion) in list(self._futures.items()):
            if future.status in ("finished", "error"):
                self._came.put(future)
            elif future.status in ("cancelled", "lost"):
                del self._futures[key]
                self.send(portion)
        quiet = time.monotonic() - self._heard
        if quiet > STUCK or (quiet > IDLE and self.crew.is_idle()):
            self._heard = time.monotonic()
            for portion in list(self.waited_for):
                self.send(portion)


@dataclass(frozen=True, eq=False)
class Sending:
    """Hands portions out, a few for each worker at a time, and takes their sums as they come."""

    crew: Crew
    store: Store

    def sums(
        self, portions: Iterable[Portion], say: Callable[[str], None] = silent
    ) -> Iterator[tuple[Portion, Arrays | None]]:
        """Portions with their sums; None for one that every worker was killed by, alone as it was.

        ``OSError`` once there is no scheduler or worker, and where workers cannot run this; ``ModelError`` where their
        arithmetic is another; what simulating raises; ``WorkerError`` for an error that nobody expected.
        """
        self.crew.say = say
        suspects: dict[Portion, int] = {}
        with _token(self.store.folder) as token:
            yield from self._some(iter(portions), token, suspects)
            for portion in suspects:  # killed with others under way, it may have been another's fault
                yield from self._alone(portion, token)

    def _alone(self, portion: Portion, token: str) -> Iterator[tuple[Portion, Arrays | None]]:
        deaths: dict[Portion, int] = {}
        while deaths.get(portion, 0) < DEATHS:
            before = dict(deaths)
            yield from self._some(iter([portion]), token, deaths)
            if deaths == before:
                return
        yield portion, None

    def _some(
        self, portions: Iterator[Portion], token: str, deaths: dict[Portion, int]
    ) -> Iterator[tuple[Portion, Arrays | None]]:
        """Portions with their sums; `deaths` counts the workers that were killed by those that have none."""
        unseen: set[Portion] = set()  # written where this process does not find it

        def submit(portion: Portion) -> Any:
            seen = "" if portion in unseen else token
            arguments = portion, arithmetic_parts(), self.store.folder, seen, self.store.most
            return self.crew.client.submit(worker.simulated, *arguments, pure=False, retries=0)

        sent = Sent(self.crew, submit)
        while True:
            for portion in islice(portions, max(0, A_WORKER * self.crew.count - len(sent.waited_for))):
                sent.send(portion)
            if not sent.waited_for:
                return
            portion, future = sent.next()
            answer, killed = self._answer(future)
            if killed:
                deaths[portion] = deaths.get(portion, 0) + killed
            elif answer is None or (sums := self._taken(portion, answer.opened())) is None:  # lost on the way
                if answer is not None:
                    unseen.add(portion)
                sent.send(portion)
                continue
            sent.done(portion)
            if not killed:
                yield portion, sums

    def _answer(self, future: Any) -> tuple[worker.Answer | None, int]:
        """What a worker answers, None where that is lost; and how many were killed instead."""
        import distributed

        try:
            return future.result(timeout=RESULT), 0
        except distributed.KilledWorker as fault:
            return None, 1 + int(getattr(fault, "allowed_failures", 0))
        except (
            CancelledError,
            asyncio.CancelledError,
            distributed.TimeoutError,
            OSError,
        ):  # errors of its own are told
            self._wait_for_scheduler()
            return None, 0  # who had it was killed, or the scheduler was
        except ImportError as fault:
            raise self._unable(fault) from fault
        except Exception as fault:
            if "deserializ" in str(fault):
                raise self._unable(fault.__cause__ or fault) from fault
            worker.told(fault, self.crew.address).opened()
            raise

    def _wait_for_scheduler(self) -> None:
        """Until it is there, or is known to be gone."""
        while self.crew.client.status == "connecting":
            time.sleep(LOOK)
        self.crew.look()

    def _unable(self, fault: BaseException) -> OSError:
        why = (str(fault).splitlines() or [""])[0]
        return OSError(
            f"--cluster {self.crew.address}: the scheduler and its workers need recovery-cea as it is here ({why})"
        )

    def _taken(self, portion: Portion, content: bytes) -> Arrays | None:
        """The sums in what a worker answered, or in the store, where it wrote them."""
        key = portion.chunk.key
        if not content:
            self.store.recount()
            return self.store.find(WHAT, key)
        sums = opened(content, WHAT, key)
        if sums is not None:
            self.store.keep(WHAT, key, sums, worker.sizes(portion, sums))
        return sums


@contextmanager
def _token(folder: Path | None) -> Iterator[str]:
    """A file with a name that nobody guesses: whoever sees it sees the same folder. Empty without a folder."""
    if folder is None:
        yield ""
        return
    name = f".{secrets.token_hex(16)}.seen"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    except OSError:
        yield ""
        return
    try:
        yield name
    finally:
        with suppress(OSError):
            (folder / name).unlink()
