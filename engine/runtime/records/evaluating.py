"""Evaluating: the Python values of formulas on a stored row, whatever their types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Context
from decimal import Decimal as Number

from sqlglot import exp

from engine.model.entities import Entity
from engine.model.formula import (
    Boolean,
    Choices,
    Date,
    Decimal,
    Duration,
    Formula,
    Instant,
    Money,
    Relation,
    Type,
)
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.names import Reader
from engine.runtime.query.selection import named
from engine.runtime.query.statements import Built, prepared, rows_of
from engine.runtime.query.stored_columns import StoredColumns
from engine.runtime.storage.fields import decode_date, decode_instant
from engine.runtime.work import Work

_EXACT = Context(prec=100)


def evaluated(work: Work, entity: Entity, record: int, formulas: Mapping[str, Formula]) -> dict[str, object]:
    """The values of formulas on a row by key; nothing for a row that is not there."""
    if not formulas:
        return {}
    shape = ("evaluate", entity.name, tuple((name, one.source) for name, one in formulas.items()))
    statement = prepared(work, shape, lambda: _tree(work, entity, formulas))
    found = rows_of(work, statement, {"record": record})
    if not found:
        return {}
    return {
        name: None if stored is None else value_of(one.type, stored)
        for (name, one), stored in zip(formulas.items(), found[0], strict=True)
    }


def value_of(of: Type, stored: object) -> object:
    """A value of a formula as its column gives it, as the Python value of its type; references are ids."""
    match of:
        case Decimal() | Money():
            return _EXACT.scaleb(Number(int(str(stored))), -of.scale)
        case Date():
            return decode_date(stored, "")
        case Instant():
            return decode_instant(stored, "")
        case Duration():
            return timedelta(seconds=int(str(stored)))
        case Boolean():
            return bool(stored)
        case Relation():
            return int(str(stored))
        case Choices():
            return tuple(json.loads(str(stored))) if stored else ()
        case _:
            return stored


def _tree(work: Work, entity: Entity, formulas: Mapping[str, Formula]) -> Built:
    compilation = Compilation(Reader(work.model, work.context), work.session.dialect)
    alias = compilation.alias()
    columns = StoredColumns(compilation, entity, alias)
    select = exp.Select(expressions=[named(columns.lower(one), f"v{at}") for at, one in enumerate(formulas.values())])
    select.set("from_", exp.From(this=nodes.table(entity.name, alias)))
    select.set("where", exp.Where(this=nodes.compare(exp.EQ, nodes.column(alias, "id"), nodes.parameter("record"))))
    return select, RecordDecoder(entity.name, (), compilation.dialect), compilation
