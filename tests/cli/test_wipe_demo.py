"""`dougong wipe-demo`: what the demonstration made goes, what people made and the definitions stay, nothing by accident."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from engine.application import bring_up_to_date, make_application, open_installation
from engine.cli import main
from engine.installation.demo import DemoOrder, load_demo, service_context
from engine.installation.wiping import wipe
from engine.runtime.attachments import ATTACHMENT
from engine.runtime.audit import newest
from engine.runtime.audit_chain.verifying import first_broken
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import NewUser, all_users, create_user, hash_password
from engine.runtime.jobs import JOB
from engine.runtime.kernel_tables import KERNEL_TABLES
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.rows import insert, select, update
from engine.runtime.settings import Settings
from engine.runtime.storage.tables import entity_tables
from engine.runtime.work import Work
from engine.runtime.workflow.flow_driver import TIMER, start
from engine.runtime.workflow.flow_tables import INSTANCE, WAITING
from tests.conftest import KINDS, fresh_url
from tests.images import Images
from tests.web.site import EMPTY

PASSWORD = "dougong-demo"
PACKS = Path(__file__).parents[2] / "packs"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SINCE = date(2020, 1, 1)


@dataclass
class Office:
    """An installation with a small demonstration, in which two real people have begun to work."""

    settings: Settings

    def run(self, *words: str, code: int = 0) -> str:
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            found = main(["--data", str(self.settings.data), "--language", "en", *words])
        assert found == code, f"{words} ended with {found}\n{said.getvalue()}"
        assert "Traceback" not in said.getvalue()
        return said.getvalue()

    def look(self, act: Callable[[Work], object]) -> object:
        installation = open_installation(self.settings)
        try:
            return installation.workplace.read(service_context(installation.workplace, NOW, "UTC"), act)
        finally:
            installation.database.close()

    def names(self, entity: str) -> list[str]:
        found = self.look(lambda work: sorted(str(row[0]) for row in select(work.session, entity, ("name",))))
        assert isinstance(found, list)
        return found

    def accounts(self) -> list[str]:
        found = self.look(lambda work: [one.account for one in all_users(work.session)])
        assert isinstance(found, list)
        return found

    def write_on_demo_customer(self) -> None:
        """A real person's deal with a made-up customer, as an import or a hand-over leaves one."""
        installation = open_installation(self.settings)
        context = service_context(installation.workplace, NOW, "UTC")

        def act(work: Work) -> None:
            load_rows(work, work.model.entities["opportunity"], [(500, {"name": "mixed", "customer": 100, "owner": 2})])
            update(work.session, "opportunity__version", {"cause": None, "actor": 2}, {"record": 500})

        installation.workplace.write(context, act)
        installation.database.close()

    def start_flow(self, ticket: int) -> None:
        """A flow about a made-up row, which waits and has a timer."""
        installation = open_installation(self.settings)

        def act(work: Work) -> None:
            start(work, work.model.flows["ticket_escalation"], ticket, "demo")
            assert select(work.session, WAITING, ("instance",)) and select(work.session, JOB, ("id",), {"kind": TIMER})

        installation.workplace.write(service_context(installation.workplace, NOW, "UTC"), act)
        installation.database.close()

    def seat(self, user: int, unit: int) -> None:
        installation = open_installation(self.settings)
        context = service_context(installation.workplace, NOW, "UTC")
        held = Membership(600, user, unit, "lead", SINCE, None)
        installation.workplace.write(context, lambda work: take_seat(work.session, work.model, held))
        installation.database.close()

    def posts(self, account: str, *bodies: tuple[str, dict[str, object]]) -> list[str]:
        """What an account makes over the interface, while it is a demonstration; the ids."""
        installation = open_installation(replace(self.settings, demo=True))
        made = []
        with TestClient(make_application(installation), base_url="http://testserver") as client:
            assert client.post("/sign-in", data={"name": account, "password": PASSWORD}).status_code == 200
            for entity, body in bodies:
                answer = client.post(f"/api/records/{entity}", json=body)
                assert answer.status_code == 201, answer.text
                made.append(answer.json()["data"]["id"])
        return made


def _made(folder: Path, url: str) -> None:
    EMPTY.place(folder, url)
    installation = open_installation(Settings(data=folder, database=url))
    bring_up_to_date(installation)
    installation.workplace.write(service_context(installation.workplace, NOW, "UTC"), _fill)
    installation.database.close()


IMAGES = Images(_made)


@pytest.fixture(params=KINDS)
def office(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Office]:
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    url = fresh_url(request.param, dsn, tmp_path) if request.param == "postgres" else ""
    monkeypatch.setenv("DOUGONG_DATABASE", url)
    settings = Settings(data=tmp_path / "data", database=url)
    IMAGES.place(settings.data, url)
    yield Office(settings)


