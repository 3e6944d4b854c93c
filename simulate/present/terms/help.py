"""What ``--help`` shows besides options: examples of every command, and the commands with all of what they do."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}
FIRST = ("list", "describe joint_crisis_plan", "run joint_crisis_plan", "run --help")


WIDTH = 74  # columns of an example, which is indented


def examples_text(examples: Sequence[str]) -> str:
    """Examples under a heading, long ones over several lines as a shell takes them; put behind ``recovery-cea``."""
    if not examples:
        return ""
    told = [wrap(f"recovery-cea {x}", WIDTH, break_long_words=False, break_on_hyphens=False) for x in examples]
    return "\n".join(["\b", "Examples:", *("  " + " \\\n      ".join(lines) for lines in told)])


class Commands(TyperGroup):
    """The commands, each with its whole first paragraph; ``help`` and ``help COMMAND`` are ``--help``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args[:1] == ["help"]:
            args = [*args[1:2], "--help"]
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, _first_paragraph(command.help or "")) for name, command in found if command is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _first_paragraph(text: str) -> str:
    return " ".join(text.split("\n\n", 1)[0].split())


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"recovery-cea {version('recovery-cea')}")
        raise typer.Exit


VersionOption = Annotated[
    bool, typer.Option("--version", help="Say which version this is.", callback=_say_version, is_eager=True)
]
