"""Workflows: states and transitions on an entity. What happens step by step beside them is a flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.formula import Formula
from engine.model.names import NO_LABEL, Label, Place, empty_map


@dataclass(frozen=True, slots=True)
class State:
    """A state of a record; `final` states have no way out."""

    name: str
    label: Label
    place: Place
    tone: str = "neutral"
    final: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """A move from one of `sources` to `target`, offered to `roles`, allowed when `guard` is true.

    `requires` are fields that must be filled; `assign` are fields set in the same write.
    """

    id: str
    label: Label
    place: Place
    sources: tuple[str, ...]
    target: str
    roles: frozenset[str]
    guard: Formula | None = None
    message: Label = NO_LABEL
    requires: tuple[str, ...] = ()
    assign: Mapping[str, Formula] = field(default_factory=empty_map)


@dataclass(frozen=True, slots=True)
class Workflow:
    """The life of an entity's records: the only writer of its state field."""

    name: str
    label: Label
    place: Place
    entity: str
    field: str
    initial: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]

    def state(self, name: str) -> State | None:
        return next((state for state in self.states if state.name == name), None)

    def transition(self, transition_id: str) -> Transition | None:
        return next((move for move in self.transitions if move.id == transition_id), None)

    def leaving(self, state: str) -> tuple[Transition, ...]:
        return tuple(move for move in self.transitions if state in move.sources)
