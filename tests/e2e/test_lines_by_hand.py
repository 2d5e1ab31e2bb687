"""Lines of a quote are put in order by hand: by keys, and dragged by their grips."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from tests.e2e.people import Person, Server


def described(page: Page) -> list[tuple[str, str]]:
    """The lines as they stand: the number in front, what is typed, and the place that travels with the form."""
    return [
        (
            row.locator(".line-no").inner_text(),
            row.locator("[name$='.description']").input_value(),
        )
        for row in page.locator("tr[data-row]").all()
    ]


def places(page: Page) -> list[str]:
    return [one.input_value() for one in page.locator("tr[data-row] [name$='.place']").all()]


def test_lines_of_a_quote_are_put_in_order_by_keys_and_by_drag(browser: Browser, server: Server) -> None:
    person = Person(browser, server, "li_wei")
    page = person.page
    person.open("/r/quote/new")
    page.locator(".line-copy").first.wait_for()
    for _ in range(2):
        page.click("button.lines-add")
    for at, words in enumerate(("甲", "乙", "丙")):
        page.locator("tr[data-row] [name$='.description']").nth(at).fill(words)
    first = page.locator("tr[data-row] [name$='.description']").first
    first.press("Alt+ArrowDown")
    assert described(page) == [("1", "乙"), ("2", "甲"), ("3", "丙")]
    assert places(page) == ["1", "2", "3"]
    focused = page.evaluate("document.activeElement.value")
    assert focused == "甲", "the focus goes along with its line"
    grip, over = page.locator(".line-grip").nth(2), page.locator("tr[data-row]").first
    grip.scroll_into_view_if_needed()
    held, there = grip.bounding_box(), over.bounding_box()
    assert held is not None and there is not None
    page.mouse.move(held["x"] + 8, held["y"] + 12)
    page.mouse.down()
    page.mouse.move(held["x"] + 8, there["y"] + 40, steps=8)
    page.mouse.move(held["x"] + 8, there["y"] + 10, steps=4)
    page.mouse.up()
    assert described(page) == [("1", "丙"), ("2", "乙"), ("3", "甲")]
    assert places(page) == ["1", "2", "3"]
    assert person.errors == []
    person.close()
