"""A small shop that is served with a flow of its own, and its people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from starlette.testclient import TestClient

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.model.context import Context, Principal
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from tests.conftest import FixedClock
from tests.runtime.records.shop import SHOP
from tests.web.site import HASH, NURSERY, PASSWORD

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ROOT = "label: {zh: 管理员, en: Administrator}\nadministers: true\n"
NOTHING: Mapping[str, str] = {}


@dataclass
class Shop:
    """A served shop: a client for each of its people, and their public ids."""

    installation: Installation
    clock: FixedClock
    clients: dict[str, TestClient] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def client(self) -> TestClient:
        """The clerk's."""
        return self.clients["clerk"]

    def order(self, name: str) -> str:
        answer = self.client.post("/api/records/order", json={"name": name})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def note(self, order: str) -> object:
        return self.client.get(f"/api/records/order/{order}").json()["data"]["note"]

    def inside(self, act: Callable[[Work], None]) -> None:
        """Something done behind the application's back."""
        context = Context(Principal(0, "setup", frozenset(), service="setup"), self.clock.now())
        self.installation.workplace.write(context, act)

    def task(self, person: str) -> str:
        """The newest task of a person."""
        found = self.clients[person].get("/api/inbox").json()["data"]
        return str(max(one["id"] for one in found))


@contextmanager
def served_shop(
    folder: Path,
    database_url: str,
    flows: Mapping[str, str],
    texts: Mapping[str, str] = NOTHING,
    people: Sequence[str] = ("clerk",),
) -> Iterator[Shop]:
    """The shop with flows by name and further texts by path, for as long as the block lasts; all its people are clerks, but `root` administers."""
    named = {f"workflows/{name}.yaml": text for name, text in flows.items()}
    for name, text in {**SHOP, "roles/root.yaml": ROOT, **texts, **named}.items():
        path = folder / "packs" / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    url = database_url if database_url.startswith("postgres") else ""
    settings = Settings(data=folder / "data", database=url, packs=str(folder / "packs"), rate_limit=100_000)
    clock = FixedClock(NOW)
    shop = Shop(open_installation(settings, clock), clock)
    bring_up_to_date(shop.installation)
    context = Context(Principal(0, "setup", frozenset(), service="setup"), NOW)
    application = make_application(shop.installation, nursery=NURSERY)
    for person in people:
        new = NewUser(
            shop.installation.ids.next(),
            person,
            person.title(),
            0,
            HASH,
            roles=("root" if person == "root" else "clerk",),
        )
        shop.installation.workplace.write(context, lambda work, new=new: create_user(work.session, new))
        shop.ids[person] = encode_id(new.id)
    with TestClient(application, base_url="http://testserver"):
        for person in people:
            client = TestClient(application, base_url="http://testserver", follow_redirects=False)
            assert client.post("/sign-in", data={"name": person, "password": PASSWORD}).status_code == 303
            shop.clients[person] = client
        yield shop
