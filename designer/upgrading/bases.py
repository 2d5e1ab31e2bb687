"""Bases: which edition of a shipped pack its changed copy comes from. Texts are kept once, by their hash, beside those of versions.

A base belongs to the version that was published with it: going back to an earlier version goes back to its base too.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from designer.draft.rows import keep_text, text_of
from engine.runtime.database.protocol import Session
from engine.runtime.design_tables import DESIGN_EDITION, PACK_BASE
from engine.runtime.design_versions import DESIGN_VERSION, Sort, files_of
from engine.runtime.rows import delete, insert, select


@dataclass(frozen=True, slots=True)
class PackEdition:
    """The texts of a shipped pack as a release of the product brought them: their hashes by file."""

    release: str
    files: Mapping[str, str]


def keep_edition(session: Session, release: str, texts: Mapping[str, str]) -> str:
    """Keep an edition with its texts; its hash."""
    return _kept(session, PackEdition(release, {file: keep_text(session, text) for file, text in texts.items()}))


def _kept(session: Session, edition: PackEdition) -> str:
    written = {"release": edition.release, "files": dict(sorted(edition.files.items()))}
    return keep_text(session, json.dumps(written, ensure_ascii=False))


def base_of(session: Session, pack: str) -> PackEdition | None:
    """The edition that the served copy of a pack comes from; None where nobody knows."""
    return _recorded(session, {"pack": pack}) or _inferred(session, pack)


def texts_of(session: Session, edition: PackEdition, files: Iterable[str]) -> dict[str, str]:
    """The texts of some files of an edition, of those that it has."""
    found = {file: text_of(session, edition.files[file]) for file in files if file in edition.files}
    return {file: text for file, text in found.items() if text is not None}


def taken_in(session: Session) -> dict[str, str]:
    """The hashes of the editions that the draft has taken in and that are not published yet, by pack."""
    return {str(pack): str(known) for pack, known in select(session, DESIGN_EDITION, ("pack", "edition"))}


def taken_edition(session: Session, pack: str) -> PackEdition | None:
    known = taken_in(session).get(pack)
    return None if known is None else _read(text_of(session, known))


def take_in(session: Session, pack: str, known: str | None) -> None:
    """The draft has the edition of a hash in it; None: none that is newer than the base."""
    delete(session, DESIGN_EDITION, {"pack": pack})
    if known is not None:
        insert(session, DESIGN_EDITION, {"pack": pack, "edition": known})


def record_base(session: Session, version: int, pack: str, known: str) -> None:
    """From a version on the copy of a pack comes from the edition of a hash."""
    insert(session, PACK_BASE, {"version": version, "pack": pack, "edition": known})


def publish_taken(session: Session, version: int) -> None:
    """What the draft had taken in is published with a version: it is the base from now on."""
    for pack, known in taken_in(session).items():
        record_base(session, version, pack, known)
        take_in(session, pack, None)


def go_back(session: Session, version: int, restored: int, copied: Collection[str]) -> None:
    """A version brings the texts of an earlier one: the bases are those of that time. A copy that was none then, such as one
    that is made now, came from the texts as they were."""
    for pack in {*copied, *(str(row[0]) for row in select(session, PACK_BASE, ("pack",)))}:
        earlier = _recorded(session, {"pack": pack, "version <=": restored})
        files = _of_pack(files_of(session, restored), pack)
        record_base(session, version, pack, _kept(session, earlier or PackEdition("", files)))


def _recorded(session: Session, where: Mapping[str, object]) -> PackEdition | None:
    found = select(session, PACK_BASE, ("edition",), where, order=("-version",), limit=1)
    return _read(text_of(session, str(found[0][0]))) if found else None


def _read(written: str | None) -> PackEdition | None:
    if written is None:
        return None
    found = json.loads(written)
    return PackEdition(str(found["release"]), found["files"])


def _inferred(session: Session, pack: str) -> PackEdition | None:
    """Where a copy was made before bases were kept: the texts of the version before the first that changed the pack."""
    before: dict[str, str] = {}
    for sort, files in select(session, DESIGN_VERSION, ("sort", "files"), order=("id",)):
        own = _of_pack(json.loads(str(files)), pack)
        if before and own != before and str(sort) in (Sort.PUBLISHED, Sort.ROLLBACK):
            return PackEdition("", before)
        before = own
    return None


def _of_pack(files: Mapping[str, object], pack: str) -> dict[str, str]:
    return {file: str(known) for file, known in files.items() if file.startswith(f"{pack}/")}
