"""A small installation of the shipped packs, entered over HTTP: two journey units with their people and a few rows."""

from __future__ import annotations

import atexit
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher
from starlette.testclient import TestClient

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.installation.served import ServedModel, compiled_packs
from engine.model.context import Context, Principal
from engine.runtime.database.statements import Dialect, StatementCache
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from engine.runtime.workers import Nursery
from engine.web.calls import SESSION_COOKIE
from tests.conftest import FixedClock
from tests.images import Images, remove
from tests.web.counted import Count, CountedDatabase

Result = TypeVar("Result")
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PASSWORD = "correct-horse"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""A hash that is soon compared: what signing in costs is no subject of pages."""
STATEMENTS: dict[Dialect, StatementCache] = {"sqlite": StatementCache(), "postgres": StatementCache()}
"""What was made of the same definitions for the same database is made once for all sites of a process."""
NURSERY = Nursery()
"""The children of all sites of a process: what they import takes longer than what most tests ask of them."""
atexit.register(NURSERY.close)
SINCE = date(2020, 1, 1)
OTHERWISE = timedelta(milliseconds=5)
"""How much later an image is opened with other definitions: a migration has an identifier of its own."""
PEOPLE = {
    "admin": ("hq", None, ("administrator",)),
    "li": ("cju_a", "sales", ()),
    "wang": ("cju_b", "sales", ()),
    "lead": ("cju_a", "lead", ()),
    "audit": ("hq", None, ("auditor",)),
    "money": ("hq", None, ("finance",)),
}


@dataclass
class Site:
    """The running site: ids of what was made by name, and a client for each person."""

    installation: Installation
    application: object
    ids: dict[str, int] = field(default_factory=dict)
    clients: dict[str, TestClient] = field(default_factory=dict)

    def public(self, name: str) -> str:
        return encode_id(self.ids[name])

    def inside(self, act: Callable[[Work], Result]) -> Result:
        """What a service does in a unit of work of nobody's, at the time of the site."""
        context = Context(Principal(0, "setup", frozenset(), service="setup"), self.installation.clock.now())
        return self.installation.workplace.write(context, act)

    def client(self, person: str | None = None) -> TestClient:
        """A client signed in as a person, or as nobody."""
        if person is None:
            return TestClient(self.application, base_url="http://testserver", follow_redirects=False)  # type: ignore[arg-type]
        if person not in self.clients:
            made = TestClient(self.application, base_url="http://testserver", follow_redirects=False)  # type: ignore[arg-type]
            answer = made.post("/sign-in", data={"name": person, "password": PASSWORD})
            assert answer.status_code == 303, answer.text[:300]
            assert SESSION_COOKIE in made.cookies
            self.clients[person] = made
        return self.clients[person]


@cache
def shipped() -> ServedModel:
    """The shipped packs, compiled once for all tests of a process."""
    return compiled_packs("")


@contextmanager
def running_site(
    folder: Path,
    database_url: str,
    now: datetime = NOW,
    metrics_token: str = "",
    count: Count | None = None,
    facts: str = "",
    served: ServedModel | None = None,
) -> Iterator[Site]:
    """The site for as long as the block lasts, its database on a server no longer; its statements are added to `count`.
    `served` are the shipped packs with what is different here."""
    url = database_url if database_url.startswith("postgres") else ""
    ids = IMAGES.place(folder, url, now)
    settings = Settings(data=folder, database=url, rate_limit=100_000, metrics_token=metrics_token, facts=facts)
    moved = now if served is None else now + OTHERWISE
    installation = open_installation(settings, FixedClock(moved), served or shipped())
    bring_up_to_date(installation, consent=served is not None)
    statements = STATEMENTS[installation.database.dialect]
    installation = replace(installation, workplace=replace(installation.workplace, statements=statements))
    if count is not None:
        counted = CountedDatabase(installation.database, count)
        workplace = replace(installation.workplace, database=counted)
        installation = replace(installation, database=counted, workplace=workplace)
    application = make_application(installation, nursery=NURSERY)
    try:
        with TestClient(application):
            yield Site(installation, application, dict(ids))
    finally:
        remove(url)


def _empty(folder: Path, url: str) -> None:
    """The shipped packs on an empty database, brought up to date at the time of the site."""
    installation = open_installation(Settings(data=folder, database=url), FixedClock(NOW), shipped())
    bring_up_to_date(installation)
    installation.database.close()


EMPTY = Images(_empty)
"""An installation of the shipped packs before its first start; others are made on it."""


def _made(folder: Path, url: str, now: datetime) -> dict[str, int]:
    """The installation with its people and rows; their ids by name."""
    EMPTY.place(folder, url)
    installation = open_installation(Settings(data=folder, database=url), FixedClock(now), shipped())
    bring_up_to_date(installation)
    ids: dict[str, int] = {}
    context = Context(Principal(0, "setup", frozenset(), service="setup"), now)
    installation.workplace.write(context, lambda work: _fill(work, ids))
    installation.database.close()
    return ids


IMAGES = Images(_made)


def _fill(work: Work, ids: dict[str, int]) -> None:
    for code, kind, parent in (("hq", "hq", None), ("cju_a", "cju", "hq"), ("cju_b", "cju", "hq")):
        ids[code] = work.ids.next()
        above = ids[parent] if parent else None
        add_unit(work.session, work.model, Unit(ids[code], code, kind, code, None, above, SINCE, None))
    for account, (unit, seat, roles) in PEOPLE.items():
        ids[account] = work.ids.next()
        create_user(work.session, NewUser(ids[account], account, account.title(), 0, HASH, roles=roles))
        if seat:
            take_seat(
                work.session,
                work.model,
                Membership(work.ids.next(), ids[account], ids[unit], seat, SINCE, None),
            )
    for name, unit, owner in (("acme", "cju_a", "li"), ("bravo", "cju_b", "wang")):
        _row(work, ids, name, "customer", {"name": f"{name} 公司", "unit": ids[unit], "owner": ids[owner]})
        values = {"name": f"{name} deal", "customer": ids[name], "owner": ids[owner], "stage": "qualify"}
        _row(work, ids, f"{name}_deal", "opportunity", values)
    finish_loading(work, {"customer", "opportunity"})


def _row(work: Work, ids: dict[str, int], name: str, entity: str, values: dict[str, object]) -> None:
    ids[name] = work.ids.next()
    known = {key: one for key, one in values.items() if key in work.model.entities[entity].fields}
    load_rows(work, work.model.entities[entity], [(ids[name], known)])


def without_request_id(text: str) -> str:
    """An answer without what is different in every one."""
    return re.sub(r"[0-9a-f]{16}", "ID", text)
