"""`resolve`: choosing between what the draft says and what was changed under it."""

from __future__ import annotations

from collections.abc import Mapping

from designer.commands.sheets import Command, Done, Sheets, file_of
from designer.commands.texts import text_back
from designer.paths import read_steps, resolved, shown
from designer.plain import ABSENT, value_at
from designer.refusals import BadCommand, bad
from designer.splice.edits import insert_item, remove
from designer.splice.inserting import New
from designer.splice.setting import set_value

TAKES = ("mine", "theirs")


def resolve(sheets: Sheets, command: Command) -> Done:
    """Take `mine` (what the draft says) or `theirs` (what is live) in the conflict at `path`. Raises BadCommand."""
    file, steps, take = file_of(command), read_steps(command.get("path")), command.get("take")
    conflict = next((one for one in sheets.library.conflicts(file) if one["path"] == steps), None)
    if conflict is None or take not in TAKES:
        raise bad(f"{file} 的 {shown(steps)} 没有冲突", f"There is no conflict at {shown(steps)} of {file}", file=file)
    before = sheets.text(file)
    after = before if take == "mine" else _theirs(sheets, file, steps, conflict.get("theirs", ABSENT))
    texts = {} if after == before else {file: after}
    return Done(texts, _back(file, before, after), {"file": file, "path": list(steps)}, {file: list(steps)})


def _theirs(sheets: Sheets, file: str, steps: object, theirs: object) -> str | None:
    """The text with the live value at the place of a conflict."""
    assert isinstance(steps, list)
    if not steps:
        return theirs if isinstance(theirs, str) else None
    text, data = sheets.existing(file), sheets.written(file).data
    try:
        path = resolved(file, data, steps, last_may_miss=True)
    except BadCommand:
        return _anew(sheets, file, steps, theirs)
    if theirs is not ABSENT:
        return set_value(file, text, path, theirs)
    return remove(file, text, path) if value_at(data, path) is not ABSENT else text


def _anew(sheets: Sheets, file: str, steps: list[object], theirs: object) -> str:
    """An item that the draft had removed comes back, as the last of its list."""
    text, data = sheets.existing(file), sheets.written(file).data
    if theirs is ABSENT or not isinstance(steps[-1], Mapping):
        return text
    path = resolved(file, data, steps[:-1])
    items = value_at(data, path)
    if not isinstance(items, list):
        return set_value(file, text, path, [theirs])
    return insert_item(file, text, path, len(items), New(theirs))


def _back(file: str, before: str | None, after: str | None) -> Command:
    if before is None or after is None:
        return {"do": "delete", "file": file} if before is None else {"do": "create", "file": file, "text": before}
    return text_back(file, after, before)
