"""Trees: items of pages and steps of flows, compared by their ids wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from designer.differences.parts import compared, moved, told
from designer.differences.said import Effect, Line, named
from designer.differences.values import called, same
from engine.diagnostics import Message
from engine.model.flows import Branches, Flow, Step
from engine.model.pages import Item

ITEM = Message("组件", "item")
STEP = Message("步骤", "step")
TOP = ""
ENDS = ("", "rejected", "withdrawn", "terminated")
"""Under which name each sequence of a flow stands, in their order."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A part of a tree: its value, the key of the one that holds it, and the attributes that are parts of their own."""

    value: object
    parent: str
    beside: frozenset[str]


Tree = Mapping[str, Placed]


def items_of(items: tuple[Item, ...], parent: str = TOP) -> dict[str, Placed]:
    """All items by their ids, in the order of the text."""
    found: dict[str, Placed] = {}
    for one in items:
        found[one.id] = Placed(one, parent, frozenset({"items", "id"}))
        found |= items_of(one.items, one.id)
    return found


def steps_of(flow: Flow) -> dict[str, Placed]:
    """All steps and branches of a flow by their ids; a branch under the id of its fork."""
    found: dict[str, Placed] = {}
    for end, steps in zip(ENDS, flow.sequences(), strict=True):
        found |= _sequence(steps, end)
    return found


def _sequence(steps: tuple[Step, ...], parent: str) -> dict[str, Placed]:
    found: dict[str, Placed] = {}
    for step in steps:
        fork = step.action if isinstance(step.action, Branches) else None
        own = frozenset({"id", "undo", "error"}) | (frozenset({"action"}) if fork else frozenset())
        found[step.id] = Placed(step, parent, own)
        for branch in fork.branches if fork else ():
            key = f"{step.id}.{branch.id}"
            found[key] = Placed(branch, step.id, frozenset({"id", "steps"}))
            found |= _sequence(branch.steps, key)
        found |= _sequence(step.error, f"{step.id}.error")
        found |= _sequence(step.undo, f"{step.id}.undo")
    return found


def tree_lines(old: Tree, new: Tree, words: Message, part: str) -> Iterator[Line]:
    """Parts that come, go, move, and change."""
    for key, one in new.items():
        if key not in old:
            yield told(Effect.ADDED, words, called(one.value), part=part)
    for key, one in old.items():
        if key not in new:
            yield told(Effect.REMOVED, words, called(one.value), part=part)
    for key in _moved(old, new):
        yield told(Effect.MOVED, words, called(new[key].value), part=part)
    for key, one in new.items():
        before = old.get(key)
        if before is not None:
            yield from _changed(before, one, words, part)


def _changed(before: Placed, after: Placed, words: Message, part: str) -> Iterator[Line]:
    about = named(words, called(after.value))
    if type(before.value) is type(after.value) and not same(before.value, after.value):
        yield from compared(before.value, after.value, about, before.beside | after.beside, part)


def _moved(old: Tree, new: Tree) -> list[str]:
    """The parts that stand elsewhere: in another holder, or in another order among those that stayed beside them."""
    shared = [key for key in new if key in old]
    stayed: dict[str, list[str]] = {}
    for key in shared:
        if old[key].parent == new[key].parent:
            stayed.setdefault(new[key].parent, []).append(key)
    before: dict[str, list[str]] = {}
    for key in old:
        if key in new and old[key].parent == new[key].parent:
            before.setdefault(old[key].parent, []).append(key)
    reordered = {key for parent, keys in stayed.items() for key in moved(before[parent], keys)}
    return [key for key in shared if key in reordered or old[key].parent != new[key].parent]
