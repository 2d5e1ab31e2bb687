"""Changing a graph for an installation: one act on one node or edge, against the version that its author saw."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from engine.diagnostics import DougongError, Message
from engine.model.errors import Forbidden
from engine.model.knowledge import EDGE_WORDS, ENDS, NODE_WORDS, EdgeKind, NodeKind, edge_name, kinds_between
from engine.model.names import NO_LABEL, Label
from engine.runtime.events import Aspect, tell_beside
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import user_by_id
from engine.runtime.instants import to_micros
from engine.runtime.knowledge.edits import Body, Check, EdgeEdit, Edit, NodeEdit, edit_of, edits_of, written_body
from engine.runtime.knowledge.merged import MergedGraph, merge
from engine.runtime.knowledge.seeing import may_edit, visible_graph
from engine.runtime.knowledge.tables import EDIT, STEP
from engine.runtime.rows import insert, insert_first, select, update
from engine.runtime.work import Work

LONGEST_LABEL, LONGEST_NOTE = 60, 300
MOST_OWN = 1000
"""Nodes and edges that an installation may add to a graph."""
FARTHEST = 20_000
UNDO = "undo"


class BadEdit(DougongError):
    """What was asked for cannot be done to the graph; the message says why and what can."""

    code = "bad_edit"
    status = 422


class EditedMeanwhile(DougongError):
    """Somebody else has changed the node or edge since it was read."""

    code = "conflict"
    status = 409


@dataclass(frozen=True, slots=True)
class Order:
    """An act on a node or edge, with what it needs; `version` is that of the edit that its author saw, None for whichever."""

    act: str
    item: str = ""
    version: int | None = None
    given: Mapping[str, str] | None = None

    def text(self, name: str) -> str:
        return (self.given or {}).get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Done:
    """What was changed: which node or edge, and the version of its edit now."""

    item: str
    version: int


def carry_out(work: Work, name: str, order: Order) -> Done:
    """Change a graph. Raises NotFound, Forbidden, BadEdit, EditedMeanwhile."""
    graph = visible_graph(work, name)
    if not may_edit(work, graph):
        raise Forbidden(Message("你可以看这张图谱，不能修改", "You may see this graph and not change it"))
    if order.act == UNDO:
        return _undo(work, name)
    act = _ACTS.get(order.act)
    if act is None:
        raise BadEdit(Message("没有这种操作", "There is no such act"))
    merged = merge(graph, edits_of(work.session, name))
    item, body = act(work, merged, order)
    before = edit_of(work.session, name, item)
    _check_version(work, before, order.version)
    return _keep(work, name, order.act, item, before, body)


def last_step(work: Work, name: str) -> tuple[str, str] | None:
    """The caller's last act on a graph that can be undone, with the node or edge that it was about."""
    found = _last(work, name)
    return (str(found[2]), str(found[1])) if found else None


def _check_version(work: Work, before: Edit | None, seen: int | None) -> None:
    now = before.version if before is not None else 0
    if seen is None or seen == now:
        return
    who = user_by_id(work.session, before.by) if before is not None else None
    by = who.name if who is not None else "?"
    raise EditedMeanwhile(
        Message(
            f"{by} 刚刚改过这里，没有保存；看一看再改", f"{by} has just changed this; nothing was saved, look again"
        )
    )


def _keep(work: Work, graph: str, act: str, item: str, before: Edit | None, body: Body) -> Done:
    """Write an edit and the step that led to it; open pages are told."""
    version = before.version + 1 if before is not None else 1
    who = {"changed_at": to_micros(work.context.now), "changed_by": work.context.principal.user_id}
    row = {"version": version, "body": written_body(body), **who}
    key = {"graph": graph, "item": item}
    if before is None:
        insert_first(work.session, EDIT, {**key, **row})
    else:
        update(work.session, EDIT, row, key)
    earlier = written_body(before.body if before is not None else None)
    step = {"id": work.ids.next(), **key, "act": act, "before": earlier, "version": version, **who, "undone": 0}
    insert(work.session, STEP, step)
    tell_beside(work, graph, 0, Aspect.GRAPH)
    return Done(item, version)


def _last(work: Work, graph: str) -> tuple[object, ...] | None:
    where = {"graph": graph, "changed_by": work.context.principal.user_id, "undone": 0}
    found = select(work.session, STEP, ("id", "item", "act", "before", "version"), where, order=("-id",), limit=1)
    return tuple(found[0]) if found else None


