"""Delegations of approvals on one's own page: to whom, for which days and flows, under what condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.entities import TEXT_KINDS, Field, FieldKind
from engine.model.errors import BadRequest, NotFound
from engine.runtime.access.rights import readable_fields
from engine.runtime.identifiers import decode_id
from engine.runtime.work import Work
from engine.runtime.workflow.delegations import ApprovalDelegation, end_entrusting, entrust
from engine.web.calls import Call
from engine.web.form_values import day_in, required_text

OPERATORS = {
    "ge": Message("不小于", "at least"),
    "le": Message("不大于", "at most"),
    "eq": Message("等于", "is"),
    "ne": Message("不等于", "is not"),
    "contains": Message("包含", "contains"),
}
COMPARED = TEXT_KINDS | {
    FieldKind.INTEGER,
    FieldKind.DECIMAL,
    FieldKind.MONEY,
    FieldKind.PERCENT,
    FieldKind.DATE,
    FieldKind.BOOLEAN,
    FieldKind.CHOICE,
    FieldKind.STATE,
}
"""Kinds of fields that a person can type a value of."""


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """The fields of an entity that a condition may name: (entity/field, label)."""

    label: str
    fields: tuple[tuple[str, str], ...]


def save_approvals(work: Work, call: Call) -> None:
    """Delegate what flows ask of oneself. Raises BadRequest, NotFound."""
    form, user, day = call.form_first(), work.context.principal.user_id, work.context.today
    flows = tuple(value for name, value in call.form if name == "flow")
    if not set(flows) <= work.model.flows.keys():
        raise NotFound
    entity, conditions = _condition(form)
    if entity and flows and not any(work.model.flows[name].entity == entity for name in flows):
        raise BadRequest(Message("所选流程与条件不是同一种记录", "The flows chosen are about other records"))
    since, until = day_in(form, "since") or day, day_in(form, "until")
    other = decode_id(required_text(form, "user"))
    entrust(work, ApprovalDelegation(work.ids.next(), user, other, since, until, flows, entity, conditions))


def end_approvals(work: Work, call: Call) -> None:
    """Take a delegation of one's own back. Raises NotFound."""
    identity = decode_id(required_text(call.form_first(), "delegation"))
    if not end_entrusting(work.session, work.context.principal.user_id, identity, work.context.today):
        raise NotFound


def flow_choices(work: Work) -> list[tuple[str, str]]:
    """(name, label) of the flows that may ask somebody, by label."""
    language = work.context.language
    return sorted(
        ((name, flow.label.text(language)) for name, flow in work.model.flows.items()), key=lambda one: one[1]
    )


def field_groups(work: Work) -> list[FieldGroup]:
    """The fields that conditions may name, by the records that flows are about, as far as the reader knows them."""
    language, groups = work.context.language, []
    for name in sorted({flow.entity for flow in work.model.flows.values()}):
        entity = work.model.entities[name]
        known = readable_fields(work.model, work.context, name)
        fields = [one for one in entity.fields.values() if one.name in known and one.kind in COMPARED]
        if fields:
            listed = tuple((f"{name}/{one.name}", one.label.text(language)) for one in fields)
            groups.append(FieldGroup(entity.label.text(language), listed))
    return groups


def operator_choices(work: Work) -> list[tuple[str, str]]:
    return [(name, words.text(work.context.language)) for name, words in OPERATORS.items()]


def scope_words(work: Work, one: ApprovalDelegation) -> str:
    """Which flows and which records a delegation is about, in words."""
    language = work.context.language
    flows = [work.model.flows[name].label.text(language) for name in one.flows if name in work.model.flows]
    comma = "、" if language == "zh" else ", "
    words = comma.join(flows) if one.flows else Message("全部审批", "All approvals").text(language)
    return comma.join([words, *(_condition_words(work, one.entity, key, value) for key, value in one.conditions)])


def _condition(form: Mapping[str, str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The entity and the condition of a form; neither when no field was chosen."""
    entity, _, name = form.get("field", "").partition("/")
    if not name:
        return "", ()
    operator = form.get("operator", "")
    if operator not in OPERATORS:
        raise BadRequest(Message("不认识的比较方式", "There is no such comparison"), field="operator")
    return entity, ((f"{name}__{operator}", required_text(form, "value")),)


def _condition_words(work: Work, entity: str, key: str, value: str) -> str:
    name, _, operator = key.rpartition("__")
    language, declared = work.context.language, work.model.entities.get(entity)
    field = declared.fields.get(name) if declared else None
    if field is None or name not in readable_fields(work.model, work.context, entity):
        return Message("附条件", "on a condition").text(language)
    words = OPERATORS[operator].text(language)
    shown = _shown(field, value, language)
    label = field.label.text(language)
    return f"{label}{words}{shown}" if language == "zh" else f"{label} {words} {shown}"


def _shown(field: Field, value: str, language: str) -> str:
    return next((one.label.text(language) for one in field.choices if one.name == value), value)
