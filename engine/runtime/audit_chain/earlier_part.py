"""The part of the chain that an earlier release has sealed: whether it holds by its rule, and one digest over all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes

from engine.runtime.audit import AUDIT
from engine.runtime.audit_chain.earlier import COLUMNS, FIRST, PAGE, earlier_seal
from engine.runtime.database.protocol import Row, Session
from engine.runtime.rows import select


@dataclass(frozen=True, slots=True)
class EarlierPart:
    """What stands of it: its length, last seal, digest of all its rows; the position from which it does not hold, if any.

    `known` says whether its seals are those of the key: without the key, links and digest alone bear witness.
    """

    length: int
    seal: str
    digest: str
    broken: int | None
    known: bool


def earlier_part(session: Session, key: bytes | None) -> EarlierPart:
    """Read the entries that carry no rule of the present release, from the first on."""
    digest = hashes.Hash(hashes.SM3())
    expected, previous = 1, FIRST
    unlinked, unsealed = None, None
    fitting = 0
    for row in _rows(session):
        digest.update(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        if unlinked is None and (row[0] != expected or row[9] != previous):
            unlinked = expected
        if key is not None and row[10] == earlier_seal(key, tuple(row[:10])):
            fitting += 1
        elif unsealed is None:
            unsealed = expected
        expected, previous = expected + 1, str(row[10])
    known = fitting > 0
    found = [one for one in (unlinked, unsealed if known else None) if one is not None]
    return EarlierPart(expected - 1, previous, digest.finalize().hex(), min(found, default=None), known)


def _rows(session: Session) -> Iterator[Row]:
    last = 0
    while True:
        found = select(session, AUDIT, (*COLUMNS, "rule"), {"position >": last}, order=("position",), limit=PAGE)
        for row in found:
            if row[11] is not None:
                return
            yield tuple(row[:11])
        if len(found) < PAGE:
            return
        last = int(str(found[-1][0]))
