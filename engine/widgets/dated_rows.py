"""Rows with a date that a part of an item describes: those of a collection of the scene's record, or of an entity.

Every path that the part names is one only when its reader may ever read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Self
from zoneinfo import ZoneInfo

from engine.model.entities import Entity, Field, FieldKind
from engine.model.formula import Formula
from engine.model.requests import Condition, Path, Record
from engine.widgets.contract import Scene
from engine.widgets.properties import path_of


@dataclass(frozen=True)
class DatedRows:
    """Rows of an entity; `by` leads them to the scene's record, without it there is none that they belong to."""

    id: str
    entity: Entity
    by: str
    written: Mapping[str, object]
    scene: Scene

    @classmethod
    def of_collection(cls, id: str, written: Mapping[str, object], scene: Scene) -> Self | None:
        """Rows of the collection that is named, of the scene's record; None where there is none."""
        name = written.get("collection")
        collection = scene.entity.collections.get(name) if isinstance(name, str) and scene.entity else None
        if collection is None or scene.record is None:
            return None
        return cls(id, scene.model.entities[collection.entity], collection.by, written, scene)

    @cached_property
    def when(self) -> Path:
        """The path of the date."""
        return path_of(self.word("date"))

    @cached_property
    def by_the_hour(self) -> bool:
        """Whether the date is an instant."""
        field = self.field(self.when)
        return field is not None and field.kind is FieldKind.INSTANT

    @property
    def readable(self) -> bool:
        """Whether the reader may read the dates, and what leads to the record."""
        return self.field(self.when) is not None and (not self.by or self.field((self.by,)) is not None)

    @property
    def of_record(self) -> tuple[Condition, ...]:
        return (Condition((self.by,), "eq", self.scene.record.id),) if self.by and self.scene.record else ()

    def field(self, path: Path) -> Field | None:
        return self.scene.readable_field(self.entity.name, path)

    def path(self, name: str) -> Path | None:
        """The path that a property names, when the reader may ever read it."""
        written = self.word(name)
        return path_of(written) if written and self.field(path_of(written)) is not None else None

    def formula(self, name: str) -> Formula | None:
        found = self.written.get(name)
        return found if isinstance(found, Formula) else None

    def word(self, name: str) -> str:
        found = self.written.get(name)
        return found if isinstance(found, str) else ""

    def day(self, record: Record, path: Path | None) -> date | None:
        """A day of a row in the reader's zone; None when it is empty or may not be read in this row."""
        return self.scene.day_of(record.cells.get(".".join(path))) if path else None

    def beginning(self, day: date) -> date | datetime:
        """A day as the dates of these rows are compared with it: where they are instants, its first one."""
        return datetime.combine(day, time(), ZoneInfo(self.scene.zone)) if self.by_the_hour else day
