"""Beyond: what a difference grants that its author does not hold. What one may not do, one may not let others do."""

from __future__ import annotations

from collections.abc import Iterator

from designer.differences.asked import asked_otherwise
from designer.differences.holders import OPENS
from designer.differences.implication import implies
from designer.differences.kind_words import kind_words
from designer.differences.moves import moved
from designer.differences.resources import resource_words
from designer.differences.rights import FIELD_WAYS, Shift, decision_of, right_of, shifts
from designer.differences.rights_words import role_words, shift_lines
from designer.differences.said import Effect, joined
from engine.diagnostics import Message
from engine.model.access import Action, Role
from engine.model.app import AppModel, compare
from engine.model.names import ResourceName
from engine.runtime.access.decisions import Allow
from engine.runtime.access.releases import Released, releases

OUTWARD = frozenset({"destinations", "sources", "channels", "policies"})
"""Kinds that say what leaves the installation and what comes into it."""
TELLING = frozenset({Released.METRIC, Released.COMPUTED, Released.PROPOSED})
"""Definitions that tell values beyond the reader's rights."""
POWERS = (
    ("administers", "管理平台", "administer"),
    ("designs", "修改定义", "design"),
    ("publishes", "发布", "publish"),
)


def beyond(old: AppModel, new: AppModel, roles: frozenset[str]) -> tuple[Message, ...]:
    """What the new model grants beyond the rights that holders of `roles` have in the old one, in words.

    A right to an entity that is new is nobody's before, and may be given by who made it.
    """
    further = [one for one in shifts(old, new) if one.entity in old.entities and not _holds(old, roles, one)]
    return (
        *(line.words for line in shift_lines(further, old, new)),
        *_opened(old, new, roles),
        *moved(old, new, roles),
        *asked_otherwise(old, new, roles),
        *_powers(old, new),
        *_outward(old, new),
        *_told(old, new),
    )


def _holds(model: AppModel, roles: frozenset[str], shift: Shift) -> bool:
    """Whether a right that moves stays within what holders of the roles may do."""
    if shift.effect is Effect.NARROWED:
        return True
    if shift.way in FIELD_WAYS:
        found = (decision_of(model, roles, shift.entity, action) for action in Action)
        access = next((one for one in found if isinstance(one, Allow)), None)
        if access is None:
            return False
        field = access.field(shift.field)
        known = implies(shift.new, field.readable)
        return known if shift.way == "masked" else implies(shift.new, right_of(field, shift.way))
    decision = decision_of(model, roles, shift.entity, Action(shift.way))
    return isinstance(decision, Allow) and implies(shift.new, decision.rows)


def _opened(old: AppModel, new: AppModel, roles: frozenset[str]) -> Iterator[Message]:
    """Pages that come to roles, of an author who may not open them."""
    for name, page in new.pages.items():
        before = old.pages.get(name)
        fresh = page.roles - before.roles if before is not None else frozenset[str]()
        if before is not None and fresh and not before.roles & roles:
            yield _for(new, resource_words(new, ResourceName("pages", name)), fresh, OPENS)


def _for(model: AppModel, about: Message, fresh: frozenset[str], does: Message) -> Message:
    who = joined([role_words(model, one) for one in sorted(fresh)])
    return Message(f"{about.zh}：{who.zh}现在可以{does.zh}", f"{about.en}: {who.en} may now {does.en}")


def _powers(old: AppModel, new: AppModel) -> Iterator[Message]:
    """Roles that come to administer, design or publish."""
    for name, role in new.roles.items():
        before = old.roles.get(name)
        for power, zh, en in POWERS:
            if _has(role, power) and not (before is not None and _has(before, power)):
                who = role_words(new, name)
                yield Message(f"{who.zh}现在可以{zh}", f"{who.en} may {en} now")
        if before is not None and _limits(before) != _limits(role) and role.designs:
            who = role_words(new, name)
            yield Message(f"{who.zh}可以修改的定义范围改变", f"{who.en} may design other definitions than before")


def _has(role: Role, power: str) -> bool:
    return bool(getattr(role, power))


def _limits(role: Role) -> tuple[object, ...]:
    return role.designs_packs, role.designs_kinds


def _outward(old: AppModel, new: AppModel) -> Iterator[Message]:
    found = compare(old, new)
    for one in (*found.added, *found.modified):
        if one.kind in OUTWARD:
            words = resource_words(new, one)
            yield Message(f"{words.zh}决定数据的去向", f"{words.en} decides where values go")


def _told(old: AppModel, new: AppModel) -> Iterator[Message]:
    """Figures and computed fields that tell more people values beyond their rights than before."""
    before: dict[tuple[Released, str], set[str]] = {}
    for one in releases(old):
        before.setdefault((one.kind, one.name), set()).update(one.roles)
    for one in releases(new):
        fresh = set(one.roles) - before.get((one.kind, one.name), set())
        entity = one.name.partition(".")[0]
        if one.kind not in TELLING or not fresh or (one.kind is not Released.METRIC and entity not in old.entities):
            continue
        kind = "metrics" if one.kind is Released.METRIC else "entities"
        name = resource_words(new, ResourceName(kind, one.name)) if kind == "metrics" else _field(one.name)
        who = ", ".join(sorted(fresh))
        yield Message(f"{name.zh}向 {who} 透露其权限之外的值", f"{name.en} tells {who} values beyond their rights")


def _field(name: str) -> Message:
    words = kind_words("entities")
    return Message(f"{words.zh} {name}", f"{words.en} {name}")
