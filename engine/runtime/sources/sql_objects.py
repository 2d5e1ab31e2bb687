"""What a database offers: its tables and views with their columns, asked of its own catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

import sqlglot
from sqlglot import exp

from engine.extensions import ColumnKind, SourceColumn, SourceObject, SourceReach
from engine.model.names import Label
from engine.model.sources import Source
from engine.runtime.database.statements import compile_statement
from engine.runtime.sources.sqlite_rows import sqlite_columns, sqlite_rows

MOST = 200
"""Tables that are told."""
MOST_COLUMNS = 20_000
_OURS = ("pg_catalog", "information_schema", "INFORMATION_SCHEMA", "mysql", "performance_schema", "sys", "system")
_CATALOGUE = ("table_schema", "table_name", "column_name", "data_type")


_STANDARD = ("information_schema", "columns", _CATALOGUE, "ordinal_position")
_CATALOGUES = {"clickhouse": ("system", "columns", ("database", "table", "name", "type"), "position")}
"""Schema and table of a catalogue, its columns, and the one that tells the place of a column."""
_POSTGRES = """
SELECT schemas.nspname AS table_schema, tables.relname AS table_name, columns.attname AS column_name,
    format_type(columns.atttypid, NULL) AS data_type
FROM pg_catalog.pg_attribute AS columns
JOIN pg_catalog.pg_class AS tables ON tables.oid = columns.attrelid
JOIN pg_catalog.pg_namespace AS schemas ON schemas.oid = tables.relnamespace
WHERE tables.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT tables.relispartition AND columns.attnum > 0
    AND NOT columns.attisdropped AND has_column_privilege(tables.oid, columns.attnum, 'SELECT')
"""
"""PostgreSQL's own catalogue: the standard's tells no materialized view, and tables that the account may only write."""
_NO_KIND = ("interval", "point", "range", "array", "map(", "tuple(", "[]")
"""In the types of cells that are no single number, day or instant, whatever else their names hold."""


def sqlite_objects(source: Source, reach: SourceReach) -> Iterator[SourceObject]:
    """The tables and views of a file. Raises SourceFault."""
    master = exp.select(exp.column("name", quoted=True)).from_("sqlite_master")
    named = master.where(exp.column("type").isin("table", "view")).where(exp.column("name").neq("sqlite_sequence"))
    asked = replace(source, fields={"name": "name"})
    statement = compile_statement(named.order_by("name").limit(MOST), "sqlite")
    names = [str(row["name"]) for row in sqlite_rows(asked, statement, reach)]
    for name in names:
        columns = sqlite_columns(source, name, reach)
        yield _object(name, [(one, _kind(declared)) for one, declared in columns])


def server_objects(
    source: Source, dialect: str, ask: Callable[[Source, exp.Query], Iterator[Mapping[str, object]]]
) -> Iterator[SourceObject]:
    """The tables and views of a server that the account may read. Raises EgressRefused, EgressFailed, SourceFault."""
    found: dict[str, list[tuple[str, ColumnKind]]] = {}
    asked = replace(source, fields={name: name for name in _CATALOGUE})
    here = "public" if dialect == "postgres" else str(source.settings.get("database", "default"))
    for row in ask(asked, _listing(dialect)):
        schema, table = str(row["table_schema"]), str(row["table_name"])
        name = table if schema == here else f"{schema}.{table}"
        found.setdefault(name, []).append((str(row["column_name"]), _kind(str(row["data_type"]))))
    for name, columns in list(found.items())[:MOST]:
        yield _object(name, columns)


def _listing(dialect: str) -> exp.Select:
    """The catalogue as the standard has it, or the server's own; under names in small letters, which not every server gives."""
    if dialect == "postgres":
        own = sqlglot.parse_one(_POSTGRES, read="postgres", into=exp.Select)
        foreign = own.where(exp.column("nspname", "schemas").isin(*_OURS).not_())
        return foreign.order_by("table_schema", "table_name", "columns.attnum").limit(MOST_COLUMNS)
    schema, table, names, last = _CATALOGUES.get(dialect, _STANDARD)
    told = [exp.alias_(exp.column(own), name, quoted=True) for own, name in zip(names, _CATALOGUE, strict=True)]
    catalogue = exp.Table(this=exp.to_identifier(table), db=exp.to_identifier(schema))
    listed = exp.select(*told).from_(catalogue).where(exp.column(names[0]).isin(*_OURS).not_())
    return listed.order_by(*(exp.column(one) for one in (*names[:2], last))).limit(MOST_COLUMNS)


def _object(name: str, columns: Iterable[tuple[str, ColumnKind]]) -> SourceObject:
    told = tuple(SourceColumn(one, _label(one), kind) for one, kind in columns)
    settings: Mapping[str, object] = {"table": name}
    return SourceObject(name, _label(name), told, (), settings=settings)


def _label(name: str) -> Label:
    return Label({"zh": name, "en": name})


def _kind(declared: str) -> ColumnKind:
    """What cells of a declared type are; text where the word says nothing."""
    word = declared.lower()
    if any(part in word for part in _NO_KIND):
        return "text"
    if "bool" in word:
        return "boolean"
    if "timestamp" in word or "datetime" in word:
        return "instant"
    if "date" in word:
        return "date"
    numbers = ("int", "num", "dec", "real", "doub", "float", "money")
    return "number" if any(part in word for part in numbers) else "text"
