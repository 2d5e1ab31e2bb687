"""Indexes set aside while a table is filled, and made again of all its rows at once, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

from engine.runtime.database.protocol import Session
from engine.runtime.schema.ddl import ddl
from engine.runtime.schema.operations import AddIndex, DropIndex
from engine.runtime.schema.tables import Index


def set_aside(session: Session, table: str, indexes: Sequence[Index]) -> None:
    """Take indexes away until they are put back. In PostgreSQL nobody else reads or writes the table from here to the end
    of the transaction."""
    for index in indexes:
        for statement in ddl(DropIndex(table, index), session.dialect):
            session.execute(statement)


def put_back(session: Session, table: str, indexes: Sequence[Index]) -> None:
    """Make indexes again."""
    for index in indexes:
        for statement in ddl(AddIndex(table, index), session.dialect):
            session.execute(statement)
