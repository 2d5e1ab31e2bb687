"""The contract of every widget in a browser: on the narrowest phone, dark, printed, with a thousand rows and hostile ones;
where a phone is, and a map by hand."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from engine.runtime.identifiers import encode_id
from tests.e2e.people import Person, Server

FREE = ("figures", "standing", "thing_list", "thing_board", "thing_calendar")
NARROWEST = 320


@pytest.mark.parametrize("account", ["many", "wild", "nobody"])
def test_every_widget_fits_the_narrowest_phone_and_its_rules(
    browser: Browser, showroom: tuple[Server, dict[str, int]], account: str
) -> None:
    server, ids = showroom
    person = Person(browser, server, account, width=NARROWEST, dark=True)
    paths = [f"/app/{name}" for name in FREE]
    if f"{account}_thing" in ids:
        paths += [f"/r/thing/{encode_id(ids[f'{account}_thing'])}", "/r/thing/new", "/r/visit/new"]
    wrong: list[str] = []
    for path in paths:
        assert person.open(path) == 200
        if person.sideways() > 0:
            wrong.append(f"{path} is {NARROWEST + person.sideways()} px wide")
        if account != "many":
            wrong += [f"{path} {one}" for one in person.axe()]
    assert wrong == []
    assert person.errors == []
    person.close()


def test_what_is_printed_is_the_page_without_what_is_around_it(
    browser: Browser, showroom: tuple[Server, dict[str, int]]
) -> None:
    server, ids = showroom
    person = Person(browser, server, "one")
    person.page.emulate_media(media="print")
    for path in ("/app/figures", "/app/thing_list", f"/r/thing/{encode_id(ids['one_thing'])}"):
        assert person.open(path) == 200
        assert not person.page.locator("nav >> visible=true").count(), path
        assert person.page.locator("main >> visible=true").count() == 1, path
        background = person.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background in {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}, path
    person.close()


def test_where_a_phone_is_is_told_or_why_not_and_a_map_goes_closer(
    browser: Browser, showroom: tuple[Server, dict[str, int]]
) -> None:
    server, _ = showroom
    person = Person(browser, server, "many", width=NARROWEST, touch=True)
    page, here = person.page, "[data-here]"
    assert person.open("/r/thing/new") == 200
    person.context.grant_permissions([])
    page.tap(here)
    expect(page.locator("[data-found]")).to_contain_text("没有定位权限")
    person.context.grant_permissions(["geolocation"])
    person.context.set_geolocation({"latitude": 30.274085, "longitude": 120.15507, "accuracy": 812})
    page.tap(here)
    expect(page.locator("[data-found]")).to_contain_text("精度约 812 米")
    expect(page.locator("[data-found]")).to_contain_text("不够准")
    page.fill("[name='f.name']", "量过的")
    page.click(".actionbar .btn.primary")
    expect(page.locator("a[href^='geo:30.274085,120.155070']")).to_be_visible()
    assert person.open("/app/thing_calendar") == 200
    count = page.locator(".map-list [role=status]")
    expect(count).to_contain_text("共 50")
    page.locator(".map-mark.many").first.tap()
    page.wait_for_url("**spots.box=**")
    expect(count).not_to_contain_text("共 50")
    expect(page.locator(".map-mark").first).to_be_visible()
    assert person.errors == []
    person.close()
