"""Where something new goes: after which item or key, or first, or last."""

from __future__ import annotations

from collections.abc import Mapping

from designer.refusals import bad
from engine.diagnostics import Message

END = "end"


def item_place(items: list[object], after: object) -> int:
    """The index for `after`: null is first, "end" last, {"id": …} or an index behind that item. Raises BadCommand."""
    if after is None:
        return 0
    if after == END:
        return len(items)
    if isinstance(after, int) and not isinstance(after, bool) and 0 <= after < len(items):
        return after + 1
    if isinstance(after, Mapping) and set(after) == {"id"}:
        for at, item in enumerate(items):
            if isinstance(item, Mapping) and item.get("id") == after["id"]:
                return at + 1
    raise _nowhere(after)


def key_place(keys: list[str], after: object) -> int:
    """The index for `after`: null is first, "end" last unless a key has that name. Raises BadCommand."""
    if after is None:
        return 0
    if isinstance(after, str) and after in keys:
        return keys.index(after) + 1
    if after == END:
        return len(keys)
    raise _nowhere(after)


def after_item(items: list[object], index: int) -> object:
    """What `after` says of the place of an item."""
    if index == 0:
        return None
    before = items[index - 1]
    named = before.get("id") if isinstance(before, Mapping) else None
    return {"id": named} if isinstance(named, str) else index - 1


def after_key(keys: list[str], index: int) -> str | None:
    return keys[index - 1] if index else None


def _nowhere(after: object) -> Exception:
    shown = after.get("id") if isinstance(after, Mapping) else after
    hint = Message("目标可能刚被移走；重新载入后再试", "What it names may just have gone; load anew and try again")
    return bad(f"没有可以放在其后的 {str(shown)[:60]}", f"There is no {str(shown)[:60]!r} to put it after", hint)
