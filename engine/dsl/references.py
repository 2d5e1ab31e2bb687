"""Every name that a definition uses must be declared: unresolved ones are told with the nearest name that is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from engine.diagnostics import Diagnostic
from engine.dsl.annotations import Use
from engine.dsl.document import Document
from engine.dsl.metric_dimensions import dimensions_by_metric
from engine.dsl.scopes import entity_at, items_around
from engine.dsl.source import Path
from engine.dsl.suggestions import listed, suggestion
from engine.dsl.symbols import Symbols, resolve_path
from engine.model.names import BUILT_IN_FIELDS, ResourceName

RESOURCES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "entity": ("E301", ("entities",)),
    "role": ("E304", ("roles",)),
    "page": ("E305", ("pages", "dashboards")),
    "form": ("E306", ("forms",)),
    "metric": ("E307", ("metrics",)),
    "workflow": ("E308", ("workflows",)),
    "unit": ("E311", ("units",)),
    "destination": ("E313", ("destinations",)),
    "pack": ("E315", ("pack",)),
    "duty": ("E324", ("duties",)),
    "rule": ("E322", ("rules",)),
    "map": ("E323", ("maps",)),
    "pipeline": ("E325", ("pipelines",)),
}
"""What `x-ref` may name among resources: the code when nothing bears the name, and the kinds it is looked for in."""

LONGEST_PATH = 5
"""Names in a path: four relations and a field, as in formulas."""

TIME_STEPS = ("day", "week", "month", "quarter", "year")
"""What a chart may split by besides a metric's dimensions."""


class ReferenceCheck:
    """Resolves the names of documents against the symbols of all packs."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self._reach = _reach(symbols)
        self._listed: dict[tuple[ResourceName, str], Mapping[str, None]] = {}
        self._dimensions = dimensions_by_metric(symbols)
        self._rules: Mapping[str, Callable[[Document, Use], Iterator[Diagnostic]]] = {
            "field": self._field,
            "path": self._path,
            "sort": self._path,
            "collection": self._collection,
            "state": self._state,
            "transition": self._transition,
            "dimension": self._dimension,
            "node": self._node,
        }

    def surroundings(self) -> object:
        """All that the check of a document reads beside the document: while it is equal, so are the problems found."""
        packs = {
            kind: {name: one.pack for name, one in named.items()} for kind, named in self.symbols.documents.items()
        }
        moves = {name: one.data.get("transitions") for name, one in self.symbols.documents.get("workflows", {}).items()}
        return packs, self.symbols.entities, self._reach, self._dimensions, moves

    def check(self, document: Document, uses: Iterable[Use]) -> Iterator[Diagnostic]:
        for use in uses:
            if use.meaning in RESOURCES:
                yield from self._resource(document, use)
            elif use.meaning in self._rules:
                yield from self._rules[use.meaning](document, use)

    def _resource(self, document: Document, use: Use) -> Iterator[Diagnostic]:
        code, kinds = RESOURCES[use.meaning]
        for kind in kinds:
            found = self.symbols.document(kind, use.text)
            if found is not None:
                yield from self._required(document, use, found)
                return
        if use.meaning == "entity" and use.text in {"user", "unit"}:
            return
        yield unknown(document, use, code, [name for kind in kinds for name in self.symbols.names(kind)])

    def _required(self, document: Document, use: Use, found: Document) -> Iterator[Diagnostic]:
        """A name of another pack is used only by packs that require it."""
        if found.kind != "pack" and found.pack not in self._reach.get(document.pack, {found.pack}):
            yield document.problem("E470", use.path, pack=document.pack, other=found.pack, name=use.text)

    def _field(self, document: Document, use: Use) -> Iterator[Diagnostic]:
        entity = entity_at(document, use.path, self.symbols)
        known = self.symbols.entities.get(entity) if entity else None
        if known is None or known.broken or use.text in known.fields:
            return
        if use.text in BUILT_IN_FIELDS and (document.kind == "tests" or use.path[0] == "indexes"):
            return
        if document.kind in {"tests", "demo"} and use.text in known.collections:
            return
        yield unknown(document, use, "E302", list(known.fields), entity=known.name)

    def _path(self, document: Document, use: Use) -> Iterator[Diagnostic]:
        entity = entity_at(document, use.path, self.symbols)
        if entity is None and document.kind in {"pages", "dashboards"}:
            yield from _without_entity(document, use)
        if entity is None or entity not in self.symbols.entities:
            return
        path = use.text.removeprefix("-")
        if path.count(".") >= LONGEST_PATH:
            yield document.problem("E321", use.path, limit=LONGEST_PATH)
            return
        found = resolve_path(self.symbols, entity, path)
        if found.broken or found.field or found.built_in:
            return
        if found.not_a_relation:
            yield document.problem("E303", use.path, path=path, name=found.failed_at)
            return
        name = found.failed_at or (found.collection.name if found.collection else path)
        at = found.entity or entity
        known = self.symbols.entities.get(at)
        yield unknown(document, use, "E302", list(known.fields) if known else [], entity=at, name=name)

    def _collection(self, document: Document, use: Use) -> Iterator[Diagnostic]:
        entity = entity_at(document, use.path, self.symbols)
        known = self.symbols.entities.get(entity) if entity else None
        if known is not None and not known.broken and use.text not in known.collections:
            yield unknown(document, use, "E314", list(known.collections), entity=known.name)

    def _state(self, document: Document, use: Use) -> Iterator[Diagnostic]:
        states = self._ids(document, "states")
        if use.text not in states:
            yield unknown(document, use, "E309", list(states), workflow=document.name)

    def _transition(self, document: Document, use: Use) -> Iterator[Diagnostic]:
        entity = entity_at(document, use.path, self.symbols)
        workflow = workflow_of(self.symbols, entity)
        if workflow is None:
            return
        moves = self._ids(workflow, "transitions")
        if use.text not in moves:
            yield unknown(document, use, "E318", list(moves), workflow=workflow.name)

    def _dimension(self, document: Document, use: Use) -> Iterator[Diagnostic]:
        metrics = tuple(dimension_metrics(document, use.path))
        known = [name for name in metrics if self.symbols.document("metrics", name)]
        if len(known) < len(metrics) or (use.path[0] == "filters" and use.text == "period"):
            return
        everywhere = use.path[0] != "filters"
        shared = [set(self._dimensions[name]) for name in known]
        allowed = set.intersection(*shared) if shared and everywhere else set().union(*shared)
        if use.text in allowed or (everywhere and use.text in TIME_STEPS):
            return
        if known:
            lacking = next((name for name, own in zip(known, shared, strict=True) if use.text not in own), known[0])
            yield unknown(document, use, "E316", [*sorted(allowed), *TIME_STEPS], metric=lacking)

    def _node(self, document: Document, use: Use) -> Iterator[Diagnostic]:
        nodes = self._ids(document, "nodes")
        if use.text not in nodes:
            yield unknown(document, use, "E320", list(nodes))

    def _ids(self, document: Document, key: str) -> Mapping[str, None]:
        """The ids of the maps listed under `key`, looked up once a document."""
        place = (document.resource, key)
        if place not in self._listed:
            ids = (one.get("id") for one in maps(document.data.get(key)))
            self._listed[place] = {one: None for one in ids if isinstance(one, str)}
        return self._listed[place]


def _without_entity(document: Document, use: Use) -> Iterator[Diagnostic]:
    """An item that shows rows says of which entity, where its page does not; a broken collection is told elsewhere."""
    for place, item in list(items_around(document, use.path))[-1:]:
        if "collection" not in item:
            yield document.key_problem("E202", place, key="entity")


def unknown(document: Document, use: Use, code: str, options: list[str], **values: object) -> Diagnostic:
    """The diagnostic of a name that nothing bears."""
    name = str(values.pop("name", use.text))
    hint = suggestion(name, options)
    values |= {"name": name, "allowed": listed(options)}
    if use.is_key:
        return document.key_problem(code, use.path, hint=hint, **values)
    return document.problem(code, use.path, hint=hint, **values)


def dimension_metrics(document: Document, path: Path) -> Iterator[str]:
    """The metrics of the item around `path`; for a page's filter those of all its items."""
    if path[0] == "filters":
        yield from _metrics_of(document.data.get("items"))
        return
    if document.kind == "alerts":
        yield from _metrics_of([document.data])
        return
    if path[0] == "from_figures":
        yield from _metrics_of([document.at(path[:2])])
        return
    for _, item in list(items_around(document, path))[-1:]:
        yield from _metrics_of([{**item, "items": []}])


