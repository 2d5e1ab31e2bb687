"""Flows that start each other without an end: as sub-flows, or by writing what starts them again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.diagnostics import Diagnostic
from engine.dsl.cycles import circles
from engine.dsl.flow_parts import every_step, flows
from engine.dsl.flow_scopes import written_entity
from engine.dsl.part import Part, PassContext


@dataclass(frozen=True, slots=True)
class _Effect:
    """What a step does to a record: `trigger` is the kind of trigger that it sets off."""

    trigger: str
    entity: str
    fields: frozenset[str] = frozenset()
    transition: str = ""


def flow_circles(context: PassContext) -> Iterator[Diagnostic]:
    """Circles of sub-flows, and circles of writes whose triggers have no condition that could end them."""
    parts = {part.name: part for part in flows(context)}
    started = {
        name: tuple(step.text("flow") for step in every_step(part) if step.text("flow") in parts)
        for name, part in parts.items()
    }
    for circle in circles(started):
        yield parts[circle[0]].problem("E495", "steps", circle=" → ".join(circle))
    for circle in circles({name: _set_off(part, parts) for name, part in parts.items()}):
        yield parts[circle[0]].problem("W497", "triggers", circle=" → ".join(circle))


def _set_off(part: Part, parts: Mapping[str, Part]) -> tuple[str, ...]:
    """The flows that a flow sets off each time that it runs."""
    effects = [effect for step in _always(part, "steps") for effect in _effects(step)]
    return tuple(
        name
        for name, other in parts.items()
        if any(_starts(effect, trigger, other) for effect in effects for trigger in other.items("triggers"))
    )


def _always(part: Part, key: str) -> Iterator[Part]:
    """The steps that no condition keeps from being reached."""
    for step in part.items(key):
        if step.has("when"):
            continue
        yield step
        for branch in step.items("branches") if step.text("type") == "parallel" else ():
            if not branch.has("when"):
                yield from _always(branch, "steps")


def _effects(step: Part) -> Iterator[_Effect]:
    own = str(step.document.data.get("entity"))
    match step.text("type"):
        case "transition":
            yield _Effect("transition", own, transition=step.text("transition"))
        case "create":
            yield _Effect("created", step.text("entity"))
        case "update":
            entity = written_entity(step.document, step.path, step.context.symbols)
            yield _Effect("updated", entity or "", frozenset(name for name, _ in step.entries("set")))
        case "hand_over":
            yield _Effect("updated", written_entity(step.document, step.path, step.context.symbols) or "")
        case _:
            return


def _starts(effect: _Effect, trigger: Part, flow: Part) -> bool:
    """Whether an effect sets off a trigger whatever the record holds."""
    same = trigger.text("type") == effect.trigger and flow.text("entity") == effect.entity
    if not same or trigger.has("when"):
        return False
    if effect.trigger == "transition":
        return trigger.text("transition") == effect.transition
    fields = frozenset(trigger.names("fields"))
    return not fields or bool(fields & effect.fields)
