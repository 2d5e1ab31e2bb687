"""What an answer in JSON offers: its lists of objects, with pointers to the plain values of their items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.extensions import SourceColumn, SourceObject
from engine.model.names import Label
from engine.runtime.sources.pointers import list_at

DEEPEST, LOOKED_AT, MOST_COLUMNS = 3, 50, 200
"""Steps to a list or a value, items that are looked at, and columns that are told."""


def json_objects(body: object, items: str) -> Iterator[SourceObject]:
    """The list that is asked for, or each list of objects in the answer. Raises SourceFault where the pointer leads to none."""
    if items:
        yield _object(items, list_at(body, items))
        return
    for pointer, listed in _lists(body, "", 0):
        yield _object(pointer, listed)


def _lists(value: object, pointer: str, depth: int) -> Iterator[tuple[str, list[object]]]:
    if isinstance(value, list):
        if value and isinstance(value[0], dict):
            yield pointer, value
    elif isinstance(value, dict) and depth < DEEPEST:
        for name, below in value.items():
            yield from _lists(below, f"{pointer}/{_step(name)}", depth + 1)


def _object(pointer: str, listed: list[object]) -> SourceObject:
    found: dict[str, str] = {}
    for item in listed[:LOOKED_AT]:
        for place, words in _values(item, "", 0):
            found.setdefault(place, words)
    columns = tuple(SourceColumn(place, _label(words)) for place, words in [*found.items()][:MOST_COLUMNS])
    return SourceObject(pointer or "/", _label(pointer or "/"), columns, (), settings={"items": pointer})


def _values(item: object, pointer: str, depth: int) -> Iterator[tuple[str, str]]:
    """Pointers to plain values, with the last name on the way."""
    if not isinstance(item, Mapping):
        return
    for name, value in item.items():
        place = f"{pointer}/{_step(str(name))}"
        if isinstance(value, Mapping) and depth < DEEPEST:
            yield from _values(value, place, depth + 1)
        elif not isinstance(value, list | dict):
            yield place, str(name)


def _step(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _label(words: str) -> Label:
    return Label({"zh": words, "en": words})
