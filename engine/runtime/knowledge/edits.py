"""Edits: what an installation has changed about one node or edge of a graph, as it is kept.

An edit says enough of what it is about to be shown when the pack no longer has it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.model.knowledge import EdgeKind, NodeKind
from engine.model.names import NO_LABEL, Label
from engine.runtime.database.protocol import Row, Session
from engine.runtime.knowledge.tables import EDIT
from engine.runtime.rows import select

COLUMNS = ("item", "version", "body", "changed_at", "changed_by")


@dataclass(frozen=True, slots=True)
class Check:
    """Somebody has checked an edge: who, when, and the version of the edge that they saw."""

    by: int
    at: int
    version: int


@dataclass(frozen=True, slots=True)
class NodeEdit:
    """About a node: its kind, what it was called when it was first changed, and what it is called and where it stands now.

    `own`: the installation has added it; `removed`: it is left out.
    """

    kind: NodeKind
    was: Label
    label: Label = NO_LABEL
    note: Label = NO_LABEL
    spot: tuple[int, int] | None = None
    own: bool = False
    removed: bool = False


@dataclass(frozen=True, slots=True)
class EdgeEdit:
    """About an edge: its ends and kind, who has checked it. `own` and `removed` as for nodes."""

    source: str
    target: str
    kind: EdgeKind
    own: bool = False
    removed: bool = False
    check: Check | None = None


Body = NodeEdit | EdgeEdit | None
"""What an edit says; nothing after it was undone."""


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit as it stands: of which node or edge, in which version, what it says, when and by whom it was made last."""

    item: str
    version: int
    body: Body
    at: int
    by: int


def edits_of(session: Session, graph: str) -> dict[str, Edit]:
    """All edits of a graph by node or edge, in the order of their names."""
    rows = select(session, EDIT, COLUMNS, {"graph": graph}, order=("item",))
    return {edit.item: edit for edit in map(_edit, rows)}


def edit_of(session: Session, graph: str, item: str) -> Edit | None:
    """The edit of one node or edge, kept from others until the transaction ends."""
    rows = select(session, EDIT, COLUMNS, {"graph": graph, "item": item}, lock=True)
    return _edit(rows[0]) if rows else None


def _edit(row: Row) -> Edit:
    item, version, body, at, by = row
    return Edit(str(item), int(str(version)), read_body(str(body)), int(str(at)), int(str(by)))


def written_body(body: Body) -> str:
    """An edit as text."""
    found: dict[str, object] = {}
    if isinstance(body, NodeEdit):
        found = {"node": body.kind, "was": dict(body.was.texts)}
        for name, label in (("label", body.label), ("note", body.note)):
            if label.texts:
                found[name] = dict(label.texts)
        if body.spot is not None:
            found["spot"] = list(body.spot)
    elif isinstance(body, EdgeEdit):
        found = {"from": body.source, "to": body.target, "kind": body.kind}
        if body.check is not None:
            found["check"] = [body.check.by, body.check.at, body.check.version]
    if body is not None:
        found |= {name: True for name in ("own", "removed") if getattr(body, name)}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def read_body(text: str) -> Body:
    found = json.loads(text)
    state = {name: found.get(name) is True for name in ("own", "removed")}
    if "node" in found:
        spot = found.get("spot")
        return NodeEdit(
            NodeKind(found["node"]),
            _label(found.get("was")),
            _label(found.get("label")),
            _label(found.get("note")),
            (int(spot[0]), int(spot[1])) if spot else None,
            **state,
        )
    if "kind" in found:
        check = Check(*found["check"]) if "check" in found else None
        return EdgeEdit(found["from"], found["to"], EdgeKind(found["kind"]), **state, check=check)
    return None


def _label(found: Mapping[str, str] | None) -> Label:
    return Label(dict(found)) if found else NO_LABEL


def says_nothing(body: Body) -> bool:
    """Whether an edit changes nothing any more."""
    if isinstance(body, NodeEdit):
        return replace(body, was=NO_LABEL) == NodeEdit(body.kind, NO_LABEL)
    return body is None or not (body.own or body.removed or body.check)
