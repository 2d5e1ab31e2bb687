"""Values at the edge: strict reading of JSON and form texts, and the JSON form of every value."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from engine.model.entities import REFERENCE_KINDS, TEXT_KINDS, Field, FieldKind
from engine.runtime.identifiers import BadIdentifier, decode_id, encode_id
from engine.runtime.storage.numbers import decimal_text, parse_decimal, parse_integer
from engine.runtime.storage.problems import NOT_A_CHOICE, WRONG_TYPE, refuse
from engine.runtime.storage.rich_texts import kept_text, parse_rich
from engine.runtime.storage.texts import parse_text
from engine.runtime.storage.times import duration_text, instant_text, parse_date, parse_duration, parse_instant

_TRUE, _FALSE = frozenset({"true", "1", "on", "yes", "是"}), frozenset({"false", "0", "off", "no", "否"})


def parse_json(value: object, field: Field, zone: str | None = None) -> object:
    """The Python value that a JSON value or form text stands for; empty text is None.

    Decimals and ids come as text, dates and instants as ISO text; `zone` reads instants without an offset. Values that
    are already of the right Python type pass. Raises ValidationFailed with one problem.
    """
    if value is None:
        return None
    match field.kind:
        case FieldKind.INSTANT:
            return parse_instant(value, field, zone)
        case FieldKind.CHOICES:
            return _parse_choices(value, field)
        case _:
            return _PARSERS[field.kind](value, field)


def json_of(value: object, field: Field) -> object:
    """The JSON form of a Python value of `field`: decimals and ids as text, choices as a list; masked texts pass."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Decimal):
        return decimal_text(value, field.scale)
    if isinstance(value, int):
        return value if field.kind is FieldKind.INTEGER else encode_id(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, tuple | list | frozenset):
        return [str(one) for one in value]
    raise TypeError(f"no JSON form for a {type(value).__name__} in field {field.name}")


def kept_json(value: object, field: Field) -> object:
    """The JSON form that a version keeps of a value: `json_of`, and a rich text with its formatting."""
    return kept_text(value) if field.rich and isinstance(value, str) else json_of(value, field)


def value_writer(field: Field) -> Callable[[object], object] | None:
    """What gives `kept_json` of each value of a field that is not empty, worked out once; None where that is the value."""
    if field.rich:
        return lambda value: kept_json(value, field)
    if field.kind in _OWN_JSON:
        return None
    scale = field.scale
    match field.kind:
        case FieldKind.DECIMAL | FieldKind.MONEY | FieldKind.PERCENT:
            return lambda value: decimal_text(value, scale) if isinstance(value, Decimal) else json_of(value, field)
        case FieldKind.DATE:
            return lambda value: value.isoformat() if type(value) is date else json_of(value, field)
        case kind if kind in REFERENCE_KINDS:
            return lambda value: encode_id(value) if type(value) is int else json_of(value, field)
        case _:
            return lambda value: json_of(value, field)


_OWN_JSON = TEXT_KINDS | {FieldKind.CHOICE, FieldKind.STATE, FieldKind.INTEGER, FieldKind.BOOLEAN}


def _parse_boolean(value: object, field: Field) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        written = value.strip().lower()
        if not written:
            return None
        if written in _TRUE or written in _FALSE:
            return written in _TRUE
    raise refuse(field, WRONG_TYPE, "这里只能是 true 或 false", "This is either true or false")


def _parse_choice(value: object, field: Field) -> str | None:
    if not isinstance(value, str):
        raise refuse(field, WRONG_TYPE, "这里需要一个选项", "An option is needed here")
    name = value.strip()
    if name and field.choices and field.choice(name) is None:
        raise refuse(field, NOT_A_CHOICE, "没有这个选项", "There is no such option")
    return name or None


def _parse_choices(value: object, field: Field) -> tuple[str, ...] | None:
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list | tuple | frozenset | set):
        raise refuse(field, WRONG_TYPE, "这里需要一组选项", "A list of options is needed here")
    names = {name for name in (_parse_choice(one, field) for one in listed) if name is not None}
    place = {choice.name: at for at, choice in enumerate(field.choices)}
    return tuple(sorted(names, key=lambda name: (place.get(name, 0), name))) or None


def _parse_reference(value: object, field: Field) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
        return value
    if isinstance(value, str):
        written = value.strip()
        if not written:
            return None
        try:
            return decode_id(written)
        except BadIdentifier:
            pass
    raise refuse(field, WRONG_TYPE, "这里需要一条记录的标识", "The id of a record is needed here")


def _parse_long_text(value: object, field: Field) -> str | None:
    return parse_rich(value, field) if field.rich else parse_text(value, field)


_PARSERS: Mapping[FieldKind, Callable[[object, Field], object]] = {
    **dict.fromkeys(TEXT_KINDS, parse_text),
    FieldKind.LONG_TEXT: _parse_long_text,
    **dict.fromkeys((FieldKind.DECIMAL, FieldKind.MONEY, FieldKind.PERCENT), parse_decimal),
    **dict.fromkeys((FieldKind.RELATION, FieldKind.USER, FieldKind.UNIT, FieldKind.ATTACHMENT), _parse_reference),
    **dict.fromkeys((FieldKind.CHOICE, FieldKind.STATE), _parse_choice),
    FieldKind.INTEGER: parse_integer,
    FieldKind.BOOLEAN: _parse_boolean,
    FieldKind.DATE: parse_date,
    FieldKind.DURATION: parse_duration,
}


def choices_text(names: tuple[str, ...]) -> str:
    """How several options lie in one column: a JSON list in the options' order."""
    return json.dumps(list(names), ensure_ascii=False, separators=(",", ":"))
