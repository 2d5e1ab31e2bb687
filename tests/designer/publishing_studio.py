"""The smallest application with an administrator, two designers and a worker, entered over HTTP at the designer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.settings import Settings
from tests.conftest import FixedClock
from tests.designer.editions import base, change
from tests.web.site import HASH, NOW, NURSERY, PASSWORD

API = "/designer/api"
ROLES = {
    "admin": "label: {zh: 管理员, en: Administrator}\nadministers: true\ndesigns: true\nhome: task_board\n",
    "maker": "label: {zh: 设计者, en: Maker}\ndesigns: true\npublishes: true\nhome: task_board\n",
    "drafter": "label: {zh: 起草者, en: Drafter}\ndesigns: true\ndesigns_kinds: [forms, pages]\nhome: task_board\n",
}
ACCESS = "access/task.yaml"


@dataclass
class Studio:
    """The smallest application with an administrator, two designers and a worker."""

    installation: Installation
    application: object
    folder: Path
    clients: dict[str, TestClient] = field(default_factory=dict)

    def client(self, person: str) -> TestClient:
        if person not in self.clients:
            made = TestClient(self.application, base_url="http://testserver", follow_redirects=False)
            answer = made.post("/sign-in", data={"name": person, "password": PASSWORD})
            assert answer.status_code == 303, answer.text[:300]
            self.clients[person] = made
        return self.clients[person]

    def edit(self, file: str, was: str, now: str, person: str = "maker") -> Any:
        client = self.client(person)
        known = client.get(f"{API}/files/{file}").json()
        start = known["text"].index(was)
        edits = [{"start": start, "end": start + len(was), "text": now}]
        command = {"do": "text", "file": file, "edits": edits, "hash": known["hash"]}
        return client.post(f"{API}/commands", json={"command": command})

    def plan(self, person: str = "maker") -> Any:
        """The plan once its tests have ended."""
        ends = time.monotonic() + 90
        while True:
            answer = self.client(person).get(f"{API}/publish")
            assert answer.status_code == 200, answer.text[:600]
            found = answer.json()
            if found.get("tests", {}).get("state") != "running" or time.monotonic() > ends:
                return found
            time.sleep(0.2)

    def publish(self, person: str = "maker", **given: object) -> Any:
        return self.client(person).post(f"{API}/publish", json=given)

    def versions(self) -> Any:
        return self.client("maker").get(f"{API}/versions").json()["versions"]


@contextmanager
def running(folder: Path, database_url: str, by_two: bool = False) -> Iterator[Studio]:
    """The installation for as long as the block lasts."""
    (folder / "packs").mkdir()
    pack = base(folder / "packs")
    change(pack, [{"file": f"roles/{name}.yaml", "text": text} for name, text in ROLES.items()])
    own = "grants:\n  - {id: made, roles: [maker], actions: [read], rows: 'owner = user.id'}\n"
    change(pack, [{"file": ACCESS, "was": "grants:\n", "now": own}])
    url = database_url if database_url.startswith("postgres") else ""
    settings = Settings(
        data=folder / "data", database=url, packs=str(folder / "packs"), rate_limit=100_000, publish_by_two=by_two
    )
    installation = open_installation(settings, FixedClock(NOW))
    bring_up_to_date(installation)
    for name in (*ROLES, "worker"):
        new = NewUser(installation.ids.next(), name, name.title(), 0, HASH, roles=(name,))
        installation.database.write(partial(create_user, user=new))
    application = make_application(installation, nursery=NURSERY)
    with TestClient(application):
        yield Studio(installation, application, folder)
