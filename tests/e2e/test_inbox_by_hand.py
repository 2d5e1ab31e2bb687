"""The inbox in Chromium: on a phone two approvals are answered at once and a to-do is done in place; a desk has keys."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.e2e.people import Person, Server


def _submitted(seller: Person, lead: Person) -> list[str]:
    """Two quotes of the seller's that wait for their head."""
    api = f"{seller.base}/api"
    drafts = seller.page.request.get(f"{api}/records/quote?state=draft&limit=50").json()["data"]
    for one in drafts:
        seller.page.request.post(f"{api}/records/quote/{one['id']}/transitions/submit", data={})
        found = lead.page.request.get(f"{api}/inbox?kind=approval").json()["data"]
        if len(found) >= 2:
            return [str(entry["item"]) for entry in found[:2]]
    raise AssertionError("no two quotes could be submitted")


def test_a_phone_answers_two_at_once_and_does_a_to_do_in_place(browser: Browser, server: Server) -> None:
    seller, lead = Person(browser, server, "li_wei"), Person(browser, server, "zhao_rui", 390)
    items = _submitted(seller, lead)
    assert lead.open("/inbox?kind=approval") == 200
    assert lead.sideways() == 0 and lead.axe() == []
    expect(lead.page.locator("#inbox-link .count")).to_be_visible()
    for item in items:
        lead.page.locator(f"input[value='{item}']").check()
    expect(lead.page.locator("[data-chosen]")).to_have_text("已选 2 件")
    lead.page.fill(".batch [name=comment]", "同意")
    lead.page.locator(".batch [value=approve]").click()
    expect(lead.page.locator(".banner.success")).to_contain_text("已处理 2 件")
    made = {"title": "手机上办的事", "kind": "follow_up", "due_on": "2026-03-02"}
    assert lead.page.request.post(f"{server.base}/api/records/task", data=made).status == 201
    assert lead.open("/inbox?due=today&kind=task.to_do") == 200
    line = lead.page.locator("[data-line]", has_text="手机上办的事")
    button = line.get_by_role("button", name="完成")
    assert (button.bounding_box() or {"height": 0})["height"] >= 44, "a thumb hits it"
    button.click()
    expect(lead.page.locator(".banner.success")).to_contain_text("已处理 1 件")
    expect(lead.page.locator("[data-line]", has_text="手机上办的事")).to_have_count(0)
    assert lead.errors == []
    seller.close()
    lead.close()


def test_a_desk_walks_ticks_and_does_by_keys(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "li_wei")
    for title in ("键盘甲", "键盘乙"):
        made = {"title": title, "kind": "follow_up", "due_on": "2026-03-02"}
        assert person.page.request.post(f"{server.base}/api/records/task", data=made).status == 201
    assert person.open("/inbox?kind=task.to_do&q=键盘") == 200
    expect(person.page.locator("form.inbox[data-idle]"), "the keys are listened to").to_be_attached()
    for key in ("j", "x", "j", "x", "a"):
        person.page.keyboard.press(key)
    expect(person.page).to_have_url(re.compile("done=2"))
    expect(person.page.locator(".banner.success")).to_contain_text("已处理 2 件")
    person.close()
