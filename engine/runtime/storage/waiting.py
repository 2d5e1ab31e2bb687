"""Waiting rows: the key by which the inbox finds the rows that wait for a person.

Who has them, the options that a waiting row must have, and the day that it waits for: what somebody has finished long ago
is not read again for each page. An option that may be empty where that counts as no stands last: neither database seeks by
it, both leave out by it what the index holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.model.entities import Entity, FieldKind
from engine.model.formula import Call, Items, Node, Reference
from engine.model.inbox import InboxKind

OPTIONS = frozenset({FieldKind.BOOLEAN, FieldKind.STATE, FieldKind.CHOICE})
TIMES = frozenset({FieldKind.DATE, FieldKind.INSTANT})


def waiting_key(entity: Entity, kind: InboxKind) -> tuple[str, ...]:
    """The holder, the own options that the condition names for every row, and the first own day or instant that it names."""
    options = {name: sought for part in _parts(kind.mine.node) for name, sought in _option(part)}
    own = {name: sought for name, sought in options.items() if _is(entity, name, OPTIONS)}
    times = [name for name in _named(kind.mine.node) if _is(entity, name, TIMES)]
    sought, left_out = ([name for name in own if own[name] is one] for one in (True, False))
    return tuple(dict.fromkeys((kind.holder, *sought, *times[:1], *left_out)))


def _parts(node: Node) -> Iterator[Node]:
    """The conditions that all must hold."""
    if isinstance(node, Call) and node.function == "and":
        for part in node.arguments:
            yield from _parts(part)
    else:
        yield node


def _option(part: Node) -> Iterator[tuple[str, bool]]:
    """The field that a condition compares with values, or that is the condition itself or its opposite; and whether rows
    can be sought by it."""
    match part:
        case Reference(path=(name,)):
            yield name, True
        case Call(function="not" | "eq" | "in", arguments=(first, *_)):
            yield from _option(first)
        case Call(function="coalesce", arguments=(Reference(path=(name,)), *_)):
            yield name, False
        case _:
            pass


def _named(node: Node) -> Iterator[str]:
    match node:
        case Reference(path=(name,)):
            yield name
        case Call(arguments=parts) | Items(items=parts):
            for part in parts:
                yield from _named(part)
        case _:
            pass


def _is(entity: Entity, name: str, kinds: frozenset[FieldKind]) -> bool:
    return name in entity.fields and entity.fields[name].kind in kinds
