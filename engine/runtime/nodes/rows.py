"""Nodes on rows: pure ones that choose fields and rows."""

from __future__ import annotations

from collections.abc import Mapping

from engine.extensions import NodeSpec, Port
from engine.model.context import Context
from engine.model.names import Label

ROWS = {"type": "array", "items": {"type": "object"}}
_IN, _OUT = (Port("rows", ROWS),), (Port("rows", ROWS),)
_NAMES = {"type": "array", "items": {"type": "string"}, "minItems": 1}


def _rows(inputs: Mapping[str, object]) -> list[Mapping[str, object]]:
    found = inputs.get("rows")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list | tuple) else []


class PickFields:
    """Keeps the named fields of every row."""

    spec = NodeSpec(
        "pick_fields",
        Label({"zh": "选取字段", "en": "Pick fields"}),
        _IN,
        _OUT,
        {"type": "object", "required": ["fields"], "additionalProperties": False, "properties": {"fields": _NAMES}},
        "pure",
    )

    def run(
        self, context: Context, inputs: Mapping[str, object], settings: Mapping[str, object], idempotency_key: str
    ) -> Mapping[str, object]:
        fields = settings["fields"]
        names = [str(one) for one in fields] if isinstance(fields, list | tuple) else []
        return {"rows": [{name: row.get(name) for name in names} for row in _rows(inputs)]}


class KeepRows:
    """Keeps the rows whose field has one of the given values."""

    spec = NodeSpec(
        "keep_rows",
        Label({"zh": "筛选行", "en": "Keep rows"}),
        _IN,
        _OUT,
        {
            "type": "object",
            "required": ["field", "values"],
            "additionalProperties": False,
            "properties": {"field": {"type": "string"}, "values": {"type": "array", "minItems": 1}},
        },
        "pure",
    )

    def run(
        self, context: Context, inputs: Mapping[str, object], settings: Mapping[str, object], idempotency_key: str
    ) -> Mapping[str, object]:
        values = settings["values"]
        kept = list(values) if isinstance(values, list | tuple) else []
        return {"rows": [row for row in _rows(inputs) if row.get(str(settings["field"])) in kept]}
