"""Nodes on rows: pure ones that choose fields and rows."""

from __future__ import annotations

from collections.abc import Mapping

from engine.extensions import NodeSpec, Port
from engine.model.context import Context
from engine.model.names import Label

ROWS = {"type": "array", "items": {"type": "object"}}
_PORT = Port("rows", "rows", Label({"zh": "行", "en": "Rows"}), schema=ROWS)
_IN, _OUT = (_PORT,), (_PORT,)
_NAMES = {
    "type": "array",
    "items": {"type": "string", "x-ref": "field"},
    "minItems": 1,
    "x-titles": {"zh": "字段", "en": "Fields"},
    "x-help": {"zh": "留下的字段", "en": "The fields that stay"},
}


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
        description=Label({"zh": "每一行只留下列出的字段", "en": "Keeps the listed fields of every row"}),
        group="shaping",
        icon="columns",
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
            "properties": {
                "field": {
                    "type": "string",
                    "x-ref": "field",
                    "x-titles": {"zh": "字段", "en": "Field"},
                    "x-help": {"zh": "看哪个字段", "en": "The field that is looked at"},
                },
                "values": {
                    "type": "array",
                    "items": {"type": ["string", "number", "boolean"]},
                    "minItems": 1,
                    "x-titles": {"zh": "取值", "en": "Values"},
                    "x-help": {"zh": "留下取这些值之一的行", "en": "Rows with one of these values stay"},
                },
            },
        },
        "pure",
        description=Label(
            {"zh": "留下某个字段取这些值之一的行", "en": "Keeps the rows whose field has one of some values"}
        ),
        group="shaping",
        icon="filter",
    )

    def run(
        self, context: Context, inputs: Mapping[str, object], settings: Mapping[str, object], idempotency_key: str
    ) -> Mapping[str, object]:
        values = settings["values"]
        kept = list(values) if isinstance(values, list | tuple) else []
        return {"rows": [row for row in _rows(inputs) if row.get(str(settings["field"])) in kept]}
