"""Explanations: why a value is what it is, why somebody may or may not see or do something; each names the definition line.

Nothing here tells more than its asker may read: see engine.runtime.access.telling and engine.web.value_trees.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.context import Context
from engine.model.entities import Entity, Field
from engine.model.errors import BadRequest, Forbidden, NotFound
from engine.model.names import Label
from engine.model.requests import Record
from engine.runtime.access.explain import AccessExplanation, RuleExplanation, explain_access
from engine.runtime.access.rights import readable_fields
from engine.runtime.access.telling import told
from engine.runtime.identifiers import decode_id
from engine.runtime.identity.users import user_by_account
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.work import Work
from engine.runtime.workflow.explain import explain_transition
from engine.web.calls import Call
from engine.web.pages import record_of_call
from engine.web.responses import json_response, record_url
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.web.value_trees import Explained, explained_value, part_body
from engine.widgets.cells import show, title_of

WORDS = {
    "read": Label({"zh": "查看", "en": "See"}),
    "create": Label({"zh": "新建", "en": "Create"}),
    "update": Label({"zh": "修改", "en": "Change"}),
    "delete": Label({"zh": "删除", "en": "Delete"}),
    "transition": Label({"zh": "流转", "en": "Move"}),
    "export": Label({"zh": "导出", "en": "Export"}),
    "write": Label({"zh": "可改", "en": "may change"}),
    "mask": Label({"zh": "只见掩码", "en": "sees a mask"}),
    "none": Label({"zh": "不可见", "en": "nothing"}),
    "roles": Label({"zh": "限于角色", "en": "for the roles"}),
    "from": Label({"zh": "须处于状态", "en": "from the states"}),
    "requires": Label({"zh": "须先填写", "en": "must be filled"}),
    "guard": Label({"zh": "条件", "en": "condition"}),
}


def access(work: Work, call: Call, site: Site) -> Response:
    """Why a value is what it is, and why the reader, or for administrators any user, has the rights they have on a record."""
    entity, record = record_of_call(work, call)
    language = work.context.language
    field = _field(work, call, entity)
    move = call.first.get("transition")
    scene = scene_for(work, call, entity=entity, record=record)
    value = explained_value(work, entity, field, record.id) if field else None
    values = {
        "title": _title(work, entity, field, move),
        "subject": title_of(entity, record, scene),
        "explanations": () if move else _explained(work, call, field),
        "conditions": explain_transition(work, entity.name, record.id, move) if move else (),
        "field": field,
        "value": value,
        "shown": show(value.value, field, scene) if value and field else None,
        "fields": _choices(work, entity),
        "back": record_url(entity.name, record.id),
        "account": call.first.get("user", ""),
        "words": {name: label.text(language) for name, label in WORDS.items()},
        "role_names": _role_names(work, language),
    }
    return page_response(work, call, site, "access.html", values)


def _role_names(work: Work, language: str) -> dict[str, str]:
    """What roles are called, and the flows that act with a right of their own."""
    flows = {flow.role: work.model.acting_name(flow.role, language) for flow in work.model.flows.values()}
    return {name: role.label.text(language) for name, role in work.model.roles.items()} | flows


def access_json(work: Work, call: Call, site: Site) -> Response:
    """GET /api/records/{entity}/{record}/access?field=…&user=…&transition=…: the same as JSON."""
    entity, record = record_of_call(work, call)
    move = call.first.get("transition")
    if move:
        return json_response(transition_body(explain_transition(work, entity.name, record.id, move)))
    return json_response(
        {"data": [explanation_body(one) for one in _explained(work, call, _field(work, call, entity))]}
    )


def value_json(work: Work, call: Call, site: Site) -> Response:
    """GET /api/records/{entity}/{record}/value/{field}: why a computed field has its value."""
    entity, record = record_of_call(work, call)
    return json_response(value_body(computed_value(work, entity, record, call.parameters["field"])))


def computed_value(work: Work, entity: Entity, record: Record, name: str) -> Explained:
    """The explanation of a computed field by name. Raises NotFound for one that the asker may not read."""
    field = entity.fields.get(name)
    found = explained_value(work, entity, field, record.id) if field else None
    if found is None:
        raise NotFound
    return found


def value_body(found: Explained) -> dict[str, object]:
    """The explanation of a value as JSON."""
    return {
        "value": found.value,
        "formula": found.formula or None,
        "place": found.place,
        "complete": found.complete,
        "tree": part_body(found.tree) if found.tree else None,
    }


def explanation_body(one: AccessExplanation) -> dict[str, object]:
    """An explanation as JSON: the decision, and each rule with its file and line."""
    return {
        "action": str(one.action),
        "field": one.field,
        "allowed": one.allowed,
        "right": one.right,
        "rules": [rule_body(rule) for rule in one.rules],
    }


def transition_body(rules: Sequence[RuleExplanation]) -> dict[str, object]:
    """The conditions of a transition as JSON."""
    return {"data": [rule_body(one) for one in rules]}


def rule_body(rule: RuleExplanation) -> dict[str, object]:
    return {
        "id": rule.id,
        "place": str(rule.place),
        "says": rule.says,
        "condition": rule.condition,
        "held": rule.held,
        "withheld": rule.withheld,
    }


def _title(work: Work, entity: Entity, field: Field | None, move: str | None) -> str:
    language = work.context.language
    if move is not None:
        workflow = work.model.workflow_of(entity.name)
        transition = workflow.transition(move) if workflow else None
        if transition is None:
            raise NotFound
        label = transition.label
        return Message(f"为什么能或不能「{label.text('zh')}」", f"Why or why not: {label.text('en')}").text(language)
    if field is not None and field.formula is not None:
        label = field.label
        return Message(f"{label.text('zh')}：为什么是这个值", f"{label.text('en')}: why this value").text(language)
    return Message("权限与来源说明", "Why").text(language)


def _choices(work: Work, entity: Entity) -> list[tuple[str, str, bool]]:
    """The fields that can be asked about: name, label, whether it is computed."""
    readable = readable_fields(work.model, work.context, entity.name)
    return [
        (name, one.label.text(work.context.language), one.computed)
        for name, one in entity.fields.items()
        if name in readable
    ]


def _field(work: Work, call: Call, entity: Entity) -> Field | None:
    """The field asked about, as far as it is a name for the asker."""
    name = call.first.get("field", "")
    return entity.fields.get(name) if name in readable_fields(work.model, work.context, entity.name) else None


def _explained(work: Work, call: Call, field: Field | None) -> list[AccessExplanation]:
    entity, record = call.parameters["entity"], decode_id(call.parameters["record"])
    context = _whose(work, call)
    asked = [(field.name, Action.READ)] if field is not None else [(None, action) for action in Action]
    return [told(work, explain_access(work, context, entity, record, name, action), context) for name, action in asked]


def _whose(work: Work, call: Call) -> Context:
    account = call.first.get("user")
    if not account:
        return work.context
    if not work.context.principal.administrator:
        raise Forbidden
    user = user_by_account(work.session, account)
    if user is None:
        raise BadRequest(Message("没有这个账号", "There is no such account"))
    at = Circumstances(work.context.now, work.context.locale, work.context.zone)
    return context_for(work.session, work.model, user, at)
