"""Entities: fields that come, go, are renamed or declared otherwise, and the rules that stand on them."""

from __future__ import annotations

from collections.abc import Iterator

from designer.differences.editions import Edition
from designer.differences.parts import compared, told
from designer.differences.said import Effect, Line, named
from designer.differences.values import called, same
from engine.diagnostics import Message
from engine.model.entities import Entity, FieldKind
from engine.model.names import ResourceName

FIELD = Message("字段", "field")
FIELD_KINDS = {
    FieldKind.TEXT: Message("文本", "text"),
    FieldKind.LONG_TEXT: Message("长文本", "long text"),
    FieldKind.INTEGER: Message("整数", "whole number"),
    FieldKind.DECIMAL: Message("小数", "decimal"),
    FieldKind.MONEY: Message("金额", "money"),
    FieldKind.PERCENT: Message("百分比", "percent"),
    FieldKind.BOOLEAN: Message("是否", "yes or no"),
    FieldKind.DATE: Message("日期", "date"),
    FieldKind.INSTANT: Message("时间", "instant"),
    FieldKind.DURATION: Message("时长", "duration"),
    FieldKind.CHOICE: Message("单选", "choice"),
    FieldKind.CHOICES: Message("多选", "choices"),
    FieldKind.STATE: Message("状态", "state"),
    FieldKind.RELATION: Message("关联记录", "relation"),
    FieldKind.USER: Message("人员", "person"),
    FieldKind.UNIT: Message("单元", "unit"),
    FieldKind.PHONE: Message("电话", "phone"),
    FieldKind.EMAIL: Message("邮箱", "email"),
    FieldKind.URL: Message("网址", "web address"),
    FieldKind.NUMBER_CODE: Message("编号", "number"),
    FieldKind.ATTACHMENT: Message("附件", "attachment"),
    FieldKind.RECORD: Message("任意记录", "any record"),
    FieldKind.ADDRESS: Message("地址", "address"),
    FieldKind.LOCATION: Message("位置", "location"),
}
BESIDE = frozenset({"fields", "name", "renamed_from", "collections"})


def entity_lines(old: Entity, new: Entity, before: Edition) -> Iterator[Line]:
    """What differs between an entity as it was and as it is; `before` says who named the fields that go."""
    if new.renamed_from and new.name != old.name:
        yield Line(Effect.CHANGED, Message(f"{old.name} 改名为 {new.name}", f"{old.name} is called {new.name} now"))
    yield from field_lines(old, new, before)
    yield from compared(old, new, beside=BESIDE)


def field_lines(old: Entity, new: Entity, before: Edition | None = None) -> Iterator[Line]:
    """Which fields of an entity come, go, are renamed, or are declared otherwise."""
    renamed = {
        was: name
        for name, one in new.fields.items()
        for was in one.renamed_from
        if was in old.fields and was not in new.fields
    }
    former = {now: was for was, now in renamed.items()}
    for name, field in new.fields.items():
        if name not in old.fields and name not in renamed.values():
            kind = FIELD_KINDS[field.kind]
            about = named(FIELD, called(field))
            words = Message(f"新增{about.zh}，{kind.zh}", f"new {about.en}, {kind.en}")
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
        known = old.fields.get(former.get(name, name))
        if known is not None and not same(known, field):
            about = called(field)
            beside = frozenset({"name", "renamed_from"})
            yield from compared(known, field, named(FIELD, about), beside, "field")
