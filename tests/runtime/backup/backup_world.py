"""Installations for the tests of backups: the shipped packs with their demo, and a tiny application."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.application import Installation, bring_up_to_date, open_installation
from engine.dsl.new_pack import write_new_pack
from engine.installation.backing_up import Backup, back_up
from engine.installation.demo import DemoOrder, load_demo, service_context
from engine.installation.restoring import Restored, RestoreOrder, restore
from engine.model.context import Context
from engine.runtime.attachments import NewFile, attach
from engine.runtime.audit import Act, append
from engine.runtime.audit_chain.sealing import Sealer, release, seal_within
from engine.runtime.backup.manifest import Manifest
from engine.runtime.backup.progress import Tell, silent
from engine.runtime.database.protocol import Session
from engine.runtime.identity.sessions import NewToken, make_token, start_session
from engine.runtime.identity.users import NewUser, create_user, hash_password, user_by_account
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.records.writing import create
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from tests.conftest import FixedClock

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FILE = b"a contract \x00\xff"
"""The content of an attachment that is no text."""
MANAGER, SALES = "tang_li", "li_wei"
"""A store manager and a salesperson of the demo."""


@dataclass(frozen=True)
class Place:
    """An installation's settings, and the folder that its backups go to."""

    settings: Settings
    folder: Path

    @property
    def data(self) -> Path:
        return self.settings.data

    def backup(self, name: str = "backup.zip", keys: str | None = None, tell: Tell = silent) -> Backup:
        clock = FixedClock(NOW)
        return back_up(self.settings, clock, self.folder / name, self.folder / keys if keys else None, tell)

    def restore(self, source: Path, keys: Path | None = None, tell: Tell = silent) -> Restored:
        return restore(self.settings, FixedClock(NOW), RestoreOrder(source, keys), tell)

    @contextmanager
    def opened(self, later: timedelta = timedelta()) -> Iterator[Installation]:
        """Opened; `later` than before when identifiers are made that must not repeat."""
        installation = open_installation(self.settings, FixedClock(NOW + later))
        try:
            yield installation
        finally:
            installation.database.close()


def place(folder: Path, url: str = "", packs: Path | None = None) -> Place:
    """An installation below a folder, on SQLite unless the URL says otherwise."""
    database = url if url.startswith("postgres") else ""
    named = str(packs) if packs else ""
    return Place(Settings(data=folder / "data", database=database, packs=named, rate_limit=100_000), folder)


def tiny(folder: Path, url: str = "") -> Place:
    """A tiny application in use: its account, three tasks, an attachment, a session, a token, a file that waits."""
    write_new_pack(folder / "my_app")
    made = place(folder, url, folder / "my_app")
    with made.opened() as installation:
        bring_up_to_date(installation)
        context = service_context(installation.workplace, NOW, "Asia/Shanghai")
        installation.workplace.write(context, lambda work: _account(work, "li", ("worker",)))
        li = context_of(installation, "li")
        for name in ("打电话", "Write \u2028 lines\n", "Visit"):
            installation.workplace.write(
                li,
                lambda work, name=name: create(work, "task", {"name": name, "rate": "12.50", "due_on": "2026-03-05"}),
            )
        installation.workplace.write(context, lambda work: _use(work, installation, "li"))
        first = installation.database.read(lambda session: ids(session, "task"))[0]
        installation.workplace.write(li, lambda work: attach(work, "task", first, NewFile("合同.bin", FILE)))
    inbox = made.data / "inbox" / "下级"
    inbox.mkdir(parents=True)
    (inbox / "stock.csv").write_text("a,b\n", "utf-8")
    return made


def with_demo(folder: Path) -> Place:
    """The shipped packs with their demo, on SQLite, with a file, a session, a token and acts of its own."""
    made = place(folder)
    with made.opened() as installation:
        bring_up_to_date(installation)
        context = service_context(installation.workplace, NOW, "Asia/Shanghai")
        load_demo(installation.workplace, context, DemoOrder(20260302), lambda text: None)
        installation.workplace.write(context, lambda work: _use(work, installation, SALES))
        seller = context_of(installation, SALES)
        own = installation.database.read(
            lambda session: select(session, "customer", ("id",), {"owner": seller.principal.user_id}, ("id",), 1)
        )
        installation.workplace.write(
            seller, lambda work: attach(work, "customer", int(str(own[0][0])), NewFile("合同.bin", FILE))
        )
    return made


def context_of(installation: Installation, account: str) -> Context:
    def resolve(session: Session) -> Context:
        user = user_by_account(session, account)
        assert user is not None
        return context_for(session, installation.models.current(), user, Circumstances(NOW, "zh-CN", "Asia/Shanghai"))

    return installation.database.read(resolve)


def ids(session: Session, table: str) -> list[int]:
    return [int(str(row[0])) for row in select(session, table, ("id",), order=("id",))]


def digests(manifest: Manifest, *without: str) -> dict[str, tuple[int, str]]:
    """Rows and digest of every table, by name."""
    return {one.table.name: (one.rows, one.file.sha256) for one in manifest.tables if one.table.name not in without}


def _account(work: Work, name: str, roles: tuple[str, ...]) -> None:
    create_user(work.session, NewUser(work.ids.next(), name, name.title(), 0, hash_password("a-password"), roles=roles))


def _use(work: Work, installation: Installation, account: str) -> None:
    """A session, a token and some acts, as everyday use leaves them."""
    user = user_by_account(work.session, account)
    assert user is not None
    start_session(work.session, user, NOW)
    make_token(work.session, user, NewToken(work.ids.next(), "ci", (), timedelta(days=90)), NOW)
    for position in range(3):
        append(work.session, installation.workplace.ids, Act(NOW, "export", user.id, subject=f"file={position}"))
    sealer = Sealer("test", work.key)
    seal_within(work.session, sealer, NOW, sign=True)
    release(work.session, sealer)
