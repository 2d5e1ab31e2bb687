"""The calendar's page: a year, days set and taken back, a year imported, working hours; deadlines follow at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from engine.model.context import Context, Principal
from engine.model.flows import Term
from engine.runtime.workflow.calendar import calendar_of, due
from tests.conftest import KINDS, unmade_url
from tests.web.site import NOW, Site, running_site

PATH = "/admin/calendar"
YEAR = "2027-01-01,休,元旦\n2027-01-03,班,调休上班\n"


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("calendar")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def send(site: Site, act: str, **form: str) -> tuple[int, str]:
    answer = site.client("admin").post(PATH, data={"act": act, "year": "2026", **form})
    return answer.status_code, answer.text


def ends(site: Site, start: str, **term: int) -> str:
    """When a term ends by the installation's calendar."""
    context = Context(Principal(0, "flow", frozenset(), service="flow"), NOW)
    begun = datetime.fromisoformat(f"{start}+08:00")
    at = site.installation.workplace.read(
        context, lambda work: due(calendar_of(work.session), begun, Term(**term), "Asia/Shanghai")
    )
    return at.astimezone(begun.tzinfo).strftime("%Y-%m-%dT%H:%M")


def test_a_year_is_shown_in_both_languages(site: Site) -> None:
    page = site.client("admin").get(f"{PATH}?year=2026").text
    assert "国务院办公厅关于2026年部分节假日安排的通知" in page
    assert "调休上班" in page
    english = site.client("admin").get(f"{PATH}?year=2026", headers={"accept-language": "en"}).text
    assert "October" in english
    assert "还没有录入" in site.client("admin").get(f"{PATH}?year=2028").text
    assert site.client("li").get(PATH).status_code in {403, 404}


def test_days_are_set_and_taken_back(site: Site) -> None:
    before = ends(site, "2026-03-04T10:00", days=1)
    assert before == "2026-03-05T10:00"
    assert send(site, "days", since="2026-03-05", until="2026-03-06", kind="holiday", name="司庆")[0] == 303
    assert "司庆" in site.client("admin").get(f"{PATH}?year=2026").text
    assert ends(site, "2026-03-04T10:00", days=1) == "2026-03-09T10:00"
    assert send(site, "days", since="2026-03-07", kind="working", name="补班")[0] == 303
    assert ends(site, "2026-03-04T10:00", days=1) == "2026-03-07T10:00"
    for day in ("2026-03-05", "2026-03-06", "2026-03-07"):
        assert send(site, "forget", day=day)[0] == 303
    assert ends(site, "2026-03-04T10:00", days=1) == before
    assert send(site, "forget", day="2026-03-05")[0] == 404


def test_a_year_is_imported_from_lines_or_a_file(site: Site) -> None:
    assert send(site, "import", source="通知", days=YEAR, year="2027")[0] == 303
    page = site.client("admin").get(f"{PATH}?year=2027").text
    assert "元旦" in page
    assert "通知" in page
    more = "日期,类型,名称,来源\n2027-02-08,holiday,除夕,新华社\n".encode()
    answer = site.client("admin").post(
        PATH, data={"act": "import", "source": "通知"}, files={"file": ("2027.csv", more, "text/csv")}
    )
    assert answer.status_code == 303, answer.text[:500]
    assert "新华社" in site.client("admin").get(f"{PATH}?year=2027").text


def test_working_hours_are_set_by_weekday(site: Site) -> None:
    hours = {f"hours_{day}": "08:30-12:00 13:30-17:00" if day < 5 else "" for day in range(7)}
    assert send(site, "hours", **hours)[0] == 303
    assert ends(site, "2026-03-02T07:00", hours=4) == "2026-03-02T14:00"
    assert send(site, "hours", **{**hours, "hours_5": "10:00-12:00"})[0] == 303
    assert ends(site, "2026-03-06T16:00", hours=2) == "2026-03-07T11:00"


@pytest.mark.parametrize(
    ("act", "form", "words"),
    [
        ("days", {"since": "", "name": "x"}, "请填写日期"),
        ("days", {"since": "2026-03-05", "until": "2026-03-04", "name": "x"}, "不早于开始"),
        ("days", {"since": "2026-03-05", "name": ""}, "请填写名称"),
        ("import", {"source": "通知", "days": "2027-13-01,休,元旦"}, "第 1 行"),
        ("import", {"source": "通知", "days": "日期,类型,名称\n2027-01-01,也许,元旦"}, "第 2 行"),
        ("import", {"source": "通知", "days": ""}, "1 到"),
        ("import", {"source": "", "days": "2027-01-01,休,元旦"}, "请填写来源"),
        ("hours", {"hours_0": "9-12"}, "工作时间应写成"),
        ("hours", {"hours_0": "09:00-12:00 11:00-13:00"}, "互不重叠"),
        ("hours", {"hours_0": ""}, "至少要有一段"),
        ("other", {}, "不认识的操作"),
    ],
)
def test_what_cannot_be_is_refused_in_words(site: Site, act: str, form: dict[str, str], words: str) -> None:
    status, page = send(site, act, **form)
    assert status == 400
    assert words in page
