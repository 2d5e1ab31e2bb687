"""Ids of new items: free ones where an item needs one and brings none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import count

from designer.commands.sheets import Sheets
from designer.file_names import file_name
from designer.plain import value_at
from designer.splice.written import Written
from engine.dsl.document import Document
from engine.dsl.editing.schema_at import place_at
from engine.dsl.source import Path

_LETTERS = re.compile(r"[^a-z0-9_]")
LONGEST = 40


def free_ids(sheets: Sheets, file: str, path: Path, value: object) -> object:
    """The value of a new item of the list at `path` with ids where it and what it holds need some."""
    written = sheets.written(file)
    return _Giver(sheets, written, set(ids_of(written.data)) | set(ids_of(value))).given(path, value)


def taken_id(data: object, value: object) -> str | None:
    """An id of the value that something in the data has already."""
    return next(iter(set(ids_of(data)) & set(ids_of(value))), None)


def ids_of(value: object) -> Iterator[str]:
    """All ids of items of lists in a value; of the value itself too."""
    if isinstance(value, Mapping):
        if isinstance(value.get("id"), str):
            yield value["id"]
        for part in value.values():
            yield from ids_of(part)
    elif isinstance(value, list):
        for part in value:
            yield from ids_of(part)


class _Giver:
    """Gives ids in one file."""

    def __init__(self, sheets: Sheets, written: Written, taken: set[str]) -> None:
        self._sheets, self._written, self._taken = sheets, written, taken

    def given(self, path: Path, value: object) -> object:
        """The value of an item of the list at `path`."""
        if not isinstance(value, Mapping):
            return value
        inner = {
            key: [self.given((*path, 0, key), one) for one in part] if isinstance(part, list) else part
            for key, part in value.items()
        }
        if "id" in inner or not self._needs_id(path, value):
            return inner
        return {"id": self._free(value), **inner}

    def _needs_id(self, path: Path, value: object) -> bool:
        """Do the items beside it have ids, or does the schema know ids there?"""
        items = value_at(self._written.data, path)
        if isinstance(items, list) and items:
            return any(isinstance(one, Mapping) and "id" in one for one in items)
        named = file_name(self._written.file)
        assert named is not None
        document = Document(
            named.kind, named.name, named.pack, self._written.data, {}, (self._written.source,), "", True
        )
        library = self._sheets.library
        place = place_at(document, (*path, 0), library.widgets, library.nodes)
        properties = place.schema.get("properties") if place else None
        return isinstance(properties, Mapping) and "id" in properties

    def _free(self, value: Mapping[str, object]) -> str:
        word = next(
            (str(value[key]) for key in ("widget", "kind", "type", "do", "node") if isinstance(value.get(key), str)), ""
        )
        stem = (_LETTERS.sub("", word.lower()) or "item")[:LONGEST]
        stem = stem if stem[0].isalpha() else f"item{stem}"
        found = next(name for number in count(1) if (name := f"{stem}{number}") not in self._taken)
        self._taken.add(found)
        return found
