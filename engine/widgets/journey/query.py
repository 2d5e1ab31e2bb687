"""The journey of a record: its stages in their order, each with its day and how it stands.

Passed, current, ahead or late; without a row of its own, a stage before one that is reached was skipped. A stage takes
at most two statements of one row, with its reader's rights; a stage whose source one may not read is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from engine.model.pages import Item
from engine.model.requests import Record, RecordPage
from engine.widgets.contract import Failed, Need, Rows, Scene
from engine.widgets.formats import format_date, format_days, in_sentence
from engine.widgets.journey.stages import Stage, stages_of

DONE, CURRENT, AHEAD, LATE, SKIPPED = "done", "current", "ahead", "late", "skipped"
ICONS = {DONE: "check", CURRENT: "clock", AHEAD: "", LATE: "warning", SKIPPED: "minus"}
WORDS = {
    DONE: ("已完成", "Done"),
    CURRENT: ("进行中", "Current"),
    AHEAD: ("未到", "Ahead"),
    LATE: ("已逾期", "Late"),
    SKIPPED: ("没有记录", "No record"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a stage stands: `day` is when it was passed, or by when it is to be; `since` from when it runs."""

    stage: Stage
    state: str
    day: date | None = None
    since: date | None = None
    link: str = ""


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    asked: dict[str, Need] = {}
    for stage in stages_of(item, scene):
        if stage.by:
            asked[f"passed.{stage.id}"] = Rows(stage.passed_rows())
        if stage.by and stage.runs:
            asked[f"open.{stage.id}"] = Rows(stage.open_rows())
    return asked


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    shown = [stage for stage in stages_of(item, scene) if not _refused(stage, found)]
    standings = _in_course([_standing(stage, found, scene.today) for stage in shown])
    steps = [_shown(one, scene) for one in standings]
    return {"steps": steps, "now": [one for one in steps if one["state"] in {CURRENT, LATE}]}


def _refused(stage: Stage, found: Mapping[str, object]) -> bool:
    return any(isinstance(found.get(f"{kind}.{stage.id}"), Failed) for kind in ("passed", "open"))


def _standing(stage: Stage, found: Mapping[str, object], today: date) -> Standing:
    passed, running = _row(stage, found, "passed"), _row(stage, found, "open")
    if not stage.by and stage.scene.record is not None:
        passed, running = _of_record(stage, stage.scene.record, today)
    if running is not None and (stage.newest or passed is None):
        return _under_way(stage, running, today)
    if passed is None:
        return Standing(stage, AHEAD)
    return Standing(stage, DONE, stage.day(passed, stage.when), stage.day(passed, stage.begins), stage.link(passed))


def _of_record(stage: Stage, record: Record, today: date) -> tuple[Record | None, Record | None]:
    """The record as what has passed the stage, or as what is under way."""
    day = stage.day(record, stage.when)
    if day is not None and day <= today:
        return record, None
    return None, record if stage.runs and stage.told_by(record) else None


def _row(stage: Stage, found: Mapping[str, object], kind: str) -> Record | None:
    page = found.get(f"{kind}.{stage.id}")
    rows = page.records if isinstance(page, RecordPage) else ()
    return next((one for one in rows if stage.told_by(one)), None)


def _under_way(stage: Stage, row: Record, today: date) -> Standing:
    since, due = stage.day(row, stage.begins), stage.day(row, stage.due) or stage.day(row, stage.when)
    if due is not None and due < today:
        state = LATE
    else:
        state = AHEAD if stage.begins is not None and (since is None or since > today) else CURRENT
    return Standing(stage, state, due, since, stage.link(row))


def _in_course(standings: Sequence[Standing]) -> list[Standing]:
    """What one stage says of the others: those before the furthest reached were skipped where nothing tells of them; where none is under way, the record stands at the furthest."""
    reached = [index for index, one in enumerate(standings) if one.state != AHEAD]
    if not reached:
        return list(standings)
    last = reached[-1]
    course = [
        replace(one, state=SKIPPED) if one.state == AHEAD and one.day is None and index < last else one
        for index, one in enumerate(standings)
    ]
    if not any(one.state in {CURRENT, LATE} for one in course) and last < len(course) - 1:
        course[last] = replace(course[last], state=CURRENT)
    return course


def _shown(one: Standing, scene: Scene) -> dict[str, object]:
    zh = scene.language == "zh"
    return {
        "id": one.stage.id,
        "label": one.stage.label,
        "state": one.state,
        "words": WORDS[one.state][0 if zh else 1],
        "icon": ICONS[one.state],
        "day": one.day.isoformat() if one.day else "",
        "day_words": _day_words(one, scene, zh),
        "link": one.link,
    }


def _day_words(one: Standing, scene: Scene, zh: bool) -> str:
    """The day as the stepper tells it; what is to come says that it is, what is late by how many days."""
    if one.day is None:
        since = in_sentence(format_date(one.since, scene.language, scene.today)) if one.since else ""
        return (f"{since} 起" if zh else f"since {since}") if since else ""
    words = format_date(one.day, scene.language, scene.today)
    if one.state == LATE:
        late = format_days((scene.today - one.day).days, scene.language)
        return f"应于 {words}，晚了 {late}" if zh else f"due {in_sentence(words)}, {late} late"
    if one.day > scene.today or (one.state == CURRENT and one.day == scene.today and one.since):
        if one.since is not None and one.stage.due is None:
            return f"到 {words}" if zh else f"until {in_sentence(words)}"
        return f"计划 {words}" if zh else f"planned {in_sentence(words)}"
    return words
