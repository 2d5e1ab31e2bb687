"""Explanations: why may or may not somebody see or do this, naming the definition line that decides."""

from __future__ import annotations

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.context import Context
from engine.model.entities import Entity, Field
from engine.model.errors import BadRequest, Forbidden
from engine.runtime.access.explain import AccessExplanation, explain_access
from engine.runtime.access.rights import readable_fields
from engine.runtime.identifiers import decode_id
from engine.runtime.identity.users import user_by_account
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.query.names import Reader, nameable
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.pages import record_of_call, record_title
from engine.web.responses import json_response, record_url
from engine.web.shell import page_response
from engine.web.site import Site
from engine.web.value_trees import tree_lines, value_tree


def access(work: Work, call: Call, site: Site) -> Response:
    """Why the reader, or for administrators any user, has the rights they have on a record."""
    entity, record = record_of_call(work, call)
    found = _explained(work, call)
    language = work.context.language
    readable = readable_fields(work.model, work.context, entity.name)
    asked = call.first.get("field", "")
    field = entity.fields.get(asked) if asked in readable else None
    formula = _formula(work, entity, field) if field else ""
    values = {
        "title": Message("权限与来源说明", "Why").text(language),
        "subject": record_title(entity, record),
        "explanations": found,
        "entity": entity,
        "field": field,
        "formula": formula,
        "tree": tree_lines(tree) if field and (tree := value_tree(work, entity, field, record.id)) else (),
        "formula_place": str(field.place) if formula and field else "",
        "fields": [(name, entity.fields[name].label.text(language)) for name in entity.fields if name in readable],
        "back": record_url(entity.name, record.id),
        "account": call.first.get("user", ""),
    }
    return page_response(work, call, site, "access.html", values)


def _formula(work: Work, entity: Entity, field: Field) -> str:
    """The text of a field's formula, unless it reads something that the reader has no name for."""
    if field.formula is None:
        return ""
    reader = Reader(work.model, work.context)
    open_to = all(nameable(reader, entity.name, one) for one in field.formula.references)
    return field.formula.source if open_to or work.context.principal.administrator else ""


def access_json(work: Work, call: Call, site: Site) -> Response:
    """The same as JSON."""
    record_of_call(work, call)
    return json_response({"data": [explanation_body(one) for one in _explained(work, call)]})


def explanation_body(one: AccessExplanation) -> dict[str, object]:
    """An explanation as JSON: the decision, and each rule with its file and line."""
    return {
        "action": str(one.action),
        "field": one.field,
        "allowed": one.allowed,
        "right": one.right,
        "rules": [
            {"id": rule.id, "place": str(rule.place), "says": rule.says, "condition": rule.condition, "held": rule.held}
            for rule in one.rules
        ],
    }


def _explained(work: Work, call: Call) -> list[AccessExplanation]:
    entity, record = call.parameters["entity"], decode_id(call.parameters["record"])
    field = call.first.get("field") or None
    if field is not None and field not in readable_fields(work.model, work.context, entity):
        field = None
    context = _whose(work, call)
    if field is not None:
        return [explain_access(work, context, entity, record, field)]
    return [explain_access(work, context, entity, record, None, action) for action in Action]


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
