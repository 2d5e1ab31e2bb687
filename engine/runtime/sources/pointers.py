"""JSON pointers (RFC 6901), and plain values at their ends."""

from __future__ import annotations

from collections.abc import Mapping

from engine.extensions import SourceFault

MISSING = object()
"""What a pointer leads to when there is nothing."""


def steps_of(pointer: str) -> tuple[str, ...]:
    """The steps of a pointer: `/price/list`; a text without a leading slash is one step. Empty: the whole."""
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        return (pointer,)
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


def at(value: object, pointer: str) -> object:
    """What a pointer leads to, or MISSING."""
    found = value
    for step in steps_of(pointer):
        if isinstance(found, Mapping) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return MISSING
    return found


def list_at(value: object, pointer: str) -> list[object]:
    """The list of items. Raises SourceFault when there is none."""
    found = at(value, pointer)
    if not isinstance(found, list):
        where = pointer or "/"
        raise SourceFault("no_items", f"回应中 {where} 处不是列表", f"The answer has no list at {where}")
    return found
