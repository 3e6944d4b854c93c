"""Parameter files: what is accepted, and every error at once with its file and line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parameters import InputError, check, load, price_index, to_engine

GOOD = """
[rr]
label = "A ratio"
unit = "ratio"
distribution = { lognormal = { mean = 0.75, low = 0.61, high = 0.93 } }
source = "mine"
status = "published"
interval = [0.61, 0.93]

[c_bed]
label = "A bed-day"
unit = "GBP_per_day"
price_year = "2011/12"
distribution = { gamma = { mean = 334, se = 10 } }
source = "mine"
status = "assumed"
note = "no better one"

[p_branch]
label = "How it ends"
unit = "probability"
distribution = { dirichlet = { counts = { home = 3, ward = 1 } } }
source = "mine"
status = "derived"

[sources.mine]
authors = "A. Author"
year = 2020
title = "A title"
journal = "A journal"
design = "trial"
supports = "everything here"
"""


def write(folder: Path, text: str, name: str = "p.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    return [str(p).removeprefix(str(folder / "p.toml")) for p in check([write(folder, text)])]


def test_a_good_file(tmp_path: Path) -> None:
    found = load([write(tmp_path, GOOD)])
    assert list(found) == ["rr", "c_bed", "p_branch_home", "p_branch_ward"]
    assert found["rr"].interval == (0.61, 0.93)
    assert found["rr"].line == 2
    assert found["p_branch_home"].distribution.point == 0.75
    assert found["p_branch_home"].label == "How it ends: home"
    assert found.sources["mine"].cite() == "A. Author (2020). A title. A journal."


def test_extra_files_replace_by_name(tmp_path: Path) -> None:
    other = GOOD.replace("mean = 334", "mean = 500")
    found = load([write(tmp_path, GOOD)], extra=[write(tmp_path, other, "q.toml")])
    assert found["c_bed"].distribution.point == 500
    assert set(found.extra) == {"rr", "c_bed", "p_branch_home", "p_branch_ward"}


BAD = """
[rr_detention]
label = "Unknown key, negative SE"
unit = "ratio"
distribution = { gamma = { mean = 0.75, se = -0.1 } }
source = "molyneau_2019"
status = "publshed"
lable = "x"

[p_x]
label = "Probability over 1, no source"
unit = "probability"
distribution = { uniform = { min = 0.2, max = 1.2 } }
status = "published"

[c_y]
label = "Misspelt distribution, no price year, upside-down interval"
unit = "GBP"
distribution = { gama = { mean = 1, se = 1 } }
source = "nobody"
status = "assumed"
interval = [3, 2]

