"""Somebody at the designer in a browser: a page opened on the canvas, what is dragged, what the draft's file says afterwards."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Locator, Page

from tests.e2e.people import Person, Server

API = "/designer/api"
GLASS = ".area:not([hidden]) .glass"


@dataclass(frozen=True)
class Point:
    x: float
    y: float


@dataclass
class Board:
    """One file on the canvas."""

    person: Person
    file: str

    @property
    def page(self) -> Page:
        return self.person.page

    @property
    def text(self) -> str:
        """The draft's text, byte for byte."""
        return str(
            self.page.evaluate(f"fetch('{API}/files/{self.file}').then((one) => one.json()).then((one) => one.text)")
        )

    def open(self, editor: str = "page") -> None:
        assert self.person.open(f"/designer/{editor}/{self.file}") == 200
        self.page.wait_for_selector(f"{GLASS}[data-painted]")
        self.page.wait_for_selector("[data-chip]", state="attached")

    def item(self, name: str) -> Locator:
        return self.page.frame_locator(".area:not([hidden]) iframe").locator(f'[data-id="{name}"]')

    def at(self, name: str, across: float = 0.5, down: float = 0.5) -> Point:
        """A place over an item, by shares of its size."""
        self.item(name).scroll_into_view_if_needed()
        box = self.item(name).bounding_box()
        assert box is not None, name
        return Point(box["x"] + box["width"] * across, box["y"] + box["height"] * down)

    def chip(self, name: str) -> Locator:
        return self.page.locator(f'[data-chip="{name}"]')

    def middle(self, what: Locator) -> Point:
        what.scroll_into_view_if_needed()
        box = what.bounding_box()
        assert box is not None
        return Point(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def drag(self, start: Point, end: Point, steps: int = 6) -> None:
        mouse = self.page.mouse
        mouse.move(start.x, start.y)
        mouse.down()
        mouse.move(end.x, end.y, steps=steps)
        mouse.up()

    def drag_chip(self, name: str, end: Point, steps: int = 6) -> None:
        self.drag(self.middle(self.chip(name)), end, steps)

    def select(self, name: str) -> None:
        at = self.at(name, 0.5, 0.1)
        self.page.mouse.click(at.x, at.y)
        self.page.wait_for_selector(".chosen")

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Something is done that changes the draft: the block ends when the canvas shows it."""
        before = self.page.locator(GLASS).get_attribute("data-painted")
        yield
        self.page.wait_for_function(
            "([glass, before]) => document.querySelector(glass).dataset.painted !== before", arg=[GLASS, before]
        )

    def undo_all(self, original: str) -> None:
        """Take back what was done with the button, until the file is as it was."""
        for _ in range(20):
            if self.text == original:
                return
            with self.acting():
                self.page.locator("header [aria-keyshortcuts='Control+Z']").click()
        raise AssertionError("the file is not as it was after every undo")

    def restore(self, file: str, original: str) -> None:
        """Leave the draft as it was, whatever a test did: by undoing over the interface."""
        self.file = file
        for _ in range(30):
            if self.text == original or not self.page.request.post(f"{self.person.base}{API}/undo").ok:
                break
        assert self.text == original, "the bytes do not come back"


def added(before: str, after: str) -> list[str]:
    """The lines that came, when none went; else what differs."""
    lines = [one for one in difflib.ndiff(before.splitlines(), after.splitlines()) if one[0] in "+-"]
    assert all(one.startswith("+") for one in lines), lines
    return [one[2:] for one in lines]


@contextmanager
def board(
    browser: Browser,
    server: Server,
    file: str,
    width: int = 1440,
    touch: bool = False,
    dark: bool = False,
    language: str = "zh",
) -> Iterator[Board]:
    """A designer with a file open; what was done to it is taken back at the end."""
    person = Person(browser, server, "lin_hai", width=width, touch=touch, dark=dark)
    person.language(language)
    one = Board(person, file)
    try:
        one.open()
        original = one.text
        try:
            yield one
        finally:
            one.restore(file, original)
    finally:
        person.close()
