"""`move`: an item or a pair to another place of its file, with its remarks."""

from __future__ import annotations

from collections.abc import Mapping

from designer.commands.places import after_item, after_key, item_place, key_place
from designer.commands.sheets import Command, Done, Sheets, file_of
from designer.paths import read_steps, resolved, steps_of
from designer.plain import ABSENT, value_at, without
from designer.refusals import bad
from designer.splice.edits import move
from designer.splice.setting import set_value
from engine.dsl.source import Path


def move_entry(sheets: Sheets, command: Command) -> Done:
    """Move what is at `path` into the list or map at `to`, after `after`. Raises BadCommand, CannotEdit."""
    file, steps = file_of(command), read_steps(command.get("path"))
    written = sheets.written(file)
    path = resolved(file, written.data, steps)
    target = resolved(file, written.data, read_steps(command.get("to"), "to"), last_may_miss=True)
    if not path or target[: len(path)] == path:
        raise bad("不能移到自己里面", "Nothing can be moved into itself", file=file)
    text = sheets.existing(file)
    if value_at(written.data, target) in (ABSENT, None) and target:
        text = set_value(file, text, target, [])
    rest = without(sheets.after({file: text}).written(file).data, path)
    to = _after_removal(path, target)
    around = value_at(rest, to)
    if isinstance(path[-1], str) is isinstance(around, list):
        raise bad("键只能移到键值里，列表项只能移到列表里", "A key goes into a map, an item into a list", file=file)
    index = _index(around, command.get("after", "end"), str(path[-1]))
    text = move(file, text, path, to, index)
    now = sheets.after({file: text}).written(file).data
    last = path[-1] if isinstance(path[-1], str) else index
    where = steps_of(now, (*to, last))
    inverse = {
        "do": "move",
        "file": file,
        "path": where,
        "to": steps_of(now, path[:-1] if isinstance(last, str) else _after_insertion((*to, index), path[:-1])),
        "after": _after(value_at(written.data, path[:-1]), path[-1]),
    }
    return Done({file: text}, inverse, {"file": file, "path": where})


def _index(around: object, after: object, key: str) -> int:
    if isinstance(around, list):
        return item_place(around, after)
    if not isinstance(around, Mapping):
        raise bad("目标不是列表", "The target is no list")
    if key in around:
        raise bad(f"目标里已有 {key}", f"The target has a {key} already")
    return key_place(list(around), after)


def _after(around: object, step: str | int) -> object:
    """What `after` says of the place of an entry in its collection."""
    if isinstance(around, list) and isinstance(step, int):
        return after_item(around, step)
    assert isinstance(around, Mapping)
    keys = list(around)
    return after_key(keys, keys.index(step))


def _after_removal(path: Path, target: Path) -> Path:
    """The target as it is once the item at a path was taken out."""
    depth, last = len(path) - 1, path[-1]
    if isinstance(last, str) or len(target) <= depth or target[:depth] != path[:depth]:
        return target
    step = target[depth]
    return (*target[:depth], step - 1, *target[depth + 1 :]) if isinstance(step, int) and step > last else target


def _after_insertion(place: Path, target: Path) -> Path:
    """The target as it is once an item was put in at a place."""
    depth, index = len(place) - 1, place[-1]
    if len(target) <= depth or target[:depth] != place[:depth]:
        return target
    step = target[depth]
    assert isinstance(index, int)
    return (*target[:depth], step + 1, *target[depth + 1 :]) if isinstance(step, int) and step >= index else target
