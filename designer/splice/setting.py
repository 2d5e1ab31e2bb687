"""A value at a path: maps become another key by key and lists item by item, so that the remarks of what stays are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from designer.paths import resolved, steps_of
from designer.plain import ABSENT, canonical, same, value_at
from designer.refusals import BadCommand
from designer.splice.edits import insert_item, insert_key, move, remove, replace_value
from designer.splice.inserting import New, Source
from designer.splice.moving import source_of
from designer.splice.written import MARK, CannotEdit, Written
from engine.diagnostics import Message
from engine.dsl.source import Path


def set_value(file: str, text: str, path: Path, value: object, donor: str | None = None) -> str:
    """The text with `value` at a path whose collection exists; a new key comes last. What is new in a collection is taken as
    it stands in the text `donor`, where it stands there.

    A value that already stands there changes no byte. Raises CannotEdit.
    """
    given = None if donor is None else Written.read(file, donor.removeprefix(MARK))
    return _Setting(file, given).put(text, path, value)


class _Setting:
    """Sets values in one file."""

    def __init__(self, file: str, donor: Written | None) -> None:
        self._file = file
        self._donor = donor

    def put(self, text: str, path: Path, value: object) -> str:
        before = self._at(text, path)
        if same(before, value):
            return text
        if before and value and isinstance(before, Mapping) and isinstance(value, Mapping):
            return self._map(text, path, value)
        if before and value and isinstance(before, list) and isinstance(value, list):
            return self._list(text, path, before, value)
        if not path:
            raise CannotEdit(Message("文件必须是键值", "A file holds keys and values"))
        if before is not ABSENT:
            return replace_value(self._file, text, path, value)
        place = _place_for(self._at(text, path[:-1]), str(path[-1]))
        return insert_key(self._file, text, path[:-1], place, New(value, str(path[-1])))

    def _at(self, text: str, path: Path) -> object:
        return value_at(self._read(text).data, path)

    def _read(self, text: str) -> Written:
        return Written.read(self._file, text.removeprefix(MARK))

    def _map(self, text: str, path: Path, value: Mapping[str, object]) -> str:
        """Unwanted keys go, the others change or come in their order; one key always stays, so that nothing closes up."""
        for key in [key for key in self._keys(text, path) if key not in value]:
            if len(self._keys(text, path)) > 1:
                text = remove(self._file, text, (*path, key))
        for place, (key, part) in enumerate(value.items()):
            keys = self._keys(text, path)
            if key not in keys:
                new = New(part, key, self._source(text, path, key, part))
                text = insert_key(self._file, text, path, min(place, len(keys)), new)
                continue
            text = self.put(text, (*path, key), part)
            if keys.index(key) != place:
                text = move(self._file, text, (*path, key), path, place)
        for key in [key for key in self._keys(text, path) if key not in value]:
            text = remove(self._file, text, (*path, key))
        return text

    def _keys(self, text: str, path: Path) -> list[str]:
        found = self._at(text, path)
        assert isinstance(found, Mapping)
        return list(found)

    def _list(self, text: str, path: Path, before: list[object], value: list[object]) -> str:
        if len(before) == len(value) and not any(map(_id, (*before, *value))):
            for place, part in enumerate(value):
                text = self.put(text, (*path, place), part)
            return text
        wanted = _marks(value)
        for place, mark in reversed(list(enumerate(_marks(before)))):
            if mark not in wanted and len(self._items(text, path)) > 1:
                text = remove(self._file, text, (*path, place))
        for place, (mark, part) in enumerate(zip(wanted, value, strict=True)):
            marks = _marks(self._items(text, path))
            if mark not in marks:
                new = New(part, None, self._source(text, path, _step(part, place), part))
                text = insert_item(self._file, text, path, place, new)
                continue
            if marks.index(mark) != place:
                text = move(self._file, text, (*path, marks.index(mark)), path, place)
            text = self.put(text, (*path, place), part)
        for _ in range(len(self._items(text, path)) - len(value)):
            text = remove(self._file, text, (*path, len(value)))
        return text

    def _items(self, text: str, path: Path) -> list[object]:
        found = self._at(text, path)
        assert isinstance(found, list)
        return found

    def _source(self, text: str, path: Path, step: object, value: object) -> Source | None:
        """How a new part of the collection at a path stands in the donor."""
        if self._donor is None:
            return None
        try:
            steps = [*steps_of(self._read(text).data, path), step]
            found = resolved(self._file, self._donor.data, steps)
        except BadCommand:
            return None
        return source_of(self._donor, found) if same(value_at(self._donor.data, found), value) else None


def _id(item: object) -> str | None:
    found = item.get("id") if isinstance(item, Mapping) else None
    return found if isinstance(found, str) else None


def _step(item: object, place: int) -> object:
    named = _id(item)
    return place if named is None else {"id": named}


def _marks(items: list[object]) -> list[tuple[str, int]]:
    """What tells items apart: their ids, or what they are, the how manieth of those."""
    seen: Counter[str] = Counter()
    result = []
    for item in items:
        named = _id(item)
        mark = canonical(item) if named is None else f"id {named}"
        result.append((mark, seen[mark]))
        seen[mark] += 1
    return result


def _place_for(around: object, key: str) -> int:
    """Where a new key goes: last, but before the items of what holds some."""
    assert isinstance(around, Mapping)
    keys = list(around)
    if key != "items" and "id" in keys and keys[-1:] == ["items"]:
        return len(keys) - 1
    return 0 if key == "id" else len(keys)
