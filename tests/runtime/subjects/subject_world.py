"""A world of data subjects: the shipped packs, customers whose canaries stand in every store that a text can get into."""

from __future__ import annotations

import gzip
import json
import secrets
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from engine.application import Installation, bring_up_to_date, make_eraser, open_installation
from engine.model.context import Context, Principal
from engine.runtime.attachments import NewFile, keep_file
from engine.runtime.identity.users import NewUser, create_user, user_by_account
from engine.runtime.kernel_tables import KERNEL_TABLES
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.rows import insert, select
from engine.runtime.schema.tables import PhysicalKind
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.subjects.deciding import approve, open_request
from engine.runtime.sovereignty.subjects.ledger import ledger_path
from engine.runtime.sovereignty.subjects.requests import SubjectRequest
from engine.runtime.storage.fields import encode_date
from engine.runtime.work import Work
from engine.runtime.workers import Workers
from tests.conftest import FixedClock
from tests.web.site import EMPTY, HASH, NURSERY, SINCE, shipped

R = TypeVar("R")
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
OFFICERS = ("mu_qing", "fang_yuan")
CHECKED = ("withdrawn_consent", "document", "self")


@dataclass(frozen=True)
class Canary:
    """A subject and the five texts that stand nowhere but about it."""

    record: int
    phone: str
    name: str
    email: str
    code: str
    sentence: str

    @property
    def texts(self) -> tuple[str, ...]:
        return self.phone, self.name, self.email, self.code, self.sentence


@dataclass
class SubjectWorld:
    """An opened installation with its subjects."""

    installation: Installation
    clock: FixedClock
    canaries: list[Canary] = field(default_factory=list)
    eraser_moment: Callable[[str], None] = lambda store: None

    @property
    def data(self) -> Path:
        return self.installation.settings.data

    @property
    def ledger(self) -> Path:
        return ledger_path(self.data, "")

    def by(self, account: str, act: Callable[[Work], R]) -> R:
        """What somebody does, with the roles that they have themselves."""
        found = self.installation.database.read(lambda session: user_by_account(session, account))
        assert found is not None
        principal = Principal(found.id, account, frozenset({"privacy_officer"}))
        return self.installation.workplace.write(Context(principal, self.clock.now()), act)

    def inside(self, act: Callable[[Work], R]) -> R:
        context = Context(Principal(0, "setup", frozenset(), service="setup"), self.clock.now())
        return self.installation.workplace.write(context, act)

    def asked(self, canary: Canary) -> SubjectRequest:
        """A request about a subject, planned."""
        made = self.by(OFFICERS[0], lambda work: open_request(work, ("customer", canary.record), CHECKED, self.ledger))
        return self.carried_on(made.id)

    def erased(self, canary: Canary) -> SubjectRequest:
        """A subject erased, as far as that goes."""
        return self.approved(self.asked(canary))

    def approved(self, request: SubjectRequest) -> SubjectRequest:
        self.by(OFFICERS[1], lambda work: approve(work, request.id, request.digest or ""))
        return self.carried_on(request.id)

    def carried_on(self, request: int) -> SubjectRequest:
        worker = Workers("proving", NURSERY)
        eraser = replace(make_eraser(self.installation, worker), moment=self.eraser_moment)
        try:
            return eraser.carry_on(self.installation.workplace, request)
        finally:
            worker.end()

    def digest(self, canary: Canary) -> object:
        """What is kept of a subject, as values."""
        return self.installation.database.read(
            lambda session: [
                select(session, "customer", ("id", "name", "code", "version", "note"), {"id": canary.record}),
                select(session, "contact", ("name", "phone", "email", "note"), {"customer": canary.record}, ("id",)),
                select(session, "opportunity", ("name", "code", "hidden_kpi"), {"customer": canary.record}, ("id",)),
                select(session, "dougong_comment", ("body",), {"entity": "customer", "record": canary.record}),
                select(session, "customer__version", ("version", "after"), {"record": canary.record}),
                select(session, "dougong_attachment", ("filename",), {"entity": "customer", "record": canary.record}),
            ]
        )


@contextmanager
def subject_world(folder: Path, database_url: str, subjects: int = 2, plant: bool = True) -> Iterator[SubjectWorld]:
    """A world for as long as the block lasts."""
    url = database_url if database_url.startswith("postgres") else ""
    data = folder / "data"
    EMPTY.place(data, url)
    with opened_world(data, url) as world:
        world.inside(_people)
        world.canaries = [world.inside(_subject) for _ in range(subjects)]
        world.inside(lambda work: finish_loading(work, {"customer", "contact", "opportunity"}))
        if plant:
            for one in world.canaries:
                world.inside(lambda work, one=one: plant_everywhere(work, one))  # type: ignore[misc]
        yield world


@contextmanager
def opened_world(data: Path, url: str = "") -> Iterator[SubjectWorld]:
    """An installation that is there already."""
    clock = FixedClock(NOW)
    installation = open_installation(Settings(data=data, database=url), clock, shipped())
    try:
        bring_up_to_date(installation)
        yield SubjectWorld(installation, clock)
    finally:
        installation.database.close()


def _people(work: Work) -> None:
    unit = work.ids.next()
    add_unit(work.session, work.model, Unit(unit, "hq", "hq", "hq", None, None, SINCE, None))
    for account in OFFICERS:
        user = work.ids.next()
        create_user(work.session, NewUser(user, account, account.title(), 0, HASH, roles=("privacy_officer",)))
        take_seat(work.session, work.model, Membership(work.ids.next(), user, unit, "privacy_officer", SINCE, None))


