"""A sealer that is killed at its n-th step: before and after each of its statements, and in the midst of an anchor's line."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.runtime.audit_chain import anchors, sealing
from engine.runtime.audit_chain.sealing import Sealer
from engine.runtime.database.open import open_database
from engine.runtime.database.protocol import Database, Session
from engine.runtime.rows import delete, insert, select

STATEMENTS = ("select", "insert", "insert_first", "insert_rows", "update", "delete")
KEY = b"k" * 32


class Death:
    """Comes at a step, counted from 1; never for 0."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._passed = 0

    def come(self) -> None:
        self._passed += 1
        if self._passed == self._step:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def acted(*given: Any, **named: Any) -> Any:
            self.come()
            done = act(*given, **named)
            self.come()
            return done

        return acted


def seal(url: str, folder: Path, now: datetime, step: int, fault: str) -> None:
    """What waits is sealed and anchored by a process of its own, which is killed at a step."""
    death = Death(step)
    for module in (sealing, anchors):
        for name in STATEMENTS:
            if hasattr(module, name):
                setattr(module, name, death.around(getattr(module, name)))
    write: Any = os.write

    def half(descriptor: int, content: bytes) -> None:
        write(descriptor, content[: len(content) // 2])
        death.come()
        write(descriptor, content[len(content) // 2 :])

    anchors._write = half
    database = open_database(url)
    FAULTS.get(fault, _nothing)(database, death)
    sealer = Sealer(f"process {os.getpid()}", KEY)
    sealing.seal_all(database, sealer, now)
    anchors.anchor(database, folder, sealer)
    database.close()


def _nothing(database: Database, death: Death) -> None:
    """No fault."""


def _take_before_sealing(database: Database, death: Death) -> None:
    """What waits leaves its table in a transaction of its own and is sealed in the next."""
    within, columns = sealing.seal_within, ("id", *sealing.TOLD, "digest")

    def turn(database: Database, sealer: Sealer, now: datetime, sign: bool = False) -> Any:
        def take(session: Session) -> list[Any]:
            taken = select(session, sealing.WAITING, columns, order=("id",))
            delete(session, sealing.WAITING, {"id >": 0})
            return taken

        def put_back(session: Session) -> Any:
            for row in taken:
                insert(session, sealing.WAITING, dict(zip(columns, row, strict=True)))
            return within(session, sealer, now, sign)

        taken = database.write(take)
        death.come()
        return database.write(put_back)

    sealing.seal_turn = turn


FAULTS = {"take_before_sealing": _take_before_sealing}
