"""Where the page came from: the command, the inputs by their hashes, versions."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from simulate.present.english.numbers import clean
from simulate.present.report.parts.blocks import Block, Heading, Line, Section, grid, section
from simulate.present.report.parts.material import Material, Row


def provenance(m: Material) -> Section | None:
    """How to make it again, and what it was made from."""
    return section("provenance", "Where this comes from", made(m.made, m.summary["version"]))


def made(how: Row, version: str) -> Iterator[Block]:
    """The command, and hashes of what went in, by a manifest."""
    command = command_of(how)
    if command:
        yield Line("The command, complete; the same inputs give the same page, byte for byte:")
        yield Line(command)
    else:
        yield Line("Made from Python, without a command.")
    program = [["recovery-cea", version], ["program and numbers, hash", str(how.get("program", ""))]]
    program += [[clean(str(k)), clean(str(v))] for k, v in how.get("versions", {}).items() if k != "recovery-cea"]
    program += [["engine, hash", str(how["engine"])]] if "engine" in how else []
    yield Heading("Program")
    yield grid(["", ""], [row for row in program if row[1]], left=2)
    files = {**how.get("inputs", {}), **how.get("read", {})}
    if files:
        yield Heading("What was read")
        yield grid(["File", "SHA-256"], [[clean(n), str(d)] for n, d in files.items()], left=2, name="inputs-table")


def command_of(how: Row) -> str:
    """The command that asks the same question, every option in full; "" where none was asked on a command line.

    Where results go, and how fast they come, is no part of it. A file is named as its copy in the folder is.
    """
    question = how.get("question")
    if not question:
        return ""
    words, options = ["recovery-cea", str(question["command"])], []
    for name, value in question.items():
        if name == "command":
            continue
        if name in POSITIONAL:
            words += [_name(value, how)] if not isinstance(value, list) else [_name(v, how) for v in value]
        else:
            options += [*_option(name, value, how)]
    return shlex.join([*words, *options])


POSITIONAL = ("problem", "files", "table", "folder")
SPELT = {"changes": "--set", "variants": "--no-variants"}


def _option(name: str, value: Any, how: Row) -> Iterator[str]:
    flag = SPELT.get(name, "--" + name.replace("_", "-"))
    if name == "variants":
        value = not value
    if value is None or value is False:
        return
    if value is True:
        yield flag
        return
    for one in value if isinstance(value, list) else [value]:
        yield flag
        yield _name(one, how)


def _name(value: Any, how: Row) -> str:
    """A value as it is typed; a file by the name of what was read."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if not isinstance(value, Mapping):
        return str(value)
    if "model" in value:
        return str(value["model"])
    digest = value.get("sha256")
    read = {**how.get("inputs", {}), **how.get("read", {})}
    return next((str(name) for name, found in read.items() if found == digest), f"FILE-{str(digest)[:12]}")
