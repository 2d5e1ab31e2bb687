"""Webs: the plain data of a pipeline, what stands where in it, and commands that add to it as somebody would by hand."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Data = dict[str, Any]
ROWS = frozenset({"source", "join", "filter"})
"""Kinds of nodes that rows leave."""


@dataclass
class Web:
    """A pipeline's data, changed by commands that are noted: the copy here is what they make of the draft."""

    file: str
    data: Data
    commands: list[Data] = field(default_factory=list)

    @classmethod
    def of(cls, file: str, data: object) -> Web:
        return cls(file, copy.deepcopy(dict(data)) if isinstance(data, Mapping) else {})

    def anew(self) -> Web:
        """A copy from here on, with no commands."""
        return Web(self.file, copy.deepcopy(self.data))

    @property
    def nodes(self) -> list[Data]:
        return _maps(self.data.get("nodes"))

    @property
    def edges(self) -> list[Data]:
        return _maps(self.data.get("edges"))

    def node(self, identity: object) -> Data | None:
        return next((one for one in self.nodes if one.get("id") == identity), None)

    def of_kind(self, kind: str) -> list[Data]:
        return [one for one in self.nodes if one.get("node") == kind]

    @property
    def features(self) -> Data | None:
        return next(iter(self.of_kind("features")), None)

    def entity(self, node: Data) -> str:
        return str(settings_of(node).get("entity", ""))

    def source_of(self, entity: str) -> Data | None:
        return next((one for one in self.of_kind("source") if self.entity(one) == entity), None)

    def before(self, identity: object, ports: frozenset[str]) -> Data | None:
        """The node whose edge enters one of these ports of a node."""
        found = (one for one in self.edges if one.get("to") == identity and str(one.get("port", "")) in ports)
        return next((node for one in found if (node := self.node(one.get("from"))) is not None), None)

    def end(self) -> Data | None:
        """The node whose rows are decided about: what enters the features, else the end of the first source's way."""
        if self.features is not None:
            known = self.before(self.features.get("id"), frozenset({"", "rows"}))
            if known is not None:
                return known
        at = next(iter(self.of_kind("source")), None)
        for _ in self.nodes:
            after = [self.node(one["to"]) for one in self.edges if at is not None and one.get("from") == at.get("id")]
            ahead = next((one for one in after if one is not None and one.get("node") in {"join", "filter"}), None)
            if ahead is None:
                break
            at = ahead
        return at

    def spine(self) -> Data | None:
        """The source of the rows that are decided about."""
        at = self.end()
        for _ in self.nodes:
            if at is None or at.get("node") == "source":
                return at
            at = self.before(at.get("id"), frozenset({"", "left", "rows"}))
        return None

    def joined(self) -> list[str]:
        """The relations along which the rows that are decided about are joined already."""
        found, at = [], self.end()
        for _ in self.nodes:
            if at is None or at.get("node") == "source":
                break
            if at.get("node") == "join":
                found.append(str(settings_of(at).get("by", "")))
            at = self.before(at.get("id"), frozenset({"", "left", "rows"}))
        return found

    def folded(self) -> list[str]:
        """The entities whose rows flow into the features to be folded."""
        node = self.features
        into = [one for one in self.edges if node is not None and one.get("to") == node.get("id")]
        sources = [self.node(one.get("from")) for one in into if one.get("port") == "facts"]
        return [self.entity(one) for one in sources if one is not None and self.entity(one)]

    def free(self, name: str) -> str:
        """An id that no node has."""
        taken, number, found = {one.get("id") for one in self.nodes}, 1, name
        while found in taken:
            number += 1
            found = f"{name}_{number}"
        return found

    def add_node(self, node: Data) -> str:
        if self.nodes:
            self.commands.append({"do": "insert", "file": self.file, "path": ["nodes"], "value": node, "after": "end"})
        else:
            self.commands.append({"do": "set", "file": self.file, "path": ["nodes"], "value": [node]})
        self.data["nodes"] = [*self.nodes, node]
        return str(node["id"])

    def add_edge(self, start: str, end: str, port: str = "") -> None:
        edge: Data = {"from": start, "to": end, **({"port": port} if port else {})}
        if self.edges:
            self.commands.append({"do": "insert", "file": self.file, "path": ["edges"], "value": edge, "after": "end"})
        else:
            self.commands.append({"do": "set", "file": self.file, "path": ["edges"], "value": [edge]})
        self.data["edges"] = [*self.edges, edge]

    def turn_edge(self, place: int, start: str) -> None:
        """Let an edge begin elsewhere."""
        path = ["edges", place, "from"]
        self.commands.append({"do": "set", "file": self.file, "path": path, "value": start})
        self.edges[place]["from"] = start

    def set_setting(self, node: Data, name: str, value: object) -> None:
        path = ["nodes", {"id": node["id"]}, "settings"]
        if settings_of(node):
            self.commands.append({"do": "set", "file": self.file, "path": [*path, name], "value": value})
        else:
            self.commands.append({"do": "set", "file": self.file, "path": path, "value": {name: value}})
        node["settings"] = {**settings_of(node), name: value}

    def command(self, zh: str, en: str) -> Data:
        """All that was noted, as one act."""
        return {"do": "batch", "label": {"zh": zh, "en": en}, "commands": self.commands}


def settings_of(node: Data) -> Data:
    found = node.get("settings")
    return found if isinstance(found, dict) else {}


def _maps(value: object) -> list[Data]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
