"""Decision-chain maps: steps and decisions, each with what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from engine.diagnostics import Diagnostic
from engine.dsl.map_checks import map_problems
from engine.dsl.part import Part, PassContext
from engine.model.maps import DecisionMap, GapTasks, MapEdge, MapNode


def compile_maps(context: PassContext) -> Iterator[DecisionMap | Diagnostic]:
    for part in context.parts("maps"):
        yield from map_problems(part)
        yield DecisionMap(
            name=part.name,
            label=part.label(),
            place=part.place,
            pack=part.pack,
            entity=part.text("entity"),
            nodes=tuple(_node(one, part.text("entity")) for one in part.items("nodes")),
            edges=tuple(_edge(one) for one in part.items("edges")),
            roles=frozenset(part.names("roles")),
            description=part.label("description"),
            people=MappingProxyType({role: part.inner("people", role).plain() for role, _ in part.entries("people")}),
            gaps=_gaps(part.inner("gaps")) if part.has("gaps") else None,
        )


def _node(part: Part, entity: str) -> MapNode:
    return MapNode(
        id=part.id,
        label=part.label(),
        place=part.place,
        entity=part.text("entity", entity),
        decides=part.text("node") == "decision",
        final=part.flag("final"),
        fields=tuple(tuple(path.split(".")) for path in part.names("fields")),
        rule=part.text("rule"),
        transition=part.text("transition"),
        flow=part.text("flow"),
        step=part.text("step"),
        human=part.flag("human"),
        source=part.label("source"),
        actor=part.text("actor"),
    )


def _edge(part: Part) -> MapEdge:
    return MapEdge(
        part.text("from"), part.text("to"), part.place, part.label(), part.formula("when"), part.text("answer")
    )


def _gaps(part: Part) -> GapTasks:
    return GapTasks(
        entity=part.text("entity"),
        place=part.place,
        title=part.text("title"),
        reference=part.text("reference"),
        detail=part.text("detail"),
        values=MappingProxyType({name: str(value) for name, value in part.entries("values")}),
        open=part.formula("open"),
    )
