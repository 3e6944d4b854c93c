"""When the program began to be loaded, and whether a file of it was changed since: then that is not what runs."""

from __future__ import annotations

import os
import time
from pathlib import Path

BEGUN = time.time()


def is_changed(path: Path) -> bool:
    """Whether a file was written since this process began, or is gone; one dated ahead of the clock was not."""
    try:
        found = path.stat()
    except OSError:
        return True
    return BEGUN < (found.st_mtime if os.name == "nt" else found.st_ctime) <= time.time()
