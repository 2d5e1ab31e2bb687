"""The timeline: rows of one or more sources in one course of time, newest first, by day.

Within a day entries of all sources stand by the hour, below them those that have a day alone, source by source. Each
source is one statement of at most a page of rows with its reader's rights; the page is what is newest of all. Going on to
older ones is by the last entry shown: source, value, id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, date, datetime
from itertools import groupby
from math import inf

from engine.model.pages import Item
from engine.model.requests import AllOf, AnyOf, Condition, Filter, QueryRequest, Record, RecordPage, Sort
from engine.widgets.cells import Shown, cell
from engine.widgets.contract import Failed, Need, Rows, Scene
from engine.widgets.formats import format_date
from engine.widgets.identifiers import public_id, record_link
from engine.widgets.listing import address, columns_of, follows_address, request_for
from engine.widgets.properties import as_label, maps, number
from engine.widgets.timeline.sources import ONLY, Source, chosen, preset_sources, sources_of

ENTRIES = 30
LAST = 2**63
"""Behind every identifier."""


@dataclass(frozen=True, slots=True)
class Place:
    """The last entry shown: older ones come after it."""

    source: str
    value: date | datetime
    row: int

    @property
    def exists(self) -> bool:
        """Whether it can be one of an entry: an instant has a zone, a day others before and after it in every zone."""
        known = not isinstance(self.value, datetime) or self.value.tzinfo is not None
        return known and MINYEAR < self.value.year < MAXYEAR and 0 < self.row < LAST


@dataclass(frozen=True, slots=True)
class Entry:
    """A row in the course of time."""

    source: Source
    record: Record
    day: date


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    sources = chosen(item, scene, sources_of(item, scene))
    place = _place(item, scene, sources)
    return {one.id: Rows(_request(item, scene, one, _after(one, place, sources))) for one in sources}


def _request(item: Item, scene: Scene, source: Source, after: tuple[Filter, ...]) -> QueryRequest:
    limit = number(item, "limit", ENTRIES)
    known = (*source.of_record, Condition(source.when, "not_empty"), *after)
    sort = (Sort(source.when, True), Sort(("id",), True))
    if source.id == ONLY and not source.by:
        base = request_for(item, scene, source.entity, extra=source.columns, limit=limit + 1)
        return replace(base, where=AllOf((base.where, *known)), sort=sort, count=False, cursor=None)
    return QueryRequest(
        source.entity.name, _columns(item, scene, source), AllOf(known), source.formula("where"), sort, limit=limit + 1
    )


def _columns(item: Item, scene: Scene, source: Source) -> tuple[tuple[str, ...], ...]:
    extra = columns_of(item, scene, source.entity) if source.id == ONLY and "columns" in item.properties else ()
    return tuple(dict.fromkeys((*source.columns, *(one.path for one in extra))))


def _after(source: Source, place: Place | None, sources: tuple[Source, ...]) -> tuple[Filter, ...]:
    """What comes after the place: of the same moment, or of a day alone, the sources written first come first."""
    if place is None:
        return ()
    at, last = sources.index(source), [one.id for one in sources].index(place.source)
    if at == last:
        same = AllOf((Condition(source.when, "eq", place.value), Condition(("id",), "lt", place.row)))
        return (AnyOf((Condition(source.when, "lt", place.value), same)),)
    day = source.scene.day_of(place.value)
    if source.by_the_hour is isinstance(place.value, datetime):
        return (Condition(source.when, "lt" if at < last else "le", place.value),)
    if source.by_the_hour and day is not None:
        return (Condition(source.when, "lt", source.beginning(day)),)
    return (Condition(source.when, "le", day),)


def _place(item: Item, scene: Scene, sources: tuple[Source, ...]) -> Place | None:
    """The place that the address goes on from; one that is none is the beginning."""
    try:
        name, value, row = scene.parameters.get(f"{item.id}.older", "").split("~")
        source = next(one for one in sources if one.id == name)
        moment = datetime.fromisoformat(value) if source.by_the_hour else date.fromisoformat(value)
        placed = Place(name, moment, int(row))
    except (ValueError, StopIteration):
        return None
    return placed if placed.exists else None


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    sources = sources_of(item, scene)
    shown, pages = chosen(item, scene, sources), [one for one in found.values() if isinstance(one, RecordPage)]
    failed = next((one for one in found.values() if isinstance(one, Failed)), None)
    if not pages:
        return {"state": "error", "failed": failed or Failed("no_permission", ""), "days": (), "chips": (), "new": ()}
    limit = number(item, "limit", ENTRIES)
    entries = sorted(_entries(shown, found), key=lambda one: _newest_first(one, shown))
    page, more = entries[:limit], len(entries) > limit
    many = len(sources) > 1
    return {
        "state": "rows" if page else "empty",
        "days": [
            (format_date(day, scene.language, scene.today), day.isoformat(), [_shown(item, one, many) for one in group])
            for day, group in groupby(page, key=lambda one: one.day)
        ],
        "chips": tuple(_chips(item, scene, sources)) if many else (),
        "older_url": _older_url(item, scene, page[-1]) if more and page else "",
        "newest_url": address(scene, {f"{item.id}.older": None}) if _place(item, scene, shown) else "",
        "new": tuple((one.label, one.icon, one.new_url) for one in sources if one.new_url),
        "follows": follows_address(item, scene),
    }


def _entries(sources: tuple[Source, ...], found: Mapping[str, object]) -> Iterator[Entry]:
    for source in sources:
        page = found.get(source.id)
        for record in page.records if isinstance(page, RecordPage) else ():
            day = source.day(record, source.when)
            if day is not None:
                yield Entry(source, record, day)


def _newest_first(entry: Entry, sources: tuple[Source, ...]) -> tuple[object, ...]:
    value = _value(entry)
    moment = value.timestamp() if isinstance(value, datetime) else -inf
    return -entry.day.toordinal(), -moment, sources.index(entry.source), -entry.record.id


def _shown(item: Item, entry: Entry, many: bool) -> Mapping[str, object]:
    source, record, scene = entry.source, entry.record, entry.source.scene
    named = {source.when, source.title, *(path for path in (source.text, source.actor) if path)}
    extra = columns_of(item, scene, source.entity) if "columns" in item.properties and source.id == ONLY else ()
    when = _cell(entry, source.when)
    return {
        "key": f"{source.id}:{public_id(record.id)}",
        "href": record_link(source.entity.name, record.id),
        "kind": source.label if many else "",
        "icon": source.icon,
        "title": _cell(entry, source.title) if source.field(source.title) else None,
        "when": when if when is not None and isinstance(_value(entry), datetime) else None,
        "text": _cell(entry, source.text),
        "actor": _cell(entry, source.actor),
        "badges": [shown for path in source.badges if (shown := _cell(entry, path)) and shown.kind != "empty"],
        "cells": [(one.label, cell(record, one.path, one.field, scene)) for one in extra if one.path not in named],
    }


def _value(entry: Entry) -> object:
    return entry.record.cells.get(".".join(entry.source.when))


def _cell(entry: Entry, path: tuple[str, ...] | None) -> Shown | None:
    field = entry.source.field(path) if path else None
    return cell(entry.record, path, field, entry.source.scene) if field and path else None


def _chips(item: Item, scene: Scene, sources: tuple[Source, ...]) -> Iterator[tuple[str, str, str, bool]]:
    """What one can choose to see: label, icon, address, whether it is chosen; all, groups of sources, each source."""
    everything = "全部" if scene.language == "zh" else "All"
    known = {one.id for one in sources}
    offered = [("", everything, "")]
    for preset in maps(item, "presets"):
        if len(known & set(preset_sources(preset))) > 1:
            offered.append((str(preset.get("id")), scene.words(as_label(preset.get("label"))), "link"))
    offered += [(one.id, one.label, one.icon) for one in sources]
    names = {id for id, _, _ in offered}
    asked = scene.parameters.get(f"{item.id}.kind", "")
    asked = asked if asked in names else ""
    for id, label, icon in offered:
        yield label, icon, address(scene, {f"{item.id}.kind": id or None, f"{item.id}.older": None}), id == asked


def _older_url(item: Item, scene: Scene, last: Entry) -> str:
    value = _value(last)
    written = value.isoformat() if isinstance(value, date) else ""
    return address(scene, {f"{item.id}.older": f"{last.source.id}~{written}~{last.record.id}"})
