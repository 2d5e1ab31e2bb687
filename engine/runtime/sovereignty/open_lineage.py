"""Lineage as OpenLineage events (2-0-2): one static event for each thing that draws on columns, with column lineage (1-2-0)
and facets of our own for level, purpose and standing. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from engine.model.lineage import DIRECT, Edge, Lineage, Node, NodeKind, Status
from engine.model.version import product_version

PRODUCER = f"urn:dougong:{product_version() or 'development'}"
EVENT_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent"
COLUMNS_SCHEMA = (
    "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet"
)
OWN_SCHEMA = "urn:dougong:facets:1-0-0"
WORST = (Status.GREEN, Status.AMBER, Status.RED)
PlaceOf = tuple[str, str]
"""A dataset and the column in it."""


def job_events(graph: Lineage, namespace: str, at: datetime) -> Iterator[Mapping[str, object]]:
    """One event for each dataset that something flows into, in name order."""
    grouped: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        grouped.setdefault(place_of(graph.nodes[edge.target])[0], []).append(edge)
    for name in sorted(grouped):
        yield _event(graph, namespace, at, name, grouped[name])


def place_of(node: Node) -> PlaceOf:
    """The dataset that a node is a column of, and the column."""
    if node.kind is NodeKind.FIELD:
        entity, _, field = node.name.partition(".")
        return entity, field
    if node.kind is NodeKind.SOURCE:
        source, _, column = node.name.partition("/")
        return f"source/{source}", column
    if node.kind is NodeKind.FEATURE:
        pipeline, _, column = node.name.partition(".")
        return f"pipeline/{pipeline}", column
    if node.kind is NodeKind.PAGE:
        page, _, item = node.name.partition("#")
        return f"page/{page}", item or "rows"
    return f"{node.kind}/{node.name}", "value"


def _event(graph: Lineage, namespace: str, at: datetime, name: str, edges: list[Edge]) -> Mapping[str, object]:
    sources = sorted({place_of(graph.nodes[one.source])[0] for one in edges})
    return {
        "eventTime": at.isoformat(),
        "producer": PRODUCER,
        "schemaURL": EVENT_SCHEMA,
        "job": {"namespace": namespace, "name": name},
        "inputs": [{"namespace": namespace, "name": one} for one in sources],
        "outputs": [{"namespace": namespace, "name": name, "facets": _facets(graph, namespace, edges)}],
    }


def _facets(graph: Lineage, namespace: str, edges: list[Edge]) -> Mapping[str, object]:
    fields: dict[str, list[Edge]] = {}
    for edge in edges:
        fields.setdefault(place_of(graph.nodes[edge.target])[1], []).append(edge)
    standings = {column: [graph.standing(one.target) for one in drawn] for column, drawn in fields.items()}
    worst = {column: max(found, key=lambda one: WORST.index(one.status)) for column, found in standings.items()}
    return {
        "columnLineage": _facet(
            COLUMNS_SCHEMA,
            fields={column: {"inputFields": _inputs(graph, namespace, drawn)} for column, drawn in fields.items()},
        ),
        "sov_level": _own_facet(
            "SovLevelDatasetFacet",
            fields={column: max(one.level for one in found) for column, found in standings.items()},
        ),
        "sov_purpose": _own_facet(
            "SovPurposeDatasetFacet",
            fields={column: sorted({str(one.purpose) for one in drawn}) for column, drawn in fields.items()},
        ),
        "sov_compliance": _own_facet(
            "SovComplianceDatasetFacet",
            fields={
                column: {"status": str(one.status), "reason": {"zh": one.reason.zh, "en": one.reason.en}}
                for column, one in worst.items()
            },
        ),
    }


def _inputs(graph: Lineage, namespace: str, edges: list[Edge]) -> list[Mapping[str, object]]:
    """The columns that one column is drawn from, each once, with every way in which it goes in."""
    ways: dict[PlaceOf, list[Mapping[str, object]]] = {}
    for edge in edges:
        way = {"type": "DIRECT" if edge.way in DIRECT else "INDIRECT", "subtype": str(edge.way), "masking": edge.masked}
        ways.setdefault(place_of(graph.nodes[edge.source]), []).append(way)
    return [
        {"namespace": namespace, "name": dataset, "field": column, "transformations": found}
        for (dataset, column), found in sorted(ways.items())
    ]


def _own_facet(name: str, **values: object) -> Mapping[str, object]:
    return _facet(f"{OWN_SCHEMA}:{name}", **values)


def _facet(schema: str, **values: object) -> Mapping[str, object]:
    return {"_producer": PRODUCER, "_schemaURL": schema, **values}
