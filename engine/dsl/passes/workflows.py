"""Workflows: states, transitions, and the paths between them."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from engine.diagnostics import Diagnostic
from engine.dsl.flow_parts import taken_transitions
from engine.dsl.part import Part, PassContext
from engine.model.entities import FieldKind
from engine.model.names import BUILT_IN_FIELDS
from engine.model.workflows import State, Transition, Workflow


def compile_workflows(context: PassContext) -> Iterator[Workflow | Diagnostic]:
    taken = taken_transitions(context)
    for part in context.parts("workflows"):
        if not part.has("states"):
            continue
        yield from _field(part)
        yield from _paths(part)
        for move in part.items("transitions"):
            yield from _transition_problems(part, move, (part.text("entity"), move.id) in taken)
        yield Workflow(
            name=part.name,
            label=part.label(),
            place=part.place,
            entity=part.text("entity"),
            field=part.text("field"),
            initial=part.text("initial"),
            states=tuple(_state(state) for state in part.items("states")),
            transitions=tuple(_transition(move) for move in part.items("transitions")),
        )


def _state(part: Part) -> State:
    return State(part.id, part.label(), part.place, part.text("tone", "neutral"), part.flag("final"))


def _transition(part: Part) -> Transition:
    assigned = {name: part.context.formula(part.document, (*part.path, "set", name)) for name, _ in part.entries("set")}
    return Transition(
        id=part.id,
        label=part.label(),
        place=part.place,
        sources=part.names("from"),
        target=part.text("to"),
        roles=frozenset(part.names("roles")),
        guard=part.formula("guard"),
        message=part.label("message"),
        requires=part.names("requires"),
        assign=MappingProxyType({name: formula for name, formula in assigned.items() if formula is not None}),
    )


def _field(part: Part) -> Iterator[Diagnostic]:
    """The field that the workflow moves is a state field that names this workflow."""
    entity = part.context.symbols.entities.get(part.text("entity"))
    field = entity.fields.get(part.text("field")) if entity else None
    if field is None or field.kind is None:
        return
    if field.kind is not FieldKind.STATE:
        yield part.problem("E413", "field", type=field.kind, name=field.name)
    elif field.workflow != part.name:
        yield part.problem("E415", "field", workflow=part.name, entity=part.text("entity"), field=field.workflow)


def _paths(part: Part) -> Iterator[Diagnostic]:
    """States that nothing reaches, ends that are not final, finals that are left."""
    states = list(part.items("states"))
    moves = list(part.items("transitions"))
    reached, grew = {part.text("initial")}, True
    while grew:
        found = {move.text("to") for move in moves if reached & set(move.names("from"))}
        grew = not found <= reached
        reached |= found
    left = {name for move in moves for name in move.names("from")}
    for state in states:
        if state.id not in reached:
            yield state.problem("W421", "id", state=state.id)
        elif state.id not in left and not state.flag("final"):
            yield state.problem("W422", "id", state=state.id)
    final = {state.id for state in states if state.flag("final")}
    for move in moves:
        for index, name in enumerate(move.names("from")):
            if name in final:
                yield move.problem("E423", "from", index, state=name)


def _transition_problems(part: Part, move: Part, by_flow: bool) -> Iterator[Diagnostic]:
    if not move.names("roles") and not by_flow:
        yield move.problem("W424", "id", name=move.id)
    entity = part.context.symbols.entities.get(part.text("entity"))
    for name, _ in move.entries("set"):
        field = entity.fields.get(name) if entity else None
        written_elsewhere = field is not None and (field.computed or field.kind is FieldKind.STATE)
        if written_elsewhere or name in BUILT_IN_FIELDS:
            yield move.key_problem("E425", "set", name, name=name)
