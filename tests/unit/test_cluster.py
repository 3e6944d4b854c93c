"""Workers of a cluster: which addresses there are, and (slow) the bytes of a run by this process alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from models.contract import ModelError
from simulate.running.cluster import check_address

ASKED = ("run", "safewards", "--draws", "256", "--people", "8000", "--figures", "none", "--no-variants")
RESULTS = ("psa.csv", "statistics.npz", "summary.json")
ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "import sys; sys.argv[0] = 'recovery-cea'; from simulate.present.cli import main; main()"


def test_addresses() -> None:
    assert check_address("local:4") == 4 and check_address("tcp://host:8786") is None
    for wrong in ("", "local", "local:0", "local:x", "local:99999", "http://host", "tcp://", "host:8786"):
        with pytest.raises(ModelError, match="allowed"):
            check_address(wrong)


@pytest.mark.parametrize("other", [("--exact",), ("--shard", "1/2")])
def test_workers_have_nothing_to_do_beside(command: Any, tmp_path: Path, other: tuple[str, ...]) -> None:
    done = command(*ASKED, "--cluster", "local:2", *other, "--out", tmp_path / "out")
    assert done.code == 2 and "--cluster" in done.err and not (tmp_path / "out").exists()


def start(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    call = [sys.executable, "-P", "-c", PROGRAM, *ASKED, *words]
    return subprocess.Popen(call, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL)


def workers_of(process: int) -> list[int]:
    """The processes of dask's workers, which are spawned by a run."""
    listed = subprocess.run(["ps", "-ww", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    return [int(pid) for pid, parent, words in rows if int(parent) == process and "spawn_main" in words]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kill -9")
@pytest.mark.parametrize("kills", [0, 12])
def test_the_bytes_are_those_of_one_process(tmp_path: Path, kills: int) -> None:
    pytest.importorskip("distributed")
    assert start(tmp_path, "--no-store", "--out", "plain").wait(300) == 0
    run = start(tmp_path, "--no-store", "--cluster", "local:2", "--out", "by workers")

    def kill() -> None:
        """Both workers each time, so that nothing is done between: half while they start, half while they work."""
        for pause in (0.2, 2.5) * (kills // 4):
            while run.poll() is None and len(found := workers_of(run.pid)) < 2:
                time.sleep(0.05)
            time.sleep(pause)
            for worker in found if run.poll() is None else []:
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
                    killed.append(worker)

    killed: list[int] = []
    killer = threading.Thread(target=kill)
    killer.start()
    assert run.wait(300) == 0
    killer.join()
    assert len(set(killed)) >= kills - 2  # one that was killed may still be listed
    for name in RESULTS:
        assert (tmp_path / "by workers" / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()
