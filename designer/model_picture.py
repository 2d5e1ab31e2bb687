"""The picture of the data model: the entities of all packs with their fields, each in the area of its pack that it belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.dsl.document import Document

ON_A_PAGE = frozenset({"pages", "dashboards", "forms"})
RELATION = "relation"
TOLD = ("label", "type", "to", "required", "unique", "on_delete", "inverse", "inverse_label", "formula", "choices")
"""What of a field is drawn or said."""
Data = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ModelPicture:
    """What the diagram of the data model draws, out of documents that need not compile."""

    documents: Sequence[Document]

    def body(self) -> Mapping[str, object]:
        """Packs that hold entities, areas in the order of their navigation, and entities with their fields."""
        entities = self._of("entities")
        packs = [one for one in self._of("pack") if any(entity.pack == one.pack for entity in entities)]
        found: list[Mapping[str, object]] = []
        areas: list[Mapping[str, object]] = []
        for pack in sorted(packs, key=lambda one: one.pack):
            own = [one for one in entities if one.pack == pack.pack]
            placed = self._areas(pack, own)
            sections = [one for one in _maps(pack.data.get("navigation")) if str(one.get("id")) in set(placed.values())]
            areas += [
                {"pack": pack.pack, "name": _area(pack.pack, one.get("id")), "label": one.get("label")}
                for one in sections
            ]
            found += [_entity(one, _area(pack.pack, placed.get(one.name))) for one in own]
        return {
            "packs": [{"name": one.pack, "label": one.data.get("label")} for one in packs],
            "areas": areas,
            "entities": found,
        }

    def _of(self, kind: str) -> list[Document]:
        return sorted((one for one in self.documents if one.kind == kind), key=lambda one: (one.pack, one.name))

    def _areas(self, pack: Document, entities: Sequence[Document]) -> Mapping[str, str]:
        """The section of the navigation that offers a page of an entity; a part lies with its whole, what no page is offered of
        with what it is joined to most."""
        names = {one.name for one in entities}
        pages = {one.name: one.data.get("entity") for one in self.documents if one.kind in ON_A_PAGE}
        placed: dict[str, str] = {}
        for section in _maps(pack.data.get("navigation")):
            listed = section.get("pages")
            for page in listed if isinstance(listed, list) else []:
                entity = pages.get(str(page))
                if isinstance(entity, str) and entity in names:
                    placed.setdefault(entity, str(section.get("id")))
        by_name = {one.name: one.data for one in entities}
        for _ in entities:
            more = {name: area for name in by_name if name not in placed and (area := _beside(name, by_name, placed))}
            if not more:
                break
            placed |= more
        return placed


def _beside(name: str, entities: Mapping[str, Data], placed: Mapping[str, str]) -> str:
    """The area of an entity's whole, else the one that most of its relations lead to or come from; empty for none."""
    fields = _fields(entities[name])
    part_of = entities[name].get("part_of")
    if isinstance(part_of, str) and part_of in fields:
        return placed.get(str(fields[part_of].get("to")), "")
    out = [str(one.get("to")) for one in fields.values() if one.get("type") == RELATION]
    into = [other for other, data in entities.items() for one in _fields(data).values() if one.get("to") == name]
    counted = Counter(placed[one] for one in (*out, *into) if one in placed)
    return min(counted, key=lambda area: (-counted[area], area), default="")


def _entity(document: Document, area: str) -> Mapping[str, object]:
    data = document.data
    key = data.get("natural_key")
    return {
        "file": document.file,
        "name": document.name,
        "pack": document.pack,
        "area": area,
        **{name: data.get(name) for name in ("label", "icon", "title", "part_of", "description") if name in data},
        "key": list(key) if isinstance(key, list) else [],
        "single": [one for rule in _maps(data.get("unique")) if (one := _alone(rule))],
        "fields": [
            {"name": name, **{key: field[key] for key in TOLD if key in field}} for name, field in _fields(data).items()
        ],
    }


def _alone(rule: Data) -> str:
    """The one field that a rule makes unique by itself; empty where there are several or a condition."""
    fields = rule.get("fields")
    return str(fields[0]) if isinstance(fields, list) and len(fields) == 1 and "where" not in rule else ""


def _area(pack: str, section: object) -> str:
    return f"{pack}/{section or ''}"


def _fields(data: Data) -> Mapping[str, Data]:
    found = data.get("fields")
    return {str(name): one for name, one in found.items() if isinstance(one, dict)} if isinstance(found, dict) else {}


def _maps(value: object) -> list[Data]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
