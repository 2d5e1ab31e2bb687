"""Progress: what a long act is at, told as it goes."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[str, int, int], None]
"""Told the entry or table, and how much is done of how much; of 0 when nobody knows."""
Count = Callable[[int], None]
"""Told how many rows of one table are done."""


def counting(tell: Tell, name: str, before: int = 0, total: int = 0) -> Count:
    """Tells of a table while its rows pass; `before` of all rows were done before it."""
    return lambda rows: tell(name, before + rows, total)


def silent(name: str, done: int, total: int) -> None:
    """For those whom nobody watches."""
