"""An unfinished text made readable: a mark stands for the word that is being typed, and open quotes and brackets are closed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.dsl.document import Document
from engine.dsl.editing.workspace import Workspace
from engine.dsl.pack_reader import PackFile
from engine.dsl.source import Path

MARK = "zz9mark9zz"
_BEFORE = re.compile(r"[\w.@-]*\Z")
_AFTER = re.compile(r"\w*")
_CLOSING = {"{": "}", "[": "]"}


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The word at the cursor: `written` up to the cursor from `start`; `path` is where it stands, as key or in a value."""

    document: Document
    path: Path
    is_key: bool
    written: str
    start: int
    end: int

    @property
    def value(self) -> str:
        """The text around the mark; the mark alone where the word is the whole value."""
        found = self.document.at(self.path)
        return found if isinstance(found, str) else MARK


def unfinished_at(workspace: Workspace, file: PackFile, text: str, offset: int) -> Unfinished | None:
    """The word being typed at an offset of `text`; None where no reading of the text shows its place."""
    start = _start(text, offset)
    after = _AFTER.match(text, offset)
    end = after.end() if after else offset
    best: Unfinished | None = None
    for candidate in _candidates(text, start, end):
        document = workspace.parsed(file, candidate)
        place = _place(document)
        if place is None:
            continue
        found = Unfinished(document, *place, text[start:offset], start, end)
        if document.sound:
            return found
        best = best or found
    return best


def _start(text: str, offset: int) -> int:
    """Where the word before the cursor begins; the dash of a list item is no part of it."""
    line = text.rfind("\n", 0, offset) + 1
    found = _BEFORE.search(text[line:offset])
    start = line + (found.start() if found else offset - line)
    return start + 1 if text[start:offset] == "-" and not text[line:start].strip() else start


def _candidates(text: str, start: int, end: int) -> Iterator[str]:
    """Readings of the text, the likeliest first."""
    line = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    before, after = text[:start], text[end:]
    closing = _closing(text[line:start])
    for rest in dict.fromkeys((after, closing + after, closing + text[line_end:])):
        yield before + MARK + rest
        yield f"{before}{MARK}: {rest}"


def _closing(line: str) -> str:
    """What closes the quotes and brackets that a line leaves open."""
    stack: list[str] = []
    quote = ""
    for letter in line:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in _CLOSING:
            stack.append(_CLOSING[letter])
        elif stack and letter == stack[-1]:
            stack.pop()
    return quote + "".join(reversed(stack))


def _place(document: Document) -> tuple[Path, bool] | None:
    for path in document.positions:
        if path and path[-1] == MARK:
            return path, True
        value = document.at(path)
        if isinstance(value, str) and MARK in value:
            return path, False
    return None
