"""The designer: from letting a widget go to its paint on the canvas, on a page of 120 widgets, in Chromium.

The time runs from the time stamp of the pointer's release to the frame after the canvas has the new widget: the command with its
splice and its journal, drawing the page anew on the server, putting it in place, layout and paint. And what somebody waits for
when an editor outside saves the file. And, from the answer to a move on the organisation canvas, until the open page of whom
it moved stands there anew.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bench.painted import CHROMIUM, FLAGS
from bench.report import Row
from tests.e2e.designer.organisation_desk import Desk, followed, following, watched
from tests.e2e.people import PASSWORD, Person, Server
from tests.e2e.serving import serving, shipped

ROOT = Path(__file__).parents[1]
FILE = "b2b_sales/dashboards/many_widgets.yaml"
WIDGETS, DROPS, EDITS, MOVES = 120, 30, 10, 5
REPAINT, OUTSIDE, FOLLOWS = 250.0, 500.0, 1_000.0
GLASS = ".area:not([hidden]) .glass"
RELEASED = """
() => new Promise((done) => {
  addEventListener("pointerup", (event) => {
    const before = document.querySelector(".area:not([hidden]) iframe").contentDocument.querySelectorAll("[data-path]").length;
    const look = () => {
      const now = document.querySelector(".area:not([hidden]) iframe").contentDocument.querySelectorAll("[data-path]").length;
      if (now > before) requestAnimationFrame(() => done(performance.now() - event.timeStamp));
      else requestAnimationFrame(look);
    };
    look();
  }, { capture: true, once: true });
})
"""
"""Milliseconds from the release of a pointer to the frame after one more item stands on the canvas."""


def page_text(label: str) -> str:
    """A dashboard of 120 figures, charts and words."""
    kinds = (
        "widget: kpi, metric: contract_amount",
        "widget: text, text: 一段说明",
        "widget: kpi, metric: payment_amount",
    )
    items = "".join(f"  - {{id: w{at}, {kinds[at % len(kinds)]}, span: 3}}\n" for at in range(WIDGETS))
    return f"label: {{zh: {label}, en: Many}}\nroles: [sales]\nitems:\n{items}"


def measured() -> list[Row]:
    """Milliseconds of drops, and of edits outside."""
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as folder:
        packs = Path(folder) / "packs"
        shutil.copytree(ROOT / "packs", packs, ignore=shutil.ignore_patterns("__pycache__"))
        (packs / FILE).write_text(page_text("很多"), "utf-8")
        with serving(Path(folder) / "data", shipped(packs), "small") as base, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN").new_page()
            _open(page, base)
            drops = sorted(_drop(page) for _ in range(DROPS))
            outside = sorted(_edits(page, packs / FILE))
            moves = sorted(_moves(browser, Server(base, packs)))
            browser.close()
    ninety_fifth = statistics.quantiles(drops, n=20)[-1]
    return [
        Row(
            "designer.drop_p50", f"drop to repaint, {WIDGETS} widgets, median", REPAINT, statistics.median(drops), "ms"
        ),
        Row("designer.drop_p95", f"drop to repaint, {WIDGETS} widgets, 95 of 100", REPAINT, ninety_fifth, "ms"),
        Row(
            "designer.organisation",
            "somebody moved on the organisation canvas to their open page shown anew, slowest of 10",
            FOLLOWS,
            moves[-1],
            "ms",
        ),
        Row("designer.outside", "an edit outside to the canvas, median", OUTSIDE, statistics.median(outside), "ms"),
    ]


def _open(page: Page, base: str) -> None:
    page.goto(f"{base}/sign-in")
    page.fill("#name", "lin_hai")
    page.fill("#password", PASSWORD)
    page.click("form button.primary")
    page.wait_for_url("**/app/**")
    page.goto(f"{base}/designer/page/{FILE}")
    page.wait_for_selector(f"{GLASS}[data-painted]")
    page.wait_for_selector('[data-chip="widget kpi"]')


def _drop(page: Page) -> float:
    """One widget dragged from the palette to the first row; what the editor tells itself afterwards is let come."""
    chip = page.locator('[data-chip="widget kpi"]').bounding_box()
    item = page.frame_locator(".area:not([hidden]) iframe").locator('[data-id="w1"]').bounding_box()
    assert chip is not None
    assert item is not None
    page.mouse.move(chip["x"] + 20, chip["y"] + 10)
    page.mouse.down()
    page.mouse.move(item["x"] + 10, item["y"] + 20, steps=4)
    page.evaluate(f"window.painted = ({RELEASED})(); 0")
    with page.expect_response(lambda answer: answer.url.endswith("/designer/api/problems")):
        page.mouse.up()
        return float(page.evaluate("window.painted"))


def _moves(browser: Browser, server: Server) -> Iterator[float]:
    """Milliseconds from the answer to an act on the organisation until the open page of whom it moved stands there anew."""
    colleague = following(browser, server, "zhou_hang", "/app/customer_list")
    desk = Desk(Person(browser, server, "lin_hai"))
    desk.open()
    desk.opened("华东大区", "华北大区", "战略客户单元", "长尾客户单元")
    for _ in range(MOVES):
        desk.drag(desk.chip("战略客户单元", "周航"), desk.unit("长尾客户单元").locator("[data-seat=sales]"))
        desk.sheet()
        for act in (desk.put_in_force, desk.undo):
            watched(colleague)
            answered = act()
            yield followed(colleague) - answered
        desk.chip("战略客户单元", "周航").wait_for()
    for one in (desk.person, colleague):
        one.close()


def _edits(page: Page, path: Path) -> Iterator[float]:
    """Milliseconds from saving the file to its new title on the canvas."""
    for number in range(EDITS):
        title = f"很多 {number}"
        script = (
            "(title) => new Promise((done) => { const look = () => document.querySelector('.area:not([hidden]) iframe')"
            ".contentDocument.querySelector('h1').textContent.includes(title) ? done(Date.now()) : requestAnimationFrame(look); look(); })"
        )
        page.evaluate(f"window.seen = ({script})({json.dumps(title)}); 0")
        path.write_text(page_text(title), "utf-8")
        saved = path.stat().st_mtime * 1000
        yield float(page.evaluate("window.seen")) - saved
