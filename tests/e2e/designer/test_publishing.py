"""Publishing by hand in a browser: the plan, an open page of somebody else that follows, the versions, the way back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.application import bring_up_to_date, open_installation
from engine.runtime.identity.users import NewUser, create_user, hash_password
from engine.runtime.settings import Settings
from tests.designer.editions import base, change
from tests.designer.publishing_world import ENTITY, FIELD, PLACE
from tests.e2e.designer.drawing_board import API
from tests.e2e.people import PASSWORD, Person, Server
from tests.e2e.serving import serving_only

ADMIN = "label: {zh: 管理员, en: Administrator}\nadministers: true\ndesigns: true\nhome: task_board\n"
READS = "grants:\n  - {id: admin, roles: [admin], actions: [read]}\n"
PATIENCE = 60_000
LIST = "tasks/pages/task_list.yaml"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The smallest application with an administrator and a worker, served without hot reload."""
    folder = tmp_path_factory.mktemp("publishing")
    (folder / "packs").mkdir()
    pack = base(folder / "packs")
    change(pack, [{"file": "roles/admin.yaml", "text": ADMIN}])
    change(pack, [{"file": "access/task.yaml", "was": "grants:\n", "now": READS}])
    change(pack, [{"file": "dashboards/task_board.yaml", "was": "roles: [worker]", "now": "roles: [worker, admin]"}])
    settings = Settings(data=folder / "data", packs=str(folder / "packs"))
    installation = open_installation(settings)
    bring_up_to_date(installation)
    for name, role in (("boss", "admin"), ("hand", "worker")):
        new = NewUser(installation.ids.next(), name, name.title(), 0, hash_password(PASSWORD), roles=(role,))
        installation.database.write(lambda session, new=new: create_user(session, new))  # type: ignore[misc]
    installation.database.close()
    with serving_only(folder / "data", str(folder / "packs")) as address:
        yield Server(address, folder / "packs")


def edit(page: Page, file: str, was: str, now: str) -> None:
    """A change of the draft's text, as the text editor makes it."""
    known = page.evaluate(f"fetch('{API}/files/{file}').then((one) => one.json())")
    start = known["text"].index(was)
    edits = [{"start": start, "end": start + len(was), "text": now}]
    command = {"do": "text", "file": file, "edits": edits, "hash": known["hash"]}
    answer = page.request.post(page.url.split("/designer")[0] + f"{API}/commands", data={"command": command})
    assert answer.ok, answer.text()


def plan(page: Page) -> None:
    """Open the plan of the draft."""
    button = page.get_by_role("button", name="发布", exact=True)
    button.wait_for()
    page.wait_for_function("() => !document.querySelector('header .btn.primary').disabled")
    button.click()
    page.wait_for_selector("dialog .headline", timeout=PATIENCE)


def ready(page: Page) -> None:
    page.wait_for_function(
        "() => document.querySelector('dialog footer .btn.primary')?.disabled === false", timeout=PATIENCE
    )


def publish(page: Page) -> None:
    page.locator("dialog footer .btn.primary").click()
    page.wait_for_selector("dialog", state="detached", timeout=PATIENCE)


def editions_are_compared(one: Person) -> None:
    """The pictures of a changed page: as it is live and as it will be, what differs framed in both; one at a time on a phone."""
    dialog = one.page.locator("dialog")
    dialog.locator(".seg").get_by_role("button", name="画面").click()
    expect(dialog.locator(".told")).to_have_text("画面上改动 1 处，已框出", timeout=PATIENCE)
    for edition, heading, columns in (("线上", "事项", 5), ("草稿", "要做的事", 4)):
        drawn = dialog.frame_locator(f'iframe[title^="{edition}"]')
        expect(drawn.locator("main h1")).to_have_text(heading)
        assert drawn.locator("[data-differs]").count() == 1
        assert drawn.locator('[data-differs="changed"] thead th').count() >= columns
    assert one.axe_in_both_looks() == []
    desk = dialog.locator("iframe").first.bounding_box()
    dialog.get_by_role("button", name="手机").click()
    phone = dialog.locator("iframe").first.bounding_box()
    assert desk is not None and phone is not None and desk["width"] > phone["width"]
    one.page.set_viewport_size({"width": 390, "height": 844})
    expect(dialog.locator("iframe:visible")).to_have_count(1)
    dialog.get_by_role("button", name="线上", exact=True).click()
    expect(dialog.locator("figure:visible figcaption")).to_have_text("线上")
    assert one.sideways() == 0
    assert one.axe_in_both_looks() == []
    one.page.set_viewport_size({"width": 1440, "height": 900})


def test_a_changed_page_is_seen_as_it_is_live_and_as_it_will_be(browser: Browser, server: Server) -> None:
    boss = Person(browser, server, "boss")
    try:
        assert boss.open("/designer") == 200
        edit(boss.page, LIST, "{zh: 事项, en: Tasks}", "{zh: 要做的事, en: Tasks}")
        edit(boss.page, LIST, "owner, due_on, cost]", "owner, due_on]")
        boss.open("/designer")
        plan(boss.page)
        editions_are_compared(boss)
        assert boss.errors == []
    finally:
        for _ in range(2):
            boss.page.request.post(f"{boss.base}{API}/undo")
        boss.close()


