"""A missing right: those who have a page of an entity may work with its records; a page opens for the role that begins at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from designer.commands.sheets import Command
from designer.fixes.broken import Broken, file_of, labelled
from engine.diagnostics import Message
from engine.dsl.document import Document

WORKS = ["read", "create", "update", "export"]


def granted(one: Broken) -> Command | None:
    """Who has a page or a form's pack of an entity nobody has a right to gets one."""
    entity = one.document
    if entity is None:
        return None
    roles = sorted(set(_roles_of_pages(one, entity.name))) or sorted(
        role.name for role in one.documents if role.kind == "roles" and role.pack == entity.pack and not _powerful(role)
    )
    if not roles:
        return None
    grant = {"id": "members", "roles": roles, "actions": WORKS}
    listed = "、".join(roles)
    words = Message(f"让 {listed} 查看和维护", f"Let {', '.join(roles)} work with it")
    access = next((one for one in one.documents if one.kind == "access" and _about(one) == entity.name), None)
    if access is not None:
        grants = {"do": "set", "file": file_of(access), "path": ["grants"], "value": [grant]}
        return labelled(words, grants)
    text = f"grants:\n  - {{id: members, roles: [{', '.join(roles)}], actions: [{', '.join(WORKS)}]}}\n"
    return labelled(words, {"do": "create", "file": f"{entity.pack}/access/{entity.name}.yaml", "text": text})


def opened(one: Broken) -> Command | None:
    """The page that a role is offered opens for it."""
    role = one.document
    page = one.found("pages", one.value) or one.found("dashboards", one.value)
    if role is None or page is None:
        return None
    words = Message(f"页面 {page.name} 也给 {role.name} 打开", f"The page {page.name} opens for {role.name} too")
    place = {"do": "insert", "file": file_of(page), "path": ["roles"], "value": role.name, "after": "end"}
    return labelled(words, place)


def _roles_of_pages(one: Broken, entity: str) -> Iterator[str]:
    for page in one.documents:
        roles = page.data.get("roles")
        if page.kind in {"pages", "dashboards"} and _shows(page.data, entity) and isinstance(roles, list):
            yield from map(str, roles)


def _shows(data: Mapping[str, object], entity: str) -> bool:
    items = data.get("items")
    inside = items if isinstance(items, list) else []
    return data.get("entity") == entity or any(
        isinstance(one, Mapping) and one.get("entity") == entity for one in inside
    )


def _powerful(role: Document) -> bool:
    return any(role.data.get(power) for power in ("administers", "designs", "publishes"))


def _about(access: Document) -> object:
    return access.data.get("entity", access.name)
