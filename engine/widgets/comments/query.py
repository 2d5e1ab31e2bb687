"""Comments: what was said about the record, newest first, and a way to say something and to name people."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.pages import Item
from engine.widgets.comment_parts import CommentView, Thread
from engine.widgets.contract import CommentThread, Failed, Need, Scene
from engine.widgets.formats import format_instant
from engine.widgets.identifiers import public_id
from engine.widgets.properties import number

BEFORE = "comments_before"
"""The key of an address that shows what was said before a comment."""


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {"thread": CommentThread(scene.parameters.get(BEFORE, ""), number(item, "limit", 20))}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    thread, entity, record = found.get("thread"), scene.entity, scene.record
    if entity is None or record is None or not isinstance(thread, Thread):
        failed = thread if isinstance(thread, Failed) else Failed("empty", "")
        return {"state": "error", "failed": failed, "comments": (), "add_url": ""}
    name, identity, filling = entity.name, public_id(record.id), scene.filling
    problems = filling.problems.get("comment", ()) if filling is not None else ()
    return {
        "state": "rows" if thread.comments else "empty",
        "comments": [_line(one, scene) for one in thread.comments],
        "add_url": f"/r/{name}/{identity}/comments" if thread.writable else "",
        "people_url": f"/api/records/{name}/{identity}/people",
        "older_url": f"?{BEFORE}={public_id(thread.comments[-1].id)}#{item.id}" if thread.more else "",
        "newest_url": f"/r/{name}/{identity}#{item.id}" if scene.parameters.get(BEFORE) else "",
        "text": str(filling.values.get("comment", "")) if filling is not None else "",
        "problem": problems[0] if problems else "",
        "key": thread.key,
    }


def _line(one: CommentView, scene: Scene) -> Mapping[str, object]:
    identity = public_id(one.id)
    return {
        "anchor": f"comment-{identity}",
        "url": f"/comments/{identity}",
        "who": one.author,
        "when": format_instant(one.made_at, scene.language, scene.now, scene.zone),
        "exact": one.made_at.isoformat(),
        "edited": format_instant(one.edited_at, scene.language, scene.now, scene.zone) if one.edited_at else "",
        "deleted": one.deleted,
        "body": one.body,
        "parts": one.parts,
        "changeable": one.changeable,
        "earlier": [(body, format_instant(at, scene.language, scene.now, scene.zone)) for body, at in one.earlier],
    }
