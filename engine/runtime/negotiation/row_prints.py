"""Row prints: the rows that a decision rests on, with the hash of what the decider could read of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from engine.runtime.negotiation.packages import RowEvidence
from engine.runtime.negotiation.written import written
from engine.runtime.query.records import get_bodies
from engine.runtime.work import Work

AT_ONCE = 500
"""Rows of one entity that are read by one statement."""
Body = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RowPrint:
    """A row as it was: what it was used for, its version, and the hash of its readable cells: names of other rows, which
    are told in the reader's language, are none of them. `shape` is the hash of the names of those cells; the first print of
    a shape names them in `columns`. Prints of earlier releases have neither."""

    use: str
    row: RowEvidence
    sha256: str
    shape: str = ""
    columns: tuple[str, ...] = ()


def row_prints(work: Work, rows: Iterable[tuple[str, RowEvidence]]) -> tuple[RowPrint, ...]:
    """The prints of rows, each once for each use; a row out of reach by now has none."""
    uses = {(use, row.entity, row.id): row for use, row in rows}
    bodies = bodies_of(work, ((row.entity, row.id) for row in uses.values()))
    prints = {place: _printed(body) for place, body in bodies.items()}
    found, shapes = [], set[str]()
    for (use, entity, identity), row in uses.items():
        known = prints.get((entity, identity))
        if known is not None:
            kept = RowEvidence(entity, identity, known.version, row.title)
            columns = () if known.shape in shapes else known.columns
            shapes.add(known.shape)
            found.append(RowPrint(use, kept, known.sha256, known.shape, columns))
    return tuple(found)


def bodies_of(work: Work, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Body]:
    """Rows by entity and id as the reader of the work reads them; those out of reach are left out."""
    ids: dict[str, dict[int, None]] = {}
    for entity, identity in places:
        ids.setdefault(entity, {})[identity] = None
    return {
        (entity, identity): body
        for entity, some in ids.items()
        for part in (tuple(some)[at : at + AT_ONCE] for at in range(0, len(some), AT_ONCE))
        for identity, body in get_bodies(work, entity, part).items()
    }


def own_cells(body: Body) -> dict[str, object]:
    """The cells of a body that are the row's own."""
    return {name: cell for name, cell in body.items() if "@" not in name}


def hash_of(cells: Body) -> str:
    return sha256(written(cells).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Printed:
    version: int
    sha256: str
    shape: str
    columns: tuple[str, ...]


def _printed(body: Body) -> _Printed:
    cells = own_cells(body)
    columns = tuple(sorted(cells))
    return _Printed(int(str(body["version"])), hash_of(cells), _shape_of(columns), columns)


def _shape_of(columns: Sequence[str]) -> str:
    return sha256(",".join(columns).encode()).hexdigest()[:16]
