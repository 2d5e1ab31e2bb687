"""Somebody at the text view in a browser: a file opened as text, what is typed, what the draft's file says afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.people import Person, Server

API = "/designer/api"
expect.set_options(timeout=30_000)
GUARDED = 150
"""Milliseconds after which an offer may be taken: for the first 75 the editor lets a key be what it was meant for."""
SHOWN = ".area:not([hidden]) .text"


@dataclass
class Desk:
    """One file as text."""

    person: Person
    file: str

    @property
    def page(self) -> Page:
        return self.person.page

    @property
    def text(self) -> str:
        """The draft's text."""
        return str(self.asked(f"files/{self.file}")["text"])

    def asked(self, path: str, body: object = None) -> dict[str, object]:
        """What the designer's interface answers this person."""
        given = (
            "{}"
            if body is None
            else f"{{method: 'POST', headers: {{'content-type': 'application/json'}}, body: {json.dumps(json.dumps(body))}}}"
        )
        answer = self.page.evaluate(f"fetch('{API}/{path}', {given}).then((one) => one.json())")
        return dict(answer)

    def open(self) -> None:
        assert self.person.open(f"/designer/text/{self.file}") == 200
        self.ready()

    def ready(self) -> None:
        self.page.locator(f"{SHOWN} [data-text-view] .cm-line").first.wait_for()

    def line(self, words: str) -> Locator:
        return self.page.locator(f"{SHOWN} .cm-line", has_text=words).first

    def behind(self, words: str) -> None:
        """The caret at the end of a line that is shown."""
        self.line(words).click()
        self.page.keyboard.press("End")

    def saved(self, words: str, there: bool = True) -> None:
        """Wait until the draft holds some words, or does not any more."""
        self.page.evaluate(
            """async ([address, words, there]) => {
                const ends = Date.now() + 30000;
                for (;;) {
                    const read = await fetch(address).then((one) => one.json());
                    if (read.text.includes(words) === there) return;
                    if (Date.now() > ends) throw new Error(`the draft ${there ? "lacks" : "holds"} ${words}: ${read.text.slice(0, 200)}`);
                    await new Promise((next) => setTimeout(next, 100));
                }
            }""",
            [f"{API}/files/{self.file}", words, there],
        )

    @property
    def errors(self) -> list[str]:
        """What went wrong in the page's scripts."""
        return [one for one in self.person.errors if "Failed to load resource" not in one]

    def restore(self, original: str) -> None:
        """The draft's text as it was, once it holds what was typed: an edit that comes later would stay."""
        self.page.locator("[data-unsaved]").wait_for(state="detached")
        read = self.asked(f"files/{self.file}")
        text = str(read["text"])
        if text != original:
            edit = {"start": 0, "end": len(text), "text": original}
            command = {"do": "text", "file": self.file, "edits": [edit], "hash": read["hash"]}
            self.asked("commands", {"command": command})


@contextmanager
def desk(
    browser: Browser, server: Server, file: str, width: int = 1440, language: str = "zh-CN", dark: bool = False
) -> Iterator[Desk]:
    """A file opened as text; afterwards the draft is as it was."""
    person = Person(browser, server, "lin_hai", width=width, dark=dark)
    person.language(language)
    one = Desk(person, file)
    try:
        person.open("/designer")
        original = one.text
        try:
            one.open()
            yield one
        finally:
            one.restore(original)
    finally:
        person.close()
