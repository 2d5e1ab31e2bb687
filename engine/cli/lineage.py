"""`dougong lineage`: where a value comes from and goes to, in words, and all of it as OpenLineage events."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping

from engine.cli.console import Console
from engine.cli.opening import opened
from engine.diagnostics import DougongError, Message
from engine.model.lineage import Edge, Lineage, Node, NodeKind
from engine.runtime.clock import SystemClock
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.lineage_graph import coverage, lineage_of
from engine.runtime.sovereignty.lineage_words import KINDS, PURPOSES, STATUSES, WAYS, words_of_node
from engine.runtime.sovereignty.open_lineage import job_events

NAMESPACE = "dougong"


def lineage(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """One act on lineage."""
    with opened(settings) as installation:
        graph = lineage_of(installation.models.current())
    acts = {"field": _field, "export": _export, "coverage": _coverage}
    return acts[given.act](graph, given, console)


def _field(graph: Lineage, given: argparse.Namespace, console: Console) -> int:
    """A field, or any other node by its kind and name, with what lies around it."""
    node = _node(graph, given.name)
    around = graph.around(node.id, given.hops)
    standing = graph.standing(node.id)
    said, language = standing.reason.text(console.language), console.language
    console.line(
        f"{words_of_node(node, language)}  {node.name}  {standing.level}  {STATUSES[standing.status].text(language)}: {said}"
    )
    for zh, en, ids in (("来自", "Drawn from", around.before), ("流向", "Goes to", around.behind)):
        console.say(f"{zh}：", f"{en}:")
        for name in sorted(ids, key=lambda one: (ids[one], one)):
            console.line(f"  {'  ' * (ids[name] - 1)}{_line(graph, graph.nodes[name], node.id, language)}")
    console.result(
        {
            "node": _body(graph, node),
            "from": [_body(graph, graph.nodes[one]) | {"hops": far} for one, far in around.before.items()],
            "to": [_body(graph, graph.nodes[one]) | {"hops": far} for one, far in around.behind.items()],
            "edges": [_edge(one) for one in around.edges],
        }
    )
    return 0


def _node(graph: Lineage, name: str) -> Node:
    """The node of a name: a field as `entity.field`, anything else as `kind:name`. Raises DougongError."""
    found = graph.nodes.get(name) or graph.nodes.get(f"field:{name}")
    pack, _, rest = name.partition(".")
    found = found or graph.nodes.get(f"field:{rest}")
    if found is None or (found.place is not None and not _within(found, name, pack)):
        raise DougongError(
            Message(
                f"血缘图里没有 {name}：字段写作 实体.字段，其他写作 种类:名称（如 metric:won_amount）",
                f"There is no {name} in the lineage: a field is entity.field, anything else kind:name (metric:won_amount)",
            )
        )
    return found


def _within(node: Node, name: str, pack: str) -> bool:
    """Whether a name with a pack before it names the pack that the node is declared in."""
    return name in (node.id, node.name) or (node.place is not None and node.place.pack == pack)


def _line(graph: Lineage, node: Node, centre: str, language: str) -> str:
    standing = graph.standing(node.id)
    edges = [one for one in graph.out_of.get(node.id, ()) if one.target == centre]
    edges += [one for one in graph.out_of.get(centre, ()) if one.target == node.id]
    ways = ", ".join(
        dict.fromkeys(f"{WAYS[one.way].text(language)} · {PURPOSES[one.purpose].text(language)}" for one in edges)
    )
    told = f"{KINDS[node.kind].text(language)} {words_of_node(node, language)} ({node.name}) {standing.level}"
    return f"{told}{f'  [{ways}]' if ways else ''}"


def _body(graph: Lineage, node: Node) -> dict[str, object]:
    standing = graph.standing(node.id)
    return {
        "id": node.id,
        "kind": str(node.kind),
        "name": node.name,
        "label": dict(node.label.texts),
        "level": standing.level,
        "status": str(standing.status),
        "reason": {"zh": standing.reason.zh, "en": standing.reason.en},
        "place": str(node.place) if node.place else None,
    }


def _edge(one: Edge) -> Mapping[str, object]:
    return {
        "from": one.source,
        "to": one.target,
        "type": "DIRECT" if one.direct else "INDIRECT",
        "subtype": str(one.way),
        "purpose": str(one.purpose),
        "masking": one.masked,
    }


def _export(graph: Lineage, given: argparse.Namespace, console: Console) -> int:
    """All of it as OpenLineage events, one a line."""
    if given.out is None:
        raise DougongError(Message("需要 --out：写到哪个文件", "--out is needed: the file to write"))
    events = list(job_events(graph, NAMESPACE, SystemClock().now()))
    given.out.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in events), encoding="utf-8")
    console.say(
        f"已写 {len(events)} 个 OpenLineage 事件到 {given.out}",
        f"{len(events)} OpenLineage events were written to {given.out}",
    )
    console.result({"events": len(events), "file": str(given.out)})
    return 0


def _coverage(graph: Lineage, given: argparse.Namespace, console: Console) -> int:
    """How many fields have a known origin, and which have none."""
    known, every = coverage(graph)
    lost = sorted(
        one.name
        for one in graph.nodes.values()
        if one.kind is NodeKind.FIELD and one.place and not graph.known_origin(one.id)
    )
    console.say(f"{every} 个字段中 {known} 个来源清楚", f"The origin of {known} of {every} fields is known")
    for name in lost:
        console.line(f"  ? {name}")
    console.result({"known": known, "fields": every, "unknown": lost})
    return 0
