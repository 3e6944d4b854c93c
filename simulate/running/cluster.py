"""Chunks simulated by dask.distributed: by processes of this machine, or those of a scheduler anywhere.

A worker is handed all that a chunk takes and gives back its sums, sealed, or writes them to the store where it sees the
same folder; only this process puts a run together. Workers may be killed: what they did is done again by others.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import re
import secrets
import signal
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

from models.contract import ModelError
from parameters.mistakes import MissingExtra, short
from simulate.engine import driver
from simulate.engine.keeping.chunks import WHAT, Portion, sizes_of
from simulate.engine.keeping.sealing import Arrays, opened, sealed
from simulate.engine.keeping.store import Store
from simulate.engine.keeping.words import arithmetic_parts
from simulate.engine.keeping.workplace import Workplace, here, using

A_WORKER = 2  # chunks under way for each
CHUNKS_A_WORKER = 4  # of a simulation, at least, so that none waits long for the last
DEATHS = 8  # of workers by a chunk that is tried by itself, beyond those with others under way, before it is set aside
STARTS = 20  # times that workers are started, where one is killed while it does
LOOK = 1.0  # seconds between two looks at what came
LOOK_AT_WORKERS = 5.0  # seconds between two looks at who is there
PATIENCE = 1800.0  # seconds without any worker: longer ones are a matter of a queue, and of another day
ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx)://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})/?")
ALLOWED = "allowed: local:N, such as local:4, or an address such as tcp://host:8786"
ADVICE = "runs on a cluster need dask.distributed: pip install distributed"
KEPT = "what was done is kept where there is a store, and the same command goes on from there"


class AnotherArithmetic(ModelError):
    """A worker whose numbers could differ from those of this process."""


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
    loggers = [logging.getLogger(name) for name in ("distributed", "tornado", "asyncio")]
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
        client = distributed.Client(address, timeout="10s", set_as_default=False)
    except (OSError, ImportError, ValueError, TypeError, RuntimeError) as fault:  # of the last, for keys and protocols
        why = "" if isinstance(fault, OSError) else f" ({str(fault).splitlines()[0]})"
        raise OSError(f"--cluster {address}: no scheduler answers there{why}") from fault
    with client:
        yield Crew(client, address, max(1, sum(client.nthreads().values())))


@contextmanager
def _local(distributed: Any, workers: int) -> Iterator[Crew]:
    """Workers of this machine, that end with this process at the latest and hold up nobody who ends it."""
    from dask import config

    preload = config.get("distributed.worker.preload", None) or []
    with (
        TemporaryDirectory(prefix="recovery-cea-", ignore_cleanup_errors=True) as passing,
        config.set({"distributed.deploy.lost-worker-timeout": "30s"}),  # time to start again on a busy machine
        _started(distributed, workers, passing, preload) as local,
        distributed.Client(local, set_as_default=False) as client,
    ):
        try:
            yield Crew(client, f"local:{workers}", workers, lambda: local.scale(workers))
        finally:
            for nanny in local.workers.values():
                nanny.close_gracefully()  # starts no other
            for process in multiprocessing.active_children():
                if process.name.startswith("Dask Worker"):
                    process.kill()  # it has nothing that is needed


def _started(distributed: Any, workers: int, passing: str, preload: Iterable[str]) -> Any:
    """Workers that have started, tried again where one was killed meanwhile; ``OSError`` where none will."""
    options: dict[str, Any] = {"n_workers": workers, "threads_per_worker": 1, "processes": True}
    options |= {"dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
    options |= {"local_directory": passing, "preload": [*preload, __name__]}
    for left in reversed(range(STARTS)):
        try:
            return distributed.LocalCluster(**options)
        except RuntimeError as fault:
            if not left:
                raise OSError(f"--cluster local:{workers}: workers do not start here ({fault})") from fault
    raise AssertionError


def dask_setup(worker: object) -> None:
    """Called by a worker of this machine as it starts: Ctrl-C is for the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@dataclass
class Crew:
    """Workers: a client of their scheduler, how many there were to begin with, and what brings back lost ones."""

    client: Any
    address: str
    count: int
    restore: Callable[[], object] = lambda: None
    _looked: float = field(default_factory=time.monotonic)
    _seen: float = field(default_factory=time.monotonic)

    def look(self) -> None:
        """See to it that somebody works; ``OSError`` once nobody will."""
        if self.client.status not in ("running", "connecting"):
            raise self.gone()
        now = time.monotonic()
        if now - self._looked < LOOK_AT_WORKERS:
            return
        self._looked = now
        there = 0
        with suppress(OSError, RuntimeError, asyncio.TimeoutError):
            there = sum(self.client.nthreads().values()) if self.client.status == "running" else 0
        if there < self.count:
            self.restore()
        self.count = max(self.count, there)
        if there:
            self._seen = now
        elif now - self._seen > PATIENCE:
            raise OSError(f"--cluster {self.address}: for {PATIENCE / 60:.0f} minutes there was no worker; {KEPT}")

    def gone(self) -> OSError:
        """What there is to say without a scheduler."""
        return OSError(f"--cluster {self.address}: the scheduler is gone; {KEPT}")


