"""Column lives: when each column of a row is known, and which columns no pipeline may read because nobody can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.dsl.formula_types import walk
from engine.dsl.part import PassContext
from engine.dsl.symbols import KERNEL_ENTITIES
from engine.model.entities import FieldKind
from engine.model.feature_plans import Known, Life
from engine.model.formula import Aggregate, Formula

_MADE_WITH_THE_ROW = frozenset({"id", "created_at", "created_by"})
_OF_LATER = frozenset({"version", "updated_at", "updated_by", "deleted_at"})
"""Built-in columns that tell what came later."""
_DEEPEST = 12


class ColumnLives:
    """When columns are known: by what sources declare, else by what the entity says of its fields."""

    def __init__(self, context: PassContext, times: Mapping[str, tuple[str, Mapping[str, str]]]) -> None:
        self._context, self._times = context, times
        self.used: dict[tuple[str, str], Known] = {}
        """The lives of the columns that were asked for."""

    def steps(self, entity: str, path: str) -> Iterator[tuple[str, str]]:
        """The columns that a path reads, by entity and field."""
        at = entity
        for name in path.split("."):
            yield at, name
            known = self._context.symbols.entities.get(at)
            found = known.fields.get(name) if known else None
            at = (found.target if found else None) or ("unit" if name == "scope_unit" else "user")

    def known(self, entity: str, name: str) -> Known | None:
        """When a column is known; None for one that is part of the row from its first moment and never changes."""
        if name in _MADE_WITH_THE_ROW or entity in KERNEL_ENTITIES:
            return None
        found = self._declared(entity, name) or Known(
            Life.START if self._with_the_row(entity, name, 0) else Life.HISTORY
        )
        self.used[entity, name] = found
        return found

    def refusal(self, entity: str, name: str) -> str | None:
        """The code of why a column is not read; None where it is."""
        if self._declared(entity, name):
            return None
        if name in _OF_LATER or (entity in KERNEL_ENTITIES and name != "id"):
            return "E546"
        formula = self.formula(entity, name)
        return "E545" if formula is not None and self._folds(entity, formula, 0) else None

    def formula(self, entity: str, name: str) -> Formula | None:
        """The formula of a computed field."""
        document = self._context.symbols.document("entities", entity)
        return self._context.formula(document, ("fields", name, "formula")) if document is not None else None

    def roots(self, entity: str, name: str, depth: int = 0) -> Iterator[tuple[str, str]]:
        """A column, and those of the same row that its formula is made of."""
        yield entity, name
        formula = self.formula(entity, name)
        for reference in formula.references if formula is not None and depth < _DEEPEST else ():
            yield from self.roots(entity, reference.split(".", 1)[0], depth + 1)

    def _declared(self, entity: str, name: str) -> Known | None:
        at, told = self._times.get(entity, ("", {}))
        by = told.get(name)
        if by is None:
            return None
        return Known(Life.START) if by in {at, "at"} else Known(Life.DATED, by)

    def _with_the_row(self, entity: str, name: str, depth: int) -> bool:
        """Whether a field is filled in when the row is made, as far as the entity tells."""
        document = self._context.symbols.document("entities", entity)
        known = self._context.symbols.entities.get(entity)
        field = known.fields.get(name) if known else None
        if name in _MADE_WITH_THE_ROW or name == self._times.get(entity, ("", {}))[0]:
            return True
        if document is None or field is None or field.kind is FieldKind.STATE or depth > _DEEPEST:
            return False
        formula = self.formula(entity, name)
        if formula is not None:
            return self._of_the_row(entity, formula, depth)
        keys = document.data.get("natural_key")
        natural = isinstance(keys, list) and name in keys
        return natural or field.kind is FieldKind.NUMBER_CODE or document.at(("fields", name, "required")) is True

    def _of_the_row(self, entity: str, formula: Formula, depth: int) -> bool:
        """Whether all that a formula reads is filled in with its row, or with the rows it leads to."""
        if formula.uses_now or formula.uses_user or folds_rows(formula):
            return False
        columns = (column for reference in formula.references for column in self.steps(entity, reference))
        return all(at not in KERNEL_ENTITIES and self._with_the_row(at, name, depth + 1) for at, name in columns)

    def _folds(self, entity: str, formula: Formula, depth: int) -> bool:
        """Whether a computed field folds other rows, or is made of one that does."""
        if folds_rows(formula):
            return True
        if depth > _DEEPEST:
            return False
        below = (
            (at, found)
            for reference in formula.references
            for at, name in self.steps(entity, reference)
            if (found := self.formula(at, name)) is not None
        )
        return any(self._folds(at, found, depth + 1) for at, found in below)


def folds_rows(formula: Formula) -> bool:
    """Whether a formula folds rows of a collection: all of them, whenever they came."""
    return any(isinstance(node, Aggregate) for node in walk(formula.node))
