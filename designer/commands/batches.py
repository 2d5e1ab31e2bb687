"""`batch`: several commands as one, all or none; and the table of all kinds of commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from designer.commands import decisions, files, items, moves, names, pairs, rights, texts, values
from designer.commands.sheets import Command, Done, Sheets
from designer.refusals import bad
from engine.dsl.suggestions import suggestion

MOST = 1_000
"""Commands that one batch may have."""


def perform(sheets: Sheets, command: object) -> Done:
    """Do a command of any kind. Raises BadCommand, Stale, CannotEdit; then nothing is changed."""
    if not isinstance(command, Mapping):
        raise bad("命令须是一个对象", "A command is an object")
    kind = command.get("do")
    if kind == "batch":
        return _batch(sheets, command)
    act = KINDS.get(kind) if isinstance(kind, str) else None
    if act is None:
        named = str(kind)[:40]
        raise bad(f"没有命令 {named}", f"There is no command {named!r}", suggestion(named, [*KINDS, "batch"]))
    return act(sheets, command)


def _batch(sheets: Sheets, command: Command) -> Done:
    """All commands in their order; the inverse takes them back in the other one."""
    given = command.get("commands")
    if not isinstance(given, list) or not given or len(given) > MOST:
        raise bad(f"batch 须有 1 到 {MOST} 个命令", f"A batch has 1 to {MOST} commands")
    changed: dict[str, str | None] = {}
    back: list[Command] = []
    made: Mapping[str, object] | None = None
    decided: Mapping[str, Sequence[object]] = {}
    for one in given:
        if isinstance(one, Mapping) and one.get("do") == "batch":
            raise bad("batch 里不能再有 batch", "A batch holds no batch")
        done = perform(sheets.after(changed), one)
        changed |= done.texts
        back.insert(0, done.inverse)
        made, decided = done.made or made, {**decided, **done.decided}
    flat = [part for one in back for part in _parts(one)]
    return Done(changed, {"do": "batch", "commands": flat}, made, decided)


def _of_steps(steps_of: Callable[[Sheets, Command], Sequence[Command]], sheets: Sheets, command: Command) -> Done:
    """A command that others write, as many as it takes; none where it is so already."""
    steps = list(steps_of(sheets, command))
    return _batch(sheets, {"commands": steps}) if steps else Done({}, {"do": "batch", "commands": []})


def _parts(command: Command) -> list[object]:
    inner = command.get("commands")
    return inner if command.get("do") == "batch" and isinstance(inner, list) else [command]


KINDS: Mapping[str, Callable[[Sheets, Command], Done]] = {
    "set": values.set_at,
    "unset": values.unset,
    "insert": items.insert,
    "insert_key": pairs.insert_pair,
    "move": moves.move_entry,
    "remove": items.remove_entry,
    "rename": names.rename_everywhere,
    "create": files.create,
    "delete": files.delete,
    "text": texts.edit_text,
    "resolve": decisions.resolve,
    "grant": partial(_of_steps, rights.grant),
    "field_right": partial(_of_steps, rights.field_right),
}
