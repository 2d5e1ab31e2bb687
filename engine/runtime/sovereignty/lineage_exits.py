"""Where values go beyond the definitions that name them: features and models, destinations, exports, and what keeps them."""

from __future__ import annotations

from collections.abc import Iterator

from engine.model.access import Action, EntityAccess
from engine.model.app import AppModel
from engine.model.feature_plans import Fold
from engine.model.flows import Call, Flow
from engine.model.lineage import Edge, Node, NodeKind, Purpose, Way
from engine.model.names import Label
from engine.model.pipelines import Pipeline
from engine.runtime.sovereignty.cargo import EXPORT, PRINT, device_of
from engine.runtime.sovereignty.lineage_reads import formula_reads
from engine.runtime.sovereignty.lineage_uses import Found, field_id, named


def exit_edges(model: AppModel) -> Iterator[Found]:
    """What flows onwards."""
    for pipeline in model.pipelines.values():
        yield from _features(pipeline)
    yield from _metrics(model)
    yield from _negotiations(model)
    for destination in model.destinations.values():
        yield destination_node(model, destination.name)
    for flow in model.flows.values():
        yield from _calls(model, flow)
    yield from _channels(model)
    yield from _reports(model)
    yield from _exports(model)
    yield from _taken(model)


def destination_node(model: AppModel, name: str) -> Node:
    """A destination; one that nobody declared lets nothing through, and is drawn so."""
    declared = model.destinations.get(name)
    if declared is None:
        return Node(f"destination:{name}", NodeKind.DESTINATION, name, ceiling="G0")
    return Node(
        f"destination:{name}",
        NodeKind.DESTINATION,
        name,
        declared.label,
        ceiling=declared.max_level,
        place=declared.place,
    )


def _features(pipeline: Pipeline) -> Iterator[Found]:
    node = named(NodeKind.PIPELINE, pipeline.name, pipeline.label, pipeline.place)
    yield node
    plan = pipeline.plan
    for feature in plan.features if plan is not None else ():
        part = Node(
            f"feature:{pipeline.name}.{feature.name}", NodeKind.FEATURE, f"{pipeline.name}.{feature.name}", feature.column.label,
            place=feature.place,
        )  # fmt: skip
        yield part
        way = Way.AGGREGATION if isinstance(feature.value, Fold) else Way.TRANSFORMATION
        yield from (Edge(f"field:{one}", part.id, way, Purpose.TRAIN) for one in feature.lineage)
        yield Edge(part.id, node.id, Way.IDENTITY, Purpose.TRAIN)
    if plan is not None and plan.outcome is not None:
        yield from (Edge(f"field:{one}", node.id, Way.TRANSFORMATION, Purpose.TRAIN) for one in plan.outcome.lineage)
    if pipeline.training is not None:
        model = Node(
            f"model:{pipeline.training.model}",
            NodeKind.MODEL,
            pipeline.training.model,
            pipeline.label,
            place=pipeline.place,
        )
        yield model
        yield Edge(node.id, model.id, Way.TRANSFORMATION, Purpose.TRAIN)


def _metrics(model: AppModel) -> Iterator[Found]:
    for metric in model.metrics.values():
        node = named(NodeKind.METRIC, metric.name, metric.label, metric.place, metric.entity or "")
        yield node
        for one in metric.inputs:
            yield Edge(f"metric:{one}", node.id, Way.TRANSFORMATION, Purpose.ANALYSE)


def _negotiations(model: AppModel) -> Iterator[Found]:
    for one in model.negotiations.values():
        node = named(NodeKind.NEGOTIATION, one.name, one.label, one.place, one.entity)
        yield node
        names = [foretold.model for foretold in (one.win, one.late) if foretold is not None]
        names += [one.effect.name] if one.effect is not None else []
        for name in names:
            yield Node(f"model:{name}", NodeKind.MODEL, name)
            yield Edge(f"model:{name}", node.id, Way.TRANSFORMATION, Purpose.DECIDE)


def _calls(model: AppModel, flow: Flow) -> Iterator[Found]:
    for step in flow.every_step():
        if not isinstance(step.action, Call):
            continue
        node = (
            destination_node(model, step.action.destination)
            if step.action.destination
            else Node(
                f"other:node/{step.action.node}", NodeKind.OTHER, step.action.node, step.label, entity=flow.entity
            )
        )
        yield node
        for formula in step.action.values.values():
            for read in formula_reads(model, flow.entity, formula.node, Way.IDENTITY):
                yield Edge(field_id(read.entity, read.field), node.id, read.way, Purpose.DELIVER)


def _channels(model: AppModel) -> Iterator[Found]:
    """A channel that may say what a record is called carries the titles of records to its destination."""
    for channel in model.channels.values():
        node = destination_node(model, channel.destination)
        yield node
        for entity in model.entities.values() if channel.titles else ():
            yield Edge(field_id(entity.name, entity.title), node.id, Way.IDENTITY, Purpose.DELIVER)


def _reports(model: AppModel) -> Iterator[Found]:
    for page in model.pages.values():
        if page.reports:
            node = Node(
                f"document:report/{page.name}", NodeKind.DOCUMENT, f"report/{page.name}", page.label, place=page.place
            )
            yield node
            yield named(NodeKind.PAGE, page.name, page.label, page.place)
            yield Edge(f"page:{page.name}", node.id, Way.IDENTITY, Purpose.DELIVER)


def _exports(model: AppModel) -> Iterator[Found]:
    for entity in model.entities.values():
        access = model.access.get(entity.name, EntityAccess(entity.name))
        if any(Action.EXPORT in grant.actions for grant in access.grants):
            texts = {
                language: f"{'导出' if language == 'zh' else 'Export'} · {entity.label.text(language)}"
                for language in ("zh", "en")
            }
            node = Node(f"export:{entity.name}", NodeKind.EXPORT, entity.name, Label(texts), entity=entity.name)
            yield node
            for name in entity.fields:
                yield Edge(field_id(entity.name, name), node.id, Way.IDENTITY, Purpose.DELIVER)


def _taken(model: AppModel) -> Iterator[Found]:
    """What readers take with them goes to their device: exports, papers and reports."""
    for kind, purpose in ((NodeKind.EXPORT, EXPORT), (NodeKind.DOCUMENT, PRINT)):
        device = device_of(model.destinations, purpose)
        node = Node(
            f"destination:{device.name}", NodeKind.DESTINATION, device.name, device.label, ceiling=device.max_level
        )
        yield node
        names = (
            [one.id for one in _exports(model) if isinstance(one, Node)]
            if kind is NodeKind.EXPORT
            else [
                *(f"document:{one}" for one in model.documents),
                *(f"document:report/{page.name}" for page in model.pages.values() if page.reports),
            ]
        )
        yield from (Edge(name, node.id, Way.IDENTITY, Purpose.DELIVER) for name in names)
