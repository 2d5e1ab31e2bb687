"""A business card on a form: a text or a code to be read, what of it goes where, and the photo that is kept."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.access import FieldRight
from engine.model.pages import Item
from engine.widgets.contract import CardFilling, FieldRights, Need, Scene
from engine.widgets.properties import text

PARTS = {
    "name": ("姓名", "Name"),
    "title": ("职务", "Position"),
    "company": ("公司", "Company"),
    "department": ("部门", "Department"),
    "mobile": ("手机", "Mobile"),
    "landline": ("座机", "Landline"),
    "email": ("邮箱", "E-mail"),
    "wechat": ("微信", "WeChat"),
    "website": ("网址", "Web site"),
    "address": ("地址", "Address"),
}


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    return {"rights": FieldRights(scene.entity.name)} if scene.entity else {}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    rights = found.get("rights")
    names = [text(item, part) for part in PARTS if text(item, part)]
    if scene.filling is None or not isinstance(rights, Mapping):
        return {"state": "hidden"}
    if not any(rights.get(name) is FieldRight.WRITE for name in names):
        return {"state": "hidden"}
    card = scene.filling.card or CardFilling()
    return {
        "state": "read" if card.asked else "open" if card.text or card.photo else "closed",
        "card": card,
        "lines": [{"line": one, "part": _word(one.part, scene)} for one in card.lines],
        "takes": any(one.takeable for one in card.lines),
        "photo": item.properties.get("photo") is True,
    }


def _word(part: str, scene: Scene) -> str:
    zh, en = PARTS[part]
    return zh if scene.language == "zh" else en