def test_a_draft_is_looked_at_and_published_and_open_pages_follow(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    boss, hand = Person(browser, server, "boss"), Person(browser, server, "hand")
    try:
        assert hand.open("/app/task_list") == 200
        hand.page.wait_for_function("() => 'live' in document.documentElement.dataset")
        assert boss.open("/designer") == 200
        edit(boss.page, ENTITY, FIELD, FIELD + PLACE)
        edit(boss.page, "tasks/pages/task_list.yaml", "owner, due_on, cost]", "owner, place, due_on, cost]")
        edit(boss.page, "tasks/pages/task_list.yaml", "{zh: 事项, en: Tasks}", "{zh: 要做的事, en: Tasks}")
        boss.open("/designer")
        plan(boss.page)
        assert boss.page.locator("dialog .headline").inner_text() == "新增 1 个字段，改动 1 个组件"
        words = boss.page.locator("dialog .content").inner_text()
        assert "新增字段「地点」(place)，文本" in words
        assert "列 name、status、owner、due_on、cost → name、status、owner、place、due_on、cost" in words
        for part, said in (("文本对比", "place: {type: text"), ("数据库", "place"), ("影响谁", "成员")):
            boss.page.locator("dialog .seg").get_by_role("button", name=part).click()
            assert said in boss.page.locator("dialog .content").inner_text()
        ready(boss.page)
        boss.page.locator("dialog .seg").get_by_role("button", name="应用测试").click()
        assert "1 个测试通过" in boss.page.locator("dialog .content").inner_text()
        assert boss.axe_in_both_looks() == []
        boss.page.set_viewport_size({"width": 390, "height": 844})
        assert boss.sideways() == 0
        boss.page.set_viewport_size({"width": 1440, "height": 900})
        boss.page.get_by_label("备注").fill("加上地点")
        publish(boss.page)
        done = time.monotonic()
        hand.page.get_by_role("heading", name="要做的事").wait_for(timeout=PATIENCE)
        assert time.monotonic() - done < 10
        assert (boss.errors, hand.errors) == ([], [])
    finally:
        boss.close()
        hand.close()


def test_versions_are_listed_one_field_one_file_and_all_of_it_come_back(browser: Browser, server: Server) -> None:
    boss = Person(browser, server, "boss")
    page = boss.page
    try:
        assert boss.open("/designer") == 200
        page.locator("header details.menu summary").click()
        page.get_by_role("button", name="版本", exact=True).click()
        page.wait_for_selector("dialog .detail h4")
        lines = page.locator("dialog ol li").all_inner_texts()
        assert len(lines) == 2
        assert "加上地点" in lines[0]
        assert "Boss" in lines[0]
        assert "线上" in lines[0]
        assert boss.axe_in_both_looks() == []
        page.locator("dialog ol li").last.locator("button").click()
        page.get_by_role("button", name="还原这一项：地点").click()
        page.get_by_text("已还原到草稿里").wait_for()
        page.get_by_role("button", name="还原这一项：地点").wait_for(state="detached")
        page.request.post(f"{server.base}{API}/undo")
        page.get_by_role("button", name="还原这一项：地点").wait_for()
        assert boss.axe_in_both_looks() == []
        restore = page.locator("dialog .detail").get_by_role("button", name="还原这个文件").last
        restore.wait_for()
        restore.click()
        page.get_by_text("已还原到草稿里").wait_for()
        page.request.post(f"{server.base}{API}/undo")
        page.get_by_role("button", name="退回到这个版本").click()
        page.wait_for_selector("dialog .headline", timeout=PATIENCE)
        assert "去掉 1 个字段" in page.locator("dialog .headline").inner_text()
        button = page.locator("dialog footer .btn.primary").last
        assert button.is_disabled()
        page.get_by_role("checkbox").check()
        button.click()
        page.get_by_text("已退回到以前的版本").wait_for(timeout=PATIENCE)
        page.wait_for_function("() => document.querySelectorAll('dialog ol li strong').length === 3", timeout=PATIENCE)
        text = (server.packs / ENTITY).read_text("utf-8")
        assert "place:" not in text
        assert boss.errors == []
    finally:
        boss.close()


def test_failing_tests_ask_for_a_reason(browser: Browser, server: Server) -> None:
    boss = Person(browser, server, "boss")
    try:
        assert boss.open("/designer") == 200
        edit(boss.page, ENTITY, "round(rate * hours, 2)", "round(rate * hours * 2, 2)")
        boss.open("/designer")
        plan(boss.page)
        assert (
            "公式 round(rate * hours, 2) → round(rate * hours * 2, 2)"
            in boss.page.locator("dialog .content").inner_text()
        )
        reason = boss.page.get_by_label("为什么仍要发布", exact=False)
        reason.wait_for(timeout=PATIENCE)
        assert boss.page.locator("dialog footer .btn.primary").is_disabled()
        reason.fill("测试随后改")
        ready(boss.page)
        publish(boss.page)
        found = boss.page.evaluate(f"fetch('{API}/versions').then((one) => one.json())")
        assert found["versions"][0]["reason"] == "测试随后改"
        assert boss.errors == []
    finally:
        boss.close()
