"""Decision-chain maps in the browser: drawn on a desk, a list on a phone; and a contact begun from what triggers it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from tests.e2e.people import Person, Server

MAP = "/maps/objection_handling"


@pytest.mark.parametrize("width", [390, 1440])
def test_a_map_is_drawn_on_a_desk_and_listed_on_a_phone(browser: Browser, server: Server, width: int) -> None:
    person = Person(browser, server, "zhao_rui", width, dark=width == 390)
    assert person.open(MAP) == 200
    page = person.page
    drawing, steps = page.locator("svg.map-drawing"), page.locator("ol.map-steps")
    assert (drawing.is_visible(), steps.is_visible()) == ((False, True) if width == 390 else (True, False))
    assert person.sideways() <= 0
    assert person.axe() == []
    if width == 1440:
        small = page.evaluate(
            "[...document.querySelectorAll('svg.map-drawing text')].map(one => parseFloat(getComputedStyle(one).fontSize) * one.getCTM().a)"
        )
        assert min(small) >= 12
    page.locator("a[href*='node=capacity']:visible").first.click()
    page.wait_for_url(re.compile("node=capacity"))
    assert "核对工厂排产" in page.locator("#node h2").inner_text()
    person.open(f"{MAP}?node=capacity")
    assert person.axe() == []
    assert person.errors == []
    person.close()


def test_a_contact_begins_filled_with_what_triggers_it(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "zhao_rui", 390)
    rows = person.page.request.get(f"{server.base}/api/records/renewal?limit=1&state=negotiating").json()["data"]
    person.open(f"/r/renewal/{rows[0]['id']}")
    person.page.locator("a:has-text('联系')[href*='trigger=renewal_due']").first.click()
    person.page.wait_for_url(re.compile("/r/activity/new"))
    assert person.page.locator("[name='f.trigger']").input_value() == "renewal_due"
    assert person.page.locator("[name='f.basis']").input_value() == "renewal_negotiation"
    assert person.page.locator("[name='f.customer']").input_value() == str(rows[0]["customer"])
    assert person.sideways() <= 0
    assert person.errors == []
    person.close()
