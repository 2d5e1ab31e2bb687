"""The node registry: built-in nodes and those of installed distributions, found by name, their settings checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import entry_points

import jsonschema

from engine.diagnostics import DougongError, Message
from engine.extensions import ENTRY_POINT_GROUP, Node
from engine.model.context import Context
from engine.runtime.nodes.rows import KeepRows, PickFields


class UnknownNode(DougongError):
    """No node of that name is installed."""

    code = "unknown_node"
    status = 422


class BadNodeSettings(DougongError):
    """The settings of a node do not obey its schema."""

    code = "bad_node_settings"
    status = 422


class NodeRegistry:
    """Nodes by name. A node of a distribution may not take the name of another one."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._nodes: dict[str, Node] = {}
        for node in nodes:
            if node.spec.name in self._nodes:
                raise ValueError(f"two nodes are named {node.spec.name}")
            self._nodes[node.spec.name] = node

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._nodes))

    def node(self, name: str) -> Node:
        """The node of a name. Raises UnknownNode."""
        if name not in self._nodes:
            known = "、".join(self.names())
            raise UnknownNode(
                Message(
                    f"没有名为 {name} 的节点；可用：{known}",
                    f"There is no node {name}; known: {', '.join(self.names())}",
                )
            )
        return self._nodes[name]

    def run(
        self,
        name: str,
        context: Context,
        inputs: Mapping[str, object],
        settings: Mapping[str, object],
        idempotency_key: str,
    ) -> Mapping[str, object]:
        """Run a node with checked settings; its outputs by port."""
        node = self.node(name)
        try:
            jsonschema.validate(dict(settings), dict(node.spec.settings_schema))
        except jsonschema.ValidationError as error:
            place = ".".join(str(one) for one in error.absolute_path) or "settings"
            raise BadNodeSettings(
                Message(f"节点 {name} 的设置 {place} 不正确", f"Setting {place} of node {name} is not right")
            ) from error
        return node.run(context, inputs, settings, idempotency_key)


def installed_nodes() -> Iterator[Node]:
    """The built-in nodes, then those that distributions register."""
    yield PickFields()
    yield KeepRows()
    for point in entry_points(group=ENTRY_POINT_GROUP):
        found = point.load()
        if isinstance(found, Node):
            yield found
