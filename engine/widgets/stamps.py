"""Stamps: how fresh what is shown is, in words: as of when, and that the other side does not answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engine.model.metrics import bases_of
from engine.model.sources import SourceStamp, least_fresh
from engine.widgets.contract import Aggregates, ColumnTotals, GroupedRows, ManyRows, Need, Rows, Scene
from engine.widgets.formats import format_date, format_days, format_duration, in_sentence

LONG = timedelta(days=2)
"""What is older is said in days."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """`words` say as of when; `trouble` says that a source that was read fails, and how old the last known is. `at` is for machines, `source` who told."""

    words: str
    trouble: str = ""
    at: str = ""
    source: str = ""


def stamp_of_needs(needs: Mapping[str, Need], scene: Scene) -> SourceStamp | None:
    """How fresh the rows are that an item shows: of several entities the least fresh; None where none is filled by a source."""
    if not scene.fresh:
        return None
    named = dict.fromkeys(entity for need in needs.values() for entity in _entities(need, scene))
    return least_fresh(scene.fresh.get(entity) for entity in named)


def quiet_stamp(found: SourceStamp | None, scene: Scene) -> Stamp | None:
    """A stamp beneath what is shown: as of when and, where that is not as promised, of which source and since when."""
    if found is None:
        return None
    zh, name = scene.language.startswith("zh"), scene.words(found.label)
    when = _moment(found.as_of, scene) if found.as_of else ""
    words = (f"数据截至{when}" if zh else f"As of {in_sentence(when)}") if when else ""
    trouble = ""
    if found.failing:
        since = _moment(found.since, scene) if found.since else ""
        trouble = f"{name} 自{since} 起读取失败" if zh else f"{name} has failed since {in_sentence(since)}"
    elif found.late:
        trouble = f"{name} 没有按计划更新" if zh else f"{name} is behind its schedule"
    return Stamp(words or name, trouble, found.as_of.isoformat() if found.as_of else "", name)


def _moment(at: datetime, scene: Scene) -> str:
    there = at.astimezone(ZoneInfo(scene.zone))
    return f"{format_date(there.date(), scene.language, scene.today)} {there:%H:%M}"


def _entities(need: Need, scene: Scene) -> Iterator[str]:
    if isinstance(need, Rows | ManyRows | GroupedRows | ColumnTotals):
        yield need.request.entity
    elif isinstance(need, Aggregates):
        for metric in need.request.metrics:
            yield from (one.entity for one in bases_of(scene.model.metrics, metric) if one.entity is not None)


def stamp_words(found: object, scene: Scene) -> Stamp:
    """The stamp of rows: those of our own are as they are now."""
    zh = scene.language == "zh"
    if not isinstance(found, SourceStamp):
        return Stamp("本系统，实时" if zh else "live, entered here")
    name = scene.words(found.label)
    if found.as_of is None:
        down = ("（连不上）" if zh else " (does not answer)") if found.failing else ""
        return Stamp((f"还没有从{name}读取过" if zh else f"{name}: never read yet") + down)
    there = found.as_of.astimezone(ZoneInfo(scene.zone))
    when = f"{format_date(there.date(), scene.language, scene.today)} {there:%H:%M}"
    words = f"截至{when} · {name}" if zh else f"as of {in_sentence(when)} · {name}"
    if not found.failing:
        return Stamp(words, "", found.as_of.isoformat())
    age = _age(found.as_of, scene)
    trouble = (
        f"{name}连不上，下面是 {age}前最后读到的"
        if zh
        else f"{name} does not answer; below is what was last read, {age} ago"
    )
    return Stamp(words, trouble, found.as_of.isoformat())


def _age(then: datetime, scene: Scene) -> str:
    gone = scene.now - then
    return format_days(gone.days, scene.language) if gone >= LONG else format_duration(gone, scene.language)
