"""Flows of a pipeline: which rows, with what conditions, come into a node along its edges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from engine.diagnostics import Diagnostic
from engine.dsl.environments import EntityEnvironment
from engine.dsl.part import Part
from engine.dsl.places_in_text import located
from engine.dsl.suggestions import listed, suggestion
from engine.dsl.symbols import resolve_path
from engine.model.feature_plans import RowFlow
from engine.model.formula import (
    Aggregate,
    Boolean,
    Call,
    Date,
    Formula,
    Instant,
    Items,
    Node,
    Reference,
    Relation,
    Type,
)

MAIN = ("in", "rows", "left")
"""The inputs by which rows come into a node; `left` of a join."""
FACTS = "facts"
RIGHT = "right"


@dataclass
class PipelineReading:
    """A pipeline while it is read: its nodes and edges, and what is wrong with them."""

    part: Part
    problems: list[Diagnostic] = field(default_factory=list)
    nodes: dict[str, Part] = field(default_factory=dict)
    into: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """The (port, node) that lead into a node."""

    @classmethod
    def of(cls, part: Part) -> PipelineReading:
        reading = cls(part, nodes={node.id: node for node in part.items("nodes")})
        for edge in part.items("edges"):
            reading.into.setdefault(edge.text("to"), []).append((edge.text("port", "in"), edge.text("from")))
        return reading

    def of_kind(self, kind: str) -> list[Part]:
        return [node for node in self.nodes.values() if node.text("node") == kind]

    def settings(self, node: Part) -> Part:
        return node.inner("settings")

    def formula(self, part: Part, key: str, entity: str, expected: Type | None) -> Formula | None:
        """The formula at a key, in the scope of an entity's rows; None, and told, where it is none."""
        text, path = part.optional(key), (*part.path, key)
        if text is None:
            return None
        span = part.document.value_span(path)
        environment = EntityEnvironment(part.context.symbols, entity)
        found = part.context.book.compile(text, environment, span, expected)
        if isinstance(found, Formula):
            return found
        self.problems += located(part.document, path, found, span)
        return None

    def time(self, part: Part, key: str, entity: str, otherwise: str) -> Formula | None:
        """A date or instant of a row: the formula at a key, or the field that is meant where there is none."""
        if not part.has(key):
            return self.named(part, entity, otherwise)
        found = self.formula(part, key, entity, None)
        if found is not None and not isinstance(found.type, Date | Instant):
            self.problems.append(part.problem("E542", key, name=found.source, entity=entity))
            return None
        return found

    def named(self, part: Part, entity: str, path: str) -> Formula | None:
        """The formula of a path that stands nowhere in the text."""
        environment = EntityEnvironment(part.context.symbols, entity)
        found = part.context.book.compile(path, environment, part.document.value_span(part.path), None)
        return found if isinstance(found, Formula) else None

    def before(self, node: str) -> Iterator[str]:
        """The nodes from which rows, features or models come into a node, itself first; each once."""
        seen, waiting = {node}, [node]
        while waiting:
            at = waiting.pop()
            yield at
            for _, other in self.into.get(at, ()):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)

    def flows_into(self, node: str, ports: tuple[str, ...]) -> Iterator[RowFlow]:
        for port, other in self.into.get(node, ()):
            if port in ports and other in self.nodes:
                found = self.flow_of(other, (node,))
                if found is not None:
                    yield found

    def flows(self) -> Mapping[str, RowFlow]:
        """The rows that leave each node; what is wrong on their way is told where they are used."""
        told = len(self.problems)
        found = {name: flow for name in self.nodes if (flow := self.flow_of(name, ())) is not None}
        del self.problems[told:]
        return MappingProxyType(found)

    def flow_of(self, node: str, behind: tuple[str, ...]) -> RowFlow | None:
        """The rows that leave a node; None where no rows do, or where they go in a circle, which is told elsewhere."""
        part = self.nodes.get(node)
        if part is None or node in behind:
            return None
        match part.text("node"):
            case "source":
                return self._source(part)
            case "filter":
                return self._filtered(part, self._only(node, MAIN, behind))
            case "join":
                return self._joined(part, self._only(node, MAIN, behind), self._only(node, (RIGHT,), behind))
            case _:
                return None

    def _only(self, node: str, ports: tuple[str, ...], behind: tuple[str, ...]) -> RowFlow | None:
        found = (self.flow_of(other, (*behind, node)) for port, other in self.into.get(node, ()) if port in ports)
        return next((one for one in found if one is not None), None)

    def _source(self, part: Part) -> RowFlow | None:
        settings = self.settings(part)
        entity = settings.text("entity")
        if entity not in part.context.symbols.entities:
            return None
        at = self.time(settings, "at", entity, "created_at")
        return None if at is None else RowFlow(part.id, entity, part.label_or(entity), at)

    def _filtered(self, part: Part, flow: RowFlow | None) -> RowFlow | None:
        if flow is None:
            return None
        where = self.formula(self.settings(part), "where", flow.entity, Boolean())
        return flow if where is None else replace(flow, node=part.id, where=(*flow.where, where))

    def _joined(self, part: Part, left: RowFlow | None, right: RowFlow | None) -> RowFlow | None:
        """The left rows; the right ones are reached along the relation. Where only matches are kept, or the right rows are
        filtered, a row without one goes."""
        settings = self.settings(part)
        if left is None or right is None or not self._relation(settings, left, right):
            return left
        by = settings.text("by")
        where = [prefixed(one, by) for one in right.where]
        if settings.text("keep") == "matched" or where:
            there = self.named(settings, left.entity, f"not is_empty({by}.id)")
            where = [*([there] if there is not None else []), *where]
        return replace(left, node=part.id, where=(*left.where, *where))

    def _relation(self, settings: Part, left: RowFlow, right: RowFlow) -> bool:
        """Whether `by` leads from the left rows to the right ones."""
        by, symbols = settings.text("by"), settings.context.symbols
        found = resolve_path(symbols, left.entity, by).field if by else None
        if found is not None and found.target == right.entity:
            return True
        fields = symbols.entities[left.entity].fields.values()
        options = [one.name for one in fields if one.target == right.entity]
        self.problems.append(
            settings.problem(
                "E554",
                "by",
                hint=suggestion(by, options) if options else None,
                name=by,
                left=left.entity,
                right=right.entity,
                allowed=listed(options) or "—",
            )
        )
        return False


