"""Nodes against their kinds: the kind there is, its settings, its ports, what enters them and what leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.diagnostics import Diagnostic, Message
from engine.dsl.annotations import NodeSpecs
from engine.dsl.item_check import typed
from engine.dsl.part import Part
from engine.dsl.schema_check import explain
from engine.dsl.schema_store import Validator, schema_of
from engine.dsl.suggestions import listed, suggestion
from engine.extensions import NodeSpec, Port, fits

ENDS = frozenset({"dataset", "model", "card", "deployment"})
"""What stays of a pipeline by itself; anything else that leaves a node is for another one."""

TYPE_WORDS: Mapping[str, Message] = {
    "rows": Message("行", "rows"),
    "features": Message("特征", "features"),
    "dataset": Message("数据集", "a data set"),
    "model": Message("模型", "a model"),
    "card": Message("模型卡", "a model card"),
    "deployment": Message("上线版本", "a deployment"),
    "any": Message("任意内容", "anything"),
}
"""Types of ports, as people read them."""


def check_step(step: Part) -> Iterator[Diagnostic]:
    """What is wrong with a step of a flow that runs a node."""
    specs = step.context.nodes
    if not specs or not step.has("node"):
        return
    spec = specs.get(step.text("node"))
    if spec is None:
        yield _unknown_kind(step, specs)
        return
    if spec.stage:
        yield step.problem("E567", "node", name=spec.name)
        return
    yield from _settings(step, spec)
    for name, _ in step.entries("values"):
        if spec.input(name) is None:
            yield _unknown_port(step, "E561", spec.inputs, name, "values", name, node=spec.name)


def check_nodes(pipeline: Part) -> Iterator[Diagnostic]:
    """What is wrong with the nodes and edges of a pipeline, as far as their kinds say."""
    specs = pipeline.context.nodes
    if not specs:
        return
    web = _Web({})
    for node in pipeline.items("nodes"):
        spec = specs.get(node.text("node"))
        if spec is None:
            yield _unknown_kind(node, specs)
        else:
            web.kinds[node.id] = spec
            yield from _settings(node, spec)
    for edge in pipeline.items("edges"):
        yield from _edge(edge, web, specs)
    for node in pipeline.items("nodes"):
        if node.id in web.kinds:
            yield from _ends(node, web, specs)


@dataclass(slots=True)
class _Web:
    """The kinds of a pipeline's nodes, and what its edges join so far."""

    kinds: dict[str, NodeSpec]
    entered: dict[tuple[str, str], Part] = field(default_factory=dict)
    """The first edge that enters an input."""
    left: set[str] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)
    """Nodes with an edge that leads to no known input: what they lack is told there."""


def _unknown_kind(part: Part, specs: NodeSpecs) -> Diagnostic:
    name = part.text("node")
    return part.problem("E560", "node", hint=suggestion(name, specs), name=name, allowed=listed(specs))


def _settings(part: Part, spec: NodeSpec) -> Iterator[Diagnostic]:
    """The settings by the schema of the kind; where there are none, what they would need is told at the node."""
    found = part.value.get("settings", {})
    validator = Validator(_schema(spec))
    if validator.accepts(found):
        return
    base = (*part.path, "settings") if part.has("settings") else part.path
    yield from explain(part.document, validator.errors(found), base)


def _schema(spec: NodeSpec) -> Mapping[str, object]:
    definitions = schema_of("pages")["$defs"]
    declared = typed(dict(spec.settings_schema))
    return {**(declared if isinstance(declared, dict) else {}), "$defs": definitions}


def _edge(edge: Part, web: _Web, specs: NodeSpecs) -> Iterator[Diagnostic]:
    source, target = edge.text("from"), edge.text("to")
    web.left.add(source)
    giver, taker = web.kinds.get(source), web.kinds.get(target)
    given = giver.output(edge.text("output")) if giver else None
    wanted = taker.input(edge.text("port")) if taker else None
    if giver is not None and given is None:
        yield _no_port(edge, giver.outputs, "output", source, "E562", "E568")
    if taker is not None and wanted is None:
        web.unclear.add(target)
        yield _no_port(edge, taker.inputs, "port", target, "E561", "E569")
    if wanted is None:
        return
    other = web.entered.setdefault((target, wanted.name), edge)
    if not wanted.many and other is not edge:
        yield edge.problem("E564", "to", node=target, port=wanted.name, other=other.text("from"))
    if given is not None and not fits(given, wanted):
        yield _misfit(edge, given, wanted, specs)


def _misfit(edge: Part, given: Port, wanted: Port, specs: NodeSpecs) -> Diagnostic:
    gives, takes = TYPE_WORDS[given.type], TYPE_WORDS[wanted.type]
    between = [
        name
        for name, one in specs.items()
        if any(fits(given, port) for port in one.inputs) and any(port.type == wanted.type for port in one.outputs)
    ]
    return edge.problem(
        "E563",
        "to",
        hint=_put(between, "中间加一个节点：", "put one of these between: "),
        source=edge.text("from"),
        target=edge.text("to"),
        port=wanted.name,
        given_zh=gives.zh,
        given_en=gives.en,
        wanted_zh=takes.zh,
        wanted_en=takes.en,
    )


def _ends(node: Part, web: _Web, specs: NodeSpecs) -> Iterator[Diagnostic]:
    """Inputs that nothing enters, outputs that nobody uses."""
    spec = web.kinds[node.id]
    for port in spec.inputs if node.id not in web.unclear else ():
        if port.required and (node.id, port.name) not in web.entered:
            words = TYPE_WORDS[port.type]
            givers = [name for name, one in specs.items() if any(fits(given, port) for given in one.outputs)]
            hint = _put(givers, "从这样的节点连过来：", "lead an edge here from one of: ")
            yield node.problem(
                "E565", "id", hint=hint, node=node.id, port=port.name, wanted_zh=words.zh, wanted_en=words.en
            )
    if spec.outputs and node.id not in web.left and not any(port.type in ENDS for port in spec.outputs):
        yield node.problem("W566", "id", node=node.id)


def _put(names: list[str], zh: str, en: str) -> Message | None:
    words = ", ".join(sorted(names)[:6])
    return Message(f"{zh}{words}", f"{en}{words}") if words else None


def _no_port(edge: Part, ports: tuple[Port, ...], key: str, node: str, unknown: str, none: str) -> Diagnostic:
    """An edge to a port of a node that does not have it, or has none at all."""
    if edge.has(key):
        return _unknown_port(edge, unknown, ports, edge.text(key), key, node=node)
    return edge.problem(none, "from" if key == "output" else "to", node=node)


def _unknown_port(part: Part, code: str, ports: tuple[Port, ...], name: str, *steps: str, node: str) -> Diagnostic:
    names = [port.name for port in ports]
    hint = suggestion(name, names)
    return part.problem(code, *steps, hint=hint, node=node, name=name, allowed=listed(names))
