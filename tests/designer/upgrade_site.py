"""A product with packs of its own, an installation of it that changed one, and a release that brings a newer edition."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from starlette.testclient import TestClient

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.runtime.database.protocol import Session
from engine.runtime.identity.users import NewUser, create_user, user_by_account
from engine.runtime.settings import Settings
from tests.conftest import FixedClock
from tests.designer.editions import base
from tests.designer.studio_site import API, Designer
from tests.web.site import NOW, PASSWORD

PACK = "tasks"
SOON = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ROLE = "label: {zh: 设计者, en: Designer}\nadministers: true\ndesigns: true\npublishes: true\nhome: task_board\n"


@dataclass
class Product:
    """The product's packs in a folder, and an installation of it that is started and stopped."""

    folder: Path
    url: str
    people: dict[str, Designer] = field(default_factory=dict)
    installation: Installation | None = None
    application: object = None
    password: str = PASSWORD

    @property
    def shipped(self) -> Path:
        return self.folder / "shipped"

    @property
    def settings(self) -> Settings:
        url = self.url if self.url.startswith("postgres") else ""
        data = self.folder / "data"
        return Settings(data=data, database=url, shipped=str(self.shipped), rate_limit=100_000)

    @property
    def copy(self) -> Path:
        """Where the changed copy of the pack lies."""
        return self.folder / "data" / "packs" / PACK

    def ships(self, changes: Mapping[str, str | None], pack: str = PACK) -> None:
        """A release brings these texts; None: a file that it does not bring any more."""
        _write(self.shipped / pack, changes)

    def saves(self, changes: Mapping[str, str | None]) -> None:
        """A consultant saves files of the copy in an editor."""
        _write(self.copy, changes)

    def shipped_text(self, file: str) -> str:
        return (self.shipped / PACK / file).read_bytes().decode("utf-8")

    @contextmanager
    def running(self) -> Iterator[Product]:
        """The installation for as long as the block lasts."""
        self.installation = open_installation(self.settings, FixedClock(NOW))
        bring_up_to_date(self.installation, consent=True)
        for name in ("ann", "bo"):
            if not self.installation.database.read(partial(_known, name=name)):
                hash = SOON.hash(self.password)
                new = NewUser(self.installation.ids.next(), name, name.title(), 0, hash, roles=("designer", "worker"))
                self.installation.database.write(partial(create_user, user=new))
        self.application = make_application(self.installation)
        self.people = {}
        with TestClient(self.application):
            yield self

    def inside(self, act: Callable[[Session], None]) -> None:
        """What is done to the database."""
        assert self.installation is not None
        self.installation.database.write(act)

    def person(self, name: str = "ann") -> Designer:
        if name not in self.people:
            made = TestClient(self.application, base_url="http://testserver", follow_redirects=False)
            assert made.post("/sign-in", data={"name": name, "password": self.password}).status_code == 303
            self.people[name] = Designer(made)
        return self.people[name]


def _known(session: Session, name: str) -> bool:
    return user_by_account(session, name) is not None


def _write(pack: Path, changes: Mapping[str, str | None]) -> None:
    for file, text in changes.items():
        path = pack / file
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8"))


def product(folder: Path, url: str) -> Product:
    """A product with the smallest application as its only pack."""
    (folder / "shipped").mkdir(parents=True)
    pack = base(folder / "shipped")
    (pack / "roles" / "designer.yaml").write_text(ROLE, "utf-8")
    return Product(folder, url)


def editions(one: Designer) -> list[dict[str, Any]]:
    answer = one.client.get(f"{API}/editions")
    assert answer.status_code == 200, answer.text[:500]
    return list(answer.json()["editions"])


def edition(one: Designer, pack: str = PACK) -> dict[str, Any]:
    answer = one.client.get(f"{API}/editions/{pack}")
    assert answer.status_code == 200, answer.text[:500]
    return dict(answer.json())


def conflicts(one: Designer) -> list[dict[str, Any]]:
    return list(one.client.get(f"{API}/conflicts").json()["conflicts"])


def published(one: Designer, **given: object) -> None:
    """Publish the draft, its tests awaited."""
    rev = one.state()["rev"]
    answer = one.client.post(f"{API}/publish", json={"rev": rev, "join": True, **given})
    for _ in range(12):
        if answer.status_code != 409 or "还在运行" not in answer.text:
            break
        answer = one.client.post(f"{API}/publish", json={"rev": rev, "join": True, **given})
    assert answer.status_code == 200, answer.text[:600]
