"""Types in words for people."""

from __future__ import annotations

from engine.diagnostics import Message
from engine.model import formula as types

_WORDS = {
    types.Text: Message("文字", "text"),
    types.Boolean: Message("真假", "true or false"),
    types.Decimal: Message("数", "number"),
    types.Money: Message("金额", "money"),
    types.Date: Message("日期", "date"),
    types.Instant: Message("时刻", "instant"),
    types.Duration: Message("时长", "duration"),
    types.Period: Message("月数", "months"),
    types.Choice: Message("选项", "choice"),
    types.Choices: Message("多选", "choices"),
    types.Relation: Message("关系", "relation"),
    types.ListOf: Message("列表", "list"),
    types.Null: Message("空", "empty"),
}


def type_words(of: types.Type) -> Message:
    """A type as authors know it."""
    return _WORDS[type(of)]


def shape_words(of: types.Type) -> Message:
    """A type with what else is known of it: decimals, currency, the entity it leads to."""
    words = type_words(of)
    if isinstance(of, types.Money):
        return Message(f"{words.zh} {of.currency}，{of.scale} 位小数", f"{words.en} {of.currency}, {of.scale} decimals")
    if isinstance(of, types.Decimal):
        places = Message(f"，{of.scale} 位小数", f", {of.scale} decimals") if of.scale else Message("，整数", ", whole")
        return Message(words.zh + places.zh, words.en + places.en)
    if isinstance(of, types.Relation):
        return Message(f"{words.zh} → {of.entity}", f"{words.en} → {of.entity}")
    if isinstance(of, types.ListOf):
        inner = shape_words(of.item)
        return Message(f"{words.zh}：{inner.zh}", f"{words.en}: {inner.en}")
    return words
