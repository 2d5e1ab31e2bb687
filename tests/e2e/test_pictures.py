"""The pictures of the documents: what the pages really look like, made by the browser run into `build/pictures`."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e.people import Person, Server
from playwright.sync_api import Browser

FOLDER = Path(__file__).parents[2] / "build" / "pictures"
PICTURES = {
    "home": ("shen_yue", 1440, False, "zh", "/app/store_home"),
    "phone": ("li_wei", 390, False, "zh", "/app/sales_desk"),
    "dark": ("fang_ling", 1440, True, "en", "/"),
    "list": ("li_wei", 1440, False, "en", "/app/opportunity_list"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_page_is_pictured(browser: Browser, server: Server, name: str) -> None:
    account, width, dark, language, path = PICTURES[name]
    person = Person(browser, server, account, width, dark)
    person.language(language)
    assert person.open(path) == 200
    person.page.wait_for_load_state("networkidle")
    assert person.errors == []
    assert person.sideways() == 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    person.page.screenshot(path=FOLDER / f"{name}.png")
    person.close()


def test_a_record_is_pictured(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "deng_ke")
    person.open("/app/opportunity_list")
    person.page.click("table.table a.row-link >> nth=0")
    person.page.wait_for_url("**/r/opportunity/*")
    person.page.wait_for_load_state("networkidle")
    assert person.errors == []
    FOLDER.mkdir(parents=True, exist_ok=True)
    person.page.screenshot(path=FOLDER / "record.png")
    person.close()
