"""Values of the model as people read them, and whether two of them say the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum

from engine.diagnostics import Message
from engine.model.formula import Formula
from engine.model.names import Label, Place

UNSAID = frozenset({"place", "source", "fingerprint", "pack"})
"""Attributes that no designer writes: where a thing stands, and what is worked out from the rest."""
NOTHING = Message("无", "nothing")
LONGEST, MOST = 80, 12
"""Code points of a value that are shown, and how many values of a list."""


def same(old: object, new: object) -> bool:
    """Whether two values of the model say the same, wherever they stand in their texts."""
    if type(old) is not type(new):
        return old == new
    if isinstance(old, Place):
        return True
    if isinstance(old, Formula) and isinstance(new, Formula):
        return old.source.split() == new.source.split()
    if isinstance(old, Label) and isinstance(new, Label):
        return dict(old.texts) == dict(new.texts)
    if is_dataclass(old) and not isinstance(old, type):
        return all(same(getattr(old, name), getattr(new, name)) for name in attributes(old))
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return list(old) == list(new) and all(same(old[key], new[key]) for key in old)
    if isinstance(old, tuple) and isinstance(new, tuple):
        return len(old) == len(new) and all(map(same, old, new))
    return old == new


def attributes(value: object) -> tuple[str, ...]:
    """The attributes of a value that its author writes, in their order."""
    if not is_dataclass(value):
        return ()
    return tuple(one.name for one in fields(value) if one.name not in UNSAID and not one.name.startswith("_"))


def key_of(value: object) -> str:
    """By what a part of a list is known: its id, name or step; empty where it has none."""
    for name in ("id", "name"):
        found = getattr(value, name, "")
        if isinstance(found, str) and found:
            return found
    return ""


def called(value: object) -> Message:
    """What a part is called: its label with its name, or its name alone."""
    label, key = getattr(value, "label", None), key_of(value)
    if isinstance(label, Label) and label.texts:
        return quoted(label, key)
    return Message(key, key)


def quoted(label: Label, key: str) -> Message:
    """A label in quotes with the name behind it; where there is no label, the name."""
    if not label.texts:
        return Message(key, key)
    tail = f" ({key})" if key else ""
    return Message(f"「{label.text('zh')}」{tail.lstrip()}", f'"{label.text("en")}"{tail}')


def shown(value: object) -> Message:
    """A value in a line: short, in both languages."""
    match value:
        case None | "" | () | frozenset():
            return NOTHING
        case bool():
            return Message("是", "yes") if value else Message("否", "no")
        case Label():
            return Message(_cut(value.text("zh")), _cut(value.text("en"))) if value.texts else NOTHING
        case Formula():
            return Message(_cut(value.source), _cut(value.source))
        case Enum():
            return Message(str(value.value), str(value.value))
        case str() | int() | float() | Decimal() | date() | datetime() | time():
            return Message(_cut(str(value)), _cut(str(value)))
        case Mapping():
            return _several([_pair(key, one) for key, one in value.items()]) if value else NOTHING
        case frozenset() | set():
            return _several([shown(one) for one in sorted(value, key=str)])
        case tuple() | list():
            path = all(isinstance(one, str) for one in value)
            return _several([shown(one) for one in value]) if path or value else NOTHING
        case _:
            return _of_part(value)


def _of_part(value: object) -> Message:
    if key_of(value):
        return called(value)
    if not is_dataclass(value) or isinstance(value, type):
        return Message(_cut(str(value)), _cut(str(value)))
    said = [(name, getattr(value, name)) for name in attributes(value)]
    plain = {one.name: one.default for one in fields(value)}
    return _several([_pair(name, one) for name, one in said if not same(one, plain.get(name))])


def _pair(key: object, value: object) -> Message:
    words = shown(value)
    return Message(f"{key}={words.zh}", f"{key}={words.en}")


def _several(parts: list[Message]) -> Message:
    if not parts:
        return NOTHING
    kept, more = parts[:MOST], len(parts) - MOST
    zh, en = "、".join(one.zh for one in kept), ", ".join(one.en for one in kept)
    return Message(f"{zh}等 {len(parts)} 项", f"{en} and {more} more") if more > 0 else Message(zh, en)


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"
