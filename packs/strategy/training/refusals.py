"""Refusals: tables that nothing honest can be learnt from, each with the column or rows and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.diagnostics import DougongError, Message


class NotTrainable(DougongError):
    """A table, or an order, that no model is made of; `code` is the stable word of why."""

    status = 422

    def __init__(self, code: str, message: Message) -> None:
        super().__init__(message)
        self.code = code


def refuse(code: str, zh: str, en: str) -> NotTrainable:
    return NotTrainable(code, Message(zh, en))


def listed(names: Sequence[str], most: int = 5) -> str:
    """The first names, for a message."""
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")
