"""Conversion: a column's values under another kind or scale, exactly or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Dialect, Statement, compile_statement
from engine.runtime.schema.operations import ChangeColumn
from engine.runtime.schema.tables import Column, PhysicalKind

BATCH = 1000
LARGEST = 10**18


def convert_values(session: Session, change: ChangeColumn, primary_key: Sequence[str]) -> int:
    """Fill the new column from the buried one, row by row in key order; the number of values that do not convert exactly.

    Those stay empty in the new column and whole in the tombstone.
    """
    convert = converter(change.old, change.new, session.dialect)
    read = _batch(change, primary_key, session.dialect, following=False)
    following = _batch(change, primary_key, session.dialect, following=True)
    write = _assignment(change, primary_key, session.dialect)
    emptied = 0
    rows = session.rows(read)
    while rows:
        converted = [(row[:-1], convert(row[-1]) if convert else None) for row in rows]
        filled = [(key, value) for key, value in converted if value is not None]
        emptied += len(converted) - len(filled)
        session.execute_many(write, [_bound(key) | {"value": value} for key, value in filled])
        rows = session.rows(following, _bound(rows[-1][:-1]))
    return emptied


def _bound(key: Sequence[object]) -> dict[str, object]:
    return {f"key{at}": value for at, value in enumerate(key)}


def _batch(change: ChangeColumn, primary_key: Sequence[str], dialect: Dialect, following: bool) -> Statement:
    old = exp.column(change.tombstone, quoted=True)
    keys = [exp.column(name, quoted=True) for name in primary_key]
    where: exp.Condition = exp.Not(this=exp.Is(this=old.copy(), expression=exp.Null()))
    if following:
        bound = exp.Tuple(expressions=[exp.Placeholder(this=f"key{at}") for at in range(len(keys))])
        after = exp.GT(this=exp.Tuple(expressions=[one.copy() for one in keys]), expression=bound)
        where = exp.and_(after, where)
    select = exp.select(*keys, old).from_(exp.to_table(change.table, quoted=True)).where(where)
    return compile_statement(select.order_by(*(one.copy() for one in keys)).limit(BATCH), dialect)


def _assignment(change: ChangeColumn, primary_key: Sequence[str], dialect: Dialect) -> Statement:
    target = exp.column(change.new.name, quoted=True)
    same = [
        exp.EQ(this=exp.column(name, quoted=True), expression=exp.Placeholder(this=f"key{at}"))
        for at, name in enumerate(primary_key)
    ]
    update = exp.Update(
        this=exp.to_table(change.table, quoted=True),
        expressions=[exp.EQ(this=target, expression=exp.Placeholder(this="value"))],
        where=exp.Where(this=exp.and_(*same)),
    )
    return compile_statement(update, dialect)


def converter(old: Column, new: Column, dialect: Dialect) -> Callable[[object], object] | None:
    """The function from an old physical value to a new one, which answers None where that is not exact; None if there is none."""
    if (old.kind, new.kind) == (PhysicalKind.INTEGER, PhysicalKind.INTEGER):
        return lambda value: _rescaled(int(str(value)), old.scale, new.scale)
    if (old.kind, new.kind) == (PhysicalKind.INTEGER, PhysicalKind.TEXT):
        return lambda value: format(Decimal(int(str(value))).scaleb(-old.scale), "f")
    if (old.kind, new.kind) == (PhysicalKind.TEXT, PhysicalKind.INTEGER):
        return lambda value: _parsed(str(value), new.scale)
    if (old.kind, new.kind) == (PhysicalKind.TEXT, PhysicalKind.DATE):
        return lambda value: _date(str(value), dialect)
    if (old.kind, new.kind) == (PhysicalKind.DATE, PhysicalKind.TEXT):
        return lambda value: value.isoformat() if isinstance(value, date) else str(value)
    if (old.kind, new.kind) == (PhysicalKind.BOOLEAN, PhysicalKind.TEXT):
        return lambda value: "true" if value else "false"
    if (old.kind, new.kind) == (PhysicalKind.TEXT, PhysicalKind.BOOLEAN):
        return lambda value: {"true": True, "false": False}.get(str(value).strip().lower())
    if {old.kind, new.kind} == {PhysicalKind.INTEGER, PhysicalKind.INSTANT} and not old.scale + new.scale:
        return lambda value: value
    return None


def _date(text: str, dialect: Dialect) -> object:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if dialect == "postgres" else found.isoformat()


def _rescaled(value: int, old: int, new: int) -> int | None:
    if new >= old:
        wider = value * 10 ** (new - old)
        return wider if abs(wider) < LARGEST else None
    narrow, rest = divmod(value, 10 ** (old - new))
    return narrow if rest == 0 else None


def _parsed(text: str, scale: int) -> int | None:
    try:
        scaled = Decimal(text.strip()).scaleb(scale)
    except InvalidOperation:
        return None
    return (
        int(scaled) if scaled.is_finite() and scaled == scaled.to_integral_value() and abs(scaled) < LARGEST else None
    )
