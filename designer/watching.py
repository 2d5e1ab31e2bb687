"""Watching the folders of the packs, so that a save by another program is told at once, not at the next look."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog
from watchfiles import watch

TOGETHER, STEP = 60, 10
"""Milliseconds that saves may last to be told as one, and without another one after which they are told."""
AGAIN = 1_000
"""Milliseconds after which it is asked whether the packs still lie in these folders."""
log = structlog.get_logger("dougong.design")


class FileWatch:
    """Tells of changes under the folders, from a thread of its own, while it is wanted. Where the system cannot watch, it
    tells nothing: whoever listens looks now and then all the same."""

    def __init__(self, folders: Callable[[], Sequence[Path]], changed: Callable[[], None]) -> None:
        self._folders, self._changed = folders, changed
        self._stop: threading.Event | None = None

    def begin(self) -> None:
        """Watch from now on; nothing where it is watching."""
        if self._stop is None:
            self._stop = threading.Event()
            threading.Thread(target=self._run, args=(self._stop,), name="design watch", daemon=True).start()

    def end(self) -> None:
        if self._stop is not None:
            self._stop.set()
            self._stop = None

    def _run(self, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                self._watch(stop, tuple(one for one in self._folders() if one.is_dir()))
        except Exception as error:  # whatever the system says: nobody watches then
            log.warning("the packs cannot be watched", exc_info=error)

    def _watch(self, stop: threading.Event, folders: tuple[Path, ...]) -> None:
        """Until it shall stop, or the packs lie in other folders."""
        for changes in watch(
            *folders,
            stop_event=stop,
            debounce=TOGETHER,
            step=STEP,
            rust_timeout=AGAIN,
            yield_on_timeout=True,
            raise_interrupt=False,
        ):
            if changes:
                self._changed()
            if tuple(one for one in self._folders() if one.is_dir()) != folders:
                return
