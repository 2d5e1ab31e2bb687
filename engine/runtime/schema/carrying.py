"""Carrying: what is stored under a name follows it to another one, value by value."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from sqlglot import exp

from engine.runtime.database.protocol import Row, Session
from engine.runtime.database.statements import Statement, compile_statement
from engine.runtime.schema.operations import CarryName
from engine.runtime.schema.tables import NameWay, Table

BATCH = 1000
Change = Callable[[str], str | None]


def carry_name(session: Session, operation: CarryName, table: Table) -> None:
    """The values of a column that are, or hold, the old name say the new one."""
    if operation.way == NameWay.FORGOTTEN:
        session.execute(_forgetting(session, operation), {"at": operation.at})
        return
    if operation.way == NameWay.VALUE:
        for statement in _whole(session, operation, table):
            session.execute(statement, {"old": operation.old, "new": operation.new, "at": operation.at})
        return
    change = _change(operation)
    for rows in _holding(session, operation, table):
        changed = [(row[:-1], change(str(row[-1]))) for row in rows]
        session.execute_many(
            _assignment(session, operation, table),
            [_bound(key) | {"value": text} for key, text in changed if text is not None],
        )


def _forgetting(session: Session, operation: CarryName) -> Statement:
    there = exp.EQ(this=exp.column(operation.at_column, quoted=True), expression=exp.Placeholder(this="at"))
    target = exp.to_table(operation.table, quoted=True)
    return compile_statement(exp.Delete(this=target, where=exp.Where(this=there)), session.dialect)


def _whole(session: Session, operation: CarryName, table: Table) -> Iterator[Statement]:
    """What stands under the new name was left by something that is no more; where names are keys, it makes room."""
    column = exp.column(operation.column, quoted=True)
    target = exp.to_table(operation.table, quoted=True)
    if operation.column in table.primary_key:
        yield compile_statement(exp.Delete(this=target, where=_where(operation, "new")), session.dialect)
    becomes = exp.EQ(this=column, expression=exp.Placeholder(this="new"))
    yield compile_statement(
        exp.Update(this=target.copy(), expressions=[becomes], where=_where(operation, "old")), session.dialect
    )


def _where(operation: CarryName, name: str) -> exp.Where:
    same: exp.Condition = exp.EQ(this=exp.column(operation.column, quoted=True), expression=exp.Placeholder(this=name))
    return exp.Where(this=_beside(operation, same))


def _beside(operation: CarryName, condition: exp.Condition) -> exp.Condition:
    if not operation.at_column:
        return condition
    there = exp.EQ(this=exp.column(operation.at_column, quoted=True), expression=exp.Placeholder(this="at"))
    return exp.and_(condition, there)


def _holding(session: Session, operation: CarryName, table: Table) -> Iterator[Sequence[Row]]:
    """The rows whose column holds the old name somewhere, in the order of their keys: the key and the column."""
    keys = [exp.column(name, quoted=True) for name in table.primary_key]
    column = exp.column(operation.column, quoted=True)
    holds = exp.Like(this=column.copy(), expression=exp.Placeholder(this="like"))
    where = _beside(operation, holds)
    base = exp.select(*keys, column).from_(exp.to_table(operation.table, quoted=True))
    after = exp.GT(
        this=exp.Tuple(expressions=[one.copy() for one in keys]),
        expression=exp.Tuple(expressions=[exp.Placeholder(this=f"key{at}") for at in range(len(keys))]),
    )
    ordered = [one.copy() for one in keys]
    first = compile_statement(base.where(where).order_by(*ordered).limit(BATCH), session.dialect)
    following = compile_statement(
        base.where(exp.and_(after, where.copy())).order_by(*ordered).limit(BATCH), session.dialect
    )
    bound = {"like": f"%{operation.old}%", "at": operation.at}
    rows = session.rows(first, bound)
    while rows:
        yield rows
        rows = session.rows(following, bound | _bound(rows[-1][:-1]))


def _bound(key: Sequence[object]) -> dict[str, object]:
    return {f"key{at}": value for at, value in enumerate(key)}


def _assignment(session: Session, operation: CarryName, table: Table) -> Statement:
    same = [
        exp.EQ(this=exp.column(name, quoted=True), expression=exp.Placeholder(this=f"key{at}"))
        for at, name in enumerate(table.primary_key)
    ]
    value = exp.EQ(this=exp.column(operation.column, quoted=True), expression=exp.Placeholder(this="value"))
    target = exp.to_table(operation.table, quoted=True)
    update = exp.Update(this=target, expressions=[value], where=exp.Where(this=exp.and_(*same)))
    return compile_statement(update, session.dialect)


def _change(operation: CarryName) -> Change:
    """The function from a stored text to the one with the new name; None where the name is not meant in it."""
    old, new, key = operation.old, operation.new, operation.key

    def begins(text: str) -> str | None:
        follows = text[len(old) : len(old) + 1]
        return new + text[len(old) :] if text.startswith(old) and follows in {"", ":"} else None

    def listed(text: str) -> str | None:
        found = json.loads(text)
        return _written([new if one == old else one for one in found]) if old in found else None

    def keyed(text: str) -> str | None:
        found = json.loads(text)
        return _written({new if one == old else one: value for one, value in found.items()}) if old in found else None

    def cell(text: str) -> str | None:
        found = json.loads(text)
        return _written(found | {key: new}) if found.get(key) == old else None

    def asked(text: str) -> str | None:
        found = json.loads(text)
        changed = {
            name: ",".join(new if one == old else one for one in str(value).split(","))
            if name.partition("__")[0] == key
            else value
            for name, value in found.items()
        }
        return _written(changed) if changed != found else None

    ways: dict[str, Change] = {
        NameWay.PREFIX: begins,
        NameWay.LISTED: listed,
        NameWay.KEY: keyed,
        NameWay.CELL: cell,
        NameWay.ASKED: asked,
    }
    return ways[operation.way]


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
