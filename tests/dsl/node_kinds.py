"""Kinds of nodes for cases: a source, a mixer of two, shapers, a learner, a sender, as installed distributions declare them."""

from __future__ import annotations

from collections.abc import Mapping

from engine.extensions import NodeSpec, Port
from engine.model.names import Label

ROWS = Port("rows", "rows")
NONE: Mapping[str, object] = {"type": "object", "additionalProperties": False}
READ = {
    "type": "object",
    "required": ["entity"],
    "additionalProperties": False,
    "properties": {
        "entity": {"type": "string", "x-ref": "entity"},
        "most": {"type": "integer", "minimum": 1},
        "order": {"enum": ["newest", "oldest"]},
    },
}

FORMULA = {"type": "string", "x-formula": True}
FOLD = {"type": "object", "properties": {"over": {"type": "string"}, "of": FORMULA, "where": FORMULA}}


def _kind(name: str, inputs: tuple[Port, ...], outputs: tuple[Port, ...], **more: object) -> NodeSpec:
    settings = more.pop("settings", NONE)
    return NodeSpec(name, Label({"zh": name, "en": name}), inputs, outputs, settings, "pure", **more)


KINDS: Mapping[str, NodeSpec] = {
    one.name: one
    for one in (
        _kind("read", (), (ROWS,), settings=READ, stage=True),
        _kind("sort_rows", (ROWS,), (ROWS,)),
        _kind("mix", (Port("left", "rows"), Port("right", "rows")), (ROWS,)),
        _kind("gather", (Port("rows", "rows", many=True), Port("notes", "any", required=False)), (ROWS,)),
        _kind("halve", (ROWS,), (Port("first", "rows"), Port("rest", "rows"))),
        _kind("shape", (ROWS,), (Port("features", "features"),)),
        _kind("learn", (Port("features", "features"),), (Port("model", "model"),)),
        _kind("send", (ROWS,), ()),
        _kind("fold", (Port("rows", "rows", required=False),), (Port("model", "model"),), settings=FOLD),
    )
}
