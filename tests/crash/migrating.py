"""R4: a migration is killed before, in, and after every statement; the database is the old one or the new one, never between."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from engine.runtime.database.open import is_postgres, open_database, sqlite_path
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Statement
from engine.runtime.schema import executor
from engine.runtime.schema.executor import Stamp, apply, plan_for, revert
from engine.runtime.schema.journal import migrations
from engine.runtime.schema.operations import Operation
from engine.runtime.schema.tables import (
    Column,
    ForeignKey,
    Index,
    NameChange,
    NamedColumn,
    PhysicalKind,
    Schema,
    Table,
    schema_of,
)
from tests.crash.picture import Picture, picture
from tests.crash.serving import NURSERY
from tests.crash.stopping import MOMENTS, Death

INTEGER, TEXT = PhysicalKind.INTEGER, PhysicalKind.TEXT
ID = Column("id", INTEGER, nullable=False)
STORE = Table("store", (ID, Column("name", TEXT), Column("code", TEXT, nullable=False)))
SALE = Table(
    "sale",
    (
        ID,
        Column("store", INTEGER),
        Column("origin", INTEGER),
        Column("amount", INTEGER, scale=2),
        Column("day", PhysicalKind.DATE),
        Column("note", TEXT, nullable=False),
        Column("old_name", TEXT),
    ),
    foreign_keys=(ForeignKey("store", "store"),),
    indexes=(Index("sale__store", ("store", "day")), Index("sale__note", ("note",))),
)
GONE = Table("gone", (ID, Column("sale", INTEGER)), foreign_keys=(ForeignKey("sale", "sale"),))
OLD = schema_of((STORE, SALE, GONE, Table("shelf", (ID, Column("name", TEXT)))))
NEW = replace(
    schema_of(
        (
            STORE,
            Table("rack", (ID, Column("name", TEXT))),
            Table("visit", (ID, Column("store", INTEGER)), foreign_keys=(ForeignKey("store", "store"),)),
            Table(
                "sale",
                (
                    ID,
                    Column("store", INTEGER, nullable=False),
                    Column("origin", INTEGER),
                    Column("amount", INTEGER, scale=4),
                    Column("note", TEXT),
                    Column("new_name", TEXT),
                    Column("kind", TEXT, nullable=False, default="new"),
                ),
                foreign_keys=(ForeignKey("origin", "store"),),
                indexes=(Index("sale__kind", ("kind", "store")),),
            ),
        )
    ),
    table_renames={"shelf": "rack"},
    column_renames={("sale", "old_name"): "new_name"},
    name_changes=(NameChange(NamedColumn("rack", "name"), "left", "right"),),
)
"""All kinds of operations at once: what comes, goes, is renamed, changes its type, its refusals, what it points at, its indexes, what its values are called."""
ROWS = (
    "INSERT INTO store (id, name, code) VALUES (1, '南京东路店', 'S1'), (2, '静安店', 'S2')",
    "INSERT INTO sale (id, store, origin, amount, day, note, old_name)"
    " VALUES (10, 1, 2, -1250, '2026-03-01', 'x', 'one'), (11, 1, NULL, 300, NULL, 'y', NULL)",
    "INSERT INTO gone (id, sale) VALUES (5, 10)",
    "INSERT INTO shelf (id, name) VALUES (7, 'left')",
)
STAMP = Stamp(2, 2, "new definitions")
Act = Callable[[str], None]
OWN = ("dougong_node",)


@dataclass(frozen=True)
class Kill:
    """A kill at a statement, and whether the database was the old one, the new one, or something between."""

    step: int
    moment: str
    found: str


def forward(url: str) -> None:
    """The migration."""
    database = open_database(url)
    apply(database, plan_for(database, NEW, STAMP), STAMP, consent=True)
    database.close()


def backward(url: str) -> None:
    """The migration undone."""
    database = open_database(url)
    revert(database)
    database.close()


def forward_without_a_transaction(url: str) -> None:
    """A planted fault: every operation is committed by itself."""
    run: Any = executor._run

    def apart(session: Any, operations: tuple[Operation, ...], target: Schema, observe: object) -> int:
        for operation in operations:
            run(session, (operation,), target, observe)
            session.connection.execute("COMMIT")
            session.connection.execute("BEGIN")
            if session.dialect == "sqlite":
                session.connection.execute("SAVEPOINT part_1")
        return 0

    executor._run = apart  # type: ignore[assignment]
    forward(url)


def prepared(url: str) -> str:
    """The old database with rows; its URL."""
    database = open_database(url)
    stamp = Stamp(1, 1, "old definitions")
    apply(database, plan_for(database, OLD, stamp), stamp)
    for text in ROWS:
        database.write(lambda session, text=text: _put(session, text))  # type: ignore[misc]
    database.close()
    return url


def _put(session: Session, text: str) -> None:
    session.execute(Statement(text, (), session.dialect))


def operations_run(url: str) -> set[str]:
    """The kinds of operations of all migrations that stand in a database, and of their way back."""
    database = open_database(url)
    done = database.read(migrations)
    database.close()
    ways = [(one, one.reverse("9")) for migration in done[1:] for one in migration.operations]
    return {type(one).__name__ for way in ways for one in way}


def killed_everywhere(url: str, act: Act, stride: int = 1) -> Iterator[Kill]:
    """Do `act` on copies of a database, killed at every `stride`-th statement and moment, until it ends alive."""
    old, new = picture(url, OWN), _after(url, act)
    copies = Copies(url)
    here = copies.next()
    for step in range(1, 10_000, stride):
        for moment in MOMENTS:
            if _killed(act, here, Death(step, moment)) == 0:
                copies.drop()
                return
            found = _name(picture(here, OWN), old, new)
            yield Kill(step, moment, found)
            if found != "old":
                here = copies.next()
    raise AssertionError("it never ends")


def _name(found: Picture, old: Picture, new: Picture) -> str:
    return "old" if found == old else "new" if found == new else "between"


def _after(url: str, act: Act) -> Picture:
    copies = Copies(url)
    here = copies.next()
    assert _killed(act, here, Death(0)) == 0
    made = picture(here, OWN)
    copies.drop()
    return made


def _killed(act: Act, url: str, death: Death) -> int:
    child = NURSERY.Process(target=_child, args=(act, url, death))
    child.start()
    child.join(60)
    assert child.exitcode in {0, -signal.SIGKILL, -signal.SIGALRM}, child.exitcode
    return child.exitcode


def _child(act: Act, url: str, death: Death) -> None:
    death.await_it()
    act(url)


class Copies:
    """Copies of a database that nobody uses."""

    def __init__(self, url: str) -> None:
        self._url, self._made = url, 0
        self._last = ""

    def next(self) -> str:
        self.drop()
        self._made += 1
        self._last = self._server_copy() if is_postgres(self._url) else self._file_copy()
        return self._last

    def drop(self) -> None:
        if is_postgres(self._last):
            self._admin(f'DROP DATABASE "{_name_in(self._last)}" WITH (FORCE)')
        elif self._last:
            for path in sqlite_path(self._last).parent.glob(f"{sqlite_path(self._last).name}*"):
                path.unlink()
        self._last = ""

    def _file_copy(self) -> str:
        path = sqlite_path(self._url)
        target = path.with_name(f"copy-{self._made}.sqlite3")
        shutil.copy(path, target)
        return f"sqlite:///{Path(target)}"

    def _server_copy(self) -> str:
        source = _name_in(self._url)
        self._admin(f'CREATE DATABASE "{source}_{self._made}" TEMPLATE "{source}" STRATEGY FILE_COPY')
        return self._url.replace(f"/{source}?", f"/{source}_{self._made}?")

    def _admin(self, text: str) -> None:
        with psycopg.connect(self._url.replace(f"/{_name_in(self._url)}?", "/postgres?"), autocommit=True) as server:
            server.execute(text.encode())


def _name_in(url: str) -> str:
    return url.split("?", maxsplit=1)[0].rpartition("/")[2]
