"""Crew: the threads that run units of work. A few at a time while work moves on, more while slow units hold it up.

Units compute under one interpreter lock: more threads than move at once only wait for each other (under 16 connections
eight threads took twice the CPU of one). A unit that waits for the database frees the lock, so `base` is 1 for a database
in the process and more for one behind a socket.
"""

from __future__ import annotations

import asyncio
import threading
import time
from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

Result = TypeVar("Result")
STALL = 0.005
"""Seconds without a finished unit after which one more thread is let in; a unit that runs longer counts as slow."""


@dataclass(slots=True)
class _Task:
    act: Callable[[], Any]
    future: Future[Any]
    loop: AbstractEventLoop
    taken: bool = False

    def run(self) -> None:
        result, error = None, None
        try:
            result = self.act()
        except BaseException as raised:
            error = raised
        with suppress(RuntimeError):  # the loop has ended, and whoever waited with it
            self.loop.call_soon_threadsafe(self._settle, result, error)

    def _settle(self, result: object, error: BaseException | None) -> None:
        if self.future.cancelled():
            return
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class Crew:
    """At most `most` threads, `base` of them at work unless work stalls."""

    def __init__(self, base: int, most: int) -> None:
        self._base, self._most = min(base, most), most
        self._lock = threading.Lock()
        self._wake = threading.Semaphore(0)
        self._waiting: deque[_Task] = deque()
        self._threads: list[threading.Thread] = []
        self._since: list[float] = []
        self._active = 0
        self._last_end = 0.0
        self._closed = False

    async def run(self, act: Callable[[], Result]) -> Result:
        """Run `act` in a thread of the crew; what it raises is raised here."""
        loop = asyncio.get_running_loop()
        task = _Task(act, loop.create_future(), loop)
        with self._lock:
            self._waiting.append(task)
            at_once = self._active < self._base
            if at_once:
                self._let_in()
        if not at_once:
            loop.call_later(STALL, self._relieve, task)
        result: Result = await task.future
        return result

    def close(self) -> None:
        """Run what waits, then end the threads."""
        with self._lock:
            self._closed = True
        for _ in self._threads:
            self._wake.release()
        for thread in self._threads:
            thread.join()

    def _let_in(self) -> None:
        """One more thread at work, one that rests or a new one. The lock is held."""
        if self._active < len(self._threads):
            self._active += 1
            self._wake.release()
        elif len(self._threads) < self._most:
            self._active += 1
            self._since.append(time.monotonic())
            slot = len(self._threads)
            self._threads.append(threading.Thread(target=self._work, args=(slot,), name=f"work-{slot}", daemon=True))
            self._threads[slot].start()

    def _relieve(self, task: _Task) -> None:
        """For a unit that still waits: one more thread when no other has ended for a while."""
        with self._lock:
            if task.taken:
                return
            if time.monotonic() - self._last_end >= STALL:
                self._let_in()
        task.loop.call_later(STALL, self._relieve, task)

    def _work(self, slot: int) -> None:
        while (task := self._next(slot)) is not None:
            task.run()
            self._last_end = time.monotonic()

    def _next(self, slot: int) -> _Task | None:
        """The next unit for a thread, as soon as there is one and the thread is needed; None at the end."""
        while True:
            with self._lock:
                if self._waiting and self._needed(slot):
                    task = self._waiting.popleft()
                    task.taken = True
                    self._since[slot] = time.monotonic()
                    return task
                if self._closed:
                    return None
                self._active -= 1
            self._wake.acquire()

    def _needed(self, slot: int) -> bool:
        """Whether a thread goes on: no more than `base` are at work besides those that are held up. The lock is held."""
        if self._active <= self._base or self._closed:
            return True
        slow = time.monotonic() - STALL
        held_up = sum(since < slow for other, since in enumerate(self._since) if other != slot)
        return self._active - min(held_up, self._active - 1) <= self._base
