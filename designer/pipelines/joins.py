"""Suggested joins: which rows go with those that are decided about, by relations and by equal values, measured on the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from designer.pipelines.measured import KEYS, TIMES, Match, Measured
from designer.pipelines.webs import Data, Web, settings_of
from engine.model.entities import Entity, Field, FieldKind

WEAK = 0.3
"""The share of rows below which equal values are by chance."""
FEWEST_VALUES = 5
"""Different values that a key has at least."""


@dataclass(frozen=True, slots=True)
class Join:
    """Rows of `entity` beside those decided about: along their relation `by` (one row each), or folded (many), which belong by
    `by` of theirs that is `to` of the row. `keyed`: by equal values, with no relation that says so."""

    entity: Entity
    many: bool
    by: str
    to: str
    keyed: bool
    match: Match


def joins(measured: Measured, web: Web) -> list[Join]:
    """What could be joined to the rows that are decided about and is not yet, the best match first."""
    spine = web.spine()
    own = measured.entity(web.entity(spine)) if spine is not None else None
    if own is None:
        return []
    joined, folded = set(web.joined()), set(web.folded())
    found = [one for one in _along(measured, own) if one.by not in joined]
    others = [one for name in sorted(measured.work.model.entities) if (one := measured.entity(name)) is not None]
    for other in others:
        if other.name not in folded and other.part_of is None:
            found += _folded(measured, own, other)
    return sorted(found, key=lambda one: (web.source_of(one.entity.name) is None, one.keyed, -one.match.found))


def _along(measured: Measured, own: Entity) -> Iterator[Join]:
    for one in measured.fields(own):
        target = measured.entity(one.relation.entity) if one.relation is not None else None
        if target is not None and one.kind is FieldKind.RELATION:
            rows = len(measured.cells(own).get("id", ()))
            filled = measured.filled(own, one.name)
            yield Join(target, False, one.name, "id", False, Match(rows, filled, filled))


def _folded(measured: Measured, own: Entity, other: Entity) -> Iterator[Join]:
    """Rows that happen: they have a date that is always filled; the way by which most rows find some."""
    if happens_at(measured, other) is None:
        return
    ways = [*_related(measured, own, other)]
    keyed = [] if ways or other.name == own.name else [*_keyed(measured, own, other)]
    best = max([*ways, *keyed], key=lambda one: one.match.found, default=None)
    if best is not None and best.match.found > 0:
        yield best


def _related(measured: Measured, own: Entity, other: Entity) -> Iterator[Join]:
    mine = _relations(measured, own)
    for theirs in _relations(measured, other):
        if theirs.relation is None:
            continue
        if theirs.relation.entity == own.name and other.name != own.name:
            match = measured.match(own, "id", other, theirs.name)
            yield Join(other, True, theirs.name, "id", False, match)
        for one in mine:
            if one.relation is not None and one.relation.entity == theirs.relation.entity:
                match = measured.match(own, one.name, other, theirs.name)
                yield Join(other, True, theirs.name, one.name, False, match)


def _keyed(measured: Measured, own: Entity, other: Entity) -> Iterator[Join]:
    """By equal values of the row itself, or of a row that it is related to."""
    theirs = [one for one in measured.fields(other) if _is_key(measured, other, one)]
    if not theirs:
        return
    for one in measured.fields(own):
        if _is_key(measured, own, one):
            for key in theirs:
                match = measured.match(own, one.name, other, key.name)
                if match.found >= WEAK:
                    yield Join(other, True, key.name, one.name, True, match)
    for by in _relations(measured, own):
        target = measured.entity(by.relation.entity) if by.relation is not None else None
        for one in measured.fields(target) if target is not None else ():
            if target is None or target.name == other.name or not _is_key(measured, target, one):
                continue
            for key in theirs:
                match = measured.match(target, one.name, other, key.name)
                if match.found >= WEAK:
                    yield Join(other, True, key.name, f"{by.name}.{one.name}", True, match)


def _is_key(measured: Measured, entity: Entity, one: Field) -> bool:
    if one.kind not in KEYS or one.formula is not None:
        return False
    cells = [cell for cell in measured.cells(entity).get(one.name, ()) if cell is not None]
    return len(set(cells)) >= FEWEST_VALUES


def _relations(measured: Measured, entity: Entity) -> list[Field]:
    return [one for one in measured.fields(entity) if one.kind is FieldKind.RELATION and one.relation is not None]


def happens_at(measured: Measured, entity: Entity) -> str | None:
    """The date or instant at which a row of an entity happens: one that is always filled in; the first that is required."""
    dated = [one for one in measured.fields(entity) if one.kind in TIMES and one.formula is None]
    needed = next((one.name for one in dated if one.required), None)
    return needed or next((one.name for one in dated if measured.filled(entity, one.name) == 1), None)


def accept(measured: Measured, web: Web, join: Join) -> None:
    """Take a join into a pipeline: its source where it is not there, a join node or an edge to what is folded."""
    source = web.source_of(join.entity.name)
    start = str(source["id"]) if source is not None else add_source(measured, web, join.entity)
    features, end = web.features, web.end()
    if join.many:
        if features is not None:
            web.add_edge(start, str(features["id"]), "facts")
        return
    if end is None:
        return
    name = web.add_node({"id": web.free(f"with_{join.entity.name}"), "node": "join", "settings": {"by": join.by}})
    into = [
        place
        for place, one in enumerate(web.edges)
        if features is not None
        and one.get("to") == features["id"]
        and one.get("from") == end["id"]
        and one.get("port", "rows") == "rows"
    ]
    for place in into:
        web.turn_edge(place, name)
    web.add_edge(str(end["id"]), name, "left")
    web.add_edge(start, name, "right")
    if features is not None and not into:
        web.add_edge(name, str(features["id"]))


def add_source(measured: Measured, web: Web, entity: Entity) -> str:
    """A source with when its rows happen, and from when on columns are known that are filled in later."""
    settings: Data = {"entity": entity.name}
    at = happens_at(measured, entity)
    if at is not None:
        settings["at"] = at
    known = {
        one.name: by
        for one in measured.fields(entity)
        if not one.required and one.formula is None and (by := measured.filled_with(entity, one.name)) is not None
    }
    known |= {by: by for by in known.values()}
    if known:
        settings["known_at"] = known
    node: Data = {
        "id": web.free(entity.name),
        "node": "source",
        "label": dict(entity.label.texts),
        "settings": settings,
    }
    return web.add_node(node)


def settled_sources(measured: Measured, web: Web) -> None:
    """Say of sources that were dragged in and say nothing yet when their rows happen and their columns are known."""
    for node in web.of_kind("source"):
        entity = measured.entity(web.entity(node))
        if entity is None or "at" in settings_of(node):
            continue
        made = Web(web.file, {})
        add_source(measured, made, entity)
        for name in ("at", "known_at"):
            if name in settings_of(made.nodes[0]) and name not in settings_of(node):
                web.set_setting(node, name, settings_of(made.nodes[0])[name])
