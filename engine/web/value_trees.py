"""Value trees: why a computed field of a record has its value, from the cells that the reader may read.

Every part says its text, its value, and for a computed field the file and line of its formula. What the reader may not
read is no part of a tree: a formula over it is neither shown nor taken apart, only its place is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.model.entities import Entity, Field
from engine.model.formula import FormulaError
from engine.model.requests import Condition, QueryRequest
from engine.runtime.access.telling import readable_cells
from engine.runtime.formula.explain import ValueNode, explain
from engine.runtime.query.lists import list_records
from engine.runtime.query.names import Reader, visible_paths
from engine.runtime.query.records import get_record
from engine.runtime.records.defaults import moment_of
from engine.runtime.work import Work

ROWS = 100
DEEPEST = 6


class ReadCells:
    """Cells as the reader gets them: by dotted path, with the rows of collections."""

    def __init__(self, cells: Mapping[str, object], collections: Mapping[str, Sequence[ReadCells]]) -> None:
        self._cells = cells
        self._collections = collections

    def cell(self, path: tuple[str, ...]) -> object:
        return self._cells.get(".".join(path))

    def children(self, path: tuple[str, ...]) -> Sequence[ReadCells]:
        return self._collections.get(path[0], ())


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a figure: its text in the formula, its name for people, its value, where its formula stands, its rows."""

    text: str
    label: str
    value: object
    place: str = ""
    parts: tuple[Part, ...] = ()
    url: str = ""

    @property
    def shown(self) -> str:
        return value_text(self.value)


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a computed field has its value. `tree` is None when it reads what the asker may not.

    `complete` is False when the tree does not make up the value: it counts rows that the asker may not see, or too many
    to show.
    """

    value: object
    formula: str
    place: str
    tree: Part | None
    complete: bool


def explained_value(work: Work, entity: Entity, field: Field, record: int) -> Explained | None:
    """The explanation of a computed field; None for a field that is not computed or that the asker may not read here."""
    if field.formula is None or field.name not in readable_cells(work, entity.name, record, frozenset({field.name})):
        return None
    value = get_record(work, entity.name, record, ((field.name,),)).cells.get(field.name)
    tree = computed_tree(work, entity, field, record, 0)
    source = field.formula.source if tree is not None or work.context.principal.administrator else ""
    return Explained(value, source, str(field.place), tree, tree is not None and _same(tree.value, value))


def _same(computed: object, stored: object) -> bool:
    return (None if isinstance(computed, FormulaError) else computed) == stored


def computed_tree(work: Work, entity: Entity, field: Field, record: int, depth: int) -> Part | None:
    """A computed field of a record taken apart; None where the asker may not read all that its formula reads."""
    formula = field.formula
    if formula is None or depth > DEEPEST:
        return None
    paths = tuple(tuple(path.split(".")) for path in sorted(formula.references))
    if not formula.references <= readable_cells(work, entity.name, record, formula.references):
        return None
    own = tuple(path for path in paths if path[0] not in entity.collections)
    cells = get_record(work, entity.name, record, (*own, (field.name,))).cells
    collections = child_rows(work, entity, paths, record)
    if collections is None:
        return None
    node = explain(formula, ReadCells(cells, collections), moment_of(work))
    root = _part(work, entity, record, node, depth)
    label = field.label.text(work.context.language) or field.name
    return Part(formula.source, label, node.value, str(field.place), root.parts)


def _part(work: Work, entity: Entity, record: int, node: ValueNode, depth: int) -> Part:
    """A node of a formula; one that is itself a computed field of the row is taken apart in its turn."""
    path = tuple(node.text.split("."))
    field = work.model.field(entity.name, path) if all(one.isidentifier() for one in path) else None
    label = field.label.text(work.context.language) if field else ""
    if field is not None and field.formula is not None and len(path) == 1 and not node.children:
        inner = computed_tree(work, entity, field, record, depth + 1)
        text = f"{node.text} = {inner.text}" if inner is not None else node.text
        return Part(text, label, node.value, str(field.place), inner.parts if inner is not None else ())
    parts = tuple(_part(work, entity, record, one, depth) for one in node.children)
    return Part(node.text, label, node.value, str(field.place) if field and field.formula else "", parts)


def child_rows(
    work: Work, entity: Entity, paths: Sequence[tuple[str, ...]], record: int
) -> Mapping[str, Sequence[ReadCells]] | None:
    """The rows of the collections that paths lead through, the first hundred; None where the asker may not read them."""
    found: dict[str, Sequence[ReadCells]] = {}
    for name in {path[0] for path in paths if path[0] in entity.collections}:
        collection = entity.collections[name]
        child = work.model.entities[collection.entity]
        wanted = tuple(path[1:] for path in paths if path[0] == name and len(path) > 1) or (("id",),)
        visible = visible_paths(Reader(work.model, work.context), child.name, (*wanted, (collection.by,)))
        if len(visible) != len(wanted) + 1:
            return None
        request = QueryRequest(child.name, visible, where=Condition((collection.by,), "eq", record), limit=ROWS)
        found[name] = [ReadCells(row.cells, {}) for row in list_records(work, request).records]
    return found


def value_text(value: object) -> str:
    """A value of a part as people read it."""
    if value is None:
        return "—"
    if isinstance(value, FormulaError):
        return f"#{value.code}"
    if isinstance(value, Decimal):
        return format(value, ",f")
    return str(value)


def part_lines(part: Part, depth: int = 0) -> list[tuple[int, str, str]]:
    """A tree as lines: depth, text with its place, value."""
    told = f"{part.text}  ({part.place})" if part.place and depth else part.text
    lines = [(depth, told, value_text(part.value))]
    for one in part.parts:
        lines += part_lines(one, depth + 1)
    return lines


def part_body(part: Part) -> dict[str, object]:
    """A tree as JSON."""
    body: dict[str, object] = {"text": part.text, "value": part.value, "parts": [part_body(one) for one in part.parts]}
    if part.label:
        body["label"] = part.label
    if part.place:
        body["place"] = part.place
    return body
