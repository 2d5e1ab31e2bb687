"""The fields of an entity by hand: typed, turned into another type, renamed with all that names them, and taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.designer.drafted import data, text, undo_until, until
from tests.e2e.people import Person, Server

FILE = "b2b_sales/entities/lead.yaml"
LIST = "b2b_sales/pages/lead_list.yaml"


def fields(page: Page) -> dict[str, dict[str, object]]:
    return dict(data(page, FILE)["fields"])


def opened(browser: Browser, server: Server, width: int = 1440) -> Person:
    one = Person(browser, server, "lin_hai", width=width)
    assert one.open(f"/designer/entity/{FILE}") == 200
    one.page.wait_for_selector("table tbody tr")
    return one


def add(page: Page, words: str) -> None:
    box = page.get_by_placeholder("输入字段名")
    box.fill(words)
    box.press("Enter")


def test_a_field_is_typed_and_gets_its_name_and_type_from_the_words(browser: Browser, server: Server) -> None:
    one = opened(browser, server)
    page, before = one.page, text(one.page, FILE)
    for words in ("签约金额", "是否老客户", "产品"):
        add(page, words)
    expect(page.locator("tbody tr.chosen b")).to_have_text("产品", timeout=30_000)
    made = fields(page)
    assert [*made][-3:] == ["signed_amount", "is_old_customer", "product"]
    assert made["signed_amount"] == {
        "type": "money",
        "label": {"zh": "签约金额", "en": "Signed amount"},
        "currency": "CNY",
    }
    assert made["is_old_customer"]["type"] == "boolean"
    assert (made["product"]["type"], made["product"]["to"]) == ("relation", "product")
    assert text(page, FILE).startswith(before.rstrip("\n").split("\nchecks:")[0])
    page.get_by_label("签约金额 的类型").select_option("percent")
    expect(page.get_by_label("签约金额 的类型")).to_have_value("percent", timeout=30_000)
    page.get_by_label("签约金额：必填").check()
    expect(page.get_by_label("签约金额：必填")).to_be_checked()
    until(page, lambda: "required" in fields(page)["signed_amount"])
    turned = fields(page)["signed_amount"]
    assert {**turned, "label": ""} == {"type": "percent", "label": "", "precision": 7, "scale": 4, "required": True}
    undo_until(page, FILE, before)
    assert one.errors == []
    one.close()


def test_a_renamed_field_is_renamed_wherever_it_is_named(browser: Browser, server: Server) -> None:
    one = opened(browser, server)
    page, before, listed = one.page, text(one.page, FILE), text(one.page, LIST)
    page.get_by_role("button", name="规则评分").click()
    name = page.get_by_label("文本中的名字")
    name.fill("points")
    name.press("Enter")
    expect(page.locator("tbody tr.chosen small")).to_have_text("points", timeout=30_000)
    assert "renamed_from: fit_score" in text(page, FILE)
    assert "fit_score" not in text(page, LIST)
    assert text(page, LIST) == listed.replace("fit_score", "points")
    undo_until(page, FILE, before)
    assert text(page, LIST) == listed
    one.close()


def test_options_are_typed_one_after_the_other(browser: Browser, server: Server) -> None:
    one = opened(browser, server)
    page, before = one.page, text(one.page, FILE)
    page.locator("tbody button.name", has_text="来源").click()
    box = page.get_by_placeholder("输入选项")
    box.fill("老客户、行业协会")
    box.press("Enter")
    expect(page.get_by_label("选项 old_customer")).to_have_value("老客户", timeout=30_000)
    assert "old_customer: {zh: 老客户, en: Old customer}" in text(page, FILE)
    undo_until(page, FILE, before)
    one.close()


@pytest.mark.parametrize("width", [390, 1440])
def test_the_table_of_fields_keeps_the_rules_of_accessibility(browser: Browser, server: Server, width: int) -> None:
    one = opened(browser, server, width)
    one.page.locator("tbody button.name").nth(3).click()
    expect(one.page.get_by_label("文本中的名字")).to_be_visible()
    assert one.axe_in_both_looks() == []
    assert one.sideways() == 0
    assert one.errors == []
    one.close()
