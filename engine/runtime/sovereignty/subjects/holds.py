"""Legal holds: rows that must not go while a case is open. A hold wins over erasure and over retention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from engine.diagnostics import DougongError, Message
from engine.model.errors import NotFound
from engine.runtime.database.protocol import Row, Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import insert, select, update
from engine.runtime.sovereignty.subjects.tables import HOLD, SUBJECT_TABLES

COLUMNS = tuple(one.name for one in SUBJECT_TABLES[2].columns)


class Held(DougongError):
    """A legal hold forbids it; the message names the case."""

    code = "held"
    status = 409

    def __init__(self, case: str) -> None:
        super().__init__(
            Message(f"案件 {case} 的法律保全禁止清除", f"The legal hold of case {case} forbids to erase this")
        )
        self.case = case


@dataclass(frozen=True, slots=True)
class LegalHold:
    """A predicate: of the subject `entity`/`record` (every subject of the entity without a record), the rows of `covers`
    (all of them without it) that were made within the period."""

    id: int
    case_number: str
    entity: str
    record: int | None
    covers: str | None
    valid_from: date | None
    valid_to: date | None
    owner: int
    review_on: date
    placed_at: datetime
    placed_by: int | None
    released_at: datetime | None = None
    released_by: int | None = None


def place_hold(session: Session, hold: LegalHold) -> None:
    """From now on these rows stay."""
    if not hold.case_number.strip():
        raise DougongError(Message("请填写案号", "Write the number of the case"), field="case_number")
    row = {name: getattr(hold, name) for name in COLUMNS}
    row |= {
        name: None if row[name] is None else row[name].isoformat() for name in ("valid_from", "valid_to", "review_on")
    }
    insert(session, HOLD, row | {"placed_at": to_micros(hold.placed_at), "released_at": None, "released_by": None})


def release_hold(session: Session, hold: int, at: datetime, by: int | None) -> LegalHold:
    """End a hold; what waited for it may go on. Raises NotFound."""
    done = update(
        session, HOLD, {"released_at": to_micros(at), "released_by": by}, {"id": hold, "released_at is null": None}
    )
    if not done:
        raise NotFound
    return _hold(select(session, HOLD, COLUMNS, {"id": hold})[0])


def holds_of(session: Session, active: bool = True) -> list[LegalHold]:
    where: dict[str, object] = {"released_at is null": None} if active else {}
    return [_hold(row) for row in select(session, HOLD, COLUMNS, where, ("-id",))]


def held_rows(
    session: Session, subject: tuple[str, int], rows: Mapping[str, frozenset[int]]
) -> dict[str, dict[str, frozenset[int]]]:
    """Of a subject's rows those that holds keep: by case number, then by entity."""
    found: dict[str, dict[str, frozenset[int]]] = {}
    for hold in holds_of(session):
        if hold.entity != subject[0] or hold.record not in (None, subject[1]):
            continue
        for entity, ids in rows.items():
            if hold.covers in (None, entity) and (kept := _within(session, hold, entity, ids)):
                of_case = found.setdefault(hold.case_number, {})
                of_case[entity] = of_case.get(entity, frozenset()) | kept
    return found


def held_subjects(session: Session) -> list[LegalHold]:
    """The holds in force: what retention asks before it removes anything."""
    return holds_of(session)


def _within(session: Session, hold: LegalHold, entity: str, ids: frozenset[int]) -> frozenset[int]:
    if hold.valid_from is None and hold.valid_to is None:
        return ids
    kept = set()
    for record, made in select(session, entity, ("id", "created_at"), {"id in": sorted(ids)}):
        day = from_micros(int(str(made))).date()
        if (hold.valid_from is None or hold.valid_from <= day) and (hold.valid_to is None or day <= hold.valid_to):
            kept.add(int(str(record)))
    return frozenset(kept)


def _hold(row: Row) -> LegalHold:
    cells = dict(zip(COLUMNS, row, strict=True))

    def number(name: str) -> int | None:
        return None if cells[name] is None else int(str(cells[name]))

    def day(name: str) -> date | None:
        return None if cells[name] is None else date.fromisoformat(str(cells[name]))

    released = number("released_at")
    return LegalHold(
        int(str(cells["id"])),
        str(cells["case_number"]),
        str(cells["entity"]),
        number("record"),
        None if cells["covers"] is None else str(cells["covers"]),
        day("valid_from"),
        day("valid_to"),
        int(str(cells["owner"])),
        day("review_on") or date.max,
        from_micros(int(str(cells["placed_at"]))),
        number("placed_by"),
        None if released is None else from_micros(released),
        number("released_by"),
    )
