"""Maps of decisions and knowledge graphs by hand: nodes and lines added, turned and removed; a map becomes a flow; undo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from tests.e2e.designer.drafted import text, undo_until
from tests.e2e.people import Person, Server

MAP = "b2b_sales/maps/discount_request.yaml"
FLOW = "b2b_sales/workflows/discount_request_flow.yaml"
GRAPH = "strategy/knowledge/apparel.yaml"
LONG = 60_000


@contextmanager
def opened(browser: Browser, server: Server, file: str, width: int = 1440) -> Iterator[Page]:
    """A file in its editor; afterwards its draft is as it was before, byte for byte."""
    one = Person(browser, server, "lin_hai", width=width)
    try:
        assert one.open(f"/designer/web/{file}") == 200
        before = text(one.page, file)
        try:
            one.page.wait_for_selector(".svelte-flow__node", timeout=LONG)
            assert one.axe_in_both_looks() == []
            yield one.page
            assert one.errors == []
        finally:
            undo_until(one.page, file, before)
    finally:
        one.close()


def node(page: Page, name: str) -> str:
    return f'.svelte-flow__node[data-node="{name}"]'


def test_a_knowledge_graph_is_walked_searched_and_edited(browser: Browser, server: Server) -> None:
    with opened(browser, server, GRAPH) as page:
        shown = page.locator(".svelte-flow__node")
        expect(page.get_by_role("button", name="只看相邻")).to_have_attribute("aria-pressed", "true")
        assert 2 < shown.count() < 30
        page.get_by_placeholder("找节点", exact=True).fill("tzj")
        expect(page.locator(node(page, "parent_kids"))).to_be_visible(timeout=LONG)
        page.get_by_placeholder("找节点", exact=True).fill("")
        page.locator(node(page, "office_woman")).click()
        panel = page.locator("[data-web-panel]")
        panel.get_by_label("连到").select_option("skin_safe")
        expect(panel.locator("h2")).to_have_text("通勤女装客 → 贴身面料安全", timeout=LONG)
        assert "- {from: office_woman, to: skin_safe, kind: has_need}" in text(page, GRAPH)
        assert "segment" not in panel.locator("select").first.inner_text()
        panel.get_by_role("button", name="删除").click()
        expect(panel.locator("h2")).to_have_text("服装", timeout=LONG)
        assert "to: skin_safe, kind: has_need}\n  - {from: office_woman" not in text(page, GRAPH)
        page.locator(node(page, "office_woman")).click()
        page.locator('[data-chip="node objection"]').click()
        expect(page.locator(node(page, "objection"))).to_be_visible(timeout=LONG)
        assert "{from: office_woman, to: objection, kind: raises}" in text(page, GRAPH)


def test_a_step_of_a_map_is_put_between_and_the_map_becomes_a_flow(browser: Browser, server: Server) -> None:
    with opened(browser, server, MAP) as page:
        ground = page.locator(".ground")
        expect(ground).to_have_text(re.compile(r"9/14 步有依据（64%）"), timeout=LONG)
        page.locator(node(page, "price_band")).click()
        page.keyboard.press("Enter")
        page.locator('[data-chip="node step"]').click()
        expect(ground).to_have_text(re.compile(r"9/15 步有依据（60%）"), timeout=LONG)
        made = text(page, MAP)
        assert "{from: price_band, to: step}" in made
        assert "{id: step, node: step, label: {zh: 新的一步, en: New step}}" in made
        page.locator("[data-web-panel]").get_by_label("走哪个流转").select_option("submit")
        expect(ground).to_have_text(re.compile(r"10/15"), timeout=LONG)
        page.locator(node(page, "step")).click()
        page.keyboard.press("Delete")
        expect(ground).to_have_text(re.compile(r"9/14"), timeout=LONG)
        page.get_by_role("button", name="转为流程").click()
        page.wait_for_url(f"**/designer/flow/{FLOW}", timeout=LONG)
        page.wait_for_selector('.svelte-flow__node[data-kind="condition"]', timeout=LONG)
        assert text(page, FLOW).startswith("# 由决策链图 discount_request 转出")
        page.keyboard.press("Control+z")
        expect(page.locator('.svelte-flow__node[data-kind="condition"]')).to_have_count(0, timeout=LONG)
        assert text(page, FLOW) == ""
