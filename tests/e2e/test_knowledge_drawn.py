"""A knowledge graph in the browser: an edge drawn by hand reaches a colleague's page; on a phone a list that finds by initials."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.people import Person, Server

GRAPH = "/knowledge/chain_pharmacy"
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def middle(one: Locator) -> tuple[float, float]:
    """Where the middle of what is drawn is; it may be drawn anew while one asks."""
    while (box := one.bounding_box()) is None:
        one.wait_for()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + 8, start[1] + 8)
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def test_an_edge_is_drawn_by_hand_and_a_colleague_sees_it(browser: Browser, server: Server) -> None:
    person, colleague = Person(browser, server, "lin_hai"), Person(browser, server, "zhao_rui")
    page = person.page
    assert person.open(GRAPH) == 200
    print(f"loaded in {page.evaluate(LOADED):.0f} ms")
    assert person.axe_in_both_looks() == []
    nodes = page.locator("svg.kg-drawing [data-node]")
    segment = page.locator("[data-node][data-kind=segment]").first
    drawn = page.evaluate(
        "[...document.querySelectorAll('.kg-edge')].map((one) => one.dataset.from + ' ' + one.dataset.to)"
    )
    name = segment.get_attribute("data-node")
    free = next(
        one
        for one in page.locator("[data-node][data-kind=objection]").all()
        if f"{name} {one.get_attribute('data-node')}" not in drawn
    )
    target = free.get_attribute("data-node")
    colleague.open(f"{GRAPH}?node={name}")
    before = colleague.page.locator(".kg-edges > li").count()
    segment.hover()
    drag(page, middle(segment.locator(".kg-handle")), middle(free))
    page.wait_for_url(re.compile("done=link"))
    expect(page.locator(f"#node [data-key='{name}.raises.{target}']")).to_contain_text("本系统添加")
    expect(colleague.page.locator(".kg-edges > li")).to_have_count(before + 1)
    spot = middle(nodes.first)
    with page.expect_response(re.compile("/api/knowledge/")) as told:
        drag(page, spot, (spot[0] + 20, spot[1] + 30))
    assert told.value.status == 200
    page.locator(".page-actions button:has-text('撤销上一步')").click()
    page.wait_for_url(re.compile("done=undo"))
    assert person.axe() == []
    assert person.errors + colleague.errors == []
    person.close()
    colleague.close()


def test_on_a_phone_it_is_a_list_that_finds_by_initials(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "zhao_rui", 390, dark=True)
    page = person.page
    assert person.open(GRAPH) == 200
    assert not page.locator("svg.kg-drawing").is_visible()
    page.locator("[data-find]").fill("mbzz")
    expect(page.locator(".kg-list [data-item]:visible")).to_have_count(1)
    page.locator(".kg-list [data-item]:visible a").click()
    page.wait_for_url(re.compile("node=chronic_patient"))
    expect(page.locator("svg.kg-focus")).to_be_visible()
    assert person.sideways() <= 0
    assert person.axe() == []
    assert person.errors == []
    person.close()
