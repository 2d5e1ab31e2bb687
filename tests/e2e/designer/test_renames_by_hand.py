"""Renames by hand: where one looks for the name, with everything that names it, and one undo."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.e2e.designer.drafted import data, text, undo_until
from tests.e2e.people import Person, Server

LIFE = "b2b_sales/workflows/renewal_life.yaml"
RECIPE = "b2b_sales/demo/37_renewals.yaml"
FAR = 60_000
"""Milliseconds: the far end of what is waited for."""


def test_a_state_is_renamed_in_its_panel(browser: Browser, server: Server) -> None:
    one = Person(browser, server, "lin_hai", width=1440)
    page = one.page
    assert one.open(f"/designer/flow/{LIFE}") == 200
    before, recipe = text(page, LIFE), text(page, RECIPE)
    page.locator('[data-node="negotiating"]').click(timeout=FAR)
    name = page.get_by_label("文本中的名字")
    name.fill("talking")
    name.press("Enter")
    expect(page.locator('[data-node="talking"]')).to_be_visible(timeout=FAR)
    expect(name).to_have_value("talking")
    assert [state["id"] for state in data(page, LIFE)["states"]].count("talking") == 1
    assert "negotiating" not in text(page, RECIPE)
    page.get_by_role("button", name=re.compile("^撤销")).click()
    expect(page.locator('[data-node="negotiating"]')).to_be_visible(timeout=FAR)
    assert (text(page, LIFE), text(page, RECIPE)) == (before, recipe)
    assert one.errors == []
    one.close()


def test_a_role_a_page_and_a_metric_are_renamed_by_their_tab(browser: Browser, server: Server) -> None:
    """The tab stays open under the new name; one undo gives the old one back."""
    one = Person(browser, server, "lin_hai", width=1440)
    page = one.page
    for kind, name, editor in (
        ("roles", "associate", "text"),
        ("metrics", "sales_count", "text"),
        ("pages", "store_list", "page"),
    ):
        file = f"store_sales/{kind}/{name}.yaml"
        assert one.open(f"/designer/{editor}/{file}") == 200
        before = text(page, file)
        page.get_by_role("button", name="改名", exact=True).click(timeout=FAR)
        box = page.get_by_label("文本中的名字")
        box.fill("entirely_new")
        box.press("Enter")
        page.wait_for_url(re.compile("entirely_new"), timeout=FAR)
        assert text(page, file) == ""
        assert f"renamed_from: {name}" in text(page, file.replace(name, "entirely_new"))
        page.get_by_role("button", name=re.compile("^撤销")).click()
        page.wait_for_url(re.compile(f"/{name}.yaml"), timeout=FAR)
        undo_until(page, file, before)
    assert one.errors == []
    one.close()


def test_a_name_that_is_taken_is_refused_in_words(browser: Browser, server: Server) -> None:
    one = Person(browser, server, "lin_hai", width=390)
    page = one.page
    assert one.open("/designer/text/store_sales/roles/associate.yaml") == 200
    page.get_by_role("button", name="改名", exact=True).click(timeout=FAR)
    box = page.get_by_label("文本中的名字")
    box.fill("store_manager")
    box.press("Enter")
    expect(page.get_by_text("已由")).to_be_visible(timeout=FAR)
    assert one.axe_in_both_looks() == []
    assert one.sideways() == 0
    box.press("Escape")
    expect(page.get_by_role("button", name="改名", exact=True)).to_be_focused()
    one.close()
