"""The product under question: a real server on a socket, small definitions, people of every standing, and rows."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import uvicorn

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.installation.migration import migrate, migration_stamp
from engine.installation.served import ServedModel
from engine.model.context import Context, Principal
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.sessions import NewToken, make_token, start_session
from engine.runtime.identity.users import NewUser, create_user, user_by_id
from engine.runtime.organisation.members import Delegation, Membership, delegate, leave_seat, take_seat
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.rows import update
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from tests.conftest import FixedClock
from tests.oracle.definitions import access_files, standing_files, write_pack
from tests.oracle.draw import Draw
from tests.oracle.naive import BOSS, Naive, Person, Rights, Row

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
SINCE = date(2020, 1, 1)
FIRMS, DEALS, LINES = 6, 18, 14


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):  # type: ignore[no-untyped-def]
        return json.loads(self.body)


@dataclass
class Seen:
    """The served world: how to ask it as somebody, and the naive evaluator that knows what the answer must be."""

    installation: Installation
    pack: Path
    port: int
    draw: Draw
    naive: Naive
    people: list[Person] = field(default_factory=list)
    boss: Person | None = None
    users: dict[int, str] = field(default_factory=dict)
    units: dict[int, str] = field(default_factory=dict)
    keys: dict[str, Mapping[str, str]] = field(default_factory=dict)
    files: dict[int, tuple[str, int, str]] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None

    def ask(
        self,
        person: Person,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        body: object = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request over the socket, as somebody."""
        address = path + (f"?{urlencode(query)}" if query else "")
        headers = dict(self.keys[person.name])
        content = None
        if form is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
            content = urlencode(form).encode()
        elif body is not None:
            headers["content-type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False, default=_json).encode()
        self.connection = self.connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.connection.request(method, address, content, headers)
        got = self.connection.getresponse()
        return Answer(got.status, got.read(), {name.lower(): value for name, value in got.getheaders()})

    def serve(self, rights: Rights) -> None:
        """Swap the definitions as a reload does: written, compiled, migrated (roll-ups follow row rules), served."""
        write_pack(self.pack, access_files(rights))
        compilation = self.installation.models.compile()
        assert compilation.model is not None, [str(one.message) for one in compilation.errors]
        model, installation = compilation.model, self.installation
        migrate(
            installation.database, model, migration_stamp(model, installation.ids, installation.clock), consent=True
        )
        installation.models.serve(model)
        self.naive = Naive(rights, self.naive.rows)

    def rows(self, entity: str) -> dict[int, Row]:
        return self.naive.rows[entity]


def _json(value: object) -> str:
    assert isinstance(value, Decimal)
    return format(value, "f")


@contextmanager
def served(folder: Path, database_url: str, seed: int) -> Iterator[Seen]:
    """A world for as long as the block lasts."""
    draw = Draw(seed)
    pack = folder / "packs" / "deals"
    rights = draw.rights()
    write_pack(pack, {**standing_files(), **access_files(rights)})
    url = database_url if database_url.startswith("postgres") else ""
    settings = Settings(data=folder / "data", database=url, packs=str(folder / "packs"), rate_limit=100_000_000)
    models = ServedModel([pack])
    compilation = models.compile()
    assert compilation.model is not None, "\n".join(str(one) for one in compilation.diagnostics)
    models.serve(compilation.model)
    installation = open_installation(settings, FixedClock(NOW), models)
    bring_up_to_date(installation)
    with listening(installation) as port:
        seen = Seen(installation, pack, port, draw, Naive(rights, {}))
        context = Context(Principal(0, "setup", frozenset(), service="setup"), NOW)
        installation.workplace.write(context, lambda work: _fill(work, seen))
        _change_once(seen)
        try:
            yield seen
        finally:
            if seen.connection is not None:
                seen.connection.close()


@contextmanager
def listening(installation: Installation) -> Iterator[int]:
    """The application behind a real socket, in a thread of this process; its port."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    config = uvicorn.Config(
        make_application(installation), host="127.0.0.1", port=port, log_level="critical", access_log=False, ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    ready = threading.Event()
    while not server.started:
        assert thread.is_alive(), "the server ended"
        ready.wait(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(30)


def _fill(work: Work, seen: Seen) -> None:
    _organisation(work, seen)
    units, users = tuple(seen.units), tuple(seen.users)[:4]
    firms = {work.ids.next(): seen.draw.firm(units, users) for _ in range(FIRMS)}
    deals = {work.ids.next(): seen.draw.deal(units, users, tuple(firms)) for _ in range(DEALS)}
    lines = {work.ids.next(): seen.draw.line(tuple(deals)) for _ in range(LINES)}
    seen.naive.rows |= {"b": firms, "a": deals, "p": lines}
    for entity, rows in seen.naive.rows.items():
        load_rows(work, work.model.entities[entity], [(id, dict(row)) for id, row in rows.items()])
        for at, (id, row) in enumerate(rows.items()):
            row |= {"deleted": at == 0 or seen.draw.random.random() < 0.1, "history": []}
            if row["deleted"]:
                update(work.session, entity, {"deleted_at": 1}, {"id": id})
    finish_loading(work, {"a", "b", "p"})
    for entity, rows in seen.naive.rows.items():
        for row in rows.values():
            completed(seen.naive, entity, row)


def completed(naive: Naive, entity: str, row: Row) -> None:
    """What follows from the written fields of a row: the unit it belongs to, and its computed field."""
    if entity == "a":
        n, secret = row["n"], row["secret"]
        row["total"] = n + secret if n is not None and secret is not None else None  # type: ignore[operator]
        for line in naive.rows["p"].values():
            if naive.rows["a"].get(line["a"]) is row:  # type: ignore[call-overload]
                line["scope_unit"] = row["unit"]
    row["scope_unit"] = naive.rows["a"][row["a"]]["unit"] if entity == "p" else row["unit"]  # type: ignore[index]


def _organisation(work: Work, seen: Seen) -> None:
    """Three units and people of every standing: seats, several seats, direct roles, delegations, seats ended or to come."""
    session, model = work.session, work.model
    north, south, west = (work.ids.next() for _ in range(3))
    for id, name in ((north, "北"), (south, "南"), (west, "西")):
        seen.units[id] = name
        add_unit(session, model, Unit(id, f"u{id}", "store", name, None, None, SINCE, None))
    names = ("ann", "bob", "cat", "dan", "eve", "fay", "gus", "hal", BOSS)
    ids = {name: work.ids.next() for name in names}
    direct = {"cat": ("lead",), "dan": ("desk",), "fay": ("desk",), "gus": ("sales",), BOSS: (BOSS,)}
    for name, id in ids.items():
        seen.users[id] = name.title()
        create_user(session, NewUser(id, name, name.title(), 0, "x", roles=direct.get(name, ())))

    def seat(name: str, unit: int, seat: str, since: date = SINCE) -> int:
        id = work.ids.next()
        take_seat(session, model, Membership(id, ids[name], unit, seat, since, None))
        return id

    seat("ann", north, "sales")
    seat("bob", south, "sales")
    seat("bob", west, "desk")
    seat("dan", north, "lead")
    ended = seat("fay", south, "sales")
    leave_seat(session, ended, date(2026, 3, 1))
    seat("gus", west, "lead", date(2026, 3, 3))
    delegate(session, Delegation(work.ids.next(), ids["bob"], ids["eve"], south, "sales", SINCE, date(2026, 3, 3)))
    delegate(session, Delegation(work.ids.next(), ids["bob"], ids["eve"], west, "desk", SINCE, date(2026, 3, 2)))
    standings: dict[str, tuple[set[str], set[int]]] = {
        "ann": ({"sales"}, {north}),
        "bob": ({"sales", "desk"}, {south, west}),
        "cat": ({"lead"}, set()),
        "dan": ({"desk", "lead"}, {north}),
        "eve": ({"sales"}, {south}),
        "fay": ({"desk"}, set()),
        "gus": ({"sales"}, set()),
        "hal": (set(), set()),
        BOSS: ({BOSS}, set()),
    }
    for name, (roles, units) in standings.items():
        person = Person(name, ids[name], frozenset(roles), frozenset(units))
        user = user_by_id(session, ids[name])
        assert user is not None
        seen.keys[name] = {"cookie": f"dougong_session={start_session(session, user, NOW)}"}
        if name == BOSS:
            seen.boss = person
        else:
            seen.people.append(person)
        if name in ("ann", "bob"):
            scopes = ("a:read", "*:export", "p:read") if name == "ann" else ("*:read", "a:update")
            token = NewToken(work.ids.next(), name, scopes, timedelta(days=9))
            seen.keys[f"{name}'s token"] = {"authorization": f"Bearer {make_token(session, user, token, NOW)}"}
            seen.people.append(replace(person, name=f"{name}'s token", scopes=frozenset(scopes)))


def _change_once(seen: Seen) -> None:
    """Every living row of a and b is changed once by the boss, so that histories have values before and after."""
    assert seen.boss is not None
    for entity, names in (("a", ("name", "secret")), ("b", ("name", "cost"))):
        for id, row in seen.rows(entity).items():
            if row["deleted"]:
                continue
            given = {"name": f"Press {seen.draw.word()}", names[1]: seen.draw.amount()}
            answer = seen.ask(seen.boss, "PATCH", f"/api/records/{entity}/{encode_id(id)}", body=given)
            assert answer.status == 200, answer.text
            write_down(seen.naive, entity, row, given)


def write_down(naive: Naive, entity: str, row: Row, given: Mapping[str, object]) -> None:
    """The write as the naive world remembers it."""
    before = dict(row)
    row |= given
    completed(naive, entity, row)
    names = [name for name in row if name not in ("history", "deleted", "scope_unit") and before.get(name) != row[name]]
    history: list[tuple[str, object, object]] = row["history"]  # type: ignore[assignment]
    history += [(name, before[name], row[name]) for name in names]
