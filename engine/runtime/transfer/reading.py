"""Reading: a sheet read ahead by a child of its own while the lines before are written, kept from one leg of its import to the next."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from weakref import finalize

from engine.runtime.transfer.reading_ahead import Ahead, Column, read_ahead
from engine.runtime.workers import Workers

SECONDS, MEGABYTES = 60.0, 512
"""What reading the lines of a batch may take."""
MOST_KEPT = 2
"""Sheets that are kept open between the legs of their imports: a child each."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is read of a sheet: its lines in batches, what cells of these columns are, lines of one record together."""

    path: Path
    batch: int
    columns: Sequence[Column]
    together: Sequence[int]
    zone: str


class Reading:
    """Reads one sheet on from any place, the lines behind those that were asked for beforehand."""

    def __init__(self, sought: Sought) -> None:
        self.sought = sought
        self._worker = Workers()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="import-reading")
        self._following: tuple[int, Future[Ahead]] | None = None

    def lines(self, place: int) -> Ahead:
        """The lines from a place on. Raises WorkerFailed."""
        known, self._following = self._following, None
        found = known[1] if known is not None and known[0] == place else self._thread.submit(self._read, place)
        ahead = found.result()
        if ahead.place is not None:
            self._following = ahead.place, self._thread.submit(self._read, ahead.place)
        return ahead

    def close(self) -> None:
        """End the child, whatever it is at."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._worker.close()
        self._thread.shutdown()

    def _read(self, place: int) -> Ahead:
        one = self.sought
        arguments = (str(one.path), place, one.batch, one.columns, one.together, one.zone)
        found = self._worker.call(read_ahead, *arguments, seconds=SECONDS, megabytes=MEGABYTES)
        assert isinstance(found, Ahead)
        return found


class Readings:
    """The sheets whose imports go on in a moment, by the import."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[int, Reading] = {}
        finalize(self, _close, self._kept)

    def take(self, run: int, sought: Sought) -> Reading:
        """The sheet of an import, as it was left where the same is read of it."""
        with self._lock:
            found = self._kept.pop(run, None)
        if found is not None and found.sought != sought:
            found.close()
            found = None
        return found or Reading(sought)

    def keep(self, run: int, reading: Reading) -> None:
        """Leave a sheet open for the next leg of its import; of too many the one that was left first is closed."""
        with self._lock:
            self._kept[run] = reading
            first = self._kept.pop(next(iter(self._kept))) if len(self._kept) > MOST_KEPT else None
        if first is not None:
            first.close()


def _close(kept: dict[int, Reading]) -> None:
    for one in kept.values():
        one.close()
