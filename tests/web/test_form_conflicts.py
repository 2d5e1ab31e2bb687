"""Forms of two people over one record, without JavaScript: what was merged is said, what clashes is chosen, nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from html.parser import HTMLParser

import pytest

from tests.conftest import KINDS, unmade_url
from tests.web.quotes import Quote
from tests.web.site import Site, running_site


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("conflicts")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


class Inputs(HTMLParser):
    """What a browser would send of the form on a page, and the choices that it offers."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self.offered: set[str] = set()
        self._form = self._area = self._select = ""
        self._template = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self._form = given.get("class", "")
        self._template = self._template or tag == "template"
        if "form-page" not in self._form or self._template:
            return
        if tag == "input" and given.get("type") in {"radio", "checkbox"}:
            self.offered.add(name)
            if "checked" in given:
                self.sent[name] = given.get("value", "on")
        elif tag == "input":
            self.sent[name] = given.get("value", "")
        elif tag == "textarea":
            self._area, self.sent[name] = name, ""
        elif tag == "select":
            self._select, self.sent[name] = name, ""
        elif tag == "option" and "selected" in given:
            self.sent[self._select] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.sent[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        self._area = "" if tag == "textarea" else self._area
        self._form = "" if tag == "form" else self._form
        self._template = self._template and tag != "template"


def made(site: Site, name: str) -> str:
    body = {"name": name, "customer": site.public("acme"), "amount": "100", "solution": "原方案"}
    answer = site.client("li").post("/api/records/opportunity", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def opened(site: Site, person: str, record: str) -> dict[str, str]:
    page = site.client(person).get(f"/r/opportunity/{record}/edit")
    assert page.status_code == 200
    return Inputs(page.text).sent


def row(site: Site, record: str) -> Mapping[str, object]:
    found: Mapping[str, object] = site.client("li").get(f"/api/records/opportunity/{record}").json()["data"]
    return found


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def test_what_a_colleague_changed_beside_a_form_stays_and_is_said(site: Site) -> None:
    record = made(site, "各改各的")
    mine, theirs = opened(site, "li", record), opened(site, "lead", record)
    site.client("lead").post(f"/r/opportunity/{record}", data={**theirs, "f.source": "expo"})
    saved = site.client("li").post(f"/r/opportunity/{record}", data={**mine, "f.solution": "新方案"})
    assert saved.status_code == 303, words(saved.text)[:400]
    assert (row(site, record)["solution"], row(site, record)["source"]) == ("新方案", "expo")
    shown = words(site.client("li").get(saved.headers["location"]).text)
    assert "你编辑时他人的改动也保留了" in shown
    assert re.search(r"Lead .{0,20} 改了 来源", shown), shown[:1500]


def test_both_values_come_back_side_by_side_and_nothing_is_written_before_a_choice(site: Site) -> None:
    record = made(site, "同一处")
    mine, theirs = opened(site, "li", record), opened(site, "lead", record)
    site.client("lead").post(f"/r/opportunity/{record}", data={**theirs, "f.amount": "200", "f.source": "expo"})
    typed = {**mine, "f.amount": "300", "f.solution": "只有我改"}
    back = site.client("li").post(f"/r/opportunity/{record}", data=typed)
    assert back.status_code == 412
    form, shown = Inputs(back.text), words(back.text)
    assert "Lead 在你编辑时改了这条记录" in shown
    assert re.search(r"金额 你打开时是 ¥100\.00 我的 ¥300\.00 Lead · .{1,12} ¥200\.00", shown), shown[:2500]
    assert {name for name in form.offered if name.startswith("@take.")} == {"@take.amount"}
    assert (form.sent["f.amount"], form.sent["f.solution"]) == ("300", "只有我改")
    again = site.client("li").post(f"/r/opportunity/{record}", data=form.sent)
    assert (again.status_code, row(site, record)["amount"]) == (412, "200.00")
    assert "请为每一处选择保留哪个值" in words(again.text)


@pytest.mark.parametrize(("side", "amount"), [("mine", "300.00"), ("theirs", "200.00")])
def test_a_choice_is_written_and_the_rest_is_merged(site: Site, side: str, amount: str) -> None:
    record = made(site, f"选择 {side}")
    mine, theirs = opened(site, "li", record), opened(site, "lead", record)
    site.client("lead").post(f"/r/opportunity/{record}", data={**theirs, "f.amount": "200", "f.source": "expo"})
    back = site.client("li").post(f"/r/opportunity/{record}", data={**mine, "f.amount": "300", "f.solution": "我的"})
    settled = {**Inputs(back.text).sent, "@take.amount": side}
    saved = site.client("li").post(f"/r/opportunity/{record}", data=settled)
    assert saved.status_code == 303, words(saved.text)[:800]
    now = row(site, record)
    assert (now["amount"], now["solution"], now["source"]) == (amount, "我的", "expo")
    history = words(site.client("li").get(f"/r/opportunity/{record}/history").text)
    assert ("与 Lead 的修改冲突，选择了自己的值：预计金额" in history) is (side == "mine")
    assert ("与 Lead 同时的修改合并" in history) is (side == "theirs")


def test_what_is_changed_after_the_choice_was_shown_is_shown_again(site: Site) -> None:
    record = made(site, "又改了")
    mine, theirs = opened(site, "li", record), opened(site, "lead", record)
    site.client("lead").post(f"/r/opportunity/{record}", data={**theirs, "f.amount": "200"})
    back = site.client("li").post(f"/r/opportunity/{record}", data={**mine, "f.amount": "300"})
    site.client("lead").patch(f"/api/records/opportunity/{record}", json={"amount": "250"})
    late = site.client("li").post(f"/r/opportunity/{record}", data={**Inputs(back.text).sent, "@take.amount": "mine"})
    assert (late.status_code, row(site, record)["amount"]) == (412, "250.00")
    assert "¥250.00" in words(late.text)
    settled = {**Inputs(late.text).sent, "@take.amount": "mine"}
    assert site.client("li").post(f"/r/opportunity/{record}", data=settled).status_code == 303
    assert row(site, record)["amount"] == "300.00"


def test_a_deleted_record_comes_back_with_what_was_typed(site: Site) -> None:
    record = made(site, "被删掉的")
    mine = opened(site, "lead", record)
    assert site.client("admin").get("/").status_code in {200, 303}
    site.client("lead").delete(f"/api/records/opportunity/{record}")
    back = site.client("lead").post(f"/r/opportunity/{record}", data={**mine, "f.solution": "还要"})
    assert back.status_code == 410, back.text[:300]
    form = Inputs(back.text)
    assert "删除了这条记录" in words(back.text)
    assert "恢复并保存" in words(back.text)
    assert form.sent["f.solution"] == "还要"
    assert site.client("lead").post(f"/r/opportunity/{record}", data=form.sent).status_code == 303
    assert row(site, record)["solution"] == "还要"


def test_who_may_not_restore_a_deleted_record_is_told_by_whom_and_keeps_the_text(site: Site) -> None:
    record = made(site, "删了就没了")
    mine = opened(site, "li", record)
    site.client("lead").delete(f"/api/records/opportunity/{record}")
    back = site.client("li").post(f"/r/opportunity/{record}", data={**mine, "f.solution": "请保留"})
    form = Inputs(back.text)
    assert (back.status_code, form.sent["f.solution"], "@restore" in form.sent) == (410, "请保留", False)
    assert re.search(r"Lead .{0,16}删除了这条记录", words(back.text))


def test_a_move_decided_on_an_old_amount_shows_the_new_one_first(site: Site) -> None:
    record = made(site, "先看金额")
    site.client("li").patch(f"/api/records/opportunity/{record}", json={"solution_engineer": site.public("li")})
    page = site.client("li").get(f"/r/opportunity/{record}").text
    assert 'name="@version" value="2"' in page
    site.client("lead").patch(f"/api/records/opportunity/{record}", json={"amount": "999"})
    move = f"/r/opportunity/{record}/move/to_solution"
    back = site.client("li").post(move, data={"@version": "2"})
    assert back.status_code == 412, words(back.text)[:500]
    assert re.search(r"预计金额 ¥100\.00 → ¥999\.00 Lead", words(back.text)), words(back.text)[:1500]
    assert row(site, record)["stage"] == "qualify"
    assert site.client("li").post(move, data=Inputs(back.text).sent).status_code == 303
    assert row(site, record)["stage"] == "solution"


def cell(form: Mapping[str, str], line: str, field: str) -> str:
    """The name of an input of a line, by the line's id."""
    prefix = next(name.removesuffix("@id") for name, value in form.items() if name.endswith(".@id") and value == line)
    return f"{prefix}{field}"


def test_lines_of_a_form_merge_and_their_conflicts_are_chosen_like_fields(site: Site) -> None:
    quote = Quote.made(site)
    path, first, second = quote.path.replace("/api/records", "/r"), str(quote.lines[0]["id"]), str(quote.lines[1]["id"])
    li, lead = site.client("li"), site.client("lead")
    mine, theirs = Inputs(li.get(f"{path}/edit").text).sent, Inputs(lead.get(f"{path}/edit").text).sent
    changed = {**theirs, cell(theirs, first, "quantity"): "5", cell(theirs, second, "description"): "他的"}
    assert lead.post(path, data=changed).status_code == 303
    typed = {**mine, cell(mine, first, "quantity"): "7", cell(mine, first, "description"): "我的"}
    back = li.post(path, data=typed)
    form, shown = Inputs(back.text), words(back.text)
    assert back.status_code == 412
    assert re.search(r"第 \d 行 · 数量 你打开时是 1 我的 7 Lead · .{1,12} 5\b", shown), shown[:2500]
    choice = next(name for name in form.offered if name.startswith("@take.lines."))
    saved = li.post(path, data={**form.sent, choice: "mine"})
    assert saved.status_code == 303, words(saved.text)[:800]
    assert "明细行里他人的改动" in words(li.get(saved.headers["location"]).text)
    now = {str(one["id"]): one for one in quote.now()}
    assert (now[first]["quantity"], now[first]["description"], now[second]["description"]) == ("7.000", "我的", "他的")


def test_a_line_that_somebody_deleted_comes_back_by_choice(site: Site) -> None:
    quote = Quote.made(site)
    path, first = quote.path.replace("/api/records", "/r"), str(quote.lines[0]["id"])
    mine = Inputs(site.client("li").get(f"{path}/edit").text).sent
    assert quote.patch("lead", quote.line(0, _delete=True)).status_code == 200
    back = site.client("li").post(path, data={**mine, cell(mine, first, "quantity"): "9"})
    form = Inputs(back.text)
    assert back.status_code == 412
    assert "已删除此行" in words(back.text)
    choice = next(name for name in form.offered if name.startswith("@take.lines."))
    for side, quantities in (("theirs", ["2.000", "3.000"]), ("mine", ["2.000", "3.000", "9.000"])):
        kept = {**form.sent, choice: side, "@key": side}
        answer = site.client("li").post(path, data=kept)
        assert answer.status_code == 303, words(answer.text)[:800]
        assert [one["quantity"] for one in quote.now()] == quantities


LONG_TERMS = "账期超过 90 天且预付不足三成，回款风险高"


def test_what_a_rule_warns_of_is_told_above_the_page_that_follows_and_to_programs(site: Site) -> None:
    li, path = site.client("li"), Quote.made(site).path.removeprefix("/api/records")
    quiet = li.post(f"/r{path}", data={"f.payment_days": "30", "f.prepayment": "0"})
    assert quiet.headers["location"] == f"/r{path}"
    saved = li.post(f"/r{path}?next=/app/quote_list?view=all", data={"f.payment_days": "120"})
    address = saved.headers["location"]
    assert (saved.status_code, address.startswith("/app/quote_list?view=all&warned=")) == (303, True)
    assert LONG_TERMS not in address, "an address is not where words are written"
    page = li.get(address).text
    assert LONG_TERMS in page.partition("data-warned")[2].partition("</div>")[0]
    assert "warned=" not in page, "it is said once and not carried along by the links of the page"
    assert LONG_TERMS not in site.client("lead").get(address).text, "it is said to who wrote"
    assert "data-warned" not in li.get(f"/r{path}?warned=altered").text
    told = li.patch(f"/api/records{path}", json={"payment_days": 121}).json()
    assert told["warnings"] == [LONG_TERMS]
    assert "warnings" not in li.patch(f"/api/records{path}", json={"payment_days": 30}).json()
    operations = [{"action": "update", "id": path.rpartition("/")[2], "values": {"payment_days": 122}}]
    results = li.post("/api/records/quote/bulk", json={"operations": operations}).json()["results"]
    assert results[0]["warnings"] == [LONG_TERMS]
