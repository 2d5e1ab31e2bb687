"""`insert_key`: a new pair in a map; and the command that puts a pair back as it stood."""

from __future__ import annotations

from collections.abc import Mapping

from designer.commands.places import after_key, key_place
from designer.commands.sheets import Command, Done, Sheets, file_of, text_in
from designer.paths import read_steps, resolved, steps_of
from designer.plain import value_at
from designer.refusals import Stale, bad
from designer.splice.edits import insert_key, source_at
from designer.splice.inserting import New, Source
from designer.splice.setting import set_value
from engine.dsl.source import Path


def insert_pair(sheets: Sheets, command: Command) -> Done:
    """Put a new key into the map at `path`; a map that is not there is made. Raises BadCommand, Stale, CannotEdit."""
    file, steps, key = file_of(command), read_steps(command.get("path")), text_in(command, "key")
    if "value" not in command or not key:
        raise bad("命令缺少 value 或 key", "The command lacks `value` or `key`")
    written, value = sheets.written(file), command["value"]
    path = resolved(file, written.data, steps, last_may_miss=True)
    around = value_at(written.data, path)
    text = sheets.existing(file)
    if not isinstance(around, Mapping):
        return _first_pair(sheets, file, path, {key: value})
    if key in around:
        raise Stale(file, [*steps, key], (None, value, around[key]))
    index = key_place(list(around), command.get("after", "end"))
    text = insert_key(file, text, path, index, New(value, key, source_in(command)))
    back = steps_of(written.data, path)
    inverse = {"do": "unset", "file": file, "path": [*back, key], "expect": value}
    return Done({file: text}, inverse, {"file": file, "path": [*back, key]})


def _first_pair(sheets: Sheets, file: str, path: Path, pair: Mapping[str, object]) -> Done:
    """A map that nothing stood for: it is made with its first pair."""
    written = sheets.written(file)
    before = value_at(written.data, path)
    back = steps_of(written.data, path)
    if isinstance(before, list | str | int | float):
        raise bad(f"{back} 不是键值", f"{back} is no map")
    text = set_value(file, sheets.existing(file), path, pair)
    known = before is None
    undo = {"do": "set", "value": None} if known else {"do": "unset"}
    made = {"file": file, "path": [*back, *pair]}
    return Done({file: text}, {**undo, "file": file, "path": back, "expect": pair}, made)


def pair_put_back(sheets: Sheets, file: str, path: Path) -> Command:
    """The command that puts the pair at a path where it stands now, with its remarks."""
    written = sheets.written(file)
    around, key = value_at(written.data, path[:-1]), path[-1]
    assert isinstance(around, Mapping)
    keys = list(around)
    return {
        "do": "insert_key",
        "file": file,
        "path": steps_of(written.data, path[:-1]),
        "key": key,
        "value": around[key],
        "after": after_key(keys, keys.index(str(key))),
        "source": source_out(sheets, file, path),
    }


def source_out(sheets: Sheets, file: str, path: Path) -> Mapping[str, object]:
    """How an entry stands in its text, as a command carries it."""
    found = source_at(file, sheets.existing(file), path)
    return {"text": found.text, "column": found.column, "flow": found.flow}


def source_in(command: Command) -> Source | None:
    """How an entry stood elsewhere, as a command brings it. Raises BadCommand."""
    match command.get("source"):
        case None:
            return None
        case {"text": str(text), "column": int(column), "flow": str(flow)}:
            return Source(text, column, flow)
        case _:
            raise bad("source 不完整", "The command's `source` is not whole")
