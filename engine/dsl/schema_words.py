"""Schema types and limits in plain words."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagnostics import Message

_TYPES = {
    "string": Message("文字", "a text"),
    "integer": Message("整数", "a whole number"),
    "number": Message("数字", "a number"),
    "boolean": Message("true 或 false", "true or false"),
    "array": Message("列表 [ ]", "a list [ ]"),
    "object": Message("一组「名称: 值」", "a map of 'name: value'"),
    "null": Message("空", "empty"),
}
_MEANINGS = {
    "label": Message("文字，或按语言写的文字 {zh: …, en: …}", "a text, or texts by language {zh: …, en: …}"),
    "formula": Message("公式(写成文字，必要时加引号)", "a formula (a text, in quotes where needed)"),
}
_LIMITS = {
    "minimum": Message("不小于 {0}", "at least {0}"),
    "maximum": Message("不大于 {0}", "at most {0}"),
    "exclusiveMinimum": Message("大于 {0}", "above {0}"),
    "exclusiveMaximum": Message("小于 {0}", "below {0}"),
    "minItems": Message("至少有 {0} 个", "at least {0}"),
    "maxItems": Message("最多 {0} 个", "at most {0}"),
    "minProperties": Message("至少有 {0} 个", "at least {0}"),
    "maxProperties": Message("最多 {0} 个", "at most {0}"),
    "maxLength": Message("最多 {0} 个字符", "at most {0} characters"),
    "uniqueItems": Message("不重复", "no entry twice"),
}


def wanted_words(schema: object) -> Message:
    """What a part of a schema wants, as people say it."""
    declared: Mapping[str, object] = schema if isinstance(schema, Mapping) else {}
    meaning = declared.get("x-type")
    if isinstance(meaning, str) and meaning in _MEANINGS:
        return _MEANINGS[meaning]
    types = declared.get("type", ())
    names = [types] if isinstance(types, str) else list(types) if isinstance(types, list) else []
    words = [_TYPES[str(name)] for name in names]
    return Message("或".join(word.zh for word in words), " or ".join(word.en for word in words))


def found_words(value: object) -> Message:
    """What a value is, as people say it."""
    if isinstance(value, bool):
        return Message(f"真假值 {str(value).lower()}", f"the truth value {str(value).lower()}")
    if value is None:
        return Message("空", "empty")
    if isinstance(value, int | float):
        return Message(f"数字 {value}", f"the number {value}")
    if isinstance(value, str):
        return Message(f"文字「{value[:40]}」", f'the text "{value[:40]}"')
    return Message("列表", "a list") if isinstance(value, list) else Message("一组「名称: 值」", "a map")


def limit_words(rule: str, limit: object) -> Message:
    template = _LIMITS[rule]
    return Message(template.zh.format(limit), template.en.format(limit))
