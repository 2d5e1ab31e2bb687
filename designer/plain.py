"""Edits of plain data: what a splice of the text must come to. Nothing is changed in place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from engine.dsl.source import Path

Plain = Mapping[str, object] | list[object] | str | int | float | bool | None


class Missing:
    """What stands where nothing is."""


ABSENT = Missing()


def same(one: object, other: object) -> bool:
    """Are two values the same as YAML: 1 is not 1.0 and not true, and keys stand in the same order?"""
    return one is other or canonical(one) == canonical(other)


def alike(one: object, other: object) -> bool:
    """Are two values the same whatever the order of their keys?"""
    return one is other or canonical(one, sort=True) == canonical(other, sort=True)


def canonical(value: object, *, sort: bool = False) -> str:
    """A text that is the same for the same values; absent is like nothing else."""
    return "absent" if value is ABSENT else json.dumps(value, sort_keys=sort)


def value_at(data: object, path: Path) -> object:
    """The value at a path, or ABSENT."""
    for step in path:
        inside = step in data if isinstance(data, Mapping) else isinstance(step, int) and _has(data, step)
        if not inside:
            return ABSENT
        data = data[step]  # type: ignore[index]
    return data


def _has(data: object, index: int) -> bool:
    return isinstance(data, list) and 0 <= index < len(data)


def with_value(data: object, path: Path, value: object) -> object:
    """The data with another value at a path that exists, or with a new last key."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(data, list) and isinstance(step, int):
        return [*data[:step], with_value(data[step], rest, value), *data[step + 1 :]]
    assert isinstance(data, Mapping)
    assert isinstance(step, str)
    return {**data, step: with_value(data.get(step), rest, value)}


def without(data: object, path: Path) -> object:
    """The data without the key or item at a path."""
    around, last = value_at(data, path[:-1]), path[-1]
    if isinstance(around, list) and isinstance(last, int):
        return with_value(data, path[:-1], [*around[:last], *around[last + 1 :]])
    assert isinstance(around, Mapping)
    return with_value(data, path[:-1], {key: part for key, part in around.items() if key != last})


def with_item(data: object, path: Path, index: int, value: object) -> object:
    """The data with another item in the list at a path, before the one at `index`."""
    around = value_at(data, path)
    assert isinstance(around, list)
    return with_value(data, path, [*around[:index], value, *around[index:]])


def with_key(data: object, path: Path, index: int, key: str, value: object) -> object:
    """The data with another key in the map at a path, as its `index`-th."""
    around = value_at(data, path)
    assert isinstance(around, Mapping)
    pairs: Sequence[tuple[str, object]] = list(around.items())
    return with_value(data, path, dict([*pairs[:index], (key, value), *pairs[index:]]))
