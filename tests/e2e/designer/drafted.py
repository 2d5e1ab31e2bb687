"""What the draft's files say to somebody in a browser, waited for, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.e2e.designer.drawing_board import API

MOST_UNDONE = 20


def file(page: Page, name: str) -> dict[str, Any]:
    """A file of the draft, asked for by whoever has the page open; nothing where there is none."""
    answer = page.request.get(f"{_base(page)}{API}/files/{name}")
    return dict(answer.json()) if answer.ok else {}


def data(page: Page, name: str) -> dict[str, Any]:
    """A file's plain data."""
    return dict(file(page, name)["data"])


def text(page: Page, name: str) -> str:
    """A file's text, byte for byte; empty where there is none."""
    return str(file(page, name).get("text", ""))


def until(page: Page, holds: Callable[[], object]) -> None:
    """Wait for what the draft says; a function in the page would be taken for true as soon as it gave a promise."""
    for _ in range(600):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("the draft never says so")


def undo_until(page: Page, name: str, original: str) -> None:
    """Take back what was done until a file is as it was."""
    for _ in range(MOST_UNDONE):
        if text(page, name) == original:
            return
        page.request.post(f"{_base(page)}{API}/undo")
    raise AssertionError("the bytes do not come back")


def _base(page: Page) -> str:
    return page.url.split("/designer")[0]