def _metrics_of(items: object) -> Iterator[str]:
    for item in maps(items):
        listed_metrics = item.get("metrics")
        yield from (str(name) for name in (listed_metrics if isinstance(listed_metrics, list) else ()))
        if isinstance(item.get("metric"), str):
            yield str(item["metric"])
        yield from _metrics_of(item.get("items"))


def workflow_of(symbols: Symbols, entity: str | None) -> Document | None:
    """The workflow of an entity's state field, or None where it has none."""
    known = symbols.entities.get(entity) if entity else None
    state = next((field for field in known.fields.values() if field.workflow), None) if known else None
    return symbols.document("workflows", str(state.workflow)) if state else None


def maps(listed_items: object) -> Iterator[Mapping[str, object]]:
    """The maps among the items of a list."""
    for one in listed_items if isinstance(listed_items, list) else ():
        if isinstance(one, Mapping):
            yield one


def _reach(symbols: Symbols) -> Mapping[str, frozenset[str]]:
    """For each pack, itself and all packs that it requires, directly or through others."""
    direct = {
        name: {str(other) for other in _texts(one.data.get("requires"))} | {str(one.data.get("extends", name))}
        for name, one in symbols.documents.get("pack", {}).items()
    }
    reach: dict[str, frozenset[str]] = {}
    for name in direct:
        known, open_names = {name}, [name]
        while open_names:
            for other in direct.get(open_names.pop(), set()) - known:
                known.add(other)
                open_names.append(other)
        reach[name] = frozenset(known)
    return reach


def _texts(value: object) -> list[object]:
    return value if isinstance(value, list) else []
