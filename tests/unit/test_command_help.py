"""Every command's help has examples and defaults, and fits; what is mistyped is told in one form, with exit code 2."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import Any

import pytest
from typer.main import get_command

from simulate.present import cli
from simulate.present.terms.reading import grid, meant
from simulate.present.terms.usage import RENAMED, WHY_NOT

NAMES = sorted(name for name, _ in cli._commands())
CLICK: Any = get_command(cli.app)
OPTIONS = {name: [p for p in CLICK.commands[name].params if p.param_type_name == "option"] for name in NAMES}
SHOWN = "--figures"  # the option whose choices are the same wherever something is drawn

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def helped() -> dict[str, str]:
    """The help of every command, at 80 columns."""
    found = {}
    for name in NAMES:
        made = CLICK.commands[name]
        context = made.make_context(name, [], parent=CLICK.make_context("recovery-cea", [name]), resilient_parsing=True)
        context.terminal_width = 80
        found[name] = str(made.get_help(context))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_help_has_examples_that_could_be_typed(name: str, helped: dict[str, str]) -> None:
    shown = helped[name].partition("Examples:\n")[2]
    assert all("\\" not in line.removesuffix(" \\") for line in shown.splitlines()), "a backslash within a line"
    assert not shown.rstrip().endswith("\\")
    told = shown.replace("\\\n", " ")
    examples = [shlex.split(line) for line in told.splitlines() if line.strip()]
    assert examples and all(words[0] == "recovery-cea" for words in examples)
    assert name in {words[1] for words in examples}
    for _, command, *words in examples:
        known = {o for p in OPTIONS[command] for o in (*p.opts, *p.secondary_opts)}
        assert {w for w in words if w.startswith("--")} <= known, words


def examples(text: str) -> list[list[str]]:
    """The examples of a command's help, as words behind ``recovery-cea``."""
    told = text.partition("Examples:\n")[2].replace("\\\n", " ")
    return [shlex.split(line)[1:] for line in told.splitlines() if line.strip()]


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_read_as_they_stand(name: str, helped: dict[str, str]) -> None:
    """By the parser, values included: nothing runs."""
    for command, *words in examples(helped[name]):
        parent = CLICK.make_context("recovery-cea", [command])
        assert CLICK.commands[command].make_context(command, list(words), parent=parent).params, words


def test_an_example_of_figures_beside_what_is_known_succeeds(helped: dict[str, str], command: Command) -> None:
    """Whose exit code says what was seen, `--check`, shows a problem in which nothing is amiss."""
    asked = [words for words in examples(helped["describe"]) if "--check" in words]
    for words in asked:
        done = command(*words, "--people", "500")
        assert (done.code, done.err) == (0, ""), words
    assert asked


@pytest.mark.parametrize("name", NAMES)
def test_help_fits_and_shows_defaults_and_choices(name: str, helped: dict[str, str]) -> None:
    text = helped[name]
    assert max(map(len, text.splitlines())) <= 80
    assert not re.search(r"[a-z]\.\.\.$", text, re.M)
    assert " range>" not in text and "when not given" not in text
    words = " ".join(text.split())
    for option in OPTIONS[name]:
        if option.default not in (None, False) and not option.is_flag:
            assert re.search(rf"{option.opts[0]} .*?default: \(?{re.escape(str(option.default))}", words), option.name
        if option.opts[0] == SHOWN:
            assert option.metavar == "main|all|none"


def test_a_command_made_alone_is_the_one_that_is_made_with_all() -> None:
    for name, whole in CLICK.commands.items():
        alone = cli._asked([name]).commands
        assert list(alone) == [name] and alone[name].help == whole.help
        assert [(p.name, p.opts, p.default) for p in alone[name].params] == [
            (p.name, p.opts, p.default) for p in whole.params
        ]
    for words in ([], ["nonsense"], ["--version"], ["help"]):
        assert cli._asked(words).commands.keys() == CLICK.commands.keys()


def test_the_first_screen_cuts_nothing(command: Command) -> None:
    first = command("--help")
    assert first.code == 0 and "..." not in first.out.replace("[ARGS]...", "")
    assert all(re.search(rf"^  {name} ", first.out, re.M) for name in NAMES)
    assert max(map(len, first.out.splitlines())) <= 80
    assert command("-h").out == command("help").out == first.out
    assert command("help", "voi").out == command("voi", "-h").out
    assert re.fullmatch(r"recovery-cea \d+\.\d+\S*\n", command("--version").out)


def test_an_option_that_there_is_not_is_told_in_the_one_form(command: Command) -> None:
    for name in NAMES:
        done = command(name, "--bogus-option")
        assert (done.code, done.out) == (2, "")
        assert re.fullmatch(rf"error: {name}: --bogus-option: no such option; .+\n", done.err)


@pytest.mark.parametrize("name", NAMES)
def test_all_that_cannot_be_read_is_told_at_once(name: str, command: Command) -> None:
    """Every option that takes a number or a choice, whatever else is wrong; and options that there are not."""
    given = [max(p.opts, key=len) for p in OPTIONS[name] if _takes_no_word(p)]
    words = [x for option in given for x in (option, "q!")]
    done = command(name, *words, "--bogus-option", "--more-bogus=3")
    told = done.err.splitlines()
    assert (done.code, done.out) == (2, "") and all(line.startswith(f"error: {name}: --") for line in told)
    where = [line.split(": ")[2] for line in told]
    assert where == ["--bogus-option", "--more-bogus", *given]


