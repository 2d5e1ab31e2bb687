"""The node registry: names, settings, runs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.extensions import Node
from engine.model.context import Context, Principal
from engine.runtime.nodes.registry import BadNodeSettings, NodeRegistry, UnknownNode, installed_nodes
from engine.runtime.nodes.rows import KeepRows, PickFields

CONTEXT = Context(Principal(1, "n", frozenset()), datetime(2026, 3, 2, tzinfo=UTC))


def test_installed_nodes_are_found_by_name_and_fulfil_the_protocol() -> None:
    registry = NodeRegistry(installed_nodes())
    assert registry.names() == ("keep_rows", "pick_fields")
    assert all(isinstance(registry.node(name), Node) for name in registry.names())


def test_nodes_run_on_their_inputs() -> None:
    registry = NodeRegistry((PickFields(), KeepRows()))
    rows = [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    assert registry.run("pick_fields", CONTEXT, {"rows": rows}, {"fields": ["a"]}, "k") == {
        "rows": [{"a": 1}, {"a": 3}]
    }
    assert registry.run("keep_rows", CONTEXT, {"rows": rows}, {"field": "a", "values": [3]}, "k") == {"rows": [rows[1]]}


def test_wrong_settings_and_unknown_names_are_refused_in_words() -> None:
    registry = NodeRegistry((PickFields(),))
    with pytest.raises(BadNodeSettings, match="fields"):
        registry.run("pick_fields", CONTEXT, {}, {"fields": "a"}, "k")
    with pytest.raises(UnknownNode, match="known: pick_fields"):
        registry.node("nothing")


def test_two_nodes_of_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="pick_fields"):
        NodeRegistry((PickFields(), PickFields()))
