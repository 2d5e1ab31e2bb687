"""Entities: fields that come, go, are renamed or declared otherwise, and the rules that stand on them."""

from __future__ import annotations

from collections.abc import Iterator

from designer.differences.editions import Edition
from designer.differences.parts import compared, told
from designer.differences.said import Effect, Line, named
from designer.differences.values import called, same
from engine.diagnostics import Message
from engine.model.entities import Entity
from engine.model.names import ResourceName

FIELD = Message("字段", "field")
BESIDE = frozenset({"fields", "name", "renamed_from", "collections"})


def entity_lines(old: Entity, new: Entity, before: Edition) -> Iterator[Line]:
    """What differs between an entity as it was and as it is; `before` says who named the fields that go."""
    if new.renamed_from and new.name != old.name:
        yield Line(Effect.CHANGED, Message(f"{old.name} 改名为 {new.name}", f"{old.name} is called {new.name} now"))
    yield from field_lines(old, new, before)
    yield from compared(old, new, beside=BESIDE)


def field_lines(old: Entity, new: Entity, before: Edition | None = None) -> Iterator[Line]:
    """Which fields of an entity come, go, are renamed, or are declared otherwise."""
    renamed = {one.renamed_from: name for name, one in new.fields.items() if one.renamed_from in old.fields}
    renamed = {was: now for was, now in renamed.items() if was is not None and was not in new.fields}
    for name, field in new.fields.items():
        if name not in old.fields and name not in renamed.values():
            kind = f"{field.kind}"
            about = named(FIELD, called(field))
            words = Message(f"新增{about.zh}，类型 {kind}", f"new {about.en}, {kind}")
            yield Line(Effect.ADDED, words, "field")
    for name, field in old.fields.items():
        if name not in new.fields and name not in renamed:
            users = before.users_of(ResourceName("entities", old.name), name) if before else ()
            kept = Message("（数据保留，可恢复）", " (its data is kept and can come back)")
            words = told(Effect.REMOVED, FIELD, called(field)).words
            yield Line(Effect.REMOVED, Message(words.zh + kept.zh, words.en + kept.en), "field", users)
    for was, now in renamed.items():
        words = Message(f"字段 {was} 改名为 {now}", f"field {was} is called {now} now")
        yield Line(Effect.CHANGED, words, "field")
    for name, field in new.fields.items():
        former = field.renamed_from if name in renamed.values() else name
        known = old.fields.get(former or name)
        if known is not None and not same(known, field):
            about = called(field)
            beside = frozenset({"name", "renamed_from"})
            yield from compared(known, field, named(FIELD, about), beside, "field")
