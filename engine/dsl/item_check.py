"""Items of pages and forms against their widgets; ids that stand twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagnostics import Diagnostic
from engine.dsl.annotations import WidgetSchemas, item_properties
from engine.dsl.document import Document
from engine.dsl.schema_check import explain
from engine.dsl.schema_store import Schema, Validator, schema_of
from engine.dsl.source import Path
from engine.dsl.suggestions import listed, suggestion
from engine.widgets.registry import WidgetSpec

ITEM_KINDS = frozenset({"forms", "pages", "dashboards"})


class ItemCheck:
    """Checks items; keeps one compiled validator a widget."""

    def __init__(self, widgets: WidgetSchemas) -> None:
        self.widgets = widgets
        self._validators: dict[str, Validator] = {}

    def check(self, document: Document) -> Iterator[Diagnostic]:
        """All mistakes of a document's items."""
        if document.kind not in ITEM_KINDS:
            return
        seen: dict[str, Path] = {}
        yield from self._list(document, ("items",), None, seen)

    def _list(
        self, document: Document, path: Path, parent: WidgetSpec | None, seen: dict[str, Path]
    ) -> Iterator[Diagnostic]:
        listed_items = document.at(path)
        for index, item in enumerate(listed_items if isinstance(listed_items, list) else ()):
            if isinstance(item, Mapping):
                yield from _twice(document, (*path, index), item, seen)
                yield from self._item(document, (*path, index), item, parent)
                yield from self._list(
                    document, (*path, index, "items"), self.widgets.get(str(item.get("widget"))), seen
                )

    def _item(
        self, document: Document, path: Path, item: Mapping[str, object], parent: WidgetSpec | None
    ) -> Iterator[Diagnostic]:
        name = item.get("widget")
        if not isinstance(name, str) or not self.widgets:
            return
        spec = self.widgets.get(name)
        if spec is None:
            hint = suggestion(name, self.widgets)
            yield document.problem("E209", (*path, "widget"), hint=hint, name=name, allowed=listed(self.widgets))
            return
        if parent is not None and not parent.takes(spec):
            yield document.problem("E211", (*path, "widget"), widget=parent.name, child=name)
        validator = self._validator(spec)
        if not validator.accepts(item):
            yield from explain(document, validator.errors(item), path)

    def _validator(self, spec: WidgetSpec) -> Validator:
        if spec.name not in self._validators:
            self._validators[spec.name] = Validator(_item_schema(spec))
        return self._validators[spec.name]


def _item_schema(spec: WidgetSpec) -> Schema:
    """The schema of an item with this widget; children are checked as items of their own."""
    definitions = schema_of("pages")["$defs"]
    base = definitions["item"] if isinstance(definitions, Mapping) else {}
    properties = {**item_properties(spec, base), "items": {"type": "array"}}
    required = spec.schema.get("required")
    names = required if isinstance(required, list) else []
    rules = {
        key: value for key, value in spec.schema.items() if key in {"allOf", "anyOf", "oneOf", "if", "then", "else"}
    }
    return {
        "type": "object",
        "$defs": {**(definitions if isinstance(definitions, Mapping) else {}), **_own_definitions(spec)},
        "properties": {key: typed(part) for key, part in properties.items()},
        "required": sorted({"id", "widget", *map(str, names)}),
        "additionalProperties": False,
        **rules,
    }


def _own_definitions(spec: WidgetSpec) -> Mapping[str, object]:
    own = spec.schema.get("$defs")
    return own if isinstance(own, Mapping) else {}


def typed(part: object) -> object:
    """`part` with `x-type: label` turned into the shared schema of labels, at any depth."""
    if isinstance(part, list):
        return [typed(one) for one in part]
    if not isinstance(part, Mapping):
        return part
    if part.get("x-type") == "label" and "type" not in part:
        return {"$ref": "#/$defs/label"}
    return {key: typed(value) for key, value in part.items()}


def _twice(document: Document, path: Path, item: Mapping[str, object], seen: dict[str, Path]) -> Iterator[Diagnostic]:
    name = item.get("id")
    if not isinstance(name, str):
        return
    first = seen.setdefault(name, path)
    if first != path:
        line = document.value_span((*first, "id")).line
        yield document.problem("E210", (*path, "id"), id=name, line=line)


def repeated_ids(document: Document) -> Iterator[Diagnostic]:
    """Ids that stand twice in one list, in kinds without items (theirs are unique in the whole file)."""
    if document.kind not in ITEM_KINDS:
        yield from _repeated(document, document.data, ())
        return
    for key in ("filters",):
        yield from _repeated(document, document.data.get(key), (key,))


def _repeated(document: Document, value: object, path: Path) -> Iterator[Diagnostic]:
    if not _repeats(value):
        return
    for place, listed_items in _lists(value, path):
        seen: dict[str, Path] = {}
        for index, item in enumerate(listed_items):
            if isinstance(item, dict):
                yield from _twice(document, (*place, index), item, seen)


def _repeats(value: object) -> bool:
    """Whether any list in `value` has an id twice: hardly ever, so that places are looked for only then."""
    waiting = [value]
    while waiting:
        at = waiting.pop()
        if isinstance(at, list):
            ids = [one["id"] for one in at if isinstance(one, dict) and isinstance(one.get("id"), str)]
            if len(set(ids)) < len(ids):
                return True
            waiting += [one for one in at if isinstance(one, dict | list)]
        elif isinstance(at, dict):
            waiting += [one for one in at.values() if isinstance(one, dict | list)]
    return False


def _lists(value: object, path: Path) -> list[tuple[Path, list[object]]]:
    """All lists in `value`, in the order of the text; texts and numbers are not walked into."""
    found: list[tuple[Path, list[object]]] = []
    waiting = [(path, value)]
    while waiting:
        place, at = waiting.pop()
        inner: list[tuple[Path, object]] = []
        if isinstance(at, dict):
            inner = [((*place, key), one) for key, one in at.items() if isinstance(one, dict | list)]
        elif isinstance(at, list):
            found.append((place, at))
            inner = [((*place, index), one) for index, one in enumerate(at) if isinstance(one, dict | list)]
        waiting += reversed(inner)
    return found
