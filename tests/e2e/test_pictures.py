"""The pictures of the documents: what the pages really look like, made by the browser run into `build/pictures`."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.people import Person, Server

FOLDER = Path(__file__).parents[2] / "build" / "pictures"
DESK, PHONE = 1280, 390
PICTURES = {
    "home": ("shen_yue", DESK, False, "zh", "/app/store_home"),
    "phone": ("li_wei", PHONE, False, "zh", "/app/sales_desk"),
    "dark": ("fang_ling", DESK, True, "en", "/"),
    "list": ("li_wei", DESK, False, "en", "/app/opportunity_list"),
    "knowledge": ("li_wei", DESK, False, "zh", "/knowledge/medical_devices"),
}
RECORDS = {
    "record": ("deng_ke", "/app/opportunity_list", "opportunity"),
    "promotion": ("shen_yue", "/app/promotion_list?view=rows&v=past", "promotion"),
}
"""Pictures of a record, the first of a list."""
HEIGHT = 780
"""Pixels that a picture takes of a page from its top."""


def pictured(person: Person, name: str) -> None:
    """The page at rest as a file, once it is sound."""
    person.page.wait_for_load_state("networkidle")
    assert person.errors == []
    assert person.sideways() == 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    width = int(person.page.evaluate("innerWidth"))
    person.page.screenshot(
        path=FOLDER / f"{name}.jpg", type="jpeg", quality=88, clip={"x": 0, "y": 0, "width": width, "height": HEIGHT}
    )
    person.close()


@pytest.mark.parametrize("name", PICTURES)
def test_a_page_is_pictured(browser: Browser, server: Server, name: str) -> None:
    account, width, dark, language, path = PICTURES[name]
    person = Person(browser, server, account, width, dark)
    person.language(language)
    assert person.open(path) == 200
    pictured(person, name)


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_pictured(browser: Browser, server: Server, name: str) -> None:
    account, path, entity = RECORDS[name]
    person = Person(browser, server, account, DESK)
    person.language("zh")
    person.open(path)
    person.page.click("table.table a.row-link >> nth=0")
    person.page.wait_for_url(f"**/r/{entity}/*")
    pictured(person, name)
