"""A new application from the empty designer: a few words, and everything that it makes works as it stands."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.e2e.designer.drawing_board import API, GLASS
from tests.e2e.people import Person, Server


def test_a_few_words_make_an_application_without_a_mistake(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "lin_hai")
    page = person.page
    try:
        assert person.open("/designer") == 200
        page.get_by_role("button", name="新建应用").last.click()
        page.get_by_label("应用名称").fill("样品寄送")
        page.get_by_label("谁来用").fill("寄样员")
        page.get_by_label("记录什么").fill("寄样单")
        page.get_by_label("字段名称").fill("样品")
        for label, kind in (
            ("收件人", "文字"),
            ("运费", "金额"),
            ("寄出日期", "日期"),
            ("进度", "单选"),
            ("说明", "长文字"),
        ):
            page.get_by_role("button", name="再加一个字段").click()
            page.get_by_label("字段名称").last.fill(label)
            page.get_by_label("字段类型").last.select_option(label=kind)
        page.get_by_label("选项").fill("待寄，已寄，签收")
        page.get_by_role("button", name="建好并打开").click()
        page.wait_for_selector(f"{GLASS}[data-painted]")
        state = page.evaluate(f"fetch('{API}/state').then((one) => one.json())")
        made = next(pack for pack in state["packs"] if pack["name"] == "ypjs")
        kinds = sorted(one["kind"] for one in made["files"])
        assert kinds == sorted(
            ["pack", "roles", "entities", "access", "forms", "pages", "pages", "metrics", "dashboards"]
        )
        assert [(one["file"], one["errors"]) for one in made["files"] if one["errors"]] == []
        frame = page.frame_locator(".area:not([hidden]) iframe")
        assert frame.get_by_text("示例寄样单 1").first.is_visible()
        assert frame.locator("[data-sample]").count() == 2
        page.get_by_role("button", name="资源").click()
        page.get_by_role("navigation", name="资源").get_by_role("button", name="寄样单").first.click()
        page.wait_for_selector(f"{GLASS}[data-painted]")
        assert person.errors == []
        page.goto("about:blank")
    finally:
        for _ in range(5):
            if not page.request.post(f"{server.base}{API}/undo").ok:
                break
        person.close()
