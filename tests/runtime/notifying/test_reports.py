"""Reports: figures that come by themselves, once for each time, as their receiver may read them when they leave."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.application import look_of_pages
from engine.model.reports import Every, Rhythm
from engine.runtime.demo.marking import mark, unmark
from engine.runtime.reports.clock import ReportClock
from engine.runtime.reports.slots import comes_on, last_slot
from engine.runtime.reports.subscriptions import REPORT
from engine.runtime.rows import delete
from engine.web.reports.letters import Letters
from tests.conftest import KINDS, fresh_url
from tests.languages import in_another_language
from tests.runtime.notifying.desk import NOW, ORIGIN, Desk, running_desk
from tests.runtime.notifying.messengers import Letter

SHANGHAI = ZoneInfo("Asia/Shanghai")
METRIC = 'label: {{zh: {label}, en: {label}}}\nentity: ticket\nmeasure: "count()"\ntime: created_at\n{more}dimensions: {{name: name, inside: private}}\n'
BOARD = """label: {{zh: {label}, en: Board}}
roles: [clerk, guest]
{more}items:
  - {{id: k, widget: kpi, metric: tickets}}
  - {{id: p, widget: kpi, metric: inner}}
  - {{id: c, widget: chart, chart: bar, metrics: [tickets], by: name, label: {{zh: 各有几张？, en: How many?}}}}
  - {{id: g, widget: chart, chart: gauge, metric: tickets, label: {{zh: 共几张？, en: How many in all?}}}}
  - {{id: f, widget: figure_table, metrics: [tickets], by: name, label: {{zh: 逐单, en: One by one}}}}
  - {{id: v, widget: pivot, metrics: [tickets], rows: [name], columns: month, least: 1, label: {{zh: 透视, en: Pivot}}}}
  - {{id: h, widget: heat_map, metric: tickets, by: name, by2: inside, least: 1, label: {{zh: 热力, en: Heat}}}}
