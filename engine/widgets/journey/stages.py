"""Stages of a journey: where the date of each comes from, with its reader's own rights to rows and fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from engine.model.entities import Entity, Field, FieldKind
from engine.model.formula import Formula
from engine.model.pages import Item
from engine.model.requests import AllOf, AnyOf, Condition, Filter, Path, QueryRequest, Record, Sort
from engine.widgets.contract import Scene
from engine.widgets.identifiers import record_link
from engine.widgets.properties import as_label, maps, path_of

MOST = 10
"""Stages of one journey: each takes at most two statements."""


@dataclass(frozen=True)
class Stage:
    """One stage: rows of an entity that `by` leads to the scene's record, or (without `by`) the record itself."""

    id: str
    entity: Entity
    by: str
    written: Mapping[str, object]
    scene: Scene

    @property
    def label(self) -> str:
        return self.scene.words(as_label(self.written.get("label")))

    @cached_property
    def passes(self) -> Path:
        return path_of(self._text("date"))

    @cached_property
    def begins(self) -> Path | None:
        return self._path("begins")

    @cached_property
    def due(self) -> Path | None:
        return self._path("due")

    @property
    def newest(self) -> bool:
        """Whether its newest row decides; else the first that has passed it."""
        return self._text("pick") == "last"

    @property
    def runs(self) -> bool:
        """Whether it can be under way: it says when it begins, by when it is due, or which rows are open."""
        return any(self.written.get(name) for name in ("begins", "due", "open"))

    @property
    def readable(self) -> bool:
        """Whether the reader may ever read its dates, and what leads to the record."""
        return self._field(self.passes) is not None and (not self.by or self._field((self.by,)) is not None)

    def passed_rows(self) -> QueryRequest:
        """The row whose date tells that the stage is passed."""
        known = (Condition(self.passes, "not_empty"), Condition(self.passes, "lt", self._tomorrow()))
        return self._request(known, self._formula("where"), Sort(self.passes, self.newest))

    def open_rows(self) -> QueryRequest:
        """The row that is under way: of several the one due first, or the one that lasts longest."""
        ahead = AnyOf((Condition(self.passes, "empty"), Condition(self.passes, "ge", self._tomorrow())))
        order = Sort(self.due or self.begins or self.passes, self.due is None and self.newest)
        return self._request((ahead,), self._formula("open") or self._formula("where"), order)

    def day(self, record: Record, path: Path | None) -> date | None:
        """A day of a row in the reader's zone; None when it is empty or may not be read in this row."""
        value = record.cells.get(".".join(path)) if path else None
        if isinstance(value, datetime):
            return value.astimezone(ZoneInfo(self.scene.zone)).date()
        return value if isinstance(value, date) else None

    def told_by(self, record: Record) -> bool:
        """Whether a row tells of the stage to this reader: a date that may not be read there is no empty one."""
        return ".".join(self.passes) in record.cells

    def link(self, record: Record) -> str:
        return record_link(self.entity.name, record.id) if self.by else ""

    def _request(self, where: tuple[Filter, ...], formula: Formula | None, order: Sort) -> QueryRequest:
        of_record = (Condition((self.by,), "eq", self.scene.record.id),) if self.scene.record else ()
        columns = tuple(dict.fromkeys(one for one in (self.passes, self.begins, self.due) if one))
        sort = (order, Sort(("id",), order.descending))
        return QueryRequest(self.entity.name, columns, AllOf((*of_record, *where)), formula, sort, limit=1)

    def _tomorrow(self) -> date | datetime:
        day = date.fromordinal(self.scene.today.toordinal() + 1)
        field = self._field(self.passes)
        if field is not None and field.kind is FieldKind.INSTANT:
            return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.scene.zone))
        return day

    def _path(self, name: str) -> Path | None:
        """The path that a property names, when the reader may ever read it."""
        written = self._text(name)
        return path_of(written) if written and self._field(path_of(written)) is not None else None

    def _field(self, path: Path) -> Field | None:
        return self.scene.readable_field(self.entity.name, path)

    def _formula(self, name: str) -> Formula | None:
        found = self.written.get(name)
        return found if isinstance(found, Formula) else None

    def _text(self, name: str) -> str:
        found = self.written.get(name)
        return found if isinstance(found, str) else ""


def stages_of(item: Item, scene: Scene) -> tuple[Stage, ...]:
    """The stages that the reader may read, in their order."""
    found = (_stage(one, scene) for one in maps(item, "stages")[:MOST])
    return tuple(one for one in found if one is not None and one.readable)


def _stage(written: Mapping[str, object], scene: Scene) -> Stage | None:
    entity, name = scene.entity, written.get("collection")
    if entity is None or scene.record is None:
        return None
    if not isinstance(name, str):
        return Stage(str(written.get("id")), entity, "", written, scene)
    collection = entity.collections.get(name)
    if collection is None:
        return None
    return Stage(str(written.get("id")), scene.model.entities[collection.entity], collection.by, written, scene)
