"""Shifts of rights in words: one line for what moves alike, with the rule, the role, and the condition before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from designer.differences.rights import FIELD_WAYS, Shift
from designer.differences.said import Effect, Line, joined
from designer.differences.values import quoted
from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.runtime.access.decisions import ALWAYS, NEVER, Right, When, Whole

ACTION_WORDS = {
    "read": Message("查看", "read"),
    "create": Message("新建", "create"),
    "update": Message("修改", "change"),
    "delete": Message("删除", "delete"),
    "export": Message("导出", "export"),
    "transition": Message("流转", "move on"),
    "readable": Message("查看", "read"),
    "masked": Message("看到掩码", "see the mask of"),
    "writable": Message("填写", "write"),
}
DIRECTIONS = {
    Effect.WIDENED: Message("放宽", "wider"),
    Effect.NARROWED: Message("收紧", "narrower"),
    Effect.CHANGED: Message("改变", "changed"),
}


def shift_lines(found: Iterable[Shift], old: AppModel, new: AppModel) -> Iterator[Line]:
    """The shifts of one entity as lines; actions, or fields, of a role that move alike are told together."""
    for _, group in groupby(sorted(found, key=_alike), key=_alike):
        yield _line(list(group), old, new)


def _alike(one: Shift) -> tuple[object, ...]:
    way = one.way if one.way in FIELD_WAYS else ""
    return way, one.role, str(one.effect), right_words(one.old).en, right_words(one.new).en, one.rules


def _line(group: list[Shift], old: AppModel, new: AppModel) -> Line:
    first = group[0]
    who = role_words(new if first.role in new.roles else old, first.role)
    rules = joined([Message(name, name) for name in first.rules])
    subject = Message(f"规则 {rules.zh}", f"rule {rules.en}") if first.rules else Message("", "")
    way = DIRECTIONS[first.effect]
    start = (f"{subject.zh} {way.zh}：", f"{subject.en} {way.en}: ") if first.rules else ("", "")
    if first.way in FIELD_WAYS:
        fields = joined([_field(new, one.entity, one.field) for one in group])
        does = ACTION_WORDS[first.way]
        what = Message(f"{does.zh}字段{fields.zh}", f"{does.en} {fields.en}")
    else:
        what = joined([ACTION_WORDS[way] for way in ACTION_WORDS if any(one.way == way for one in group)])
    said = _said(first, what)
    words = Message(f"{start[0]}{who.zh}{said.zh}", f"{start[1]}{who.en} {said.en}")
    return Line(first.effect, words, "right", subject=subject)


def _said(one: Shift, what: Message) -> Message:
    was, now = right_words(one.old), right_words(one.new)
    if one.old == NEVER:
        return Message(f"现在可以{what.zh}：{now.zh}", f"may {what.en} now: {now.en}")
    if one.new == NEVER:
        return Message(f"不再能{what.zh}（原来：{was.zh}）", f"may not {what.en} any more (before: {was.en})")
    return Message(f"可以{what.zh}的行：{was.zh} → {now.zh}", f"may {what.en}: {was.en} → {now.en}")


def role_words(model: AppModel, role: str) -> Message:
    """What a role is called; a flow by its label."""
    declared = model.roles.get(role)
    if declared is not None:
        return Message(f"角色{quoted(declared.label, '').zh}", f"role {quoted(declared.label, '').en}")
    return Message(model.acting_name(role, "zh"), model.acting_name(role, "en"))


def right_words(right: Right | Whole) -> Message:
    """A right's rows: all, none, or the conditions as they are written."""
    if isinstance(right, Whole):
        through = right_words(right.access.rows)
        zh, en = f"随 {right.relation}（{through.zh}）", f"as its {right.relation} ({through.en})"
        return Message(zh, en)
    if right == ALWAYS:
        return Message("所有行", "every row")
    if right == NEVER or not isinstance(right, When):
        return Message("无", "no row")
    sources = [" ".join(one.source.split()) for one in right.formulas]
    return Message(" 或 ".join(sources), " or ".join(sources))


def _field(model: AppModel, entity: str, field: str) -> Message:
    declared = model.entities[entity].fields.get(field)
    return quoted(declared.label, "") if declared else Message(field, field)
