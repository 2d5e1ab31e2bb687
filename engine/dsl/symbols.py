"""What all packs declare, by name: enough to resolve references and to type formulas, before anything is judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from engine.dsl.document import Document
from engine.model.entities import FieldKind
from engine.model.names import BUILT_IN_FIELDS

NUMBER_SHAPES = {
    FieldKind.INTEGER: (18, 0),
    FieldKind.DECIMAL: (18, 4),
    FieldKind.MONEY: (18, 2),
    FieldKind.PERCENT: (7, 4),
}
"""Precision and scale of numeric fields that say nothing else."""

UNIT_FIELDS = ("name", "kind", "parent")
USER_FIELDS = ("name",)
KERNEL_ENTITIES: Mapping[str, tuple[str, ...]] = {"user": USER_FIELDS, "unit": UNIT_FIELDS}
"""What a path may read after a user or unit field."""


@dataclass(frozen=True, slots=True)
class FieldSymbol:
    """A field as other definitions see it. `kind` is None where its own declaration is broken; `target` an entity, user or unit."""

    entity: str
    name: str
    kind: FieldKind | None
    target: str | None = None
    options: tuple[str, ...] = ()
    workflow: str | None = None
    precision: int = 18
    scale: int = 0
    currency: str = "CNY"
    computed: bool = False
    measure_unit: str | None = None


@dataclass(frozen=True, slots=True)
class CollectionSymbol:
    """Rows of `entity` whose relation field `by` points here."""

    name: str
    entity: str
    by: str


@dataclass(frozen=True, slots=True)
class EntitySymbol:
    """An entity as other definitions see it. `broken`: its text could not be read, so any name may be a field of it."""

    name: str
    pack: str
    fields: Mapping[str, FieldSymbol]
    collections: Mapping[str, CollectionSymbol]
    part_of: str | None = None
    broken: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.fields, *self.collections)


@dataclass(frozen=True, slots=True)
class Symbols:
    """All declarations by kind and name."""

    documents: Mapping[str, Mapping[str, Document]]
    entities: Mapping[str, EntitySymbol]
    states: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """States by workflow."""

    def names(self, kind: str) -> Iterable[str]:
        return self.documents.get(kind, {})

    def document(self, kind: str, name: str) -> Document | None:
        return self.documents.get(kind, {}).get(name)

    def pages(self) -> tuple[str, ...]:
        return (*self.names("pages"), *self.names("dashboards"))


@dataclass(frozen=True, slots=True)
class Resolution:
    """Where a path leads: the field at its end, or why it stops. `broken`: a step is not known well enough to judge."""

    field: FieldSymbol | None = None
    collection: CollectionSymbol | None = None
    failed_at: str | None = None
    entity: str = ""
    not_a_relation: bool = False
    broken: bool = False
    built_in: str | None = None


def resolve_path(symbols: Symbols, entity: str, path: str) -> Resolution:
    """Follow a dotted path from `entity`; every step but the last leads along a relation, user or unit field."""
    steps = path.split(".")
    current = entity
    for index, name in enumerate(steps):
        last = index == len(steps) - 1
        if current in KERNEL_ENTITIES:
            if name not in KERNEL_ENTITIES[current]:
                return Resolution(failed_at=name, entity=current)
            if last:
                return Resolution(built_in=name, entity=current)
            current = "unit" if name == "parent" else current
            continue
        known = symbols.entities.get(current)
        if known is None or known.broken:
            return Resolution(broken=True)
        found = known.fields.get(name)
        if found is None:
            return _other_name(known, name, last)
        if last:
            return Resolution(field=found, entity=current)
        if found.target is None:
            return Resolution(failed_at=name, entity=current, not_a_relation=True, broken=found.kind is None)
        current = found.target
    return Resolution(broken=True)


def _other_name(entity: EntitySymbol, name: str, last: bool) -> Resolution:
    if name in BUILT_IN_FIELDS and name != "deleted_at":
        return Resolution(built_in=name, entity=entity.name) if last else Resolution(broken=True)
    if name in entity.collections and last:
        return Resolution(collection=entity.collections[name], entity=entity.name)
    return Resolution(failed_at=name, entity=entity.name)


def collect(documents: Iterable[Document], before: Symbols | None = None) -> Symbols:
    """The symbols of all documents; broken ones give what can be told. Entities that are as they were `before` are the same."""
    by_kind: dict[str, dict[str, Document]] = {}
    for document in documents:
        by_kind.setdefault(document.kind, {})[document.resource.name] = document
    states = {name: tuple(_ids(one.data.get("states"))) for name, one in by_kind.get("workflows", {}).items()}
    known = before if before is not None and before.states == states else None
    entities = {name: _known(one, known) or _entity(one, states) for name, one in by_kind.get("entities", {}).items()}
    collections = _collections(by_kind.get("entities", {}), entities)
    complete = {name: _complete(one, collections.get(name, {})) for name, one in entities.items()}
    if before is not None:
        complete = {name: old if (old := before.entities.get(name)) == one else one for name, one in complete.items()}
    return Symbols(by_kind, complete, states)


def _known(document: Document, before: Symbols | None) -> EntitySymbol | None:
    """The symbol of an entity whose document is the same."""
    same = before is not None and before.document("entities", document.name) is document
    return before.entities.get(document.name) if before is not None and same else None


def _complete(entity: EntitySymbol, collections: Mapping[str, CollectionSymbol]) -> EntitySymbol:
    """An entity with the collections that relations to it declare."""
    if entity.collections == collections:
        return entity
    return replace(entity, collections=MappingProxyType(dict(collections)))


def _ids(listed: object) -> Iterator[str]:
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, Mapping) and isinstance(item.get("id"), str):
            yield item["id"]


def _entity(document: Document, states: Mapping[str, tuple[str, ...]]) -> EntitySymbol:
    declared = document.data.get("fields")
    fields = declared if isinstance(declared, Mapping) else {}
    part_of = document.data.get("part_of")
    return EntitySymbol(
        document.name,
        document.pack,
        MappingProxyType({name: _field(document.name, name, one, states) for name, one in fields.items()}),
        MappingProxyType({}),
        part_of if isinstance(part_of, str) else None,
        not document.sound or not isinstance(declared, Mapping),
    )


def _field(entity: str, name: str, declared: object, states: Mapping[str, tuple[str, ...]]) -> FieldSymbol:
    found: Mapping[str, object] = declared if isinstance(declared, Mapping) else {}
    kind = _kind(found.get("type"))
    precision, scale = NUMBER_SHAPES.get(kind, (18, 0)) if kind else (18, 0)
    workflow = found.get("workflow")
    currency = found.get("currency")
    return FieldSymbol(
        entity,
        name,
        kind,
        target=_target(kind, found.get("to")),
        options=_options(kind, found, states),
        workflow=workflow if isinstance(workflow, str) else None,
        precision=_whole(found.get("precision"), precision),
        scale=_whole(found.get("scale"), scale),
        currency=currency if isinstance(currency, str) else "CNY",
        computed="formula" in found,
        measure_unit=unit if isinstance(unit := found.get("unit"), str) else None,
    )


def _kind(name: object) -> FieldKind | None:
    return FieldKind(name) if isinstance(name, str) and name in set(FieldKind) else None


def _target(kind: FieldKind | None, to: object) -> str | None:
    if kind is FieldKind.RELATION:
        return to if isinstance(to, str) else None
    return str(kind) if kind in {FieldKind.USER, FieldKind.UNIT} else None


def _options(
    kind: FieldKind | None, declared: Mapping[str, object], states: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    if kind is FieldKind.STATE:
        return states.get(str(declared.get("workflow")), ())
    choices = declared.get("choices")
    return tuple(choices) if isinstance(choices, Mapping) else ()


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def _collections(
    documents: Mapping[str, Document], entities: Mapping[str, EntitySymbol]
) -> dict[str, dict[str, CollectionSymbol]]:
    """Inverse names by target entity; a name that stands twice keeps its first meaning."""
    result: dict[str, dict[str, CollectionSymbol]] = {}
    for name, document in documents.items():
        for one in entities[name].fields.values():
            inverse = document.at(("fields", one.name, "inverse"))
            if isinstance(inverse, str) and one.kind is FieldKind.RELATION and one.target:
                found = CollectionSymbol(inverse, name, one.name)
                result.setdefault(one.target, {}).setdefault(inverse, found)
    return result
