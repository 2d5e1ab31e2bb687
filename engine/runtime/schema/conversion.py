"""Conversion: a column's values under another kind or scale, exactly or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import compile_statement
from engine.runtime.schema.operations import ChangeColumn
from engine.runtime.schema.tables import Column, PhysicalKind

BATCH = 1000
LARGEST = 10**18


def convert_values(session: Session, change: ChangeColumn) -> None:
    """Fill the new column from the buried one; values that do not convert exactly stay empty."""
    convert = converter(change.old, change.new)
    if convert is None:
        return
    table = exp.to_table(change.table, quoted=True)
    identity, old = exp.column("id", quoted=True), exp.column(change.tombstone, quoted=True)
    after = exp.GT(this=identity.copy(), expression=exp.Placeholder(this="after"))
    where = exp.and_(after, exp.Not(this=exp.Is(this=old.copy(), expression=exp.Null())))
    select = exp.select(identity, old).from_(table).where(where).order_by(identity).limit(BATCH)
    read = compile_statement(select, session.dialect)
    target = exp.column(change.new.name, quoted=True)
    assignment = exp.EQ(this=target, expression=exp.Placeholder(this="value"))
    same = exp.EQ(this=identity.copy(), expression=exp.Placeholder(this="id"))
    write = compile_statement(
        exp.Update(this=table.copy(), expressions=[assignment], where=exp.Where(this=same)), session.dialect
    )
    after_id = -1
    while rows := session.rows(read, {"after": after_id}):
        converted = [(row[0], convert(row[1])) for row in rows]
        session.execute_many(write, [{"id": one, "value": value} for one, value in converted if value is not None])
        after_id = int(str(rows[-1][0]))


def converter(old: Column, new: Column) -> Callable[[object], object] | None:
    """The function from an old physical value to a new one, None when there is none."""
    if old.kind is PhysicalKind.INTEGER and new.kind is PhysicalKind.INTEGER:
        return lambda value: _rescaled(int(str(value)), old.scale, new.scale)
    if old.kind is PhysicalKind.INTEGER and new.kind is PhysicalKind.TEXT:
        return lambda value: format(Decimal(int(str(value))).scaleb(-old.scale), "f")
    if old.kind is PhysicalKind.TEXT and new.kind is PhysicalKind.INTEGER:
        return lambda value: _parsed(str(value), new.scale)
    if old.kind is PhysicalKind.DATE and new.kind is PhysicalKind.TEXT:
        return lambda value: value.isoformat() if isinstance(value, date) else str(value)
    if old.kind is PhysicalKind.BOOLEAN and new.kind is PhysicalKind.TEXT:
        return lambda value: "true" if value else "false"
    return None


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
