"""Rows of a table: their addresses and cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.model.entities import Entity
from engine.model.requests import Record
from engine.widgets.cells import Shown, cell
from engine.widgets.contract import Scene
from engine.widgets.identifiers import public_id, record_link
from engine.widgets.listing import Column


class TableRow(NamedTuple):
    """A row of a table: its public id, its address, its cells in the order of the columns."""

    id: str
    url: str
    cells: Sequence[Shown]


def table_rows(
    records: Sequence[Record], columns: Sequence[Column], entity: Entity, scene: Scene
) -> tuple[TableRow, ...]:
    return tuple(
        TableRow(
            public_id(record.id),
            record_link(entity.name, record.id),
            [cell(record, column.path, column.field, scene) for column in columns],
        )
        for record in records
    )
