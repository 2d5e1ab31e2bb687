"""Texts: the difference of files line by line, with a few lines around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from designer.differences.said import Effect

AROUND = 3
"""Lines that are shown before and after a change."""
MOST_LINES = 4_000
"""Lines of one file beyond which only the counts are told."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """A change with what stands around it: the first line in the old and in the new text, from 1, and the lines, each with
    its mark: `-` goes, `+` comes, a blank stays."""

    old_start: int
    new_start: int
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TextDifference:
    """What differs in a file; `added` and `removed` count lines."""

    file: str
    effect: Effect
    added: int
    removed: int
    hunks: tuple[Hunk, ...]


def text_differences(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[TextDifference, ...]:
    """The files that differ between two sets of texts, in the order of their names."""
    return tuple(
        _of_file(file, old.get(file), new.get(file))
        for file in sorted(old.keys() | new.keys())
        if old.get(file) != new.get(file)
    )


def _of_file(file: str, old: str | None, new: str | None) -> TextDifference:
    effect = Effect.ADDED if old is None else Effect.REMOVED if new is None else Effect.CHANGED
    before, after = _lines(old), _lines(new)
    if max(len(before), len(after)) > MOST_LINES:
        return TextDifference(file, effect, len(after), len(before), ())
    matched = SequenceMatcher(None, before, after, autojunk=False)
    hunks, added, removed = [], 0, 0
    for group in matched.get_grouped_opcodes(AROUND):
        lines: list[tuple[str, str]] = []
        for tag, a, b, c, d in group:
            if tag == "equal":
                lines += [(" ", line) for line in before[a:b]]
                continue
            lines += [("-", line) for line in before[a:b]]
            lines += [("+", line) for line in after[c:d]]
            added, removed = added + d - c, removed + b - a
        hunks.append(Hunk(group[0][1] + 1, group[0][3] + 1, tuple(lines)))
    return TextDifference(file, effect, added, removed, tuple(hunks))


def _lines(text: str | None) -> list[str]:
    return [] if text is None else text.splitlines()
