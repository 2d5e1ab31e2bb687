"""A world of customers: the demo with as many rows as are asked for in what the page of a customer shows."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.copies import Copies, multiply
from bench.server import Server
from bench.world import Home
from engine.application import Installation, open_installation
from engine.model.app import AppModel
from engine.runtime.settings import Settings
from tests.conftest import server_programs, throw_away_server

ROWS = int(os.environ.get("DOUGONG_BENCH_ROWS", "1000000"))
FILE = "dougong.sqlite3"


@dataclass(frozen=True)
class CustomerWorld:
    """A filled installation that nobody serves, of so many rows in these entities."""

    kind: str
    home: Home
    entities: tuple[str, ...]
    rows: int

    @property
    def database(self) -> str:
        """What a server is told of its database; empty for the file in its folder."""
        return self.home.database if self.kind == "postgres" else ""

    def opened(self) -> Installation:
        return open_installation(Settings(data=self.home.folder, database=self.database, demo=True))

    def customers(self, unit: int) -> tuple[int, ...]:
        """The customers of a unit that have activities, those with the most first."""
        database = self.home.connect()
        said = "SELECT customer FROM activity WHERE scope_unit = ? GROUP BY customer ORDER BY COUNT(*) DESC, customer"
        found = tuple(int(row[0]) for row in database.rows(said, unit))
        database.close()
        return found


def shown_entities(model: AppModel) -> tuple[str, ...]:
    """The customer, and what belongs to one: the entities whose rows the page of a customer lists."""
    shown = (one for one in model.entities.values() if "customer" in one.fields and one.fields["customer"].relation)
    return ("customer", *(one.name for one in shown if one.fields["customer"].required or one.name == "lead"))


@contextmanager
def customer_worlds(rows: int = ROWS) -> Iterator[Iterator[CustomerWorld]]:
    """The world on SQLite, then on PostgreSQL where its programs are installed; each is gone when the next is asked for."""
    yield _each(rows)


def _each(rows: int) -> Iterator[CustomerWorld]:
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as name:
        yield filled("sqlite", Home(Path(name), str(Path(name) / FILE)), rows)
    programs = server_programs()
    if programs is not None:
        with tempfile.TemporaryDirectory(prefix="dougong-bench-") as name, throw_away_server(programs) as address:
            yield filled("postgres", Home(Path(name), address), rows)


def filled(kind: str, home: Home, rows: int) -> CustomerWorld:
    """The demo as a start fills it, copied until the entities have at least so many rows."""
    world = CustomerWorld(kind, home, (), 0)
    with Server.of_engine(home.folder, world.database, act="start"):
        pass
    return copied(world, rows)


def copied(world: CustomerWorld, rows: int) -> CustomerWorld:
    """A world of the demo with its rows copied until there are at least so many."""
    installation = world.opened()
    model = installation.models.current()
    installation.database.close()
    entities = shown_entities(model)
    had = counted(world.home, entities)
    multiply(world.home, Copies(model, entities, -(-(rows - had) // had)))
    return CustomerWorld(world.kind, world.home, entities, counted(world.home, entities))


def counted(home: Home, entities: tuple[str, ...]) -> int:
    """How many rows the entities have together."""
    database = home.connect()
    found = sum(database.rows(f'SELECT COUNT(*) FROM "{name}"')[0][0] for name in entities)
    database.close()
    return int(found)
