"""The formula bar by hand: words offered, type and unit, the value on a chosen record, errors at their letter, the value taken apart."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.designer.text_desk import GUARDED, SHOWN, desk
from tests.e2e.people import Server

RECORD = "b2b_sales/pages/opportunity_record.yaml"
NEWS = "organisation/entities/announcement.yaml"
DEAL = "b2b_sales/entities/opportunity.yaml"


def choose_a_record(status: Locator) -> None:
    """The first record that is offered."""
    pick = status.locator("select")
    pick.focus()
    expect(pick.locator("option").nth(1)).to_be_attached()
    pick.select_option(index=1)


def into_the_formula(page: Page) -> None:
    """The caret in the formula of `weighted`."""
    page.get_by_role("button", name="大纲").or_(page.get_by_role("button", name="Outline")).first.click()
    page.locator("aside .outermost button", has_text="weighted").first.click()
    page.locator(f"{SHOWN} .cm-activeLine .f-call").first.click()
    page.wait_for_selector("[data-formula-status] .chip")


def test_a_formula_under_the_caret_has_its_type_and_unit(browser: Browser, server: Server) -> None:
    with desk(browser, server, DEAL) as one:
        into_the_formula(one.page)
        status = one.page.locator("[data-formula-status]")
        expect(status).to_contain_text("金额 CNY，2 位小数")
        expect(status).to_contain_text("元")
        assert one.errors == []


def test_it_has_a_value_on_a_record_that_may_be_read(browser: Browser, server: Server) -> None:
    """Who designs reads with their own rights: announcements, and no deals."""
    with desk(browser, server, NEWS) as one:
        one.line('default_formula: "today()"').locator(".f-call").first.click()
        status = one.page.locator("[data-formula-status]")
        choose_a_record(status)
        expect(status.locator("output")).to_contain_text("2026-03-0")
        status.get_by_role("button", name="拆解").click()
        expect(status.get_by_role("list", name="值的由来").first).to_contain_text("today()")
        assert one.errors == []


def test_a_mistake_is_told_in_words_beside_its_place(browser: Browser, server: Server) -> None:
    with desk(browser, server, DEAL) as one:
        into_the_formula(one.page)
        one.page.keyboard.type("x")
        status = one.page.locator("[data-formula-status]")
        expect(status.locator("mark")).to_be_visible()
        expect(status).to_contain_text("没有名为")


def test_the_bar_of_the_property_panel_offers_checks_and_saves(browser: Browser, server: Server) -> None:
    with desk(browser, server, RECORD) as one:
        assert one.person.open(f"/designer/page/{RECORD}") == 200
        one.page.wait_for_selector(".glass[data-painted]")
        one.page.get_by_role("button", name="大纲").click()
        one.page.locator("aside [role=treeitem]").first.click()
        box = one.page.locator("[data-formula-bar] .cm-content").last
        box.click()
        one.page.keyboard.type("预计", delay=40)
        offered = one.page.locator(".cm-tooltip-autocomplete li").first
        expect(offered).to_contain_text("amount")
        one.page.wait_for_timeout(GUARDED)
        one.page.keyboard.press("Enter")
        one.page.keyboard.type(" > 100000")
        status = one.page.locator("[data-formula-status]").last
        expect(status).to_contain_text("真假")
        one.page.keyboard.press("Enter")
        one.saved("amount > 100000")
        assert one.errors == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_bar_keeps_the_rules_of_accessibility(browser: Browser, server: Server, language: str) -> None:
    with desk(browser, server, DEAL, language=language) as one:
        into_the_formula(one.page)
        assert one.person.axe_in_both_looks() == []
