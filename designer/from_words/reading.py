"""Reading: fields as people write them down, `客户名称 文字, 金额 钱, 阶段 选择 新/谈/成`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from designer.from_sheet.columns import KINDS, MOST_CHOSEN, Column
from designer.from_sheet.guess import kind_by_words
from designer.from_sheet.naming import english_of, name_of
from designer.refusals import bad

MOST = 40
"""Fields that may be written down at once."""
LONGEST = 40
ROOM = 200
_BETWEEN = re.compile(r"[,，、;；\n]+")
_WITHIN = re.compile(r"[\s:：]+")
_OPTIONS = re.compile(r"[/／|]")
_SPLIT = re.compile(r"[(（]([^()（）]*)[)）]")
_REQUIRED = frozenset({"必填", "required", "*"})
WORDS: Mapping[str, Sequence[str]] = {
    "text": ("文字", "文本", "字", "text", "string"),
    "long_text": ("长文字", "多行", "长文本", "notes", "long"),
    "money": ("钱", "金额", "元", "money", "amount"),
    "integer": ("整数", "个数", "integer", "count"),
    "decimal": ("数字", "小数", "数", "数量", "number", "decimal"),
    "percent": ("百分比", "比例", "percent"),
    "boolean": ("是否", "开关", "勾选", "yesno", "boolean"),
    "date": ("日期", "日子", "date", "day"),
    "instant": ("时间", "时刻", "time"),
    "choice": ("选择", "单选", "选项", "choice", "options"),
    "phone": ("电话", "手机", "phone"),
    "email": ("邮箱", "邮件", "email"),
    "url": ("网址", "链接", "url", "link"),
    "address": ("地址", "address"),
    "user": ("人员", "人", "person", "user"),
}
"""The words by which people call the kinds of fields."""
NAMING = frozenset({"amount", "count", "date", "day", "time", "phone", "email", "url", "link", "address"})
"""English words that say the kind and belong to the name: the field of `visit date` is called that."""
_KIND_OF = {word: kind for kind, words in WORDS.items() for word in words}


def fields_of(written: str, kinds: Mapping[str, str]) -> tuple[Column, ...]:
    """The fields that a text names, in their order; `kinds` are kinds chosen for some, by name. A field without a word for its
    kind is what its name says, a field with options is a choice. Raises BadCommand for none, too many, or one named twice."""
    parts = [part for piece in _BETWEEN.split(written) if (part := piece.strip())]
    if not parts or len(parts) > MOST:
        raise bad(
            f"写下 1 到 {MOST} 个字段，用逗号隔开，如“客户名称 文字，金额 钱，阶段 选择 新/谈/成”",
            f"Write 1 to {MOST} fields with commas between them, such as: name text, amount money, stage new/open/won",
        )
    found: list[Column] = []
    for part in parts:
        one = _field(part, kinds, {column.name for column in found})
        if any(one.header == other.header for other in found):
            raise bad(f"字段“{one.header}”写了两次", f"The field {one.header!r} is written twice")
        found.append(one)
    return tuple(found)


def _field(written: str, kinds: Mapping[str, str], taken: set[str]) -> Column:
    words = [word for word in _WITHIN.split(_SPLIT.sub(r" \1 ", written).strip()) if word]
    words = words or [written]
    required = any(word.lower() in _REQUIRED for word in words[1:])
    words = words[:1] + [word for word in words[1:] if word.lower() not in _REQUIRED]
    named = len(words) if words[-1].lower() in NAMING and _plain(words) else 1
    header, said = " ".join(words[:named])[:LONGEST], words[named:]
    kind = next((_KIND_OF[word.lower()] for word in said if word.lower() in _KIND_OF), "")
    rest = [word for word in said if word.lower() not in _KIND_OF]
    if not kind and rest and not _OPTIONS.search(" ".join(rest)):
        header, rest = " ".join([header, *rest])[:LONGEST], []
    options = tuple(dict.fromkeys(one for word in rest for one in _OPTIONS.split(word) if one))[:MOST_CHOSEN]
    kind = kinds.get(header) or ("choice" if options else kind or _by_name(header))
    return _shaped(Column(header, name_of(header, taken), english_of(header), kind, required, options=options))


def _plain(words: Sequence[str]) -> bool:
    """Whether words are a name and nothing else: none before the last says a kind or has options."""
    return not any(word.lower() in _KIND_OF or _OPTIONS.search(word) or not word.isascii() for word in words[:-1])


def _by_name(header: str) -> str:
    kind = kind_by_words(header)
    return kind if kind in KINDS else "text"


def _shaped(one: Column) -> Column:
    """With the room that its kind needs; a choice that nobody gave options begins with two."""
    match one.kind:
        case "text":
            return replace(one, longest=ROOM)
        case "decimal":
            return replace(one, digits=12, decimals=2)
        case "percent":
            return replace(one, digits=7, decimals=4)
        case "money":
            return replace(one, decimals=2)
        case "choice" if not one.options:
            return replace(one, options=("进行中", "已完成"))
        case _:
            return one
