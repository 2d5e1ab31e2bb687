"""Assigning: values that definitions set by formula on a stored row."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.entities import Entity
from engine.model.formula import Formula
from engine.runtime.query.stored_rows import ask_row
from engine.runtime.storage.fields import storage_of
from engine.runtime.work import Work


def assigned_values(work: Work, entity: Entity, record: int, formulas: Mapping[str, Formula]) -> dict[str, object]:
    """The Python values of formulas on the stored row, by field. Raises LookupError for a row that is not there."""
    if not formulas:
        return {}
    shape = ("assign", *(one.source for one in formulas.values()))
    row = ask_row(work, entity, record, shape, lambda columns: [columns.lower(one) for one in formulas.values()])
    if row is None:
        raise LookupError(f"{entity.name} {record}")
    dialect = work.session.dialect
    return {
        name: storage_of(entity.fields[name]).decode(value, dialect) for name, value in zip(formulas, row, strict=True)
    }
