"""Plans of lists: what the shipped list pages can be asked finds its rows along an index, when tables hold three million.

SQLite plans by its own statistics, which are written as if the tables were that big; PostgreSQL is told that reading a
whole table is dear. `make full PARTS=lists` asks the same of three million rows that are there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from math import prod
from pathlib import Path

import psycopg
import pytest

from engine.model.app import AppModel
from engine.model.entities import Entity, FieldKind
from engine.runtime.schema.tables import Table
from engine.runtime.storage.built_in import field_of
from engine.runtime.storage.tables import entity_tables
from tests.conftest import KINDS, fresh_url
from tests.full.list_questions import addresses, list_pages
from tests.web.counted import Asked, Count
from tests.web.site import running_site

ROWS = 3_000_000
USUAL = 500_000
"""Rows that are not over: indexes that leave out the others hold no more."""
ENTITIES = ("activity", "opportunity", "quote", "receivable", "service_ticket", "sale")
PEOPLE = ("li", "audit")
DIFFERENT = {FieldKind.UNIT: 300, FieldKind.USER: 300, FieldKind.BOOLEAN: 2, FieldKind.STATE: 6, FieldKind.CHOICE: 6}
DIFFERENT |= {FieldKind.DATE: 1_000, FieldKind.RELATION: 100_000}
"""How many different values a column of three million rows has."""


@pytest.fixture(scope="module", params=KINDS)
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Who plans, and the statements that lists of these entities send for these people."""
    folder, count = tmp_path_factory.mktemp("plans"), Count()
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    url = fresh_url(request.param, dsn, folder)
    with running_site(folder, url, count=count) as site:
        model = site.installation.models.current()
        for page in list_pages(model):
            for address in addresses(model, page) if page.entity in ENTITIES else ():
                for person in PEOPLE:
                    site.client(person).get(address)
        planner = OfPostgres(url) if dsn else OfSqlite(folder / "dougong.sqlite3", model)
        yield planner, model, list({one.statement.sql: one for one in count.asked}.values())
        planner.close()


class OfSqlite:
    """Plans of SQLite over tables that it takes to be big."""

    def __init__(self, file: Path, model: AppModel) -> None:
        self._raw = sqlite3.connect(file, isolation_level=None)
        self._raw.execute("ANALYZE")
        for table in entity_tables(model):
            entity = model.entities.get(table.name)
            if entity is not None:
                self._raw.execute("DELETE FROM sqlite_stat1 WHERE tbl = ?", (table.name,))
                told = [
                    (table.name, None, str(ROWS)),
                    *((table.name, i.name, _told(entity, i.columns, USUAL if i.but else ROWS)) for i in table.indexes),
                ]
                self._raw.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", told)
        self._raw.execute("ANALYZE sqlite_schema")

    def scans(self, asked: Asked) -> list[str]:
        """Reads of a whole table, and of a whole index that is not in the order asked for."""
        said = f"EXPLAIN QUERY PLAN {asked.statement.sql}"
        lines = [str(row[3]) for row in self._raw.execute(said, dict(asked.parameters))]
        sorted_after = any("TEMP B-TREE FOR ORDER BY" in line for line in lines)
        scans = [line for line in lines if line.startswith("SCAN r") and "VIRTUAL TABLE" not in line]
        return [line for line in scans if "USING" not in line or sorted_after]

    def without_indexes(self, table: Table, asked: Asked) -> list[str]:
        """The scans when the table has none of its indexes."""
        self._raw.execute("BEGIN")
        for index in table.indexes:
            self._raw.execute(f'DROP INDEX "{index.name}"')
        found = self.scans(asked)
        self._raw.execute("ROLLBACK")
        return found

    def close(self) -> None:
        self._raw.close()


class OfPostgres:
    """Plans of PostgreSQL, to which reading a whole table is dear."""

    def __init__(self, url: str) -> None:
        self._raw = psycopg.connect(url, autocommit=True)
        self._raw.execute("SET enable_seqscan = off")

    def scans(self, asked: Asked) -> list[str]:
        said = f"EXPLAIN {asked.statement.sql}"
        lines = [str(row[0]) for row in self._raw.execute(said.encode(), dict(asked.parameters))]
        return [line.strip() for line in lines if "Seq Scan on " in line and "dougong_" not in line]

    def without_indexes(self, table: Table, asked: Asked) -> list[str]:
        """The scans when the table has none of its indexes."""
        with self._raw.transaction(force_rollback=True):
            for index in table.indexes:
                self._raw.execute(f'DROP INDEX "{index.name}"'.encode())
            return self.scans(asked)

    def close(self) -> None:
        self._raw.close()


Planner = OfSqlite | OfPostgres
Told = tuple[Planner, AppModel, list[Asked]]


def _told(entity: Entity, columns: tuple[str, ...], rows: int) -> str:
    """What SQLite keeps of an index: its entries, then how many there are with the same first columns."""
    kinds = [field.kind if (field := field_of(entity, name)) is not None else None for name in columns]
    different = [DIFFERENT.get(kind, ROWS) if kind is not None else ROWS for kind in kinds]
    return " ".join(map(str, [rows, *(max(1, rows // prod(different[:at])) for at in range(1, len(different) + 1))]))


def test_no_list_reads_a_whole_table(asked: Told) -> None:
    planner, _, statements = asked
    assert len(statements) > 100
    found = {one.statement.sql: scans for one in statements if (scans := planner.scans(one))}
    assert found == {}


def test_a_table_without_indexes_is_seen(asked: Told) -> None:
    """The control: the lists of an entity whose indexes are gone read all of it."""
    planner, model, statements = asked
    table = next(one for one in entity_tables(model) if one.name == "opportunity")
    lists = [one for one in statements if 'FROM "opportunity" AS "r0"' in one.statement.sql]
    found = [one for one in lists if planner.without_indexes(table, one)]
    assert len(found) > len(lists) / 2
