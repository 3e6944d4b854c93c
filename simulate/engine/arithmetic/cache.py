"""Where compiled code is kept between runs, and that none is loaded but what was written there.

numba keeps a function's compiled forms in files that run whatever they hold when they are read. Each of ours ends in a
hash of its name and content; a file without the right one (cut short, emptied, with other bits) is thrown away and the
function compiled again. This guards against accidents. Against other people, the folder is one that only its owner can
write: nobody should point ``RECOVERY_CEA_CACHE`` at another.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from numba.core.caching import FunctionCache, IndexDataCacheFile

from simulate.engine.arithmetic.temporary import home_folder, is_usable, own_temporary_folder

ENGINE = Path(__file__).resolve().parent.parent
SEAL = 32  # bytes of SHA-256 at the end of a file


def cache_folder(version: str) -> tuple[Path | None, str]:
    """Where code of this `version` is kept, and why not in the usual place; no folder where none can be written.

    The usual place is ``RECOVERY_CEA_CACHE``, ``XDG_CACHE_HOME`` or ``~/.cache``; else a folder of the user's own among
    the system's temporary ones.
    """
    usual = _usual()
    if usual is not None and is_usable(folder := usual / "recovery-cea" / "kernels" / version):
        return folder, ""
    why = "there is no home folder" if usual is None else f"nothing can be written to {usual}"
    own = own_temporary_folder()
    if own is not None and is_usable(folder := own / "kernels" / version):
        return folder, f"{why}: compiled code is kept in {own}"
    return None, f"{why}, nor to a temporary folder: code is compiled again at each run"


def _usual() -> Path | None:
    """Where caches go; None where there is no home to put them in, which is not made."""
    if chosen := os.environ.get("RECOVERY_CEA_CACHE"):
        return Path(chosen).absolute()
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(chosen):
        return Path(chosen)
    home = home_folder()
    return None if home is None else home / ".cache"


def is_intact(path: Path) -> bool:
    """Whether a file of the cache is as it was written."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return content[-SEAL:] == _seal(path.name, content[:-SEAL])


def _seal(name: str, content: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\0" + content).digest()


def mend(folder: Path) -> list[str]:
    """Throw away what is not intact in a cache; the names of what was."""
    files = sorted(p for p in folder.rglob("*") if p.suffix in (".nbi", ".nbc") or ".tmp." in p.name)
    damaged = [p for p in files if not is_intact(p)]
    for path in damaged:
        _discard(path)
    return [p.name for p in damaged]


def _discard(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


class _SealedFile(IndexDataCacheFile):
    """The index and the compiled forms of one function, each in a sealed file."""

    def load(self, key: Any) -> Any:
        name = self._load_index().get(key)
        if name is None or not self._is_intact(os.path.join(self._cache_path, name)):
            return None
        return self._load_data(name)  # type: ignore[no-untyped-call]

    def save(self, key: Any, data: Any) -> None:
        # A form's file is named by what it is of: two processes that number theirs would give one name to two.
        name = f"{self._index_name.removesuffix('.nbi')}.{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.nbc"
        self._save_data(name, data)  # type: ignore[no-untyped-call]
        self._save_index({**self._load_index(), key: name})  # type: ignore[no-untyped-call]

    def _load_index(self) -> dict[Any, str]:
        if not self._is_intact(self._index_path):
            return {}
        return dict(super()._load_index())  # type: ignore[no-untyped-call]

    def _is_intact(self, path: str) -> bool:
        if is_intact(Path(path)):
            return True
        _discard(Path(path))
        return False

    @contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[BytesIO]:
        content = BytesIO()
        yield content
        with super()._open_for_write(filepath) as file:
            file.write(content.getvalue() + _seal(os.path.basename(filepath), content.getvalue()))


class SealedCache(FunctionCache):
    """The cache of one function; where anything is wrong with it, there is nothing in it."""

    def __init__(self, function: Any) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        locator = self._impl.locator
        base, stamp = self._impl.filename_base, locator.get_source_stamp()
        source = Path(function.__code__.co_filename).resolve()
        if source.is_relative_to(ENGINE):
            # The folder is named by what every such file holds: where a checkout lies, and since when, is no matter.
            within = source.relative_to(ENGINE).with_suffix("").parts
            locator._cache_path = os.path.join(os.path.dirname(locator.get_cache_path()), ".".join(within))
            self._cache_path, stamp = locator._cache_path, ()
        self._cache_file = _SealedFile(self._cache_path, base, stamp)  # type: ignore[no-untyped-call]

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled form for a signature; None where there is none, or none to be trusted."""
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except Exception:  # whatever it is, compiling again is right
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a compiled form, where there is room for it."""
        with suppress(OSError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
