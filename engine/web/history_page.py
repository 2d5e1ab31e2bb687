"""The history of a record: who changed what and when, from what to what, what was merged, and where a conflict was decided."""

from __future__ import annotations

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.entities import Entity
from engine.runtime.history import HistoryEntry, HistoryVersion, history_versions
from engine.runtime.work import Work
from engine.web.calls import Call, whole_number
from engine.web.pages import record_of_call
from engine.web.responses import record_url
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.cells import EMPTY, show, title_of
from engine.widgets.contract import Scene
from engine.widgets.formats import format_instant
from engine.widgets.history.query import WORDS
from engine.widgets.text_changes import changed_lines, only_formatting


def show_history(work: Work, call: Call, site: Site) -> Response:
    """GET /r/{entity}/{record}/history?before=…: page by page, newest first."""
    entity, record = record_of_call(work, call)
    scene = scene_for(work, call, entity=entity, record=record)
    asked = call.first.get("before", "")
    before = whole_number(asked)
    versions, following = history_versions(work, entity.name, record.id, before)
    values = {
        "title": Message("修改历史", "History").text(scene.language),
        "subject": title_of(entity, record, scene),
        "versions": [_told(one, entity, scene) for one in versions],
        "next_url": f"{call.path}?before={following}" if following is not None else "",
        "first_page": before is None,
        "back": record_url(entity.name, record.id),
    }
    return page_response(work, call, site, "history.html", values)


def _told(version: HistoryVersion, entity: Entity, scene: Scene) -> dict[str, object]:
    """A version in words."""
    zh, en = WORDS.get(version.action, (version.action, version.action))
    return {
        "version": version.version,
        "who": version.actor,
        "action": zh if scene.language == "zh" else en,
        "when": format_instant(version.at, scene.language, scene.now, scene.zone),
        "exact": version.at.isoformat(),
        "changes": [_change(one, entity, scene) for one in version.changes],
        "beside": "、".join(version.beside),
        "over": "、".join(scene.words(entity.fields[name].label) for name in version.over),
    }


def _change(entry: HistoryEntry, entity: Entity, scene: Scene) -> dict[str, object]:
    field = entity.fields[entry.field]
    old = show(entry.old, field, scene, entry.old_title) if entry.old is not None else EMPTY
    new = show(entry.new, field, scene, entry.new_title) if entry.new is not None else EMPTY
    return {
        "label": scene.words(field.label) or field.name,
        "computed": field.computed,
        "old": old,
        "new": new,
        "lines": changed_lines(old, new),
        "looks": only_formatting(old, new),
    }
