"""Somebody at the organisation canvas in a browser, and a colleague whose open page follows: what takes how long."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Browser, Locator, Page, Response

from tests.e2e.designer.drawing_board import API, Point
from tests.e2e.people import Person, Server

PATIENCE = 120_000
"""Milliseconds after which something does not come any more, on the slowest machine."""
FOLLOWING = """
() => {
  const before = document.querySelector("main").dataset.standing;
  window.followed = new Promise((done) => {
    const look = () => { if (document.querySelector("main").dataset.standing !== before) { watch.disconnect(); requestAnimationFrame(() => done(Date.now())); } };
    const watch = new MutationObserver(look);
    watch.observe(document.documentElement, { childList: true, subtree: true });
  });
}
"""
"""Keeps the moment at which the page stands there with another place of its reader."""


@dataclass
class Desk:
    """The canvas, open in a browser."""

    person: Person

    @property
    def page(self) -> Page:
        return self.person.page

    def open(self) -> None:
        assert self.person.open("/designer/organisation") == 200
        self.page.locator("[data-unit]").first.wait_for(timeout=PATIENCE)

    def unit(self, name: str) -> Locator:
        return self.page.locator(f'[data-unit][aria-label="{name}"]')

    def opened(self, *names: str) -> None:
        """Open units, those above first."""
        for name in names:
            fold = self.unit(name).locator(".fold")
            fold.wait_for(timeout=PATIENCE)
            if fold.get_attribute("aria-expanded") == "false":
                fold.click()
                self.unit(name).locator(".fold[aria-expanded=true]").wait_for(timeout=PATIENCE)

    def chip(self, unit: str, name: str) -> Locator:
        return self.unit(unit).locator("[data-person]").filter(has_text=name)

    def middle(self, what: Locator) -> Point:
        what.scroll_into_view_if_needed()
        box = what.bounding_box()
        assert box is not None
        return Point(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def drag(self, what: Locator, onto: Locator) -> None:
        start, end = self.middle(what), self.middle(onto)
        self.page.mouse.move(start.x, start.y)
        self.page.mouse.down()
        self.page.mouse.move(end.x, end.y, steps=6)
        self.page.mouse.up()

    def sheet(self) -> Locator:
        """The sheet of consequences, once they are found."""
        self.page.locator("dialog .figures, dialog .calm, dialog .banner").first.wait_for(timeout=PATIENCE)
        return self.page.locator("dialog[open]")

    def put_in_force(self) -> float:
        """Do it; when the server answered, in milliseconds of the epoch."""
        with self.page.expect_response(lambda one: one.url.endswith(f"{API}/commands"), timeout=PATIENCE) as coming:
            self.page.locator("dialog[open] footer .btn.primary").click()
        answered = moment(coming.value)
        self.page.locator("dialog[open]").wait_for(state="detached", timeout=PATIENCE)
        return answered

    def undo(self) -> float:
        with self.page.expect_response(lambda one: one.url.endswith(f"{API}/undo"), timeout=PATIENCE) as coming:
            self.page.locator(".ground").click(position={"x": 4, "y": 4})
            self.page.keyboard.press("Control+z")
        return moment(coming.value)

    def restore(self) -> None:
        """Leave the organisation as it was."""
        for _ in range(20):
            if not self.page.request.post(f"{self.person.base}{API}/undo").ok:
                return


def moment(answer: Response) -> float:
    """When an answer had come, in milliseconds of the epoch."""
    answer.finished()
    timing = answer.request.timing
    assert answer.ok, answer.text()
    return float(timing["startTime"] + timing["responseEnd"])


def following(browser: Browser, server: Server, account: str, path: str) -> Person:
    """A colleague with a page open whose stream stands."""
    person = Person(browser, server, account)
    assert person.open(path) == 200
    person.page.wait_for_function("() => 'live' in document.documentElement.dataset", timeout=PATIENCE)
    return person


def watched(person: Person) -> None:
    person.page.wait_for_function("() => 'live' in document.documentElement.dataset", timeout=PATIENCE)
    person.page.evaluate(FOLLOWING)


def followed(person: Person) -> float:
    """When the page stood there for another place of its reader."""
    return float(person.page.evaluate("window.followed"))
