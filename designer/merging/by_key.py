"""Three-way merge of plain data: by key, by id of items, and by value in lists of different plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from designer.plain import ABSENT, canonical, same


@dataclass(frozen=True, slots=True)
class Conflict:
    """One place that both sides changed differently; ABSENT where a side has nothing. An empty path is the whole text."""

    path: Sequence[object]
    base: object
    mine: object
    theirs: object


@dataclass(slots=True)
class DataMerge:
    """One merge; `conflicts` are found on the way, and `mine` is kept in each."""

    conflicts: list[Conflict] = field(default_factory=list)

    def merged(self, path: Sequence[object], base: object, mine: object, theirs: object) -> object:
        """The value of a place after both changes; ABSENT where nothing is left."""
        if same(theirs, base) or same(mine, theirs):
            return mine
        if same(mine, base):
            return theirs
        if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
            return self._maps(path, base if isinstance(base, Mapping) else {}, mine, theirs)
        parts = [keyed(side) for side in (base if isinstance(base, list) else [], mine, theirs)]
        if all(one is not None for one in parts):
            return self._lists(path, parts)
        self.conflicts.append(Conflict(path, base, mine, theirs))
        return mine

    def _maps(
        self,
        path: Sequence[object],
        base: Mapping[str, object],
        mine: Mapping[str, object],
        theirs: Mapping[str, object],
    ) -> Mapping[str, object]:
        result = {}
        for key in merged_order(list(base), list(mine), list(theirs)) or list(mine):
            sides = (side.get(key, ABSENT) for side in (base, mine, theirs))
            value = self.merged([*path, key], *sides)
            if value is not ABSENT:
                result[key] = value
        return result

    def _lists(self, path: Sequence[object], parts: Sequence[Mapping[str, object] | None]) -> list[object]:
        base, mine, theirs = (part or {} for part in parts)
        order = merged_order(list(base), list(mine), list(theirs))
        if order is None:
            self.conflicts.append(Conflict(path, *(list(one.values()) for one in (base, mine, theirs))))
            order = list(dict.fromkeys([*mine, *theirs]))
        result = []
        for key in order:
            sides = [side.get(key, ABSENT) for side in (base, mine, theirs)]
            item = next(one for one in sides if one is not ABSENT)
            step: object = {"id": item["id"]} if isinstance(item, Mapping) else item
            value = self.merged([*path, step], *sides)
            if value is not ABSENT:
                result.append(value)
        return result


def keyed(value: object) -> Mapping[str, object] | None:
    """A list's items by what tells them apart: their ids, or themselves where they are plain; None where nothing does."""
    if not isinstance(value, list):
        return None
    found: dict[str, object] = {}
    for item in value:
        key = _key(item)
        if key is None or key in found:
            return None
        found[key] = item
    return found


def _key(item: object) -> str | None:
    if isinstance(item, Mapping):
        return f"id {item['id']}" if isinstance(item.get("id"), str) else None
    return None if isinstance(item, list) else canonical(item)


def merged_order(base: list[str], mine: list[str], theirs: list[str]) -> list[str] | None:
    """All keys of both sides in an order that has the changes of both; None where both brought the same into another order."""
    shared = set(base) & set(mine) & set(theirs)
    was, own, other = ([key for key in side if key in shared] for side in (base, mine, theirs))
    if own != was and other not in (was, own):
        return None
    first, second = (theirs, mine) if own == was else (mine, theirs)
    result = list(dict.fromkeys(first))
    for at, key in enumerate(second):
        if key not in result:
            result.insert(result.index(second[at - 1]) + 1 if at else 0, key)
    return result
