"""What can be written into a decision-chain map and cannot be meant: grounds that are none, ways that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagnostics import Diagnostic
from engine.dsl.flow_checks import readers
from engine.dsl.part import Part
from engine.dsl.references import workflow_of
from engine.dsl.suggestions import listed, suggestion
from engine.dsl.symbols import FieldSymbol
from engine.model.entities import FieldKind

_GROUNDS = ("flow", "transition", "rule", "fields", "human")
_TEXTS = frozenset({FieldKind.TEXT, FieldKind.LONG_TEXT})


def map_problems(part: Part) -> Iterator[Diagnostic]:
    """All that is wrong with a map besides its shape and its names."""
    nodes = {node.id: node for node in part.items("nodes")}
    ways: dict[str, list[Part]] = {name: [] for name in nodes}
    for edge in part.items("edges"):
        ways.setdefault(edge.text("from"), []).append(edge)
    reached = _reached(next(iter(nodes), ""), ways)
    for name, node in nodes.items():
        if name not in reached:
            yield node.problem("W510", "id", node=name)
        yield from _grounds(node, node.text("entity", part.text("entity")))
        yield from _ways(node, ways[name])
    if part.has("gaps"):
        yield from _gaps(part.inner("gaps"))


def _reached(start: str, ways: Mapping[str, list[Part]]) -> frozenset[str]:
    """The nodes to which some way leads from the first."""
    seen, waiting = {start}, [start]
    while waiting:
        for edge in ways.get(waiting.pop(), ()):
            target = edge.text("to")
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return frozenset(seen)


def _grounds(node: Part, entity: str) -> Iterator[Diagnostic]:
    """Whether what a step rests on speaks of its records, and whether the one who does it can."""
    yield from _rule(node, entity)
    yield from _flow(node, entity)
    yield from _actor(node, entity)
    if node.flag("human") and not node.has("source"):
        yield node.problem("I514", "human", node=node.id)
    if not any(node.value.get(key) for key in _GROUNDS):
        yield node.problem("I516", "id", node=node.id)


def _rule(node: Part, entity: str) -> Iterator[Diagnostic]:
    rule = node.context.symbols.document("rules", node.text("rule"))
    about = rule.data.get("entity") if rule is not None and rule.sound else None
    if isinstance(about, str) and about != entity:
        yield node.problem("E500", "rule", name=node.text("rule"), other=about, entity=entity)


def _flow(node: Part, entity: str) -> Iterator[Diagnostic]:
    if node.has("step") and not node.has("flow"):
        yield node.key_problem("E503", "step")
    flow = node.context.symbols.document("workflows", node.text("flow"))
    if flow is None or not flow.sound:
        return
    if "steps" not in flow.data:
        yield node.problem("E493", "flow", name=flow.name)
        return
    if flow.data.get("entity") != entity:
        yield node.problem("E501", "flow", name=flow.name, other=flow.data.get("entity"), entity=entity)
    known = sorted(_ids(flow.data))
    if node.has("step") and node.text("step") not in known:
        name = node.text("step")
        hint = suggestion(name, known)
        yield node.problem("E502", "step", hint=hint, flow=flow.name, name=name, allowed=listed(known))


def _ids(value: object) -> Iterator[str]:
    """The ids of all steps that stand in a flow, or in a part of one."""
    for one in value if isinstance(value, list) else ():
        if isinstance(one, Mapping) and "type" in one and isinstance(one.get("id"), str):
            yield one["id"]
        yield from _ids(one)
    if isinstance(value, Mapping):
        for key in ("steps", "rejected", "withdrawn", "terminated", "branches", "undo", "error"):
            yield from _ids(value.get(key))


def _actor(node: Part, entity: str) -> Iterator[Diagnostic]:
    actor, symbols = node.text("actor"), node.context.symbols
    if not actor or symbols.document("roles", actor) is None or entity not in symbols.entities:
        return
    if actor not in readers(node.context, entity):
        yield node.problem("W512", "actor", role=actor, entity=entity)
        return
    life = workflow_of(symbols, entity)
    listed_moves = life.data.get("transitions") if life is not None and life.sound else None
    for move in listed_moves if isinstance(listed_moves, list) else ():
        if isinstance(move, Mapping) and move.get("id") == node.text("transition"):
            roles = move.get("roles")
            if isinstance(roles, list) and roles and actor not in roles:
                yield node.problem("W513", "actor", role=actor, name=move["id"], allowed=listed(map(str, roles)))


def _ways(node: Part, ways: list[Part]) -> Iterator[Diagnostic]:
    """Whether one can tell where it goes on from a node."""
    if not ways and not node.flag("final"):
        yield node.problem("W511", "id", node=node.id)
    decides = node.text("node") == "decision"
    if node.flag("final") and ways:
        yield ways[0].problem("E507", "from", node=node.id)
    if not decides:
        for edge in ways:
            for key in ("when", "answer"):
                if edge.has(key):
                    yield edge.key_problem("E506", key, node=node.id)
        return
    if len(ways) < 2:
        yield node.problem("E504", "id", node=node.id)
        return
    yield from _choices(node, ways)


def _choices(node: Part, ways: list[Part]) -> Iterator[Diagnostic]:
    human = (node.flag("human") or node.has("flow")) and not any(edge.has("when") for edge in ways)
    answers = [edge.text("answer") for edge in ways if edge.has("answer")]
    for edge in ways:
        if edge.has("answer") and not human:
            yield edge.key_problem("E508", "answer", node=node.id)
    if human:
        if sorted(answers) != ["approve", "refuse"] or len(ways) != len(answers):
            yield node.problem("W515", "id", node=node.id)
        return
    silent = [edge for edge in ways if not edge.has("when") and not edge.has("answer")]
    for edge in silent[1:]:
        yield edge.problem("E505", "to", node=node.id)


def _gaps(part: Part) -> Iterator[Diagnostic]:
    entity = part.context.symbols.entities.get(part.text("entity"))
    fields = entity.fields if entity is not None else {}
    for key in ("title", "reference", "detail"):
        field = fields.get(part.text(key))
        if field is not None and (field.kind not in _TEXTS or field.computed):
            yield part.problem("E518", key, name=field.name)
    for name, value in part.entries("values"):
        field = fields.get(name)
        if field is not None and not _takes(field, str(value)):
            allowed = listed(field.options if field.kind is FieldKind.CHOICE else ())
            yield part.problem("E519", "values", name, name=name, value=value, allowed=allowed)


def _takes(field: FieldSymbol, value: str) -> bool:
    """Whether a value can be written into a field: a text, or one of its choices."""
    if field.computed or field.kind is FieldKind.STATE:
        return False
    return field.kind in _TEXTS or (field.kind is FieldKind.CHOICE and value in field.options)