"""
DEAR = """label: {zh: 预算看板, en: Budgets}
roles: [clerk]
items: [{id: k, widget: kpi, metric: dear}]
"""
EXTRA = {
    "metrics/tickets.yaml": METRIC.format(label="工单数", more=""),
    "metrics/inner.yaml": METRIC.format(label="内部数", more="where: 'not is_empty(private)'\n"),
    "metrics/dear.yaml": METRIC.format(label="有预算", more="where: 'not is_empty(budget)'\n"),
    "dashboards/board.yaml": BOARD.format(label="工单看板", more=""),
    "dashboards/monday.yaml": BOARD.format(
        label="周一看板", more='reports: [{id: monday, every: week, "on": 1, at: "08:00", roles: [clerk]}]\n'
    ),
    "dashboards/dear.yaml": DEAR,
}


class NoPress:
    """A machine without the extra for PDFs."""

    def call(self, function: Callable[..., object], *arguments: object, seconds: float, megabytes: int) -> object:
        return "extra"


@dataclass
class Press:
    """A press that keeps what it is to print; what comes of real pages is the subject of test_pdf."""

    pages: list[object] = field(default_factory=list)

    def call(self, function: Callable[..., object], *arguments: object, seconds: float, megabytes: int) -> object:
        self.pages += arguments
        return b"%PDF-"


@pytest.fixture(params=KINDS, scope="module")
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("reports")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    url = fresh_url(request.param, dsn, folder) if request.param == "postgres" else ""
    with running_desk(folder, url, EXTRA) as made:
        made.deliverer = replace(made.deliverer, letters=Letters(*look_of_pages()), press=NoPress())
        for person in ("zhang", "guest"):
            made.choose(person, address_mail=f"{person}@corp.example", kinds_mail=["report"])
        made.client("li").post("/api/records/ticket", json={"name": "漏水", "private": "x"})
        made.client("li").post("/api/records/ticket", json={"name": "断电"})
        yield made


@pytest.fixture
def desk(running: Desk) -> Desk:
    running.begin_anew()
    running.installation.database.write(lambda session: delete(session, REPORT, {"id >": 0}))
    for person in ("zhang", "guest"):
        running.choose(person, address_mail=f"{person}@corp.example", kinds_mail=["report"])
    return running


def look(desk: Desk) -> int:
    return ReportClock(desk.installation.workplace, "Asia/Shanghai").look(desk.clock.now())


def subscribed(desk: Desk, person: str, page: str = "board", every: str = "day", at: str = "09:30") -> None:
    form = {"act": "subscribe", "page": page, "every": every, "at": at}
    assert desk.client(person).post("/account/reports", data=form).status_code == 303


def part(letter: Letter, kind: str) -> str:
    found = letter.message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_a_report_comes_once_at_its_hour_as_text_and_as_html(desk: Desk) -> None:
    subscribed(desk, "zhang")
    assert look(desk) == 0
    desk.later(minutes=30)
    assert (look(desk), look(desk)) == (1, 0)
    desk.work()
    (letter,) = desk.mail.letters
    assert letter.recipient == "zhang@corp.example"
    assert letter.message["Subject"] == "【报表】工单看板 · 日报"
    said, shown = part(letter, "plain"), part(letter, "html")
    assert "工单数  2" in said and "内部数  1" in said and "漏水  1  ████" in said
    assert "【共几张？】" in said and "【逐单】" in said
    lines = said.splitlines()
    pivot = lines[lines.index("【透视】") + 1 :]
    assert (pivot[0], sorted(pivot[1:3]), pivot[3]) == ("名称  3月  合计", ["断电  1  1", "漏水  1  1"], "合计  2  2")
    heat = lines[lines.index("【热力】") + 1 :]
    assert heat[:4] == ["名称 / 内部  x  未填  合计", "断电  0  1  1", "漏水  1  0  1", "合计  1  1"]
    assert f"{ORIGIN}/app/board" in said and letter.message["List-Unsubscribe"] == f"<{ORIGIN}/account/reports>"
    assert (
        "工单看板" in shown and "断电" in shown and "<script" not in shown and "http" not in shown.replace(ORIGIN, "")
    )
    assert list(letter.message.iter_attachments()) == []
    assert "工单看板 · 日报" in desk.client("zhang").get("/inbox?tab=notices").text
    desk.later(hours=24)
    assert look(desk) == 1


def test_a_letter_about_made_up_rows_says_so(desk: Desk) -> None:
    desk.installation.database.write(lambda session: mark(session, NOW))
    try:
        subscribed(desk, "zhang")
        desk.later(minutes=30)
        assert look(desk) == 1
        desk.work()
    finally:
        desk.installation.database.write(unmark)
    (letter,) = desk.mail.letters
    assert letter.message["Subject"].replace(" ", "") == "【演示数据】【报表】工单看板·日报"
    assert part(letter, "plain").startswith("【演示数据】") and ">演示数据</p>" in part(letter, "html")


def test_each_reads_in_it_what_they_may_when_it_leaves(desk: Desk) -> None:
    for person in ("zhang", "guest"):
        subscribed(desk, person)
    desk.later(minutes=30)
    assert look(desk) == 2
    desk.client("li").post("/api/records/ticket", json={"name": "漏水"})
    desk.work(3)
    found = {one.recipient.partition("@")[0]: part(one, "plain") for one in desk.mail.letters}
    assert "工单数  3" in found["zhang"] and "内部数" in found["zhang"]
    assert "工单数  3" in found["guest"] and "内部数" not in found["guest"]
    assert "【热力】" in found["zhang"] and "【透视】" in found["guest"] and "【热力】" not in found["guest"]


def test_a_letter_speaks_the_language_of_its_reader(desk: Desk) -> None:
    desk.speak("guest", "en")
    for person in ("zhang", "guest"):
        subscribed(desk, person)
    desk.later(minutes=30)
    assert look(desk) == 2
    desk.work(2)
    desk.speak("guest", "zh-CN")
    assert len(desk.mail.letters) == 2
    for letter in desk.mail.letters:
        language = "en" if letter.recipient.startswith("guest") else "zh"
        said = f"<p>{letter.message['Subject']}</p><pre>{part(letter, 'plain')}</pre>{part(letter, 'html')}"
        assert in_another_language(said, language, re.compile("工单数|漏水|断电")) == [], language


def test_a_letter_tells_no_more_than_its_destination_takes(desk: Desk) -> None:
    subscribed(desk, "zhang", "dear")
    desk.later(minutes=30)
    assert look(desk) == 1
    desk.work()
    (letter,) = desk.mail.letters
    assert "预算看板 · 日报" in part(letter, "plain") and "有预算" not in part(letter, "plain")


def test_a_report_of_a_role_comes_from_its_next_time_on_and_may_be_left(desk: Desk) -> None:
    assert look(desk) == 0
    desk.later(days=7)
    assert (look(desk), look(desk)) == (2, 0)
    told = "周一看板 · 周报"
    assert told in desk.client("zhang").get("/inbox?tab=notices").text
    assert told not in desk.client("guest").get("/inbox?tab=notices").text
    page = desk.client("zhang").get("/account/reports").text
    assert "周一看板" in page and "每周一 08:00" in page and "退订" in page
    assert "周一看板" not in desk.client("guest").get("/account/reports").text
    name = {"report": "report:monday:monday"}
    assert desk.client("zhang").post("/account/reports", data={"act": "leave", **name}).status_code == 303
    assert desk.client("guest").post("/account/reports", data={"act": "leave", **name}).status_code == 404
    desk.later(days=7)
    assert look(desk) == 1
    desk.clients.clear()  # their sessions have ended meanwhile
    assert desk.client("zhang").post("/account/reports", data={"act": "back", **name}).status_code == 303
    desk.later(days=7)
    assert look(desk) == 2


def test_one_subscribes_to_what_one_may_open_and_ends_ones_own(desk: Desk) -> None:
    subscribed(desk, "zhang", every="week5")
    page = desk.client("zhang").get("/account/reports").text
    assert "每周五 09:30" in page
    report = re.search(r'name="report" value="(\w{13})"', page)
    assert report is not None
    form = {"act": "subscribe", "page": "dear", "every": "day", "at": "09:30"}
    assert desk.client("guest").post("/account/reports", data=form).status_code == 404
    for wrong in ({"every": "never"}, {"at": "25:99"}, {"act": "burn"}):
        assert desk.client("zhang").post("/account/reports", data={**form, **wrong}).status_code == 400
    end = {"act": "end", "report": report[1]}
    assert desk.client("guest").post("/account/reports", data=end).status_code == 404
    assert desk.client("zhang").post("/account/reports", data=end).status_code == 303
    assert report[1] not in desk.client("zhang").get("/account/reports").text


def test_a_letter_has_its_report_as_a_file_where_that_can_be_made(desk: Desk) -> None:
    subscribed(desk, "zhang")
    desk.later(minutes=30)
    look(desk)
    press, before = Press(), desk.deliverer
    desk.deliverer = replace(before, press=press)
    desk.work()
    desk.deliverer = before
    (letter,) = desk.mail.letters
    (file,) = letter.message.iter_attachments()
    assert file.get_content_type() == "application/pdf" and file.get_filename() == "工单看板-本月.pdf"
    assert file.get_content() == b"%PDF-"
    (page,) = press.pages
    assert "工单数" in page and "counter(pages)" in page and "http" not in page
    assert "各有几张？" in page and "<rect" in page and "<style>svg" in page and "<a " not in page
    shown = part(letter, "html")
    assert 'bgcolor="#297e88"' in shown and "<svg" not in shown and "<style" not in shown


def works(day: date) -> bool:
    """Monday to Friday but for the first of May."""
    return day.isoweekday() < 6 and day != date(2026, 5, 1)


@pytest.mark.parametrize(
    ("every", "on", "days"),
    [
        (Every.WORKDAY, 1, ["04-27", "04-28", "04-29", "04-30", "05-04", "05-05", "05-06"]),
        (Every.WEEK, 5, ["05-04"]),
        (Every.WEEK, 6, ["04-27", "05-04"]),
        (Every.WEEK, 3, ["04-29", "05-06"]),
        (Every.MONTH, 1, ["05-04"]),
        (Every.MONTH, 31, ["04-30"]),
        (Every.DAY, 1, [f"04-{at}" for at in range(26, 31)] + [f"05-0{at}" for at in range(1, 7)]),
    ],
)
def test_days_off_move_a_report_to_the_next_working_day(every: Every, on: int, days: list[str]) -> None:
    span = [date(2026, 4, 26) + timedelta(days=at) for at in range(11)]
    found = [f"{one:%m-%d}" for one in span if comes_on(Rhythm(every, time(8), on), one, works)]
    assert found == days


def test_a_slot_comes_late_by_a_day_at_most() -> None:
    rhythm = Rhythm(Every.WEEK, time(8), 1)
    monday = datetime(2026, 3, 2, tzinfo=SHANGHAI)
    found = [last_slot(rhythm, monday + timedelta(hours=at), works) for at in (7, 8, 20, 40, 49)]
    assert found == [None, date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 2), None]
    assert NOW.astimezone(SHANGHAI).date() == monday.date() and NOW.tzinfo is UTC
