"""The parts of flows as written: their steps, those inside others too, and the life of their records."""

from __future__ import annotations

from collections.abc import Iterator

from engine.dsl.part import Part, PassContext

ENDS = ("rejected", "withdrawn", "terminated")
FORKS = frozenset({"condition", "parallel", "inclusive"})


def flows(context: PassContext) -> Iterator[Part]:
    """All flows, in name order."""
    return (part for part in context.parts("workflows") if part.has("steps"))


def every_step(part: Part) -> Iterator[Part]:
    """Every step of a flow or of a branch, those inside others too."""
    for key in ("steps", *ENDS):
        yield from _within(part, key)


def life_of(flow: Part) -> Part | None:
    """The life of the records that a flow is about."""
    entity = flow.context.symbols.entities.get(flow.text("entity"))
    names = {one.workflow for one in entity.fields.values() if one.workflow} if entity else set()
    return next((part for part in flow.context.parts("workflows") if part.name in names and part.has("states")), None)


def taken_transitions(context: PassContext, but: str = "") -> frozenset[tuple[str, str]]:
    """The transitions that flows take, each with its entity; one flow may be left out."""
    return frozenset(
        (part.text("entity"), step.text("transition"))
        for part in flows(context)
        if part.name != but
        for step in every_step(part)
        if step.text("type") == "transition"
    )


def _within(part: Part, key: str) -> Iterator[Part]:
    for step in part.items(key):
        yield step
        for branch in step.items("branches"):
            yield from _within(branch, "steps")
        yield from _within(step, "undo")
        yield from _within(step, "error")
