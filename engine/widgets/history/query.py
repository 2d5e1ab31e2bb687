"""History: who changed which field of the record, when, from what to what."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.pages import Item
from engine.widgets.cells import EMPTY, show
from engine.widgets.contract import Failed, FieldHistory, Need, Scene
from engine.widgets.formats import format_instant
from engine.widgets.identifiers import public_id
from engine.widgets.properties import number
from engine.widgets.text_changes import only_formatting

WORDS = {
    "create": ("创建", "created"),
    "delete": ("删除", "deleted"),
    "restore": ("恢复", "restored"),
    "update": ("修改", "changed"),
    "transition": ("流转", "moved"),
}


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {"entries": FieldHistory(number(item, "limit", 20))}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    entries, entity = found.get("entries"), scene.entity
    if entity is None or not isinstance(entries, tuple | list):
        return {
            "state": "error",
            "failed": entries if isinstance(entries, Failed) else Failed("empty", ""),
            "entries": (),
            "whole_url": "",
        }
    shown = []
    for entry in entries:
        field = entity.fields.get(entry.field)
        zh, en = WORDS.get(entry.action, (entry.action, entry.action))
        old = show(entry.old, field, scene, entry.old_title) if field else EMPTY
        new = show(entry.new, field, scene, entry.new_title) if field else EMPTY
        shown.append(
            {
                "when": format_instant(entry.at, scene.language, scene.now, scene.zone),
                "exact": entry.at.isoformat(),
                "who": entry.actor,
                "action": zh if scene.language == "zh" else en,
                "field": scene.words(field.label) if field else "",
                "old": old if field else None,
                "new": new if field else None,
                "looks": only_formatting(old, new),
            }
        )
    whole = f"/r/{entity.name}/{public_id(scene.record.id)}/history" if scene.record else ""
    return {"state": "rows" if shown else "empty", "entries": shown, "whole_url": whole}
