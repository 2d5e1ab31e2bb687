"""A slow sort: by a field of another record no index serves it. The value is kept with the row, and the list is sorted by that."""

from __future__ import annotations

from collections.abc import Mapping

from designer.commands.sheets import Command
from designer.fixes.broken import Broken, file_of, labelled
from designer.plain import value_at
from engine.diagnostics import Message
from engine.dsl.document import Document

KEPT = ("type", "currency", "precision", "scale", "max_length", "unit", "label")
"""What the field that is kept with the row has of the one that it follows."""
SIMPLE = frozenset({"text", "date", "integer", "decimal", "money", "percent", "instant", "boolean"})


def kept_with_the_row(one: Broken) -> Command | None:
    """A computed field for the path, and the sort by it."""
    written = one.value
    if not isinstance(written, str):
        return None
    path = written.removeprefix("-")
    entity = _entity_of(one)
    steps = path.split(".")
    target = _followed(one, entity, steps) if entity is not None else None
    fields = entity.data.get("fields") if entity is not None else None
    if entity is None or target is None or not isinstance(fields, Mapping):
        return None
    name = "_".join(steps)[:40]
    new: dict[str, object] = {key: target[key] for key in KEPT if key in target} | {"formula": path}
    sort = {"do": "set", "file": one.file, "path": one.steps(), "value": written.replace(path, name), "expect": written}
    commands: list[Mapping[str, object]] = [sort]
    known = fields.get(name)
    if known is None:
        place = {"file": file_of(entity), "path": ["fields"], "key": name, "value": new, "after": "end"}
        commands.insert(0, {"do": "insert_key", **place})
    elif not isinstance(known, Mapping) or known.get("formula") != path:
        return None
    words = Message(f"把 {path} 存在行上，按它排序", f"Keep {path} with the row and sort by it")
    return labelled(words, {"do": "batch", "commands": commands})


def _entity_of(one: Broken) -> Document | None:
    """The entity whose rows are sorted: the item's own, else the page's."""
    for size in range(len(one.path) - 1, -1, -1):
        around = value_at(one.data, one.path[:size])
        if isinstance(around, Mapping) and isinstance(around.get("entity"), str):
            return one.found("entities", around["entity"])
    return None


def _followed(one: Broken, entity: Document, steps: list[str]) -> Mapping[str, object] | None:
    """The field that a path ends at; None where it is of a kind that is not kept with a row."""
    current: Document | None = entity
    field: object = None
    for step in steps:
        fields = current.data.get("fields") if current is not None else None
        field = fields.get(step) if isinstance(fields, Mapping) else None
        if not isinstance(field, Mapping):
            return None
        current = one.found("entities", field.get("to"))
    return field if isinstance(field, Mapping) and field.get("type") in SIMPLE else None
