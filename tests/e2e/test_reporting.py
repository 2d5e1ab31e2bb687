"""A daily report on a phone: every tap and character counted, timed by a stated model of a person's hands."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.e2e.hands import Hands
from tests.e2e.people import Person, Server

LIMIT = 90.0
SENTENCES = {
    "moved": "见到财务总监，讲清分期",
    "stuck": "预算要等集团例会批",
    "next": "周四带方案工程师上门",
}


def until_proposed(person: Person, server: Server, words: str) -> None:
    """The first night's learning of a new installation is done a moment after its start."""
    for _ in range(300):
        told = person.page.request.post(f"{server.base}/preview/daily_snapshot", form={"f.stuck": words})
        if told.json()["proposed"]:
            return
        person.page.wait_for_timeout(100)
    raise AssertionError("nothing is proposed")


def test_a_report_takes_less_than_ninety_seconds_on_a_phone(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "zhou_hang", width=390, touch=True)
    page = person.page
    customer = page.request.get(f"{server.base}/api/records/customer?limit=1").json()["data"][0]["id"]
    body = {"name": "日报压装线", "customer": customer, "amount": "250000"}
    deal = page.request.post(f"{server.base}/api/records/opportunity", data=body)
    assert deal.ok, deal.text()
    changed = page.request.patch(
        f"{server.base}/api/records/opportunity/{deal.json()['data']['id']}",
        data={"competitor": "oubo", "lesson": "先见财务"},
        headers={"if-match": deal.headers["etag"]},
    )
    assert changed.ok, changed.text()
    assert person.open("/app/snapshot_list") == 200
    until_proposed(person, server, SENTENCES["stuck"])
    hands = Hands()
    hands.tap(page.locator("a[href='/r/daily_snapshot/new']").first)
    expect(page.locator(".recalled")).to_be_visible()
    for name, words in SENTENCES.items():
        hands.write(page.locator(f"[name='f.{name}']"), words)
    concerned = page.locator("[name='f.concerns']")
    hands.taps += 2
    hands.decisions += 1
    concerned.select_option(index=1)
    hands.tap(page.locator("label:has([name='f.journey_stage'][value='negotiation'])"))
    chip = page.locator("[data-proposal='theme']")
    expect(chip).to_have_text("可能是：预算未批")
    hands.tap(chip)
    expect(page.locator("label:has([name='f.theme'])", has_text="预算未批").locator("input")).to_be_checked()
    facts = page.locator(".fact")
    expect(facts).to_have_count(3)
    for at, (benefits, use) in enumerate(
        [("product", "improve_product"), ("finance", "update_forecast"), ("delivery", "plan_visit")]
    ):
        fact = facts.nth(at)
        hands.tap(fact.locator(".fact-head"))
        hands.tap(fact.locator(f"label:has([value='{benefits}'])"))
        hands.tap(fact.locator(f"label:has([value='{use}'])"))
    assert person.sideways() == 0
    assert person.axe() == []
    hands.tap(page.locator(".actionbar .primary"), thinks=False)
    expect(page).to_have_url(re.compile(r"/r/daily_snapshot/[0-9A-Z]{13}$"))
    report = page.url.rsplit("/", 1)[1]
    stored = page.request.get(f"{server.base}/api/records/daily_snapshot/{report}").json()["data"]
    assert (stored["stuck"], stored["hindered"], stored["statement_count"]) == (SENTENCES["stuck"], True, 3)
    picked = page.request.get(f"{server.base}/api/records/daily_snapshot/pick/theme?q=预算未批").json()["data"]
    assert stored["theme"] == picked[0]["id"]
    assert person.sideways() == 0
    assert person.axe() == []
    assert person.errors == []
    print(
        f"daily report: {hands.taps} taps, {hands.decisions} decisions, {hands.characters} characters, "
        f"{hands.waited:.1f} s waited, {hands.seconds:.0f} s in all"
    )
    assert hands.taps <= 24
    assert hands.seconds < LIMIT
    person.close()


def test_the_heat_map_leads_to_sentences_and_a_to_do(browser: Browser, server: Server) -> None:
    for width, dark in ((390, True), (1440, False)):
        person = Person(browser, server, "kong_yi", width=width, dark=dark)
        assert person.open("/app/calibration_desk?period=last_30_days") == 200
        cells = person.page.locator(".heat-map td a")
        assert cells.count() > 3
        assert person.sideways() == 0
        assert person.axe() == []
        told = cells.first.inner_text()
        cells.first.click()
        expect(person.page.locator("tbody tr")).to_have_count(min(int(told), 50))
        assert person.axe() == []
        person.page.get_by_role("link", name="转为待办").first.click()
        expect(person.page).to_have_url(re.compile(r"/r/task/new\?"))
        assert person.page.input_value("[name='f.title']")
        person.page.click(".actionbar .primary")
        expect(person.page).to_have_url(re.compile(r"/r/task/[0-9A-Z]{13}$"))
        expect(person.page.locator("a[href^='/r/daily_snapshot/']").first).to_be_visible()
        assert person.errors == []
        person.close()
