"""Decision-chain maps: who decides what, on which grounds, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from engine.model.formula import Formula
from engine.model.names import NO_LABEL, Label, Place, empty_map

Path = tuple[str, ...]


class Binding(StrEnum):
    """What a step of a map rests on. HUMAN and NONE are grounds that no definition holds."""

    FLOW = "flow"
    TRANSITION = "transition"
    RULE = "rule"
    FIELD = "field"
    HUMAN = "human"
    NONE = "none"


BOUND = frozenset({Binding.FLOW, Binding.TRANSITION, Binding.RULE, Binding.FIELD})
"""Bindings to something that a definition says."""


@dataclass(frozen=True, slots=True)
class MapNode:
    """A step or a decision; `entity` is that of its fields, rule, transition and flow. `final`: the chain may end here.

    `human` is a judgement of a person; `source` says what that judgement, or the step, rests on.
    """

    id: str
    label: Label
    place: Place
    entity: str
    decides: bool = False
    final: bool = False
    fields: tuple[Path, ...] = ()
    rule: str = ""
    transition: str = ""
    flow: str = ""
    step: str = ""
    human: bool = False
    source: Label = NO_LABEL
    actor: str = ""

    @property
    def binding(self) -> Binding:
        """The firmest ground that the step has."""
        grounds = (
            (self.flow, Binding.FLOW),
            (self.transition, Binding.TRANSITION),
            (self.rule, Binding.RULE),
            (self.fields, Binding.FIELD),
            (self.human, Binding.HUMAN),
        )
        return next((binding for ground, binding in grounds if ground), Binding.NONE)


@dataclass(frozen=True, slots=True)
class MapEdge:
    """A way from one node to another: taken when `when` holds, or when a person answers `approve` or `refuse`."""

    source: str
    target: str
    place: Place
    label: Label = NO_LABEL
    when: Formula | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True)
class GapTasks:
    """How a gap becomes a record: the fields that get its title, its details and its reference, and the fixed values.

    `open` tells whether such a record still stands for its gap.
    """

    entity: str
    place: Place
    title: str
    reference: str
    detail: str = ""
    values: Mapping[str, str] = field(default_factory=empty_map)
    open: Formula | None = None


@dataclass(frozen=True, slots=True)
class DecisionMap:
    """A chain of decisions about records of `entity`; it begins at the first node. `people` says who a role is, for a flow.

    Without `roles` everybody sees it who may read the entity.
    """

    name: str
    label: Label
    place: Place
    pack: str
    entity: str
    nodes: tuple[MapNode, ...]
    edges: tuple[MapEdge, ...]
    roles: frozenset[str] = frozenset()
    description: Label = NO_LABEL
    people: Mapping[str, Mapping[str, object]] = field(default_factory=empty_map)
    gaps: GapTasks | None = None

    def node(self, name: str) -> MapNode:
        return next(one for one in self.nodes if one.id == name)

    def ways(self, name: str) -> tuple[MapEdge, ...]:
        """The ways out of a node, in the order of the text."""
        return tuple(edge for edge in self.edges if edge.source == name)

    @property
    def coverage(self) -> tuple[int, int]:
        """How many steps rest on something that a definition says, of how many."""
        return sum(node.binding in BOUND for node in self.nodes), len(self.nodes)
