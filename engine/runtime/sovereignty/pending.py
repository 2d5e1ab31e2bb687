"""Pending: what commands decided beside a server that holds the database, as lines of a file that the server takes in."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PENDING = "egress.pending"
MOST_LINES = 1000
"""Lines that are taken in at a time."""


@dataclass(frozen=True, slots=True)
class PendingAttempt:
    """Something that left, or was kept from leaving (`reason`), by a command: names, level and bytes, no value."""

    destination: str
    purpose: str
    level: str
    place: str
    reason: str = ""
    size: int = 0


def leave_pending(folder: Path, one: PendingAttempt) -> None:
    """Add a line; it is on the disk when this returns. Raises OSError."""
    line = json.dumps([one.destination, one.purpose, one.level, one.place, one.reason, one.size]) + "\n"
    descriptor = os.open(folder / PENDING, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def take_pending(folder: Path) -> tuple[PendingAttempt, ...]:
    """What waits, taken out of the file: whoever calls writes it down."""
    waiting, taken = folder / PENDING, folder / f"{PENDING}.taken"
    try:
        waiting.replace(taken)
        lines = taken.read_text("utf-8", "replace").splitlines()[:MOST_LINES]
    except OSError:
        return ()
    taken.unlink(missing_ok=True)
    return tuple(_read(lines))


def _read(lines: list[str]) -> Iterator[PendingAttempt]:
    for line in lines:
        try:
            destination, purpose, level, place, reason, size = json.loads(line)
        except ValueError:
            continue
        yield PendingAttempt(str(destination), str(purpose), str(level), str(place), str(reason), int(size))
