"""`set` and `unset`: a value at a path, compared with what the caller saw there."""

from __future__ import annotations

from collections.abc import Mapping

from designer.commands.pairs import pair_put_back
from designer.commands.sheets import Command, Done, Sheets, file_of
from designer.paths import missing, read_steps, resolved, steps_of
from designer.plain import ABSENT, alike, value_at
from designer.refusals import Stale, bad
from designer.splice.edits import remove
from designer.splice.setting import set_value
from engine.dsl.source import Path


def set_at(sheets: Sheets, command: Command) -> Done:
    """Put `value` at `path`, whatever was there unless `expect` says what. Raises BadCommand, Stale, CannotEdit."""
    file, steps = file_of(command), read_steps(command.get("path"))
    if "value" not in command or not steps:
        raise bad("命令缺少 value 或 path", "The command lacks `value` or `path`")
    written, value = sheets.written(file), command["value"]
    path = resolved(file, written.data, steps, last_may_miss=True)
    before = value_at(written.data, path)
    check_expected(file, command, steps_of(written.data, path), (before, value))
    text = set_value(file, sheets.existing(file), path, value)
    back = steps_of(sheets.after({file: text}).written(file).data, path)
    made = {"file": file, "path": back}
    if before is ABSENT:
        return Done({file: text}, {"do": "unset", "file": file, "path": back, "expect": value}, made)
    return Done({file: text}, {"do": "set", "file": file, "path": back, "value": before, "expect": value}, made)


def unset(sheets: Sheets, command: Command) -> Done:
    """Take the key at `path` away. Raises BadCommand, Stale, CannotEdit."""
    file, steps = file_of(command), read_steps(command.get("path"))
    written = sheets.written(file)
    path = resolved(file, written.data, steps, last_may_miss=True)
    if not path or not isinstance(path[-1], str):
        raise bad("unset 只用于键；列表项用 remove", "`unset` takes keys; `remove` takes items of a list")
    before = value_at(written.data, path)
    check_expected(file, command, steps_of(written.data, path), (before, ABSENT))
    if before is ABSENT:
        raise missing(file, steps)
    return Done({file: remove(file, sheets.existing(file), path)}, pair_put_back(sheets, file, path))


def check_expected(file: str, command: Command, steps: list[object], sides: tuple[object, object]) -> None:
    """Raises Stale when `expect` is another value than what stands there; null is expected where nothing is.

    `sides` are what stands there and what is wanted.
    """
    if "expect" not in command:
        return
    now, wanted = sides
    expected = command["expect"]
    if alike(now, expected) or (expected is None and now is ABSENT):
        return
    raise Stale(file, steps, (ABSENT if expected is None else expected, wanted, now))


def keys_around(data: object, path: Path) -> list[str]:
    """The keys of the map that holds the last step of a path."""
    around = value_at(data, path[:-1])
    return list(around) if isinstance(around, Mapping) else []
