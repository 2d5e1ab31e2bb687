"""Attachments: files of the record, and a way to add one."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.access import Action
from engine.model.pages import Item
from engine.widgets.cells import title_of
from engine.widgets.contract import AttachmentList, Failed, Need, Scene
from engine.widgets.formats import format_bytes, format_instant
from engine.widgets.identifiers import public_id
from engine.widgets.properties import texts


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {"files": AttachmentList()}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    files, entity, record = found.get("files"), scene.entity, scene.record
    if entity is None or record is None or not isinstance(files, tuple | list):
        return {"state": "error", "failed": files if isinstance(files, Failed) else Failed("empty", ""), "files": ()}
    return {
        "state": "rows" if files else "empty",
        "files": [
            {
                "name": one.filename,
                "url": f"/files/{public_id(one.id)}",
                "size": format_bytes(one.size),
                "when": format_instant(one.created_at, scene.language, scene.now, scene.zone),
                "who": one.created_by,
            }
            for one in files
        ],
        "capture": texts(item, "capture"),
        "about": title_of(entity, record, scene),
        "attach_url": f"/r/{entity.name}/{public_id(record.id)}/files"
        if Action.UPDATE in scene.allowed[entity.name]
        else "",
    }
