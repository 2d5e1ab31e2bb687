"""A world of flows: orders that wait for their approvers, thousands at once, made by the services as people make them."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.world import Home
from engine.application import Installation, bring_up_to_date, open_installation
from engine.model.context import Context, Principal
from engine.runtime.clock import clock_from
from engine.runtime.database.protocol import NO_PARAMETERS, Parameters, Row, Session
from engine.runtime.database.statements import Dialect, Statement
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.records.writing import create
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from tests.runtime.records.shop import SHOP

PEOPLE, AT_ONCE = 20, 100
FLOW = """label: {zh: 审批, en: Approval}
entity: order
triggers: [{id: made, type: created}]
title: name
steps:
  - id: agree
    type: approval
    label: {zh: 同意, en: Agree}
    approvers: [{type: member, path: approver}]
    empty: reject
    ladder: [{id: ask, after: 4h, act: remind}, {id: up, after: 2d, act: remind}]
  - {id: mark, type: update, label: {zh: 记下, en: Mark}, set: {note: '"agreed"'}}
  - {id: tell, type: notify, label: {zh: 告知, en: Tell}, people: [{type: initiator}], title: name}
rejected: [{id: refuse, type: update, label: {zh: 记下, en: Mark}, set: {note: '"refused"'}}]
"""
APPROVER = "  approver: {type: user, label: {zh: 审批人, en: Approver}}\n"
PACK = SHOP | {
    "entities/order.yaml": SHOP["entities/order.yaml"].replace("fields:\n", f"fields:\n{APPROVER}", 1),
    "workflows/approval.yaml": FLOW,
}


@dataclass
class FlowWorld:
    """An installation with live flows; the tasks of each approver that nobody has answered yet."""

    home: Home
    packs: Path
    installation: Installation
    users: Sequence[int]
    tasks: list[tuple[int, int]] = field(default_factory=list)
    """User and task."""

    def context(self, user: int) -> Context:
        roles = frozenset({"clerk"})
        return Context(Principal(user, f"clerk_{user}", roles), datetime.now(UTC))

    def cookie(self, user: int) -> tuple[str, str]:
        """A session made in the database, as a header."""
        token = secrets.token_urlsafe(32)
        database = self.home.connect()
        ((epoch,),) = database.rows("SELECT epoch FROM dougong_user WHERE id = ?", user)
        database.rows(
            "INSERT INTO dougong_session (token, user_id, epoch, created_at, expires_at) VALUES (?, ?, ?, 0, ?)",
            hashlib.sha256(token.encode()).hexdigest(),
            user,
            epoch,
            int((time.time() + 86_400) * 1e6),
        )
        database.close()
        return "cookie", f"dougong_session={token}"


def flow_world(folder: Path, database_url: str, live: int) -> FlowWorld:
    """An installation with so many live flows."""
    packs, data = folder / "packs", folder / "data"
    for name, text in PACK.items():
        path = packs / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    url = database_url if database_url.startswith("postgres") else ""
    settings = Settings(data=data, database=url, packs=str(packs))
    installation = open_installation(settings, clock_from(""))
    bring_up_to_date(installation)
    users = [installation.ids.next() for _ in range(PEOPLE)]

    def people(session: Session) -> None:
        for at, user in enumerate(users):
            create_user(session, NewUser(user, f"clerk_{at}", f"Clerk {at}", 0, None, roles=("clerk",)))

    installation.database.write(people)
    home = Home(data, url or str(data / "dougong.sqlite3"))
    world = FlowWorld(home, packs, installation, users)
    _fill(world, live)
    return world


def _fill(world: FlowWorld, live: int) -> None:
    def some(work: Work, first: int) -> None:
        for number in range(first, min(first + AT_ONCE, live)):
            approver = encode_id(world.users[number % PEOPLE])
            create(work, "order", {"name": f"order {number}", "approver": approver})

    starter = world.context(world.users[0])
    for first in range(0, live, AT_ONCE):
        world.installation.workplace.write(starter, lambda work, first=first: some(work, first))
    own = {"user_id <>": world.users[0], "closed_at is null": None}
    found = world.installation.database.read(
        lambda session: select(session, "dougong_flow_task", ("user_id", "id"), own, ("id",))
    )
    world.tasks = [(int(str(user)), int(str(task))) for user, task in found]


WRITING = ("INSERT", "UPDATE", "DELETE")
"""How statements begin that write, also those that tell what they wrote."""


@dataclass
class WrittenDown:
    """A session that writes down what is written through it."""

    inner: Session
    written: list[tuple[Statement, Sequence[Parameters]]] = field(default_factory=list)

    @property
    def dialect(self) -> Dialect:
        return self.inner.dialect

    def rows(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> list[Row]:
        return self.inner.rows(statement, parameters)

    def row(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> Row | None:
        if statement.sql.startswith(WRITING):
            self.written.append((statement, (dict(parameters),)))
        return self.inner.row(statement, parameters)

    def execute(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> int:
        self.written.append((statement, (dict(parameters),)))
        return self.inner.execute(statement, parameters)

    def execute_many(self, statement: Statement, parameters: Sequence[Parameters]) -> None:
        self.written.append((statement, [dict(one) for one in parameters]))
        self.inner.execute_many(statement, parameters)

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        self.inner.load(table, columns, rows)

    def stream(self, statement: Statement, parameters: Parameters = NO_PARAMETERS, size: int = 1000) -> Iterator[Row]:
        return self.inner.stream(statement, parameters, size)

    def savepoint(self) -> AbstractContextManager[None]:
        return self.inner.savepoint()

    def after_commit(self, act: Callable[[], None]) -> None:
        self.inner.after_commit(act)

    def again(self, session: Session) -> None:
        """Write the same once more, and nothing else."""
        for statement, parameters in self.written:
            if len(parameters) == 1:
                session.execute(statement, parameters[0])
            else:
                session.execute_many(statement, parameters)