[u_z]
label = 3
unit = "utilty"
distribution = { beta = { mean = "x", se = true } }
source = "nobody"
status = "published"
price_year = "2011"
"""

EXPECTED = [
    ":5: rr_detention.distribution.gamma: se = -0.1 must be positive",
    ":6: rr_detention.source: 'molyneau_2019' is in no bibliography",
    ":7: rr_detention.status: 'publshed' is unknown; allowed: published, derived, assumed, calibrated; did you",
    ":8: rr_detention.lable: unknown key; allowed: label, unit,",
    ":10: p_x.source: missing",
    ":13: p_x.distribution.uniform: p_x can take values from 0.2 to 1.2; allowed for probability: 0 to 1",
    ":16: c_y.note: missing; an assumed number needs its reason",
    ":16: c_y.price_year: missing",
    ":19: c_y.distribution.gama: 'gama' is unknown; allowed: gamma, lognormal, sample and",
    ":20: c_y.source: 'nobody' is in no bibliography",
    ":22: c_y.interval: 3 to 2 is upside down",
    ":25: u_z.label: input should be a valid string; got 3",
    ":26: u_z.unit: 'utilty' is unknown; allowed: ",
    ":27: u_z.distribution.beta: mean = 'x' is not a number",
    ":27: u_z.distribution.beta: se = True is not a number",
    ":30: u_z.price_year: ",
]


def test_every_error_at_once_with_its_line(tmp_path: Path) -> None:
    found = problems(tmp_path, BAD)
    for expected in EXPECTED:
        assert any(line.startswith(expected) for line in found), f"{expected}\n" + "\n".join(found)
    assert any("did you mean gamma?" in line for line in found)
    assert any("did you mean label?" in line for line in found)
    assert any("did you mean utility?" in line for line in found)
    assert not any("\n" in line for line in found)


def test_load_raises_them_all(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        load([write(tmp_path, BAD)])
    assert len(raised.value.problems) >= len(EXPECTED)


GAMMA = "gamma = { mean = 334, se = 10 }"
COUNTS = "counts = { home = 3, ward = 1 }"
SINGLE = [
    ("[a\n", ":1: file: not TOML"),
    ("x = 3\n", ":1: x: is no table"),
    (GOOD.replace("se = 10", "se = 1e400"), ":14: c_bed.distribution.gamma: se = inf is not finite"),
    (GOOD.replace("se = 10", "se = nan"), "se = nan is not finite"),
    (GOOD.replace("[rr]", "[RR]"), ":2: RR: 'RR' is no id"),
    (GOOD.replace('"2011/12"', '"1911/12"'), "'1911/12' is not covered"),
    (GOOD.replace('"2011/12"', '"2011/14"'), "'2011/14' is not covered"),
    (GOOD.replace('price_year = "2011/12"', ""), "missing; a price in GBP_per_day needs"),
    (GOOD.replace("year = 2020", 'year = "2020"'), "sources.mine.year: input should be a valid integer"),
    (GOOD.replace(GAMMA, "normal = { mean = 334, sd = 100 }"), "allowed for GBP_per_day: 0 or more"),
    (GOOD.replace(COUNTS, "counts = { home = 3 }"), "two or more"),
    (GOOD.replace(GAMMA, 'sample = { file = "no.csv", column = "x" }'), "cannot be read"),
    (GOOD.replace(GAMMA, GAMMA + ", beta = {}"), "names 2 families"),
]


@pytest.mark.parametrize(("text", "expected"), SINGLE)
def test_single_faults(tmp_path: Path, text: str, expected: str) -> None:
    found = problems(tmp_path, text)
    assert any(expected in line for line in found), found


def test_an_unreadable_file_is_a_problem(tmp_path: Path) -> None:
    assert "cannot be read" in str(check([tmp_path / "absent.toml"])[0])
    (tmp_path / "p.toml").write_bytes(b"\xff\xfe")
    assert "not UTF-8" in str(check([tmp_path / "p.toml"])[0])


def test_a_name_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="given already in"):
        load([write(tmp_path, GOOD), write(tmp_path, GOOD, "q.toml")])


def test_a_price_year_is_assumed_only_where_there_is_one_and_a_note(tmp_path: Path) -> None:
    flagged = GOOD.replace('price_year = "2011/12"', 'price_year = "2011/12"\nprice_year_assumed = true')
    assert load([write(tmp_path, flagged)])["c_bed"].price_year_assumed
    without = flagged.replace('price_year = "2011/12"\n', "")
    assert any("needs the price_year that is assumed" in p for p in problems(tmp_path, without))


def test_lines_survive_long_strings(tmp_path: Path) -> None:
    text = GOOD.replace('note = "no better one"', 'note = """\n[not_a_table]\nunit = 3\n"""\nbad = 1')
    found = problems(tmp_path, text)
    assert found == [
        ":21: c_bed.bad: unknown key; allowed: label, unit, distribution, value, source, status, price_year,"
        " price_year_assumed, interval, error_assumed, note, kind, measured, anchor, among"
    ]


def test_a_sample_column_comes_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "boot.csv").write_text("rr,other\n0.7,1\n0.8,2\n", encoding="utf-8")
    text = GOOD.replace("gamma = { mean = 334, se = 10 }", 'sample = { file = "boot.csv", column = "rr" }')
    assert load([write(tmp_path, text)])["c_bed"].distribution.point == 0.75


def test_money_is_rebased_once() -> None:
    index = price_index()
    assert index.factor(index.base) == 1.0
    assert to_engine(np.array([100.0]), "GBP", "2011/12")[0] == pytest.approx(100 * 96.11 / 70.33)
    between = index.factor("2014/15")
    assert index.factor("2016/17") < between < index.factor("2012/13")
    with pytest.raises(ValueError, match="unit 'pounds' is unknown"):
        to_engine(np.array([1.0]), "pounds")


@pytest.mark.parametrize(
    ("record", "said", "wrong"),
    [
        ("rr", "measured = false", "rr.measured: false, and status published; allowed: assumed"),
        (
            "c_bed",
            'measured = false\nanchor = "mine"',
            "c_bed.anchor: given, and measured is false; allowed: one of the two",
        ),
        ("c_bed", 'anchor = "assumption"', "c_bed.anchor: 'assumption' is no source that measured it"),
        ("c_bed", 'anchor = "yours"', "c_bed.anchor: 'yours' is no source that measured it"),
        ("p_branch", 'kind = "between_sites"', "p_branch.kind: dirichlet has no spread of its own"),
        ("rr", 'kind = "between_wards"', "rr.kind: "),
    ],
)
def test_what_a_record_says_of_its_spread_is_checked(tmp_path: Path, record: str, said: str, wrong: str) -> None:
    (found,) = problems(tmp_path, GOOD.replace(f"[{record}]", f"[{record}]\n{said}"))
    assert wrong in found
