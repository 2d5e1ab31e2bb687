"""Sub-tables: what one waits for in a document of a thousand lines with twenty columns, seven of them formulas, in Chromium.

A key stroke is timed from the time stamp of its event to the task after the next frame was made: what was typed, the
line's formulas and the document's totals stand there. The strokes go to several lines, a pause after each lets come what
the form asks the server for. The same for the acts of a sheet: a line more, a line gone, 200 lines pasted from Excel.
"""

from __future__ import annotations

import gzip
import statistics
import time
import urllib.request
from collections.abc import Iterator
from itertools import cycle, islice

from playwright.sync_api import Locator, Page

from bench.long_order import LINES, PACK, LongOrder, long_order
from bench.painted import signed_in
from bench.report import Row
from bench.server import Server
from engine.web.calls import SESSION_COOKIE

STROKES, PAUSE = 120, 60
"""Key strokes, and milliseconds between them."""
PASTED = 200
QUANTITY = 7
"""The place of the cell with the quantity in its line."""
BAR = 50.0
AFTER = """
(name) => new Promise((done) => addEventListener(name, (event) => requestAnimationFrame(() => {
  const after = new MessageChannel();
  after.port1.onmessage = () => done(performance.now() - event.timeStamp);
  after.port2.postMessage(null);
}), { capture: true, once: true }))
"""
"""Milliseconds from an event to the task that follows the frame after it."""
PASTE = """
(rows) => {
  const data = new DataTransfer();
  data.setData("text/plain", rows);
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}
"""


def measured() -> list[Row]:
    """Milliseconds, bytes and seconds of one long document."""
    with long_order() as order, Server.of_engine(order.folder, packs=str(PACK)) as server:
        base = f"http://127.0.0.1:{server.port}"
        return [*_served(base, order), *_in_browser(base, order)]


def _served(base: str, order: LongOrder) -> Iterator[Row]:
    request = urllib.request.Request(base + order.form, headers={"cookie": f"{SESSION_COOKIE}={order.session}"})
    took, page = [], b""
    for _ in range(4):
        before = time.perf_counter()
        page = urllib.request.urlopen(request).read()
        took.append((time.perf_counter() - before) * 1000)
    yield Row(
        "lines_served", f"form of {LINES:,} lines: until its HTML is there", 1000, statistics.median(took[1:]), "ms"
    )
    yield Row("lines_weight", "its HTML as it travels", 150, len(gzip.compress(page)) / 1024, "KiB")


def _in_browser(base: str, order: LongOrder) -> Iterator[Row]:
    with signed_in(base, SESSION_COOKIE, order.session) as page:
        page.goto(base + order.form, wait_until="load")
        loaded = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
        yield Row("lines_loaded", "from the address to the load event", 2500, float(loaded), "ms")
        page.wait_for_function("() => document.querySelector('[data-formula=total]').textContent.length > 1")
        yield from _typed(page)
        yield from _acts(page)
        yield Row("lines_memory", "JavaScript memory afterwards", 64, _memory(page), "MiB")


def _typed(page: Page) -> Iterator[Row]:
    _cell(page, 3).press("1")
    took = sorted(_strokes(page))
    words = f"a key stroke in a document of {LINES:,} lines: to the next paint"
    yield Row("lines_key", f"{words}, median of {len(took)}", BAR, statistics.median(took), "ms")
    yield Row("lines_key_p95", f"{words}, p95", BAR, took[int(len(took) * 0.95)], "ms")


def _strokes(page: Page) -> Iterator[float]:
    """Ten strokes in each cell: typed, taken back, in lines near the top, in the middle and at the end."""
    for at in islice(cycle((2, 500, 997)), STROKES // 10):
        cell = _cell(page, at)
        cell.press("End")
        for key in ("1", "2", "Backspace", "Backspace", "3", "4", "Backspace", "5", "Backspace", "Backspace"):
            waiting = page.evaluate_handle(f"() => {{ window.timed = ({AFTER})('keydown'); }}")
            waiting.dispose()
            page.keyboard.press(key)
            yield float(page.evaluate("window.timed"))
            page.wait_for_timeout(PAUSE)


def _cell(page: Page, line: int) -> Locator:
    """The quantity of a line, opened for typing."""
    page.locator(f"tr[data-row='{line}'] > td").nth(QUANTITY).click()
    return page.locator(f"tr[data-row='{line}'] [name$='.quantity']")


def _acts(page: Page) -> Iterator[Row]:
    yield Row("lines_added", "a line more: to the next paint", 200, _clicked(page, "button.lines-add"), "ms")
    page.locator("tr[data-row='4'] .tools label").scroll_into_view_if_needed()
    yield Row(
        "lines_dropped", "a line gone: to the next paint", 100, _clicked(page, "tr[data-row='4'] .tools label"), "ms"
    )
    _cell(page, 6)
    block = "\n".join(f"{at % 40 + 1}\t{at % 9 + 2}.5\t5" for at in range(PASTED))
    page.evaluate(f"() => {{ window.timed = ({AFTER})('paste'); }}")
    page.evaluate(PASTE, block)
    yield Row(
        "lines_pasted",
        f"{PASTED} lines pasted from a sheet: to the next paint",
        500,
        float(page.evaluate("window.timed")),
        "ms",
    )


def _clicked(page: Page, selector: str) -> float:
    page.evaluate(f"() => {{ window.timed = ({AFTER})('click'); }}")
    page.click(selector)
    return float(page.evaluate("window.timed"))


def _memory(page: Page) -> float:
    devtools = page.context.new_cdp_session(page)
    devtools.send("HeapProfiler.collectGarbage")
    found = (
        {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
        if devtools.send("Performance.enable") is not None
        else {}
    )
    return float(found.get("JSHeapUsedSize", 0)) / 2**20
