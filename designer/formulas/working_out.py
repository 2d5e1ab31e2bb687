"""A drafted formula worked out on a row that is there: what is published is read, what is drafted is computed, nothing is written.

Everything is read with the rights of whoever asks: a formula over a cell that they may not read has no value here. A field
that is not published yet has no values: it is empty, as it will be on the rows that there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.dsl.document import Document
from engine.dsl.editing.formula_trial import tried
from engine.dsl.editing.named import label_of
from engine.dsl.symbols import Symbols
from engine.model.app import AppModel
from engine.model.entities import Entity
from engine.model.formula import Formula
from engine.model.names import BUILT_IN_FIELDS
from engine.runtime.access.telling import readable_cells
from engine.runtime.formula.explain import ValueNode, explain
from engine.runtime.formula.value import Cells
from engine.runtime.query.records import get_record
from engine.runtime.records.defaults import moment_of
from engine.runtime.work import Work
from engine.web.value_trees import Part, ReadCells, child_rows, computed_tree

DEEPEST = 6
"""Drafted fields that are worked out for one another."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The value with its tree. `unpublished` are paths whose values the draft does not have yet, `hidden` those that the
    asker may not read: with any of these there is no value.
    """

    value: object
    tree: Part | None
    unpublished: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


@dataclass(slots=True)
class Bench:
    """One row on which formulas of the draft are worked out."""

    work: Work
    symbols: Symbols
    entity: Entity
    record: int
    unpublished: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)

    def outcome(self, formula: Formula) -> Outcome:
        """The value of a formula on the row. Raises NotFound for a row that the asker may not see."""
        get_record(self.work, self.entity.name, self.record, ())
        tree = self._tree(formula, 0)
        told = tuple(sorted(self.unpublished)), tuple(sorted(self.hidden))
        if tree is None or self.hidden:
            return Outcome(None, None, *told)
        return Outcome(tree.value, tree, *told)

    def _tree(self, formula: Formula, depth: int) -> Part | None:
        """The formula taken apart; None where something that it reads is hidden."""
        drafted, published = self._sorted(formula)
        readable = readable_cells(self.work, self.entity.name, self.record, published)
        if not published <= readable:
            self.hidden |= published - readable
            return None
        worked_out = {name: self._tree(one, depth + 1) for name, one in drafted.items() if depth < DEEPEST}
        cells = self._cells(published, worked_out)
        if cells is None or any(one is None for one in worked_out.values()):
            return None
        node = explain(formula, cells, moment_of(self.work))
        return self._part(node, worked_out, depth)

    def _sorted(self, formula: Formula) -> tuple[Mapping[str, Formula], frozenset[str]]:
        """What the formula reads: fields whose own formula is drafted, and paths that are published. The rest is empty."""
        drafted: dict[str, Formula] = {}
        published: set[str] = set()
        for path in formula.references:
            own = self._drafted(path)
            if own is not None:
                drafted[path] = own
            elif is_published(self.work.model, self.entity, tuple(path.split("."))):
                published.add(path)
            else:
                self.unpublished.add(path)
        return drafted, frozenset(published)

    def _drafted(self, path: str) -> Formula | None:
        """The formula of a field of the row where the draft has another than what is served."""
        document = self.symbols.document("entities", self.entity.name)
        text = document.at(("fields", path, "formula")) if document is not None and "." not in path else None
        if document is None or not isinstance(text, str):
            return None
        live = self.entity.fields.get(path)
        if live is not None and live.formula is not None and live.formula.source == text:
            return None
        found = tried(document, ("fields", path, "formula"), text, self.symbols)
        return found.formula if found is not None else None

    def _cells(self, published: frozenset[str], worked_out: Mapping[str, Part | None]) -> Cells | None:
        paths = tuple(tuple(path.split(".")) for path in sorted(published))
        own = tuple(path for path in paths if path[0] not in self.entity.collections)
        rows = child_rows(self.work, self.entity, paths, self.record)
        if rows is None:
            self.hidden |= {".".join(path) for path in paths if path[0] in self.entity.collections}
            return None
        cells = get_record(self.work, self.entity.name, self.record, own).cells
        values = {name: one.value for name, one in worked_out.items() if one is not None}
        return ReadCells({**cells, **values}, rows)

    def _part(self, node: ValueNode, worked_out: Mapping[str, Part | None], depth: int) -> Part:
        """A node of the tree; a computed field is taken apart in its turn, by its drafted formula or the one that is served."""
        label = self._label(node.text)
        inner = worked_out.get(node.text)
        if inner is not None and not node.children:
            return Part(f"{node.text} = {inner.text}", label, node.value, "", inner.parts)
        live = self.entity.fields.get(node.text)
        if live is not None and live.formula is not None and not node.children:
            found = computed_tree(self.work, self.entity, live, self.record, depth + 1)
            if found is not None:
                return Part(f"{node.text} = {found.text}", label, node.value, str(live.place), found.parts)
        return Part(
            node.text, label, node.value, "", tuple(self._part(one, worked_out, depth) for one in node.children)
        )

    def _label(self, text: str) -> str:
        """What people call the field that a part of the formula is, as the draft has it."""
        document: Document | None = self.symbols.document("entities", self.entity.name)
        steps = text.split(".")
        while document is not None and len(steps) > 1:
            known = self.symbols.entities.get(document.name)
            step = known.fields.get(steps.pop(0)) if known else None
            document = self.symbols.document("entities", step.target) if step is not None and step.target else None
        return label_of(document, ("fields", steps[0])).text(self.work.context.language) if document else ""


def is_published(model: AppModel, entity: Entity, path: Sequence[str]) -> bool:
    """Does what is served have this path, so that there may be a value?"""
    name, rest = path[0], path[1:]
    collection = entity.collections.get(name)
    if collection is not None:
        return not rest or is_published(model, model.entities[collection.entity], rest)
    if name in BUILT_IN_FIELDS:
        return True
    found = entity.fields.get(name)
    if found is None or not rest:
        return found is not None
    if found.relation is None:
        return True
    target = model.entities.get(found.relation.entity)
    return target is None or is_published(model, target, rest)