def test_some_commands_take_numbers_and_choices() -> None:
    assert sum(sum(map(_takes_no_word, OPTIONS[name])) > 1 for name in NAMES) > 12


def _takes_no_word(option: Any) -> bool:
    """Whether an option is a number or one of some words, read by typer."""
    kind = option.type_descriptor
    return not option.is_flag and (
        getattr(kind, "annotation", None) in (int, float) or bool(getattr(kind, "choices", ()))
    )


def test_nothing_that_was_typed_is_passed_over(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    told = command("run", "safewards", "--draws", "abc", "--people", "-3", "--seed", "q").err.splitlines()
    assert [line.split(": ")[2] for line in told] == ["--draws", "--people", "--seed"]
    assert "allowed: 1 or more" in told[1]
    told = command("sweep", "--seed", "x").err.splitlines()
    assert [line.split(": ")[2] for line in told] == ["--seed", "ID|FILE"]
    told = command("run", "a", "b", "--seed", "x").err.splitlines()
    assert "--seed: 'x'" in told[0] and "extra argument (b)" in told[1]


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_an_old_spelling_is_told_the_new_one(old: tuple[str, str], new: str, command: Command) -> None:
    assert new in {name for option in OPTIONS[old[0]] for name in option.opts}
    assert f"{old[1]}: no such option; it is called {new} now" in command(*old, "1").err


@pytest.mark.parametrize("option", WHY_NOT)
def test_an_option_that_is_not_taken_is_told_why(option: tuple[str, str], command: Command) -> None:
    assert WHY_NOT[option] in command(*option, "x").err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "safewards", "--draws", "1e4"), "run: --draws: '1e4' is no whole number; write 10000"),
        (("run", "safewards", "--people", "1,024"), "run: --people: '1,024' is no whole number; write 1024"),
        (("run", "safewards", "--wtp", "£500"), "run: --wtp: '£500' is no number; write 500"),
        (("run", "safewards", "--seed", "x"), "run: --seed: 'x' is no whole number; allowed: a whole number such"),
        (("run", "safewards", "--draws", "0"), "run: --draws: '0' is out of range; allowed: 1 or more"),
        (("impact", "safewards", "--population", "500k"), "impact: --population: '500k' is no number; write 500000"),
        (
            ("run", "safewards", "--set"),
            "run: --set: requires an argument; type --set NAME=VALUE; see recovery-cea run --help",
        ),
        (("run", "a", "b"), "run: got unexpected extra argument (b)"),
        (("rnu",), "'rnu': no such command; did you mean run?"),
        (("claims", "--wtp", "3"), "claims: --wtp: no such option; nothing here is paid for"),
        (
            ("run", "joint_crisis_plan", "--set", "c_bed_day=10%"),
            "c_bed_day: '10%' is no number; allowed: a finite number; write 0.1",
        ),
        (
            ("impact", "safewards", "--population", "9", "--uptake", "10%"),
            "--uptake: year 1: '10%' is no number; allow",
        ),
        (("sweep", "safewards", "--switch", "500"), "--switch: '500' is no name of a parameter; willingness to pay is"),
        (("run", "joint_crisis_plan", "--perspective", "NHS"), "'NHS' is unknown; allowed: nhs_pss, service"),
        (("run", "joint_crisis_plan", "--perspective", "NHS"), "did you mean nhs_pss?"),
        (("run", "joint_crisis_plan", "--wtp-grid", "5:1:1"), "--wtp-grid: '5:1:1'; allowed: LOW:HIGH:STEP"),
        (("run", "joint_crisis_plam"), "did you mean joint_crisis_plan? (recovery-cea list)"),
    ],
)
def test_a_mistake_quotes_what_was_typed_and_says_what_to_type(
    words: tuple[str, ...], told: str, command: Command
) -> None:
    done = command(*words)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert done.err.startswith("error: ") and len(done.err) < 400


def test_choices_are_taken_in_any_case_of_letters(command: Command) -> None:
    asked = ("--effect", "x", "--method", "RANDOM", "--rng", "Philox", "--figures", "None", "--setting", "Base")
    assert command("run", "joint_crisis_plan", *asked).err.splitlines() == [
        "error: joint_crisis_plan: effect: 'x' is unknown; allowed: qaly, qaly_france, admission_pp, detention_pp"
    ]


@pytest.mark.parametrize(
    ("text", "whole", "written"),
    [
        ("£500", False, "500"),
        ("500k", True, "500000"),
        ("1.5m", True, "1500000"),
        ("1,024", True, "1024"),
        ("10%", False, "0.1"),
        ("0,5", False, "0.5"),
        ("1e4", True, "10000"),
        ("64.0", True, "64"),
        ("2.5", True, ""),
        ("many", False, ""),
        ("9" * 50, False, ""),
    ],
)
def test_what_a_number_was_meant_to_be(text: str, whole: bool, written: str) -> None:
    assert meant(text, whole=whole) == written


def test_a_grid_of_prices() -> None:
    assert grid("0:1000:250", "--wtp-grid") == (0, 250, 500, 750, 1000)
    assert grid("30000,0,20000,0", "--wtp-grid") == (0, 20000, 30000)
    assert grid(None, "--wtp-grid") == ()
