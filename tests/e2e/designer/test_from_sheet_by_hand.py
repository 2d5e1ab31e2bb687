"""From a sheet to a working application in a browser: three clicks, then its rows are counted and listed."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Browser, Page, expect

from tests.e2e.people import Person, Server

API = "/designer/api"
HEADER = "订货单号,渠道商,产品线,数量,订货金额（元）,订货日期,进展"
STATES = ("待发货", "已发货", "已签收")
ROWS = [
    f"DH{at},渠道{at % 9}号,{'阀门' if at % 2 else '泵'},{at},{at * 10}.50,2026/3/{at},{STATES[at % 3]}"
    for at in range(1, 25)
]
SHEET = "\n".join([HEADER, *ROWS]).encode("gb18030")


def go_back(page: Page, base: str) -> None:
    """The installation as it was before the publication."""
    before = page.request.get(f"{base}{API}/versions").json()["versions"][1]["id"]
    answer = page.request.post(f"{base}{API}/versions/{before}/restore", data={"consent": True, "note": ""})
    assert answer.ok, answer.text()


def test_a_sheet_is_a_working_application_after_three_clicks(browser: Browser, server: Server) -> None:
    one = Person(browser, server, "lin_hai")
    page = one.page
    assert one.open("/designer") == 200
    begin = page.locator(".welcome").get_by_role("button", name="从 Excel 或 CSV 开始")
    begin.wait_for()
    began = time.monotonic()
    with page.expect_file_chooser() as chooser:
        begin.click()
    chooser.value.set_files([{"name": "渠道订货表.csv", "mimeType": "text/csv", "buffer": SHEET}])
    make = page.get_by_role("button", name="生成应用")
    expect(make).to_be_enabled(timeout=30_000)
    assert one.axe_in_both_looks() == []
    make.click()
    live = page.get_by_role("button", name="发布并导入 24 行")
    live.wait_for(timeout=30_000)
    live.click()
    page.wait_for_url(re.compile(r"/app/\w+_board"), timeout=60_000)
    try:
        expect(page.get_by_text("3,012", exact=False).first).to_be_visible(timeout=30_000)
        print(f"from a sheet to its dashboard: 3 clicks, {time.monotonic() - began:.1f} s with looks at accessibility")
        one.open(page.url.removeprefix(server.base).replace("_board", "_list"))
        expect(page.get_by_text("共 24 条")).to_be_visible()
        assert one.errors == []
    finally:
        go_back(page, server.base)
    one.close()
