"""Sources of a timeline: where its entries come from, each with its reader's own rights to rows and fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.model.access import Action
from engine.model.entities import Entity
from engine.model.pages import Item
from engine.model.requests import Path
from engine.widgets.contract import Scene
from engine.widgets.dated_rows import DatedRows
from engine.widgets.identifiers import public_id
from engine.widgets.listing import entity_of
from engine.widgets.properties import as_label, maps, path_of

MOST = 8
"""Sources of one timeline: each takes a statement."""
ONLY = "entries"
"""The name of the source of a timeline that lists none."""


@dataclass(frozen=True)
class Source(DatedRows):
    """Rows of an entity by a date: all of them, or those of the scene's record."""

    @cached_property
    def title(self) -> Path:
        return path_of(self.word("title") or self.entity.title)

    @cached_property
    def icon(self) -> str:
        return self.word("icon") or self.entity.icon or "file"

    @cached_property
    def label(self) -> str:
        return self.scene.words(as_label(self.written.get("label"))) or self.scene.words(self.entity.label)

    @property
    def columns(self) -> tuple[Path, ...]:
        """The paths that an entry shows and the reader may ever read."""
        named = (path_of(self.entity.title), self.when, self.title, self.text, self.actor, *self.badges)
        return tuple(dict.fromkeys(path for path in named if path is not None and self.field(path) is not None))

    @cached_property
    def text(self) -> Path | None:
        """The path of an entry's words."""
        return self.path("text")

    @cached_property
    def actor(self) -> Path | None:
        """The path of whoever an entry is by."""
        return self.path("actor")

    @cached_property
    def badges(self) -> tuple[Path, ...]:
        listed = self.written.get("badges")
        paths = [path_of(str(one)) for one in listed] if isinstance(listed, list | tuple) else []
        return tuple(path for path in paths if self.field(path) is not None)

    @property
    def new_url(self) -> str:
        """Where an entry of this source is written down for the record, if the reader may."""
        if self.scene.record is None or not self.by or self.entity.part_of:
            return ""
        if Action.CREATE not in self.scene.allowed[self.entity.name]:
            return ""
        return f"/r/{self.entity.name}/new?{self.by}={public_id(self.scene.record.id)}"


def sources_of(item: Item, scene: Scene) -> tuple[Source, ...]:
    """The sources of a timeline that its reader may read, in the order in which they are written."""
    listed = maps(item, "sources")
    if not listed:
        made = _source(ONLY, item.properties, scene, entity_of(item, scene))
        return (made,) if made is not None and made.readable else ()
    found = (_source(str(one.get("id")), one, scene, None) for one in listed[:MOST])
    return tuple(one for one in found if one is not None and one.readable)


def _source(id: str, written: Mapping[str, object], scene: Scene, default: Entity | None) -> Source | None:
    if "collection" in written:
        return Source.of_collection(id, written, scene)
    name = written.get("entity")
    shown = scene.model.entities.get(name) if isinstance(name, str) else default
    return Source(id, shown, "", written, scene) if shown is not None else None


def chosen(item: Item, scene: Scene, sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """The sources that the address chooses: one, those of a preset, else all."""
    asked = scene.parameters.get(f"{item.id}.kind", "")
    names = next((preset_sources(one) for one in maps(item, "presets") if one.get("id") == asked), (asked,))
    return tuple(one for one in sources if one.id in names) or sources


def preset_sources(preset: Mapping[str, object]) -> tuple[str, ...]:
    listed = preset.get("sources")
    return tuple(map(str, listed)) if isinstance(listed, list | tuple) else ()
