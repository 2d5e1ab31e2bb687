"""Sources of a timeline: where its entries come from, each with its reader's own rights to rows and fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from engine.model.access import Action
from engine.model.entities import Collection, Entity, Field
from engine.model.formula import Formula
from engine.model.pages import Item
from engine.model.requests import Condition, Path, Record
from engine.widgets.contract import Scene
from engine.widgets.identifiers import public_id
from engine.widgets.listing import entity_of
from engine.widgets.properties import as_label, maps, path_of

MOST = 8
"""Sources of one timeline: each takes a statement."""
ONLY = "entries"
"""The name of the source of a timeline that lists none."""


@dataclass(frozen=True)
class Source:
    """Rows of an entity by a date: all of them, or those of the scene's record (`by` leads to it)."""

    id: str
    entity: Entity
    by: str
    written: Mapping[str, object]
    scene: Scene

    @cached_property
    def when(self) -> Path:
        return path_of(self._text("date"))

    @cached_property
    def title(self) -> Path:
        return path_of(self._text("title") or self.entity.title)

    @cached_property
    def icon(self) -> str:
        return self._text("icon") or self.entity.icon or "file"

    @cached_property
    def label(self) -> str:
        return self.scene.words(as_label(self.written.get("label"))) or self.scene.words(self.entity.label)

    @property
    def where(self) -> Formula | None:
        found = self.written.get("where")
        return found if isinstance(found, Formula) else None

    @property
    def columns(self) -> tuple[Path, ...]:
        """The paths that an entry shows and the reader may ever read."""
        named = (self.entity.title, self._text("date"), self._text("title"), self._text("text"), self._text("actor"))
        listed = self.written.get("badges")
        badges = tuple(map(str, listed)) if isinstance(listed, list | tuple) else ()
        paths = dict.fromkeys(path_of(name) for name in (*named, *badges) if name)
        return tuple(path for path in paths if self.field(path) is not None)

    @cached_property
    def text(self) -> Path | None:
        """The path of an entry's words, when the reader may ever read it."""
        return self._path("text")

    @cached_property
    def actor(self) -> Path | None:
        """The path of whoever an entry is by, when the reader may ever read it."""
        return self._path("actor")

    def _path(self, name: str) -> Path | None:
        written = self._text(name)
        return path_of(written) if written and self.field(path_of(written)) is not None else None

    @cached_property
    def badges(self) -> tuple[Path, ...]:
        listed = self.written.get("badges")
        paths = [path_of(str(one)) for one in listed] if isinstance(listed, list | tuple) else []
        return tuple(path for path in paths if self.field(path) is not None)

    def field(self, path: Path) -> Field | None:
        return self.scene.readable_field(self.entity.name, path)

    @property
    def readable(self) -> bool:
        """Whether the reader may read the dates, and what leads to the record."""
        return self.field(self.when) is not None and (not self.by or self.field((self.by,)) is not None)

    @property
    def of_record(self) -> tuple[Condition, ...]:
        return (Condition((self.by,), "eq", self.scene.record.id),) if self.by and self.scene.record else ()

    @property
    def new_url(self) -> str:
        """Where an entry of this source is written down for the record, if the reader may."""
        if self.scene.record is None or not self.by or self.entity.part_of:
            return ""
        if Action.CREATE not in self.scene.allowed[self.entity.name]:
            return ""
        return f"/r/{self.entity.name}/new?{self.by}={public_id(self.scene.record.id)}"

    def day(self, record: Record) -> date | None:
        """The day of an entry in the reader's zone; None when its date may not be read in this row."""
        value = record.cells.get(".".join(self.when))
        if isinstance(value, datetime):
            return value.astimezone(ZoneInfo(self.scene.zone)).date()
        return value if isinstance(value, date) else None

    def _text(self, name: str) -> str:
        found = self.written.get(name)
        return found if isinstance(found, str) else ""


def sources_of(item: Item, scene: Scene) -> tuple[Source, ...]:
    """The sources of a timeline that its reader may read, in the order in which they are written."""
    listed = maps(item, "sources")
    if not listed:
        made = _source(ONLY, item.properties, scene, entity_of(item, scene))
        return (made,) if made is not None and made.readable else ()
    found = (_source(str(one.get("id")), one, scene, None) for one in listed[:MOST])
    return tuple(one for one in found if one is not None and one.readable)


def _source(id: str, written: Mapping[str, object], scene: Scene, default: Entity | None) -> Source | None:
    name, entity = written.get("collection"), written.get("entity")
    collection = scene.entity.collections.get(name) if isinstance(name, str) and scene.entity else None
    if collection is not None:
        return _of_collection(id, written, scene, collection)
    shown = scene.model.entities.get(entity) if isinstance(entity, str) else default
    return Source(id, shown, "", written, scene) if shown is not None else None


def _of_collection(id: str, written: Mapping[str, object], scene: Scene, collection: Collection) -> Source | None:
    if scene.record is None:
        return None
    return Source(id, scene.model.entities[collection.entity], collection.by, written, scene)


def chosen(item: Item, scene: Scene, sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """The sources that the address chooses: one, those of a preset, else all."""
    asked = scene.parameters.get(f"{item.id}.kind", "")
    names = next((preset_sources(one) for one in maps(item, "presets") if one.get("id") == asked), (asked,))
    return tuple(one for one in sources if one.id in names) or sources


def preset_sources(preset: Mapping[str, object]) -> tuple[str, ...]:
    listed = preset.get("sources")
    return tuple(map(str, listed)) if isinstance(listed, list | tuple) else ()
