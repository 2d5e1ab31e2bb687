"""The query string of a list, as it comes over the wire, up to the rows that SQLite answers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from runtime.builders import context, entity, field, grant, model, relation
from runtime.world import World, build_world

from engine.diagnostics import DougongError
from engine.model.entities import FieldKind
from engine.runtime.database.open import open_database
from engine.runtime.query.lists import list_records
from engine.runtime.query.parameters import parse_query
from engine.runtime.storage import json
from engine.runtime.work import Work
from engine.web.front import query_of

DECLARED: tuple[type[Exception], ...] = (DougongError,)
Attempt = Callable[[bytes], object]
_KINDS = {
    "name": FieldKind.TEXT,
    "note": FieldKind.LONG_TEXT,
    "n": FieldKind.INTEGER,
    "rate": FieldKind.PERCENT,
    "amount": FieldKind.MONEY,
    "weight": FieldKind.DECIMAL,
    "open": FieldKind.BOOLEAN,
    "due": FieldKind.DATE,
    "at": FieldKind.INSTANT,
    "spent": FieldKind.DURATION,
    "owner": FieldKind.USER,
    "place": FieldKind.UNIT,
    "phone": FieldKind.PHONE,
    "mail": FieldKind.EMAIL,
    "site": FieldKind.URL,
}
_CUSTOMER = entity("customer", field("name", search=2), field("city"))
_DEAL = entity("deal", *(field(name, kind) for name, kind in _KINDS.items()), relation("customer", "customer"))
_MODEL = model(_CUSTOMER, _DEAL, grants=[grant("deal", "sales"), grant("customer", "sales")])


def attempt() -> Attempt:
    """A world with one deal that lives as long as the process."""
    world = build_world(open_database(f"sqlite:///{Path(tempfile.mkdtemp(), 'fuzz.sqlite3')}"), _MODEL)
    world.people((1, "李"))
    world.units((10, "北区", "area", None))
    world.row("customer", 100, name="Acme", city="Oslo")
    world.row("deal", 1, name="Press", n=7, customer=100, owner=1, scope_unit=10)
    return lambda content: _asked(world, content)


def _asked(world: World, content: bytes) -> object:
    def act(work: Work) -> object:
        return list_records(work, parse_query(work, "deal", query_of(content)))

    return world.read(context(1, "sales", units=(10,)), act)


def _crash(right: Attempt) -> Attempt:
    """A date that is none is not refused in words."""
    json._PARSERS[FieldKind.DATE] = lambda value, field: date.fromisoformat(str(value))  # type: ignore[index]
    return right


FAULTS: Mapping[str, Callable[[Attempt], Attempt]] = {"crash": _crash}
