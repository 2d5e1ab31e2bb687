"""Which state of each row of a source was taken last, so that what comes twice or late changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from engine.runtime.database.protocol import Session
from engine.runtime.rows import delete, insert_many, select
from engine.runtime.schema.tables import Column, PhysicalKind, Table

SEEN = "dougong_source_seen"
SEEN_TABLE = Table(
    SEEN,
    (
        Column("source", PhysicalKind.TEXT, nullable=False),
        Column("key", PhysicalKind.INTEGER, nullable=False),
        Column("proof", PhysicalKind.TEXT, nullable=False),
        Column("version", PhysicalKind.TEXT, nullable=False),
    ),
    primary_key=("source", "key"),
)


@dataclass(frozen=True, slots=True)
class KeyPrint:
    """The print of a row's key: what finds it, and what tells two keys apart that it finds alike. Never the key itself."""

    key: int
    proof: str


def print_of(key: Iterable[str]) -> KeyPrint:
    """The print of the values that identify a row."""
    digest = sha256("\x1f".join(key).encode()).digest()
    return KeyPrint(int.from_bytes(digest[:8], "big") >> 1, digest[8:24].hex())


def versions_of(session: Session, source: str, keys: Iterable[KeyPrint]) -> dict[KeyPrint, str]:
    """The versions taken last, of those rows that were taken."""
    wanted = {one.key: one for one in keys}
    rows = (
        select(session, SEEN, ("key", "proof", "version"), {"source": source, "key in": list(wanted)}) if wanted else []
    )
    found = {KeyPrint(int(str(key)), str(proof)): str(version) for key, proof, version in rows}
    return {one: version for one, version in found.items() if wanted[one.key] == one}


def remember_versions(session: Session, source: str, taken: Mapping[KeyPrint, str]) -> None:
    """Note which versions were taken, in the transaction that writes the rows."""
    if not taken:
        return
    rows = select(session, SEEN, ("key", "proof"), {"source": source, "key in": [one.key for one in taken]})
    known = {int(str(key)): str(proof) for key, proof in rows}
    ours = [one for one in taken if known.get(one.key, one.proof) == one.proof]
    delete(session, SEEN, {"source": source, "key in": [one.key for one in ours]})
    insert_many(
        session,
        SEEN,
        [{"source": source, "key": one.key, "proof": one.proof, "version": taken[one]} for one in ours],
    )


def forget_versions(session: Session, source: str) -> None:
    """Take every row of the source as if it were new."""
    delete(session, SEEN, {"source": source})
