"""The state and the events of flows as plain data, and back. Strict: what it does not know, it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from engine.runtime.workflow.flow_events import FlowEvent
from engine.runtime.workflow.flow_state import FlowState

Plain = dict[str, Any]
Decoder = Callable[[Any], Any]
Kind = TypeVar("Kind")
_AS_THEY_ARE = frozenset({int, str, bool, float, type(None)})
_EVENTS: Mapping[str, type] = {one.__name__: one for one in get_args(FlowEvent)}


def encode_event(event: FlowEvent) -> Plain:
    """An event as plain data, its kind under `kind`."""
    return {"kind": type(event).__name__, **_plain(event)}


def decode_event(data: Mapping[str, Any]) -> FlowEvent:
    """The event that was encoded. Raises ValueError for anything else."""
    rest = dict(data)
    kind = _EVENTS.get(str(rest.pop("kind", "")))
    if kind is None:
        raise ValueError("not an event")
    event: FlowEvent = _made(kind, rest)
    return event


def encode_state(state: FlowState) -> Plain:
    """A state as plain data."""
    found: Plain = _plain(state)
    return found


def decode_state(data: Mapping[str, Any]) -> FlowState:
    """The state that was encoded. Raises ValueError for anything else."""
    state: FlowState = _made(FlowState, data)
    return state


def _plain(value: Any) -> Any:
    kind: Any = type(value)
    return value if kind in _AS_THEY_ARE else _encoder(kind)(value)


@cache
def _encoder(kind: type) -> Callable[[Any], Any]:
    """How values of a kind are made plain."""
    if is_dataclass(kind):
        names = tuple(one.name for one in fields(kind))
        return lambda value: {name: _plain(getattr(value, name)) for name in names}
    if issubclass(kind, Mapping):
        return lambda value: {str(key): _plain(one) for key, one in value.items()}
    if issubclass(kind, tuple):
        return lambda value: [_plain(one) for one in value]
    return str if issubclass(kind, StrEnum) else lambda value: value


def _made(kind: type, data: Any) -> Any:
    """A value with exactly the fields of its kind."""
    decoders = _decoders(kind)
    if not isinstance(data, Mapping) or data.keys() != decoders.keys():
        raise ValueError(f"not a {kind.__name__}")
    return kind(**{name: decode(data[name]) for name, decode in decoders.items()})


@cache
def _decoders(kind: type) -> Mapping[str, Decoder]:
    return {name: _decoder(hint) for name, hint in get_type_hints(kind).items()}


def _decoder(hint: Any) -> Decoder:
    """How a field is read, by what it is declared as."""
    origin, of = get_origin(hint), get_args(hint)
    if origin is UnionType:
        inner = _decoder(of[0])
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        each = _decoder(of[0])
        return lambda value: tuple(each(one) for one in _exact(list, value))
    if origin is Mapping:
        number, each = of[0] is int, _decoder(of[1])
        return lambda value: {int(key) if number else key: each(one) for key, one in _exact(dict, value).items()}
    if isinstance(hint, type) and is_dataclass(hint):
        return lambda value: _made(hint, value)
    return hint if issubclass(hint, StrEnum) else lambda value: _exact(hint, value)


def _exact(kind: type[Kind], value: Any) -> Kind:
    """A value of exactly a kind: no number that is a boolean, no text that is none."""
    if type(value) is not kind:
        raise ValueError(f"not a {kind.__name__}")
    return value
