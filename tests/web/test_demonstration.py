"""The demonstration as an administrator orders it: made by a job with one form, marked wherever it is seen, taken away to the last row."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.installation.demo import service_context
from engine.installation.demonstrating import Demonstrator
from engine.installation.job_runner import JobRunner
from engine.runtime.audit import AUDIT, HEAD, SIGNED, TAKEN, WAITING, newest
from engine.runtime.demo.marking import made_at, mark, unmark
from engine.runtime.demo.ordering import MAKE, job_at_hand
from engine.runtime.demo.progress import Progress
from engine.runtime.identity.tables import SESSION
from engine.runtime.identity.users import NewUser, all_users, create_user, hash_password
from engine.runtime.jobs import JOB
from engine.runtime.kernel_tables import KERNEL_TABLES
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.storage.tables import entity_tables
from engine.runtime.stores import READS
from engine.runtime.work import Work
from tests.conftest import KINDS, FixedClock, fresh_url

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PASSWORD = "dougong-demo"
PACKS = Path(__file__).parents[2] / "packs"
GROWS = {AUDIT, HEAD, WAITING, SIGNED, TAKEN, SESSION, "dougong_stamp"}
"""What a request leaves by itself: the log of acts, the session of whoever asks."""


@dataclass
class Office:
    """A fresh installation with one real administrator, entered over HTTP; jobs are done when they are asked for."""

    installation: Installation
    progress: Progress
    client: TestClient

    def page(self, path: str = "/admin/demonstration") -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text

    def order(self, status: int = 303, **form: str) -> str:
        answer = self.client.post("/admin/demonstration", data=form)
        assert answer.status_code == status, answer.text[:500]
        return answer.text

    def do_jobs(self) -> None:
        settings, clock = self.installation.settings, self.installation.clock
        steps = Demonstrator(settings, clock, self.progress).steps()
        JobRunner(self.installation.workplace, clock, settings.zone, steps).run_due()

    def look(self, act: object) -> object:
        context = service_context(self.installation.workplace, NOW, "UTC")
        return self.installation.workplace.read(context, act)  # type: ignore[arg-type]

    def everything(self) -> dict[str, int]:
        """The rows of every table, and every file of the data folder but the database's own."""

        def counted(work: Work) -> dict[str, int]:
            tables = [*KERNEL_TABLES, *entity_tables(work.model)]
            counts = {one.name: len(select(work.session, one.name, (one.columns[0].name,))) for one in tables}
            return {name: count for name, count in counts.items() if count and name not in GROWS}

        found = self.look(counted)
        assert isinstance(found, dict)
        folder = self.installation.settings.data
        passing = ("dougong.sqlite3", f"{READS}/")
        files = [
            one for one in folder.rglob("*") if one.is_file() and not str(one.relative_to(folder)).startswith(passing)
        ]
        return found | {str(one.relative_to(folder)): one.stat().st_size for one in files}

    def accounts(self) -> list[str]:
        found = self.look(lambda work: [one.account for one in all_users(work.session)])
        assert isinstance(found, list)
        return found


def opened(url: str, folder: Path, demo: bool) -> Iterator[Office]:
    packs = ":".join(str(PACKS / name) for name in ("organisation", "store_sales"))
    settings = Settings(data=folder, database=url, packs=packs, demo=demo)
    installation = open_installation(settings, FixedClock(NOW))
    bring_up_to_date(installation, consent=True)
    context = service_context(installation.workplace, NOW, "UTC")
    installation.workplace.write(context, lambda work: _administrator(work, demo))
    client = TestClient(make_application(installation), base_url="http://testserver", follow_redirects=False)
    assert client.post("/sign-in", data={"name": "boss", "password": PASSWORD}).status_code == 303
    yield Office(installation, Progress(), client)
    installation.database.close()


def _administrator(work: Work, demo: bool) -> None:
    hashed = hash_password(PASSWORD)
    create_user(work.session, NewUser(7, "boss", "Boss", 0, hashed, roles=("administrator",), demo=demo))


@pytest.fixture(params=KINDS)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    url = fresh_url(request.param, dsn, tmp_path) if request.param == "postgres" else ""
    yield from opened(url, tmp_path / "data", demo=False)


@pytest.fixture
def demo_office(tmp_path: Path) -> Iterator[Office]:
    yield from opened("", tmp_path / "data", demo=True)


def test_it_is_made_with_one_form_and_goes_to_the_last_row(office: Office) -> None:
    """Outside demo mode: no account comes with it, the administrator stands for its people; nothing of it is left behind."""
    began = office.everything()
    assert "不是演示模式：不会建立任何账号" in office.page()
    office.order(act="make", pack="store_sales", size="small")
    assert "正在生成演示数据" in office.page()
    assert "请等它完成" in office.order(409, act="make", pack="", size="small")
    assert office.look(job_at_hand).kind == MAKE  # type: ignore[attr-defined]
    office.do_jobs()
    assert office.accounts() == ["boss"], "no demo account outside demo mode"
    made = office.everything()
    assert made["sale"] > 10_000 and made["store"] == 3 and JOB not in made
    assert "这里有演示数据" in office.page() and 'name="act" value="make"' not in office.page()
    assert "先清除再重新生成" in office.order(409, act="make", pack="", size="small")
    office.order(act="clear")
    assert "正在清除演示数据" in office.page()
    office.do_jobs()
    assert office.everything() == began
    assert 'name="act" value="make"' in office.page()
    assert "这里没有演示数据" in office.order(409, act="clear")
    acts = [one.act.action for one in office.installation.database.read(newest)]
    assert acts.count("demonstration") == 2


