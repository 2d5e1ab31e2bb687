"""Roles and rights as declared, resolved; decisions on them are made in engine.runtime.access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.model.formula import Formula
from engine.model.names import NO_LABEL, Label, Place


class Action(StrEnum):
    """What a role may do with rows of an entity."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    EXPORT = "export"
    TRANSITION = "transition"


@dataclass(frozen=True, slots=True)
class Role:
    """A role; `home` is the page it lands on, `navigation` the pages it is offered in order, `administers` the platform right,
    `designs` that of the designer (in these packs and of these kinds alone, where any are named), `publishes` that of making
    drafts live, `shares_views` whether views of lists may be shared, `secures` that of answering for where data goes,
    `answers_subjects` that of answering requests of data subjects: an administrator has neither by being one."""

    name: str
    label: Label
    place: Place
    description: Label = NO_LABEL
    home: str | None = None
    navigation: tuple[str, ...] = ()
    tabs: tuple[str, ...] = ()
    administers: bool = False
    designs: bool = False
    publishes: bool = False
    designs_packs: tuple[str, ...] = ()
    designs_kinds: tuple[str, ...] = ()
    shares_views: bool = False
    answers_subjects: bool = False
    secures: bool = False
    pack: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """`roles` may do `actions` on rows where `rows` is true (None: every row). Without a grant nothing is allowed."""

    id: str
    entity: str
    roles: frozenset[str]
    actions: frozenset[Action]
    rows: Formula | None
    place: Place


class FieldRight(StrEnum):
    """What a field rule says of a field for a role; the strongest right of all rules that hold wins."""

    NONE = "none"
    MASK = "mask"
    READ = "read"
    WRITE = "write"


READABLE = frozenset({FieldRight.READ, FieldRight.WRITE})
"""The rights by which a field's value itself is known."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A guarded field: once any rule names a field, roles have only what rules give them.

    `right` holds on rows where `when` is true (None: every row); WRITE includes READ; `mask` names the mask.
    """

    id: str
    entity: str
    fields: tuple[str, ...]
    roles: frozenset[str]
    right: FieldRight
    when: Formula | None
    place: Place


@dataclass(frozen=True, slots=True)
class EntityAccess:
    """All grants and field rules of one entity, over all packs."""

    entity: str
    grants: tuple[Grant, ...] = ()
    field_rules: tuple[FieldRule, ...] = ()

    def guarded_fields(self) -> frozenset[str]:
        return frozenset(name for rule in self.field_rules for name in rule.fields)


AccessTable = Mapping[str, EntityAccess]
