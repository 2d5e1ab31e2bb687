"""The kill mark: a file in the data folder that stops all that leaves, for a command beside a server that holds the database.

It stands until the gate has taken it into the breakers' rows, and counts as the open switch from the moment it is there.
"""

from __future__ import annotations

from pathlib import Path

KILLED = "egress.killed"
LONGEST = 2000


def lay_mark(folder: Path, reason: str) -> None:
    """Stop all that leaves by the gate of this data folder. Raises OSError."""
    waiting = folder / f"{KILLED}.new"
    waiting.write_text(reason[:LONGEST], "utf-8")
    waiting.replace(folder / KILLED)


def marked(folder: Path | None) -> bool:
    """Whether the mark stands. A folder that cannot be looked into counts as marked."""
    if folder is None:
        return False
    try:
        (folder / KILLED).stat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def read_mark(folder: Path) -> str:
    """The reason that the mark was laid with."""
    try:
        return (folder / KILLED).read_text("utf-8", "replace")[:LONGEST]
    except OSError:
        return ""


def lift_mark(folder: Path) -> None:
    """Take the mark away, after what it says stands in the rows."""
    (folder / KILLED).unlink(missing_ok=True)
