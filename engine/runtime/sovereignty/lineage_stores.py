"""Where values are kept: for each store of the registry that may hold what somebody wrote, the fields that reach it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.model.app import AppModel
from engine.model.entities import Entity, Field, FieldKind
from engine.model.lineage import Edge, Node, NodeKind, Purpose, Way
from engine.model.rollups import rollups_of
from engine.runtime.sovereignty.lineage_reads import reads_of
from engine.runtime.sovereignty.lineage_uses import Found, field_id
from engine.runtime.storage.tables import search_table_name, version_table_name

Holds = Callable[[AppModel, Entity, Field], bool]


def store_edges(model: AppModel) -> Iterator[Found]:
    """The stores, and what of which field they hold."""
    for entity in model.entities.values():
        for field in entity.fields.values():
            for store, way in _stores_of(model, entity, field):
                yield store_node(store)
                yield Edge(field_id(entity.name, field.name), f"store:{store}", way, Purpose.STORE)
    for rollup in rollups_of(model).values():
        for table in (rollup.cells, rollup.deltas):
            yield store_node(table)
            for name in (*rollup.measures, *rollup.columns):
                yield Edge(field_id(rollup.entity, name), f"store:{table}", Way.AGGREGATION, Purpose.STORE)


def store_node(name: str) -> Node:
    return Node(f"store:{name}", NodeKind.STORE, name)


def _stores_of(model: AppModel, entity: Entity, field: Field) -> Iterator[tuple[str, Way]]:
    yield entity.name, Way.IDENTITY
    yield version_table_name(entity.name), Way.IDENTITY
    if field.search:
        yield search_table_name(entity.name), Way.TRANSFORMATION
    for store, (holds, way) in _HOLDING.items():
        if holds(model, entity, field):
            yield store, way


def _is_title(model: AppModel, entity: Entity, field: Field) -> bool:
    """What a record is called is told of it wherever people are told of it."""
    return field.name == entity.title or any(
        flow.title is not None and field.name in flow.title.references
        for flow in model.flows.values()
        if flow.entity == entity.name
    )


def _is_entered(model: AppModel, entity: Entity, field: Field) -> bool:
    return not field.computed


def _is_mapped(model: AppModel, entity: Entity, field: Field) -> bool:
    return any(one.entity == entity.name and field.name in one.fields for one in model.sources.values())


def _is_listed(model: AppModel, entity: Entity, field: Field) -> bool:
    """Conditions of lists may name values of any field but attachments."""
    return field.kind is not FieldKind.ATTACHMENT


def _is_attached(model: AppModel, entity: Entity, field: Field) -> bool:
    return field.kind is FieldKind.ATTACHMENT


def _is_learnt_from(model: AppModel, entity: Entity, field: Field) -> bool:
    """A field that a feature is made of."""
    return f"{entity.name}.{field.name}" in model.derived(_learnt)


def _is_bargained(model: AppModel, entity: Entity, field: Field) -> bool:
    """A field that a negotiation names, or that its models are made of: decisions keep what they were made on."""
    name = f"{entity.name}.{field.name}"
    return name in model.derived(_bargained) or (bool(model.negotiations) and name in model.derived(_learnt))


def _is_proposing(model: AppModel, entity: Entity, field: Field) -> bool:
    return any(one.proposed is not None and one.proposed.source == field.name for one in entity.fields.values())


def _is_likeness(model: AppModel, entity: Entity, field: Field) -> bool:
    return any(field.name in rule.fields for rule in entity.duplicates)


def _is_fact(model: AppModel, entity: Entity, field: Field) -> bool:
    return f"{entity.name}.{field.name}" in model.derived(_measured)


def _learnt(model: AppModel) -> frozenset[str]:
    plans = (one.plan for one in model.pipelines.values() if one.plan is not None)
    return frozenset(name for plan in plans for feature in plan.features for name in feature.lineage)


def _bargained(model: AppModel) -> frozenset[str]:
    return _read_in(model, "negotiations")


def _measured(model: AppModel) -> frozenset[str]:
    return _read_in(model, "metrics")


def _read_in(model: AppModel, kind: str) -> frozenset[str]:
    """The fields that definitions of a kind read, as `entity.field`."""
    uses = (use for use in model.uses if use.resource.kind == kind)
    return frozenset(f"{read.entity}.{read.field}" for use in uses for read in reads_of(model, use, Way.IDENTITY))


_TITLES = ("dougong_flow", "dougong_flow_task", "dougong_notice", "dougong_delivery")
_CONDITIONS = ("dougong_list_view", "dougong_report", "dougong_approval_delegation", "dougong_figure_watch")
_HOLDING: Mapping[str, tuple[Holds, Way]] = {
    **dict.fromkeys(_TITLES, (_is_title, Way.IDENTITY)),
    **dict.fromkeys(_CONDITIONS, (_is_listed, Way.FILTER)),
    "dougong_draft": (_is_entered, Way.IDENTITY),
    "dougong_bulk": (_is_entered, Way.IDENTITY),
    "dougong_import_problem": (_is_entered, Way.IDENTITY),
    "imports": (_is_entered, Way.IDENTITY),
    "dougong_source_refusal": (_is_mapped, Way.IDENTITY),
    "inbox": (_is_mapped, Way.IDENTITY),
    "dougong_attachment": (_is_attached, Way.IDENTITY),
    "files": (_is_attached, Way.IDENTITY),
    "dougong_model_version": (_is_learnt_from, Way.TRANSFORMATION),
    "models": (_is_learnt_from, Way.TRANSFORMATION),
    "dougong_negotiation_decision": (_is_bargained, Way.IDENTITY),
    "dougong_negotiation_judgement": (_is_bargained, Way.TRANSFORMATION),
    "dougong_learnt": (_is_proposing, Way.TRANSFORMATION),
    "dougong_likeness": (_is_likeness, Way.TRANSFORMATION),
    "facts": (_is_fact, Way.IDENTITY),
}
"""The stores of the registry that hold what somebody wrote beside the rows themselves."""
