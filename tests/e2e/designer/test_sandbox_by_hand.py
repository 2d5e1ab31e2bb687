"""From a question to a model that answers, by hand and without code: rows dragged in, joins and features taken, the card
read, a version put live for a reason. The time that it took is printed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.designer import trade
from tests.e2e.designer.drafted import data
from tests.e2e.designer.test_pipelines_by_hand import drag, node
from tests.e2e.people import PASSWORD, Person, Server
from tests.e2e.serving import serving_only

FILE = f"{trade.PACK}/pipelines/will_it_be_paid_late_bill.yaml"
LONG = 90_000
FIVE_MINUTES = 300


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Server]:
    trade.opened(tmp_path, password=PASSWORD).database.close()
    packs = tmp_path / "packs"
    with serving_only(tmp_path / "data", str(packs)) as address:
        yield Server(address, packs)


def test_a_question_becomes_a_model_that_answers_by_hand(browser: Browser, shop: Server) -> None:
    person = Person(browser, shop, "ann")
    page = person.page
    page.emulate_media(reduced_motion="reduce")
    assert person.open("/designer") == 200
    began, clicks = time.monotonic(), _counted(page)
    page.get_by_role("button", name="新建管道").click(timeout=LONG)
    page.locator(".question", has_text="会不会晚付").click(timeout=LONG)
    page.get_by_role("button", name="创建管道").click()
    expect(node(page, "bill")).to_be_visible(timeout=LONG)
    for at, name in enumerate(("client", "visit", "rating")):
        page.locator(f'[data-chip="node source {name}"]').scroll_into_view_if_needed()
        drag(page, page.locator(f'[data-chip="node source {name}"]'), (520 + 140 * at, 200))
        expect(node(page, name)).to_be_visible(timeout=LONG)
    page.locator("[data-bench-open]").click()
    expect(page.locator("[data-bench] tbody tr")).to_have_count(20, timeout=LONG)
    page.get_by_role("tab", name="建议").click()
    for name in ("client", "visit", "rating", "bill"):
        join = page.locator(f'[data-join="{name}"]').get_by_role("button")
        join.click(timeout=LONG)
        expect(page.locator(f'[data-join="{name}"]')).to_have_count(0, timeout=LONG)
    page.get_by_role("button", name="全部采用").click(timeout=LONG)
    expect(page.locator("[data-feature]")).to_have_count(0, timeout=LONG)
    page.get_by_role("tab", name="读成文字").click()
    expect(page.locator(".told")).to_contain_text("90 天", timeout=LONG)
    page.get_by_role("tab", name="模型").click()
    page.locator("[data-bench]").get_by_role("button", name="训练", exact=True).click(timeout=LONG)
    card = page.locator("[data-card]")
    expect(card).to_contain_text("校准误差", timeout=LONG)
    card.get_by_role("button", name="版本 1 上线").click()
    _past_the_gate(page)
    expect(page.locator(".state.champion")).to_have_text("在用", timeout=LONG)
    took = time.monotonic() - began
    web = data(page, FILE)
    sources = [one["settings"]["entity"] for one in web["nodes"] if one["node"] == "source"]
    assert sorted(sources) == ["bill", "client", "rating", "visit"]
    print(f"question to live: {took:.0f} s, {page.evaluate('window.clicks')} clicks, {len(sources)} sources")
    assert clicks and took < FIVE_MINUTES
    assert person.axe_in_both_looks() == []
    assert person.errors == []
    person.close()


def _counted(page: Page) -> bool:
    page.evaluate("() => { window.clicks = 0; addEventListener('pointerdown', () => window.clicks++, true); }")
    return True


def _past_the_gate(page: Page) -> None:
    """A version that is no better than the plain average says so and goes live for a reason alone."""
    live, gate = page.locator(".state.champion"), page.locator(".gate")
    expect(live.or_(gate).first).to_be_visible(timeout=LONG)
    if gate.count():
        expect(gate).to_contain_text("不比")
        page.get_by_label("理由").fill("先试用一季")
        page.get_by_role("button", name="仍然让版本 1 上线").click()
