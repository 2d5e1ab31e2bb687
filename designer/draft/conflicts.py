"""Conflicts of the draft: what was changed in it and, differently, in the live text under it, until somebody chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from designer.merging.by_key import Conflict
from designer.paths import resolved
from designer.plain import ABSENT, alike, value_at
from designer.refusals import BadCommand
from designer.splice.written import MARK
from engine.dsl.source import read_source

Kept = Mapping[str, object]
"""A conflict as it is kept: `path`, and `base`, `mine`, `theirs`, each left out where there was nothing; `edition` where a newer
edition of a shipped pack brought it."""


def listed(before: Sequence[Kept], found: Sequence[Conflict], edition: str = "") -> tuple[Kept, ...]:
    """Conflicts with those that came now; of one place the first base and the newest live value count."""
    result = list(before)
    mark = {"edition": edition} if edition else {}
    for one in found:
        at = next((at for at, known in enumerate(result) if known["path"] == list(one.path)), None)
        if at is None:
            result.append({**_kept(one), **mark})
        else:
            old = {name: value for name, value in result[at].items() if name == "base"}
            new = {name: value for name, value in {**_kept(one), **mark}.items() if name != "base"}
            result[at] = {**old, **new}
    return tuple(result)


def _kept(one: Conflict) -> Kept:
    sides = {"base": one.base, "mine": one.mine, "theirs": one.theirs}
    return {"path": list(one.path), **{name: side for name, side in sides.items() if side is not ABSENT}}


def settled(
    file: str, conflicts: Sequence[Kept], text: str | None, decided: Sequence[object] | None
) -> tuple[Kept, ...]:
    """The conflicts that are left once the draft has a text: not the one about which somebody decided, and not those in
    which the draft now says what is live."""
    if not conflicts:
        return ()
    data = None if text is None else read_source(file, text.removeprefix(MARK).encode("utf-8", "surrogatepass")).data
    return tuple(one for one in conflicts if one["path"] != decided and not _agrees(file, one, data, text))


def _agrees(file: str, one: Kept, data: object, text: str | None) -> bool:
    theirs = one.get("theirs", ABSENT)
    path = one["path"]
    if not isinstance(path, list) or not path:
        return text == (None if theirs is ABSENT else theirs)
    try:
        now = value_at(data, resolved(file, data, path, last_may_miss=True))
    except BadCommand:
        now = ABSENT
    return alike(now, theirs)
