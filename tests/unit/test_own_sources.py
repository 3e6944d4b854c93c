"""Numbers of a script may have sources of their own, read as those of a file are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parameters import InputError, inline, load

SOURCE = {"authors": "A", "year": 2020, "title": "T", "journal": "J", "design": "trial", "supports": "a rate"}
RATE = {"unit": "per_year", "distribution": {"fixed": {"value": 0.2}}, "source": "a_2020", "status": "published"}


def test_a_record_of_a_script_may_be_published() -> None:
    found = inline({"r": RATE, "sources": {"a_2020": SOURCE}})
    assert [*found] == ["r"] and found["r"].status == "published"
    assert found.sources["a_2020"].title == "T"


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        ({}, "r.source: 'a_2020' is in no bibliography"),
        (3, "sources: is no table; allowed: "),
        ({"a_2020": {**SOURCE, "year": "2020"}}, "sources.a_2020.year: input should be a valid integer"),
        ({"a_2020": SOURCE, "A 2020": SOURCE}, "sources.A 2020: 'A 2020' is no id"),
    ],
)
def test_a_mistake_in_them_is_told_at_its_place(sources: Any, told: str) -> None:
    with pytest.raises(InputError, match="inline: ") as caught:
        inline({"r": RATE, "sources": sources})
    assert told in str(caught.value)


def test_sources_of_a_file_that_are_no_table_are_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("sources = 3\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"mine.toml:1: sources: is no table; allowed: "):
        load([tmp_path / "mine.toml"])
