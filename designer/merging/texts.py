"""Merging two changes of one file: whole, by line, or by id and key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from designer.merging.by_line import Clash, merged_lines
from designer.plain import ABSENT


@dataclass(frozen=True, slots=True)
class Conflict:
    """One place that both sides changed differently; ABSENT where a side has nothing. An empty path is the whole text."""

    path: Sequence[object]
    base: object
    mine: object
    theirs: object


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged text (None: no such file), in which `mine` stands wherever there is a conflict."""

    text: str | None
    conflicts: tuple[Conflict, ...] = ()


def merged_texts(file: str, base: str | None, mine: str | None, theirs: str | None) -> Merged:
    """Both changes of a file in one text; None is a file that is not there."""
    if theirs in (mine, base):
        return Merged(mine)
    if mine == base:
        return Merged(theirs)
    if base is None or mine is None or theirs is None:
        return Merged(mine, (Conflict([], *(ABSENT if one is None else one for one in (base, mine, theirs))),))
    lines = merged_lines(base, mine, theirs)
    if isinstance(lines, Clash):
        return Merged(mine, (Conflict([], base, mine, theirs),))
    return Merged(lines)
