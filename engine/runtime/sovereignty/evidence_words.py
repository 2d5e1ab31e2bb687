"""Evidence in words: why a field is held to be of a level, for people, in both languages, with counts and without values."""

from __future__ import annotations

from engine.diagnostics import Message
from engine.model.level_rules import level_rules
from engine.runtime.sovereignty.columns import Evidence

NO_KIND = Message("没有发现", "Nothing found")
_PLACES = {
    "name": ("名称里有「{by}」", "its name says “{by}”"),
    "label": ("标签里有「{by}」", "its label says “{by}”"),
    "comment": ("说明里有「{by}」", "its help says “{by}”"),
    "table": ("所在的表记的是人", "its table is one of persons"),
    "type": ("字段类型就是它", "its type is made for it"),
    "values": ("{of} 个不同的值里有 {count} 个符合", "{count} of {of} distinct values fit"),
    "spans": ("{of} 个不同的值里有 {count} 个提到", "{count} of {of} distinct values mention one"),
    "formula": ("由 {by} 算出", "it is worked out from {by}"),
}
_IN_CHINESE = {
    "name": "its name says it in Chinese",
    "label": "its Chinese label says it",
    "comment": "its Chinese help says it",
}
_AGAINST = Message(
    "不是{kind}：{of} 个不同的值里只有 {count} 个符合", "no {kind}: only {count} of {of} distinct values fit"
)
_AGAINST_SHAPE = Message("不是{kind}：字段类型装不下", "no {kind}: what its type holds is something else")


def kind_words(kind: str | None) -> Message:
    """What a kind is called."""
    found = level_rules().kinds.get(kind or "")
    return found.label if found is not None else NO_KIND


def evidence_words(one: Evidence, beside: str | None = None) -> Message:
    """One reason; the kind that is told `beside` it is not told again."""
    label = kind_words(one.kind)
    if one.place == "against":
        words = _AGAINST if one.of else _AGAINST_SHAPE
        return Message(
            words.zh.format(kind=label.zh, count=one.count, of=one.of),
            words.en.format(kind=label.en.lower(), count=one.count, of=one.of),
        )
    zh, en = _PLACES[one.place]
    en = en if one.by.isascii() else _IN_CHINESE.get(one.place, en)
    told = Message(*(words.format(by=one.by, count=one.count, of=one.of) for words in (zh, en)))
    if one.kind == beside:
        return Message(told.zh, f"{told.en[0].upper()}{told.en[1:]}")
    return Message(f"{label.zh}：{told.zh}", f"{label.en}: {told.en}")
