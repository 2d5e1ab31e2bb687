"""A rule written in a sentence: read while it is typed, asked about where it is not clear, written by one click, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.designer.workshop import PACK
from tests.e2e.designer.drafted import text, until
from tests.e2e.designer.small_app import small_app
from tests.e2e.people import Person, Server

LONG = 60_000
RULE = f"{PACK}/rules/task_refuse.yaml"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with small_app(tmp_path) as running:
        yield running


def test_a_sentence_is_read_shown_by_cases_and_written_by_one_click(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "ann")
    page = person.page
    assert person.open("/designer/rules") == 200
    understood(page)
    assert person.axe_in_both_looks() == []
    page.locator("[data-write]").click()
    until(page, lambda: "when: hours > 40" in text(page, RULE))
    expect(page.locator(".cm-content >> visible=true")).to_contain_text("hours > 40", timeout=LONG)
    page.get_by_role("button", name="撤销").first.click()
    until(page, lambda: not text(page, RULE))
    assert person.errors == []
    person.close()


def understood(page: Page) -> None:
    """What is read is marked in the sentence, said again, and worked out for three records; nothing is written by it."""
    page.get_by_label("规则的一句话").fill("工时超过 40 的事项拒绝保存", timeout=LONG)
    expect(page.locator("[data-restated]")).to_contain_text("工时超过 40", timeout=LONG)
    expect(page.locator("[data-rule-words] .behind .amount")).to_have_text("40")
    assert [one.strip() for one in page.locator("[data-rule-words] .behind .name").all_inner_texts()] == [
        "工时",
        "事项",
    ]
    expect(page.locator("[data-case=hit]")).to_contain_text("规则生效")
    expect(page.locator("[data-case=miss]")).to_contain_text("不触发")
    expect(page.locator("[data-case=boundary]")).to_contain_text("不触发")
    assert not text(page, RULE)


def test_a_word_that_nobody_knows_is_marked_and_mended_by_a_click_on_a_phone(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "ann", width=390, touch=True)
    page = person.page
    assert person.open("/designer/rules") == 200
    page.get_by_label("规则的一句话").fill("费佣超过 40 的事项拒绝保存", timeout=LONG)
    expect(page.locator("[data-doubt=unknown]")).to_contain_text("不认识「费佣」", timeout=LONG)
    expect(page.locator("[data-rule-words] .behind .doubt")).to_have_text("费佣")
    assert person.sideways() == 0
    page.locator("[data-doubt] button", has_text="费用").click()
    expect(page.locator("[data-restated]")).to_contain_text("费用超过 40", timeout=LONG)
    assert page.get_by_label("规则的一句话").input_value() == "费用超过 40 的事项拒绝保存"
    assert person.errors == []
    person.close()
