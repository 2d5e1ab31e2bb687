"""The lineage of the shipped packs: nothing that names a field is missing, origins are known, levels follow the values."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from engine.model.app import AppModel
from engine.model.lineage import (
    UNKNOWN,
    Edge,
    Lineage,
    Node,
    NodeKind,
    Purpose,
    Status,
    Way,
    merged,
)
from engine.runtime.sovereignty.lineage_graph import lineage_of
from tests.web.site import shipped


@pytest.fixture(scope="module")
def app() -> AppModel:
    return shipped().current()


def test_every_field_that_a_formula_names_is_drawn_into_something(app: AppModel) -> None:
    """Against the checker's own list of what each formula names, which the graph does not read."""
    graph, missing = lineage_of(app), []
    for use in app.uses:
        for reference in use.formula.references if use.formula is not None and use.entity else ():
            entity, path = use.entity, reference.split(".")
            own = app.field(entity, (path[0],))
            if own is not None and not graph.behind.get(f"field:{entity}.{path[0]}"):
                missing.append((str(use.place), reference))
    assert not missing


@pytest.mark.parametrize("pack", ["b2b_sales", "store_sales"])
def test_the_origin_of_nearly_every_field_of_a_pack_is_known(app: AppModel, pack: str) -> None:
    graph = lineage_of(app)
    fields = [
        one for one in graph.nodes.values() if one.kind is NodeKind.FIELD and one.place and one.place.pack == pack
    ]
    known = sum(graph.known_origin(one.id) for one in fields)
    assert len(fields) > 100 and known / len(fields) >= 0.99, [
        one.name for one in fields if not graph.known_origin(one.id)
    ]


def test_what_nobody_knows_the_origin_of_is_drawn_and_counts_as_the_strictest(app: AppModel) -> None:
    graph = lineage_of(app)
    for edge in graph.out_of[UNKNOWN]:
        assert graph.levels[edge.target] == "G4"
        assert graph.standing(edge.target).status is Status.AMBER


@pytest.mark.parametrize(
    ("source", "target", "way"),
    [
        ("field:opportunity.amount", "field:opportunity.weighted", Way.TRANSFORMATION),
        ("field:opportunity.probability", "field:opportunity.weighted", Way.TRANSFORMATION),
        ("source:erp_products//price/list", "field:product.list_price", Way.IDENTITY),
        ("origin:form/opportunity", "field:opportunity.amount", Way.IDENTITY),
        ("field:opportunity.amount", "metric:won_amount", Way.AGGREGATION),
        ("field:opportunity.stage", "metric:won_amount", Way.FILTER),
        ("field:sale_line.net_amount", "feature:week_sales.last_week", Way.AGGREGATION),
        ("feature:week_sales.last_week", "pipeline:week_sales", Way.IDENTITY),
        ("pipeline:win", "model:win", Way.TRANSFORMATION),
        ("model:deal_win", "negotiation:opportunity", Way.TRANSFORMATION),
        ("field:opportunity.amount", "export:opportunity", Way.IDENTITY),
        ("field:opportunity.name", "store:opportunity__search", Way.TRANSFORMATION),
        ("field:quote.margin_rate", "negotiation:opportunity", Way.TRANSFORMATION),
    ],
)
def test_what_the_definitions_say_is_drawn(app: AppModel, source: str, target: str, way: Way) -> None:
    assert way in {one.way for one in lineage_of(app).out_of[source] if one.target == target}


def test_every_kind_of_definition_has_its_place(app: AppModel) -> None:
    kinds = Counter(one.kind for one in lineage_of(app).nodes.values())
    assert {
        NodeKind.METRIC,
        NodeKind.PAGE,
        NodeKind.DOCUMENT,
        NodeKind.MAP,
        NodeKind.ALERT,
        NodeKind.RULE,
    } <= kinds.keys()
    assert all(one.place is not None for one in lineage_of(app).nodes.values() if one.kind is NodeKind.OTHER)


def chain(*levels: tuple[str, str, str]) -> Lineage:
    """Nodes one behind the other: id, level, ceiling."""
    nodes = [
        Node(name, NodeKind.FIELD if not ceiling else NodeKind.DESTINATION, name, level=level, ceiling=ceiling)
        for name, level, ceiling in levels
    ]
    edges = [Edge(a.id, b.id, Way.IDENTITY, Purpose.OPERATE) for a, b in pairwise(nodes)]
    return merged(nodes, edges)


def test_a_derived_level_is_the_highest_of_what_flows_in() -> None:
    graph = chain(("a", "G3", ""), ("b", "G1", ""), ("c", "G1", ""))
    assert graph.levels == {"a": "G3", "b": "G3", "c": "G3"}
    assert graph.standing("c").status is Status.AMBER
    assert "G3" in graph.standing("c").reason.en


def test_a_mask_stops_the_level_of_what_it_hides() -> None:
    nodes = [Node("a", NodeKind.FIELD, "a", level="G3"), Node("b", NodeKind.FIELD, "b", level="G1")]
    graph = merged(nodes, [Edge("a", "b", Way.TRANSFORMATION, Purpose.OPERATE, masked=True)])
    assert graph.levels["b"] == "G1"


def test_more_than_a_destination_takes_is_out_of_bounds() -> None:
    graph = chain(("a", "G3", ""), ("out", "", "G2"))
    assert graph.standing("out").status is Status.RED
    assert chain(("a", "G2", ""), ("out", "", "G2")).standing("out").status is Status.GREEN


def test_a_circle_ends_and_hops_are_counted() -> None:
    nodes = [Node(name, NodeKind.FIELD, name) for name in "abc"]
    edges = [Edge(a, b, Way.IDENTITY, Purpose.OPERATE) for a, b in ("ab", "bc", "ca")]
    graph = merged(nodes, edges)
    assert graph.reached("a", 9) == {"b": 1, "c": 2}
    assert graph.around("a", 1).before == {"c": 1}


def test_a_confirmed_level_raises_all_that_is_made_of_the_field() -> None:
    graph = chain(("a", "G1", ""), ("b", "G1", ""), ("out", "", "G2"))
    assert graph.raised({"a": "G1", "nobody": "G4"}) is graph
    raised = graph.raised({"a": "G3"})
    assert raised.levels == {"a": "G3", "b": "G3", "out": "G3"}
    assert raised.standing("out").status is Status.RED
    assert graph.levels["out"] == "G1"


def test_a_source_that_is_a_query_is_followed_to_the_tables_beneath(app: AppModel) -> None:
    def asked(query: str) -> Lineage:
        sheet = replace(app.sources["competitor_sheet"], kind="sql", settings={"query": query})
        return lineage_of(replace(app, sources={**app.sources, sheet.name: sheet}))

    columns = ", ".join(
        f"upper(t.c{at}) as {name}" for at, name in enumerate(app.sources["competitor_sheet"].fields.values())
    )
    graph = asked(f"select {columns} from news t where t.gone is null")
    title = app.sources["competitor_sheet"].fields["title"]
    drawn = {(one.source, one.way) for one in graph.edges if one.target == f"source:competitor_sheet/{title}"}
    assert drawn == {
        ("source:competitor_sheet/news.c1", Way.TRANSFORMATION),
        ("source:competitor_sheet/news.gone", Way.FILTER),
    }
    unreadable = asked("select * from news")
    assert UNKNOWN in unreadable.before[f"source:competitor_sheet/{title}"]
    assert unreadable.levels["field:competitor_event.title"] == "G4"
