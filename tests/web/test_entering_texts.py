"""Long texts with formatting: kept as a few tags whoever writes them, plain words wherever they are listed, found or worked
with. Business cards: what is read of them is shown first, and fills in what is ticked."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Iterator

import pytest

from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site

HOSTILE = (
    '<p onclick="x()">一 <b>二</b><script>alert(1)</script><img src="https://a.cn/x.png" onerror="x()">'
    '<a href="javascript:x()">三</a> <a href="https://a.cn/?a=1&amp;b=2" style="color:red">四</a></p><ul><li>五</ul>'
)
WORDS = "一 二三 四\n- 五"
MARKUP = (
    '<p>一 <strong>二</strong>三 <a href="https://a.cn/?a=1&amp;b=2" rel="noopener noreferrer" target="_blank">四</a></p>'
    "<ul><li>五</li></ul>"
)


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("texts")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def minutes(site: Site, title: str, summary: object) -> str:
    body = {"title": title, "customer": site.public("acme"), "summary": summary}
    answer = site.client("li").post("/api/records/meeting_minutes", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def read(site: Site, record: str) -> dict[str, object]:
    return dict(site.client("li").get(f"/api/records/meeting_minutes/{record}").json()["data"])


def edited(site: Site, record: str, person: str = "li", **more: str) -> int:
    """Sends the form of the record back as it was rendered, with a few inputs changed or added."""
    page = site.client(person).get(f"/r/meeting_minutes/{record}/edit").text
    version = re.search(r'name="@version" value="(\d+)"', page)
    assert version is not None
    given = {"@version": version[1]} | {name.replace("__", "@"): value for name, value in more.items()}
    given = {f"f.{name}" if not name.startswith("@") else name: value for name, value in given.items()}
    return site.client(person).post(f"/r/meeting_minutes/{record}", data=given).status_code


def test_the_interface_keeps_a_few_tags_and_answers_words_and_markup(site: Site) -> None:
    record = minutes(site, "带格式", {"html": HOSTILE})
    data = read(site, record)
    assert (data["summary"], data["summary.@html"]) == (WORDS, MARKUP)
    listed = site.client("li").get("/api/records/meeting_minutes", params={"fields": "title,summary"}).json()["data"]
    assert next(one for one in listed if one["id"] == record)["summary"] == WORDS
    tags = minutes(site, "像标签", "<b>不是格式</b>")
    assert read(site, tags)["summary"] == "<b>不是格式</b>"
    assert "&lt;b&gt;不是格式&lt;/b&gt;" in site.client("li").get(f"/r/meeting_minutes/{tags}").text
    for wrong in ({"html": 1}, {"html": "a", "x": "b"}, {"text": "a"}, ["a"]):
        body = {"title": "x", "customer": site.public("acme"), "summary": wrong}
        assert site.client("li").post("/api/records/meeting_minutes", json=body).status_code == 422


def test_pages_show_the_formatting_and_lists_exports_searches_and_filters_the_words(site: Site) -> None:
    record = minutes(site, "看得见", {"html": "<h2>报价</h2><p>按<b>加粗的价格</b>走</p>"})
    client = site.client("li")
    assert "<h3>报价</h3><p>按<strong>加粗的价格</strong>走</p>" in client.get(f"/r/meeting_minutes/{record}").text
    answer = client.get("/export/meeting_minutes", params={"kind": "csv"}).text.lstrip("\ufeff")
    assert "报价\n按加粗的价格走" in {row["纪要"] for row in csv.DictReader(io.StringIO(answer))}
    assert "看得见" in client.get("/search", params={"q": "按加粗"}).text
    for asked, many in (("按加粗的", 1), ("strong", 0), ("</p", 0)):
        found = client.get("/api/records/meeting_minutes", params={"summary__contains": asked, "sort": "summary"})
        assert len(found.json()["data"]) == many
    edit = client.get(f"/r/meeting_minutes/{record}/edit").text
    assert re.search(r"<textarea[^>]*>报价\n按加粗的价格走</textarea>", edit)
    assert "<strong>" not in edit and "&lt;strong&gt;加粗的价格" in edit


def test_words_sent_back_unchanged_keep_the_formatting_and_others_take_its_place(site: Site) -> None:
    record = minutes(site, "来回", {"html": HOSTILE})
    assert edited(site, record, summary=WORDS.replace("\n", "\r\n"), place="展厅") == 303
    kept = read(site, record)
    assert (kept["summary.@html"], kept["place"]) == (MARKUP, "展厅")
    assert edited(site, record, summary="一 二", summary__html="<p>一 <i>二</i><iframe src=x></iframe></p>") == 303
    assert read(site, record)["summary.@html"] == "<p>一 <em>二</em></p>"
    assert edited(site, record, summary="一 二", summary__html="<p>一 二</p>") == 303
    plain = read(site, record)
    assert (plain["summary"], plain["summary.@html"]) == ("一 二", "<p>一 二</p>")
    history = site.client("li").get(f"/r/meeting_minutes/{record}/history").text
    assert "<em>" not in history and "只改了格式" in history


def test_what_was_typed_comes_back_with_what_is_wrong_and_as_a_draft(site: Site) -> None:
    client = site.client("li")
    typed = {"f.title": "", "f.summary": "粗", "f.summary@html": "<p><b>粗</b></p><script>x</script>"}
    again = client.post("/r/meeting_minutes", data=typed | {"f.customer": site.public("acme")})
    assert again.status_code == 422
    assert 'data-markup="&lt;p&gt;&lt;strong&gt;粗&lt;/strong&gt;&lt;/p&gt;" data-typed' in again.text
    assert client.post("/drafts/meeting_minutes", data=typed).json() == {"kept": True}
    taken_up = client.get("/r/meeting_minutes/new", params={"draft": "1"}).text
    assert "&lt;strong&gt;粗&lt;/strong&gt;" in taken_up and "&lt;script" not in taken_up


def test_two_who_format_one_text_are_asked_whose_stays(site: Site) -> None:
    record = minutes(site, "冲突", {"html": "<p>原文</p>"})
    page = site.client("li").get(f"/r/meeting_minutes/{record}/edit").text
    assert edited(site, record, person="lead", summary="原文", summary__html="<p><b>原文</b></p>") == 303
    given = {"@version": "1", "f.summary": "原文 改", "f.summary@html": "<p>原文 <i>改</i></p>"}
    answer = site.client("li").post(f"/r/meeting_minutes/{record}", data=given)
    assert 'name="@version" value="1"' in page
    assert answer.status_code == 412 and 'name="@take.summary"' in answer.text
    mine = given | {"@take.summary": "mine", "@seen": "2"}
    assert site.client("li").post(f"/r/meeting_minutes/{record}", data=mine).status_code == 303
    assert read(site, record)["summary.@html"] == "<p>原文 <em>改</em></p>"


def test_the_limit_counts_characters_and_not_tags(site: Site) -> None:
    record = minutes(site, "长度", {"html": f"<p><b>{'字' * 99_000}</b></p>"})
    assert len(str(read(site, record)["summary"])) == 99_000
    too_long = {"title": "长", "customer": site.public("acme"), "summary": {"html": "字" * 100_001}}
    answer = site.client("li").post("/api/records/meeting_minutes", json=too_long)
    assert answer.status_code == 422 and "100000" in answer.text


def test_a_paper_shows_the_formatting_to_whom_the_text_is_readable(site: Site) -> None:
    record = minutes(site, "打印", {"html": "<p>按<b>新价</b></p><script>x</script>"})
    address = f"/r/meeting_minutes/{record}/documents/minutes_paper"
    assert (
        '<div class="paper-value paper-rich"><p>按<strong>新价</strong></p></div>'
        in site.client("li").get(address).text
    )
    assert site.client("wang").get(address).status_code == 404


SIGNATURE = """张三  销售总监
华信精密机械(苏州)有限公司
手机：138 1234 5678  电话：0512-6666 8888转801
zhang.san@huaxin.com.cn
地址：江苏省苏州市星海街 118 号"""
PHOTO = "data:image/jpeg;base64," + base64.b64encode(b"\xff\xd8\xff\xe0 a card").decode()


def shown_card(page: str) -> dict[str, tuple[str, bool]]:
    """What a form offers to take of a card: by part what it reads, and whether it is ticked."""
    row = r'name="@card\.take\.(\w+)" value="1"( checked)?>.*?<strong>(.*?)</strong>'
    return {part: (words, bool(ticked)) for part, ticked, words in re.findall(row, page, re.DOTALL)}


def test_a_card_is_shown_before_anything_is_filled_in_and_fills_in_what_is_ticked(site: Site) -> None:
    client = site.client("li")
    entered = {"f.person": "李四", "f.source": "expo", "@card.text": SIGNATURE, "@card.photo": PHOTO}
    read = client.post("/r/lead", data=entered | {"@card": "read"})
    assert read.status_code == 200
    assert shown_card(read.text) == {
        "name": ("张三", False),
        "title": ("销售总监", True),
        "company": ("华信精密机械(苏州)有限公司", True),
        "mobile": ("13812345678", True),
        "email": ("zhang.san@huaxin.com.cn", True),
        "address": ("江苏省 苏州市 星海街 118 号", True),
    }
    assert "已填“李四”，勾选才会替换" in read.text and "不会填入： 0512-6666 8888-801" in read.text
    assert 'name="f.company" value=""' in re.sub(r" (?:required|aria-[a-z]+(?:=\S+)?)", "", read.text)
    ticked = {f"@card.take.{part}": "1" for part in ("company", "mobile", "address", "nothing")}
    taken = client.post("/r/lead", data=entered | ticked | {"@card": "take"}).text
    values = dict(re.findall(r'name="f\.(\w+)"[^>]* value="([^"]*)"', taken))
    assert (values["company"], values["phone"], values["person"]) == (
        "华信精密机械(苏州)有限公司",
        "13812345678",
        "李四",
    )
    assert values["email"] == "" and '<option value="3205" selected>苏州市' in taken
    assert client.get("/api/records/lead", params={"company": values["company"]}).json()["data"] == []


def test_the_photo_of_a_card_becomes_a_file_of_its_record_once(site: Site) -> None:
    client = site.client("li")
    lead = {
        "f.company": "名片留存",
        "f.person": "王",
        "f.phone": "13912345678",
        "f.source": "expo",
        "@key": "card-once",
    }
    addresses = {client.post("/r/lead", data=lead | {"@card.photo": PHOTO}).headers["location"] for _ in range(2)}
    assert len(addresses) == 1
    assert client.get(addresses.pop()).text.count("名片.jpg</a>") == 1
    wrong = lead | {
        "f.company": "不是图片",
        "f.phone": "13912345679",
        "@key": "no-card",
        "@card.photo": "data:image/jpeg;base64,PHN2Zz4=",
    }
    assert "名片.jpg" not in client.get(client.post("/r/lead", data=wrong).headers["location"]).text


def test_a_card_finds_the_row_of_its_company_among_those_that_may_be_chosen(site: Site) -> None:
    for person, offered in (("li", True), ("wang", False)):
        asked = {"@card": "read", "@card.text": "公司：acme 公司\n姓名：周宁", "f.customer": ""}
        page = site.client(person).post("/r/contact", data=asked).text
        assert (shown_card(page).get("company") == ("acme 公司", True)) is offered
        assert shown_card(page)["name"] == ("周宁", True)
        assert ("没有找到，请先新建或直接选择" in page) is not offered
