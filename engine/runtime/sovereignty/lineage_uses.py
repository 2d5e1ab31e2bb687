"""Edges from the uses of names: every definition that names a field draws on it. A kind that has no line here is drawn as
a thing of its own, so that nothing is missing without a word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from engine.model.app import AppModel
from engine.model.lineage import Edge, Node, NodeKind, Purpose, Way
from engine.model.names import NO_LABEL, Label, Place
from engine.model.pages import Item
from engine.model.uses import Steps, Use
from engine.runtime.sovereignty.lineage_reads import reads_of

Found = Node | Edge

CONDITIONS = frozenset(
    {"when", "where", "visible_when", "required_when", "expect", "guard", "rows", "holds", "condition"}
)
"""Keys whose value decides whether something is taken; it does not go in itself."""
GROUPS = frozenset({"dimensions", "by", "by2", "group_by", "columns_by", "time", "rows_by", "weekday", "hour"})
"""Keys that split what is counted."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a use flows into: a node, the nodes that it is a part of, the way and the purpose."""

    node: Node
    way: Way
    purpose: Purpose
    whole: tuple[Node, ...] = ()


def field_id(entity: str, field: str) -> str:
    return f"field:{entity}.{field}"


def named(kind: NodeKind, name: str, label: Label = NO_LABEL, place: Place | None = None, entity: str = "") -> Node:
    """A node that a definition of this name stands for."""
    return Node(f"{kind}:{name}", kind, name, label, entity=entity, place=place)


def use_edges(model: AppModel) -> Iterator[Found]:
    """What all definitions draw on."""
    for use in model.uses:
        target = _target(model, use)
        if target is None:
            continue
        found = tuple(_sources(model, use, target))
        if found:
            yield target.node
            yield from target.whole
            yield from found
            inner = target.node
            for whole in target.whole:
                yield Edge(inner.id, whole.id, Way.IDENTITY, target.purpose)
                inner = whole


def _sources(model: AppModel, use: Use, target: Target) -> Iterator[Edge]:
    if use.meaning == "metric" and use.text in model.metrics:
        yield Edge(f"metric:{use.text}", target.node.id, Way.AGGREGATION, target.purpose)
    elif use.meaning in RESOURCES:
        yield Edge(f"{RESOURCES[use.meaning]}:{use.text}", target.node.id, Way.IDENTITY, target.purpose)
    for read in reads_of(model, use, target.way):
        source = field_id(read.entity, read.field)
        if source != target.node.id:
            yield Edge(source, target.node.id, read.way, target.purpose)


RESOURCES: Mapping[str, NodeKind] = {
    "form": NodeKind.FORM,
    "rule": NodeKind.RULE,
    "map": NodeKind.MAP,
    "pipeline": NodeKind.PIPELINE,
}
"""Meanings that name a thing with values of its own."""


def _target(model: AppModel, use: Use) -> Target | None:
    if use.into and use.meaning == "formula":
        return Target(_field(model, use.into, str(use.steps[-1])), Way.IDENTITY, Purpose.OPERATE)
    return _OF_KIND.get(use.resource.kind, _other)(model, use)


def _field(model: AppModel, entity: str, name: str) -> Node:
    declared = model.entities[entity].fields.get(name)
    label = declared.label if declared else NO_LABEL
    return Node(field_id(entity, name), NodeKind.FIELD, f"{entity}.{name}", label, entity=entity)


def _way(use: Use) -> Way:
    if not CONDITIONS.isdisjoint(use.steps):
        return Way.FILTER
    return Way.IDENTITY if GROUPS.isdisjoint(use.steps) else Way.GROUP_BY


def _in_entity(model: AppModel, use: Use) -> Target | None:
    entity, first = use.resource.name, use.steps[0]
    if first == "fields" and len(use.steps) > 2:
        name, key = str(use.steps[1]), use.steps[2]
        if key in {"formula", "default_formula"}:
            return Target(_field(model, entity, name), Way.IDENTITY, Purpose.OPERATE)
        if key == "proposed":
            return Target(_field(model, entity, name), Way.TRANSFORMATION, Purpose.OPERATE)
        check = named(
            NodeKind.CHECK, f"{entity}.{name}.{key}", model.entities[entity].fields[name].label, use.place, entity
        )
        return Target(check, Way.CONDITIONAL, Purpose.OPERATE)
    if first == "from_figures" and len(use.steps) > 2:
        fill = model.entities[entity].from_figures[int(use.steps[1])]
        way = Way.FILTER if "match" in use.steps else Way.AGGREGATION
        return Target(_field(model, entity, fill.field), way, Purpose.OPERATE)
    part = f"{entity}.{first}" + (
        f".{use.steps[1]}" if len(use.steps) > 1 and first in {"checks", "duplicates"} else ""
    )
    kind = NodeKind.ACCESS if first == "owned_by" else NodeKind.CHECK if first in JUDGING else NodeKind.OTHER
    node = named(kind, part, model.entities[entity].label, use.place, entity)
    return Target(node, Way.CONDITIONAL if kind is NodeKind.CHECK else Way.IDENTITY, Purpose.OPERATE)


