"""Several browsers on one customer, one quote, one's inbox: what one does, the others see while they look; who may not read
it is told nothing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect

from tests.e2e.people import Person, Server

LISTENS = """
window.told = 0;
const Plain = window.EventSource;
window.EventSource = class extends Plain { constructor(url) { super(url); for (const word of ["changed", "counted"]) this.addEventListener(word, () => { window.told += 1; }); } };
"""


@contextmanager
def at(browser: Browser, server: Server, account: str, path: str, width: int = 1440) -> Iterator[Person]:
    """Somebody whose page is open and follows what changes."""
    person = Person(browser, server, account, width)
    person.page.add_init_script(LISTENS)
    assert person.open(path) == 200
    person.page.wait_for_selector("html[data-live]", timeout=30_000)
    yield person
    assert person.errors == []
    person.close()


def deal_of(person: Person) -> dict[str, str]:
    rows = person.page.request.get(f"{person.base}/api/records/opportunity?limit=1").json()["data"]
    return {"opportunity": str(rows[0]["id"]), "customer": str(rows[0]["customer"])}


def write(person: Person, deal: dict[str, str], subject: str, planned_on: str = "2026-03-02") -> None:
    values = {
        **deal,
        "subject": subject,
        "kind": "call",
        "planned_on": planned_on,
        "trigger": "deal_step",
        "basis": "model_win",
        "alternative": "等客户来问",
        "expected": "定下一步",
    }
    answer = person.page.request.post(f"{person.base}/api/records/activity", data=values)
    assert answer.status == 201, answer.text()


def test_a_new_entry_is_seen_at_once_by_who_may_read_it_and_by_nobody_else(browser: Browser, server: Server) -> None:
    writer = Person(browser, server, "li_wei")
    deal = deal_of(writer)
    with (
        at(browser, server, "wu_tong", f"/r/customer/{deal['customer']}") as engineer,
        at(browser, server, "zhao_rui", f"/r/customer/{deal['customer']}", 390) as lead,
        at(browser, server, "deng_ke", "/app/activity_list") as stranger,
    ):
        engineer.page.evaluate("scrollTo(0, 400)")
        waits = []
        for number in range(3):
            began = time.monotonic()
            write(writer, deal, f"现场确认 {number}")
            for person in (engineer, lead):
                person.page.wait_for_selector(f"text=现场确认 {number}", state="attached", timeout=30_000)
            waits.append(time.monotonic() - began)
            engineer.page.wait_for_timeout(1_000)  # a page reads itself anew once a second at most
        print(f"seen by two colleagues: median {statistics.median(waits):.2f} s")
        assert engineer.page.evaluate("scrollY") == 400
        assert engineer.page.evaluate("told") >= 3, "the control: those who may read it were told"
        assert stranger.page.evaluate("told") == 0
    writer.close()


def test_what_somebody_has_in_hand_is_left_alone(browser: Browser, server: Server) -> None:
    writer = Person(browser, server, "li_wei")
    with at(browser, server, "wu_tong", "/app/activity_list?v=all") as person:
        person.page.fill("main input[type=search]", "半句")
        write(writer, deal_of(writer), "打字的时候", "2027-12-31")
        person.page.wait_for_selector("text=打字的时候", timeout=30_000)
        assert person.page.input_value("main input[type=search]") == "半句"
        person.page.evaluate("getSelection().selectAllChildren(document.querySelector('main tbody'))")
        write(writer, deal_of(writer), "选字的时候", "2027-12-31")
        person.page.wait_for_selector(".toast.fresh", timeout=30_000)
        assert person.page.locator("text=选字的时候").count() == 0
        person.page.click(".toast.fresh")
        person.page.wait_for_selector("text=选字的时候", timeout=30_000)
        assert person.page.locator(".toast.fresh").count() == 0
    writer.close()


def submitted(seller: Person) -> str:
    """A draft quote of the seller's that was handed in; its id."""
    api = f"{seller.base}/api/records/quote"
    for one in seller.page.request.get(f"{api}?state=draft&limit=50").json()["data"]:
        if seller.page.request.post(f"{api}/{one['id']}/transitions/submit", data={}).ok:
            return str(one["id"])
    raise AssertionError("no quote could be handed in")


def test_an_inbox_follows_while_its_owner_ticks_and_types_and_so_does_the_bar_of_the_quote(
    browser: Browser, server: Server
) -> None:
    """Three sessions: who asks, who is asked (inbox here, another page there), and somebody whom it does not concern."""
    seller = Person(browser, server, "li_wei")
    submitted(seller)
    with (
        at(browser, server, "zhao_rui", "/inbox?kind=approval", 390) as lead,
        at(browser, server, "zhao_rui", "/account") as elsewhere,
        at(browser, server, "deng_ke", "/inbox") as stranger,
    ):
        first = lead.page.locator("input[name=item]").first
        first.check()
        lead.page.fill(".batch [name=comment]", "先看毛利")
        lead.page.evaluate("document.querySelector('.batch [name=comment]').blur()")
        ticked, waiting = first.get_attribute("value"), lead.page.locator(".inbox-chips [aria-current] .count")
        before = int(waiting.text_content() or "0")
        badge = int(elsewhere.page.locator("#inbox-link .count").text_content() or "0")
        began = time.monotonic()
        quote = submitted(seller)
        expect(waiting).to_have_text(str(before + 1), timeout=30_000)
        expect(elsewhere.page.locator("#inbox-link .count")).to_have_text(str(badge + 1), timeout=30_000)
        print(f"asked, and seen in the inbox and by the badge: {time.monotonic() - began:.2f} s")
        assert lead.page.locator(f"input[value='{ticked}']").is_checked()
        assert lead.page.input_value(".batch [name=comment]") == "先看毛利"
        assert lead.page.locator("[data-chosen]").text_content() == "已选 1 件"
        assert lead.page.locator(".toast.fresh").count() == 0
        assert stranger.page.evaluate("told") == 0
        with at(browser, server, "li_wei", f"/r/quote/{quote}") as author:
            expect(author.page.locator(".flows")).to_contain_text("赵锐")
            task = next(
                one["id"]
                for one in lead.page.request.get(f"{server.base}/api/inbox?kind=approval&limit=100").json()["data"]
                if one["record"] == quote
            )
            began = time.monotonic()
            answer = lead.page.request.post(f"{server.base}/api/tasks/{task}/reject", data={"comment": "毛利不够"})
            assert answer.ok, answer.text()
            expect(author.page.locator(".flows")).to_contain_text("毛利不够", timeout=30_000)
            print(f"answered, and seen on the record: {time.monotonic() - began:.2f} s")
            expect(waiting).to_have_text(str(before), timeout=30_000)
            assert lead.page.locator(f"input[value='{ticked}']").is_checked()
    seller.close()
