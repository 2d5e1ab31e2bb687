"""Measured: cells of an entity as a reader may read them, and how far the values of two columns meet."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.model.entities import Entity, Field, FieldKind
from engine.model.requests import Path, QueryRequest
from engine.runtime.query.lists import list_records
from engine.runtime.work import Work
from engine.widgets.contract import Scene

MOST = 2_000
"""Rows of an entity that are looked at, the newest."""
PAGE = 200
TIMES = frozenset({FieldKind.DATE, FieldKind.INSTANT})
KEYS = frozenset({FieldKind.TEXT, FieldKind.NUMBER_CODE, FieldKind.PHONE, FieldKind.EMAIL})
"""Kinds of fields whose values may name the same thing in two entities."""


@dataclass(frozen=True, slots=True)
class Match:
    """How far rows find their counterpart: of `rows` looked at the share that does, and the share of the others that is found."""

    rows: int
    found: float
    back: float

    def body(self) -> dict[str, object]:
        return {"rows": self.rows, "found": self.found, "back": self.back}


@dataclass
class Measured:
    """Looks at rows with the rights of a reader; each column of an entity once."""

    work: Work
    scene: Scene
    _known: dict[str, Mapping[str, Sequence[Hashable]]] = field(default_factory=dict)

    def entity(self, name: str) -> Entity | None:
        """An entity of which the reader may read something."""
        found = self.work.model.entities.get(name)
        return found if found is not None and self.scene.readable[name] else None

    def fields(self, entity: Entity) -> list[Field]:
        """The fields of an entity that the reader may read."""
        return [one for one in entity.fields.values() if one.name in self.scene.readable[entity.name]]

    def cells(self, entity: Entity) -> Mapping[str, Sequence[Hashable]]:
        """The newest cells of each field; those that are masked for the reader are empty."""
        if entity.name not in self._known:
            self._known[entity.name] = self._read(entity)
        return self._known[entity.name]

    def _read(self, entity: Entity) -> Mapping[str, Sequence[Hashable]]:
        names = [one.name for one in self.fields(entity)]
        paths: tuple[Path, ...] = tuple((name,) for name in names)
        found: dict[str, list[Hashable]] = {name: [] for name in (*names, "id")}
        cursor: str | None = None
        while len(found["id"]) < MOST:
            page = list_records(self.work, QueryRequest(entity.name, paths, limit=PAGE, cursor=cursor))
            for one in page.records:
                found["id"].append(one.id)
                for name in names:
                    cell = None if name in one.masked else one.cells.get(name)
                    found[name].append(cell if isinstance(cell, Hashable) and cell not in ("", ()) else None)
            cursor = page.next_cursor
            if cursor is None:
                break
        return found

    def match(self, left: Entity, one: str, right: Entity, other: str) -> Match:
        """How far the values of a column of the left rows are values of a column of the right rows."""
        mine, theirs = self.cells(left).get(one, ()), self.cells(right).get(other, ())
        there, here = {cell for cell in theirs if cell is not None}, {cell for cell in mine if cell is not None}
        return Match(len(mine), _share(mine, there), _share(theirs, here))

    def filled(self, entity: Entity, name: str) -> float:
        """The share of rows whose cell is filled."""
        cells = self.cells(entity).get(name, ())
        return sum(one is not None for one in cells) / len(cells) if cells else 0.0

    def filled_with(self, entity: Entity, name: str) -> str | None:
        """The date that is filled in with a column that is not required: from then on the column is known. None where no
        date is, or the column is always filled."""
        mine = self.cells(entity).get(name, ())
        if not mine or all(one is not None for one in mine):
            return None
        for dated in self.fields(entity):
            if dated.kind in TIMES and not dated.required and dated.name != name:
                theirs = self.cells(entity).get(dated.name, ())
                apart = sum((one is None) != (other is None) for one, other in zip(mine, theirs, strict=True))
                if any(one is not None for one in theirs) and apart <= len(mine) // 100:
                    return dated.name
        return None


def _share(cells: Sequence[Hashable], among: set[Hashable]) -> float:
    return sum(one in among for one in cells) / len(cells) if cells else 0.0
