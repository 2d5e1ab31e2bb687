"""Tellings: what people are told, and of what it is made: that decides who may read its title outside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Telling:
    """What to tell, and about which record.

    `link` leads to it (empty: to the record). `made_of` are the fields that the title says something of, or, without an
    entity, the figures; `level` is the highest of theirs: outside, only who may read them all sees the title. `task` is the
    one that is told of; what is answered before a message leaves is left out. `ways` are the types of channels at most;
    None: any. `body_of` are the fields of the body, which stays in the app.
    """

    kind: str
    title: str
    body: str
    entity: str
    record: int
    link: str = ""
    made_of: tuple[str, ...] = ()
    level: str = "G0"
    task: int = 0
    ways: tuple[str, ...] | None = None
    body_of: tuple[str, ...] = ()
