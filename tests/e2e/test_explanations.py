"""Why, in Chromium: from a computed field, a figure and a refused action to the lines that decide; history one click away."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.people import Person, Server


@pytest.mark.parametrize(("width", "dark", "language"), [(1440, False, "zh"), (390, True, "zh"), (390, False, "en")])
def test_every_figure_and_refusal_leads_to_the_line_that_decides(
    browser: Browser, server: Server, width: int, dark: bool, language: str
) -> None:
    leader = Person(browser, server, "zhao_rui", width, dark)
    leader.language(language)
    rows = leader.page.request.get(f"{server.base}/api/records/quote?limit=1&state=draft").json()["data"]
    quote = rows[0]["id"]
    problems = []
    for path, wanted in (
        (f"/r/quote/{quote}/access?field=total", ".tree"),
        (f"/r/quote/{quote}/access", ".why"),
        (f"/r/quote/{quote}/access?transition=submit", ".why"),
        ("/figures/average_deal/rows", ".tree"),
        (f"/r/quote/{quote}/history", ".version"),
    ):
        assert leader.open(path) == 200, path
        expect(leader.page.locator(wanted).first).to_be_visible()
        problems += [f"{path}: sideways"] if leader.sideways() else []
        problems += [f"{path}: {one}" for one in (*leader.axe(), *leader.errors)]
    assert problems == []
    assert leader.open(f"/r/quote/{quote}") == 200
    leader.page.locator("a.sigma").first.click()
    expect(leader.page).to_have_url(re.compile(r"/access\?field="))
    expect(leader.page.locator(".tree")).to_be_visible()
    leader.close()
