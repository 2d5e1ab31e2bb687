"""Row prints: the rows that a decision rests on, with the hash of what the decider could read of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from engine.model.errors import NotFound
from engine.runtime.negotiation.packages import RowEvidence
from engine.runtime.negotiation.written import written
from engine.runtime.query.records import get_body
from engine.runtime.work import Work


@dataclass(frozen=True, slots=True)
class RowPrint:
    """A row as it was: what it was used for, its version, and the hash of its readable cells: names of other rows, which
    are told in the reader's language, are none of them."""

    use: str
    row: RowEvidence
    sha256: str


def row_prints(work: Work, rows: Iterable[tuple[str, RowEvidence]]) -> tuple[RowPrint, ...]:
    """The prints of rows, each once for each use; a row out of reach by now has none."""
    found: dict[tuple[str, str, int], RowPrint] = {}
    hashes: dict[tuple[str, int], tuple[int, str] | None] = {}
    for use, row in rows:
        place = (row.entity, row.id)
        if place not in hashes:
            hashes[place] = _hashed(work, row)
        known = hashes[place]
        if known is not None:
            version, digest = known
            kept = RowEvidence(row.entity, row.id, version, row.title)
            found.setdefault((use, *place), RowPrint(use, kept, digest))
    return tuple(found.values())


def _hashed(work: Work, row: RowEvidence) -> tuple[int, str] | None:
    try:
        body = get_body(work, row.entity, row.id)
    except NotFound:
        return None
    own = {name: cell for name, cell in body.items() if "@" not in name}
    return int(str(body["version"])), sha256(written(own).encode()).hexdigest()
