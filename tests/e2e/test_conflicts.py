"""Two people over one opportunity in Chromium: the conflict fits a phone and a desk, works without script, and is settled."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.people import Person, Server


@pytest.mark.parametrize(
    ("width", "dark", "script", "language"),
    [(1440, False, True, "zh"), (390, True, False, "zh"), (390, False, True, "en")],
    ids=["desk", "phone-no-script", "phone-english"],
)
def test_a_conflict_is_shown_side_by_side_and_settled(
    browser: Browser, server: Server, width: int, dark: bool, script: bool, language: str
) -> None:
    seller, leader = Person(browser, server, "li_wei", width, dark, script), Person(browser, server, "zhao_rui")
    seller.language(language)
    customer = seller.page.request.get(f"{server.base}/api/records/customer?limit=1").json()["data"][0]["id"]
    body = {"name": f"冲突 {os.getpid()} {width} {dark} {language}", "customer": customer, "amount": "250000"}
    record = seller.page.request.post(f"{server.base}/api/records/opportunity", data=body).json()["data"]["id"]
    for person in (seller, leader):
        assert person.open(f"/r/opportunity/{record}/edit") == 200
    leader.page.fill("[name='f.amount']", "345678")
    leader.page.select_option("[name='f.competitor']", "kerui")
    leader.page.click(".actionbar .primary")
    expect(leader.page).to_have_url(re.compile(r"/r/opportunity/\w+$"))
    seller.page.fill("[name='f.amount']", "299000")
    seller.page.fill("[name='f.lesson']", "只有我写")
    seller.page.click(".actionbar .primary")
    panel = seller.page.locator(".conflict")
    expect(panel.locator(".clash-side")).to_have_count(2)
    expect(panel.locator(".clash-value")).to_have_text(["¥299,000.00", "¥345,678.00"])
    assert seller.sideways() == 0
    if script:
        assert seller.axe() == []
    panel.get_by_role("radio").nth(1).check()
    seller.page.click(".actionbar .primary")
    expect(seller.page.locator(".banner.merged li")).to_have_count(2)
    row = seller.page.request.get(f"{server.base}/api/records/opportunity/{record}").json()["data"]
    assert (row["amount"], row["competitor"], row["lesson"]) == ("345678.00", "kerui", "只有我写")
    if script:
        assert seller.axe() == []
    seller.close()
    leader.close()
