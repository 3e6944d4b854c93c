"""Arguments of Python of another kind than is allowed: told in our words, with what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.contract import ModelError
from parameters import InputError
from simulate import load, read_psa, read_result, run

ACCOUNT = "welfare_advice"
TINY: dict[str, Any] = {"draws": 2, "people": 10}
WRONG: Any = 5


def asked(**given: Any) -> Callable[[], object]:
    return lambda: run(ACCOUNT, **{**TINY, **given})


def loaded(**given: Any) -> Callable[[], object]:
    return lambda: load(ACCOUNT, **given)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (asked(variants="no"), "variants: 'no', a str; allowed: True, False"),
        *((asked(**{name: "no"}), f"{name}: 'no', a str; allowed: True, False") for name in ("fixed", "exact")),
        *((asked(**{name: 1}), f"{name}: 1, a int; allowed: True, False") for name in ("by_year", "persons")),
        (asked(method=3), "method: 3, a int; allowed: sobol, random"),
        (asked(rng=[3]), "rng: [3], a list; allowed: splitmix64"),
        (asked(perspective=3), "perspective: 3, a int; allowed: "),
        (asked(effect=3), "effect: 3, a int; allowed: "),
        (asked(cohort=3), "cohort: 3, a int; allowed: the path of a file"),
        (asked(ages="ab"), "ages: 'ab', a str; allowed: numbers"),
        (asked(occupancy=1.0), "occupancy: 1.0, a float; allowed: numbers"),
        (asked(thresholds=["a"]), "thresholds: ['a'], a list; allowed: numbers"),
        (asked(until_mcse=3), "until_mcse: 3, a int; allowed: money"),
        *((asked(threads=n), f"threads: {n!r}; allowed: whole numbers from 1 on") for n in (0, 1.5, "2", True)),
        (loaded(setting=3), "setting: 3, a int; allowed: the name of a setting"),
        (loaded(parameters=3), "parameters: 3, a int; allowed: the path of a file"),
        (loaded(parameters=[3]), "parameters: 3, a int; allowed: paths of files"),
        (loaded(changes="c_bed_day=450"), "changes: 'c_bed_day=450', a str; allowed: numbers by name"),
        (loaded(changes=pd.Series({"c_bed_day": 450.0})), "a Series; allowed: numbers by name"),
        (loaded(changes={3: 3.0}), "changes: {3: 3.0}, a dict; allowed: numbers by name"),
        (loaded(inline="a"), "inline: 'a', a str; allowed: records by name"),
        (lambda: read_result(WRONG), "folder: 5, a int; allowed: the folder of a run"),
        (lambda: read_psa(WRONG), "file: 5, a int; allowed: the path of a file"),
        (lambda: read_psa(costs=pd.DataFrame({"a": [1]})), "a DataFrame; allowed: the path of a file"),  # type: ignore[arg-type]
    ],
)
def test_another_kind_is_told_with_what_is_allowed(call: Callable[[], object], told: str) -> None:
    with pytest.raises(ModelError) as fault:
        call()
    assert told in str(fault.value) and "\n" not in str(fault.value)


def test_a_file_may_stand_alone(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"x\.toml: file: cannot be read"):
        load(ACCOUNT, parameters=str(tmp_path / "x.toml"))


def test_truths_and_whole_numbers_of_numpy_are_ours() -> None:
    no: Any = np.bool_(False)
    result = run(ACCOUNT, variants=no, by_year=no, threads=int(np.int64(1)), **TINY)
    assert result.options.by_year is False and not result.variants


def test_prices_are_numbers_by_name() -> None:
    result = run(ACCOUNT, **TINY)
    wrong: list[Any] = ["a=3", pd.Series({"a": 3.0})]
    for prices in wrong:
        with pytest.raises(ModelError, match=r"prices: .* allowed: numbers by name"):
            result.value(prices=prices)
    with pytest.raises(ModelError, match="perspective: 5, a int"):
        result.value(perspective=WRONG)
