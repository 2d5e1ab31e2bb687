"""The wish: what somebody wants of a new application, in their words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from designer.from_sheet.columns import KINDS, Column
from designer.from_sheet.naming import english_of, name_of
from designer.from_words.reading import fields_of
from designer.refusals import bad

LONGEST = 40
MOST_ROLES = 8


class Does(StrEnum):
    """What a role is there for."""

    ENTER = "enter"
    APPROVE = "approve"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class RoleWish:
    """A role: its name in definitions, what people call it, what it does."""

    name: str
    label: str
    does: Does


@dataclass(frozen=True, slots=True)
class Wish:
    """A new application: what it is called, what one record is, its fields, its roles, whether records are approved, and what
    the dashboard shows (None: what is proposed)."""

    app: str
    entity: str
    columns: tuple[Column, ...]
    roles: tuple[RoleWish, ...]
    approval: bool
    figures: tuple[str, ...] | None = None
    chart: str | None = None

    def of(self, *does: Does) -> list[str]:
        """The roles that do one of these."""
        return [one.name for one in self.roles if one.does in does]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads wishes; `taken` are names of roles that are there."""

    taken: frozenset[str] = field(default_factory=frozenset)

    def read(self, body: object) -> Wish:
        """A wish out of JSON. Raises BadCommand, in words that say what is missing."""
        if not isinstance(body, Mapping):
            raise bad("请求体须是一个对象", "The body is an object")
        app, entity = _words(body, "app", "应用名称", "name"), _words(body, "entity", "一条记录的叫法", "record")
        roles = self._roles(body.get("roles"), app)
        wish = Wish(
            app,
            entity,
            fields_of(str(body.get("fields", "")), _kinds(body.get("kinds"))),
            roles,
            body.get("approval") is True,
            _names(body.get("figures")),
            body["chart"] if isinstance(body.get("chart"), str) else None,
        )
        _refuse_without(wish)
        return wish

    def _roles(self, given: object, app: str) -> tuple[RoleWish, ...]:
        listed = given if isinstance(given, list) else []
        if not 0 < len(listed) <= MOST_ROLES:
            raise bad(f"选 1 到 {MOST_ROLES} 个角色", f"Choose 1 to {MOST_ROLES} roles")
        found: list[RoleWish] = []
        for one in listed:
            label = one.get("label") if isinstance(one, Mapping) else None
            does = one.get("does") if isinstance(one, Mapping) else None
            if not isinstance(label, str) or not label.strip() or does not in {*Does}:
                raise bad("角色要有名称和作用", "A role has a `label` and says what it `does`")
            taken = self.taken | {other.name for other in found}
            name = name_of(f"{english_of(app)} {label}", taken, otherwise="role")
            found.append(RoleWish(name, label.strip()[:LONGEST], Does(str(does))))
        return tuple(found)


def _words(body: Mapping[str, object], key: str, zh: str, en: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value.strip():
        raise bad(f"请填写{zh}", f"The {en} is missing")
    return value.strip()[:LONGEST]


def _kinds(given: object) -> Mapping[str, str]:
    if given is None:
        return {}
    if not isinstance(given, Mapping) or any(kind not in KINDS for kind in given.values()):
        raise bad(f"字段的类型只能是 {'、'.join(KINDS)}", f"A field is one of {', '.join(KINDS)}")
    return {str(header): str(kind) for header, kind in given.items()}


def _names(given: object) -> tuple[str, ...] | None:
    if not isinstance(given, Sequence) or isinstance(given, str):
        return None
    return tuple(str(one) for one in given)


def _refuse_without(wish: Wish) -> None:
    """Raises BadCommand where nobody could do what has to be done."""
    if not wish.of(Does.ENTER):
        raise bad("至少要有一个录入的角色", "At least one role enters records")
    if wish.approval and not wish.of(Does.APPROVE):
        raise bad("有审批就要有一个审批的角色", "An approval needs a role that approves")
