"""The negotiation page in the browser: swiped on a phone, a counter-offer that moves by slider, stepper and typing, read out."""

from __future__ import annotations

import re

from playwright.sync_api import Browser

from tests.e2e.people import Person, Server


def test_a_counter_offer_is_bargained_with_on_a_phone_and_on_a_desk(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "zhao_rui", 390, touch=True)
    rows = person.page.request.get(f"{server.base}/api/records/opportunity?limit=100&stage=negotiation").json()["data"]
    record = next(
        one["id"]
        for one in rows
        if person.page.request.get(f"{server.base}/api/negotiations/opportunity/{one['id']}").status == 200
    )
    page = person.page
    person.open(f"/r/opportunity/{record}")
    page.locator("a[href^='/negotiations/opportunity/']").first.click()
    page.wait_for_url(re.compile("/negotiations/opportunity/"))
    assert person.sideways() <= 0
    assert person.axe_in_both_looks() == []

    days, told = page.locator("#lever-payment_days"), page.locator("[data-told]")
    now = days.input_value()
    days.fill("300")
    page.wait_for_function("() => document.querySelector('[data-told]').textContent.includes('超出你的权限')")
    assert "没有人可以批准" in page.locator("[data-moves='offer']").inner_text()
    assert page.evaluate("document.activeElement.id") == "lever-payment_days", "what is typed in stays in hand"
    days.fill(now)
    page.wait_for_function("() => document.querySelector('[data-told]').textContent.includes('相同')")
    days.fill("许多")
    page.wait_for_function(
        "() => document.querySelector('#lever-payment_days').getAttribute('aria-invalid') === 'true'"
    )
    days.fill(now)
    page.wait_for_function("() => !document.querySelector('#lever-payment_days').hasAttribute('aria-invalid')")

    page.set_viewport_size({"width": 1440, "height": 900})
    slider = page.locator("[data-slides='lever-warranty_months']")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('[data-moves=offer]').textContent.includes('质保')")
    warranty = page.locator("#lever-warranty_months").input_value()
    page.locator("[data-lever]:has(#lever-warranty_months) [data-by='-1']").click()
    page.wait_for_function("() => document.querySelector('[data-told]').textContent.includes('相同')")
    assert page.locator("#lever-warranty_months").input_value() != warranty
    assert told.get_attribute("aria-live") == "polite"
    assert person.sideways() <= 0
    assert person.axe_in_both_looks() == []
    person.open("/try/negotiation")
    page.locator("button.primary").click()
    page.locator(".ng-card").first.wait_for()
    assert person.sideways() <= 0
    assert person.axe_in_both_looks() == []
    assert person.errors == []
    person.close()
