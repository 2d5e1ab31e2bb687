"""Names of entries: relative paths with forward slashes that can lead nowhere but below the folder they are read into."""

from __future__ import annotations

import re

from engine.runtime.backup.manifest import DEFINITIONS, OWN_DEFINITIONS, TABLES
from engine.runtime.stores import Saving, entries_saved

LONGEST = 1024
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]|^[A-Za-z]:")


def is_safe(name: str) -> bool:
    """Whether a name stays below its folder on every system."""
    try:
        fits = len(name.encode("utf-8")) <= LONGEST
    except UnicodeEncodeError:
        return False
    return fits and not _UNSAFE.search(name) and all(part not in {"", ".", ".."} for part in name.split("/"))


def is_expected(name: str) -> bool:
    """Whether a backup may hold an entry of this name besides its manifest."""
    folder, _, rest = name.partition("/")
    return (
        bool(rest) and is_safe(name) and folder in {TABLES, DEFINITIONS, OWN_DEFINITIONS, *entries_saved(Saving.FILES)}
    )
