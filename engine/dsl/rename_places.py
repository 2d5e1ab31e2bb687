"""Where a rename edits: names in values and keys, texts by path, and the former name beside what was renamed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.dsl.annotations import Use
from engine.dsl.document import Document
from engine.dsl.edits import Edit
from engine.dsl.source import Path

Placed = tuple[Path, Edit]
"""An edit and the path of what it edits, which tells the file."""


def within(document: Document, use: Use, begin: int, end: int, new: str) -> Edit:
    """The edit of a part of a name, whether it stands in quotes or not."""
    key_start, key_end, start, stop, source = document.positions[use.path]
    place = (key_start, key_end) if use.is_key else (start, stop)
    raw = document.sources[source].text[place[0] : place[1]]
    shift = place[0] + max(raw.find(use.text), 0)
    return Edit(shift + begin, shift + end, new)


def in_value(document: Document, path: Path, old: str, new: str) -> Edit:
    """The edit of a value that is a name."""
    return within(document, Use(path, "", old), 0, len(old), new)


def named_keys(document: Document, steps: Sequence[str], new: str) -> Iterator[Placed]:
    """Keys of a texts file that lead through the renamed name, which is the last of `steps`."""
    prefix = ".".join(steps)
    for key in document.data:
        if key == prefix or key.startswith(f"{prefix}."):
            use = Use((key,), "texts", key, is_key=True)
            yield (key,), within(document, use, len(prefix) - len(steps[-1]), len(prefix), new)


def former_name(document: Document, path: Path, old: str, new: str) -> Placed:
    """`renamed_from: old` beside the declaration: before the former names that stand there, else written in.

    A name that it has again is former no more.
    """
    present = (*path, "renamed_from")
    if present in document.positions:
        _, _, start, end, _ = document.positions[present]
        said = document.at(present)
        earlier = [one for one in (said if isinstance(said, list) else [said]) if one not in (old, new)]
        listed = ", ".join([old, *map(str, earlier)])
        return present, Edit(start, end, f"[{listed}]" if earlier else old)
    _, _, start, end, source = document.positions[path]
    text = document.sources[source].text
    if text[start : start + 1] == "{":
        last = text[start : end - 1].rstrip()
        separator = "" if last.endswith("{") else ", "
        return path, Edit(start + len(last), start + len(last), f"{separator}renamed_from: {old}")
    column = start - (text.rfind("\n", 0, start) + 1)
    if (*path, "id") in document.positions:
        return _after_id(document, path, old, column)
    return path, Edit(start, start, f"renamed_from: {old}\n{' ' * column}")


def _after_id(document: Document, path: Path, old: str, column: int) -> Placed:
    """Below the line of the item's id, which comes first."""
    _, _, _, end, source = document.positions[(*path, "id")]
    text = document.sources[source].text
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    ending = "\r\n" if text[line_end - 1 : line_end] == "\r" else "\n"
    at = line_end - len(ending) + 1
    return path, Edit(at, at, f"{ending}{' ' * column}renamed_from: {old}")