def _undo(work: Work, graph: str) -> Done:
    """Take back the caller's last act, unless somebody has changed the same since."""
    found = _last(work, graph)
    if found is None:
        raise BadEdit(Message("没有可以撤销的修改", "There is nothing to undo"))
    step, item, before, version = found[0], str(found[1]), str(found[3]), int(str(found[4]))
    now = edit_of(work.session, graph, item)
    _check_version(work, now, version)
    who = {"changed_at": to_micros(work.context.now), "changed_by": work.context.principal.user_id}
    update(work.session, EDIT, {"version": version + 1, "body": before, **who}, {"graph": graph, "item": item})
    update(work.session, STEP, {"undone": 1}, {"id": step})
    _hand_down(work, graph, item, int(str(step)), version + 1)
    tell_beside(work, graph, 0, Aspect.GRAPH)
    return Done(item, version + 1)


def _hand_down(work: Work, graph: str, item: str, step: int, version: int) -> None:
    """The step before one that was undone is undone against the version that this leaves."""
    where = {"graph": graph, "item": item, "undone": 0, "id <": step}
    for (earlier,) in select(work.session, STEP, ("id",), where, order=("-id",), limit=1):
        update(work.session, STEP, {"version": version}, {"id": earlier})


def _place(work: Work, merged: MergedGraph, order: Order) -> tuple[str, Body]:
    spot = (_whole(order.text("x")), _whole(order.text("y")))
    return order.item, replace(_node(merged, order.item, work), spot=spot)


def _unplace(work: Work, merged: MergedGraph, order: Order) -> tuple[str, Body]:
    """Back to where the drawing puts it by itself."""
    return order.item, replace(_node(merged, order.item, work), spot=None)


def _name(work: Work, merged: MergedGraph, order: Order) -> tuple[str, Body]:
    """What a node is called and how it is explained, in both languages."""
    label, note = _label(order, "label", LONGEST_LABEL), _label(order, "note", LONGEST_NOTE)
    if not label.texts:
        raise BadEdit(Message("名称不能为空", "It needs a name"))
    return order.item, replace(_node(merged, order.item, work), label=label, note=note)


def _add(work: Work, merged: MergedGraph, order: Order) -> tuple[str, Body]:
    label = _label(order, "label", LONGEST_LABEL)
    kind = next((one for one in NodeKind if one == order.text("kind")), None)
    if not label.texts or kind is None:
        raise BadEdit(Message("新节点要有类型和名称", "A new node needs a kind and a name"))
    _room(merged)
    made = NodeEdit(kind, label, label, _label(order, "note", LONGEST_NOTE), own=True)
    return f"own_{encode_id(work.ids.next()).lower()}", made


def _link(work: Work, merged: MergedGraph, order: Order) -> tuple[str, Body]:
    """An edge between two nodes, of a kind that the two permit; one that was removed comes back."""
    source, target = (merged.nodes.get(order.text(end)) for end in ("from", "to"))
    kind = next((one for one in EdgeKind if one == order.text("kind")), None)
    if source is None or target is None or kind is None:
        raise BadEdit(Message("请选择起点、终点和关系", "Choose both ends and the kind of edge"))
    if (source.kind, target.kind) not in ENDS[kind] or source.id == target.id:
        raise BadEdit(_wrong_ends(kind, source.kind, target.kind))
    name = edge_name(source.id, kind, target.id)
    if name in merged.edges:
        raise BadEdit(Message("这两个节点之间已有这种关系", "The two are joined like this already"))
    _room(merged)
    of_pack = any(edge.id == name for edge in merged.graph.edges)
    return name, EdgeEdit(source.id, target.id, kind, own=not of_pack)


def _wrong_ends(kind: EdgeKind, source: NodeKind, target: NodeKind) -> Message:
    allowed = kinds_between(source, target)
    ends = (NODE_WORDS[source], NODE_WORDS[target])
    zh, en = (
        "、".join(EDGE_WORDS[one].zh for one in allowed) or "没有",
        ", ".join(EDGE_WORDS[one].en for one in allowed) or "none",
    )
    return Message(
        f"{ends[0].zh}到{ends[1].zh}不能用「{EDGE_WORDS[kind].zh}」；可用的关系：{zh}",
        f'From {ends[0].en.lower()} to {ends[1].en.lower()} "{EDGE_WORDS[kind].en}" means nothing; possible: {en}',
    )


def _remove(work: Work, merged: MergedGraph, order: Order) -> tuple[str, Body]:
    if order.item in merged.edges:
        return order.item, replace(_edge(merged, order.item, work), removed=True)
    return order.item, replace(_node(merged, order.item, work), removed=True)


