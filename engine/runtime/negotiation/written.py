"""Written: values of the sandbox as text and back, the same bytes for the same values.

What was written is read for years: a field that comes later has a default, so that what was written before it is still read.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Value = TypeVar("Value")


def written(value: object) -> str:
    """A value as JSON: keys in order, no spaces, nothing that is no number."""
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def read(kind: type[Value], text: str) -> Value:
    """The value that was written. Raises ValueError for what is none of this kind."""
    found: Value = _made(kind, json.loads(text))
    return found


def is_canonical(text: str) -> bool:
    """Whether a text is as `written` writes what it says; fields that came later may be missing."""
    return written(json.loads(text)) == text


def _plain(value: object) -> object:
    if isinstance(value, StrEnum):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _made(kind: Any, data: Any) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        lost = [one.name for one in fields(kind) if one.name not in data and not _has_default(one)]
        if lost:
            raise ValueError(f"{kind.__name__} lacks {', '.join(lost)}")
        return kind(**{one.name: _made(hints[one.name], data[one.name]) for one in fields(kind) if one.name in data})
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if data is None:
            return None
        whole = [one for one in inner if one is not types.NoneType]
        return _made(whole[0], data) if len(whole) == 1 else data
    if origin is tuple:
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_made(inner[0], one) for one in data)
        return tuple(_made(one, part) for one, part in zip(inner, data, strict=True))
    if kind is float and not isinstance(data, float):
        raise ValueError(f"{data!r} is no float")
    return data


def _has_default(one: Field[Any]) -> bool:
    return one.default is not MISSING or one.default_factory is not MISSING
