"""Where the values of fields come from: sources, forms, flows, figures, the engine itself, or people by the interface; and
what is known of none is drawn from the unknown."""

from __future__ import annotations

from collections.abc import Iterator

from engine.model.access import Action, EntityAccess, Grant
from engine.model.alerts import ALERT_FIELDS
from engine.model.app import AppModel
from engine.model.entities import ANSWER_FIELDS, Entity, Field, FieldKind
from engine.model.flows import Call, TriggerKind
from engine.model.lineage import UNKNOWN, Edge, Node, NodeKind, Purpose, Way
from engine.model.names import BUILT_IN_FIELDS, NO_LABEL, Label
from engine.model.sources import Source
from engine.model.subjects import declared_level
from engine.runtime.sources.sql import DIALECTS
from engine.runtime.sovereignty.lineage_uses import Found, field_id, named
from engine.runtime.sovereignty.sql_lineage import SqlLineage, UnreadableSql, sql_lineage

ENGINE = Node(
    "origin:engine", NodeKind.ORIGIN, "engine", Label({"zh": "系统自动填写", "en": "Filled in by the system"})
)
CONSTANT = Node(
    "origin:constant", NodeKind.ORIGIN, "constant", Label({"zh": "定义中的默认值", "en": "A default of the definition"})
)
INTERFACE = Node(
    "origin:interface",
    NodeKind.ORIGIN,
    "interface",
    Label({"zh": "人员经导入或接口写入", "en": "People, by import or interface"}),
)
NOBODY = Node(UNKNOWN, NodeKind.UNKNOWN, UNKNOWN, Label({"zh": "来源不明", "en": "Unknown origin"}))


def origin_edges(model: AppModel) -> Iterator[Found]:
    """What flows into fields from outside the formulas; and all fields themselves."""
    yield from (ENGINE, CONSTANT, INTERFACE)
    yield from _fields(model)
    yield from _of_sources(model)
    yield from _of_forms(model)
    yield from _of_flows(model)
    yield from _of_alerts(model)
    yield from _set_by_definitions(model)
    for entity in model.entities.values():
        for field in entity.fields.values():
            for origin in _of_field(model, entity, field):
                yield _into(origin, entity.name, field.name)


def unknown_edges(model: AppModel, known: frozenset[str]) -> Iterator[Found]:
    """Fields that nothing flows into are drawn from the unknown."""
    lost = [
        field_id(entity.name, name)
        for entity in model.entities.values()
        for name in entity.fields
        if field_id(entity.name, name) not in known
    ]
    if lost:
        yield NOBODY
    for name in lost:
        yield Edge(UNKNOWN, name, Way.IDENTITY, Purpose.COLLECT)


def _into(origin: Node, entity: str, field: str, way: Way = Way.IDENTITY) -> Edge:
    return Edge(origin.id, field_id(entity, field), way, Purpose.COLLECT)


def _fields(model: AppModel) -> Iterator[Found]:
    for entity in model.entities.values():
        for field in entity.fields.values():
            yield Node(
                field_id(entity.name, field.name),
                NodeKind.FIELD,
                f"{entity.name}.{field.name}",
                field.label,
                declared_level(field),
                entity=entity.name,
                place=field.place,
            )
        for name in BUILT_IN_FIELDS:
            yield Node(
                field_id(entity.name, name), NodeKind.FIELD, f"{entity.name}.{name}", NO_LABEL, "G1", entity=entity.name
            )
            yield _into(ENGINE, entity.name, name)


def _of_sources(model: AppModel) -> Iterator[Found]:
    for source in model.sources.values():
        beneath = _beneath(model, source)
        for field, column in source.fields.items():
            node = _column(source, column)
            yield node
            yield _into(node, source.entity, field)
            if beneath is None:
                yield NOBODY
                yield Edge(UNKNOWN, node.id, Way.IDENTITY, Purpose.COLLECT)
                continue
            for name, way in sorted(beneath.columns.get(column, frozenset()) | beneath.rows):
                yield _column(source, name)
                yield Edge(f"source:{source.name}/{name}", node.id, way, Purpose.COLLECT)


def _column(source: Source, column: str) -> Node:
    return Node(
        f"source:{source.name}/{column}", NodeKind.SOURCE, f"{source.name}/{column}", source.label, place=source.place
    )


def _beneath(model: AppModel, source: Source) -> SqlLineage | None:
    """What the columns of a source that is a query are made of; nothing where it is none, None where that cannot be told."""
    query = source.settings.get("query")
    if not isinstance(query, str):
        return SqlLineage({})
    try:
        server = model.destinations.get(source.destination or "")
        return sql_lineage(query, {}, DIALECTS.get(server.scheme, "") if server is not None else "sqlite")
    except UnreadableSql:
        return None


