"""Business dates of the kernel's tables: text in SQLite, DATE in PostgreSQL."""

from __future__ import annotations

from datetime import date
from typing import Protocol


class Dated(Protocol):
    """Something that holds from a day until before another."""

    @property
    def valid_from(self) -> date: ...

    @property
    def valid_to(self) -> date | None: ...


def stored_day(day: date | None, dialect: str) -> object:
    return day.isoformat() if day is not None and dialect == "sqlite" else day


def day_of(stored: object) -> date | None:
    if stored is None or isinstance(stored, date):
        return stored
    return date.fromisoformat(str(stored))


def held_on(thing: Dated, day: date) -> bool:
    return thing.valid_from <= day and (thing.valid_to is None or day < thing.valid_to)
