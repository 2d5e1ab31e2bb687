"""ClickHouse within the process (chdb): a copy in a folder. What is put carries a number, and the newest row of an id counts.

There are no transactions: rows are put first, then the state is noted. A process that ends in between puts them once more,
which changes nothing. Nothing is read while something is put.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from threading import RLock
from typing import cast

import chdb
from chdb.session import Session
from sqlglot import exp

from engine.runtime.database.protocol import Row
from engine.runtime.facts.clickhouse_words import in_clickhouse
from engine.runtime.facts.declared import FactTable
from engine.runtime.facts.engines import EngineFailure, FactStatement, Part
from engine.runtime.facts.rewriting import each, plain
from engine.runtime.query import nodes
from engine.runtime.schema.tables import PhysicalKind

STATE, NUMBER, GONE = "dougong_copy", "dougong_number", "dougong_gone"
FIRST, LAST = "1900-01-01", "2299-12-31"
"""The days that ClickHouse knows; a row with another one is refused, and then the database answers."""
_KINDS = {
    PhysicalKind.INTEGER: "Int64",
    PhysicalKind.INSTANT: "Int64",
    PhysicalKind.TEXT: "String",
    PhysicalKind.BOOLEAN: "Bool",
    PhysicalKind.DATE: "Date32",
}
_SETTINGS = {
    "final": "1",
    "join_use_nulls": "1",
    "aggregate_functions_null_for_empty": "0",
    "enable_extended_results_for_datetime_functions": "1",
    "count_distinct_implementation": "'uniqExact'",
    "output_format_json_quote_64bit_integers": "0",
    "short_circuit_function_evaluation": "'force_enable'",
}


class ClickHouseEngine:
    """A copy in a folder. Satisfies engine.runtime.facts.engines.FactEngine."""

    name = "clickhouse"

    def __init__(self, folder: Path, memory: int) -> None:
        self._lock = RLock()
        self._numbered = 0
        try:
            self._session = Session(str(folder / "clickhouse"))
        except (OSError, RuntimeError) as error:
            raise EngineFailure(str(error)) from error
        for name, value in {**_SETTINGS, "max_memory_usage": str(memory * 1_000_000)}.items():
            self._ask(f"SET {name} = {value}", {})
        self._do(_state_table())

    def state(self) -> str | None:
        noted = exp.select(exp.column(STATE, quoted=True), exp.column(NUMBER, quoted=True)).from_(
            nodes.bare_table(STATE)
        )
        newest = exp.Ordered(this=exp.column(NUMBER, quoted=True), desc=True)
        rows = self._ask(noted.order_by(newest).limit(1).sql(dialect="clickhouse"), {})
        self._numbered = int(str(rows[0][1])) if rows else 0
        return str(rows[0][0]) if rows else None

    def begin(self, tables: Sequence[FactTable], state: str) -> None:
        with self._lock:
            self._note("null")
            for (name,) in self._ask("SHOW TABLES", {}):
                if name != STATE:
                    self._do(exp.Drop(this=nodes.bare_table(str(name)), kind="TABLE").sql(dialect="clickhouse"))
            for table in tables:
                self._do(_making(table))
            self._note(state)

    def put(self, parts: Sequence[Part], state: str) -> None:
        with self._lock:
            number = 2 * (self._numbered + 1)
            for part in parts:
                if part.gone:
                    self._ask(_taking_away(part.table, number), {"gone": list(part.gone)})
                if part.lines is not None:
                    self._do(_bringing_in(part.table, part.lines, number + 1))
            self._note(state)

    def compile(self, tree: exp.Expr, tables: Mapping[str, FactTable]) -> FactStatement:
        own = each(plain(tree, tables), in_clickhouse)
        names = frozenset(str(one.this) for one in own.find_all(exp.Placeholder))
        return FactStatement(own, "", names)

    def rows(self, statement: FactStatement, values: Mapping[str, object]) -> list[Row]:
        bound = {name: values[name] for name in statement.parameters}

        def typed(node: exp.Expr) -> exp.Expr:
            if not isinstance(node, exp.Placeholder):
                return node
            kind = _kind_of(bound[str(node.this)])
            return nodes.null() if kind is None else exp.Var(this=f"{{{node.this}:{kind}}}")

        sql = statement.tree.transform(typed).sql(dialect="clickhouse", identify=True)
        return self._ask(sql, {name: value for name, value in bound.items() if value is not None})

    def close(self) -> None:
        with self._lock:
            self._session.close()

    def _note(self, state: str) -> None:
        self._numbered += 1
        noted = exp.Tuple(expressions=[nodes.text(state), nodes.number(self._numbered)])
        into = exp.Insert(this=nodes.bare_table(STATE), expression=exp.Values(expressions=[noted]))
        self._do(into.sql(dialect="clickhouse"))

    def _do(self, sql: str) -> None:
        self._ask(sql, {})

    def _ask(self, sql: str, values: Mapping[str, object]) -> list[Row]:
        written = {name: _written(value) for name, value in values.items()}
        with self._lock:
            try:
                found = self._session.query(sql, "JSONCompact", params=written)
            except (chdb.ChdbError, RuntimeError) as error:
                raise EngineFailure(str(error)) from error
        text = str(found) if found is not None else ""
        return [tuple(row) for row in json.loads(text)["data"]] if text.strip() else []


def _kind_of(value: object) -> str | None:
    """What ClickHouse calls the type of a bound value; None for an empty one."""
    match value:
        case None:
            return None
        case bool():
            return "Bool"
        case int():
            return "Int64"
        case date():
            return "Date32"
        case list():
            return "Array(String)" if value and isinstance(value[0], str) else "Array(Int64)"
        case _:
            return "String"


_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\0": "\\0"})


def _written(value: object) -> str:
    """A bound value as ClickHouse reads parameters: escaped once, texts in lists once more."""
    if isinstance(value, list):
        listed = (f"'{_inner(one)}'" if isinstance(one, str) else _written(one) for one in value)
        return f"[{','.join(listed)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).translate(_ESCAPES)


def _inner(text: str) -> str:
    return text.translate(_ESCAPES).replace("'", "\\'").translate(_ESCAPES)


def _of(kind: PhysicalKind, nullable: bool = True) -> str:
    return f"Nullable({_KINDS[kind]})" if nullable else _KINDS[kind]


def _state_table() -> str:
    columns = f'"{STATE}" String, "{NUMBER}" UInt64'
    return f'CREATE TABLE IF NOT EXISTS "{STATE}" ({columns}) ENGINE = MergeTree ORDER BY "{NUMBER}"'


def _making(table: FactTable) -> str:
    columns = [f"{_quoted(name)} {_of(kind, name != 'id')}" for name, kind in table.columns]
    own = (f'"{NUMBER}" UInt64', f'"{GONE}" UInt8')
    engine = f'ReplacingMergeTree("{NUMBER}", "{GONE}")'
    return f'CREATE TABLE {_quoted(table.name)} ({", ".join((*columns, *own))}) ENGINE = {engine} ORDER BY "id"'


def _taking_away(table: FactTable, number: int) -> str:
    into = exp.Schema(this=nodes.bare_table(table.name), expressions=[_name(one) for one in ("id", NUMBER, GONE)])
    ids = nodes.call("arrayJoin", cast(exp.Expression, exp.Var(this="{gone:Array(Int64)}")))
    rows = exp.Select(expressions=[ids, nodes.number(number), nodes.number(1)])
    return exp.Insert(this=into, expression=rows).sql(dialect="clickhouse")


def _bringing_in(table: FactTable, lines: Path, number: int) -> str:
    """Rows of lines in the form of engine.runtime.facts.lines; none of them where a date is one that ClickHouse does not know."""
    read = {name: "Nullable(String)" if kind is PhysicalKind.DATE else _of(kind) for name, kind in table.columns}
    shape = ", ".join(f"{_quoted(name)} {kind}" for name, kind in read.items())
    source = nodes.call("file", nodes.text(str(lines)), nodes.text("CSV"), nodes.text(shape))
    dates = [name for name, kind in table.columns if kind is PhysicalKind.DATE]
    cells = [_day(name) if name in dates else exp.column(name, quoted=True) for name in table.names]
    rows = exp.Select(expressions=[*cells, nodes.number(number), nodes.number(0)]).from_(exp.Table(this=source))
    for name in dates:
        rows = rows.where(_is_known(exp.column(name, quoted=True)))
    return exp.Insert(this=nodes.bare_table(table.name), expression=rows).sql(dialect="clickhouse")


def _day(name: str) -> exp.Expression:
    return nodes.call("accurateCastOrNull", exp.column(name, quoted=True), nodes.text("Date32"))


def _is_known(day: exp.Expression) -> exp.Expression:
    """True, or an error: a day that ClickHouse does not know is neither taken for another one nor left out."""
    within = exp.Between(this=day, low=nodes.text(FIRST), high=nodes.text(LAST))
    outside = exp.Coalesce(this=exp.Not(this=within), expressions=[exp.false()])
    return nodes.compare(exp.EQ, nodes.call("throwIf", outside), nodes.number(0))


def _name(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
