"""What is said of a change: lines in words, grouped by resource, with the direction in which a right moves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.diagnostics import Message
from engine.model.names import ResourceName

UNNAMED = Message("", "")


class Effect(StrEnum):
    """What becomes of a part: new, gone, otherwise, elsewhere; of a right also wider or narrower where it can be known."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    WIDENED = "widened"
    NARROWED = "narrowed"


@dataclass(frozen=True, slots=True)
class Line:
    """One change of a resource. `part` is what kind of part it is about (`field`, `right`, `item`, `step`), for counting;
    empty: the whole. `users` are the resources that named the part while it was there, of one that goes; `subject` is what
    a right is given by, for the headline."""

    effect: Effect
    words: Message
    part: str = ""
    users: tuple[ResourceName, ...] = ()
    subject: Message = UNNAMED


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """What changes of one resource: how it is called, the files it is written in, and its lines. `users` are those that
    named it while it was there, of a resource that goes."""

    resource: ResourceName
    effect: Effect
    name: Message
    files: tuple[str, ...]
    lines: tuple[Line, ...]
    users: tuple[ResourceName, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of two editions: one sentence, and every resource that changes, in the order of kinds."""

    headline: Message
    resources: tuple[ResourceChange, ...]

    @property
    def empty(self) -> bool:
        return not self.resources


def named(words: Message, name: Message) -> Message:
    """A kind of part with the name of one; a Chinese name in quotes needs no blank before it."""
    gap = "" if name.zh.startswith("「") else " "
    return Message(f"{words.zh}{gap}{name.zh}", f"{words.en} {name.en}")


def joined(parts: list[Message]) -> Message:
    """Several short phrases as one."""
    return Message("、".join(one.zh for one in parts), ", ".join(one.en for one in parts))
