"""The designer's feed: what happens to the draft, told to everybody who has the designer open.

It reads the journal, so that it tells of what other processes wrote too, and looks at the files of the packs, so that a
consultant's save shows at once. It looks only while somebody listens. Once somebody is here who may open the designer, the draft is
compiled ahead: the first compilation in a process takes most of what opening the first editor would.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from designer.draft.acting import settle
from designer.draft.desk import Desk
from designer.draft.journal import Sort, since
from designer.draft.rows import current_rev
from designer.live import Live
from designer.studio import Studio
from designer.watching import FileWatch
from engine.diagnostics import DougongError
from engine.extensions import Clock
from engine.model.context import Context, Principal
from engine.model.errors import TooManyRequests
from engine.runtime.database.protocol import Session
from engine.runtime.identity.users import user_by_id
from engine.runtime.work import Workplace
from engine.web.feed import Runs

BETWEEN, IDLE = 0.25, 2.0
"""Seconds between two looks at the journal while somebody listens, and while nobody does."""
SURELY = 1.0
"""Seconds between two looks at the files where nothing tells of a change: not every file system does."""
AGAIN = 2.0
"""Seconds until a database that did not answer is asked again."""
SERVICE = "designer"
MOST = 200
"""Listeners in one process."""
BATCH = 100
Seen = Mapping[str, tuple[int, int]]
log = structlog.get_logger("dougong.design")


@dataclass(frozen=True, slots=True)
class News:
    """One change: the revision after it, who made it (None: from outside), and the files."""

    rev: int
    author: str | None
    author_id: int | None
    files: Sequence[str]
    origin: str


@dataclass(eq=False)
class Listener:
    """Somebody who has the designer open."""

    news: list[News] = field(default_factory=list)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, one: News) -> None:
        self.news.append(one)
        self.woken.set()

    def taken(self) -> list[News]:
        found, self.news = self.news, []
        self.woken.clear()
        return found


class DesignFeed:
    """Looks for what changed and tells the listeners; live texts that changed under the draft are merged into it."""

    def __init__(
        self, workplace: Workplace, studio: Studio, clock: Clock, expected: Callable[[], bool] = lambda: False
    ) -> None:
        """`expected` says whether somebody who may open the designer has been here."""
        self._workplace, self._studio, self._clock, self._expected = workplace, studio, clock, expected
        self._ahead = False
        studio.wake = self.wake
        self._listeners: dict[Listener, None] = {}
        self._rev: int | None = None
        self._seen: Seen = {}
        self._seen_at, self._saved = -SURELY, threading.Event()
        self._watch = FileWatch(studio.live.served, self._files_changed)
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self, listener: Listener) -> None:
        """Raises TooManyRequests."""
        if len(self._listeners) >= MOST:
            raise TooManyRequests(30)
        self._listeners[listener] = None
        self.wake()

    def close(self, listener: Listener) -> None:
        self._listeners.pop(listener, None)

    def wake(self) -> None:
        """The draft was written in this process: look at once. Safe in every thread."""
        if self._listeners and self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._wake.set)

    def _files_changed(self) -> None:
        self._saved.set()
        self.wake()

    async def run(self, runs: Runs) -> None:
        """Look until cancelled."""
        self._loop = asyncio.get_running_loop()
        try:
            await self._look_on(runs)
        finally:
            self._watch.end()

    async def _look_on(self, runs: Runs) -> None:
        while True:
            pause = BETWEEN if self._listeners else IDLE
            self._wake.clear()
            try:
                for one in await runs(self._look) if self._listeners else self._forgotten():
                    for listener in tuple(self._listeners):
                        listener.tell(one)
                if not self._ahead and self._expected():
                    self._ahead = True
                    await runs(self._compile_ahead)
            except DougongError as error:
                log.warning("the designer's feed waits", error=error.code)
                pause = AGAIN
            except Exception as error:  # one look that fails must not leave all who design unheard
                log.error("the designer's feed waits", exc_info=error)
                pause = AGAIN
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    def _forgotten(self) -> Sequence[News]:
        """Nobody listens: who comes next begins with what is then."""
        self._rev = None
        self._watch.end()
        return ()

    def _look(self) -> list[News]:
        """What happened since the look before; one that comes to nothing has seen nothing."""
        first = self._rev is None
        if first:
            self._watch.begin()
            self._saved.set()
        seen = self._seen_now()
        outside = [] if first else sorted(_differing(self._seen, seen))
        if outside:
            self._settle()
        written, rev = self._workplace.database.read(self._read)
        told = {file for one in written for file in one.files if one.author_id is None}
        quiet = [file for file in outside if file not in told]
        self._rev, self._seen = rev, seen
        return [*written, *([News(rev, None, None, quiet, str(Sort.OUTSIDE))] if quiet else [])]

    def _seen_now(self) -> Seen:
        """The files as they are now, where there is reason to look; else as they were at the look before."""
        now = time.monotonic()
        if not self._saved.is_set() and now - self._seen_at < SURELY:
            return self._seen
        self._saved.clear()
        self._seen_at = now
        return files_seen(self._studio.live)

    def _settle(self) -> None:
        self._workplace.write(self._context(), lambda work: settle(work, self._studio))

    def _compile_ahead(self) -> None:
        self._studio.compile(self._workplace.read(self._context(), lambda work: Desk(work, self._studio).texts()))

    def _context(self) -> Context:
        return Context(Principal(0, SERVICE, frozenset(), service=SERVICE), self._clock.now())

    def _read(self, session: Session) -> tuple[list[News], int]:
        rev = current_rev(session)
        if self._rev is None or rev == self._rev:
            return [], rev
        return [_news(session, one.seq, one.author, list(one.files)) for one in since(session, self._rev, BATCH)], rev


def _news(session: Session, rev: int, author: int | None, files: Sequence[str]) -> News:
    user = user_by_id(session, author) if author is not None else None
    origin = str(Sort.OUTSIDE) if author is None else "designer"
    return News(rev, user.label if user else None, author, files, origin)


def files_seen(live: Live) -> Seen:
    """All files of the served packs with their times and sizes, by their names in diagnostics."""
    found: dict[str, tuple[int, int]] = {}
    for folder in live.served():
        for path in _files(folder):
            found[f"{folder.name}/{path.path[len(str(folder)) + 1 :]}"] = _stamp(path)
    return found


def _files(folder: Path) -> list[os.DirEntry[str]]:
    result: list[os.DirEntry[str]] = []
    with suppress(OSError):
        for one in os.scandir(folder):
            if one.name.endswith(".yaml"):
                result.append(one)
            elif one.is_dir(follow_symlinks=False) and not one.name.startswith((".", "_")):
                with suppress(OSError):
                    result += [inner for inner in os.scandir(one.path) if inner.name.endswith(".yaml")]
    return result


def _stamp(entry: os.DirEntry[str]) -> tuple[int, int]:
    try:
        found = entry.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def _differing(before: Seen, after: Seen) -> set[str]:
    return {file for file in before.keys() | after.keys() if before.get(file) != after.get(file)}
