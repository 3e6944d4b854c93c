"""Files of two folders of results, and what the two were made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from models.contract import ModelError
from parameters.files.content import MEBIBYTE, digest_of
from parameters.mistakes import short
from simulate.engine.statistics import Statistics, load
from simulate.evaluate.decision.equality import RELATIVE as ROUNDING
from simulate.result.stored import Kept, read_kept, taken_as_ours

MOST_FILES = 10_000  # of a folder: ours has tens
LARGEST_FILE = 16_384 * MEBIBYTE  # that is read to be compared
PICTURES = "figures/"  # drawn where asked for: they show numbers that stand elsewhere too
# How a folder came about, and no part of what it was made of.
OF_THE_MAKING = ("command", "question", "files", "seal", "kind", "inputs", "changed")
# What differs, by the field of a manifest. By another arithmetic, of numpy and scipy, last digits differ.
KINDS = {"versions": "version", "engine": "program", "libm": "arithmetic", "blas": "arithmetic", "own": "input"}


@dataclass(frozen=True, eq=False)
class Opened:
    """A folder of results as far as it is compared."""

    kept: Kept
    statistics: Statistics
    hashes: Mapping[str, str]  # of every file that the run wrote, by its path, as it is now
    changed: tuple[str, ...]  # files that somebody changed since

    @property
    def draws(self) -> int:
        """Number of parameter draws."""
        return self.statistics.draws


def opened(folder: str | Path) -> Opened:
    """A folder that ``recovery-cea run`` wrote; ``ModelError`` where it is none, or damaged."""
    kept = read_kept(folder)
    with taken_as_ours(kept.place):
        statistics = load(kept.place / "statistics.npz")
        if not statistics.draws == kept.manifest["draws"] == len(next(iter(kept.psa.values()))):
            raise ValueError("statistics.npz, psa.csv and manifest.json tell different numbers of draws")
        for kind in ("cost", "effect"):
            if missing := [s for s in statistics.strategies if f"{kind}_{s}" not in kept.psa]:
                raise ValueError(f"psa.csv: no {kind} of {', '.join(missing)}")
        recorded = _recorded(kept.manifest)
        hashes = {name: _digest(kept.place / name) for name in recorded}
    changed = tuple(name for name, digest in hashes.items() if digest != recorded[name])
    return Opened(kept, statistics, hashes, changed)


def _recorded(manifest: Mapping[str, Any]) -> Mapping[str, str]:
    """The files that a manifest names, with their hashes; ``ValueError`` for one that would lie elsewhere."""
    files = manifest["files"]
    if not isinstance(files, dict) or len(files) > MOST_FILES:
        raise ValueError(f"manifest.json: files is no table of at most {MOST_FILES:,} files")
    for name in files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or path.as_posix() != name:
            raise ValueError(f"manifest.json: files names {short(name)}, which lies elsewhere")
    return files


def _digest(path: Path) -> str:
    """Of a file as it is now; a word where it is gone. ``OSError`` or ``ValueError`` for what is no file of ours."""
    if not path.exists():
        return "gone"
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"{path.name}: is larger than {LARGEST_FILE // MEBIBYTE:,} MiB")
    return digest_of(path)


@dataclass(frozen=True)
class Files:
    """Which files of two folders are the same to the bit."""

    same: tuple[str, ...]
    differing: tuple[str, ...]
    only: tuple[tuple[str, ...], tuple[str, ...]]  # in the first, in the second

    @property
    def identical(self) -> bool:
        """Whether nothing differs; that pictures were drawn for one alone is no difference."""
        return not self.differing and all(name.startswith(PICTURES) for names in self.only for name in names)


def files_of(a: Opened, b: Opened) -> Files:
    """Each file of either folder under the other's of the same name; manifests tell how, and are not among them."""
    both = [name for name in a.hashes if name in b.hashes]
    return Files(
        tuple(name for name in both if a.hashes[name] == b.hashes[name]),
        tuple(name for name in both if a.hashes[name] != b.hashes[name]),
        (
            tuple(name for name in a.hashes if name not in b.hashes),
            tuple(name for name in b.hashes if name not in a.hashes),
        ),
    )


@dataclass(frozen=True)
class Difference:
    """Something that two runs were made of otherwise."""

    kind: str  # option, input, parameter, version, program or arithmetic
    name: str
    values: tuple[Any, Any]  # plain, as JSON holds it; None where it is not there


def differences(a: Opened, b: Opened, *, same_draws: bool) -> list[Difference]:
    """Options, inputs, versions and program that differ, by the manifests.

    With the `same_draws` also parameters whose values were others on average; without, those of one folder alone.
    """
    with taken_as_ours(b.kept.place):
        return [*_of_manifests(a.kept.manifest, b.kept.manifest), *_of_inputs(a, b, same_draws)]


def refuse_unlike(a: Opened, b: Opened) -> None:
    """Raise ``ModelError`` where no number of one goes with any of the other."""
    where = f"{a.kept.place} and {b.kept.place}"
    for name, told in (("problem", "problems"), ("effect", "effects")):
        one, other = (x.kept.summary.get(name) if name == "effect" else x.kept.manifest[name] for x in (a, b))
        if one != other:
            raise ModelError(
                f"{where}: different {told}, {short(one)} and {short(other)}; allowed: two runs of the same"
            )
    first = [x.statistics.strategies[:1] for x in (a, b)]
    if first[0] != first[1] or not first[0]:
        raise ModelError(f"{where}: different comparators, {first[0]} and {first[1]}; allowed: two runs of the same")


def _of_manifests(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Difference]:
    """Fields that differ, a table's by what stands in it."""
    for name, one, other in _apart(a, b):
        if name in OF_THE_MAKING:
            continue
        kind = KINDS.get(name, "option")
        inside = isinstance(one, dict) and isinstance(other, dict)
        for inner, x, y in _apart(one, other) if inside else [("", one, other)]:
            yield Difference(kind, inner if name == "versions" else f"{name} {inner}".strip(), (x, y))


def _of_inputs(a: Opened, b: Opened, same_draws: bool) -> Iterator[Difference]:
    """Copied files that are others, and parameters that are."""
    for name, one, other in _apart(a.kept.manifest["inputs"], b.kept.manifest["inputs"]):
        yield Difference("input", name, (one, other))
    changed = tuple([str(row["parameter"]) for row in x.kept.manifest["changed"]["parameters"]] for x in (a, b))
    if changed[0] != changed[1]:
        yield Difference("parameter", "changed from the shipped case", (changed[0], changed[1]))
    ours, theirs = _parameters(a), _parameters(b)
    for name, one, other in _apart(ours, theirs):
        missing = one is None or other is None
        if missing or (same_draws and abs(one - other) > ROUNDING * (abs(one) + abs(other))):
            yield Difference("parameter", name, (one, other))


def _parameters(found: Opened) -> dict[str, float]:
    """Means over draws of the parameters."""
    told = {f"{kind}_{s}" for s in found.statistics.strategies for kind in ("cost", "effect")}
    return {name: float(values.mean()) for name, values in found.kept.psa.items() if name not in told}


def _apart(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Names under which two tables hold something else, and what."""
    for name in {**a, **b}:
        if name not in a or name not in b or a[name] != b[name]:
            yield name, a.get(name), b.get(name)


__all__ = ["Difference", "Files", "Opened", "differences", "files_of", "opened", "refuse_unlike"]
