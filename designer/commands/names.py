"""`rename`: anything that bears a name, with every reference to it in all files."""

from __future__ import annotations

from designer.commands.sheets import Command, Done, Sheets, text_in
from designer.commands.texts import text_back
from designer.refusals import bad
from designer.splice.written import MARK
from engine.dsl.refactor import rename


def rename_everywhere(sheets: Sheets, command: Command) -> Done:
    """Give `target` (as `rename` of the definition language takes it) the name `new`. Raises BadCommand."""
    target, new = text_in(command, "target"), text_in(command, "new")
    found = rename(sheets.library.documents(sheets.changes), sheets.library.widgets, target, new, sheets.library.nodes)
    if isinstance(found, tuple):
        worst = found[0]
        raise bad(worst.message.zh, worst.message.en, worst.hint, target=target)
    texts: dict[str, str | None] = {}
    back: list[Command] = []
    moves = dict(found.moves)
    for file in dict.fromkeys((*found.edits, *moves)):
        before = sheets.existing(file)
        mark = MARK if before.startswith(MARK) else ""
        after = mark + found.applied(file, before.removeprefix(MARK))
        if file in moves:
            texts |= {file: None, moves[file]: after}
            back += [{"do": "delete", "file": moves[file]}, {"do": "create", "file": file, "text": before}]
        else:
            texts[file] = after
            back.append(text_back(file, after, before))
    return Done(texts, {"do": "batch", "commands": back}, {"target": target, "new": new})