def _fill(work: Work) -> None:
    """Units 10 and 11, person 1 and rows 100 and 101 are the demonstration's; units 20 and 21 and person 2 are real."""
    units = ((10, "hq", "hq", None), (11, "zl", "cju", 10), (20, "own", "hq", None), (21, "own_a", "cju", 20))
    for identity, code, kind, parent in units:
        add_unit(work.session, work.model, Unit(identity, code, kind, code, None, parent, SINCE, None))
    hashed = hash_password(PASSWORD)
    create_user(work.session, NewUser(1, "demo_li", "Li", 0, hashed, demo=True))
    create_user(work.session, NewUser(2, "real", "Real", 0, hashed, roles=("administrator",)))
    for identity, user, unit in ((30, 1, 11), (31, 2, 21)):
        take_seat(work.session, work.model, Membership(identity, user, unit, "sales", SINCE, None))
    model = work.model.entities
    load_rows(work, model["customer"], [(100, {"name": "made up", "unit": 11, "owner": 1})])
    load_rows(work, model["opportunity"], [(101, {"name": "made-up deal", "customer": 100, "owner": 1})])
    load_rows(work, model["service_ticket"], [(102, {"title": "made-up fault", "customer": 100, "severity": "high"})])
    finish_loading(work, {"customer", "opportunity", "service_ticket"})
    row = {"id": 40, "entity": "customer", "record": 100, "filename": "a", "size": 1, "content_hash": "x"}
    insert(work.session, ATTACHMENT, {**row, "created_at": 0, "created_by": 1, "deleted_at": None})
    file = work.data_folder / "files" / "customer" / f"{100:019d}" / "x"
    file.parent.mkdir(parents=True)
    file.write_text("x")


def customer(name: str, unit: int) -> tuple[str, dict[str, object]]:
    return "customer", {"name": name, "unit": encode_id(unit), "industry": "auto_parts"}


def test_what_the_demonstration_made_goes_and_what_people_made_stays(office: Office) -> None:
    office.posts("demo_li", customer("tried out", 11))
    (kept,) = office.posts("real", customer("a real customer", 21))
    office.posts("real", ("opportunity", {"name": "a real deal", "customer": kept}))
    office.start_flow(102)
    said = office.run("wipe-demo", "--yes")
    assert "4 rows, 1 accounts" in said
    assert office.names("customer") == ["a real customer"]
    assert office.names("opportunity") == ["a real deal"]
    assert office.accounts() == ["real"]
    assert office.names("dougong_unit") == ["own", "own_a"]
    assert not (office.settings.data / "files" / "customer" / f"{100:019d}").exists()
    tables = [("customer__version", "record"), ("customer__search", "record"), (ATTACHMENT, "record")]
    tables += [(INSTANCE, "record"), (WAITING, "record")]
    for table, column in tables:
        rows = office.look(partial(column_of, table=table, column=column))
        assert not {100, 101} & set(rows), table  # type: ignore[arg-type]
    assert not office.look(lambda work: select(work.session, JOB, ("id",), {"kind": TIMER}))
    assert [one["well"] for one in json.loads(office.run("doctor", "--json", code=0))["checks"]]
    assert office.look(lambda work: newest(work.session)[0].act.action) == "wipe_demo"
    assert office.look(lambda work: first_broken(work.session, work.key)) is None
    assert "0 rows, 0 accounts" in office.run("wipe-demo", "--yes")


def column_of(work: Work, table: str, column: str) -> list[object]:
    return [row[0] for row in select(work.session, table, (column,))]


def test_rows_of_real_people_on_demo_rows_are_named_and_go_only_when_agreed(office: Office) -> None:
    office.posts("real", customer("a real customer", 21))
    office.write_on_demo_customer()
    said = office.run("wipe-demo", "--yes", code=1)
    assert "opportunity 1" in said
    assert "--dependents" in said
    assert office.names("customer") == ["a real customer", "made up"]
    assert "1" in office.run("wipe-demo", "--yes", "--dependents")
    assert office.names("customer") == ["a real customer"]
    assert office.names("opportunity") == []


def test_units_that_people_still_need_stay(office: Office) -> None:
    office.seat(user=2, unit=11)
    office.run("wipe-demo", "--yes")
    assert office.names("dougong_unit") == ["hq", "own", "own_a", "zl"]


@pytest.mark.parametrize("typed", ["", "yes", "Dougong", "dougong2", None])
def test_without_the_name_nothing_goes(office: Office, typed: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("" if typed is None else f"{typed}\n"))
    assert "nothing was removed" in office.run("wipe-demo", code=1)
    assert office.accounts() == ["demo_li", "real"]
    assert office.names("customer") == ["made up"]


def test_the_name_of_the_installation_agrees(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOUGONG_NAME", "north")
    monkeypatch.setattr("sys.stdin", io.StringIO("dougong\n"))
    office.run("wipe-demo", code=1)
    monkeypatch.setattr("sys.stdin", io.StringIO(" north \n"))
    assert "type the name of the installation, north" in office.run("wipe-demo")
    assert office.names("customer") == []


def test_a_whole_demonstration_leaves_an_empty_installation(tmp_path: Path, database_url: str) -> None:
    """The shipped demonstration of the organisation pack: afterwards nothing is left but what an installation starts with."""
    url = database_url if database_url.startswith("postgres") else ""
    settings = Settings(data=tmp_path / "data", database=url, packs=str(PACKS / "organisation"))
    installation = open_installation(settings)
    bring_up_to_date(installation)
    context = service_context(installation.workplace, NOW, "Asia/Shanghai")
    began = installation.workplace.read(context, filled)
    assert "theme" in began, "the control: it starts with rows"
    load_demo(installation.workplace, context, DemoOrder(1), lambda _: None)
    full = installation.workplace.read(context, filled)
    assert {"announcement", "dougong_user", "dougong_unit", "dougong_membership"} <= full.keys(), (
        "the control: it was full"
    )
    wiped = installation.workplace.write(context, partial(wipe, with_dependents=False))
    assert wiped.units_kept == 0
    assert installation.workplace.read(context, filled) == began | {"dougong_stamp": 1}
    installation.database.close()


def filled(work: Work) -> dict[str, int]:
    """The tables with rows in them, and how many."""
    tables = (*KERNEL_TABLES, *entity_tables(work.model))
    counts = {one.name: len(select(work.session, one.name, (one.columns[0].name,))) for one in tables}
    return {name: count for name, count in counts.items() if count}
