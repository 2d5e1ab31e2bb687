"""The node registry: built-in nodes and those of installed distributions, found by name, their settings checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

import jsonschema

from engine.diagnostics import DougongError, Message
from engine.extensions import ENTRY_POINT_GROUP, Node, NodeSpec
from engine.model.context import Context
from engine.runtime.nodes.declared import refusal
from engine.runtime.nodes.rows import KeepRows, PickFields
from engine.runtime.nodes.stages import STAGES


class UnknownNode(DougongError):
    """No node of that name is installed."""

    code = "unknown_node"
    status = 422


class BadNodeSettings(DougongError):
    """The settings of a node do not obey its schema."""

    code = "bad_node_settings"
    status = 422


class BadNode(DougongError):
    """An installed distribution registers a node that nobody can use."""

    code = "bad_node"
    status = 500

    def __init__(self, name: str, reason: Message) -> None:
        super().__init__(Message(f"节点 {name}：{reason.zh}", f"Node {name}: {reason.en}"), node=name)


class NodeRegistry:
    """Nodes by name. A node of a distribution may not take the name of another one. Raises BadNode."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._nodes: dict[str, Node] = {}
        for node in nodes:
            name = node.spec.name
            if name in self._nodes:
                raise BadNode(name, Message("两个扩展注册了同一个名称", "two extensions register this name"))
            reason = refusal(node.spec)
            if reason is not None:
                raise BadNode(name, reason)
            self._nodes[name] = node

    def specs(self) -> Mapping[str, NodeSpec]:
        """What the nodes declare, by name."""
        return MappingProxyType({name: self._nodes[name].spec for name in self.names()})

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


BUILT_IN: tuple[Node, ...] = (PickFields(), KeepRows(), *STAGES)


@cache
def node_specs() -> Mapping[str, NodeSpec]:
    """The kinds of nodes that are installed, by name: read once a process. Raises BadNode."""
    return NodeRegistry(installed_nodes()).specs()


def installed_nodes() -> Iterator[Node]:
    """The built-in nodes, then those that distributions register. Raises BadNode for what cannot be loaded."""
    yield from BUILT_IN
    for point in entry_points(group=ENTRY_POINT_GROUP):
        found = _loaded(point)
        if isinstance(found, Node):
            yield found


def _loaded(point: EntryPoint) -> object:
    try:
        return point.load()
    except Exception as error:
        reason = Message(
            f"它的扩展包登记了 {point.value}，却打不开（{error}）；重装或卸下那个扩展包",
            f"its distribution registers {point.value}, which cannot be loaded ({error}); install it anew, or remove it",
        )
        raise BadNode(point.name, reason) from error
