"""A store manager plans an offer on a phone: filled in from the store's own weeks, tried by a drag, live in six taps."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.e2e.hands import Hands
from tests.e2e.people import Person, Server

MOST_TAPS = 6


def test_an_offer_goes_live_in_six_taps(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "qian_jun", width=390, touch=True)
    page, hands = person.page, Hands()
    assert person.open("/app/store_home") == 200
    hands.tap(page.locator("nav a[href='/app/promotion_list']:visible").first)
    hands.tap(page.locator("a[href^='/r/promotion/new']:visible").first)
    expect(page.locator("[name='f.name']")).to_have_value("3月全场促销")
    expect(page.locator("[name='f.baseline_sales']"), "the store's own weeks are there").not_to_have_value("")
    margin = page.locator("output[data-formula=promo_margin]")
    before, slider = margin.text_content(), page.locator("[data-field=discount] .slider")
    floor = page.get_by_text("让利后毛利率低于底线")
    slider.fill("45")
    expect(floor).to_be_visible()
    slider.fill("12")
    hands.taps += 1
    expect(floor).to_be_hidden()
    expect(page.locator("[name='f.discount']")).to_have_value("12")
    expect(margin).not_to_have_text(before or "")
    assert person.sideways() == 0 and person.axe() == []
    hands.tap(page.get_by_role("button", name="保存方案"))
    page.wait_for_url(re.compile(r"/r/promotion/0"))
    hands.tap(page.get_by_role("button", name="直接上线"))
    expect(page.get_by_text("结果：预计与实际")).to_be_visible()
    expect(page.locator("[aria-current='step']")).to_have_text("进行中")
    assert hands.taps <= MOST_TAPS, hands
    assert person.errors == []
    person.close()
