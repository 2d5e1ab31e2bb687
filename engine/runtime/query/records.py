"""Records: one row with what its reader may see of it."""

from __future__ import annotations

from engine.model.errors import NotFound
from engine.model.requests import Condition, Path, QueryRequest, Record
from engine.runtime.query.lists import list_records
from engine.runtime.query.names import Reader
from engine.runtime.query.selection import all_columns
from engine.runtime.work import Work


def get_record(work: Work, entity: str, record: int, columns: tuple[Path, ...] | None = None) -> Record:
    """One row with all its readable fields, or `columns`; raises NotFound when it is missing or out of scope alike."""
    found = find_record(work, entity, record, columns)
    if found is None:
        raise NotFound
    return found


def find_record(
    work: Work, entity: str, record: int, columns: tuple[Path, ...] | None = None, deleted: bool = False
) -> Record | None:
    """Like `get_record`, with None for a row that is missing or out of scope."""
    reader = Reader(work.model, work.context)
    declared = work.model.entities.get(entity)
    if declared is None or reader.access(entity) is None:
        raise NotFound
    asked = all_columns(reader, declared) if columns is None else columns
    where = Condition(("id",), "eq", record)
    page = list_records(work, QueryRequest(entity, asked, where=where, limit=1, deleted=deleted))
    return page.records[0] if page.records else None
