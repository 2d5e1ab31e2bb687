"""Acting on the draft: a command, and the author's own undo and redo. Each is one unit of work, one entry of the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from designer.commands.batches import perform
from designer.commands.labels import label_of
from designer.commands.sheets import Texts
from designer.draft.desk import Change, Desk
from designer.draft.hashes import hash_of
from designer.draft.journal import Entry, Sort, entry_of, mark_undone, to_redo, to_undo
from designer.draft.rows import locked_rev
from designer.merging.texts import merged_texts
from designer.refusals import Stale, bad
from designer.studio import Studio
from engine.diagnostics import DougongError, Message
from engine.runtime.work import Work


class NothingToUndo(DougongError):
    """The caller has done nothing that could be taken back, or taken nothing back that could be done again."""

    code = "nothing_to_undo"
    status = 409


@dataclass(frozen=True, slots=True)
class Acted:
    """What an act came to: its entry (None: nothing differs), and what the command made."""

    desk: Desk
    entry: Entry | None
    label: Message
    made: Mapping[str, object] | None = None


def act(work: Work, studio: Studio, command: Mapping[str, object]) -> Acted:
    """Do a command. Raises BadCommand, Stale, CannotEdit; then nothing is changed."""
    desk = settle(work, studio)
    done = perform(desk.sheets(), command)
    label = label_of(command)
    entry = desk.write(Change(Sort.ACT, label, command, done.inverse), done.texts, done.decided)
    return Acted(desk, entry, label, done.made)


def undo(work: Work, studio: Studio) -> Acted:
    """Take the caller's own last act back, and nothing of anybody else's. Raises NothingToUndo, Stale."""
    desk = settle(work, studio)
    entry = to_undo(work.session, work.context.principal.user_id)
    if entry is None:
        raise NothingToUndo(Message("没有可撤销的操作", "There is nothing to undo"))
    done = desk.write(Change(Sort.UNDO, entry.label, entry.inverse, entry.command, entry.seq), _taken_back(desk, entry))
    if done is not None:
        mark_undone(work.session, entry.seq, done.seq)
    else:
        mark_undone(work.session, entry.seq, entry.seq)
    return Acted(desk, done, entry.label)


def redo(work: Work, studio: Studio) -> Acted:
    """Do again what the caller took back last. Raises NothingToUndo, Stale."""
    desk = settle(work, studio)
    undone = to_redo(work.session, work.context.principal.user_id)
    first = entry_of(work.session, undone.undoes) if undone is not None and undone.undoes is not None else None
    if undone is None or first is None:
        raise NothingToUndo(Message("没有可重做的操作", "There is nothing to redo"))
    done = desk.write(
        Change(Sort.REDO, first.label, first.command, first.inverse, undone.seq), _taken_back(desk, undone)
    )
    mark_undone(work.session, undone.seq, done.seq if done is not None else undone.seq)
    mark_undone(work.session, first.seq, None)
    return Acted(desk, done, first.label)


def settle(work: Work, studio: Studio) -> Desk:
    """The draft, locked, with what changed under it merged into it and kept."""
    locked_rev(work.session)
    desk = Desk(work, studio)
    desk.settle()
    return desk


def _taken_back(desk: Desk, entry: Entry) -> Texts:
    """The texts without what an entry changed: byte for byte as before, or merged with what others changed since.

    Raises Stale where they changed the same.
    """
    texts: dict[str, str | None] = {}
    for file, (before, after) in entry.files.items():
        now = desk.text(file)
        wanted = _kept(desk, before)
        if (None if now is None else hash_of(now)) == after:
            texts[file] = wanted
            continue
        merged = merged_texts(file, _kept(desk, after), wanted, now)
        if merged.conflicts:
            first = merged.conflicts[0]
            sides = (first.base, first.mine, first.theirs)
            raise Stale(file, list(first.path), sides, Message(
                "其他人之后改过这里，不能撤销", "Somebody has changed this since; it cannot be taken back"
            ))  # fmt: skip
        texts[file] = merged.text
    return texts


def _kept(desk: Desk, known: str | None) -> str | None:
    if known is None:
        return None
    text = desk.of_hash(known)
    if text is None:
        raise bad("太久以前的操作，不能撤销", "It is too long ago to be taken back")
    return text
