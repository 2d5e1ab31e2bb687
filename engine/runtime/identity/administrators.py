"""Administrators: which roles make one."""

from __future__ import annotations

from engine.diagnostics import DougongError, Message
from engine.model.app import AppModel


class NoAdministratorRole(DougongError):
    """No role of the packs administers."""

    code = "no_administrator_role"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            Message(
                "应用包里没有管理员角色：请给一个角色加上 administers: true",
                "No role of the packs administers: give one `administers: true`",
            )
        )


def administrator_roles(model: AppModel) -> tuple[str, ...]:
    """The roles that hold the platform's right, by name."""
    return tuple(sorted(name for name, role in model.roles.items() if role.administers))
