"""Chunks simulated by dask.distributed: by processes of this machine, or those of a scheduler anywhere.

A worker is handed all that a chunk takes and gives back its sums, sealed, or writes them to the store where it sees the
same folder; only this process puts a run together. Workers may be killed: what they did is done again by others.
"""

from __future__ import annotations

import secrets
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from models.contract import ModelError
from simulate.engine import driver
from simulate.engine.keeping.chunks import WHAT, Portion, sizes_of
from simulate.engine.keeping.sealing import Arrays, opened, sealed
from simulate.engine.keeping.store import Store
from simulate.engine.keeping.words import arithmetic_parts
from simulate.engine.keeping.workplace import Workplace, here, using

A_WORKER = 2  # chunks under way for each
CHUNKS_A_WORKER = 4  # of a simulation, at least, so that none waits long for the last
ALONE = 2  # times that a chunk is tried once more, with nothing else under way, before it is set aside
ADVICE = 'runs on a cluster need dask.distributed: pip install "recovery-cea[cluster]", or pip install distributed'


class MissingExtra(ImportError):
    """An optional library that is not installed; the message says how to get it."""


class AnotherArithmetic(ModelError):
    """A worker whose numbers could differ from those of this process."""


def check_address(text: str) -> int | None:
    """How many workers of this machine ``local:N`` asks for; None for a scheduler's address; ``ModelError`` else."""
    kind, _, rest = text.partition(":")
    if kind == "local" and rest.isascii() and rest.isdigit() and 1 <= int(rest) <= 1024:
        return int(rest)
    if kind in ("tcp", "tls", "ws", "wss", "ucx") and rest.startswith("//") and len(rest) > 2:
        return None
    raise ModelError(f"--cluster {text!r}; allowed: local:N, such as local:4, or an address such as tcp://host:8786")


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
    with _client(distributed, address, workers) as client:
        there = here()
        count = workers or max(1, sum(client.nthreads().values()))
        sending = Sending(client, there.store, distributed.KilledWorker, count)
        with using(Workplace(there.store, elsewhere=sending.sums, at_least=CHUNKS_A_WORKER * count)) as workplace:
            yield workplace


@contextmanager
def _client(distributed: Any, address: str, workers: int | None) -> Iterator[Any]:
    import logging

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # workers that were killed are no news
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sending large graph")
        if workers is None:
            try:
                client = distributed.Client(address, timeout="10s", set_as_default=False)
            except OSError as fault:
                raise OSError(f"--cluster {address}: no scheduler answers there") from fault
            with client:
                yield client
            return
        options = {"n_workers": workers, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
        with (
            distributed.LocalCluster(**options, silence_logs=logging.CRITICAL) as local,
            distributed.Client(local, set_as_default=False) as client,
        ):
            yield client


class Sending:
    """Hands portions out, a few for each worker at a time, and takes their sums as they come."""

    def __init__(self, client: Any, store: Store, killed: type[BaseException], workers: int):
        self.client, self.store, self.killed, self.workers = client, store, killed, workers

    def sums(self, portions: Iterable[Portion]) -> Iterator[tuple[Portion, Arrays | None]]:
        """Portions with their sums; None for one that every worker was killed by, alone as it was."""
        left, suspects = iter(portions), deque[Portion]()
        yield from self._some(left, A_WORKER * self.workers, suspects.append)
        for portion in suspects:  # killed with others under way, it may have been another's fault
            yield from self._alone(portion)

    def _some(
        self, portions: Iterator[Portion], most: int, suspect: Callable[[Portion], None]
    ) -> Iterator[tuple[Portion, Arrays | None]]:
        import distributed

        as_completed: Any = distributed.as_completed
        under_way: dict[Any, Portion] = {}
        with _token(self.store.folder) as token, self.client.as_current():
            coming = as_completed()

            def send() -> None:
                for portion in portions:
                    arguments = portion, arithmetic_parts(), self.store.folder, token
                    future = self.client.submit(simulated, *arguments, pure=False, retries=0)
                    under_way[future] = portion
                    coming.add(future)
                    if len(under_way) >= most:
                        return

            send()
            for future in coming:
                portion = under_way.pop(future)
                try:
                    yield portion, self._taken(portion, future.result())
                except self.killed:
                    suspect(portion)
                send()

    def _alone(self, portion: Portion) -> Iterator[tuple[Portion, Arrays | None]]:
        for _ in range(ALONE):
            again: list[Portion] = []
            yield from self._some(iter([portion]), 1, again.append)
            if not again:
                return
        yield portion, None

    def _taken(self, portion: Portion, content: bytes) -> Arrays:
        key = portion.chunk.key
        sums = opened(content, WHAT, key) if content else self.store.find(WHAT, key)
        if sums is None:  # lost on the way
            sums = driver.sums_of(portion)
        if content:
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


def simulated(portion: Portion, arithmetic: Mapping[str, str], folder: Path | None, token: str) -> bytes:
    """What a worker does: the sums of a chunk as the bytes of a file; none where they are in the store they share.

    ``AnotherArithmetic`` where its numbers could be others than those asked for.
    """
    ours = arithmetic_parts()
    differing = [f"{n}: {ours[n]}, not {v}" for n, v in arithmetic.items() if ours.get(n) != v]
    if differing:
        raise AnotherArithmetic(f"a worker's arithmetic is another ({'; '.join(differing)}); allowed: the same")
    sums = driver.sums_of(portion)
    if folder is not None and token and (folder / token).exists():
        store = Store(folder)
        store.keep(WHAT, portion.chunk.key, sums, _sizes(portion, sums))
        if not store.note:
            return b""
    return sealed(WHAT, portion.chunk.key, sums, _sizes(portion, sums))


def _sizes(portion: Portion, sums: Arrays) -> dict[str, int]:
    return sizes_of(portion.lowered, portion.drawing.people, portion.batches, portion.chunk, sums)
