"""How many places of a text differ between two editions, by key and by id."""

from __future__ import annotations

from collections.abc import Mapping

from designer.merging.by_key import keyed
from designer.plain import ABSENT, same
from designer.splice.written import MARK
from engine.dsl.source import read_source


def changed_places(file: str, before: str | None, after: str | None) -> int:
    """The places that differ; a file that comes or goes, or one in which remarks alone differ, is one."""
    if before is None or after is None:
        return 1
    old, new = (
        read_source(file, text.removeprefix(MARK).encode("utf-8", "surrogatepass")).data for text in (before, after)
    )
    return max(1, _places(old, new))


def _places(old: object, new: object) -> int:
    if same(old, new):
        return 0
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return sum(_places(old.get(key, ABSENT), new.get(key, ABSENT)) for key in {**old, **new})
    before, after = keyed(old), keyed(new)
    if before is None or after is None:
        return 1
    return max(1, sum(_places(before.get(key, ABSENT), after.get(key, ABSENT)) for key in {**before, **after}))
