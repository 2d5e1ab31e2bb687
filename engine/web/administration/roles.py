"""Roles and rights: which role may do what to which entity, and the line of the definitions that says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.access import Action, EntityAccess, FieldRight, FieldRule, Grant, Role
from engine.model.app import AppModel
from engine.model.entities import Entity
from engine.model.errors import NotFound
from engine.runtime.organisation.standings import holders_by_role
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.shell import page_response
from engine.web.site import Site

Found = TypeVar("Found")
PATH = "/admin/roles"
ENTITY, ROLE = Message("实体", "Entity"), Message("角色", "Role")
ACTIONS = {
    Action.READ: Message("查看", "Read"),
    Action.CREATE: Message("新建", "Create"),
    Action.UPDATE: Message("修改", "Update"),
    Action.DELETE: Message("删除", "Delete"),
    Action.TRANSITION: Message("流转", "Move on"),
    Action.EXPORT: Message("导出", "Export"),
}
RIGHTS = {
    FieldRight.NONE: Message("不可见", "Nothing"),
    FieldRight.MASK: Message("遮盖", "Masked"),
    FieldRight.READ: Message("可读", "Read"),
    FieldRight.WRITE: Message("可写", "Write"),
}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A grant or a field rule in words: what it gives, on which rows, and where it stands."""

    id: str
    gives: str
    fields: str
    condition: str
    place: str


@dataclass(frozen=True, slots=True)
class MatrixLine:
    """What a role may do to an entity. `cells` holds for each action 'all', 'part' (some rows) or nothing."""

    name: str
    label: str
    url: str
    whole: str
    cells: tuple[tuple[str, str], ...]
    rules: tuple[RuleLine, ...]

    @property
    def empty(self) -> bool:
        return not any(reach for _, reach in self.cells)


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/roles, ?role=… what one role may, ?entity=… who may what to one entity. Raises NotFound."""
    language, model, asked = work.context.language, work.model, call.first
    if asked.get("role"):
        return _of_role(work, call, site, _named(model.roles.get(asked["role"])))
    if asked.get("entity"):
        return _of_entity(work, call, site, _named(model.entities.get(asked["entity"])))
    people = holders_by_role(work.session, model, work.context.today)
    values = {
        "title": Message("角色与权限", "Roles and rights").text(language),
        "roles": [
            (
                role,
                role.label.text(language),
                role.description.text(language),
                people.get(role.name, 0),
                sum(1 for entity in model.entities if _grants(model, entity, role.name)),
            )
            for role in _sorted_roles(model, language)
        ],
        "entities": [
            (entity.label.text(language), f"{PATH}?entity={entity.name}")
            for entity in _sorted_entities(model, language)
        ],
    }
    return page_response(work, call, site, "administration/roles.html", values)


def _of_role(work: Work, call: Call, site: Site, role: Role) -> Response:
    language, model = work.context.language, work.model
    lines = [_line(model, entity, role, language, by_role=True) for entity in _sorted_entities(model, language)]
    values = {"about": role.description.text(language), "administers": role.administers, "first": ENTITY.text(language)}
    choices = _choices("role", _sorted_roles(model, language), role, language)
    return _matrix(work, call, site, role, {**values, **_by_rights(lines), "choices": choices})


def _of_entity(work: Work, call: Call, site: Site, entity: Entity) -> Response:
    language, model = work.context.language, work.model
    lines = [_line(model, entity, role, language, by_role=False) for role in _sorted_roles(model, language)]
    values = {"about": "", "administers": False, "first": ROLE.text(language)}
    choices = _choices("entity", _sorted_entities(model, language), entity, language)
    return _matrix(work, call, site, entity, {**values, **_by_rights(lines), "choices": choices})


def _choices(
    asked: str, offered: Sequence[Role] | Sequence[Entity], shown: Role | Entity, language: str
) -> list[tuple[str, str, bool]]:
    """Address and label of what the page could be about, and whether it is."""
    return [(f"{PATH}?{asked}={one.name}", one.label.text(language), one.name == shown.name) for one in offered]


def _by_rights(lines: Sequence[MatrixLine]) -> dict[str, object]:
    """The lines with rights, and only the names of those without."""
    return {
        "lines": [one for one in lines if not one.empty],
        "denied": [(one.label, one.url) for one in lines if one.empty],
    }


def _matrix(work: Work, call: Call, site: Site, shown: Role | Entity, values: dict[str, object]) -> Response:
    """The page about a role or an entity: a line for each of the others."""
    language = work.context.language
    told = {
        "title": shown.label.text(language),
        "place": str(shown.place),
        "actions": [words.text(language) for words in ACTIONS.values()],
    }
    return page_response(work, call, site, "administration/rights.html", told | values)


def _line(model: AppModel, entity: Entity, role: Role, language: str, by_role: bool) -> MatrixLine:
    whole = _whole_of(model, entity)
    grants = _grants(model, whole.name, role.name)
    fields = _field_rules(model, entity.name, role.name)
    shown: Entity | Role = entity if by_role else role
    return MatrixLine(
        name=shown.name,
        label=shown.label.text(language),
        url=f"{PATH}?{'entity' if by_role else 'role'}={shown.name}",
        whole=whole.label.text(language) if whole is not entity else "",
        cells=tuple((words.text(language), _reach(grants, action)) for action, words in ACTIONS.items()),
        rules=(
            *(_grant_line(one, language) for one in grants),
            *(_field_line(one, entity, language) for one in (fields if grants else ())),
        ),
    )


def _whole_of(model: AppModel, entity: Entity) -> Entity:
    """The entity whose grants decide: its own, or for a part those of its whole."""
    for _ in range(8):
        relation = entity.fields[entity.part_of].relation if entity.part_of else None
        if relation is None:
            return entity
        entity = model.entities[relation.entity]
    return entity


def _reach(grants: Iterable[Grant], action: Action) -> str:
    speaking = [one for one in grants if action in one.actions]
    if not speaking:
        return ""
    return "all" if any(one.rows is None for one in speaking) else "part"


def _grants(model: AppModel, entity: str, role: str) -> tuple[Grant, ...]:
    access = model.access.get(entity, EntityAccess(entity))
    return tuple(one for one in access.grants if role in one.roles)


def _field_rules(model: AppModel, entity: str, role: str) -> tuple[FieldRule, ...]:
    access = model.access.get(entity, EntityAccess(entity))
    return tuple(one for one in access.field_rules if role in one.roles)


def _grant_line(one: Grant, language: str) -> RuleLine:
    gives = _listed([words.text(language) for action, words in ACTIONS.items() if action in one.actions], language)
    return RuleLine(one.id, gives, "", one.rows.source if one.rows else "", str(one.place))


def _field_line(one: FieldRule, entity: Entity, language: str) -> RuleLine:
    labels = [entity.fields[name].label.text(language) for name in one.fields if name in entity.fields]
    condition = one.when.source if one.when else ""
    return RuleLine(one.id, RIGHTS[one.right].text(language), _listed(labels, language), condition, str(one.place))


def _listed(words: Sequence[str], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(words)


def _sorted_roles(model: AppModel, language: str) -> list[Role]:
    return sorted(model.roles.values(), key=lambda one: one.label.text(language))


def _sorted_entities(model: AppModel, language: str) -> list[Entity]:
    return sorted(model.entities.values(), key=lambda one: one.label.text(language))


def _named(found: Found | None) -> Found:
    if found is None:
        raise NotFound
    return found
