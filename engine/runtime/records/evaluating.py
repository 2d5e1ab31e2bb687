"""Evaluating: what formulas and paths of references give on a stored row, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.entities import Entity
from engine.model.formula import Boolean, Choice, Formula, Literal, Text
from engine.model.requests import Path
from engine.runtime.query.stored_rows import ask_row
from engine.runtime.storage.typed import typed_value
from engine.runtime.work import Work


def evaluated(work: Work, entity: Entity, record: int, formulas: Mapping[str, Formula]) -> dict[str, object]:
    """The Python values of formulas on a row by key: of a row that is not there only those that read nothing of it."""
    said: dict[str, object] = {
        name: one.node.value for name, one in formulas.items() if isinstance(one.node, Literal) and _is_plain(one)
    }
    asked = {name: one for name, one in formulas.items() if name not in said}
    if not asked:
        return said
    shape = ("evaluate", *(one.source for one in asked.values()))
    row = ask_row(work, entity, record, shape, lambda columns: [columns.lower(one) for one in asked.values()])
    if row is None:
        return said
    found = {
        name: None if stored is None else typed_value(one.type, stored)
        for (name, one), stored in zip(asked.items(), row, strict=True)
    }
    return {name: said[name] if name in said else found[name] for name in formulas}


def _is_plain(formula: Formula) -> bool:
    """Whether a literal's value is the formula's as it stands; a number, for one, is scaled."""
    return isinstance(formula.type, Text | Choice | Boolean)


def reference_of(work: Work, entity: str, record: int, path: Path) -> int | None:
    """The id at the end of a path of references; the record's own for none, None where a reference on the way is empty."""
    if not path:
        return record
    row = ask_row(work, work.model.entities[entity], record, ("path", path), lambda columns: [columns.column(path)])
    return int(str(row[0])) if row is not None and row[0] is not None else None
