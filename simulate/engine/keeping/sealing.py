"""Named arrays as the bytes of one file that verifies itself, and the key that it is asked for by.

A file ends in a hash of all before it, and its header holds what it is and its key. Nothing in a file is run.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]

MAGIC = b"recovery-cea store 1\n"
SEAL = 32  # bytes of SHA-256 at the end of a file
KINDS = re.compile(r"[|<][fiub](1|2|4|8|16)")  # of numpy's: numbers alone, and nothing that it would have to parse
WORDS = re.compile(r"[ -~]{1,80}")  # that say what a file is
LONGEST_HEADER = 2**16  # bytes


def key_of(parts: Iterable[bytes]) -> str:
    """64 hex digits of these parts, told apart by their lengths."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def sealed(
    what: str, key: str, arrays: Mapping[str, npt.NDArray[Any]], sizes: Mapping[str, int] | None = None
) -> bytes:
    """The bytes of a file: a line that says what it is, the header, the arrays and the hash of it all.

    The `sizes` of what was done are noted in the header, for whoever lists files.
    """
    parts = {n: np.ascontiguousarray(a, dtype=a.dtype.newbyteorder("<")) for n, a in arrays.items()}
    told = [[n, a.dtype.str, list(a.shape)] for n, a in parts.items()]
    noted = {"sizes": dict(sizes)} if sizes else {}
    header = json.dumps({"what": what, "key": key, **noted, "arrays": told}).encode()
    content = b"".join([MAGIC, header, b"\n", *(a.tobytes() for a in parts.values())])
    return content + hashlib.sha256(content).digest()


def opened(content: bytes, what: str, key: str) -> Arrays | None:
    """The arrays in the bytes of a file; None unless they are as they were written, and those of the key."""
    found = _header(content)
    if found is None or (found[0].get("what"), found[0].get("key")) != (what, key):
        return None
    try:
        return _arrays(found[0]["arrays"], found[1])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError):
        return None


def labelled(content: bytes) -> tuple[str, str] | None:
    """What a file is and its key; None unless it is as it was written."""
    found = _header(content)
    if found is None:
        return None
    what, key = found[0].get("what"), found[0].get("key")
    return (what, key) if _are_words(what) and isinstance(key, str) else None


def kind_of(start: bytes) -> str | None:
    """What a file says that it is, by its first bytes; None where they are none of ours."""
    what = _told(start).get("what")
    return what if _are_words(what) else None


def sizes_of(start: bytes) -> dict[str, int]:
    """The sizes noted in a file, by its first bytes: whole numbers that could be; none where there are none."""
    found = _told(start).get("sizes")
    sizes = found.items() if isinstance(found, dict) else ()
    return {n: v for n, v in sizes if type(v) is int and 0 <= v < 2**63}


def _told(start: bytes) -> dict[str, Any]:
    """The header, by the first bytes of a file; empty where they are none of ours."""
    line = start[len(MAGIC) :].partition(b"\n")[0]
    try:
        found = json.loads(line) if start.startswith(MAGIC) else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _are_words(what: Any) -> TypeGuard[str]:
    return isinstance(what, str) and WORDS.fullmatch(what) is not None


def _header(content: bytes) -> tuple[dict[str, Any], memoryview] | None:
    """The header and the data after it, of bytes that verify."""
    body = memoryview(content)[:-SEAL]
    if len(content) <= SEAL or content[-SEAL:] != hashlib.sha256(body).digest() or not content.startswith(MAGIC):
        return None
    end = content.find(b"\n", len(MAGIC), len(MAGIC) + LONGEST_HEADER)
    try:
        header = json.loads(content[len(MAGIC) : end]) if end > 0 else None
    except (ValueError, RecursionError):
        return None
    return (header, body[end + 1 :]) if isinstance(header, dict) else None


def _arrays(told: Any, data: memoryview) -> Arrays:
    found: Arrays = {}
    at = 0
    for name, kind, shape in told:
        if not KINDS.fullmatch(kind) or not all(type(n) is int and n >= 0 for n in shape):
            raise ValueError(name)
        dtype, count = np.dtype(kind), math.prod(shape)
        end = at + count * dtype.itemsize
        if end > len(data):
            raise ValueError(name)
        flat = np.frombuffer(data[at:end], dtype) if count else np.zeros(0, dtype)
        found[str(name)] = flat.reshape(shape).astype(dtype.newbyteorder("="))
        at = end
    if at != len(data):
        raise ValueError("more than its header says")
    return found
