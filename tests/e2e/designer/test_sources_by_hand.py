"""Data brought in by hand: a vendor's side is connected, seen, mapped and written by mouse; another object by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from runtime.simulated import OtherSide, other_side

from tests.designer.workshop import PACK
from tests.e2e.designer.drafted import data, file, until
from tests.e2e.designer.small_app import small_app
from tests.e2e.people import Person, Server

LONG = 60_000
BY_MOUSE = f"{PACK}/sources/yonyou_yon_bip_material.yaml"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with small_app(tmp_path) as running:
        yield running


@pytest.fixture
def vendor() -> Iterator[OtherSide]:
    with other_side("yonbip") as running:
        yield running


def test_data_are_brought_in_by_mouse_and_by_keys(browser: Browser, server: Server, vendor: OtherSide) -> None:
    person = Person(browser, server, "ann")
    page = person.page
    page.emulate_media(reduced_motion="reduce")
    assert person.open("/designer/data") == 200
    connected(page, vendor)
    mapped_by_mouse(page)
    assert person.axe_in_both_looks() == []
    page.locator("[data-make]").click()
    expect(page.locator('[data-source="yonyou_yon_bip_material"] [data-column]').first).to_be_visible(timeout=LONG)
    made = data(page, BY_MOUSE)
    assert made["fields"] == {"name": "name", "rate": "markPrice"}
    assert (made["key"], made["schedule"]) == (["name"], "hourly")
    page.get_by_role("button", name="撤销").first.click()
    until(page, lambda: not file(page, BY_MOUSE))
    by_keys(page)
    assert person.errors == []
    person.close()


def connected(page: Page, vendor: OtherSide) -> None:
    """An address that nobody declared is declared; a wrong secret says so; the right one lets in."""
    page.locator("[data-kind=yonbip]").click(timeout=LONG)
    page.locator("[data-place]").select_option("+")
    page.get_by_label("这个地址叫什么").fill("用友")
    page.get_by_label("网址").fill(f"http://localhost:{vendor.port}")
    page.get_by_role("button", name="声明这个地址").click()
    page.locator("[data-setting=app_key]").fill("dougong-demo-key")
    page.locator("[data-setting=app_secret]").fill("wrong")
    page.locator("[data-test]").click()
    expect(page.get_by_role("alert")).to_contain_text("检查账号与密钥", timeout=LONG)
    page.locator("[data-setting=app_secret]").fill("dougong-demo-secret")
    page.locator("[data-test]").click()
    page.locator("[data-object=material]").click(timeout=LONG)
    expect(page.locator("[data-preview] tbody tr")).to_have_count(20, timeout=LONG)


def mapped_by_mouse(page: Page) -> None:
    """A field is dragged onto a column; what does not fit is said at once."""
    page.locator("[data-entity]").select_option("task")
    drag(page, "name", "name")
    expect(page.locator("[data-column=name] select")).to_have_value("name")
    drag(page, "rate", "markPrice")
    page.get_by_label("列 分类 写入").select_option("due_on")
    expect(page.locator("[data-column=manageClassName]").get_by_role("alert")).to_contain_text("日期")
    page.get_by_label("列 分类 写入").select_option("")
    page.get_by_role("group", name="识别一行的字段").get_by_role("checkbox").first.check()
    expect(page.locator("[data-make]")).to_be_visible()


def drag(page: Page, field: str, column: str) -> None:
    line = page.locator(f"[data-column={column}]")
    line.scroll_into_view_if_needed()
    start, end = page.locator(f"[data-field={field}]").bounding_box(), line.bounding_box()
    assert start is not None and end is not None
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + 30, end["y"] + 12, steps=3)
    page.mouse.up()


def by_keys(page: Page) -> None:
    """Another object becomes an entity with its source: every step by Tab, arrows and Enter from where the focus is put."""
    page.get_by_role("button", name="接入数据", exact=True).first.focus()
    page.keyboard.press("Enter")
    here = page.locator("[data-new-source]")
    card = here.locator("[data-kind=yonbip]")
    card.wait_for(timeout=LONG)
    card.focus()
    page.keyboard.press("Enter")
    here.locator("[data-place]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("dougong-demo-key")
    page.keyboard.press("Tab")
    page.keyboard.type("dougong-demo-secret")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    found = here.locator("[data-object=receivable]")
    found.wait_for(timeout=LONG)
    found.focus()
    page.keyboard.press("Enter")
    here.locator("[data-entity]").focus()
    page.keyboard.press("ArrowDown")
    expect(here.locator("[data-title]")).to_have_value("应收单", timeout=LONG)
    here.locator("[data-make]").focus()
    page.keyboard.press("Enter")
    made = f"{PACK}/sources/yonyou_yon_bip_receivable.yaml"
    until(page, lambda: file(page, made))
    source = data(page, made)
    assert set(source["fields"]) == set(data(page, f"{PACK}/entities/{source['entity']}.yaml")["fields"])
