"""What an inbox shows of each thing that waits, wherever it stands: on its own page, on a home page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InboxAct:
    """What can be done with a line in place: `key` is the letter of the keyboard that does it."""

    name: str
    label: str
    tone: str = "neutral"
    key: str = ""


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One thing of the inbox, ready to be shown. `item` is set where it can be dealt with in place, alone or with others."""

    url: str
    title: str
    kind: str
    about: str = ""
    when: str = ""
    due: str = ""
    late: bool = False
    soon: bool = False
    amount: str = ""
    badge: str = ""
    tone: str = "neutral"
    item: str = ""
    read: str = ""
    acts: tuple[InboxAct, ...] = ()
    problem: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class InboxShown:
    """The first lines of an inbox, and how many there are in all (`capped`: at least that many)."""

    lines: tuple[InboxLine, ...]
    total: int
    capped: bool = False
