"""Approvals on a phone: everything that people can do to a flow, each by a person with a thumb, on the bar of the record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.e2e.people import Person, Server

PHONE = 390
REFUSED = re.compile(r"status of (409|422)")
"""What Chromium says of an answer that refuses something; the tests ask for some."""


@dataclass(frozen=True)
class Crew:
    """A sales person, the lead of the unit, and finance, each on a phone of their own."""

    li: Person
    zhao: Person
    jin: Person

    def quote(self, price: str = "100000") -> str:
        """A quote of the sales person that waits for the lead; the address of its page."""
        ask, base = self.li.page.request, self.li.base
        deal = ask.get(f"{base}/api/records/opportunity?limit=1").json()["data"][0]
        product = ask.get(f"{base}/api/records/product?limit=1").json()["data"][0]["id"]
        lines = [{"product": product, "quantity": "1", "list_price": price}]
        body = {"customer": deal["customer"], "opportunity": deal["id"], "lines": lines, "reason": "框架协议"}
        made = ask.post(f"{base}/api/records/quote", data=body)
        assert made.status == 201, made.text()
        record = made.json()["data"]["id"]
        submitted = ask.post(f"{base}/api/records/quote/{record}/transitions/submit", data={})
        assert submitted.status == 200, submitted.text()
        return f"/r/quote/{record}"

    def state(self, quote: str) -> str:
        path = quote.replace("/r/", "/api/records/")
        return str(self.li.page.request.get(self.li.base + path).json()["data"]["state"])


@pytest.fixture(scope="module")
def crew(browser: Browser, server: Server) -> Iterator[Crew]:
    people = Crew(*(Person(browser, server, account, PHONE) for account in ("li_wei", "zhao_rui", "jin_wen")))
    yield people
    for one in (people.li, people.zhao, people.jin):
        assert [error for error in one.errors if not REFUSED.search(error)] == []
        one.close()


def bar(person: Person, path: str) -> Locator:
    """The approval bar of a record, or of the flow's own page, on the phone."""
    assert person.open(path) == 200
    assert person.sideways() == 0
    return person.page.locator("article.flow").first


def waiting(person: Person) -> str:
    """The page of what came last into somebody's inbox."""
    person.open("/inbox")
    found = person.page.locator(".inbox-link").last.get_attribute("href")
    assert found is not None
    return found


def more(card: Locator) -> Locator:
    """What else can be done, unfolded."""
    card.locator(".flow-more > summary").click()
    return card.locator(".flow-more")


def press(card: Locator, words: str) -> None:
    """Press a button that sends its form, and wait for the page that answers."""
    with card.page.expect_navigation():
        sending(card, words).click()


def sending(card: Locator, words: str) -> Locator:
    return card.locator("button:not([type=button])").filter(has_text=re.compile(rf"^\s*{words}\s*$"))


def choose(card: Locator, person: str) -> None:
    card.get_by_label("人员").select_option(label=person)


def test_approved_with_a_thumb_and_rejected_only_with_words(crew: Crew) -> None:
    quote = crew.quote()
    card = bar(crew.zhao, quote)
    for button in card.locator(".flow-main .btn").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44, "a thumb's size"
    sending(card, "拒绝").click()
    expect(crew.zhao.page.get_by_role("alert").first).to_contain_text("意见")
    card = crew.zhao.page.locator("article.flow").first
    card.get_by_label("意见", exact=True).fill("价格需再谈")
    press(card, "拒绝")
    assert crew.state(quote) == "draft"
    other = crew.quote()
    press(bar(crew.zhao, other), "同意")
    expect(crew.zhao.page.locator("article.flow").first).to_contain_text("已通过")
    assert crew.state(other) == "approved"
    assert crew.zhao.axe() == []


def test_others_are_asked_before_beside_and_after_and_taken_out(crew: Crew) -> None:
    quote = crew.quote()
    card = bar(crew.zhao, quote)
    choose(more(card), "金雯")
    press(card, "并加签")
    card = bar(crew.zhao, quote)
    expect(card).to_contain_text("金雯")
    press(card, "减签")
    card = bar(crew.zhao, quote)
    expect(card.locator(".card-head")).not_to_contain_text("金雯")
    choose(more(card), "金雯")
    press(card, "前加签")
    assert sending(bar(crew.zhao, quote), "同意").count() == 0, "not the lead's turn"
    expect(sending(bar(crew.zhao, quote), "减签")).to_have_count(1)
    press(bar(crew.jin, quote), "同意")
    card = bar(crew.zhao, quote)
    choose(more(card), "邓珂")
    press(card, "同意并后加签")
    expect(bar(crew.li, quote).locator(".card-head")).to_contain_text("邓珂")


