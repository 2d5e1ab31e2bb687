"""Envelopes: a column of a sealed field becomes that of the envelope which holds it, and stands where it is only handed on.

Nothing is ever asked of an envelope by a database: what would compare, order, count or join by one is refused when it is built.
"""

from __future__ import annotations

from sqlglot import exp

from engine.model.app import AppModel
from engine.model.entities import Entity
from engine.model.sealing import envelope_column
from engine.runtime.query import nodes


class SealedInDatabase(RuntimeError):
    """A statement would ask something of a sealed field in the database: a mistake of ours, never of a person."""


def with_envelopes(tree: exp.Expression, model: AppModel, cells: int) -> exp.Expression:
    """The tree with envelopes in place of sealed fields; `cells` of its columns are opened when its rows are read.

    Raises SealedInDatabase.
    """
    found: dict[str, Entity] = {
        one.alias: model.entities[one.name]
        for one in tree.find_all(exp.Table)
        if one.name in model.entities and any(field.sealed for field in model.entities[one.name].fields.values())
    }
    selected: dict[int, set[int]] = {}
    for column in list(tree.find_all(exp.Column)) if found else ():
        entity = found.get(column.table)
        field = entity.fields.get(column.name) if entity is not None else None
        if entity is not None and field is not None and field.sealed:
            place = _selected_as(column)
            if place is None:
                raise SealedInDatabase(f"{entity.name}.{field.name}")
            selected.setdefault(place[0], set()).add(place[1])
            column.replace(nodes.column(column.table, envelope_column(field)))
    if any(len(places) != cells for places in selected.values()):
        raise SealedInDatabase("selected and not opened")
    return tree


def _selected_as(column: exp.Expression) -> tuple[int, int] | None:
    """Of which select, and as which of its columns, what a column holds is handed on as it is; None where it is not."""
    child: exp.Expr = column
    parent = child.parent
    while parent is not None and not isinstance(parent, exp.Select):
        chosen = isinstance(parent, exp.If) and parent.args.get("true") is child
        otherwise = isinstance(parent, exp.Case) and (parent.args.get("default") is child or isinstance(child, exp.If))
        if not (chosen or otherwise or isinstance(parent, exp.Alias | exp.Paren)):
            return None
        child, parent = parent, parent.parent
    if not isinstance(parent, exp.Select) or parent.args.get("group") or parent.args.get("distinct"):
        return None
    at = next((at for at, one in enumerate(parent.expressions) if one is child), None)
    return (id(parent), at) if at is not None else None
