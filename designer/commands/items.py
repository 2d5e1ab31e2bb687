"""`insert` and `remove`: items of lists; `remove` takes pairs of maps too."""

from __future__ import annotations

from collections.abc import Mapping

from designer.commands.new_ids import free_ids, taken_id
from designer.commands.pairs import pair_put_back, source_in, source_out
from designer.commands.places import after_item, item_place
from designer.commands.sheets import Command, Done, Sheets, file_of
from designer.commands.values import check_expected
from designer.paths import read_steps, resolved, steps_of
from designer.plain import ABSENT, value_at
from designer.refusals import bad
from designer.splice.edits import insert_item, remove
from designer.splice.inserting import New
from designer.splice.setting import set_value
from engine.dsl.source import Path


def insert(sheets: Sheets, command: Command) -> Done:
    """Put `value` into the list at `path`; a list that is not there is made. An item that needs an id and has none gets
    a free one. Raises BadCommand, CannotEdit."""
    file, steps = file_of(command), read_steps(command.get("path"))
    if "value" not in command:
        raise bad("命令缺少 value", "The command lacks `value`")
    written = sheets.written(file)
    path = resolved(file, written.data, steps, last_may_miss=True)
    value = command["value"] if "source" in command else free_ids(sheets, file, path, command["value"])
    clash = taken_id(written.data, value)
    if clash is not None:
        raise bad(f"标识 {clash} 已被使用", f"The id {clash} is taken", file=file)
    items = value_at(written.data, path)
    if not isinstance(items, list):
        return _first_item(sheets, file, path, value)
    index = item_place(items, command.get("after", "end"))
    text = insert_item(file, sheets.existing(file), path, index, New(value, None, source_in(command)))
    return _inserted(sheets, file, (*path, index), value, text)


def _inserted(sheets: Sheets, file: str, path: Path, value: object, text: str) -> Done:
    steps = steps_of(sheets.after({file: text}).written(file).data, path)
    inverse = {"do": "remove", "file": file, "path": steps, "expect": value}
    named = value.get("id") if isinstance(value, Mapping) else None
    return Done({file: text}, inverse, {"file": file, "path": steps, "id": named})


def _first_item(sheets: Sheets, file: str, path: Path, value: object) -> Done:
    """A list that nothing stood for: it is made with its first item."""
    written = sheets.written(file)
    before = value_at(written.data, path)
    back = steps_of(written.data, path)
    if before is not None and before is not ABSENT:
        raise bad(f"{back} 不是列表", f"{back} is no list", file=file)
    text = set_value(file, sheets.existing(file), path, [value])
    undo = {"do": "unset"} if before is ABSENT else {"do": "set", "value": None}
    done = _inserted(sheets, file, (*path, 0), value, text)
    return Done(done.texts, {**undo, "file": file, "path": back, "expect": [value]}, done.made)


def remove_entry(sheets: Sheets, command: Command) -> Done:
    """Take away the item or pair at `path`. Raises BadCommand, Stale, CannotEdit."""
    file, steps = file_of(command), read_steps(command.get("path"))
    if not steps:
        raise bad("命令缺少 path", "The command lacks `path`")
    written = sheets.written(file)
    path = resolved(file, written.data, steps)
    before = value_at(written.data, path)
    check_expected(file, command, steps_of(written.data, path), (before, ABSENT))
    text = remove(file, sheets.existing(file), path)
    if isinstance(path[-1], str):
        return Done({file: text}, pair_put_back(sheets, file, path))
    items = value_at(written.data, path[:-1])
    assert isinstance(items, list)
    inverse = {
        "do": "insert",
        "file": file,
        "path": steps_of(written.data, path[:-1]),
        "value": before,
        "after": after_item(items, path[-1]),
        "source": source_out(sheets, file, path),
    }
    return Done({file: text}, inverse)
