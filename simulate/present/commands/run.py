"""`recovery-cea run`: simulate a decision problem and write its results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulate.present.commands import flags
from simulate.present.terms.reading import grid

if TYPE_CHECKING:
    from parameters.mistakes import Mistakes
    from simulate.ask.asked import Asked
    from simulate.ask.case import Case
    from simulate.present.folder.place import Place

Posterior = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Joint draws by `calibrate`, in place of what the setting solves for."),
]
People = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="People a draw, the same under every strategy. [default: 1000]")
]
Perspective = Annotated[str | None, typer.Option(metavar="NAME", help="One of the problem's. [default: the setting's]")]
Effect = Annotated[str | None, typer.Option(metavar="NAME", help="One of the problem's. [default: the setting's]")]
Variants = Annotated[bool, typer.Option(help="Also run the setting's named variants beside the result.")]
Subgroup = Annotated[str | None, typer.Option(metavar="NAME", help="Also by the levels of this characteristic.")]
ByYear = Annotated[bool, typer.Option("--by-year", help="Also by year since entry.")]
Ages = Annotated[str | None, typer.Option(metavar="A,B,C", help="Also by age, in bands that begin at these ages.")]
Occupancy = Annotated[
    str | None,
    typer.Option(metavar="A,B,C|FROM:TO:STEP", help="Also who is where, and survival, at these years since entry."),
]
UntilMcse = Annotated[
    str | None,
    typer.Option(
        "--until-mcse",
        metavar="MONEY[@WTP]",
        help="More and more draws, until incremental net benefit has this standard error.",
    ),
]
Shard = Annotated[
    str | None,
    typer.Option(metavar="K/N", help="Only this share of the simulation, for `recovery-cea merge`; on any machine."),
]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="local:N|tcp://HOST:PORT", help="Simulate by workers of dask.distributed (extra cluster)."),
]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for results. [default: runs/ID]")]

MANY, LONG = 200_000_000, 600  # histories of which the pace is tried; seconds that are told of

EXAMPLES = (
    "run joint_crisis_plan",
    "run joint_crisis_plan --set c_bed_day=450 --effect qaly --wtp 30000",
    "run safewards --draws 256 --people 500 --no-variants --figures all",
    "run my_model.py --parameters local.toml --out runs/local",
)


def run_command(
    problem: flags.Problem,
    setting: flags.Setting = None,
    draws: flags.Draws = 1024,
    people: People = None,
    seed: flags.Seed = 1,
    threads: flags.Threads = None,
    no_store: flags.NoStore = False,
    store: flags.StoreIn = None,
    fixed: flags.Fixed = False,
    method: flags.Method = "sobol",
    rng: flags.Rng = "splitmix64",
    cohort: flags.Cohort = None,
    changes: flags.Set = None,
    parameters: flags.Files = None,
    posterior: Posterior = None,
    perspective: Perspective = None,
    effect: Effect = None,
    wtp: flags.Wtp = None,
    wtp_grid: flags.WtpGrid = None,
    variants: Variants = True,
    subgroup: Subgroup = None,
    by_year: ByYear = False,
    ages: Ages = None,
    occupancy: Occupancy = None,
    until_mcse: UntilMcse = None,
    predictive: flags.Predictive = False,
    implementation: flags.Implementation = 1.0,
    exact: flags.Exact = False,
    figures: flags.Figures = "main",
    shard: Shard = None,
    cluster: Cluster = None,
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.SummaryAsJson = False,
) -> None:
    """Simulate a decision problem and write its results, figures and manifest."""
    from parameters.mistakes import Mistakes

    mistakes = Mistakes()
    mine: tuple[int, int] | None = None
    with mistakes.among():
        flags.refuse_together(people is not None, exact=exact)
    figures, listed = _read(mistakes, figures, ages, occupancy, wtp_grid)
    with mistakes.among():
        mine = flags.share(shard, until_mcse=until_mcse, exact=exact)
    with mistakes.among():
        flags.refuse_cluster(cluster, shard=shard, exact=exact)
    drawn = {"draws": draws, "seed": seed, "fixed": fixed, "method": method, "rng": rng, "cohort": cohort}
    told = {"perspective": perspective, "effect": effect, "subgroup": subgroup, "by_year": by_year, **listed}
    usual = None if cohort is not None else 1000
    asked: dict[str, Any] = {**drawn, **told, "threshold": wtp, "people": usual if people is None or exact else people}
    asked |= {"until_mcse": until_mcse, "predictive": predictive, "implementation": implementation, "exact": exact}
    place = flags.place_of(problem, out, "" if mine is None else f"-{mine[0]}-of-{mine[1]}", overwrite=overwrite)
    files = _files(parameters, posterior, mistakes)
    case = _case(place, mine, problem, setting, files, changes, mistakes, asked)
    if mine is not None:
        return _run_shard(case, place, as_json, mine, variants=variants, threads=threads, given=files, asked=asked)
    with flags.workers(cluster):
        _run(case, place, as_json, variants=variants, threads=threads, figures=figures, asked=asked)


def _read(
    mistakes: Mistakes, figures: str, ages: str | None, occupancy: str | None, wtp_grid: str | None
) -> tuple[str, dict[str, tuple[float, ...]]]:
    """Which figures, and the options that are series of numbers; what cannot be read is told with other mistakes."""
    listed: dict[str, tuple[float, ...]] = {}
    with mistakes.among():
        figures = flags.figures_of(figures)
    with mistakes.among():
        listed |= flags.asked_at(ages, occupancy)
    with mistakes.among():
        listed["thresholds"] = grid(wtp_grid, "--wtp-grid")
    return figures, listed


def _files(parameters: list[Path] | None, posterior: Path | None, mistakes: Mistakes) -> list[Path]:
    """The files of ``--parameters``, and the records of ``--posterior``; where it is none, that is told with others."""
    from simulate.analyse.credibility.posterior_file import posterior_records

    files = list(parameters or ())
    if posterior is not None:
        with mistakes.among():
            files.append(posterior_records(posterior))
    return files


def _case(
    place: Place,
    mine: tuple[int, int] | None,
    problem: str,
    setting: str | None,
    parameters: list[Path] | None,
    changes: list[str] | None,
    mistakes: Mistakes,
    asked: dict[str, Any],
) -> Case:
    """The case, once a run of it as `asked` is known to be possible, with a note of changes that it has no use for."""

    def check(case: Case) -> None:
        from simulate.running.request import asked_for

        asked_for(case, **asked)[0].to_be_judged()

    kind = "run" if mine is None else "shard"
    case = flags.case_in(place, kind, problem, setting, parameters, changes, mistakes, check)
    for name in sorted({pair.partition("=")[0].strip() for pair in changes or []} - set(case.names())):
        typer.echo(f"note: {name} is not used under setting {case.setting.name}", err=True)
    kept = [
        (n, s.label)
        for s in case.problem.strategies
        for n in s.given
        if n in (p.partition("=")[0] for p in changes or [])
    ]
    for name, strategy in kept:
        typer.echo(f"note: {strategy} gives {name} a value of its own, which --set leaves as it is", err=True)
    return case


def _run(
    case: Case,
    place: Place,
    as_json: bool,
    *,
    variants: bool,
    threads: int | None,
    figures: str,
    asked: dict[str, Any],
) -> None:
    """Run, write and print; what was asked before word for word is written and printed again."""
    from simulate.present.faces.run import face, face_again
    from simulate.present.folder import answers
    from simulate.present.terminal.progress import progress_bar
    from simulate.running.request import asked_for
    from simulate.running.running import answered

    whole, wanted = asked_for(case, **asked)
    people = whole.options.cohort  # as it was read here, and is simulated, whatever stands in its file by now
    key = answers.key_for(case, place.question, figures=figures, people=None if people is None else people.sha256)
    if (known := answers.find(key)) is not None:
        shown = face_again(whole.told, known.files, known.manifest, figures)
        return flags.deliver(shown, place, as_json=as_json)
    _say_if_long(whole, variants=variants, threads=threads)
    with progress_bar(quiet=as_json, beside=place.folder) as tell:
        result = answered(whole, wanted, variants=variants, threads=threads, progress=tell)
        tell("valuing", 0, 0)
        if result.noise_is_known:
            tell("taking out the noise between people", 0, 0)
            _ = result.corrected
        tell("summing up", 0, 0)
        shown = face(result, which=figures)
    flags.deliver(shown, place, as_json=as_json, finished=lambda folder: answers.keep(key, folder))


def _say_if_long(asked: Asked, *, variants: bool, threads: int | None) -> None:
    """Say before it begins how long a run of many histories will take, at the pace of a trial of a moment."""
    from models.states import follows_people

    case, options = asked.case, asked.options
    runs = 1 + len(case.setting.variants) * variants
    histories = options.draws * options.people * len(case.problem.strategies) * runs
    if histories < MANY or options.exact or not follows_people(case.problem.pathway):
        return
    from simulate.analyse.batch.pace import pace_of
    from simulate.engine.tasks import usable_threads
    from simulate.running.forecast import refuse_unaffordable

    refuse_unaffordable(asked, threads=threads, variants=runs - 1)
    workers = usable_threads(threads)
    seconds = histories / (pace_of(asked).per_second * workers)
    if seconds >= LONG:
        at = f"{histories:,} histories on {workers} {'thread' if workers == 1 else 'threads'}"
        told = f"about {_long(seconds)} to come ({at}); Ctrl-C stops it; fewer may do: recovery-cea plan {case.typed}"
        typer.echo(f"note: {told}", err=True)


def _long(seconds: float) -> str:
    """A time of minutes or more, roughly."""
    units = ((86_400, "days"), (3_600, "hours"), (60, "minutes"))
    size, word = next(((size, word) for size, word in units if seconds >= 2 * size), units[-1])
    return f"{seconds / size:,.0f} {word}"


def _run_shard(
    case: Case,
    place: Place,
    as_json: bool,
    mine: tuple[int, int],
    *,
    variants: bool,
    threads: int | None,
    given: list[Path] | None,
    asked: dict[str, Any],
) -> None:
    """Simulate a share of the chunks and write them; they are kept in the store too, where there is one."""
    from simulate.engine.arithmetic.temporary import passing_folder
    from simulate.engine.keeping.store import Store
    from simulate.engine.keeping.workplace import Share, Workplace, using, usual_folder
    from simulate.present.faces.many.shard import face
    from simulate.present.terminal.progress import progress_bar
    from simulate.running.running import run

    with passing_folder() as passing:
        store = Store(usual_folder() or passing, most=2**60)
        share = Share(mine[1], mine[0])
        with using(Workplace(store, share, at_least=mine[1])), progress_bar(quiet=as_json, beside=place.folder) as tell:
            result = run(case, variants=variants, threads=threads, progress=tell, **asked)
        if store.note:
            raise OSError(f"--shard: {store.note}")
        shown = face(result, share, store, given or [], place.question or {})
        flags.deliver(shown, place, as_json=as_json)
