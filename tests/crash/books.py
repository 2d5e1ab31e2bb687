"""The books: what was acknowledged against what stands in the database, read past the product."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from engine.runtime.identifiers import decode_id

Rows = Sequence[tuple[object, ...]]
ENTITIES = ("area", "order", "line")


@dataclass
class Ledger:
    """What the server has acknowledged: each order by name as far as it came, and the keys that were used."""

    orders: dict[str, dict[str, object]] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    refusals: list[str] = field(default_factory=list)

    def acknowledge(self, name: str, key: str, answer: tuple[int, dict[str, dict[str, object]]]) -> bool:
        """Write an answer down; False when it refuses what nobody else has touched."""
        code, body = answer
        if code not in {200, 201}:
            self.refusals.append(f"{key}: {code} {body}")
            return False
        self.orders[name] = dict(body["data"])
        self.keys.add(key)
        return True


@dataclass(frozen=True)
class Books:
    """What is wrong, in words: acknowledged and not there, there twice, or half there."""

    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    torn: tuple[str, ...]

    @property
    def clean(self) -> bool:
        return not self.lost and not self.doubled and not self.torn


class Shelf:
    """Plain SQL on the database of an installation, for reading only."""

    def __init__(self, data: Path, database: str) -> None:
        self._data, self._database = data, database

    def rows(self, text: str) -> Rows:
        if self._database:
            with psycopg.connect(self._database) as server:
                return server.execute(text.encode()).fetchall()
        with closing(sqlite3.connect(f"file:{self._data / 'dougong.sqlite3'}?mode=ro", uri=True)) as file:
            return file.execute(text).fetchall()

    def whole(self) -> bool:
        """Does the database itself say that it is not damaged?"""
        return bool(self._database) or list(self.rows("PRAGMA integrity_check")) == [("ok",)]


def audit(ledger: Ledger, shelf: Shelf) -> Books:
    """Every check there is."""
    lost, doubled = _orders(ledger, shelf)
    torn = [*_versions(shelf), *_sums(shelf), *_numbers(shelf), *_keys(ledger, shelf)]
    if not shelf.whole():
        torn.append("the file is damaged")
    return Books(tuple(lost), (*doubled, *ledger.refusals), tuple(torn))


def _orders(ledger: Ledger, shelf: Shelf) -> tuple[list[str], list[str]]:
    stored: dict[str, list[tuple[object, ...]]] = {}
    for name, *rest in shelf.rows('SELECT name, id, number, version, state, note FROM "order"'):
        stored.setdefault(str(name), []).append(tuple(rest))
    lost = [name for name, told in ledger.orders.items() if not _stands(told, stored.get(name, []))]
    return lost, [f"order {name}: {len(rows)} rows" for name, rows in stored.items() if len(rows) > 1]


def _stands(told: dict[str, object], rows: list[tuple[object, ...]]) -> bool:
    """Whether one of the rows is what was told, or a later version of it."""
    return any(
        identity == decode_id(str(told["id"]))
        and number == told["number"]
        and int(str(version)) >= int(str(told["version"]))
        and (version != told["version"] or (state, note) == (told["state"], told["note"]))
        for identity, number, version, state, note in rows
    )


def _versions(shelf: Shelf) -> Iterator[str]:
    """Each change of a row has one version and one event, without gaps."""
    for entity in ENTITIES:
        rows = dict(shelf.rows(f'SELECT id, version FROM "{entity}"'))
        wanted = {(record, version) for record, last in rows.items() for version in range(1, int(str(last)) + 1)}
        found = {
            "versions": Counter(shelf.rows(f'SELECT record, version FROM "{entity}__version"')),
            "events": Counter(
                shelf.rows(f"SELECT record, version FROM dougong_event WHERE entity = '{entity}' AND version > 0")
            ),
        }
        for name, counted in found.items():
            if counted != Counter(wanted):
                yield f"{name} of {entity}: {len(wanted)} changes, {counted.total()} {name}"


def _sums(shelf: Shelf) -> Iterator[str]:
    """What is computed over rows is what they come to."""
    orders = 'SELECT o.id FROM "order" o WHERE coalesce(o.total, 0) <> coalesce(({}), 0)'
    lines = 'SELECT sum(l.amount) FROM line l WHERE l."order" = o.id AND l.deleted_at IS NULL'
    yield from (f"order {row[0]}: total" for row in shelf.rows(orders.format(lines)))
    kept = 'FROM "order" o WHERE o.area = a.id AND o.deleted_at IS NULL'
    areas = (
        f"SELECT a.name FROM area a WHERE coalesce(a.orders_total, 0) <> (SELECT coalesce(sum(o.total), 0) {kept})"
        f" OR coalesce(a.orders_count, 0) <> (SELECT count(*) {kept})"
    )
    yield from (f"{row[0]}: sum of orders" for row in shelf.rows(areas))


def _numbers(shelf: Shelf) -> Iterator[str]:
    """Numbers are given once each and none is left out."""
    given = sorted(int(str(row[0]).rpartition("-")[2]) for row in shelf.rows('SELECT number FROM "order"'))
    if given != list(range(1, len(given) + 1)):
        yield f"numbers: {len(given)} orders, {len(set(given))} numbers up to {max(given, default=0)}"


def _keys(ledger: Ledger, shelf: Shelf) -> Iterator[str]:
    stored = {str(row[0]) for row in shelf.rows("SELECT key FROM dougong_idempotency")}
    if stored and not ledger.keys <= stored:
        yield f"keys: {len(ledger.keys - stored)} are not stored"
