"""Records: one row with what its reader may see of it. The statement is kept by what is asked for; only the id is bound."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from engine.model.access import Action
from engine.model.errors import NotFound
from engine.model.requests import Path, Record
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Allow
from engine.runtime.database.protocol import Row
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.membership import is_member, list_parameter
from engine.runtime.query.names import Reader
from engine.runtime.query.secure import secure
from engine.runtime.query.selection import all_columns, select_columns, with_formatting, with_titles
from engine.runtime.query.statements import Built, prepared, rows_of
from engine.runtime.work import Work


def get_record(work: Work, entity: str, record: int, columns: tuple[Path, ...] | None = None) -> Record:
    """One row with all its readable fields, or `columns`; raises NotFound when it is missing or out of scope alike."""
    found = find_record(work, entity, record, columns)
    if found is None:
        raise NotFound
    return found


def get_body(work: Work, entity: str, record: int) -> dict[str, object]:
    """One row with all its readable fields as the interface writes it in JSON; raises NotFound as `get_record` does."""
    row, decoder = _found(work, entity, record, None, False)
    if row is None:
        raise NotFound
    return decoder.body(row)


def get_bodies(work: Work, entity: str, records: Sequence[int]) -> dict[int, dict[str, object]]:
    """Rows by id as `get_body` tells each, in one statement; those that are missing or out of scope are left out."""
    access = decide(work.model, work.context, entity, Action.READ)
    if not isinstance(access, Allow):
        return {}
    dialect = work.session.dialect
    statement = prepared(work, ("bodies", entity), lambda: _tree(work, access, None, False, several=True))
    rows = rows_of(work, statement, {"records": list_parameter(records, dialect)})
    return {int(str(row[0])): statement.decoder.body(row) for row in rows}


def find_record(
    work: Work, entity: str, record: int, columns: tuple[Path, ...] | None = None, deleted: bool = False
) -> Record | None:
    """Like `get_record`, with None for a row that is missing or out of scope."""
    row, decoder = _found(work, entity, record, columns, deleted)
    return None if row is None else decoder.record(row)


def _found(
    work: Work, entity: str, record: int, columns: tuple[Path, ...] | None, deleted: bool
) -> tuple[Row | None, RecordDecoder]:
    access = decide(work.model, work.context, entity, Action.READ)
    if not isinstance(access, Allow):
        raise NotFound
    statement = prepared(work, ("record", entity, columns, deleted), lambda: _tree(work, access, columns, deleted))
    found = rows_of(work, statement, {"record": record})
    return found[0] if found else None, statement.decoder


def _tree(work: Work, access: Allow, columns: tuple[Path, ...] | None, deleted: bool, several: bool = False) -> Built:
    reader, entity = Reader(work.model, work.context), access.entity
    compilation = Compilation(reader, work.session.dialect)
    rows = secure(compilation, entity, access, deleted)
    asked = all_columns(reader, work.model.entities[entity]) if columns is None else columns
    expressions, decoder = select_columns(rows, with_titles(reader, entity, with_formatting(reader, entity, asked)))
    mine = (
        is_member(rows.own("id"), nodes.parameter("records"), "bigint", work.session.dialect)
        if several
        else nodes.compare(exp.EQ, rows.own("id"), nodes.parameter("record"))
    )
    return rows.select(expressions, mine), decoder, compilation
