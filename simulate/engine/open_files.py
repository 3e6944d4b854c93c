"""How many files may be open at once: more than a system allows at first, where it would allow more."""

from __future__ import annotations

import os


def allow(needed: int, what: str) -> None:
    """See to it that so many may be open; ``OSError``, which says for `what`, where the system lets too few be."""
    if os.name == "nt":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise OSError(f"{what}: {hard} files may be open at once, and it takes about {needed} (ulimit -n)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
