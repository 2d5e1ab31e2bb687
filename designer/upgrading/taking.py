"""Taking a newer edition into the draft, as one act that can be taken back: merged, with what clashes waiting for a choice."""

from __future__ import annotations

from dataclasses import replace

from designer.commands.sheets import Command, Texts, text_in
from designer.draft.conflicts import listed
from designer.draft.desk import Change, Desk
from designer.draft.journal import Entry
from designer.refusals import BadCommand, bad
from designer.upgrading.bases import keep_edition, take_in, taken_in
from designer.upgrading.newer import newer_pack
from engine.diagnostics import Message
from engine.model.version import product_version

TAKE = "take_newer"


def is_upgrade(command: Command) -> bool:
    """Whether a command is about the edition of a pack that comes with the product."""
    return command.get("do") == TAKE


def take_newer(desk: Desk, change: Change) -> tuple[Message, Entry | None]:
    """Merge the newer edition of `pack` with the draft; what it is called, and its entry. Raises BadCommand, Forbidden."""
    pack = text_in(change.command, "pack")
    found = newer_pack(desk, pack)
    if found is None:
        raise bad(f"{pack[:80]} 没有要合并的新版本", f"There is no newer edition of {pack[:80]} to take in")
    if found.refusal is not None:
        raise BadCommand(found.refusal)
    session = desk.work.session
    known, before = keep_edition(session, product_version(), found.shipped), taken_in(session).get(pack)
    waiting = {
        file: listed(desk.files[file].conflicts if file in desk.files else (), clashes, known)
        for file, clashes in found.conflicts.items()
    }
    label = Message(
        f"合并「{found.label.get('zh', pack)}」的新版本 {found.until}".rstrip(),
        f"Take in the new edition {found.until} of {found.label.get('en', pack)}",
    )
    inverse = {"do": TAKE, "pack": pack, "edition": before}
    done = replace(change, label=label, command={"do": TAKE, "pack": pack, "edition": known}, inverse=inverse)
    entry = desk.write(done, found.texts, conflicts=waiting)
    take_in(session, pack, known)
    return label, entry


def give_back(desk: Desk, change: Change, texts: Texts) -> Entry | None:
    """Take an edition out of the draft again: its changes, and what waited because of it. `change` is the undo, its command
    what the act was taken back by."""
    known = change.inverse.get("edition")
    waiting = {
        file: tuple(one for one in own.conflicts if one.get("edition") != known)
        for file, own in desk.files.items()
        if any(one.get("edition") == known for one in own.conflicts)
    }
    entry = desk.write(change, texts, conflicts=waiting)
    session, pack, before = desk.work.session, str(change.command["pack"]), change.command.get("edition")
    if taken_in(session).get(pack) == known:
        take_in(session, pack, before if isinstance(before, str) else None)
    return entry
