"""`create` and `delete`: whole files."""

from __future__ import annotations

from designer.commands.sheets import Command, Done, Sheets, file_of, text_in
from designer.draft.hashes import hash_of
from designer.file_names import file_name
from designer.refusals import Stale, bad
from engine.dsl.source import MAX_BYTES


def create(sheets: Sheets, command: Command) -> Done:
    """A new file with a text. Raises BadCommand, Stale where there is one already."""
    file, text = file_of(command), text_in(command, "text")
    check_size(text)
    there = sheets.text(file)
    if there is not None:
        raise Stale(file, [], (None, text, there))
    named = file_name(file)
    assert named is not None
    if named.kind != "pack" and sheets.text(f"{named.pack}/pack.yaml") is None:
        raise bad(f"没有应用包 {named.pack}", f"There is no pack {named.pack}", file=file)
    return Done({file: text}, {"do": "delete", "file": file, "hash": hash_of(text)}, {"file": file, "path": []})


def delete(sheets: Sheets, command: Command) -> Done:
    """No such file any more; with `hash` only while its text has that one. Raises BadCommand, Stale."""
    file = file_of(command)
    text = sheets.existing(file)
    if command.get("hash") not in (None, hash_of(text)):
        raise Stale(file, [], (sheets.library.of_hash(str(command["hash"])), None, text))
    return Done({file: None}, {"do": "create", "file": file, "text": text})


def check_size(text: str) -> None:
    """Raises BadCommand for a text that no definition may have."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise bad(f"文件不能超过 {MAX_BYTES} 字节", f"A file may have at most {MAX_BYTES} bytes")
