"""Rows: a table written out as lines in the order of its key, and lines loaded into a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from sqlglot import exp

from engine.runtime.backup.lines import line_of, row_of
from engine.runtime.backup.measured import Writes
from engine.runtime.backup.progress import Count
from engine.runtime.database.protocol import Row, Session
from engine.runtime.database.statements import Dialect, Statement, compile_statement
from engine.runtime.schema.tables import PhysicalKind, Table

BATCH = 500


def write_rows(session: Session, table: Table, target: Writes, count: Count = lambda rows: None) -> int:
    """Write all rows of a table, a batch at a time; how many there were."""
    kinds = tuple(column.kind for column in table.columns)
    rows, written = session.stream(_select(table, session.dialect)), 0
    while batch := [line_of(row, kinds) for row in islice(rows, BATCH)]:
        target.write(("\n".join(batch) + "\n").encode("utf-8"))
        written += len(batch)
        count(written)
    return written


def load_rows(session: Session, table: Table, lines: Iterable[bytes], count: Count = lambda rows: None) -> int:
    """Load lines into a table; how many there were. Raises BadLine."""
    names = [column.name for column in table.columns]
    counted = _Counted(_rows(table, lines, session.dialect), count)
    if (
        table.full_text and session.dialect == "sqlite"
    ):  # the id is the row's own number too, see engine.runtime.search.index
        session.load(table.name, ["rowid", *names], ((row[0], *row) for row in counted))
    else:
        session.load(table.name, names, counted)
    count(counted.passed)
    return counted.passed


class _Counted:
    """Rows that pass, counted, a word now and then."""

    def __init__(self, rows: Iterator[Row], count: Count) -> None:
        self._rows = rows
        self._count = count
        self.passed = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.passed += 1
            if self.passed % BATCH == 0:
                self._count(self.passed)
            yield row


def _rows(table: Table, lines: Iterable[bytes], dialect: Dialect) -> Iterator[Row]:
    kinds = tuple(column.kind for column in table.columns)
    return (row_of(line, kinds, dialect) for line in lines)


@lru_cache(maxsize=1000)
def _select(table: Table, dialect: Dialect) -> Statement:
    """All rows in one order in both databases: that of the key, texts by code point."""
    query = exp.select(*(exp.column(one.name, quoted=True) for one in table.columns))
    query = query.from_(exp.Table(this=exp.to_identifier(table.name, quoted=True)))
    if table.full_text and dialect == "sqlite":  # by the row's own number, which is the key: no sorting
        return compile_statement(query.order_by(exp.column("rowid", quoted=True)), dialect)
    for name in table.primary_key or tuple(one.name for one in table.columns):
        query = query.order_by(_key(table, name, dialect))
    return compile_statement(query, dialect)


def _key(table: Table, name: str, dialect: Dialect) -> exp.Expression:
    key: exp.Expression = exp.column(name, quoted=True)
    column = table.column(name)
    if dialect == "postgres" and column is not None and column.kind is PhysicalKind.TEXT:
        key = exp.Collate(this=key, expression=exp.to_identifier("C", quoted=True))
    return exp.Ordered(this=key, desc=False, nulls_first=dialect == "sqlite")