def new_canary(record: int) -> Canary:
    drawn = secrets.SystemRandom()

    def han(count: int) -> str:
        return "".join(chr(0x4E00 + drawn.randrange(20_000)) for _ in range(count))

    token = secrets.token_hex(5)
    return Canary(
        record,
        f"13{drawn.randrange(10**9):09d}",
        f"{han(6)}公司",
        f"{token}@canary.example",
        f"CAN{token.upper()}",
        f"{han(10)}{secrets.token_hex(4)}",
    )


def _subject(work: Work) -> Canary:
    unit = int(str(select(work.session, "dougong_unit", ("id",), {"code": "hq"})[0][0]))
    one = new_canary(work.ids.next())
    owner = int(str(select(work.session, "dougong_user", ("id",), {"account": OFFICERS[0]})[0][0]))
    _load(
        work,
        "customer",
        one.record,
        {"name": one.name, "unit": unit, "owner": owner, "code": one.code, "note": one.sentence},
    )
    contact = {
        "name": one.name,
        "customer": one.record,
        "phone": one.phone,
        "email": one.email,
        "hidden_kpi": one.sentence,
    }
    _load(work, "contact", work.ids.next(), contact)
    deal = {
        "name": f"deal {one.name}",
        "customer": one.record,
        "owner": owner,
        "stage": "qualify",
        "hidden_kpi": one.sentence,
    }
    _load(work, "opportunity", work.ids.next(), deal)
    return one


def _load(work: Work, entity: str, record: int, values: Mapping[str, object]) -> None:
    known = {name: value for name, value in values.items() if name in work.model.entities[entity].fields}
    load_rows(work, work.model.entities[entity], [(record, known)])


def plant_everywhere(work: Work, one: Canary) -> None:
    """The texts of a subject in the stores around its rows, and in those of nobody."""
    all_of_it = " | ".join(one.texts)
    now = int(work.context.now.timestamp() * 1e6)
    common = {"entity": "customer", "record": one.record}

    def row(table: str, values: Mapping[str, object]) -> None:
        declared = next(one for one in KERNEL_TABLES if one.name == table)
        numbers = {PhysicalKind.INTEGER, PhysicalKind.INSTANT}
        empty = {one.name: None if one.nullable else 0 if one.kind in numbers else "" for one in declared.columns}
        own = {"id": work.ids.next()} if "id" in empty else {}
        insert(work.session, table, {**empty, **own, **values})

    said = {"user_id": 1, "body": all_of_it}
    row("dougong_comment", {**common, **said, "mentions": "[]", "made_at": now, "edited_at": None, "deleted_at": None})
    row(
        "dougong_comment",
        {
            "entity": "task",
            "record": 1,
            **said,
            "mentions": "[]",
            "made_at": now,
            "edited_at": None,
            "deleted_at": None,
        },
    )
    row("dougong_comment_trace", {**common, "comment": 1, **said, "at": now})
    notice = {
        "user_id": 1,
        "kind": "x",
        "title": one.name,
        "body": all_of_it,
        "link": None,
        "made_of": None,
        "made_at": now,
        "read_at": None,
    }
    row("dougong_notice", {**common, **notice})
    row("dougong_notice", {"entity": "task", "record": 1, **notice})
    row(
        "dougong_draft",
        {
            "user_id": 1,
            "entity": "customer",
            "record": one.record,
            "body": json.dumps({"name": all_of_it}, ensure_ascii=False),
            "saved_at": now,
        },
    )
    row(
        "dougong_draft",
        {
            "user_id": 1,
            "entity": "lead",
            "record": one.record,
            "body": json.dumps({"need": all_of_it}, ensure_ascii=False),
            "saved_at": now,
        },
    )
    row(
        "dougong_list_view",
        {
            "page": "customers",
            "user_id": 1,
            "label": one.name,
            "parameters": f"q={one.phone[:3]}-{one.phone[3:7]}-{one.phone[7:]}",
            "shared": 0,
            "roles": "[]",
            "unit_id": None,
        },
    )
    row(
        "dougong_import_problem",
        {
            "import": 1,
            "line": 1,
            "record": None,
            "cells": json.dumps(list(one.texts), ensure_ascii=False),
            "problems": "[]",
        },
    )
    row(
        "dougong_source_refusal",
        {
            "source": "erp",
            "entity": "customer",
            "key": None,
            "version": "",
            "position": "1",
            "cells": json.dumps(list(one.texts), ensure_ascii=False),
            "problems": "[]",
            "refused_at": now,
        },
    )
    row(
        "dougong_ownership",
        {**common, "unit": None, "valid_from": encode_date(SINCE, work.session.dialect), "valid_to": None},
    )
    keep_file(work, "customer", one.record, NewFile(f"{one.name}.txt", all_of_it.encode("gb18030")))
    _plant_files(work.data_folder, one)


def _plant_files(folder: Path, one: Canary) -> None:
    (folder / "inbox").mkdir(exist_ok=True)
    (folder / "inbox" / f"{one.record}.csv").write_text("code,name\nA1,others\n" + ",".join(one.texts) + "\n", "utf-8")
    with zipfile.ZipFile(folder / "inbox" / f"{one.record}.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", "<si>" + "</si><si>".join(one.texts) + "</si>")
    (folder / "inbox" / f"{one.record}.utf16.txt").write_text("\n".join(one.texts), "utf-16")
    (folder / "imports").mkdir(exist_ok=True)
    (folder / "imports" / f"{one.record}.sheet").write_bytes("\n".join(one.texts).encode())
    (folder / "models" / "waiting").mkdir(parents=True, exist_ok=True)
    (folder / "models" / "waiting" / f"{one.record}.table").write_bytes(gzip.compress(json.dumps(one.texts).encode()))


def later(world: SubjectWorld, hours: float) -> None:
    world.clock.jump(timedelta(hours=hours))
