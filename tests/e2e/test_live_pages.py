"""Three browsers on one customer: what one writes, the others see while they look; who may not read it is told nothing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

from e2e.people import Person, Server
from playwright.sync_api import Browser

LISTENS = """
window.told = 0;
const Plain = window.EventSource;
window.EventSource = class extends Plain { constructor(url) { super(url); this.addEventListener("changed", () => { window.told += 1; }); } };
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
