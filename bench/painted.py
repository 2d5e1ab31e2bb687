"""Painted: how long Chromium takes from a press to the paint of what it brings.

From the time stamp of the click event to the render time of the new heading's element-timing entry: the frame in which
the page that was fetched stands there. The heading is marked when it is put in place, before it can be painted. In between
lie the request with its redirection, the server, reading and placing the HTML, styles, layout and the paint.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page, sync_playwright

CHROMIUM = os.environ.get("DOUGONG_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
PRESS = """
(press) => new Promise((done, failed) => {
  const main = document.querySelector("main"), name = `painted-${performance.now()}`, times = {};
  setTimeout(() => failed(new Error("nothing was painted")), 30000);
  addEventListener("click", (event) => { times.pressed = event.timeStamp; }, { capture: true, once: true });
  new MutationObserver((_, watching) => {
    const next = document.querySelector("main");
    if (next === main) return;
    watching.disconnect();
    times.placed = performance.now();
    next.querySelector("h1").setAttribute("elementtiming", name);
  }).observe(document.body, { childList: true, subtree: true });
  new PerformanceObserver((list, watching) => {
    const entry = list.getEntries().find((one) => one.identifier === name);
    if (!entry) return;
    watching.disconnect();
    const answer = performance.getEntriesByType("resource").filter((one) => one.startTime >= times.pressed && one.startTime < times.placed)[0];
    done({ whole: entry.renderTime - times.pressed, answered: answer.responseEnd - times.pressed, placed: times.placed - answer.responseEnd, painted: entry.renderTime - times.placed });
  }).observe({ type: "element" });
  performance.clearResourceTimings();
  document.querySelector(press).click();
})
"""


@dataclass(frozen=True, slots=True)
class Paint:
    """Milliseconds from the press to the paint, and its parts: until the answer was there, until it was in place, painting."""

    whole: float
    answered: float
    placed: float
    painted: float


@contextmanager
def signed_in(base: str, cookie: str, session: str) -> Iterator[Page]:
    """A page of a browser that has somebody's session."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
        context.add_cookies([{"name": cookie, "value": session, "url": base}])
        yield context.new_page()
        browser.close()


def pressed(page: Page, selector: str) -> Paint:
    """Press what the selector finds and wait until the page that it brings is painted."""
    return Paint(**page.evaluate(PRESS, selector))
