"""Stages of a journey: where the date of each comes from, with its reader's own rights to rows and fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from engine.model.formula import Formula
from engine.model.pages import Item
from engine.model.requests import AllOf, AnyOf, Condition, Filter, Path, QueryRequest, Record, Sort
from engine.widgets.contract import Scene
from engine.widgets.dated_rows import DatedRows
from engine.widgets.identifiers import record_link
from engine.widgets.properties import as_label, maps

MOST = 10
"""Stages of one journey: each takes at most two statements."""


@dataclass(frozen=True)
class Stage(DatedRows):
    """One stage: rows that lead to the scene's record, or the record itself; their date is when they have passed it."""

    @property
    def label(self) -> str:
        return self.scene.words(as_label(self.written.get("label")))

    @cached_property
    def begins(self) -> Path | None:
        return self.path("begins")

    @cached_property
    def due(self) -> Path | None:
        return self.path("due")

    @property
    def newest(self) -> bool:
        """Whether its newest row decides; else the first that has passed it."""
        return self.word("pick") == "last"

    @property
    def runs(self) -> bool:
        """Whether it can be under way: it says when it begins, by when it is due, or which rows are open."""
        return any(self.written.get(name) for name in ("begins", "due", "open"))

    def passed_rows(self) -> QueryRequest:
        """The row whose date tells that the stage is passed."""
        known = (Condition(self.when, "not_empty"), Condition(self.when, "lt", self._tomorrow))
        return self._request(known, self.formula("where"), Sort(self.when, self.newest))

    def open_rows(self) -> QueryRequest:
        """The row that is under way: of several the one due first, or the one that lasts longest."""
        ahead = AnyOf((Condition(self.when, "empty"), Condition(self.when, "ge", self._tomorrow)))
        order = Sort(self.due or self.begins or self.when, self.due is None and self.newest)
        return self._request((ahead,), self.formula("open") or self.formula("where"), order)

    def told_by(self, record: Record) -> bool:
        """Whether a row tells of the stage to this reader: a date that may not be read there is no empty one."""
        return ".".join(self.when) in record.cells

    def link(self, record: Record) -> str:
        return record_link(self.entity.name, record.id) if self.by else ""

    def _request(self, where: tuple[Filter, ...], formula: Formula | None, order: Sort) -> QueryRequest:
        columns = tuple(dict.fromkeys(one for one in (self.when, self.begins, self.due) if one))
        sort = (order, Sort(("id",), order.descending))
        return QueryRequest(self.entity.name, columns, AllOf((*self.of_record, *where)), formula, sort, limit=1)

    @property
    def _tomorrow(self) -> date | datetime:
        return self.beginning(self.scene.today + timedelta(days=1))


def stages_of(item: Item, scene: Scene) -> tuple[Stage, ...]:
    """The stages that the reader may read, in their order."""
    found = (_stage(one, scene) for one in maps(item, "stages")[:MOST])
    return tuple(one for one in found if one is not None and one.readable)


def _stage(written: Mapping[str, object], scene: Scene) -> Stage | None:
    id = str(written.get("id"))
    if "collection" in written:
        return Stage.of_collection(id, written, scene)
    if scene.entity is None or scene.record is None:
        return None
    return Stage(id, scene.entity, "", written, scene)