def _restore(work: Work, merged: MergedGraph, order: Order) -> tuple[str, Body]:
    edit = next((one for one in merged.left_out if one.item == order.item), None)
    if edit is None or edit.body is None:
        raise _gone()
    return order.item, replace(edit.body, removed=False)


def _check(work: Work, merged: MergedGraph, order: Order) -> tuple[str, Body]:
    """That the caller has checked an edge, in the version that it has now."""
    body = _edge(merged, order.item, work)
    release = merged.edges[order.item].release
    check = Check(work.context.principal.user_id, to_micros(work.context.now), release)
    return order.item, replace(body, check=check)


def _uncheck(work: Work, merged: MergedGraph, order: Order) -> tuple[str, Body]:
    return order.item, replace(_edge(merged, order.item, work), check=None)


def _drop(work: Work, merged: MergedGraph, order: Order) -> tuple[str, Body]:
    """An edit about what the pack no longer has is given up."""
    if not any(one.item == order.item for one in merged.lost):
        raise _gone()
    return order.item, None


def _retain(work: Work, merged: MergedGraph, order: Order) -> tuple[str, Body]:
    """What the pack no longer has is kept as the installation's own."""
    body = next((one.body for one in merged.lost if one.item == order.item), None)
    if body is None:
        raise _gone()
    if isinstance(body, EdgeEdit) and not {body.source, body.target} <= merged.nodes.keys():
        raise BadEdit(
            Message("这条关系的一端已经不在了；先保留那个节点", "One end of this edge is gone; keep that node first")
        )
    return order.item, replace(body, own=True, removed=False)


_ACTS: Mapping[str, Callable[[Work, MergedGraph, Order], tuple[str, Body]]] = {
    "place": _place,
    "unplace": _unplace,
    "name": _name,
    "add": _add,
    "link": _link,
    "remove": _remove,
    "restore": _restore,
    "check": _check,
    "uncheck": _uncheck,
    "drop": _drop,
    "retain": _retain,
}
ACTS = (*_ACTS, UNDO)
TAKEN = frozenset(
    {"act", "item", "version", "x", "y", "from", "to", "kind", "label_zh", "label_en", "note_zh", "note_en"}
)
"""What an order may say."""


def _node(merged: MergedGraph, name: str, work: Work) -> NodeEdit:
    """The edit of a node that stands in the graph, or the one to begin with. Raises BadEdit."""
    node = merged.nodes.get(name)
    if node is None:
        raise _gone()
    edit = edit_of(work.session, merged.graph.name, name)
    if edit is not None and isinstance(edit.body, NodeEdit):
        return edit.body
    return NodeEdit(node.kind, node.label)


def _edge(merged: MergedGraph, name: str, work: Work) -> EdgeEdit:
    edge = merged.edges.get(name)
    if edge is None:
        raise _gone()
    edit = edit_of(work.session, merged.graph.name, name)
    if edit is not None and isinstance(edit.body, EdgeEdit):
        return edit.body
    return EdgeEdit(edge.source, edge.target, edge.kind)


def _gone() -> BadEdit:
    return BadEdit(Message("它已经不在图里了", "It stands in the graph no more"))


def _room(merged: MergedGraph) -> None:
    own = sum(one.added is not None for one in merged.nodes.values())
    own += sum(one.added is not None for one in merged.edges.values())
    if own >= MOST_OWN:
        raise BadEdit(Message(f"一张图谱最多自己加 {MOST_OWN} 项", f"A graph takes {MOST_OWN} additions at most"))


def _whole(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 7):
        raise BadEdit(Message("位置要写成整数", "A place is written in whole numbers"))
    return max(-FARTHEST, min(FARTHEST, int(text)))


def _one_line(text: str) -> str:
    """A text on one line. Raises BadEdit for what no database keeps."""
    if any(unicodedata.category(character) in {"Cc", "Cs"} and not character.isspace() for character in text):
        raise BadEdit(Message("文字里有不能保存的字符", "The text holds characters that cannot be kept"))
    return " ".join(unicodedata.normalize("NFC", text).split())


def _label(order: Order, name: str, longest: int) -> Label:
    """The words given in each language; a language without words is left to the pack."""
    texts = {language: _one_line(order.text(f"{name}_{language}")) for language in ("zh", "en")}
    if any(len(text) > longest for text in texts.values()):
        raise BadEdit(Message(f"文字不能超过 {longest} 字", f"At most {longest} characters"))
    found = {language: text for language, text in texts.items() if text}
    return Label(found) if found else NO_LABEL