JUDGING = frozenset({"checks", "duplicates", "unique", "indexes", "natural_key"})
"""Parts of an entity that judge rows."""


def _in_metric(model: AppModel, use: Use) -> Target | None:
    metric = model.metrics[use.resource.name]
    node = named(NodeKind.METRIC, metric.name, metric.label, metric.place, metric.entity or "")
    way = Way.AGGREGATION if use.steps[0] == "measure" else _way(use)
    return Target(node, way, Purpose.ANALYSE)


def _on_page(model: AppModel, use: Use) -> Target | None:
    page = model.pages.get(use.resource.name)
    if page is None:
        return _other(model, use)
    whole = named(NodeKind.PAGE, page.name, page.label, page.place)
    item = item_at(page.items, use.steps)
    if item is None:
        return Target(whole, _way(use), Purpose.DISPLAY)
    part = Node(f"page:{page.name}#{item.id}", NodeKind.PAGE, f"{page.name}#{item.id}", item.label, place=item.place)
    return Target(part, _way(use), Purpose.DISPLAY, (whole,))


def item_at(items: tuple[Item, ...], steps: Steps) -> Item | None:
    """The innermost item that steps of the text of a page lead into."""
    found: Item | None = None
    for key, index in pairwise(steps):
        if key == "items" and isinstance(index, int) and index < len(items):
            found = items[index]
            items = found.items
    return found


def _in_form(model: AppModel, use: Use) -> Target | None:
    form = model.forms.get(use.resource.name)
    if form is None:
        return _other(model, use)
    return Target(named(NodeKind.FORM, form.name, form.label, form.place, form.entity), _way(use), Purpose.DISPLAY)


def _in_workflow(model: AppModel, use: Use) -> Target | None:
    name = use.resource.name
    declared = model.flows.get(name) or model.workflows.get(name)
    if declared is None:
        return _other(model, use)
    shown = {"show", "write", "title", "body", "values"} & set(use.steps)
    node = named(NodeKind.WORKFLOW, name, declared.label, declared.place, declared.entity)
    return Target(node, Way.IDENTITY if shown else Way.CONDITIONAL, Purpose.OPERATE)


def _in_document(model: AppModel, use: Use) -> Target | None:
    paper = model.documents[use.resource.name]
    return Target(
        named(NodeKind.DOCUMENT, paper.name, paper.label, paper.place, paper.entity), _way(use), Purpose.DELIVER
    )


def _in_access(model: AppModel, use: Use) -> Target | None:
    if use.formula is None:
        return None
    entity = model.entities.get(use.entity)
    return Target(
        named(NodeKind.ACCESS, use.entity, entity.label if entity else NO_LABEL, use.place, use.entity),
        Way.FILTER,
        Purpose.OPERATE,
    )


def _in_pipeline(model: AppModel, use: Use) -> Target | None:
    pipeline = model.pipelines[use.resource.name]
    way = _way(use) if use.meaning != "formula" else Way.TRANSFORMATION
    return Target(named(NodeKind.PIPELINE, pipeline.name, pipeline.label, pipeline.place), way, Purpose.TRAIN)


def _of_table(
    table: str, kind: NodeKind, purpose: Purpose, way: Way | None = None
) -> Callable[[AppModel, Use], Target | None]:
    """Targets that are the resource itself."""

    def target(model: AppModel, use: Use) -> Target | None:
        declared = getattr(model, table).get(use.resource.name)
        if declared is None:
            return _other(model, use)
        node = named(kind, declared.name, declared.label, declared.place, getattr(declared, "entity", "") or "")
        return Target(node, way or _way(use), purpose)

    return target


def _nothing(model: AppModel, use: Use) -> Target | None:
    """Sources say where fields come from, not where they go."""
    return None


def _other(model: AppModel, use: Use) -> Target | None:
    name = f"{use.resource.kind}/{use.resource.name}"
    return Target(named(NodeKind.OTHER, name, Label({"en": name, "zh": name}), use.place), _way(use), Purpose.OPERATE)


_OF_KIND: Mapping[str, Callable[[AppModel, Use], Target | None]] = {
    "entities": _in_entity,
    "metrics": _in_metric,
    "pages": _on_page,
    "dashboards": _on_page,
    "forms": _in_form,
    "workflows": _in_workflow,
    "documents": _in_document,
    "access": _in_access,
    "pipelines": _in_pipeline,
    "sources": _nothing,
    "destinations": _nothing,
    "rules": _of_table("rules", NodeKind.RULE, Purpose.OPERATE, Way.CONDITIONAL),
    "alerts": _of_table("alerts", NodeKind.ALERT, Purpose.ANALYSE),
    "maps": _of_table("maps", NodeKind.MAP, Purpose.DECIDE),
    "knowledge": _of_table("knowledge", NodeKind.GRAPH, Purpose.DECIDE),
    "negotiations": _of_table("negotiations", NodeKind.NEGOTIATION, Purpose.DECIDE),
}
