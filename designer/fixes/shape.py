"""What a schema refuses: keys that do not belong there go, items without an id get a free one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

from designer.commands.new_ids import ids_of
from designer.commands.sheets import Command
from designer.fixes.broken import Broken, labelled
from designer.plain import value_at
from engine.diagnostics import Message

ID = "id"


def without(one: Broken) -> Command | None:
    """What does not belong there goes."""
    return one.removing(one.path, Message(f"去掉 {one.path[-1]}", f"Remove {one.path[-1]}"))


def with_id(one: Broken) -> Command | None:
    """An id that nothing else of the file has."""
    problem, path = one.problem, one.path
    if problem.code == "E202" and (problem.hint is None or problem.hint.en != f"add {ID}:"):
        return None
    path = path[:-1] if path[-1] == ID else path
    item = value_at(one.data, path)
    stem = item.get("widget", "item") if isinstance(item, Mapping) else "item"
    taken = set(ids_of(one.data))
    free = next(name for number in count(1) if (name := f"{stem}{number}") not in taken)
    steps = [*path] if problem.code == "E210" else one.steps(path)
    words = Message(f"标识设为 {free}", f"Give it the id {free}")
    return labelled(words, {"do": "set", "file": one.file, "path": [*steps, ID], "value": free})
