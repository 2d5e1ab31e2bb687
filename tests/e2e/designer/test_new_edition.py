"""A newer edition of a changed pack in a browser: the notice, looking, later, merging, choosing, and all of it taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.designer.upgrade_site import PACK, product, published
from tests.e2e.people import PASSWORD, Person, Server
from tests.e2e.serving import serving_only

PAGE = "pages/task.yaml"
FAR = 60_000


def test_the_start_page_tells_and_merging_is_chosen_about_and_taken_back(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = product(tmp_path, "")
    shop.password = PASSWORD
    monkeypatch.setenv("DOUGONG_SHIPPED", str(shop.shipped))
    with shop.running():
        shop.person().does({"do": "set", "file": f"{PACK}/{PAGE}", "path": ["icon"], "value": "box"})
        published(shop.person())
    text = shop.shipped_text(PAGE).replace("icon: check", "icon: flag").replace("概况", "要点")
    shop.ships({PAGE: text, "pack.yaml": shop.shipped_text("pack.yaml").replace("0.1.0", "0.2.0")})
    with serving_only(tmp_path / "data", "") as address:
        person = Person(browser, Server(address, shop.shipped), "ann")
        try:
            page = person.page
            page.goto(f"{address}/designer")
            notice = page.locator(".notice")
            expect(notice).to_contain_text("我的应用 有新版本 0.1.0 → 0.2.0", timeout=FAR)
            expect(notice).to_contain_text("3 处更新，1 处冲突")
            assert person.axe_in_both_looks() == []
            notice.get_by_role("button", name="以后再说").click()
            expect(notice).to_have_count(0)
            page.reload()
            line = page.locator(".put button")
            expect(line).to_contain_text("我的应用 有新版本：3 处更新，1 处冲突", timeout=FAR)
            line.click()
            dialog = page.get_by_role("dialog")
            expect(dialog).to_contain_text(f"{PACK}/{PAGE}", timeout=FAR)
            dialog.get_by_role("button", name="文本对比").click()
            expect(dialog.get_by_text("icon: flag")).to_be_visible()
            dialog.get_by_role("button", name="合并到草稿").click()
            choices = page.get_by_role("dialog", name="1 处冲突等你选择")
            expect(choices.get_by_text("box")).to_be_visible(timeout=FAR)
            assert person.axe_in_both_looks() == []
            choices.get_by_role("button", name="用新版本").click()
            expect(page.get_by_role("dialog")).to_have_count(0, timeout=FAR)
            expect(page.get_by_text("2 个文件未发布")).to_be_visible(timeout=FAR)
            page.keyboard.press("Control+Z")
            page.keyboard.press("Control+Z")
            expect(line).to_be_visible(timeout=FAR)
            expect(page.get_by_text("与线上一致")).to_be_visible(timeout=FAR)
        finally:
            person.close()
