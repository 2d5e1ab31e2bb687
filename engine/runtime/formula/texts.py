"""The kernel's functions of texts as Python: characters are code points, letters A to Z alone have capitals."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from engine.model import formula as types

Function = Callable[[list[Any], Any], Any]
BLANKS = " \t\n\r\u00a0\u3000"
MOST_REPEATS, LONGEST = 1000, 10_000
_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_CAPITALS = str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")
RMB_STEPS = (
    ("零仟", "零"),
    ("零佰", "零"),
    ("零拾", "零"),
    *(("零零", "零"),) * 4,
    ("零亿", "亿零"),
    ("零万", "万零"),
    *(("零零", "零"),) * 2,
    ("亿万", "亿"),
    *(("零零", "零"),) * 2,
)
"""Replacements that turn all sixteen digits with their units into the words people write."""
RMB_UNITS = ("仟", "佰", "拾", "万", "仟", "佰", "拾", "亿", "仟", "佰", "拾", "万", "仟", "佰", "拾", "")


def text_of(value: Any, kind: type, scale: int) -> str:
    """A value as text: numbers with all their decimals, days and instants in ISO form."""
    if kind in {types.Decimal, types.Money}:
        if scale == 0:
            return str(value)
        whole, part = divmod(abs(value), 10**scale)
        return f"{'-' if value < 0 else ''}{whole}.{part:0{scale}d}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    return value.isoformat() if isinstance(value, date) else str(value)


def _mid(values: list[Any], shape: Any) -> str:
    text, start, size = values
    first = max(start, 1) - 1
    return str(text[first : max(first, start - 1 + size)]) if size > 0 else ""


def _right(values: list[Any], shape: Any) -> str:
    return str(values[0][max(len(values[0]) - values[1], 0) :]) if values[1] > 0 else ""


def _repeated(text: str, times: int) -> str:
    return (text * min(max(times, 0), MOST_REPEATS))[:LONGEST]


def _padding(values: list[Any]) -> str:
    text, size, fill = values
    missing = max(min(size, MOST_REPEATS) - len(text), 0)
    return _repeated(fill, missing)[:missing]


def _grouped(values: list[Any], shape: Any) -> str:
    scale = shape.scales[0]
    whole, part = divmod(abs(values[0]), 10**scale)
    return f"{'-' if values[0] < 0 else ''}{whole:,}" + (f".{part:0{scale}d}" if scale else "")


def _rmb_upper(values: list[Any], shape: Any) -> str:
    digits = f"{abs(values[0]):018d}".translate(_CAPITALS)
    whole = "".join(digit + unit for digit, unit in zip(digits, RMB_UNITS, strict=False))
    for written, wanted in RMB_STEPS:
        whole = whole.replace(written, wanted)
    whole = whole.lstrip("零万亿").rstrip("零")
    tenth, hundredth = digits[16], digits[17]
    part = (tenth + "角" if tenth != "零" else "零" if whole and hundredth != "零" else "") + (
        hundredth + "分" if hundredth != "零" else "整"
    )
    if not whole and part == "整":
        whole = "零"
    return ("负" if values[0] < 0 else "") + (whole + "元" if whole else "") + part


TEXTS: Mapping[str, Function] = {
    "upper": lambda values, shape: values[0].translate(_UPPER),
    "lower": lambda values, shape: values[0].translate(_LOWER),
    "trim": lambda values, shape: values[0].strip(BLANKS),
    "length": lambda values, shape: len(values[0]),
    "size": lambda values, shape: len(values[0]),
    "left": lambda values, shape: values[0][: max(values[1], 0)],
    "right": _right,
    "mid": _mid,
    "contains": lambda values, shape: values[1] in values[0],
    "starts_with": lambda values, shape: values[0].startswith(values[1]),
    "ends_with": lambda values, shape: values[0].endswith(values[1]),
    "position": lambda values, shape: values[1].find(values[0]) + 1,
    "replace": lambda values, shape: values[0].replace(values[1], values[2]) if values[1] else values[0],
    "repeat": lambda values, shape: _repeated(values[0], values[1]),
    "pad_left": lambda values, shape: _padding(values) + values[0],
    "pad_right": lambda values, shape: values[0] + _padding(values),
    "text": lambda values, shape: text_of(values[0], shape.kinds[0], shape.scales[0]),
    "grouped": _grouped,
    "rmb_upper": _rmb_upper,
}
