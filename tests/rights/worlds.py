"""Worlds: an installation with a person in every role, copied as often as a test likes and filled with rows of its choice.

Clock, key, ids and request ids are fixed, so that two worlds with the same rows answer with the same bytes.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.installation.leasing import go_on_after_events
from engine.installation.served import ServedModel
from engine.model.app import AppModel
from engine.model.context import Context, Principal
from engine.model.entities import Entity
from engine.runtime.database.statements import StatementCache
from engine.runtime.identifiers import IdSource
from engine.runtime.identity.sessions import start_session
from engine.runtime.identity.users import NewUser, create_user, user_by_account
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.rows import insert, select, update
from engine.runtime.settings import Settings
from engine.runtime.storage.built_in import UNIT_TABLE, USER_TABLE, field_of
from engine.runtime.storage.fields import storage_of
from engine.runtime.storage.json import json_of
from engine.runtime.storage.tables import version_table_name
from engine.runtime.work import Work
from engine.web.calls import SESSION_COOKIE
from engine.web.front import Front
from tests.conftest import FixedClock
from tests.rights.declared_rights import Declared, Person
from tests.rights.seeded_rows import Seeded, in_order

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SINCE = date(2020, 1, 1)
ZONE, LOCALE = "Asia/Shanghai", "zh-CN"
STORED = ("id", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at", "scope_unit")
FIRST_ROW = 1 << 40


@dataclass(frozen=True)
class Answer:
    """What came back: status, every header, every byte."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str:
        return next((value.decode("latin-1") for key, value in self.headers if key == name.encode()), "")


