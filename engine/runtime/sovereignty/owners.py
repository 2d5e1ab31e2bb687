"""Owners: who answers for a destination, and for what no destination names somebody."""

from __future__ import annotations

from engine.model.access import Role
from engine.model.app import AppModel
from engine.model.names import Label
from engine.model.sources import Destination

NOBODY = Label({"zh": "数据安全负责人（系统管理员）", "en": "Data security lead (administrators)"})
"""Who owns what nobody is named for."""


def leads(model: AppModel) -> tuple[Role, ...]:
    """The roles that answer for where data goes."""
    return tuple(role for role in model.roles.values() if role.secures)


def lead_of(model: AppModel) -> Label:
    """What the data security lead is called."""
    found = leads(model)
    return found[0].label if found else NOBODY


def owner_of(destination: Destination | None, lead: Label = NOBODY) -> Label:
    """Who answers for a destination; never nobody."""
    return destination.owner if destination is not None and destination.owner.texts else lead
