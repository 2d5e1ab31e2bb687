"""`text`: edits of the text view, by offsets in the text that its writer knew; merged by line when that is not the present one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from designer.commands.files import check_size
from designer.commands.sheets import Command, Done, Sheets, file_of, text_in
from designer.draft.hashes import hash_of
from designer.merging.by_line import Clash, merged_lines
from designer.refusals import Stale, bad
from designer.splice.written import MARK
from engine.diagnostics import Message
from engine.dsl.edits import Edit, Renaming


def edit_text(sheets: Sheets, command: Command) -> Done:
    """The edits of a text. Raises BadCommand, Stale where others changed the same lines."""
    file, known, edits = file_of(command), text_in(command, "hash"), _edits(command)
    now = sheets.existing(file)
    base = now if hash_of(now) == known else sheets.library.of_hash(known)
    if base is None:
        raise Stale(
            file, [], (None, None, now), Message("文件已变动，请重新载入", "The file has changed; load it anew")
        )
    mark, body = (MARK, base[1:]) if base.startswith(MARK) else ("", base)
    if edits and (edits[-1].end > len(body) or any(a.end > b.start for a, b in pairwise(edits))):
        raise bad("编辑的位置超出文本或互相重叠", "Edits lie outside of the text or over each other", file=file)
    mine = mark + Renaming({file: tuple(edits)}).applied(file, body)
    check_size(mine)
    result = mine if base == now else merged_lines(base, mine, now)
    if isinstance(result, Clash):
        raise Stale(file, [], (result.base, result.mine, result.theirs))
    return Done({file: result}, text_back(file, result, now), {"file": file, "path": []})


def text_back(file: str, text: str, before: str) -> Command:
    """The command that makes the text before of a text: one edit of what differs."""
    known = hash_of(text)
    if text.startswith(MARK) and before.startswith(MARK):
        text, before = text[1:], before[1:]
    start = _alike(text, before)
    most = min(len(text), len(before)) - start
    end = min(_alike(text[::-1], before[::-1]), most)
    edit = {"start": start, "end": len(text) - end, "text": before[start : len(before) - end]}
    return {"do": "text", "file": file, "edits": [edit], "hash": known}


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    for at, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return at
    return min(len(one), len(other))


def _edits(command: Command) -> Sequence[Edit]:
    given = command.get("edits")
    if not isinstance(given, list):
        raise bad("命令缺少 edits", "The command lacks `edits`")
    return sorted(map(_edit, given), key=lambda one: (one.start, one.end))


def _edit(value: object) -> Edit:
    match value:
        case {"start": int(start), "end": int(end), "text": str(text)} if (
            isinstance(value, Mapping) and 0 <= start <= end
        ):
            return Edit(start, end, text)
        case _:
            raise bad("edits 的每项须有 start、end、text", "Each edit has `start`, `end` and `text`")
