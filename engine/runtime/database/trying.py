"""Trying: what is written is looked at, and none of it stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TypeVar

from engine.runtime.database.protocol import Session

Result = TypeVar("Result")
Unit = Callable[[Session], Result]


class _Undone(Exception):
    """Ends the transaction, or the part of one, in which something was tried."""


@contextmanager
def trial(part: AbstractContextManager[object]) -> Iterator[None]:
    """Everything written within, in `part` of a transaction, is undone at its end; what goes wrong within is raised."""
    with suppress(_Undone), part:
        yield
        raise _Undone


def tried(write: Callable[[Unit[Result]], Result], unit: Unit[Result]) -> Result:
    """What `unit` answers in a transaction of its own that is undone; `write` runs units of a database."""
    found: list[Result] = []

    def and_back(session: Session) -> Result:
        found.append(unit(session))
        raise _Undone

    with suppress(_Undone):
        write(and_back)
    return found[0]
