"""What can be written into a flow and cannot be meant: steps that nothing reaches, people who cannot be found or cannot
read, fields that cannot be written, times that do not rise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagnostics import Diagnostic
from engine.dsl.flow_parts import ENDS, FORKS
from engine.dsl.flow_states import state_problems
from engine.dsl.node_checks import check_step
from engine.dsl.part import Part, PassContext
from engine.dsl.suggestions import listed, suggestion
from engine.dsl.symbols import FieldSymbol
from engine.model.entities import FieldKind
from engine.model.formula import Date, Instant

_SURE = frozenset({"initiator", "initiator_picks", "previous_picks", "users"})
"""Sources of people that are never empty."""
_MINUTES = {"m": 1, "h": 60, "d": 24 * 60}


def flow_problems(part: Part) -> Iterator[Diagnostic]:
    """All that is wrong with a flow besides its shape and its names."""
    yield from _triggers(part)
    seen: dict[str, Part] = {}
    for key in ("steps", *ENDS):
        yield from _sequence(part, key, seen, asks=key == "steps")
    order = part.formula("order")
    if order is not None and not isinstance(order.type, Date | Instant):
        yield part.problem("E437", "order")
    yield from state_problems(part)


def _triggers(part: Part) -> Iterator[Diagnostic]:
    for trigger in part.items("triggers"):
        if trigger.text("type") == "schedule" and not trigger.has("when"):
            yield trigger.problem("E480", "type")
        form = trigger.context.symbols.document("forms", trigger.text("form")) if trigger.has("form") else None
        if form is not None and form.sound and form.data.get("entity") != part.text("entity"):
            yield trigger.problem("E479", "form", name=trigger.text("form"), entity=part.text("entity"))


def _sequence(part: Part, key: str, seen: dict[str, Part], asks: bool) -> Iterator[Diagnostic]:
    """The steps of one sequence; where it does not `asks`, nobody may be asked any more."""
    ended = False
    for step in part.items(key):
        if ended:
            yield step.problem("E481", "id", step=step.id)
        ended = ended or step.text("type") == "end"
        yield from _step(step, seen, asks)


def _step(step: Part, seen: dict[str, Part], asks: bool) -> Iterator[Diagnostic]:
    first = seen.setdefault(step.id, step)
    if first is not step:
        yield step.problem("E482", "id", id=step.id, line=first.place.line)
    kind = step.text("type")
    if kind == "approval" and not asks:
        yield step.problem("E483", "type")
    if kind == "call":
        yield from check_step(step)
        yield from _called(step)
    if kind in FORKS:
        yield from _branches(step, seen, asks)
    if kind in {"approval", "task"}:
        yield from _asking(step)
    if kind == "wait":
        yield from _wait(step)
    if kind in {"flow", "for_each"}:
        yield from _subflow(step)
    if kind == "hand_over":
        yield from _handing_over(step)
    for key in ("undo", "error"):
        yield from _sequence(step, key, seen, asks=asks and key == "error")


def _called(step: Part) -> Iterator[Diagnostic]:
    """A call is of one: a node here, or a place outside, which alone is signed for."""
    if step.has("node") == step.has("destination"):
        yield step.problem("E497", "destination" if step.has("node") else "type")
    elif step.has("node") and step.has("sign"):
        yield step.problem("E498", "sign")


def _branches(step: Part, seen: dict[str, Part], asks: bool) -> Iterator[Diagnostic]:
    closed, kind = False, step.text("type")
    for branch in step.items("branches"):
        if closed:
            yield branch.problem("W484", "when" if branch.has("when") else "id")
        closed = closed or (kind == "condition" and not branch.has("when"))
        yield from _sequence(branch, "steps", seen, asks)
    if kind == "condition" and not closed:
        yield step.problem("I485", "id")


def _asking(step: Part) -> Iterator[Diagnostic]:
    if step.text("empty") == "named" and not list(step.items("named")):
        yield step.problem("E486", "empty")
    if not step.has("empty") and not _finds_somebody(step):
        yield step.problem("I498", "people" if step.has("people") else "approvers")
    entity = step.context.symbols.entities.get(str(step.document.data.get("entity")))
    for key in ("write", "require"):
        for index, name in enumerate(step.names(key)):
            field = entity.fields.get(name) if entity else None
            if field is not None and not _is_typed(field):
                yield step.problem("E487", key, index, name=name)
    for key in ("approvers", "people", "named", "veto", "copies"):
        for source in step.items(key):
            yield from _people(source)
    last = 0
    for rung in step.items("ladder"):
        after = _minutes(rung.text("after"))
        if after < last:
            yield rung.problem("E488", "after")
        last = max(last, after)
        for source in rung.items("people"):
            yield from _people(source)


def _people(source: Part) -> Iterator[Diagnostic]:
    """Seats that some kind of unit has, roles whose holders can read the records."""
    seat = source.text("seat")
    if seat and seat not in (known := _seats(source.context)):
        yield source.problem("E489", "seat", hint=suggestion(seat, known), name=seat, allowed=listed(known))
    entity = str(source.document.data.get("entity"))
    reading = readers(source.context, entity)
    sitting = _roles_of_seat(source.context, seat) if seat else frozenset()
    if sitting and not sitting & reading:
        yield source.problem("E490", "seat", role=listed(sorted(sitting)), entity=entity)
    for index, role in enumerate(source.names("roles") if source.text("type") == "role" else ()):
        if source.context.symbols.document("roles", role) and role not in reading:
            yield source.problem("E490", "roles", index, role=role, entity=entity)


def _wait(step: Part) -> Iterator[Diagnostic]:
    if not (step.has("for") or step.has("until") or step.has("holds")):
        yield step.problem("E491", "type")
    until = step.formula("until")
    if until is not None and not isinstance(until.type, Date | Instant):
        yield step.problem("E492", "until")


def _subflow(step: Part) -> Iterator[Diagnostic]:
    """What is started is a flow, about the entity of the rows that it is started for."""
    document = step.context.symbols.document("workflows", step.text("flow"))
    if document is None or not document.sound:
        return
    if "steps" not in document.data:
        yield step.problem("E493", "flow", name=step.text("flow"))
        return
    wanted, found = _rows(step), document.data.get("entity")
    if wanted is not None and wanted != found:
        yield step.problem("E494", "flow", name=step.text("flow"), other=found, entity=wanted)


def _handing_over(step: Part) -> Iterator[Diagnostic]:
    """What is handed over says who answers for it; to another unit only what a unit owns by itself."""
    entity = _rows(step)
    document = step.context.symbols.document("entities", entity or "")
    if document is None or not document.sound:
        return
    owned = str(document.data.get("owned_by") or ".")
    if "hand_over" not in document.data or (step.has("unit") and "." in owned):
        yield step.problem("E499", "path" if step.has("path") else "type", entity=entity)


def _rows(step: Part) -> str | None:
    """The entity of the rows that a sub-flow is started for; None where its names are wrong."""
    symbols, entity = step.context.symbols, str(step.document.data.get("entity"))
    known = symbols.entities.get(entity)
    if step.has("over"):
        collection = known.collections.get(step.text("over")) if known else None
        return collection.entity if collection else None
    current: str | None = entity
    for name in step.text("path").split(".") if step.has("path") else ():
        holder = symbols.entities.get(current or "")
        field = holder.fields.get(name) if holder else None
        current = field.target if field else None
    return current


def _finds_somebody(step: Part) -> bool:
    """Whether a source is there that somebody always comes from."""
    sources = (*step.items("approvers"), *step.items("people"))
    return any(source.text("type") in _SURE for source in sources)


def _is_typed(field: FieldSymbol) -> bool:
    return not field.computed and field.kind is not FieldKind.STATE


def _minutes(written: str) -> int:
    length = written.partition(" ")[0]
    return int(length[:-1]) * _MINUTES[length[-1]] if length else 0


def _seats(context: PassContext) -> list[str]:
    return sorted({seat.id for part in context.parts("units") for seat in part.items("seats")})


def _roles_of_seat(context: PassContext, name: str) -> frozenset[str]:
    """The roles that come with a seat, over all kinds of units that have it."""
    seats = [seat for part in context.parts("units") for seat in part.items("seats") if seat.id == name]
    return frozenset(role for seat in seats for role in seat.names("roles"))


def readers(context: PassContext, entity: str) -> frozenset[str]:
    """The roles that may read records of an entity; of a part, those that may read its whole."""
    symbol = context.symbols.entities.get(entity)
    link = symbol.fields.get(symbol.part_of or "") if symbol else None
    whole = link.target if link else None
    about: Mapping[str, None] = dict.fromkeys((entity, whole or entity))
    return frozenset(
        role
        for part in context.parts("access")
        if part.text("entity", part.name) in about
        for grant in part.items("grants")
        if "read" in grant.names("actions")
        for role in grant.names("roles")
    )
