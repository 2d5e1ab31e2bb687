"""Picker: rows that a reference field may point at, found by their title, as far as the reader may see them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from engine.model.access import Action
from engine.model.entities import Entity, Field, FieldKind
from engine.model.errors import UnknownField
from engine.model.requests import AllOf, Condition, Filter, QueryRequest, Record, Sort
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Allow
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.filters import contains, folded
from engine.runtime.query.lists import list_records
from engine.runtime.query.names import TITLE, Reader, find
from engine.runtime.query.records import find_record
from engine.runtime.query.selection import named
from engine.runtime.query.statements import prepared, rows_of
from engine.runtime.storage.built_in import KERNEL_TABLES, field_of
from engine.runtime.storage.json import json_of, parse_json
from engine.runtime.work import Work

MOST_PICKED = 50


@dataclass(frozen=True, slots=True)
class Picked:
    """A row to point at: its id and the title that the reader sees."""

    id: int
    label: str


def pick(work: Work, entity: str, field: str, text: str, limit: int = 20, only: object = None) -> tuple[Picked, ...]:
    """Rows for `field` of `entity` whose title, code or other searched field holds `text`; `only` asks for one id.

    Raises UnknownField for a field that is no reference or that the caller may neither read nor write.
    """
    declared = _reference(work, entity, field)
    wanted = None if only is None else parse_json(only, declared)
    limit = max(1, min(limit, MOST_PICKED))
    if declared.kind in KERNEL_TABLES:
        return _kernel_rows(work, declared, text, limit, wanted)
    return pick_record(work, declared.relation.entity, text, limit, wanted) if declared.relation else ()


def pick_record(work: Work, entity: str, text: str, limit: int = 20, only: object = None) -> tuple[Picked, ...]:
    """Rows of `entity` by title; nothing when the reader has no right to them."""
    reader = Reader(work.model, work.context)
    title = find(reader, entity, (TITLE,))
    if title is None:
        return ()
    if isinstance(only, int) and not text:
        one = find_record(work, entity, only, ((TITLE,),))
        found: tuple[Record, ...] = () if one is None else (one,)
    else:
        where: Filter = AllOf() if only is None else Condition(("id",), "eq", only)
        request = QueryRequest(entity, ((TITLE,),), where=where, search=text, sort=(Sort((TITLE,)),), limit=limit)
        found = list_records(work, request).records
    return tuple(Picked(record.id, _shown(record.cells.get(TITLE), title.field)) for record in found)


def _reference(work: Work, entity: str, field: str) -> Field:
    declared: Entity | None = work.model.entities.get(entity)
    found = field_of(declared, field) if declared else None
    decisions = [decide(work.model, work.context, entity, action) for action in (Action.READ, Action.CREATE)]
    named_to = any(isinstance(one, Allow) and not one.field(field).hidden for one in decisions)
    if found is None or not named_to or not (found.relation or found.kind in KERNEL_TABLES):
        raise UnknownField(field)
    return found


def _shown(value: object, field: Field) -> str:
    shown = json_of(value, field)
    return "" if shown is None else str(shown)


def _kernel_rows(work: Work, field: Field, text: str, limit: int, only: object) -> tuple[Picked, ...]:
    kind = field.kind

    def build() -> tuple[exp.Expression, RecordDecoder, Compilation]:
        compilation = Compilation(Reader(work.model, work.context), work.session.dialect)
        name, key = nodes.column("r", "name"), nodes.column("r", "id")
        if only is None:
            condition = nodes.all_of([contains(name, "text", compilation.dialect), _in_use(kind, compilation)])
        else:
            condition = nodes.compare(exp.EQ, key, nodes.parameter("only"))
        if field.unit_kinds:
            condition = nodes.all_of([condition, _of_kind(field.unit_kinds)])
        tree = exp.Select(expressions=[named(key, "c0"), named(name.copy(), "c1")])
        tree.set("from_", exp.From(this=nodes.table(KERNEL_TABLES[kind], "r")))
        tree.set("where", exp.Where(this=condition))
        tree.set("order", exp.Order(expressions=[exp.Ordered(this=name.copy()), exp.Ordered(this=key.copy())]))
        tree.set("limit", exp.Limit(expression=nodes.parameter("limit")))
        return tree, RecordDecoder(kind, (), compilation.dialect), compilation

    statement = prepared(work, ("kernel", str(kind), field.unit_kinds, only is None), build)
    values = {"limit": limit} | ({"text": folded(text.strip())} if only is None else {"only": only})
    return tuple(Picked(row[0], str(row[1])) for row in rows_of(work, statement, values) if isinstance(row[0], int))


def _of_kind(kinds: tuple[str, ...]) -> exp.Expression:
    return exp.In(this=nodes.column("r", "kind"), expressions=[nodes.text(one) for one in kinds])


def _in_use(kind: FieldKind, compilation: Compilation) -> exp.Expression:
    """Users who can still sign in, units that still stand: nothing else is offered."""
    if kind is FieldKind.USER:
        return nodes.compare(exp.EQ, nodes.column("r", "disabled"), nodes.number(0))
    ends = nodes.column("r", "valid_to")
    today = nodes.parameter(compilation.use("today()"))
    return nodes.any_of([nodes.is_null(ends), nodes.compare(exp.GT, ends, today)])