def prefixed(formula: Formula, by: str) -> Formula:
    """A condition on the rows at the end of a relation as one on the rows that hold it."""
    steps = tuple(by.split("."))
    node = _prefixed(formula.node, steps)
    references = frozenset(f"{by}.{one}" for one in formula.references)
    return replace(formula, source=f"{by}: {formula.source}", node=node, references=references)


def _prefixed(node: Node, steps: tuple[str, ...]) -> Node:
    match node:
        case Reference():
            return replace(node, path=(*steps, *node.path))
        case Call():
            return replace(node, arguments=tuple(_prefixed(one, steps) for one in node.arguments))
        case Items():
            return replace(node, items=tuple(_prefixed(one, steps) for one in node.items))
        case Aggregate():
            return replace(node, over=(*steps, *node.over))
        case _:
            return node


def relation_target(formula: Formula) -> str | None:
    """The entity that a path points at."""
    return formula.type.entity if isinstance(formula.type, Relation) else None


def declared_times(reading: PipelineReading) -> Mapping[str, tuple[str, Mapping[str, str]]]:
    """By entity: the field at which a row happens, and the dates from which its columns are known, as sources say."""
    found: dict[str, tuple[str, Mapping[str, str]]] = {}
    for node in reading.of_kind("source"):
        settings = reading.settings(node)
        told = {name: str(by) for name, by in settings.entries("known_at")}
        at, earlier = found.get(settings.text("entity"), ("", {}))
        found[settings.text("entity")] = (at or settings.text("at", "created_at"), {**earlier, **told})
    return found
