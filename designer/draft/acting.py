"""Acting on the draft: a command, and the author's own undo and redo. Each is one unit of work, one entry of the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from designer.commands.batches import perform
from designer.commands.labels import label_of
from designer.commands.sheets import Texts
from designer.draft.desk import NOTHING, Change, Desk
from designer.draft.hashes import hash_of
from designer.draft.journal import Entry, Sort, entry_of, keep_inverse, mark_undone, to_redo, to_undo
from designer.draft.rows import locked_rev
from designer.merging.texts import merged_texts
from designer.organisation.acts import Overtaken, carry_out, is_organisational
from designer.refusals import Stale, bad
from designer.studio import Studio
from designer.upgrading.taking import give_back, is_upgrade, take_newer
from engine.diagnostics import DougongError, Message
from engine.model.context import Context
from engine.model.names import empty_map
from engine.runtime.work import Work


class NothingToUndo(DougongError):
    """The caller has done nothing that could be taken back, or taken nothing back that could be done again."""

    code = "nothing_to_undo"
    status = 409


@dataclass(frozen=True, slots=True)
class Acted:
    """What an act came to: its entry (None: nothing differs), what the command made, what takes it back. `overtaken`: why
    nothing was taken back, of an act on data that stands no more as it was left; it is let go."""

    desk: Desk
    entry: Entry | None
    label: Message
    made: Mapping[str, object] | None = None
    inverse: Mapping[str, object] = field(default_factory=empty_map)
    overtaken: Overtaken | None = None


def act(work: Work, studio: Studio, command: Mapping[str, object]) -> Acted:
    """Do a command. Raises BadCommand, Stale, CannotEdit; then nothing is changed."""
    desk = settle(work, studio)
    if is_organisational(command):
        return _organised(desk, Change(Sort.ACT, label_of(command), command, NOTHING))
    if is_upgrade(command):
        return _upgraded(desk, Change(Sort.ACT, label_of(command), command, NOTHING))
    done = perform(desk.sheets(), command)
    label = label_of(command)
    entry = desk.write(Change(Sort.ACT, label, command, done.inverse), done.texts, done.decided)
    return Acted(desk, entry, label, done.made)


def undo(work: Work, studio: Studio) -> Acted:
    """Take the caller's own last act back, and nothing of anybody else's. Raises NothingToUndo, Stale."""
    desk = settle(work, studio)
    entry = to_undo(work.session, work.context.principal.user_id, day_began(work.context))
    if entry is None:
        raise NothingToUndo(Message("没有可撤销的操作", "There is nothing to undo"))
    if is_organisational(entry.command):
        return _given_back(desk, Change(Sort.UNDO, entry.label, entry.inverse, NOTHING, entry.seq), entry.seq)
    change, texts = Change(Sort.UNDO, entry.label, entry.inverse, entry.command, entry.seq), _taken_back(desk, entry)
    done = give_back(desk, change, texts) if is_upgrade(entry.command) else desk.write(change, texts)
    if done is not None:
        mark_undone(work.session, entry.seq, done.seq)
    else:
        mark_undone(work.session, entry.seq, entry.seq)
    return Acted(desk, done, entry.label)


def redo(work: Work, studio: Studio) -> Acted:
    """Do again what the caller took back last. Raises NothingToUndo, Stale."""
    desk = settle(work, studio)
    undone = to_redo(work.session, work.context.principal.user_id, day_began(work.context))
    first = entry_of(work.session, undone.undoes) if undone is not None and undone.undoes is not None else None
    if undone is None or first is None:
        raise NothingToUndo(Message("没有可重做的操作", "There is nothing to redo"))
    again = Change(Sort.REDO, first.label, first.command, first.inverse, undone.seq)
    if is_organisational(first.command):
        acted = _given_back(desk, replace(again, command=undone.inverse), undone.seq)
        if acted.overtaken is not None:
            return acted
        keep_inverse(work.session, first.seq, acted.inverse)
    elif is_upgrade(first.command):
        acted = _upgraded(desk, again)
    else:
        acted = Acted(desk, desk.write(again, _taken_back(desk, undone)), first.label)
    mark_undone(work.session, undone.seq, acted.entry.seq if acted.entry is not None else undone.seq)
    mark_undone(work.session, first.seq, None)
    return acted


def _organised(desk: Desk, change: Change) -> Acted:
    """Change the organisation, which is live at once, and write it down; what is taken back and done again keeps its name."""
    done = carry_out(desk.work, change.command, taking_back=change.undoes is not None)
    label = done.words if change.undoes is None else change.label
    entry = desk.note(replace(change, label=label, inverse=done.inverse))
    return Acted(desk, entry, label, done.made, done.inverse)


def _upgraded(desk: Desk, change: Change) -> Acted:
    """Take the newer edition of a shipped pack into the draft."""
    label, entry = take_newer(desk, change)
    return Acted(desk, entry, label)


def _given_back(desk: Desk, change: Change, seq: int) -> Acted:
    """Take an act on the organisation back, or do it again; one that others have changed since is let go and stays."""
    try:
        with desk.work.savepoint():
            acted = _organised(desk, change)
    except Overtaken as error:
        acted = Acted(desk, None, change.label, overtaken=error)
    mark_undone(desk.work.session, seq, acted.entry.seq if acted.entry is not None else seq)
    return acted


def day_began(context: Context) -> datetime:
    """When the business day began: until it ends, what was done to data on it can be taken back."""
    return datetime.combine(context.today, time(), ZoneInfo(context.zone))


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