def test_whatever_leaves_it_is_marked(office: Office) -> None:
    """Pages of everybody, sheets, papers: each says that it is made up, and none does where nothing is."""
    assert "demo-menu" not in office.page()
    office.installation.workplace.write(service_context(office.installation.workplace, NOW, "UTC"), _trial)
    reader = TestClient(office.client.app, base_url="http://testserver", follow_redirects=False)
    assert reader.post("/sign-in", data={"name": "manager", "password": PASSWORD}).status_code == 303
    page, sheet = reader.get("/app/store_list"), reader.get("/export/store?kind=xlsx")
    assert (page.status_code, sheet.status_code) == (200, 200)
    assert "demo-menu" in page.text
    assert "演示数据-门店-" in unquote(sheet.headers["content-disposition"])
    with zipfile.ZipFile(io.BytesIO(sheet.content)) as book:
        assert 'name="演示数据"' in book.read("xl/workbook.xml").decode()
        assert "&amp;C演示数据" in book.read("xl/worksheets/sheet1.xml").decode()
    office.installation.database.write(unmark)
    page, sheet = reader.get("/app/store_list"), reader.get("/export/store?kind=xlsx")
    assert "demo-menu" not in page.text
    assert "演示数据" not in unquote(sheet.headers["content-disposition"])


def _trial(work: Work) -> None:
    mark(work.session, NOW)
    add_unit(work.session, work.model, Unit(70, "east", "store", "East", None, None, date(2020, 1, 1), None))
    create_user(work.session, NewUser(71, "manager", "Manager", 0, hash_password(PASSWORD), roles=("headquarters",)))
    take_seat(work.session, work.model, Membership(72, 71, 70, "manager", date(2020, 1, 1), None))


def test_real_rows_are_never_mixed_with_made_up_ones(office: Office) -> None:
    office.installation.workplace.write(service_context(office.installation.workplace, NOW, "UTC"), _real_row)
    assert "这里已经有真实记录" in office.page()
    assert "这里已经有真实记录" in office.order(409, act="make", pack="", size="small")
    assert not office.look(lambda work: select(work.session, JOB, ("id",)))


def _real_row(work: Work) -> None:
    row = {"id": 900, "version": 1, "created_at": 0, "updated_at": 0, "code": "real", "name": "Real"}
    work.session.load("product_category", tuple(row), [tuple(row.values())])


def test_bad_orders_are_refused_in_words(office: Office) -> None:
    assert "请选择规模" in office.order(400, act="make", pack="", size="huge")
    assert "没有这个应用的演示数据" in office.order(409, act="make", pack="organisation", size="small")
    assert "不认识的操作" in office.order(400, act="burn")
    refused = TestClient(office.client.app, base_url="http://testserver", follow_redirects=False)
    assert refused.get("/admin/demonstration").status_code in (303, 401)


def test_in_demo_mode_accounts_come_with_it_and_stay_for_the_next_one(demo_office: Office) -> None:
    office = demo_office
    assert "会建立一组演示账号" in office.page()
    office.order(act="make", pack="store_sales", size="small")
    office.do_jobs()
    accounts = office.accounts()
    assert {"boss", "tang_li", "qian_jun"} <= set(accounts)
    office.order(act="clear")
    office.do_jobs()
    assert office.accounts() == accounts
    assert "sale" not in office.everything()
    office.order(act="make", pack="store_sales", size="small")
    office.do_jobs()
    assert office.accounts() == accounts
    assert office.everything()["store"] == 3


def test_progress_tells_a_share_and_the_time_left() -> None:
    progress = Progress()
    assert progress.told(5.0) is None
    progress.begin(10.0)
    reached = progress.told(11.0)
    assert reached is not None and (reached.share, reached.left) == (0.0, None)
    progress.reach(0.25, 15.0)
    reached = progress.told(20.0)
    assert reached is not None and (reached.share, reached.left) == (0.5, 10.0)
    progress.end()
    assert progress.told(21.0) is None


def test_the_bar_moves_while_it_is_made(office: Office) -> None:
    office.order(act="make", pack="store_sales", size="small")
    assert re.search(r"<progress[^>]*data-again", office.page())
    shares: list[float] = []

    class Heard(Progress):
        def reach(self, share: float, now: float) -> None:
            shares.append(share)

    replace(office, progress=Heard()).do_jobs()
    assert shares == sorted(shares) and 0.5 < shares[-1] <= 0.65
    assert office.look(lambda work: made_at(work.session)) == NOW
