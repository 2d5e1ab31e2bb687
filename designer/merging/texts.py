"""Merging two changes of one file: by line where that comes to the same, else by id and key into the other side's text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from designer.merging.by_key import Conflict, DataMerge
from designer.merging.by_line import Clash, merged_lines
from designer.plain import ABSENT, alike
from designer.splice.setting import set_value
from designer.splice.written import MARK, CannotEdit, Written
from engine.dsl.source import read_source


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
    if mine is None or theirs is None:
        return _whole(base, mine, theirs)
    lines = merged_lines(base or "", mine, theirs)
    try:
        return _by_key(file, base, mine, theirs, lines)
    except CannotEdit:
        return _whole(base, mine, theirs) if isinstance(lines, Clash) else Merged(lines)


def _by_key(file: str, base: str | None, mine: str, theirs: str, lines: str | Clash) -> Merged:
    """Raises CannotEdit for a text that cannot be read, or that the merged data cannot be written into."""
    sides = [Written.read(file, text.removeprefix(MARK)) for text in (base or "{}", mine, theirs)]
    merge = DataMerge()
    under = ABSENT if base is None else sides[0].data
    data = merge.merged([], under, sides[1].data, sides[2].data)
    if not merge.conflicts and isinstance(lines, str) and _says(file, lines, data):
        return Merged(lines)
    text = set_value(file, theirs, (), data, mine)
    lost = Counter(sides[1].comments) - Counter(sides[0].comments) - Counter(_comments(file, text))
    conflicts = (*merge.conflicts, *([Conflict([], base, mine, theirs)] if lost else []))
    return Merged(text, conflicts)


def _says(file: str, text: str, data: object) -> bool:
    """Does a text read as some data?"""
    reading = read_source(file, text.removeprefix(MARK).encode("utf-8", "surrogatepass"))
    return not reading.problems and alike(reading.data, data)


def _comments(file: str, text: str) -> tuple[str, ...]:
    return Written.read(file, text.removeprefix(MARK)).comments


def _whole(base: str | None, mine: str | None, theirs: str | None) -> Merged:
    """The whole texts are against each other."""
    return Merged(mine, (Conflict([], *(ABSENT if one is None else one for one in (base, mine, theirs))),))