def test_passed_on_within_reach_and_taken_back_before_the_next_acts(crew: Crew) -> None:
    quote = crew.quote()
    card = bar(crew.zhao, quote)
    offered = more(card).get_by_label("人员").locator("option").all_inner_texts()
    assert {"金雯", "邓珂"} <= set(offered)
    assert not {"周航", "李薇", "林海"} & set(offered), "neither sales nor administrators are in reach"
    choose(card, "金雯")
    press(card, "转交")
    assert bar(crew.zhao, quote).locator(".flow-turn").count() == 0
    press(bar(crew.jin, quote), "同意")
    assert crew.state(quote) == "approved"
    cheap = crew.quote("1")
    press(bar(crew.zhao, cheap), "同意")
    card = bar(crew.zhao, cheap)
    expect(card.locator(".card-head")).to_contain_text("金雯")
    press(card, "撤回我的审批")
    expect(bar(crew.zhao, cheap).locator(".flow-main")).to_be_visible()


def test_sent_back_to_the_step_before_and_to_the_initiator(crew: Crew) -> None:
    quote = crew.quote("1")
    press(bar(crew.zhao, quote), "同意")
    card = bar(crew.jin, quote)
    card.get_by_label("意见", exact=True).fill("请再核对成本")
    more(card).get_by_label("退回到").select_option(label="单元负责人审批")
    press(card, "退回")
    card = bar(crew.zhao, quote)
    card.get_by_label("意见", exact=True).fill("请补充材料")
    more(card).get_by_label("退回到").select_option(label="发起人修改")
    press(card, "退回")
    press(bar(crew.li, quote), "重新提交")
    expect(bar(crew.zhao, quote).locator(".flow-main")).to_be_visible()


def test_the_initiator_reminds_once_and_withdraws(crew: Crew) -> None:
    quote = crew.quote()
    press(bar(crew.li, quote), "催办")
    card = bar(crew.li, quote)
    sending(card, "催办").click()
    expect(crew.li.page.get_by_role("alert").first).to_contain_text("稍后再催")
    press(bar(crew.li, quote), "撤回")
    assert crew.state(quote) == "draft"


def test_a_copy_is_read_and_the_reading_is_kept(crew: Crew) -> None:
    flow = crew.li.page.request.get(f"{crew.li.base}{crew.quote().replace('/r/', '/api/records/')}/flows").json()[
        "flows"
    ][0]["id"]
    users = crew.li.page.request.get(f"{crew.li.base}/api/records/opportunity/pick/solution_engineer?q=金雯").json()
    people = [next(iter(users.values()))[0]["id"]]
    told = crew.li.page.request.post(f"{crew.li.base}/api/flows/{flow}/copy", data={"people": people})
    assert told.status == 200, told.text()
    crew.jin.open("/inbox?tab=copies")
    line = crew.jin.page.locator(".inbox-line").first
    line.get_by_role("button", name="已读").click()
    expect(crew.jin.page).to_have_url(re.compile(r"/flows/"))
    crew.jin.open("/inbox?tab=copies")
    expect(crew.jin.page.locator(".inbox-line").first).to_contain_text("已读")
    assert crew.jin.page.locator(".inbox-line").first.get_by_role("button").count() == 0


def test_several_are_approved_at_once_in_the_inbox(crew: Crew) -> None:
    quotes = [crew.quote(), crew.quote()]
    codes = [
        crew.li.page.request.get(crew.li.base + one.replace("/r/", "/api/records/")).json()["data"]["code"]
        for one in quotes
    ]
    crew.zhao.open(f"/inbox?q={codes[0][:-2]}")
    for code in codes:
        crew.zhao.page.locator(".inbox-line", has_text=code).get_by_role("checkbox").check()
    assert crew.zhao.sideways() == 0
    press(crew.zhao.page.locator(".batch"), "同意")
    expect(crew.zhao.page.get_by_role("status").first).to_contain_text("已处理 2 件")
    assert [crew.state(one) for one in quotes] == ["approved", "approved"]


def test_a_delegate_answers_in_the_name_of_who_is_away(crew: Crew) -> None:
    crew.zhao.open("/account")
    crew.zhao.page.get_by_text("只委托审批").click()
    form = crew.zhao.page.locator("form", has=crew.zhao.page.locator("input[value=approvals]"))
    form.locator("[name=user]").select_option(label="金雯")
    form.locator("[name=since]").fill("2026-03-02")
    form.locator("[name=until]").fill("2026-03-05")
    assert crew.zhao.sideways() == 0
    with crew.zhao.page.expect_navigation():
        form.locator("button").last.click()
    expect(crew.zhao.page.locator("main")).to_contain_text("已委托 金雯")
    quote = crew.quote()
    card = bar(crew.jin, quote)
    expect(card).to_contain_text("代 赵锐")
    press(card, "同意")
    assert crew.state(quote) == "approved"
    crew.zhao.open("/account")
    with crew.zhao.page.expect_navigation():
        crew.zhao.page.get_by_role("button", name="收回").last.click()
    expect(bar(crew.li, crew.quote()).locator(".card-head")).to_contain_text("赵锐")
