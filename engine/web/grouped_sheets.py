"""Grouped sheets: the groups of a list in its export: a head with how many rows it has and what they add up to, then all
of its rows; groups that are closed on the page too. Counts and sums are of the rows that stand below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine.model.entities import Entity, Field
from engine.model.pages import Item
from engine.model.requests import Path, Record
from engine.runtime.transfer.exporting import Block, Cell
from engine.widgets.contract import RowGroup, Scene
from engine.widgets.kept_views import ONLY
from engine.widgets.listing import Column, columns_of, summed_column
from engine.widgets.row_groups import arranged, group_words, grouping


@dataclass(frozen=True, slots=True)
class GroupedSheet:
    """How the records of one list are told apart. Satisfies engine.runtime.transfer.exporting.Arranged."""

    scene: Scene
    by: Path
    field: Field
    columns: tuple[Column, ...]
    summed: Column | None

    @property
    def paths(self) -> tuple[Path, ...]:
        """The columns that it reads."""
        return (self.by, *((self.summed.path,) if self.summed is not None else ()))

    def __call__(self, records: Sequence[Record]) -> Sequence[Block]:
        held: dict[object, list[Record]] = {}
        for record in records:
            held.setdefault(self._value(record), []).append(record)
        title = ".".join((*self.by, "@title"))
        groups = [
            RowGroup(value, str(rows[0].cells.get(title) or "") or None, len(rows), self._sum(rows))
            for value, rows in held.items()
        ]
        return [Block(self._head(one), held[one.value]) for one in arranged(self.field, groups)]

    def _value(self, record: Record) -> object:
        """What a record is grouped by: its value, or the first day of its month where the reader is."""
        value = record.cells.get(".".join(self.by))
        if isinstance(value, datetime):
            value = value.astimezone(ZoneInfo(self.scene.zone)).date()
        return value.replace(day=1) if isinstance(value, date) else value

    def _sum(self, records: Sequence[Record]) -> Decimal | None:
        if self.summed is None:
            return None
        name = self.summed.name
        read = [one.cells[name] for one in records if name in one.cells and name not in one.masked]
        return sum((Decimal(str(one)) for one in read if one is not None), Decimal(0)) if read else None

    def _head(self, one: RowGroup) -> list[Cell]:
        words = group_words(self.field, one.value, one.title, self.scene)
        told = f"{words}（{one.count} 条）" if self.scene.language == "zh" else f"{words} ({one.count})"
        place = next((at for at, column in enumerate(self.columns) if column != self.summed), 0)
        summed = [column == self.summed and one.sum is not None for column in self.columns]
        return [
            (told, False) if at == place else (str(one.sum) if added else "", added) for at, added in enumerate(summed)
        ]


def arranged_by(item: Item, scene: Scene, entity: Entity) -> GroupedSheet | None:
    """How a table groups its rows at its address; None where it does not, or shows one group alone."""
    by = grouping(item, scene, entity)
    if by is None or item.widget != "table" or scene.parameters.get(ONLY):
        return None
    columns = tuple(columns_of(item, scene, entity))
    return GroupedSheet(scene, *by, columns, summed_column(item, scene, entity))
