"""The desk: the draft as it stands in one unit of work, what is read from it and written to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from designer.commands.sheets import Command, Library, Sheets, Texts
from designer.draft.hashes import hash_of
from designer.draft.journal import Entry, Hashes, Sort, append
from designer.draft.rows import DraftFile, draft_files, drop_draft_file, keep_draft_file, keep_text, next_rev, text_of
from designer.studio import Studio
from engine.diagnostics import Message
from engine.dsl.document import Document
from engine.runtime.work import Work


@dataclass(slots=True)
class Desk:
    """The draft in the session of one unit of work; whoever writes has locked its revision before."""

    work: Work
    studio: Studio
    files: dict[str, DraftFile] = field(init=False)

    def __post_init__(self) -> None:
        self.files = draft_files(self.work.session)

    def text(self, file: str) -> str | None:
        """The draft's text of a file, the live one where it does not differ; None where there is no such file."""
        own = self.files.get(file)
        if own is None:
            return self.studio.live.text(file)
        return None if own.hash is None else text_of(self.work.session, own.hash)

    def texts(self) -> dict[str, str | None]:
        """The texts of all files that differ from the live ones."""
        return {file: self.text(file) for file in self.files}

    def of_hash(self, known: str) -> str | None:
        """The text of a hash that was ever part of the draft, or was shown by this process."""
        return text_of(self.work.session, known) or self.studio.shown.get(known)

    def sheets(self) -> Sheets:
        return Sheets(Library(self.text, self.of_hash, self._documents, self.studio.widgets))

    def _documents(self, changes: Texts) -> Sequence[Document]:
        return self.studio.documents({**self.texts(), **changes})

    def write(self, entry: Change, texts: Texts) -> Entry | None:
        """Make texts those of the draft and write the change down; None where nothing differs."""
        hashes: dict[str, tuple[str | None, str | None]] = {}
        changed = {file: text for file, text in texts.items() if text != self.text(file)}
        if not changed:
            return None
        rev = next_rev(self.work.session)
        for file, text in changed.items():
            hashes[file] = (self._kept(self.text(file)), self._kept(text))
            self._put(file, text, rev)
        return self._told(entry, rev, hashes)

    def _kept(self, text: str | None) -> str | None:
        return None if text is None else keep_text(self.work.session, text)

    def _put(self, file: str, text: str | None, rev: int) -> None:
        own = self.files.get(file)
        live = self.studio.live.text(file)
        base = own.base if own is not None else self._kept(live)
        open_ones = own.conflicts if own is not None else ()
        if text == live and not open_ones:
            drop_draft_file(self.work.session, file)
            self.files.pop(file, None)
            return
        self.files[file] = DraftFile(file, base, None if text is None else hash_of(text), rev, open_ones)
        keep_draft_file(self.work, self.files[file])

    def _told(self, change: Change, rev: int, hashes: Hashes) -> Entry:
        author = None if change.sort is Sort.OUTSIDE else self.work.context.principal.user_id
        one = Entry(
            rev, self.work.context.now, author, change.sort, change.label, change.command, change.inverse, hashes,
            change.undoes,
        )  # fmt: skip
        append(self.work.session, one)
        return one


@dataclass(frozen=True, slots=True)
class Change:
    """What a change is called and was made by."""

    sort: Sort
    label: Message
    command: Command
    inverse: Command
    undoes: int | None = None


NOTHING: Mapping[str, object] = {}
