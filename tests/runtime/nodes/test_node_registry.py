"""The node registry: names, settings, runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.extensions import Node, NodeSpec, Port
from engine.model.context import Context, Principal
from engine.model.names import Label
from engine.runtime.nodes.declared import refusal
from engine.runtime.nodes.registry import BUILT_IN, BadNode, BadNodeSettings, NodeRegistry, UnknownNode, installed_nodes
from engine.runtime.nodes.rows import KeepRows, PickFields

CONTEXT = Context(Principal(1, "n", frozenset()), datetime(2026, 3, 2, tzinfo=UTC))


def test_installed_nodes_are_found_by_name_and_fulfil_the_protocol() -> None:
    registry = NodeRegistry(installed_nodes())
    assert {"keep_rows", "pick_fields"} <= set(registry.names())
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
    with pytest.raises(BadNode, match="pick_fields"):
        NodeRegistry((PickFields(), PickFields()))


WORDS = Label({"zh": "试", "en": "Try"})
NOTHING: dict[str, object] = {"type": "object"}
SOUND = NodeSpec("tried", WORDS, (Port("rows", "rows"),), (), NOTHING, "pure")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Not a name"}, "lower-case"),
        ({"label": Label({"zh": "试"})}, "language en"),
        ({"group": "elsewhere"}, 'group "elsewhere"'),
        ({"effect": "loud"}, 'effect "loud"'),
        ({"inputs": (Port("rows", "bytes"),)}, 'rows "bytes"'),
        ({"outputs": (Port("a", "rows"), Port("a", "rows"))}, 'two ports are named "a"'),
        ({"settings_schema": {"type": "objekt"}}, "settings_schema"),
        ({"settings_schema": {"type": "string"}}, "type: object"),
        ({"settings_schema": {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}}}, "no \\$ref"),
    ],
)
def test_a_declaration_that_nobody_can_use_is_refused_and_says_why(change: dict[str, object], words: str) -> None:
    class Tried:
        spec = replace(SOUND, **change)
        run = PickFields.run

    assert refusal(SOUND) is None
    with pytest.raises(BadNode, match=words):
        NodeRegistry((Tried(),))


def test_every_built_in_node_has_an_icon_and_words_in_both_languages() -> None:
    sprite = (Path(__file__).parents[3] / "engine/widgets/shared/icons.svg").read_text("utf-8")
    for spec in NodeRegistry(BUILT_IN).specs().values():
        assert f'id="{spec.icon}"' in sprite, spec.name
        assert all(set(words.texts) == {"zh", "en"} for words in (spec.label, spec.description)), spec.name
        assert all(port.label.texts.keys() == {"zh", "en"} for port in (*spec.inputs, *spec.outputs)), spec.name
