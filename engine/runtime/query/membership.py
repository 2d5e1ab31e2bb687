"""Membership: one parameter that carries a whole list, so that its length is not part of the statement."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlglot import exp

from engine.model.entities import Entity, Field
from engine.runtime.query import nodes
from engine.runtime.schema.tables import PhysicalKind
from engine.runtime.storage.built_in import field_of
from engine.runtime.storage.fields import POSTGRES, storage_of

ARRAY_TYPES = {
    PhysicalKind.TEXT: "text",
    PhysicalKind.INTEGER: "bigint",
    PhysicalKind.INSTANT: "bigint",
    PhysicalKind.BOOLEAN: "boolean",
    PhysicalKind.DATE: "date",
}


def list_parameter(stored: Iterable[object], dialect: str) -> object:
    """Stored values as one bound value: an array in PostgreSQL, JSON text in SQLite."""
    listed = list(stored)
    return listed if dialect == POSTGRES else json.dumps(listed, ensure_ascii=False)


def member_of(cell: exp.Expression, parameter: str, field: Field, dialect: str) -> exp.Expression:
    """True where the cell is one of the values in `parameter`."""
    return is_member(cell, nodes.parameter(parameter), ARRAY_TYPES[storage_of(field).physical], dialect)


def among(alias: str, dialect: str, parameter: str = "records") -> exp.Expression:
    """True for the row at `alias` when its id is one of the ids in `parameter`."""
    return is_member(nodes.column(alias, "id"), nodes.parameter(parameter), "bigint", dialect)


def array_type(entity: Entity, name: str) -> str:
    """What PostgreSQL calls the type of the values of a field."""
    field = field_of(entity, name)
    if field is None:
        raise KeyError(name)
    return ARRAY_TYPES[storage_of(field).physical]


def is_member(cell: exp.Expression, listed: exp.Expression, kind: str, dialect: str) -> exp.Expression:
    if dialect == POSTGRES:
        array = exp.Cast(this=listed, to=exp.DataType.build(f"{kind}[]", dialect="postgres"))
        return exp.EQ(this=nodes.parens(cell.copy()), expression=exp.Any(this=exp.Paren(this=array)))
    values = exp.Select(expressions=[exp.Column(this=exp.to_identifier("value", quoted=True))])
    values.set("from_", exp.From(this=nodes.call("json_each", listed)))
    return exp.In(this=nodes.parens(cell.copy()), query=exp.Subquery(this=values))


def empty_of(field: Field, dialect: str) -> exp.Expression:
    """An empty value of the field's own type: PostgreSQL cannot sum or compare one of no type."""
    kind = ARRAY_TYPES[storage_of(field).physical] if dialect == POSTGRES else "text"
    return exp.Cast(this=exp.Null(), to=exp.DataType.build(kind))