@dataclass(frozen=True)
class Question:
    """One request; `body` is sent as JSON, `form` as a form."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: object = None
    form: tuple[tuple[str, str], ...] | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path}{'?' + urlencode(self.query) if self.query else ''}"


@dataclass
class World:
    """A running world. `tokens` are sessions by account."""

    installation: Installation
    front: Front
    tokens: Mapping[str, str]
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    @property
    def model(self) -> AppModel:
        return self.installation.models.current()

    def ask(self, account: str | None, question: Question) -> Answer:
        """The answer to a person's request, or to nobody's."""
        return self.runner.run(self._ask(account, question))

    async def _ask(self, account: str | None, question: Question) -> Answer:
        content, kind = b"", ""
        if question.form is not None:
            content, kind = urlencode(question.form).encode(), "application/x-www-form-urlencoded"
        elif question.body is not None:
            content, kind = json.dumps(question.body).encode(), "application/json"
        headers = [("host", "testserver"), ("content-length", str(len(content))), *question.headers]
        headers += [("content-type", kind)] if kind else []
        headers += [("cookie", f"{SESSION_COOKIE}={self.tokens[account]}")] if account else []
        scope = {
            "type": "http",
            "method": question.method,
            "path": question.path,
            "query_string": urlencode(question.query).encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
            "client": ("127.0.0.1", 1),
        }
        sent: list[dict[str, object]] = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        await self.front(scope, receive, send)  # type: ignore[arg-type]
        start, body = sent
        return Answer(start["status"], tuple(start["headers"]), body["body"])  # type: ignore[arg-type]

    def person(self, account: str) -> Person:
        return Person.of(self.context(account))

    def context(self, account: str) -> Context:
        def resolve(session: object) -> Context:
            user = user_by_account(session, account)  # type: ignore[arg-type]
            assert user is not None
            at = Circumstances(self.installation.clock.now(), LOCALE, ZONE)
            return context_for(session, self.model, user, at)  # type: ignore[arg-type]

        return self.installation.database.read(resolve)

    def declared(self, model: AppModel | None = None) -> Declared:
        """The rights of a model, or of the served one, over all rows as they are stored now."""
        rows = self.installation.database.read(lambda session: stored(session, self.model))
        return Declared(model or self.model, rows)

    def close(self) -> None:
        self.runner.close()
        self.front.crew.close()
        self.installation.database.close()


def stored(session: object, model: AppModel) -> Mapping[str, Mapping[int, Mapping[str, object]]]:
    """Every row of every entity, of users and of units, past all rights."""
    found: dict[str, dict[int, dict[str, object]]] = {}
    for name, entity in model.entities.items():
        columns = [*STORED, *entity.fields]
        rows = [_decoded(session, entity, columns, row) for row in select(session, name, columns)]  # type: ignore[arg-type]
        found[name] = {int(str(row["id"])): row for row in rows}
    for name, table, columns in (
        ("user", USER_TABLE, ["id", "name"]),
        ("unit", UNIT_TABLE, ["id", "name", "kind", "parent"]),
    ):
        rows = [dict(zip(columns, row, strict=True)) for row in select(session, table, columns)]  # type: ignore[arg-type]
        found[name] = {int(str(row["id"])): row for row in rows}
    return found


def _decoded(session: object, entity: Entity, columns: list[str], row: tuple[object, ...]) -> dict[str, object]:
    decoded = {}
    for name, value in zip(columns, row, strict=True):
        declared = field_of(entity, name)
        assert declared is not None
        decoded[name] = storage_of(declared).decode(value, session.dialect)  # type: ignore[attr-defined]
    return decoded


@dataclass
class Ground:
    """What all worlds of a test start from: tables, units, a person in every role and a session for each of them."""

    folder: Path
    url: str
    models: ServedModel
    people: dict[str, int] = field(default_factory=dict)
    units: dict[str, list[int]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    statements: StatementCache = field(default_factory=StatementCache)
    copies: Iterator[int] = field(default_factory=lambda: count(1))
    brought_to: str = ""
    """The fingerprint of the model that the tables of a filled ground were brought to."""

    @contextmanager
    def world(self, seeded: Seeded | None = None, model: AppModel | None = None) -> Iterator[World]:
        """A world of its own on a copy of the ground, with these rows, served under another model if one is given."""
        copy = self._copy()
        installation = copy._prepared(seeded, model)
        try:
            numbers = count(1)
            front = replace(make_application(installation), request_ids=lambda: f"{next(numbers):016x}")
            world = World(installation, front, self.tokens)
        except BaseException:
            installation.database.close()
            raise
        try:
            yield world
        finally:
            world.close()
            shutil.rmtree(copy.folder)
            if copy.url:
                drop_database(copy.url)

    def filled(self, seeded: Seeded, model: AppModel) -> Ground:
        """A ground with these rows under a model, for worlds that all begin with them."""
        copy = self._copy()
        copy._prepared(seeded, model).database.close()
        copy.brought_to = model.fingerprint
        return copy

    def _copy(self) -> Ground:
        """The same in a folder and a database of its own."""
        number = str(next(self.copies))
        folder = self.folder.with_name(f"{self.folder.name}_{number}")
        shutil.copytree(self.folder, folder)
        return replace(self, folder=folder, url=copied_database(self.url, number) if self.url else "")

    def _prepared(self, seeded: Seeded | None, model: AppModel | None) -> Installation:
        """This ground itself opened under a model, with these rows.

        Rows are loaded with numbers of a node of their own: what is written later counts from the same number whether
        the rows came now or lay in the ground.
        """
        settings = Settings(data=self.folder, database=self.url, rate_limit=10_000_000)
        installation = opened(settings, self.models if model is None else serving(model), NOW)
        installation = replace(installation, workplace=replace(installation.workplace, statements=self.statements))
        try:
            if model is not None and model.fingerprint != self.brought_to:
                bring_up_to_date(replace(installation, ids=IdSource(installation.clock, node=1)), consent=True)
            if seeded is not None:
                loading = replace(installation.workplace, ids=IdSource(installation.clock, node=3))
                go_on_after_events(installation.database, loading.ids, node=3)
                context = Context(Principal(0, "setup", frozenset(), service="setup"), NOW)
                loading.write(context, lambda work: fill(work, seeded))
            go_on_after_events(installation.database, installation.ids)
        except BaseException:
            installation.database.close()
            raise
        return installation


def opened(settings: Settings, models: ServedModel, now: datetime, node: int = 0) -> Installation:
    """An installation whose clock stands and whose ids count from the same number.

    As the clock stands, whoever goes on with what another one has written takes another node.
    """
    clock = FixedClock(now)
    installation = open_installation(settings, clock, models)
    ids = IdSource(clock, node)
    return replace(installation, ids=ids, workplace=replace(installation.workplace, ids=ids))


def serving(model: AppModel) -> ServedModel:
    """A model that no text says, served."""
    served = ServedModel(())
    served.serve(model)
    return served


def make_ground(folder: Path, url: str, models: ServedModel) -> Ground:
    """Tables, units and people on an empty database; `url` is empty for SQLite."""
    ground = Ground(folder, url, models)
    installation = opened(Settings(data=folder, database=url), models, NOW, node=2)
    bring_up_to_date(installation)
    context = Context(Principal(0, "setup", frozenset(), service="setup"), NOW)
    installation.workplace.write(context, lambda work: _people(work, ground))
    installation.database.close()
    return ground


def _people(work: Work, ground: Ground) -> None:
    """Two units of every kind that holds a seat for people of the field, and somebody on every kind of seat."""
    made: dict[str, int] = {}
    for kind in _kinds_in_order(work.model):
        parents = work.model.unit_kinds[kind].parents
        above = next((made[f"{one}_1"] for one in parents if f"{one}_1" in made), None)
        for at in (1, 2) if above else (1,):
            made[f"{kind}_{at}"] = id = work.ids.next()
            ground.units.setdefault(kind, []).append(id)
            add_unit(work.session, work.model, Unit(id, f"{kind}_{at}", kind, f"{kind} {at}", None, above, SINCE, None))
    for role in work.model.roles:
        for at in (1, 2):
            _employ(work, ground, made, role, at)


def _kinds_in_order(model: AppModel) -> list[str]:
    order = [name for name, kind in model.unit_kinds.items() if not kind.parents]
    while len(order) < len(model.unit_kinds):
        rest = [name for name in model.unit_kinds if name not in order]
        order += [name for name in rest if set(model.unit_kinds[name].parents) & set(order)]
    return order


def _employ(work: Work, ground: Ground, made: Mapping[str, int], role: str, at: int) -> None:
    account = f"{role}_{at}"
    seats = [
        (f"{kind}_{at if f'{kind}_{at}' in made else 1}", seat.name)
        for kind, declared in work.model.unit_kinds.items()
        for seat in declared.seats
        if role in seat.roles
    ]
    user = ground.people[account] = work.ids.next()
    create_user(work.session, NewUser(user, account, account.title(), 0, None, roles=() if seats else (role,)))
    for unit, seat in seats[:1]:
        take_seat(work.session, work.model, Membership(work.ids.next(), user, made[unit], seat, SINCE, None))
    found = user_by_account(work.session, account)
    assert found is not None
    ground.tokens[account] = start_session(work.session, found, NOW)


def fill(work: Work, seeded: Seeded) -> None:
    """The rows with their pasts, then owners, numbers and formulas."""
    for entity in in_order(work.model):
        load_rows(work, entity, list(seeded.rows.get(entity.name, {}).items()))
    for name, rows in seeded.before.items():
        for id, past in rows.items():
            _past(work, work.model.entities[name], id, past, seeded.rows[name][id])
    finish_loading(work, set(seeded.rows))


def _past(work: Work, entity: Entity, id: int, past: Mapping[str, object], row: Mapping[str, object]) -> None:
    """A second version of a row: before it, some fields had other values."""
    table, now = version_table_name(entity.name), int(work.context.now.timestamp() * 1_000_000)

    def written(values: Mapping[str, object]) -> str:
        found = {name: json_of(value, entity.fields[name]) for name, value in values.items()}
        return json.dumps(found, ensure_ascii=False, default=str)

    first = {name: past.get(name, value) for name, value in row.items()}
    update(work.session, table, {"valid_to": now, "after": written(first)}, {"record": id, "version": 1})
    version = {
        "record": id,
        "version": 2,
        "valid_from": now,
        "valid_to": None,
        "action": "update",
        "actor": None,
        "run": None,
        "cause": "load",
        "reason": None,
        "changed": json.dumps(sorted(past)),
        "before": written(past),
        "after": written({name: row.get(name) for name in past}),
    }
    insert(work.session, table, version)
    update(work.session, entity.name, {"version": 2}, {"id": id})


def copied_database(url: str, name: str) -> str:
    """A PostgreSQL database that starts as a copy of another, which nobody may be connected to."""
    server, source, options = _parts(url)
    with psycopg.connect(f"{server}/postgres?{options}", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{source}_{name}" TEMPLATE "{source}" STRATEGY FILE_COPY')
    return f"{server}/{source}_{name}?{options}"


def drop_database(url: str) -> None:
    server, name, options = _parts(url)
    with psycopg.connect(f"{server}/postgres?{options}", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}"')


def _parts(url: str) -> tuple[str, str, str]:
    """Server, database and options of an address."""
    before, _, options = url.partition("?")
    server, _, name = before.rpartition("/")
    return server, name, options
