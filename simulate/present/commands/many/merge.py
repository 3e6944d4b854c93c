"""`recovery-cea merge`: the result of a run, or of a batch, from its shards, to the last bit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

import typer

from simulate.present.commands import flags

if TYPE_CHECKING:
    from simulate.present.folder.shards import Shard

Folders = Annotated[
    list[Path], typer.Argument(metavar="DIR...", help="Folders made with --shard, all of one run or batch.")
]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder for results. [default: runs/ID, or runs/batch-FILE]")
]
Figures = Annotated[
    str | None, typer.Option(metavar="main|all|none", help="Of a run, as `run` has it; of a batch its file says it.")
]


Model = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Of a run of a model of one's own: its Python file, which is run.")
]

EXAMPLES = ("merge runs/joint_crisis_plan-1-of-2 runs/joint_crisis_plan-2-of-2",)


def merge_command(
    folders: Folders,
    out: Out = None,
    model: Model = None,
    threads: flags.Threads = None,
    figures: Figures = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.SummaryAsJson = False,
) -> None:
    """Put the shards of a run, or of a batch, together; nothing is simulated."""
    from models.contract import ModelError
    from simulate.present.batches.merging import is_of_a_batch

    if any(is_of_a_batch(folder) for folder in folders):
        if model is not None:
            raise ModelError("--model: nothing of a batch is run again; allowed: merge without it")
        return _merge_batch(folders, out, figures, overwrite, as_json)
    _merge_run(folders, out, model, threads, figures or "main", overwrite, as_json)


def _merge_batch(folders: list[Path], out: Path | None, figures: str | None, overwrite: bool, as_json: bool) -> None:
    """Each answer to a folder of its own, and one table over all."""
    from models.contract import ModelError
    from simulate.analyse.batch.table import BAD
    from simulate.engine.progress import of_stage
    from simulate.present.batches.merging import merged_places, put_together, read_shards, there_already
    from simulate.present.faces.looks.batch import KIND, face
    from simulate.present.folder.output import claim
    from simulate.present.terminal.progress import progress_bar
    from simulate.present.terms.exit_codes import DONE, FAILED

    if figures is not None:
        raise ModelError("--figures: those of a batch are drawn by its shards; allowed: merge without it")
    with progress_bar(quiet=as_json) as tell:
        merged = read_shards(folders, of_stage(tell, "checking shards"))
    usual = Path("runs") / f"batch-{merged.batch.path.stem}"
    places = merged_places(merged, out or usual, overwrite, folders)
    kept = there_already(merged, places)
    with places.held({*kept, *merged.others}):
        with progress_bar(quiet=as_json, beside=places.table.folder) as tell:
            outcomes = list(put_together(merged, places, kept, of_stage(tell, "copying")))
        claim(places.table, KIND)
        flags.deliver(face(merged.batch, outcomes), places.table, as_json=as_json)
    raise typer.Exit(FAILED if any(o.status in BAD for o in outcomes) else DONE)


def _merge_run(
    folders: list[Path],
    out: Path | None,
    model: Path | None,
    threads: int | None,
    figures: str,
    overwrite: bool,
    as_json: bool,
) -> None:
    """The result of a run, from the chunks of its shards."""
    from models.contract import ModelError
    from simulate.engine.keeping.store import Store
    from simulate.engine.keeping.workplace import Share, Workplace, using
    from simulate.present.commands.run import run_command
    from simulate.present.faces.many.shard import CHUNKS
    from simulate.present.folder.question import ask_again
    from simulate.present.folder.shards import lacking_words, read_shards
    from simulate.running.running import Lacking

    shards = read_shards(folders)
    first = shards[0]
    asked: dict[str, Any] = {n: v for n, v in first.question.items() if n not in ("command", "no_store")}
    asked["problem"] = _problem(first, model)
    given = first.given
    asked["parameters"] = [first.folder / name for name in given["parameters"]] or None
    asked["cohort"] = None if given["cohort"] is None else first.folder / given["cohort"]
    asked |= {"out": out, "threads": threads, "figures": figures, "overwrite": overwrite, "as_json": as_json}
    _refuse_untypable(first.folder, asked)
    ask_again(first.question)
    store = Store(None, beside=tuple(s.folder / CHUNKS for s in shards))
    try:
        with using(Workplace(store, Share(first.of), at_least=first.of)):
            run_command(**asked)
    except Lacking as fault:
        raise ModelError(lacking_words(first, sorted(fault.shards), shards)) from fault


def _problem(shard: Shard, model: Path | None) -> Any:
    """The problem that a shard is of; that of a model of one's own only by the file that the user names, the same."""
    from models.contract import ModelError
    from parameters.mistakes import short
    from simulate.ask.own.naming import is_model_file
    from simulate.present.folder.question import question_of

    problem = shard.question.get("problem")
    if not isinstance(problem, dict):
        if model is not None:
            raise ModelError(f"--model {model}: {shard.folder} is of a problem of the catalogue; allowed: without it")
        if is_model_file(problem):
            raise ModelError(f"{shard.folder}: is no shard of a run: problem")
        return problem
    if model is None:
        raise ModelError(
            f"{shard.folder}: is of a model of somebody's own, {short(problem.get('model'))}, which would be run; name"
            " its file, if you trust it: --model FILE"
        )
    if not is_model_file(str(model)):
        raise ModelError(f"--model {model}: is no Python file; allowed: one that ends in .py")
    if question_of("run", {"problem": str(model)})["problem"] | {"model": None} != problem | {"model": None}:
        what = "is not, or not with the numbers beside it, what"
        raise ModelError(f"--model {model}: {what} {shard.folder} is of")
    return str(model)


def _refuse_untypable(folder: Path, asked: Mapping[str, Any]) -> None:
    """Raise ``ModelError`` for an answer to what nobody can have typed: no option of ``run``, or no value of one."""
    from models.contract import ModelError
    from parameters.mistakes import short_text
    from simulate.present.commands.run import run_command

    takes = get_type_hints(run_command, include_extras=True)
    wrong = [n for n, value in asked.items() if n not in takes or not _is_of(takes[n], value)]
    lacking = {"problem"} - set(asked)
    if wrong or lacking:
        raise ModelError(f"{folder}: is no shard of a run: {short_text(', '.join([*wrong, *lacking]))}")


def _is_of(kind: Any, value: Any) -> bool:
    """Whether a value is what the command line makes of an option of this kind."""
    parts = get_args(kind)
    if hasattr(kind, "__metadata__"):
        least = getattr(kind.__metadata__[0], "min", None)
        return _is_of(parts[0], value) and (least is None or value is None or value >= least)
    if get_origin(kind) is list:
        return isinstance(value, list) and all(_is_of(parts[0], v) for v in value)
    if parts:
        return any(_is_of(part, value) for part in parts)
    return type(value) is kind or (kind is float and type(value) is int) or (kind is Path and isinstance(value, Path))
