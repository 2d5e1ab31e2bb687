"""The designer's own rights: who may change which definitions, and who may make them live."""

from __future__ import annotations

from collections.abc import Iterable

from designer.file_names import file_name
from engine.diagnostics import Message
from engine.model.access import Role
from engine.model.app import AppModel
from engine.model.context import Principal
from engine.model.errors import Forbidden


def designing(model: AppModel, principal: Principal) -> list[Role]:
    """The roles by which somebody may change definitions."""
    return [model.roles[name] for name in sorted(principal.roles) if name in model.roles and model.roles[name].designs]


def may_change(model: AppModel, principal: Principal, file: str) -> bool:
    """Whether a definition file is among those that somebody may change; administrators may change all."""
    name = file_name(file)
    if principal.administrator or name is None:
        return principal.designer
    return any(
        (not role.designs_packs or name.pack in role.designs_packs)
        and (not role.designs_kinds or name.kind in role.designs_kinds)
        for role in designing(model, principal)
    )


def refuse_other_definitions(model: AppModel, principal: Principal, files: Iterable[str]) -> None:
    """Raises Forbidden, which names the first file that somebody may not change."""
    for file in files:
        if not may_change(model, principal, file):
            raise Forbidden(Message(f"您不能修改 {file}", f"You may not change {file}"))


def may_publish(model: AppModel, principal: Principal) -> bool:
    """Whether somebody may make drafts live, as far as their own rights go."""
    roles = (model.roles[name] for name in principal.roles if name in model.roles)
    return principal.designer and (principal.administrator or any(role.publishes for role in roles))
