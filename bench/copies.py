"""Copies: rows of the demo many times over, made in SQL, their indexes built afterwards.

Every copied row keeps its shape and what it refers to: relations among the copied entities point at the rows of the same
copy. What belongs to a customer is given to a customer of the same unit, drawn by one seed with weights 1 / rank^0.7: a
few customers have thousands of rows, most have some dozens. Search tokens are copied, row versions and roll-ups are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from bench.report import SEED
from bench.world import Database, Home, SqliteFile
from engine.model.app import AppModel
from engine.model.entities import TEXT_KINDS, Entity
from engine.runtime.storage.tables import indexed_fields, search_table_name, unique_columns

STEP = 100_000_000_000
"""Distance of ids between copies; more than all ids of the demo are apart."""
SPREAD = 0.7
OWNER = "customer"
GIVEN = "bench_given"
"""A table for the time of copying: of each copy and customer of the demo, to which customer its rows are given."""
SQLITE = ("PRAGMA synchronous = OFF", "PRAGMA cache_size = -1000000", "PRAGMA temp_store = MEMORY")
POSTGRES = ("SET session_replication_role = replica", "SET maintenance_work_mem = '512MB'")
"""How a connection is made fast for loading; what is loaded refers to rows that are there."""


@dataclass(frozen=True)
class Copies:
    """So many copies of these entities' rows beside the rows themselves; customers are among them."""

    model: AppModel
    entities: tuple[str, ...]
    times: int

    @property
    def numbers(self) -> str:
        return f"WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < {self.times})"


def loading(home: Home) -> Database:
    """A connection that is made fast for loading."""
    database = home.connect()
    for said in SQLITE if isinstance(database, SqliteFile) else POSTGRES:
        database.rows(said)
    return database


def multiply(home: Home, copies: Copies) -> None:
    """Copy the rows, build their indexes, and let the database look at what it has."""
    database = loading(home)
    database.rows("BEGIN")
    _give(database, copies.times)
    for name in copies.entities:
        with without_indexes(database, name):
            _copy(database, copies, copies.model.entities[name])
    database.rows(f"DROP TABLE {GIVEN}")
    database.rows("COMMIT")
    database.rows("ANALYZE")
    database.close()


def _give(database: Database, times: int) -> None:
    """Draw of each copy and customer to which customer of its unit what belongs to it is given."""
    random, units = Random(SEED), dict[int, list[int]]()
    for customer, unit in database.rows(f"SELECT id, scope_unit FROM {OWNER} ORDER BY id"):
        units.setdefault(unit, []).append(customer)
    database.rows(f"CREATE TABLE {GIVEN} (n BIGINT, source BIGINT, target BIGINT, PRIMARY KEY (n, source))")
    for customers in units.values():
        ranked = [one + STEP * at for at in range(times + 1) for one in customers]
        weights = [*accumulate(1 / rank**SPREAD for rank in range(1, len(ranked) + 1))]
        for at in range(1, times + 1):
            targets = random.choices(ranked, cum_weights=weights, k=len(customers))
            values = ", ".join(f"({at}, {one}, {to})" for one, to in zip(customers, targets, strict=True))
            database.rows(f"INSERT INTO {GIVEN} (n, source, target) VALUES {values}")


def _copy(database: Database, copies: Copies, entity: Entity) -> None:
    columns = database.columns(entity.name)
    values = ", ".join(_value(copies, entity, name) for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    owner = entity.fields.get(OWNER)
    given = f"JOIN {GIVEN} AS g ON g.n = k.n AND g.source = r.{OWNER}" if owner is not None else ""
    source = f'FROM k CROSS JOIN "{entity.name}" AS r {given}'
    database.rows(f'INSERT INTO "{entity.name}" ({names}) {copies.numbers} SELECT {values} {source}')
    if indexed_fields(entity):
        _copy_tokens(database, search_table_name(entity.name), copies)


def _copy_tokens(database: Database, table: str, copies: Copies) -> None:
    record = f"r.record + k.n * {STEP}"
    names, values = ("rowid, record", f"{record}, {record}") if isinstance(database, SqliteFile) else ("record", record)
    source = f'FROM k CROSS JOIN "{table}" AS r'
    database.rows(f'INSERT INTO "{table}" ({names}, tokens) {copies.numbers} SELECT {values}, r.tokens {source}')


def _value(copies: Copies, entity: Entity, column: str) -> str:
    """What a copied row has in a column."""
    field, unique = entity.fields.get(column), {name for key in unique_columns(entity) for name in key}
    if column == "id":
        return f"r.id + k.n * {STEP}"
    if field is not None and field.relation is not None and field.relation.entity in copies.entities:
        return "g.target" if column == OWNER else f'r."{column}" + k.n * {STEP}'
    written = field is not None and field.kind in TEXT_KINDS
    return (
        f"r.\"{column}\" || '-' || k.n" if written and (column in unique or column == entity.title) else f'r."{column}"'
    )


_INDEXES = {
    True: "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?",
    False: "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index AS i "
    "WHERE i.indrelid = to_regclass(?) AND NOT i.indisprimary",
}


@contextmanager
def without_indexes(database: Database, table: str) -> Iterator[None]:
    """Indexes are built after the block, by a sort of all rows instead of a place for each."""
    found = database.rows(_INDEXES[isinstance(database, SqliteFile)], table)
    for name, _ in found:
        database.rows(f'DROP INDEX "{name}"')
    yield
    for _, sql in found:
        database.rows(sql)
