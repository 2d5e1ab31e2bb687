"""Edits of texts: what a rename, a fix or a typed change comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text from `start` to `end` (offsets in code points, without a byte order mark) by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Renaming:
    """What a rename changes: edits by file, and files that get another name (old, new)."""

    edits: Mapping[str, tuple[Edit, ...]]
    moves: tuple[tuple[str, str], ...] = ()

    def applied(self, file: str, text: str) -> str:
        """The text of `file` after its edits."""
        for edit in sorted(self.edits.get(file, ()), key=lambda one: (one.start, one.end), reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text
