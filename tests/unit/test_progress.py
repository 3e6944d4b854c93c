"""What whoever waits is told where there is no terminal."""

from __future__ import annotations

import time

import pytest

from simulate.present.terminal.progress import progress_bar


def test_a_stage_of_more_than_a_moment_has_a_line_and_a_long_one_says_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with progress_bar(quiet=False) as tell:
        for what, done, seconds in (
            ("quick", 0, 0.5),
            ("slow", 1, 2.0),
            ("long", 1, 11.0),
            ("long", 2, 1.0),
            ("long", 3, 1.0),
            ("last", 0, 3.0),
        ):
            tell(what, done, 4 if done else 0)
            now[0] += seconds
    assert capsys.readouterr().err.splitlines() == ["slow: 2 s", "long 50% (0:11 left)", "long: 13 s", "last: 3 s"]
    with progress_bar(quiet=True) as tell:
        tell("slow", 0, 0)
        now[0] += 99.0
        tell("next", 0, 0)
    assert capsys.readouterr().err == ""
