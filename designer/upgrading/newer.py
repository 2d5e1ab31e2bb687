"""Newer editions: shipped packs that differ from the edition that their changed copies come from, merged with what was changed.

Nothing is written here: what a merge comes to is an offer, told in places and files, until somebody takes it into the draft.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from designer.commands.sheets import Library, Sheets, Texts
from designer.draft.desk import Desk
from designer.draft.hashes import hash_of
from designer.merging.by_key import Conflict
from designer.merging.texts import merged_texts
from designer.upgrading.bases import PackEdition, base_of, taken_edition, texts_of
from designer.upgrading.places import changed_places
from designer.upgrading.renames import declared_renames, renamed, renamed_files
from engine.diagnostics import Message
from engine.dsl.document import Document
from engine.dsl.pack_reader import list_pack
from engine.dsl.source import read_source
from engine.model.version import is_older, product_version


@dataclass(frozen=True, slots=True)
class FileNews:
    """What a newer edition brings to a file: the texts of both editions, how many places differ, what clashes."""

    file: str
    before: str | None
    after: str | None
    places: int
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class NewerPack:
    """A newer edition of a shipped pack that a copy stands in for: its texts, and what the draft becomes with it. `known` says
    whether the edition is known that the copy comes from; `refusal` why it cannot be taken in."""

    pack: str
    label: Mapping[str, str]
    since: str
    until: str
    known: bool
    shipped: Mapping[str, str]
    files: tuple[FileNews, ...]
    texts: Texts
    refusal: Message | None = None

    @property
    def places(self) -> int:
        """How many places of the pack are new."""
        return sum(one.places for one in self.files)

    @property
    def conflicts(self) -> Mapping[str, Sequence[Conflict]]:
        return {one.file: one.conflicts for one in self.files if one.conflicts}

    @property
    def waiting(self) -> int:
        """How many places somebody will have to choose about."""
        return sum(len(one.conflicts) for one in self.files)


def newer_packs(desk: Desk) -> tuple[NewerPack, ...]:
    """The newer editions that bring something which the draft does not have."""
    return tuple(found for pack in desk.studio.live.copies() if (found := newer_pack(desk, pack)) is not None)


def newer_pack(desk: Desk, pack: str) -> NewerPack | None:
    """The newer edition of a pack; None where it is served as it is shipped, or has all of it."""
    if pack not in desk.studio.live.copies():
        return None
    shipped = shipped_texts(desk, pack)
    taken = taken_edition(desk.work.session, pack)
    base = taken or base_of(desk.work.session, pack)
    if base is not None and base.files == {file: hash_of(text) for file, text in shipped.items()}:
        return None
    before = base or PackEdition("", {})
    was = texts_of(desk.work.session, before, before.files)
    merging = _Merging(desk, pack, was, shipped)
    files, texts = merging.merged()
    if not texts and not any(one.conflicts for one in files):
        return None
    own = _pack_data(pack, was.get(f"{pack}/pack.yaml", ""))
    new = _pack_data(pack, shipped[f"{pack}/pack.yaml"])
    return NewerPack(
        pack,
        _label(new, pack),
        str(own.get("version", "")),
        str(new.get("version", "")),
        base is not None,
        shipped,
        files,
        texts,
        _refusal(new),
    )


def shipped_texts(desk: Desk, pack: str) -> dict[str, str]:
    """The texts of a pack as it comes with the product."""
    return {
        one.file: one.location.read_bytes().decode("utf-8", "replace")
        for one in list_pack(desk.studio.live.shipped / pack).files
    }


@dataclass
class _Merging:
    """The three sides of a pack: the edition that its copy comes from, the draft, the newer edition."""

    desk: Desk
    pack: str
    was: Mapping[str, str]
    shipped: Mapping[str, str]
    mine: Sheets = field(init=False)

    def merged(self) -> tuple[tuple[FileNews, ...], Texts]:
        """What is new by file, and the texts of the draft that become others."""
        base = self._called_anew()
        moves = renamed_files(base, self.shipped)
        news: list[FileNews] = []
        texts: dict[str, str | None] = dict(self.mine.changes)
        for file in sorted({*base, *self.shipped} - set(moves.values())):
            old = moves.get(file, file)
            one, text = self._file(file, base.get(old), old)
            if one is None:
                continue
            news.append(one)
            texts[file] = text
            if old != file and self.mine.text(old) is not None:
                texts[old] = None
        return tuple(news), {file: text for file, text in texts.items() if text != self.desk.text(file)}

    def _called_anew(self) -> dict[str, str]:
        """The older edition with what the newer one calls otherwise called so; the draft's texts too, from now on."""
        renames = declared_renames(self.was, self.shipped)
        self.mine = self.desk.sheets()
        if not renames:
            return dict(self.was)
        self.mine = self.mine.after(renamed(self.mine, renames))
        base: dict[str, str | None] = {**self.was, **renamed(self._older(), renames)}
        inside = {file: text for file, text in base.items() if file.startswith(f"{self.pack}/")}
        return {file: text for file, text in inside.items() if text is not None}

    def _older(self) -> Sheets:
        """The installation as it would be with the pack of the older edition."""
        desk, own = self.desk, {file for file in self._files() if file not in self.was}
        laid: dict[str, str | None] = {**dict.fromkeys(own), **self.was}

        def documents(changes: Texts) -> Sequence[Document]:
            return desk.studio.documents({**desk.texts(), **laid, **changes})

        def text(file: str) -> str | None:
            return laid[file] if file in laid else desk.text(file)

        return Sheets(Library(text, desk.of_hash, documents, desk.studio.widgets))

    def _files(self) -> Iterator[str]:
        """All files of the pack in the draft."""
        yield from (file for file in self.desk.studio.live.files() if file.startswith(f"{self.pack}/"))
        yield from (file for file in self.desk.files if file.startswith(f"{self.pack}/"))

    def _file(self, file: str, before: str | None, old: str) -> tuple[FileNews | None, str | None]:
        """What is new in a file, and its text with it; the lines of all sides end as the draft's do."""
        after = self.shipped.get(file)
        mine = self.mine.text(file)
        if mine is None and old != file:
            mine = self.mine.text(old)
        ends = _ends(mine) or _ends(after) or "\n"
        sides = [None if text is None else _ended(text, ends) for text in (before, mine, after)]
        if sides[0] == sides[2] and old == file:
            return None, None
        merged = merged_texts(file, *sides)
        if merged.text == sides[1] and old == file and not merged.conflicts:
            return None, None
        return FileNews(file, before, after, changed_places(file, sides[0], sides[2]), merged.conflicts), merged.text


def _ends(text: str | None) -> str:
    return "" if text is None or "\n" not in text else "\r\n" if "\r\n" in text else "\n"


def _ended(text: str, ends: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", ends)


def _pack_data(pack: str, text: str) -> Mapping[str, object]:
    data = read_source(f"{pack}/pack.yaml", text.encode("utf-8", "surrogatepass")).data
    return data if isinstance(data, Mapping) else {}


def _label(data: Mapping[str, object], pack: str) -> Mapping[str, str]:
    label = data.get("label")
    if isinstance(label, Mapping):
        return {str(language): str(text) for language, text in label.items()}
    return {"zh": str(label or pack), "en": str(label or pack)}


def _refusal(data: Mapping[str, object]) -> Message | None:
    """Why a newer edition cannot be taken in by this engine."""
    needs, have = str(data.get("needs", "")), product_version()
    if not is_older(have, needs):
        return None
    return Message(
        f"它要用 {needs} 以上的斗拱，这里是 {have}；先升级斗拱",
        f"It takes Dougong {needs} or newer, this is {have}; upgrade Dougong first",
    )