def _of_forms(model: AppModel) -> Iterator[Found]:
    for form in model.forms.values():
        fields = model.entities[form.entity].fields
        origin = Node(
            f"origin:form/{form.name}",
            NodeKind.ORIGIN,
            f"form/{form.name}",
            _called(form.label, "表单录入", "entered in the form"),
            entity=form.entity,
            place=form.place,
        )
        entered = [
            name for item in form.walk() for name in item.entered if name in fields and not fields[name].computed
        ]
        if entered:
            yield origin
            yield from (_into(origin, form.entity, name) for name in entered)


def _called(label: Label, zh: str, en: str) -> Label:
    """A label with what it is the name of."""
    return Label({"zh": f"{label.text('zh')} · {zh}", "en": f"{label.text('en')} · {en}"})


def _of_flows(model: AppModel) -> Iterator[Found]:
    for flow in model.flows.values():
        for trigger in flow.triggers:
            if trigger.kind is TriggerKind.WEBHOOK:
                node = Node(
                    f"origin:webhook/{flow.name}",
                    NodeKind.ORIGIN,
                    f"webhook/{flow.name}",
                    _called(flow.label, "外部推送", "webhook"),
                    place=flow.place,
                )
                yield node
                yield from (_into(node, flow.entity, name) for name in trigger.values)
        for step in flow.every_step():
            if isinstance(step.action, Call) and step.action.take:
                name = step.action.destination or step.action.node
                node = Node(f"origin:answer/{name}", NodeKind.ORIGIN, f"answer/{name}", step.label, place=step.place)
                yield node
                yield from (_into(node, flow.entity, field) for field in step.action.take)


def _set_by_definitions(model: AppModel) -> Iterator[Found]:
    """What a flow, a move or an act in the inbox writes, and what stands in a new row beforehand: of itself, whatever else
    the formula reads."""
    for use in model.uses:
        if use.meaning != "formula":
            continue
        if use.into:
            place = f"{use.resource.kind}/{use.resource.name}"
            declared = model.flows.get(use.resource.name) or model.workflows.get(use.resource.name)
            label = _called(declared.label if declared else model.entities[use.into].label, "自动写入", "written by it")
            node = Node(f"origin:{place}", NodeKind.ORIGIN, place, label, entity=use.into, place=use.place)
            yield node
            yield _into(node, use.into, str(use.steps[-1]), Way.TRANSFORMATION)
        elif use.resource.kind == "entities" and use.steps[-1] == "default_formula":
            yield _into(ENGINE, use.resource.name, str(use.steps[1]))


def _of_alerts(model: AppModel) -> Iterator[Found]:
    for alert in model.alerts.values():
        node = named(NodeKind.ALERT, alert.name, alert.label, alert.place)
        yield node
        for name in ALERT_FIELDS:
            if name in model.entities[alert.into].fields:
                yield _into(node, alert.into, name, Way.AGGREGATION)


def _of_field(model: AppModel, entity: Entity, field: Field) -> Iterator[Node]:
    """The origins that the declaration of a field itself tells."""
    if field.kind is FieldKind.STATE and field.workflow is not None:
        yield ENGINE
    if field.number is not None or (entity.collects is not None and field.name in ANSWER_FIELDS):
        yield ENGINE
    if field.default is not None or any(field.name in row for row in entity.starts_with.values()):
        yield CONSTANT
    if _by_hand(model, entity, field):
        yield INTERFACE
    if any(field.name in (duty.author, duty.day) for duty in model.duties.values() if duty.entity == entity.name):
        yield ENGINE


def _by_hand(model: AppModel, entity: Entity, field: Field) -> bool:
    """Whether people of some role may write the field without a form: by import or by the interface."""
    if field.computed or field.read_only or field.kind is FieldKind.STATE:
        return False
    writing = (Action.CREATE, Action.UPDATE)
    return any(
        action in grant.actions
        for name in _wholes(model, entity)
        for grant in _grants(model, name)
        for action in writing
    )


def _grants(model: AppModel, entity: str) -> tuple[Grant, ...]:
    return model.access.get(entity, EntityAccess(entity)).grants


def _wholes(model: AppModel, entity: Entity) -> Iterator[str]:
    """An entity and what its rows are parts of: whoever may write the whole may write its parts."""
    yield entity.name
    whole = entity.fields[entity.part_of].relation if entity.part_of is not None else None
    if whole is not None:
        yield from _wholes(model, model.entities[whole.entity])
