"""Evaluating: what formulas and paths of references give on a stored row, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.entities import Entity
from engine.model.formula import Formula
from engine.model.requests import Path
from engine.runtime.query.stored_rows import ask_row
from engine.runtime.storage.typed import typed_value
from engine.runtime.work import Work


def evaluated(work: Work, entity: Entity, record: int, formulas: Mapping[str, Formula]) -> dict[str, object]:
    """The Python values of formulas on a row by key; nothing for a row that is not there."""
    if not formulas:
        return {}
    shape = ("evaluate", *(one.source for one in formulas.values()))
    row = ask_row(work, entity, record, shape, lambda columns: [columns.lower(one) for one in formulas.values()])
    if row is None:
        return {}
    return {
        name: None if stored is None else typed_value(one.type, stored)
        for (name, one), stored in zip(formulas.items(), row, strict=True)
    }


def reference_of(work: Work, entity: str, record: int, path: Path) -> int | None:
    """The id at the end of a path of references; the record's own for none, None where a reference on the way is empty."""
    if not path:
        return record
    row = ask_row(work, work.model.entities[entity], record, ("path", path), lambda columns: [columns.column(path)])
    return int(str(row[0])) if row is not None and row[0] is not None else None