@dataclass(frozen=True, eq=False)
class Sending:
    """Hands portions out, a few for each worker at a time, and takes their sums as they come."""

    crew: Crew
    store: Store

    def sums(self, portions: Iterable[Portion]) -> Iterator[tuple[Portion, Arrays | None]]:
        """Portions with their sums; None for one that every worker was killed by, alone as it was.

        ``OSError`` once there is no scheduler or worker, and where workers cannot run this; ``AnotherArithmetic``;
        what simulating raises.
        """
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
        came: SimpleQueue[Any] = SimpleQueue()
        under_way: dict[Any, tuple[Any, Portion]] = {}

        def send(portion: Portion, token: str) -> None:
            arguments = portion, arithmetic_parts(), self.store.folder, token, self.store.most
            future = self.crew.client.submit(simulated, *arguments, pure=False, retries=0)
            under_way[future.key] = future, portion
            future.add_done_callback(came.put)

        while True:
            for portion in islice(portions, max(0, A_WORKER * self.crew.count - len(under_way))):
                send(portion, token)
            if not under_way:
                return
            future, portion = under_way.pop(self._next(came).key)
            content, killed = self._result(future)
            if killed:
                deaths[portion] = deaths.get(portion, 0) + killed
            elif (sums := self._taken(portion, content)) is None:  # lost on the way
                send(portion, "")
            else:
                yield portion, sums

    def _next(self, came: SimpleQueue[Any]) -> Any:
        """The future that comes next."""
        while True:
            self.crew.look()
            with suppress(Empty):
                return came.get(timeout=LOOK)

    def _result(self, future: Any) -> tuple[bytes, int]:
        """What a worker answers, and how many were killed instead."""
        import distributed

        while True:
            try:
                return future.result(timeout=60), 0
            except distributed.KilledWorker as fault:
                return b"", 1 + int(getattr(fault, "allowed_failures", 0))
            except (CancelledError, asyncio.CancelledError) as fault:
                raise self.crew.gone() from fault
            except (TimeoutError, distributed.TimeoutError):  # who had it was killed, and it is done again
                self.crew.look()
            except ImportError as fault:
                raise self._unable(fault) from fault
            except RuntimeError as fault:
                if "deserializ" not in str(fault):
                    raise
                raise self._unable(fault.__cause__ or fault) from fault

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
            self.store.keep(WHAT, key, sums, _sizes(portion, sums))
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


def simulated(portion: Portion, arithmetic: Mapping[str, str], folder: Path | None, token: str, most: int) -> bytes:
    """What a worker does: the sums of a chunk as the bytes of a file; none where they are in the store they share.

    ``AnotherArithmetic`` where its numbers could be others than those asked for.
    """
    ours = arithmetic_parts()
    differing = [f"{n}: {short(ours.get(n, ''))}, here {short(v)}" for n, v in arithmetic.items() if ours.get(n) != v]
    if differing:
        raise AnotherArithmetic(f"a worker's arithmetic is another ({'; '.join(differing)}); allowed: the same")
    sums = driver.sums_of(portion)
    if folder is not None and _has_room(folder, token, most - sum(a.nbytes for a in sums.values())):
        store = Store(folder, most=2**60)  # it is not for a worker to throw away what others keep
        store.keep(WHAT, portion.chunk.key, sums, _sizes(portion, sums))
        if not store.note:
            return b""
    return sealed(WHAT, portion.chunk.key, sums, _sizes(portion, sums))


def _has_room(folder: Path, token: str, most: float) -> bool:
    """Whether this is the folder with the token, and no more than so many bytes are in it."""
    try:
        with os.scandir(folder) as found:
            files = {entry.name: entry.stat().st_size for entry in found if entry.is_file(follow_symlinks=False)}
    except OSError:
        return False
    return token in files and sum(files.values()) <= most


def _sizes(portion: Portion, sums: Arrays) -> dict[str, int]:
    return sizes_of(portion.lowered, portion.drawing.people, portion.batches, portion.chunk, sums)
