"""Stamps: how fresh what is shown is, in words: as of when, and that the other side does not answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engine.model.sources import SourceStamp
from engine.widgets.contract import Scene
from engine.widgets.formats import format_date, format_days, format_duration, in_sentence

LONG = timedelta(days=2)
"""What is older is said in days."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """`words` say as of when; `trouble` says that the source fails and how old the last known is. `at` is for machines."""

    words: str
    trouble: str = ""
    at: str = ""


def stamp_words(found: object, scene: Scene) -> Stamp:
    """The stamp of rows: those of our own are as they are now."""
    zh = scene.language == "zh"
    if not isinstance(found, SourceStamp):
        return Stamp("本系统，实时" if zh else "live, entered here")
    name = scene.words(found.label)
    if found.as_of is None:
        never = f"还没有从{name}读取过" if zh else f"{name}: never read yet"
        failing = (
            f"{name}连不上，也没有读到过；下面是本系统登记的"
            if zh
            else f"{name} does not answer and was never read; below is what was entered here"
        )
        return Stamp(never, failing if found.failing else "")
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
