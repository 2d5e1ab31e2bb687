"""The desk: the draft as it stands in one unit of work, what is read from it and written to it.

A live text that changed under the draft is merged into it whenever the draft is looked at; who writes keeps what came of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Never

from designer.commands.sheets import Command, Library, Sheets, Texts
from designer.draft.conflicts import Kept, listed, settled
from designer.draft.hashes import hash_of
from designer.draft.journal import Entry, Hashes, Sort, append
from designer.draft.rows import DraftFile, draft_files, drop_draft_file, keep_draft_file, keep_text, next_rev, text_of
from designer.merging.by_key import Conflict
from designer.merging.texts import merged_texts
from designer.rights import refuse_other_definitions
from designer.studio import Studio
from engine.diagnostics import Message
from engine.dsl.document import Document
from engine.dsl.source import read_source
from engine.runtime.work import Work

NOTHING: Mapping[str, Never] = {}


@dataclass(frozen=True, slots=True)
class Change:
    """What a change is called and was made by."""

    sort: Sort
    label: Message
    command: Command
    inverse: Command
    undoes: int | None = None


OUTSIDE = Change(Sort.OUTSIDE, Message("文件在外部改动", "Files were changed outside"), NOTHING, NOTHING)


@dataclass(slots=True)
class Desk:
    """The draft in the session of one unit of work. Who writes has locked its revision before, then calls `settle`."""

    work: Work
    studio: Studio
    files: dict[str, DraftFile] = field(init=False)
    _texts: dict[str, str | None] = field(init=False, default_factory=dict)
    _live: dict[str, str | None] = field(init=False, default_factory=dict)
    _moved: list[str] = field(init=False, default_factory=list)
    _unreadable: dict[str, tuple[Kept, ...]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.files = draft_files(self.work.session)
        for file, one in self.files.items():
            own = None if one.hash is None else text_of(self.work.session, one.hash)
            live = self.live(file)
            if hash_or_none(live) != one.base:
                own = self._follow(one, own, live)
            self._texts[file] = own

    def _follow(self, one: DraftFile, own: str | None, live: str | None) -> str | None:
        """The draft's text with what changed in the live one. One that cannot be read is not served: it is waited for."""
        base = None if one.base is None else text_of(self.work.session, one.base)
        if live is not None and read_source(one.file, live.encode("utf-8", "surrogatepass")).data is None:
            self._unreadable[one.file] = listed((), (Conflict([], base, own, live),))
            return own
        merged = merged_texts(one.file, base, own, live)
        conflicts = listed(one.conflicts, merged.conflicts)
        self.files[one.file] = replace(
            one, base=hash_or_none(live), hash=hash_or_none(merged.text), conflicts=conflicts
        )
        self._moved.append(one.file)
        return merged.text

    def live(self, file: str) -> str | None:
        """The live text of a file, the same for the whole unit of work."""
        if file not in self._live:
            self._live[file] = self.studio.live.text(file)
        return self._live[file]

    def text(self, file: str) -> str | None:
        """The draft's text of a file, the live one where it does not differ; None where there is no such file."""
        return self._texts[file] if file in self._texts else self.live(file)

    def texts(self) -> dict[str, str | None]:
        """The texts of all files that differ from the live ones."""
        return dict(self._texts)

    def of_hash(self, known: str) -> str | None:
        """The text of a hash that was ever part of the draft, or was shown by this process."""
        return text_of(self.work.session, known) or self.studio.shown.get(known)

    def sheets(self) -> Sheets:
        return Sheets(
            Library(self.text, self.of_hash, self._documents, self.studio.widgets, self.conflicts, self.studio.nodes)
        )

    def conflicts(self, file: str) -> Sequence[Kept]:
        """What of a file waits for a choice."""
        own = self.files.get(file)
        return (*(own.conflicts if own else ()), *self._unreadable.get(file, ()))

    @property
    def waiting(self) -> int:
        """How many places of the draft wait for a choice."""
        return sum(len(self.conflicts(file)) for file in self.files)

    def _documents(self, changes: Texts) -> Sequence[Document]:
        return self.studio.documents({**self.texts(), **changes})

    def settle(self) -> Entry | None:
        """Keep what came of live texts that changed under the draft; None where none did."""
        if not self._moved:
            return None
        before = draft_files(self.work.session)
        rev = next_rev(self.work.session)
        hashes = {file: (before[file].hash, self.files[file].hash) for file in self._moved}
        for file in self._moved:
            for text in (self.live(file), self._texts[file]):
                self._kept(text)
            self._put(file, self._texts[file], rev)
        self._moved.clear()
        return self._told(OUTSIDE, rev, hashes)

    def write(
        self,
        change: Change,
        texts: Texts,
        decided: Mapping[str, Sequence[object]] = NOTHING,
        conflicts: Mapping[str, Sequence[Kept]] = NOTHING,
    ) -> Entry | None:
        """Make texts those of the draft and write the change down; None where nothing differs. `decided` are the paths by
        file whose conflicts somebody has chosen about, `conflicts` by file all that wait from now on."""
        changed = {file: text for file, text in texts.items() if text != self.text(file)}
        if not changed and not decided and not conflicts:
            return None
        refuse_other_definitions(self.work.model, self.work.context.principal, changed)
        hashes: dict[str, tuple[str | None, str | None]] = {}
        rev = next_rev(self.work.session)
        for file in dict.fromkeys((*changed, *decided, *conflicts)):
            text = changed.get(file, self.text(file))
            hashes[file] = (self._kept(self.text(file)), self._kept(text))
            if file in conflicts:
                self._wait(file, tuple(conflicts[file]))
            self._put(file, text, rev, decided.get(file))
        return self._told(change, rev, hashes)

    def note(self, change: Change) -> Entry:
        """Write down a change of data, which is done already and touches no text."""
        return self._told(change, next_rev(self.work.session), {})

    def _kept(self, text: str | None) -> str | None:
        return None if text is None else keep_text(self.work.session, text)

    def _wait(self, file: str, conflicts: tuple[Kept, ...]) -> None:
        """These conflicts of a file wait for a choice, and no others."""
        own = self.files.get(file)
        if own is not None or conflicts:
            base = own.base if own is not None else self._kept(self.live(file))
            self.files[file] = replace(own or DraftFile(file, base, base, 0), conflicts=conflicts)

    def _put(self, file: str, text: str | None, rev: int, decided: Sequence[object] | None = None) -> None:
        own, live = self.files.get(file), self.live(file)
        open_ones = settled(file, own.conflicts if own else (), text, decided)
        if text == live and not open_ones:
            drop_draft_file(self.work.session, file)
            self.files.pop(file, None)
            self._texts.pop(file, None)
            return
        chosen = decided is not None and not decided and self._unreadable.pop(file, ()) != ()
        base = own.base if own is not None and not chosen else self._kept(live)
        self.files[file] = DraftFile(file, base, hash_or_none(text), rev, open_ones)
        self._texts[file] = text
        keep_draft_file(self.work, self.files[file])

    def _told(self, change: Change, rev: int, hashes: Hashes) -> Entry:
        one = Entry(
            seq=rev,
            at=self.work.context.now,
            author=None if change.sort is Sort.OUTSIDE else self.work.context.principal.user_id,
            sort=change.sort,
            label=change.label,
            command=change.command,
            inverse=change.inverse,
            files=hashes,
            undoes=change.undoes,
        )
        append(self.work.session, one)
        return one


def hash_or_none(text: str | None) -> str | None:
    return None if text is None else hash_of(text)
