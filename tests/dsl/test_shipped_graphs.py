"""Knowledge graphs: the shipped twelve, how they are laid out, and what they say next to every customer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from engine.dsl.compiler import Compilation, compile_packs
from engine.model.knowledge import EdgeKind, KnowledgeGraph, NodeKind, SourceKind
from engine.runtime.knowledge.edits import Check, EdgeEdit, Edit
from engine.runtime.knowledge.merged import MergedGraph, merge
from engine.runtime.knowledge.next_step import Customer, Way, next_ways
from engine.widgets.registry import read_widgets

ROOT = Path(__file__).parents[2]
WIDGETS = read_widgets(ROOT / "engine/widgets")
SHIPPED = [
    "apparel",
    "auto_aftermarket",
    "beauty",
    "chain_pharmacy",
    "consumer_electronics",
    "food_tea",
    "fresh_convenience",
    "home_building",
    "jewellery",
    "medical_devices",
    "mother_baby",
    "sports_outdoor",
]


@cache
def shipped() -> Compilation:
    return compile_packs([ROOT / "packs/organisation", ROOT / "packs/strategy"], WIDGETS)


def graphs() -> Mapping[str, KnowledgeGraph]:
    model = shipped().model
    assert model is not None
    return model.knowledge


def test_twelve_industries_are_shipped_and_the_compiler_has_nothing_to_say() -> None:
    assert list(graphs()) == SHIPPED
    assert [one.as_text() for one in shipped().diagnostics if "/knowledge/" in one.span.file] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_graph_is_large_sourced_and_nowhere_said_to_be_checked(name: str) -> None:
    graph = graphs()[name]
    assert len(graph.nodes) >= 80
    assert len(graph.edges) >= 150
    assert all(edge.origin.by and edge.origin.at and not edge.origin.checked for edge in graph.edges)
    laws = [edge.origin.by for edge in graph.edges if edge.origin.kind is SourceKind.LAW]
    assert laws
    assert all("《" in by for by in laws)
    assert all({"zh", "en"} <= node.label.texts.keys() for node in graph.nodes)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_segment_gets_an_answer_to_every_objection_and_an_offer(name: str) -> None:
    graph = merge(graphs()[name], {})
    for segment in graph.of_kind(NodeKind.SEGMENT):
        answer, offer = next_ways(graph, Customer(segment.id))
        assert (kinds(graph, answer), kinds(graph, offer)[:2]) == (CHAIN, [NodeKind.SEGMENT, NodeKind.NEED])
        assert NodeKind.PRODUCT_FAMILY in kinds(graph, offer)
        for objection in graph.of_kind(NodeKind.OBJECTION):
            answer, *_ = next_ways(graph, Customer(segment.id, (objection.id,)))
            assert kinds(graph, answer) == CHAIN
            assert answer.nodes[1] == objection.id
            assert all(step.sentence.zh.endswith(("。", "）。")) for step in answer.steps)


CHAIN = [NodeKind.SEGMENT, NodeKind.OBJECTION, NodeKind.ARGUMENT, NodeKind.EVIDENCE]


def kinds(graph: MergedGraph, way: Way) -> list[NodeKind]:
    return [graph.nodes[name].kind for name in way.nodes]


def several() -> tuple[MergedGraph, str, str]:
    """A graph with a segment that raises an objection with several answers."""
    graph = merge(graphs()["chain_pharmacy"], {})
    for segment in graph.of_kind(NodeKind.SEGMENT):
        for edge in graph.leading(segment.id, EdgeKind.RAISES):
            if len(graph.leading(edge.target, EdgeKind.ANSWERED_BY)) > 1:
                return graph, segment.id, edge.target
    raise AssertionError


def test_an_argument_that_was_used_makes_way_for_another_and_comes_back_when_all_were() -> None:
    graph, segment, objection = several()
    answers = [edge.target for edge in graph.leading(objection, EdgeKind.ANSWERED_BY)]
    first = next_ways(graph, Customer(segment, (objection,)))[0]
    assert not first.again
    then = next_ways(graph, Customer(segment, (objection,), frozenset({first.nodes[2]})))[0]
    assert then.nodes[2] in set(answers) - {first.nodes[2]}
    last = next_ways(graph, Customer(segment, (objection,), frozenset(answers)))[0]
    assert last.again
    assert "都用过了" in last.why.zh


def test_of_ways_alike_the_one_is_taken_that_somebody_has_checked() -> None:
    graph, segment, objection = several()
    before = next_ways(graph, Customer(segment, (objection,)))[0]
    other = next(e for e in graph.leading(objection, EdgeKind.ANSWERED_BY) if e.target != before.nodes[2])
    check = EdgeEdit(other.source, other.target, other.kind, check=Check(1, 1, other.release))
    checked = merge(graph.graph, {other.id: Edit(other.id, 1, check, 1, 1)})
    after = next_ways(checked, Customer(segment, (objection,)))[0]
    assert after.nodes[2] == other.target
    assert "1 条已核" in after.why.zh
    assert next_ways(graph, Customer(segment, (objection,)))[0] == before, "without the check it is as before"


def test_what_the_graph_does_not_expect_is_said_and_nothing_is_made_up() -> None:
    graph = merge(graphs()["chain_pharmacy"], {})
    segment = graph.of_kind(NodeKind.SEGMENT)[0]
    expected = {edge.target for edge in graph.leading(segment.id, EdgeKind.RAISES)}
    other = next(node for node in graph.of_kind(NodeKind.OBJECTION) if node.id not in expected)
    answer = next_ways(graph, Customer(segment.id, (other.id,)))[0]
    assert answer.steps[0].edge is None
    assert "没有记着" in answer.steps[0].sentence.zh
    assert next_ways(graph, Customer("nobody")) == ()
