"""A workshop: the smallest application in a folder of the test's own, two people who design it, a consultant with an editor."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from starlette.testclient import TestClient

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.dsl.new_pack import TEMPLATE
from engine.installation.served import compiled_packs
from engine.model.context import Context, Principal
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from tests.conftest import FixedClock
from tests.designer.studio_site import Designer
from tests.images import Images, remove
from tests.web.site import HASH, NOW, NURSERY, PASSWORD

PACK = "tasks"
ROLE = "label: {zh: 设计者, en: Designer}\nadministers: true\ndesigns: true\n"
PEOPLE = {"ann": ("designer",), "bo": ("designer",), "wu": ("worker",)}
ENTITY, PAGE, FORM = f"{PACK}/entities/task.yaml", f"{PACK}/pages/task.yaml", f"{PACK}/forms/task.yaml"
LIST = f"{PACK}/pages/task_list.yaml"


@dataclass
class Workshop:
    """The running application and its packs' folder."""

    installation: Installation
    application: object
    packs: Path
    clock: FixedClock

    def person(self, name: str) -> Designer:
        made = TestClient(self.application, base_url="http://testserver", follow_redirects=False)  # type: ignore[arg-type]
        answer = made.post("/sign-in", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text[:300]
        return Designer(made)

    def live(self, file: str) -> str:
        """What is served."""
        return (self.packs / file).read_bytes().decode("utf-8")

    def saved(self, file: str, text: str) -> None:
        """A consultant saves a file in an editor of theirs, as editors do."""
        path = self.packs / file
        path.parent.mkdir(exist_ok=True)
        coming = path.with_suffix(".tmp")
        coming.write_bytes(text.encode("utf-8"))
        coming.replace(path)


@cache
def _template() -> dict[str, str]:
    return {path.relative_to(TEMPLATE).as_posix(): path.read_text("utf-8") for path in TEMPLATE.rglob("*.yaml")}


def laid_out(folder: Path) -> Path:
    """The pack in a folder, with a role of designers."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in {**_template(), "roles/designer.yaml": ROLE}.items():
        path = folder / PACK / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def _made(folder: Path, url: str) -> None:
    packs = laid_out(folder / "own")
    installation = _opened(folder, url, packs, FixedClock(NOW))
    bring_up_to_date(installation)
    context = Context(Principal(0, "setup", frozenset(), service="setup"), NOW)
    installation.workplace.write(context, _fill)
    installation.database.close()


def _fill(work: Work) -> None:
    for account, roles in PEOPLE.items():
        create_user(work.session, NewUser(work.ids.next(), account, account.title(), 0, HASH, roles=roles))


IMAGES = Images(_made)


def _opened(folder: Path, url: str, packs: Path, clock: FixedClock) -> Installation:
    settings = Settings(data=folder, database=url, rate_limit=100_000, packs=str(packs))
    return open_installation(settings, clock, compiled_packs(str(packs)))


@contextmanager
def workshop(folder: Path, database_url: str) -> Iterator[Workshop]:
    """The workshop for as long as the block lasts."""
    url = database_url if database_url.startswith("postgres") else ""
    IMAGES.place(folder / "data", url)
    packs = laid_out(folder / "packs")
    clock = FixedClock(NOW)
    installation = _opened(folder / "data", url, packs, clock)
    bring_up_to_date(installation)
    application = make_application(installation, nursery=NURSERY)
    try:
        with TestClient(application):
            yield Workshop(installation, application, packs, clock)
    finally:
        remove(url)


def another_process(first: Workshop) -> Workshop:
    """The same installation as another process has it: its own studio and caches, the same database and files."""
    settings = first.installation.settings
    models = compiled_packs(str(first.packs))
    workplace = replace(first.installation.workplace, models=models)
    installation = replace(first.installation, models=models, workplace=workplace, settings=settings)
    return Workshop(installation, make_application(installation, nursery=NURSERY), first.packs, first.clock)
