"""Groups of a table: rows under a head with how many they are and what they add up to, open or closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.model.entities import Entity, Field
from engine.model.pages import Item
from engine.model.requests import Path
from engine.widgets.cells import Shown, show
from engine.widgets.contract import GroupedRows, Need, RowGroup, RowGroups, Scene
from engine.widgets.kept_views import FOLD, GROUP, ONLY
from engine.widgets.listing import Column, address, columns_of, follows_address, request_for, summed_column
from engine.widgets.row_groups import ROWS, folded, group_words, grouping, key_of
from engine.widgets.table.rows import TableRow, table_rows


@dataclass(frozen=True, slots=True)
class TableGroup:
    """One group: what it is called, how many rows it has, what they add up to, where it is opened or closed, its first
    rows, how many more there are and where all of them stand.
    """

    words: str
    count: int
    sum: Shown | None
    open: bool
    toggle_url: str
    rows: tuple[TableRow, ...]
    more: int
    only_url: str


def grouped_needs(item: Item, scene: Scene, entity: Entity) -> Mapping[str, Need]:
    """What a grouped list asks for; nothing where it is not grouped, or one group alone is shown."""
    by = grouping(item, scene, entity) if follows_address(item, scene) else None
    if by is None or scene.parameters.get(ONLY):
        return {}
    path, field = by
    summed = summed_column(item, scene, entity)
    request = request_for(item, scene, entity, limit=ROWS)
    return {"groups": GroupedRows(request, path, field, summed.path if summed else None, folded(scene))}


def grouped_rows(
    item: Item, scene: Scene, entity: Entity, by: tuple[Path, Field], found: RowGroups
) -> Mapping[str, object]:
    """The groups as the table shows them."""
    summed = summed_column(item, scene, entity)
    table = _Groups(scene, entity, ".".join(by[0]), by[1], summed, columns_of(item, scene, entity))
    return {
        "rows": (),
        "groups": tuple(table.shown(one) for one in found.groups),
        "sum_label": summed.label if summed is not None else "",
        "left_out": found.left_out,
        "total": sum(one.count for one in found.groups),
        "capped": found.capped,
        "next_url": "",
        "first_url": "",
    }


def only_words(item: Item, scene: Scene, entity: Entity) -> str:
    """What the list is grouped by, while one group alone is shown."""
    by = grouping(item, scene, entity) if scene.parameters.get(ONLY) else None
    return scene.words(by[1].label) if by is not None and follows_address(item, scene) else ""


@dataclass(frozen=True, slots=True)
class _Groups:
    """Shows groups of one list."""

    scene: Scene
    entity: Entity
    name: str
    field: Field
    summed: Column | None
    columns: tuple[Column, ...]

    def shown(self, one: RowGroup) -> TableGroup:
        key, stands = key_of(one.value), folded(self.scene)
        rows = table_rows(one.page.records, self.columns, self.entity, self.scene) if one.page is not None else ()
        amount = show(one.sum, self.summed.field, self.scene) if self.summed and one.sum is not None else None
        return TableGroup(
            words=group_words(self.field, one.value, one.title, self.scene),
            count=one.count,
            sum=amount,
            open=one.page is not None,
            toggle_url=self._url({FOLD: ",".join(sorted(stands ^ {key})) or None}),
            rows=rows,
            more=max(0, one.count - len(rows)) if one.page is not None else 0,
            only_url=self._url({ONLY: key}),
        )

    def _url(self, changes: Mapping[str, str | None]) -> str:
        return address(self.scene, {GROUP: self.name, **changes})
