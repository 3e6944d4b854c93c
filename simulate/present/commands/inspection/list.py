"""`recovery-cea list`: the decision problems of the catalogue."""

from __future__ import annotations

from typing import Annotated

import typer

EXAMPLES = (
    "list",
    "list --json",
)


def list_command(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """The decision problems, with their kind, evidence and settings."""
    from models.catalogue import problem, problem_ids

    rows = [
        {
            "id": p.id,
            "label": p.label,
            "kind": p.kind,
            "challenge": p.challenge,
            "claims": list(p.claims),
            "evidence": p.evidence,
            "settings": [s.name for s in p.settings],
        }
        for p in map(problem, problem_ids())
    ]
    if as_json:
        from simulate.result.plain import json_text

        typer.echo(json_text(rows))
        return
    for row in rows:
        typer.echo(f"{row['id']}: {row['label']} ({row['kind']}; evidence {row['evidence']})")
        typer.echo(f"    settings: {', '.join(str(s) for s in row['settings'])}")  # type: ignore[attr-defined]
